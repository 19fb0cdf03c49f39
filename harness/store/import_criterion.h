/* import_criterion.h: Criterion's folder, target/criterion: all cases of its newest run. Internal to store/. */
#ifndef MEMBENCH_STORE_IMPORT_CRITERION_H
#define MEMBENCH_STORE_IMPORT_CRITERION_H

#include "base/error.h"

#include <stddef.h>

/* Reads each CASE/new/benchmark.json below the folder with the samples next to it, as the reader of results takes them,
 * for the caller to free. Values are times, but where the last part of an id is a metric's name, as `--format
 * criterion` writes it: then they are that metric's. MB_ERROR_FORMAT when there is none. */
MB_NODISCARD mb_status mb_import_criterion(const char *folder, char **json, size_t *length, mb_error *error);

#endif
