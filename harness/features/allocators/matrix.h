/* matrix.h: the same cases under several allocators, side by side. */
#ifndef MEMBENCH_FEATURES_ALLOCATORS_MATRIX_H
#define MEMBENCH_FEATURES_ALLOCATORS_MATRIX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Differences to the start of the cold window. In the steady one an allocator that gives nothing back would look like
 * one that needs nothing. */
typedef enum mb_matrix_column {
    MB_MATRIX_ANON_LIVE,     /* after run */
    MB_MATRIX_ANON_RETAINED, /* after release */
    MB_MATRIX_ANON_PURGED,   /* after the allocator was asked to give back */
    MB_MATRIX_HEAP_LIVE,     /* usable bytes of live blocks, after run */
    MB_MATRIX_HEAP_RETAINED, /* the same after release; a purge frees no live block */
    MB_MATRIX_COLUMN_COUNT
} mb_matrix_column;

/* One case under one allocator; strings are borrowed. */
typedef struct mb_matrix_row {
    const char *case_id;
    const char *allocator; /* "jemalloc 5.3.0", "glibc:arena_max=1" */
    double bytes[MB_MATRIX_COLUMN_COUNT];
    bool is_known[MB_MATRIX_COLUMN_COUNT];
    const char *reason; /* why nothing was measured, or NULL */
} mb_matrix_row;

/* Writes rows as "text", "markdown", "csv" or "json" and flushes; those of a case are one after the other. False
 * formats are MB_ERROR_USAGE, a failed write MB_ERROR_SYSTEM. */
MB_NODISCARD mb_status mb_matrix_write(FILE *file, const char *format, const mb_matrix_row *rows, size_t count,
                                       bool unicode, mb_error *error);

/* Whether mb_matrix_write knows the format. */
bool mb_matrix_format_is_known(const char *format);

#endif
