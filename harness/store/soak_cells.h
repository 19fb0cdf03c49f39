/* soak_cells.h: what other tools write into the cells of a recording: numbers, times of the clock, sizes with a unit.
 * Internal to the readers of recordings. */
#ifndef MEMBENCH_STORE_SOAK_CELLS_H
#define MEMBENCH_STORE_SOAK_CELLS_H

#include <stdbool.h>
#include <stddef.h>

/* A finite number, all of the text. False, with *value untouched, on anything else; so do the others. */
bool mb_soak_cell_number(const char *text, size_t length, double *value);

/* "15:00" and "1-08:15:00" as seconds, as ps has the time since a start; "2026-01-31T08:15:00.5+01:00", "2026-01-31
 * 08:15:00" and "…Z" as seconds since 1970 (without a zone as if it were UTC), "08:15:00" as seconds of a day, which
 * *is_of_day says. */
bool mb_soak_cell_time(const char *text, size_t length, double *seconds, bool *is_of_day);

/* "48.8MiB", "512 kB", and docker's "48.8MiB / 7.6GiB", of which the first counts. kB is 1024. */
bool mb_soak_cell_size(const char *text, size_t length, double *bytes);

#endif
