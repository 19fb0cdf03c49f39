/* file_ops.h: the system calls behind a results file, so that tests can make each of them fail. Internal to results/.
 */
#ifndef MEMBENCH_BASE_FILE_OPS_H
#define MEMBENCH_BASE_FILE_OPS_H

#include "base/error.h"

#include <stddef.h>

/* Counts down with every call of its kind; the call that reaches 0 fails with errnum. Negative: never. */
typedef struct mb_file_faults {
    long write_count, sync_count, rename_count;
    int errnum;
} mb_file_faults;

extern mb_file_faults mb_file_fault; /* for tests; all -1 otherwise */

/* Writes all of it; 0 or the errno. */
int mb_file_write(int descriptor, const void *bytes, size_t length);
int mb_file_sync(int descriptor);
int mb_file_rename(const char *from, const char *to);

#endif
