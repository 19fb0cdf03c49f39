/* leak_period.h: does a series repeat itself? Internal to leak.c. */
#ifndef MEMBENCH_JUDGE_LEAK_PERIOD_H
#define MEMBENCH_JUDGE_LEAK_PERIOD_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_SOAK_PERIODS_MAX = 60 };

/* Three days of ticks are a tick short of three days, and a period is found to a share of a cell: a record stands for
 * so many times its length. */
#define MB_SOAK_WHOLE 1.01

typedef struct mb_soak_period {
    double seconds;         /* 0: none that comes three times or more */
    double amplitude_bytes; /* deviation of what is left of the cells without their line */
} mb_soak_period;

/* Finds the period by the autocorrelation of 480 cell medians without their line: its first peak above 0.6, made
 * sharper by the peak at its highest multiple. A third of the record is the longest: three periods are the least that a
 * trend between them can be distinguished from. Cost: 77,000 steps. scratch: count values. */
mb_soak_period mb_soak_period_find(const double *time_seconds, const double *value_bytes, size_t count,
                                   double *scratch);

/* Growth from period to period: the median of each whole period, counted from the end, and a t interval of 99 % over
 * their increments; of three the increments of their eighths, from part to part. Increments share a level, so that
 * neighbours' errors cancel and the interval is wider than it has to be. */
typedef struct mb_soak_periods {
    size_t count;           /* periods that hold values */
    double first, last;     /* levels */
    double rate, low, high; /* bytes a second */
    bool has_parts;         /* of three periods: low and high are those of their parts */
    bool is_ending;         /* … and the last increments are below 0.7 of the first */
} mb_soak_periods;
mb_soak_periods mb_soak_periods_fit(const double *time_seconds, const double *value_bytes, size_t count,
                                    double period_seconds, double *scratch);

#endif
