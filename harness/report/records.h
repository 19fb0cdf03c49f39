/* records.h: rows of one shape for programs to read, as CSV with a head or as a JSON array of objects.
 *
 *     mb_records_begin ─▶ for each record all its fields, in the order of the names ─▶ mb_records_end
 *
 * A table that has one more format, or one more field, says so in one place. */
#ifndef MEMBENCH_REPORT_RECORDS_H
#define MEMBENCH_REPORT_RECORDS_H

#include "base/json_writer.h"

typedef enum mb_records_format { MB_RECORDS_CSV, MB_RECORDS_JSON } mb_records_format;

typedef struct mb_records {
    FILE *file;
    mb_records_format format;
    const char *const *names; /* ended by NULL */
    size_t column;
    mb_json_writer json;
} mb_records; /* no cleanup */

/* file and names are borrowed until end. The caller looks at the stream's error flag. */
void mb_records_begin(mb_records *records, FILE *file, mb_records_format format, const char *const *names);
void mb_records_text(mb_records *records, const char *text); /* NULL: missing */
void mb_records_number(mb_records *records, double value);   /* not finite: missing */
void mb_records_bool(mb_records *records, bool value);       /* 1 or 0 in CSV */
void mb_records_missing(mb_records *records);                /* an empty field, or null */
void mb_records_end(mb_records *records);

#endif
