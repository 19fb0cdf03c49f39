/* output_file.h: a file that a report goes to: there whole, or not at all. */
#ifndef MEMBENCH_BASE_OUTPUT_FILE_H
#define MEMBENCH_BASE_OUTPUT_FILE_H

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

enum { MB_OUTPUT_PATH_BYTES = PATH_MAX + 32 };

typedef struct mb_output {
    FILE *file;                           /* to write to; NULL: not open */
    char path[MB_OUTPUT_PATH_BYTES];      /* where it will be, behind all links */
    char temporary[MB_OUTPUT_PATH_BYTES]; /* where it is until then; "": what is not a regular file is written directly
                                           */
} mb_output;

/* Fails when path, "-" or NULL apart, is a folder or lies in none: asked before measuring what is to be written there.
 */
MB_NODISCARD mb_status mb_output_check(const char *path, mb_error *error);

/* Opens path for writing; "-" is standard output. On failure nothing is open. */
MB_NODISCARD mb_status mb_output_open(mb_output *output, const char *path, mb_error *error);

/* Puts what was written in its place; on failure the old file is as it was. */
MB_NODISCARD mb_status mb_output_close(mb_output *output, mb_error *error);

/* Forgets what was written. What is not open is fine. */
void mb_output_abandon(mb_output *output);

#endif
