/* open_files.h: whether the limit of open files (RLIMIT_NOFILE) is high enough for so many processes at a time. */
#ifndef MEMBENCH_PROCESS_OPEN_FILES_H
#define MEMBENCH_PROCESS_OPEN_FILES_H

#include "base/error.h"

#include <stddef.h>

/* Refused beforehand: in the middle of a run it would be the cases that fail, one after the other. MB_ERROR_SYSTEM with
 * the limit and what is needed. */
MB_NODISCARD mb_status mb_open_files_check(size_t job_count, mb_error *error);

/* How many at a time the limit allows; SIZE_MAX: any number. */
size_t mb_open_files_jobs(void);

#endif
