/* soak_columns.h: what the columns of a recorded series are called by membench and by other tools. Internal to
 * soak_csv.c. */
#ifndef MEMBENCH_STORE_SOAK_COLUMNS_H
#define MEMBENCH_STORE_SOAK_COLUMNS_H

#include "model/soak_series.h"

/* What a column holds: a field, or one of these. */
enum { MB_SOAK_COLUMN_NOTHING = -1, MB_SOAK_COLUMN_TIME = -2, MB_SOAK_COLUMN_PHASE = -3, MB_SOAK_COLUMN_KIND = -4 };

typedef struct mb_soak_column {
    int holds;
    double factor; /* to seconds or bytes; 0: a size of which the name does not say the unit */
} mb_soak_column;

/* Whether a column holds what can be judged: resident, anonymous, or of the heap. */
static inline bool mb_soak_column_is_size(int holds)
{
    return holds == MB_SOAK_RSS_BYTES || holds == MB_SOAK_ANON_BYTES || holds == MB_SOAK_HEAP_LIVE_BYTES;
}

/* By the name in a head: "time_seconds", "t_ms", "rss_kb", "Real (MB)"; RSS in capitals is what ps and pidstat write,
 * in KiB. kB, MB and GB are 1024, as the kernel and those tools mean them. What is not known holds nothing. */
mb_soak_column mb_soak_column_find(const char *name, size_t length);

/* What a unit's name, of a time or of a size, is in seconds or bytes. False when it is none. */
bool mb_soak_unit_find(const char *name, size_t length, bool is_time, double *factor);

#endif
