/* csv_field.h: fields of RFC 4180, for every table that is written as csv. */
#ifndef MEMBENCH_BASE_CSV_FIELD_H
#define MEMBENCH_BASE_CSV_FIELD_H

#include <stdio.h>

/* A field, quoted where it must be, with an apostrophe before what a spreadsheet would take for a formula, and before
 * an apostrophe. NULL is an empty one. */
void mb_csv_text(FILE *file, const char *text);

/* The same behind a comma. */
void mb_csv_next_text(FILE *file, const char *text);

/* The shortest form that reads back as the same double; not finite: an empty field. */
void mb_csv_number(FILE *file, double value);
void mb_csv_next_number(FILE *file, double value);

#endif
