/* closest.h: the line whose largest distance from points is least, each distance in units of the point's tolerance.
 * Pure. */
#ifndef MEMBENCH_JUDGE_CLOSEST_H
#define MEMBENCH_JUDGE_CLOSEST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_closest {
    double overhead, coefficient;
    double distance; /* largest |y - overhead - coefficient·f| / tolerance; INFINITY when no such line rises */
} mb_closest;

/* f ascending, not all equal; tolerance above 0; three points at least. The line rises, and its overhead is not below
 * `overhead_least`.
 *
 * The best line touches three points with distances of equal size and alternating sign (Chebyshev). Starting from any
 * three, the point that is farthest from their line replaces one of them (Remez's exchange): each time the common
 * distance grows, so it ends, after about five exchanges; each costs a pass over the points. Least squares will not
 * do here: its largest distance is not the least, so what fits would be refused. Where the overhead falls below its
 * bound the best line is on the bound, and two points determine it in the same way. */
mb_closest mb_closest_line(const double *f, const double *y, const double *tolerance, size_t count,
                           double overhead_least);

#endif
