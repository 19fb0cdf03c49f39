/* ranks.h: the statistics of the gate as pure functions: double arrays in, plain structs out.
 *
 *     sort both series ─▶ mb_rank_sum_of ─▶ mb_rank_bounds, and where they do not decide mb_rank_exact
 *                      └▶ mb_shift_estimate, mb_ratio_estimate       mb_tail_p       mb_holm
 *
 * x is the baseline (m values), y the current series (n values); 1 to MB_STATS_SAMPLES_MAX each, all finite, sorted
 * upwards. W is the sum of the midranks of y in the pooled values, U2 = 2·W - n·(n + 1) twice Mann and Whitney's
 * count of the pairs in which y is greater (a tie counts one half). W' is W when all ways to share the pooled values
 * out to the two sides are equally likely: what it would be if x and y came from one source, ties included.
 *
 * Null distributions are cached in static storage: call these functions from one thread only. */
#ifndef MEMBENCH_JUDGE_RANKS_H
#define MEMBENCH_JUDGE_RANKS_H

#include "base/sort.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_STATS_SAMPLES_MAX = 64 };

/* Sum over the ties of sorted values of t(t-1)(2t+5): by so much ties narrow the null distribution of a sum over
 * pairs, such as Kendall's S (Kendall 1970, ch. 4). */
double mb_tie_term(const double *sorted, size_t count);

/* Where y is among x. Groups are the runs of equal pooled values, from the smallest. */
typedef struct mb_rank_sum {
    size_t m, n;
    uint32_t u2;    /* 0: every y below every x; 2·m·n: every y above */
    uint32_t slack; /* how far U2 can be from its value with ties broken anyhow; 0: no ties */
    size_t group_count;
    uint8_t group_sizes[2 * MB_STATS_SAMPLES_MAX];
} mb_rank_sum;

void mb_rank_sum_of(const double *x, size_t m, const double *y, size_t n, mb_rank_sum *sum);

typedef struct mb_rank_p {
    double greater; /* P(W' >= W): small when y is above x */
    double less;    /* P(W' <= W): small when y is below x */
} mb_rank_p;

/* low and high enclose the exact values. Cheap: looks up the distribution without ties (the same where there are
 * none), which differs by at most the slack. */
void mb_rank_bounds(const mb_rank_sum *sum, mb_rank_p *low, mb_rank_p *high);

/* The exact values, by counting assignments group by group: 20 us at 20 + 20 heavily tied values, 3 ms at 64 + 64. */
mb_rank_p mb_rank_exact(const mb_rank_sum *sum);

/* P(the k greatest of all m + n values are all y's) = C(m+n-k, m) / C(m+n, m). 0 <= k <= n; 1 when k is 0. */
double mb_tail_p(size_t m, size_t n, size_t k);

typedef struct mb_estimate {
    double value, low, high;
} mb_estimate;

/* Hodges and Lehmann's estimate of y - x: the median over all pairs. The interval holds the shifts that the rank test
 * (without ties: with ties it covers more often than asked) does not reject at confidence_level, two-sided; with too
 * few samples for the level it is the whole range of the pairs. */
mb_estimate mb_shift_estimate(const double *x, size_t m, const double *y, size_t n, double confidence_level);

/* The same for y / x. All x > 0. */
mb_estimate mb_ratio_estimate(const double *x, size_t m, const double *y, size_t n, double confidence_level);

/* Sorts the count indices in order by the values they stand for: that of index i is the double at
 * values + i·stride_bytes, never NaN. */
void mb_order_by(const double *values, size_t stride_bytes, size_t *order, size_t count);

/* Holm's step-down correction, in place: each p becomes the smallest level at which its hypothesis is rejected when at
 * most one family in 1/level may hold a false rejection. The family is the count indices in order (sorted by this
 * call); the p of index i is the double at p + i·stride_bytes, NaN counts as 1. */
void mb_holm(double *p, size_t stride_bytes, size_t *order, size_t count);

#endif
