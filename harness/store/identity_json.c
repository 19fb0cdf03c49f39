/* From JSON to what names a case and a run: parameters and flags, which files and events share, and the context. */
#include "model/case_flags.h"
#include "model/shard.h"
#include "store/case_json.h"
#include "store/results_reader.h"

#include <limits.h>
#include <string.h>

bool mb_params_from_json(mb_json *json, const cJSON *object, mb_arena *arena, mb_param_value params[MB_PARAMS_MAX],
                         size_t *param_count)
{
    const cJSON *array = NULL, *item;
    if (!mb_json_get_array(json, object, "params", MB_JSON_OPTIONAL, &array) ||
        !mb_json_all_objects(json, array, "params"))
        return false;
    size_t count = 0;
    cJSON_ArrayForEach(item, array)
    {
        if (count == MB_PARAMS_MAX)
            return mb_json_fail(json, "more than %d \"params\"", MB_PARAMS_MAX);
        mb_param_value *param = &params[count++];
        const char *unit = NULL;
        if (!mb_json_get_text(json, item, "name", MB_JSON_REQUIRED, arena, &param->name) ||
            !mb_json_get_uint(json, item, "value", MB_JSON_REQUIRED, &param->value) ||
            !mb_json_get_text(json, item, "unit", MB_JSON_OPTIONAL, arena, &unit) ||
            !mb_json_get_text(json, item, "label", MB_JSON_OPTIONAL, arena, &param->label))
            return false;
        param->unit = unit != NULL && strcmp(unit, "bytes") == 0 ? MB_UNIT_BYTES : MB_UNIT_NONE;
    }
    *param_count = count;
    return true;
}

bool mb_flags_from_json(mb_json *json, const cJSON *object, unsigned *flags)
{
    const cJSON *array = NULL, *item;
    if (!mb_json_get_array(json, object, "flags", MB_JSON_OPTIONAL, &array))
        return false;
    unsigned read = 0;
    cJSON_ArrayForEach(item, array)
    {
        if (!cJSON_IsString(item))
            return mb_json_fail(json, "an element of \"flags\" is not a string");
        for (size_t i = 0; i < MB_FLAG_NAME_COUNT; i++)
            if (strcmp(item->valuestring, mb_flag_names[i].name) == 0)
                read |= mb_flag_names[i].flag;
    }
    *flags = read;
    return true;
}

static bool read_programs(mb_json *json, const cJSON *object, mb_arena *arena, mb_run_info *run)
{
    const cJSON *array = NULL, *item;
    if (!mb_json_get_array(json, object, "programs", MB_JSON_OPTIONAL, &array) ||
        !mb_json_all_objects(json, array, "programs"))
        return false;
    size_t count = array == NULL ? 0 : (size_t)cJSON_GetArraySize(array);
    mb_program_info *program = run->programs = mb_arena_alloc(arena, count * sizeof *program);
    if (program == NULL)
        return mb_json_fail_memory(json);
    cJSON_ArrayForEach(item, array)
    {
        if (!mb_json_get_text(json, item, "path", MB_JSON_OPTIONAL, arena, &program->path) ||
            !mb_json_get_text(json, item, "build_id", MB_JSON_OPTIONAL, arena, &program->build_id) ||
            !mb_json_get_text(json, item, "libraries", MB_JSON_OPTIONAL, arena, &program->libraries) ||
            !mb_json_get_text(json, item, "libc", MB_JSON_OPTIONAL, arena, &program->libc) ||
            !mb_json_get_text(json, item, "allocator", MB_JSON_OPTIONAL, arena, &program->allocator) ||
            !mb_json_get_text(json, item, "aslr", MB_JSON_OPTIONAL, arena, &program->aslr) ||
            !mb_json_get_text(json, item, "thp", MB_JSON_OPTIONAL, arena, &program->thp) ||
            !mb_json_get_text(json, item, "entropy", MB_JSON_OPTIONAL, arena, &program->entropy) ||
            !mb_json_get_text(json, item, "called_with", MB_JSON_OPTIONAL, arena, &program->called_with) ||
            !mb_json_get_text(json, item, "mechanisms", MB_JSON_OPTIONAL, arena, &program->mechanisms))
            return false;
        program++;
    }
    run->program_count = count;
    return true;
}

static bool read_settings(mb_json *json, const cJSON *object, const char *key, mb_arena *arena, mb_setting **settings,
                          size_t *setting_count)
{
    const cJSON *array = NULL, *item;
    if (!mb_json_get_array(json, object, key, MB_JSON_OPTIONAL, &array) || !mb_json_all_objects(json, array, key))
        return false;
    size_t count = array == NULL ? 0 : (size_t)cJSON_GetArraySize(array);
    mb_setting *setting = *settings = mb_arena_alloc(arena, count * sizeof *setting);
    if (setting == NULL)
        return mb_json_fail_memory(json);
    cJSON_ArrayForEach(item, array)
    {
        if (!mb_json_get_text(json, item, "name", MB_JSON_REQUIRED, arena, &setting->name) ||
            !mb_json_get_text(json, item, "value", MB_JSON_OPTIONAL, arena, &setting->value))
            return false;
        setting++;
    }
    *setting_count = count;
    return true;
}

