/* conditions.h: changes of what repeats exactly, confirmed under other conditions. Pure.
 *
 * A table seeded by the address of a global reads one value in every sample, and another one when the linker moves the
 * global: exact, and no growth. So before growth of equal values is REGRESSED, or as much less IMPROVED, both sides are
 * measured under conditions that differ from sample to sample: addresses randomized, stack and heap moved, another seed
 * of random bytes. What moves by as much as it grew is not exact, and judged by ranks over conditions.
 *
 *     mb_compare_case ─▶ mb_conditions_look   each comparison of two exact series that differ by more than is allowed
 *     mb_compare_settle, mb_side_confirm ─▶ mb_conditions_settle   all of them: Holm's correction, verdicts, what more
 *                                                                  is wanted
 *
 * Levels and rates: docs/statistics.md. */
#ifndef MEMBENCH_JUDGE_CONDITIONS_H
#define MEMBENCH_JUDGE_CONDITIONS_H

#include "base/arena.h"
#include "judge/ranks.h"
#include "model/result.h"

struct mb_comparison;
struct mb_gate_policy;

enum {
    MB_CONDITIONS_FIRST = 5, /* samples that tell whether a value moves */
    MB_CONDITIONS_LAST = 160 /* of looks at 10, 20, 40, 80 and as many */
};

typedef struct mb_conditions {
    uint32_t baseline_count, current_count; /* samples under other conditions; 0: none were taken */
    uint32_t wanted;                        /* more than current_count: take so many in all before believing it */
    bool moves;                             /* under these by as much as it grew: what looked exact is not */
    bool has_chance;                        /* the case asks for random bytes, so seeds may be what moves it */
    double baseline_low, baseline_high;     /* of all values, usual conditions included */
    double current_low, current_high;
    double p_fail, p_pass, p_adjusted; /* of ranks over conditions; Holm's */
    mb_estimate difference, ratio; /* over conditions, where both sides have some and all of the baseline is above 0 */
} mb_conditions;

/* Makes comparison->conditions, in the arena, from the samples of both sides under other conditions, which may be none.
 */
void mb_conditions_look(struct mb_comparison *comparison, const mb_series *baseline, const mb_series *current,
                        bool has_chance, const struct mb_gate_policy *policy, mb_arena *arena);

/* Of comparisons that are REGRESSED or IMPROVED: leaves those alone that did not move, settles the others. scratch:
 * count indices. */
void mb_conditions_settle(struct mb_comparison *comparisons, size_t count, size_t *scratch);

/* "addresses", "seeds or addresses": with what it varies. */
const char *mb_conditions_name(const mb_conditions *conditions);

/* A rank sum test for series of any length: exact up to MB_STATS_SAMPLES_MAX values per side, beyond by the normal
 * approximation. x and y are sorted; *less: small when y is below x. Returns what is small when y is above x. */
double mb_conditions_rank_p(const double *x, size_t m, const double *y, size_t n, double *less);

#endif
