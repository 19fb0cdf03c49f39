/* temporary.h: a folder for a while. */
#ifndef MEMBENCH_BASE_TEMPORARY_H
#define MEMBENCH_BASE_TEMPORARY_H

#include "base/error.h"

#include <stddef.h>

/* Makes an empty folder below $TMPDIR, or /tmp, whose name begins with that one: "membench-sites". The caller removes
 * it. path has room for size bytes and is "" after an error, which is MB_ERROR_SYSTEM. */
MB_NODISCARD mb_status mb_temporary_folder(const char *name, char *path, size_t size, mb_error *error);

#endif
