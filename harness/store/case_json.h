/* case_json.h: a case and a run as JSON and back: the one place that knows the keys of the file. Internal to results/.
 */
#ifndef MEMBENCH_STORE_CASE_JSON_H
#define MEMBENCH_STORE_CASE_JSON_H

#include "model/result_json.h"
#include "store/json_reader.h"

/* Writes one element of benchmarks[]; false with problem set when a value is not finite or memory is out. */
MB_NODISCARD bool mb_case_write(mb_json_writer *json, const mb_case_result *result, size_t family_index,
                                size_t instance_index, char problem[MB_JSON_PROBLEM_BYTES_MAX]);

/* Writes the context object. */
MB_NODISCARD bool mb_run_write(mb_json_writer *json, const mb_run_info *run, char problem[MB_JSON_PROBLEM_BYTES_MAX]);

/* Fills *result, but for its id, from json->root: of an element of benchmarks[] the value of "membench". */
MB_NODISCARD bool mb_case_from_json(mb_json *json, size_t program_count, mb_arena *arena, mb_case_result *result);

/* Adds the times of json->root, an element that Google Benchmark itself wrote, to *result. */
MB_NODISCARD bool mb_case_from_plain_json(mb_json *json, mb_arena *arena, mb_case_result *result);

/* Whether a member of such an element is a user counter of bytes: a number whose name ends in "_bytes", and is not
 * known. */
bool mb_case_is_counter(const cJSON *item);

/* Adds that counter of json->root to *result, a case of its own. */
MB_NODISCARD bool mb_case_from_counter_json(mb_json *json, const char *name, mb_arena *arena, mb_case_result *result);

/* "params" and "flags" of object, which a file and a `case` event spell alike. */
MB_NODISCARD bool mb_params_from_json(mb_json *json, const cJSON *object, mb_arena *arena,
                                      mb_param_value params[MB_PARAMS_MAX], size_t *param_count);
MB_NODISCARD bool mb_flags_from_json(mb_json *json, const cJSON *object, unsigned *flags);

/* Fills *parts from "parts" of object, if it has some. */
MB_NODISCARD bool mb_parts_from_json(mb_json *json, const cJSON *object, mb_arena *arena, mb_fingerprint *parts);

/* Fills *run from json->root, the context. */
MB_NODISCARD bool mb_run_from_json(mb_json *json, mb_arena *arena, mb_run_info *run);

#endif
