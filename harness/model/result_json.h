/* result_json.h: what results files and the JSON report write alike. */
#ifndef MEMBENCH_MODEL_RESULT_JSON_H
#define MEMBENCH_MODEL_RESULT_JSON_H

#include "base/json_writer.h"
#include "model/result.h"

/* "params" of a case: an array of name, value, unit and label. */
void mb_params_write(mb_json_writer *json, const mb_case_result *result);

/* "programs" of a run. */
void mb_programs_write(mb_json_writer *json, const mb_run_info *run);

/* An array of names and values. */
void mb_settings_write(mb_json_writer *json, const char *key, const mb_setting *settings, size_t count);

#endif
