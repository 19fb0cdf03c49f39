/* slope.h: one metric of a sweep: fitted, and compared with the baseline's. */
#ifndef MEMBENCH_JUDGE_SLOPE_H
#define MEMBENCH_JUDGE_SLOPE_H

#include "judge/sweep.h"

/* One case of a sweep as one metric sees it; borrowed. */
typedef struct mb_slope_point {
    uint64_t x;
    const mb_series *current;        /* not empty */
    const mb_series *baseline;       /* NULL: the baseline does not have the case */
    const mb_comparison *comparison; /* of the two, or NULL; its arrays are not looked at */
} mb_slope_point;

/* Chance of one false alarm in a run, by Holm over all slopes that vary: a tenth of what the cases have, since cases
 * have found most of what slopes could. */
#define MB_SLOPE_FAIL_LEVEL 0.001
#define MB_SLOPE_PASS_LEVEL (0.05 / 3) /* of one slope: below it a slope is suspect, or smaller */

/* Fits and compares points, x ascending, one for each x; two at least. metric->metric is set. The growth class is
 * looked for in the current side alone, and where it is wanted. False when memory is out. */
MB_NODISCARD bool mb_slope_fit(mb_sweep_metric *metric, const mb_slope_point *points, size_t count, bool with_growth,
                               mb_arena *arena, const mb_gate_policy *policy);

#endif
