/* import_action.h: what both readers of github-action-benchmark's data.js share. Internal to store/. */
#ifndef MEMBENCH_STORE_IMPORT_ACTION_H
#define MEMBENCH_STORE_IMPORT_ACTION_H

#include "base/json_writer.h"

struct cJSON;

/* Where the JSON of a data.js begins, 0: the text is none. */
size_t mb_import_action_begin(const char *text);

/* Writes an element for each value whose metric is known; returns how many. */
size_t mb_import_action_write(const struct cJSON *benches, mb_json_writer *json);

#endif
