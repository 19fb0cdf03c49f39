/* line.h: what one more of something costs: a straight line through points, robust against outliers. Pure. */
#ifndef MEMBENCH_STATS_LINE_H
#define MEMBENCH_STATS_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_line {
    double slope;                 /* median of the slopes of all pairs with different x (Theil 1950, Sen 1968) */
    double intercept;             /* median of y - slope · x */
    double local_low, local_high; /* least and greatest slope from one x to the next, between the medians at each */
} mb_line;

/* Fits a line to count points, x ascending; the same x may stand several times, with repeats of one measurement (a
 * series that repeats exactly should be given once: repeats of a staircase are no evidence). False, with *line
 * untouched, when fewer than two x differ or memory is out. Takes time and memory that grow with count². */
bool mb_line_fit(const double *x, const double *y, size_t count, mb_line *line);

#endif
