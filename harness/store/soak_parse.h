/* soak_parse.h: the text of a recorded series, read line by line. Internal to soak_read.c and soak_csv.c. */
#ifndef MEMBENCH_STORE_SOAK_PARSE_H
#define MEMBENCH_STORE_SOAK_PARSE_H

#include "model/soak_family.h"
#include "model/soak_series.h"
#include "store/soak_columns.h"

typedef struct mb_soak_text {
    const char *name;         /* for messages */
    const mb_soak_said *said; /* or NULL */
    const char *at, *end;
    size_t line_number;  /* of the line read last */
    const char *line;    /* not terminated */
    size_t length;       /* without its end, "\n" or "\r\n" */
    bool has_units;      /* some cell said the unit of a size */
    bool is_cut;         /* it has no end: nobody knows whether it is whole */
    double last_seconds; /* of the tick before; 0 before the first */
    /* Of a recording with a column of process ids: those of the tick at hand, and what became of those before. */
    long pids[MB_SOAK_FAMILY_MAX];
    size_t pid_count;
    mb_soak_family family;
} mb_soak_text;

/* Steps to the next line; false when there is none. */
bool mb_soak_next_line(mb_soak_text *text);

/* MB_ERROR_FORMAT: "NAME: line 3: problem". */
mb_status mb_soak_refuse(const mb_soak_text *text, mb_error *error, const char *format, ...) MB_PRINTF(3, 4);

/* Takes the text of a cell, or of a JSON value, into the tick. */
mb_status mb_soak_take_cell(mb_soak_text *text, const mb_soak_column *of, const char *cell, size_t length,
                            mb_soak_tick *tick, mb_error *error);

/* Adds a tick whose time must not lie before that of the last one. Rows of the same time with other process ids are one
 * tick, their sizes added up. */
mb_status mb_soak_take_tick(mb_soak_text *text, mb_soak_series *series, const mb_soak_tick *tick, mb_error *error);

/* After the last tick: says of it, too, which processes it stands for. */
void mb_soak_end_ticks(mb_soak_text *text, mb_soak_series *series);

/* The whole of lines of JSON objects other than a soak's record: a column for each key. (soak_lines.c) */
mb_status mb_soak_read_lines(mb_soak_text *text, mb_soak_series *series, mb_error *error);

/* The whole of a CSV. */
mb_status mb_soak_read_csv(mb_soak_text *text, mb_soak_series *series, mb_error *error);

bool mb_soak_kind_find(const char *name, size_t length, mb_soak_kind *kind);

#endif
