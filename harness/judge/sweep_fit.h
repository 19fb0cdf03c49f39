/* sweep_fit.h: what one more of something costs: a line through points, robust against outliers, with an interval.
 * Pure.
 *
 *     mb_sweep_fit_points    F + b·N through raw points, local slopes, largest step, growth class
 *     mb_sweep_rise_p        is a shift between two runs a rise along N, or only scatter from N to N? */
#ifndef MEMBENCH_JUDGE_SWEEP_FIT_H
#define MEMBENCH_JUDGE_SWEEP_FIT_H

#include "judge/growth.h"

/* One metric over the values N of a parameter, in the metric's unit per unit of N. */
typedef struct mb_sweep_fit {
    size_t point_count, value_count; /* points fitted, and different N among them */
    bool is_exact;                   /* one point a value: [slope_low, slope_high] is the range of local slopes */
    bool has_interval;               /* false: too few points for the level, the interval is the range of all slopes */
    double x_low, x_high;            /* the N that were measured: nothing is said of others */
    double slope, slope_low, slope_high; /* b: median slope of all pairs with different N, with its interval */
    double overhead;                     /* F: median of y - b·N */
    double local_low, local_high;    /* least and greatest slope from one N to the next, between the medians there */
    double lower_slope, upper_slope; /* plain check: the same median over the lower and the upper half of the values */
    double step, step_from,
        step_to;        /* of steps from one N to the next that which exceeds the line most: growth there */
    double step_excess; /* … and how much of it the line does not explain */
    mb_growth_fit growth;
} mb_sweep_fit;

/* Fits count points, x ascending; the same x may be several times, with samples of one case. is_exact says that
 * every x is once with a value that repeats: repeats of a staircase are not evidence. quantum as in growth.h, or 0:
 * the class is not looked for; confidence_level of the interval, e.g. 0.95. *is_fitted is false, with *fit untouched,
 * when fewer than two x differ. False when memory is out.
 *
 * The slope is the median of slopes of pairs of points (Theil 1950), so that odd samples do not move it; its interval
 * comes from Kendall's S (Sen 1968), with a correction for ties. Not all pairs of samples are taken, which are 18,000
 * for ten sizes of twenty samples: row k holds the k-th sample of each size, slopes are those within a row, and S and
 * its variance are sums over rows (Hirsch, Slack and Smith 1982, who compare each month of a year with itself). That
 * costs s·m² for s samples of m sizes instead of (s·m)², and its interval is as wide but for few sizes: 1.1 times at 7.
 * With more than 512 pairs the rows are medians of several samples each instead, at least one row; of more than 512
 * sizes as many are taken, spread over all. */
bool mb_sweep_fit_points(const double *x, const double *y, size_t count, bool is_exact, double quantum,
                         double confidence_level, bool *is_fitted, mb_sweep_fit *fit);

/* P that scatter alone makes shift[] rise along x[] as it does: one-sided t test of the slope of a least-squares line
 * over the count different x, once with scatter of the same size everywhere and once with scatter in proportion to
 * level[]; the greater p of the two. Scatter from x to x is all that counts, so what drifts from case to case between
 * two sessions counts as scatter too. Deviations below quantum are not evidence. 1 for fewer than four x. */
double mb_sweep_rise_p(const double *x, const double *shift, const double *level, size_t count, double quantum);

#endif
