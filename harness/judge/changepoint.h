/* changepoint.h: where a series of values changed its level: after which commit a metric is another. Pure.
 *
 * Exact series: every value that differs from the one before is a change. Noisy ones: the levels that minimize
 *
 *     sum over values of min((value - level)^2, (3 sigma)^2) + 2 sigma^2 log(n) · number of changes
 *
 * found exactly by functional pruning (Maidstone, Hocking, Rigaill, Fearnhead: On optimal multiple changepoint
 * algorithms for large data, Statistics and Computing 27, 2017; with the bounded loss of Fearnhead, Rigaill:
 * Changepoint detection in the presence of outliers, JASA 114, 2019), so that a value far off is an outlier and no
 * change. sigma comes from the median absolute difference of neighbours. What this finds is then tested by ranks. All
 * on the log scale, since memory varies in proportion to itself; where a value is not above 0, on the values.
 *
 * Ranks cannot be sure of few runs: 3 against 3 have p = 0.1, and it may be any of the places. Two parts that do not
 * overlap, with a gap above twice the larger of their ranges, can: of six runs without a change that is found in 0.15 %
 * with normal, skewed or heavy-tailed noise (3 % where there are just two values, 1 % from 10 runs on), and a step of
 * 10 sigma in 94 %. So series of fewer than 14 runs are split into as many levels as have such gaps between neighbours,
 * by dynamic programming over where the last two levels begin (13³ steps), and in longer ones a step is sure by its gap
 * as soon as three runs have followed. */
#ifndef MEMBENCH_JUDGE_CHANGEPOINT_H
#define MEMBENCH_JUDGE_CHANGEPOINT_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_CHANGEPOINT_LEVEL_COUNT_MIN = 3 }; /* values that make a level of a noisy series */

typedef struct mb_changepoint_rule {
    double confidence_level; /* noisy series: changes less sure than that are none; 0.99 */
    double least_ratio;      /* … and those by less than this share of the level before: 0.01 */
} mb_changepoint_rule;

void mb_changepoint_rule_init(mb_changepoint_rule *rule);

typedef struct mb_changepoint {
    size_t index;         /* of the first value of the new level */
    double before, after; /* exact: the values; noisy: medians of the levels before and after */
    /* 1 for exact series. Else 1 - p of the rank test (Mann, Whitney; two-sided, exact with ties) of up to 64 values on
     * either side, p multiplied by the places where the change might have been found (Bonferroni); 0.99 by the gap. */
    double confidence;
} mb_changepoint;

/* Every change of an exact series; changes holds count of them. Returns how many. */
size_t mb_changepoint_exact(const double *values, size_t count, mb_changepoint *changes);

/* The changes of a noisy series of finite values, in order; changes holds count of them. False, with *change_count
 * untouched, when memory is out. Takes some 10 us a thousand values where nothing changes. Not thread-safe (ranks.h).
 */
bool mb_changepoint_noisy(const double *values, size_t count, const mb_changepoint_rule *rule, mb_changepoint *changes,
                          size_t *change_count);

/* The levels alone that minimize the sum above, untested: starts (room for count) holds where each begins, the first at
 * 0. count >= 2, not all values equal. False when memory is out. */
bool mb_changepoint_levels(const double *values, size_t count, size_t *starts, size_t *level_count);

#endif
