/* case_list.h: what --list prints: the cases of the programs, without measuring any. */
#ifndef MEMBENCH_REPORT_CASE_LIST_H
#define MEMBENCH_REPORT_CASE_LIST_H

#include "base/error.h"
#include "model/result.h"

#include <stdio.h>

typedef struct mb_list_case {
    const mb_case_result *result; /* id, group, function, params, flags and program; no samples needed */
    const char *summary;          /* or NULL */
    const char *program_path;     /* or NULL */
    uint64_t needs_bytes;
} mb_list_case;

typedef enum mb_list_format {
    MB_LIST_TEXT,  /* id and summary in two columns */
    MB_LIST_TERSE, /* ids alone, one a line, exactly as --exact takes them */
    MB_LIST_JSON,  /* an array of {id, group, function, params, flags, summary, …} */
} mb_list_format;

/* "text", "terse", "json"; false, with *format untouched, on anything else. */
bool mb_list_format_find(const char *name, mb_list_format *format);

/* Writes all cases and flushes. Text cuts summaries at width_columns (0: 80); unicode as in report.h. Fails with the
 * system's reason when a write failed. */
MB_NODISCARD mb_status mb_list_write(FILE *file, mb_list_format format, const mb_list_case *cases, size_t case_count,
                                     int width_columns, bool unicode, mb_error *error);

#endif
