/* gate_levels.h: the fixed numbers of the gate's rule; docs/statistics.md says where they come from. */
#ifndef MEMBENCH_JUDGE_GATE_LEVELS_H
#define MEMBENCH_JUDGE_GATE_LEVELS_H

#include "judge/compare.h"
#include "judge/ranks.h"

/* A case is looked at up to three times, so each look gets a third of the error. */
#define MB_GATE_FAIL_LEVEL (0.01 / 3) /* of one pull request, by Holm over all its rank-path comparisons */
#define MB_GATE_PASS_LEVEL (0.05 / 3) /* of one comparison */
#define MB_GATE_SCREEN_LEVEL 0.05     /* of one comparison side by side, in the first stage: it only says who passes */
#define MB_GATE_IMPROVED_LEVEL 0.01   /* of all that is called improved side by side, by Holm */
#define MB_CONDITIONS_FAIL_LEVEL (0.01 / 5) /* of all that moves under other conditions, by Holm; five looks */
#define MB_GATE_TAIL_LEVEL 0.05             /* a tail less likely than this keeps a comparison from passing */

/* Drift of a noisy case between two sessions that the gate allows for, up to the policy's allowance. */
#define MB_GATE_DRIFT_LEAST_RATIO 0.02
#define MB_GATE_DRIFT_SPREADS 2.0 /* times the range of the middle 80 % of the baseline */

enum {
    MB_GATE_BASELINE_EXACT_COUNT = 20, /* equal values that make a baseline exact */
    MB_GATE_UNCHANGED_COUNT = 3,       /* equal values that settle "unchanged" against an exact baseline */
    MB_GATE_AS_BEFORE_COUNT = 1,       /* … if program and libraries are the baseline's, too */
    MB_GATE_LOOK_FIRST_COUNT = 10,
    MB_GATE_LOOK_SECOND_COUNT = 20, /* the last look is the policy's sample_limit */
    MB_GATE_LOOK_LAST_COUNT = 40,   /* where that does not say */
    MB_GATE_SCREEN_TAIL_COUNT = 2,  /* samples of ten beyond the bound, which ask for more */
    MB_GATE_THREADS_COUNT = 40,     /* samples before page metrics of threads may fail */
    MB_GATE_COUNTED_COUNT = 1,      /* … before what a file says once, of many iterations, does */
};

/* How many samples the next look takes, or as many as there are when there is none. (settle.c) */
size_t mb_gate_next_look(size_t count, const mb_gate_policy *policy);

/* p of two tests of which either may speak: twice the smaller; above 1 where neither does. (settle.c) */
double mb_gate_either(double p, double p_other);

/* Whether a look may call it NOT REGRESSED. (settle.c) */
bool mb_gate_passes(const mb_comparison *comparison, const mb_gate_policy *policy);

/* Whether it is called IMPROVED: for information by itself; where that fails, at its share of the family's error.
 * (settle.c) */
bool mb_gate_improves(const mb_comparison *comparison, size_t family_count, const mb_gate_policy *policy);

/* Whether what shrinks fails, and this may have: not passed until it is certain. (settle.c) */
bool mb_gate_may_have_shrunk(const mb_comparison *comparison, const mb_gate_policy *policy);

/* Whether a few values far up, rather than the bulk, are what speaks for growth. (settle.c) */
bool mb_gate_is_of_tail(const mb_comparison *comparison);

/* Whether what is beyond the bound is but the upper half of a wider spread; said with that reason. (settle.c) */
bool mb_gate_swings(const mb_comparison *comparison);
extern const char mb_gate_swing_reason[];

/* Sorted values of a series, how many; of a very long one as many as the tests take, spread over all of it.
 * (compare.c) */
size_t mb_gate_sorted(const mb_series *series, double sorted[MB_STATS_SAMPLES_MAX]);

/* Median of those. The series is not empty. (compare.c) */
double mb_gate_median(const mb_series *series);

#endif
