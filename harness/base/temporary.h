/* temporary.h: a folder for a while.
 *
 * Each holds a locked file as long as its process lives. Making one takes away those of processes that were killed. */
#ifndef MEMBENCH_BASE_TEMPORARY_H
#define MEMBENCH_BASE_TEMPORARY_H

#include "base/error.h"

#include <stddef.h>

#define MB_TEMPORARY_LOCK ".membench-lock"

/* Makes a folder below $TMPDIR, or /tmp, whose name begins with that one, which begins with "membench": in it is
 * nothing but MB_TEMPORARY_LOCK. The caller removes it. path has room for size bytes and is "" after an error, which is
 * MB_ERROR_SYSTEM. */
MB_NODISCARD mb_status mb_temporary_folder(const char *name, char *path, size_t size, mb_error *error);

/* Removes a folder and all that is in it, and gives its lock back if it was one of the above. "" is none. */
void mb_temporary_remove(const char *path);

#endif
