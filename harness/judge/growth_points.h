/* growth_points.h: what the classes of growth are compared with: the median at each N, and how sure it is. Pure. */
#ifndef MEMBENCH_JUDGE_GROWTH_POINTS_H
#define MEMBENCH_JUDGE_GROWTH_POINTS_H

#include "judge/growth.h"

typedef struct mb_growth_points {
    size_t count;                                      /* different x */
    bool is_exact;                                     /* no scatter at any x */
    double x[MB_FIT_POINTS_MAX], y[MB_FIT_POINTS_MAX]; /* medians */
    double log_x[MB_FIT_POINTS_MAX];                   /* of x as a share of the largest; not of 0 */
    double tight[MB_FIT_POINTS_MAX];                   /* 2 quanta and 3 standard errors */
    double tight_most;
    double lowest, range;  /* of the medians */
    double range_constant; /* … up to which they are one level: 2 quanta and 5 standard errors */
    double overhead_least; /* a line may start so far below 0 */
} mb_growth_points;

/* Of count points, x ascending, of MB_FIT_POINTS_MAX different x and as many samples of one x at most. The standard
 * error of a median is 1.25·s/√m (normal). The deviation s is pooled over all x, since that of five samples alone is
 * too far off and one odd sample would make it large: it is the median of all, or of all in proportion to the value,
 * whichever varies less from x to x. */
void mb_growth_points_make(const double *x, const double *y, size_t count, double quantum, mb_growth_points *points);

/* The largest amount of which all differences of exact medians are multiples; 0 when that is not above 4 quanta or
 * the range holds fewer than three of it. Euclid's algorithm. */
double mb_growth_step(const mb_growth_points *points, double quantum);

/* Whether the medians look like treads along a line of that slope: two neighbours are equal, or the slopes from one to
 * the next alternate around it. What is curved is above the line only at one end, or only at both. */
bool mb_growth_has_treads(const mb_growth_points *points, double slope);

#endif