bool mb_parts_from_json(mb_json *json, const cJSON *object, mb_arena *arena, mb_fingerprint *parts)
{
    return read_settings(json, object, "parts", arena, &parts->parts, &parts->part_count);
}

static bool read_filters(mb_json *json, const cJSON *object, mb_arena *arena, mb_shard_info *shard)
{
    const cJSON *array = NULL, *item;
    if (!mb_json_get_array(json, object, "filters", MB_JSON_OPTIONAL, &array) ||
        !mb_json_all_objects(json, array, "filters"))
        return false;
    size_t count = array == NULL ? 0 : (size_t)cJSON_GetArraySize(array);
    shard->filters = mb_arena_alloc(arena, count * sizeof *shard->filters);
    if (shard->filters == NULL)
        return mb_json_fail_memory(json);
    cJSON_ArrayForEach(item, array) if (!mb_json_get_text(json, item, "option", MB_JSON_REQUIRED, arena,
                                                          &shard->filters[shard->filter_count++])) return false;
    return true;
}

static bool read_shard(mb_json *json, const cJSON *parent, mb_arena *arena, mb_shard_info *shard)
{
    const cJSON *object = NULL;
    uint64_t index = 0, count = 0, case_count = 0;
    if (!mb_json_get_object(json, parent, "shard", MB_JSON_OPTIONAL, &object))
        return false;
    if (object == NULL)
        return true;
    if (!mb_json_get_uint(json, object, "index", MB_JSON_REQUIRED, &index) ||
        !mb_json_get_uint(json, object, "count", MB_JSON_REQUIRED, &count) ||
        !mb_json_get_uint(json, object, "case_count", MB_JSON_REQUIRED, &case_count) ||
        !mb_json_get_text(json, object, "plan", MB_JSON_REQUIRED, arena, &shard->plan) ||
        !mb_parts_from_json(json, object, arena, &shard->parts) || !read_filters(json, object, arena, shard))
        return false;
    if (index == 0 || index > count || count > MB_SHARDS_MAX || case_count > MB_RESULTS_CASES_MAX)
        return mb_json_fail(json, "\"shard\" is invalid");
    shard->index = (size_t)index;
    shard->count = (size_t)count;
    shard->case_count = (size_t)case_count;
    return true;
}

static bool read_extension(mb_json *json, const cJSON *object, mb_arena *arena, mb_run_info *run)
{
    if (!mb_json_check_version(json, object, "format", MB_RESULTS_FORMAT))
        return false;
    const cJSON *complete = cJSON_GetObjectItemCaseSensitive(object, "complete");
    if (!cJSON_IsBool(complete))
        return mb_json_fail(json, "\"complete\" is not true or false");
    run->complete = cJSON_IsTrue(complete);
    return mb_json_get_text(json, object, "version", MB_JSON_OPTIONAL, arena, &run->membench_version) &&
           mb_json_get_text(json, object, "kernel", MB_JSON_OPTIONAL, arena, &run->kernel) &&
           mb_json_get_text(json, object, "architecture", MB_JSON_OPTIONAL, arena, &run->architecture) &&
           mb_json_get_uint(json, object, "page_bytes", MB_JSON_OPTIONAL, &run->page_bytes) &&
           mb_json_get_text(json, object, "rss_source", MB_JSON_OPTIONAL, arena, &run->rss_source) &&
           mb_json_get_uint(json, object, "seed", MB_JSON_OPTIONAL, &run->seed) &&
           read_shard(json, object, arena, &run->shard) && read_programs(json, object, arena, run) &&
           read_settings(json, object, "settings", arena, &run->settings, &run->setting_count);
}

bool mb_run_from_json(mb_json *json, mb_arena *arena, mb_run_info *run)
{
    mb_run_info read = {.complete = true};
    const cJSON *object = NULL;
    double cpu_count = 0;
    if (!cJSON_IsObject(json->root))
        return mb_json_fail(json, "\"context\" is not an object");
    if (!mb_json_get_object(json, json->root, "membench", MB_JSON_OPTIONAL, &object) ||
        !mb_json_get_text(json, json->root, "date", MB_JSON_OPTIONAL, arena, &read.date) ||
        !mb_json_get_text(json, json->root, "host_name", MB_JSON_OPTIONAL, arena, &read.host_name) ||
        !mb_json_get_text(json, json->root, "executable", MB_JSON_OPTIONAL, arena, &read.executable) ||
        !mb_json_get_number(json, json->root, "num_cpus", MB_JSON_OPTIONAL, &cpu_count) ||
        !mb_json_get_number(json, json->root, "mhz_per_cpu", MB_JSON_OPTIONAL, &read.cpu_mhz))
        return false;
    read.cpu_count = cpu_count >= 0 && cpu_count <= INT_MAX ? (int)cpu_count : 0;
    if (object != NULL && !read_extension(json, object, arena, &read))
        return false;
    *run = read;
    return true;
}
