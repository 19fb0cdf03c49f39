#include "model/result_json.h"

void mb_params_write(mb_json_writer *json, const mb_case_result *result)
{
    mb_json_write_open(json, "params", '[');
    for (size_t i = 0; i < result->param_count; i++) {
        const mb_param_value *param = &result->params[i];
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text_if(json, "name", param->name);
        mb_json_write_exact(json, "value", param->value);
        if (param->unit == MB_UNIT_BYTES)
            mb_json_write_text(json, "unit", "bytes");
        mb_json_write_text_if(json, "label", param->label);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

void mb_programs_write(mb_json_writer *json, const mb_run_info *run)
{
    mb_json_write_open(json, "programs", '[');
    for (size_t i = 0; i < run->program_count; i++) {
        const mb_program_info *program = &run->programs[i];
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text_if(json, "path", program->path);
        mb_json_write_text_if(json, "build_id", program->build_id);
        mb_json_write_text_if(json, "libraries", program->libraries);
        mb_json_write_text_if(json, "libc", program->libc);
        mb_json_write_text_if(json, "allocator", program->allocator);
        mb_json_write_text_if(json, "aslr", program->aslr);
        mb_json_write_text_if(json, "thp", program->thp);
        mb_json_write_text_if(json, "entropy", program->entropy);
        mb_json_write_text_if(json, "called_with", program->called_with);
        mb_json_write_text_if(json, "mechanisms", program->mechanisms);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

void mb_settings_write(mb_json_writer *json, const char *key, const mb_setting *settings, size_t count)
{
    mb_json_write_open(json, key, '[');
    for (size_t i = 0; i < count; i++) {
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text_if(json, "name", settings[i].name);
        mb_json_write_text_if(json, "value", settings[i].value);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}
