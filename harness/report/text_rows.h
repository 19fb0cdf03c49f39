/* text_rows.h: the table of a group while it is put together: text_rows.c fills it, text_layout.c writes it. */
#ifndef MEMBENCH_REPORT_TEXT_ROWS_H
#define MEMBENCH_REPORT_TEXT_ROWS_H

#include "report/text.h"

enum {
    MB_TEXT_ROWS_MAX = 500,     /* a table that grows longer is written in parts */
    MB_TEXT_CELL_BYTES = 24,    /* of a value or a spread */
    MB_TEXT_PRIORITY_EXTRA = 8, /* columns that give way to the spreads of the others */
    MB_TEXT_PRIORITY_WIDE = 12, /* columns that only a wide terminal has */
    MB_TEXT_SMALL_CASES_MAX = 6 /* of a comparison this small all rows are shown, the unchanged ones too */
};

/* When a column is worth its place; one asked for by --metrics always is. */
typedef enum mb_text_need {
    MB_TEXT_NEEDS_ANY,        /* a value, or the reason why there is none */
    MB_TEXT_NEEDS_VALUE,      /* a value */
    MB_TEXT_NEEDS_NONZERO,    /* one that is not 0 */
    MB_TEXT_NEEDS_DEARER,     /* the first use cost more than the steady window */
    MB_TEXT_NEEDS_ITERATIONS, /* one of an iteration (mb_case_is_of_iterations) */
} mb_text_need;

typedef struct mb_text_column {
    mb_metric metric;
    mb_text_need need;
    int priority;                      /* where width is short, those of the largest go first */
    bool is_shown;                     /* so far: some row needs it */
    int value_columns, spread_columns; /* widest of all tables so far, so that they are below each other */
} mb_text_column;

typedef struct mb_text_cell {
    char value[MB_TEXT_CELL_BYTES], spread[MB_TEXT_CELL_BYTES];
} mb_text_cell;

typedef struct mb_text_row {
    char *label;
    mb_text_cell *cells; /* one a column; NULL: a row without numbers */
    mb_text_note note;
    bool is_sweep, is_first_use, has_values;
} mb_text_row;

struct mb_text_rows {
    mb_text_column columns[MB_METRIC_COUNT];
    size_t column_count;
    mb_text_row rows[MB_TEXT_ROWS_MAX];
    size_t count;
    char group[MB_ID_BYTES_MAX];
    bool is_continued; /* the group has been written in part */
    int label_columns; /* widest so far, up to a share of the width */
    /* Of a small comparison both are kept, until it is known that it stays small. */
    FILE *all, *changed;
    char *all_text, *changed_text;
    size_t all_length, changed_length, case_count;
};

/* Writes the rows: all of them, or of a comparison those that changed. */
void mb_text_layout(const mb_report *report, mb_text_rows *table, bool all);

#endif
