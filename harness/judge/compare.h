/* compare.h: two sets of raw samples in, a verdict per case and metric out. Pure: no file, process, JSON or clock.
 *
 *     mb_compare_case()    each case: what can be said of its metrics alone (estimate, p values, exact verdicts)
 *     mb_compare_settle()  all of them together: Holm's correction over the rank path, final verdicts
 *
 * The algorithm is docs/statistics.md; the numbers behind it come from ci/simulate. */
#ifndef MEMBENCH_JUDGE_COMPARE_H
#define MEMBENCH_JUDGE_COMPARE_H

#include "judge/conditions.h"

typedef enum mb_verdict {
    MB_VERDICT_NOT_REGRESSED,
    MB_VERDICT_IMPROVED,       /* information, never gating */
    MB_VERDICT_SHOWN,          /* the metric does not gate here: change and interval are information */
    MB_VERDICT_NOT_COMPARABLE, /* e.g. heap metrics of two libcs; the reason says so */
    MB_VERDICT_NO_BASELINE,    /* the baseline has no samples of this metric, or the current run has none */
    MB_VERDICT_INCONCLUSIVE,
    MB_VERDICT_SUSPECT, /* grew beyond the threshold but within the drift allowance: needs a side-by-side run */
    MB_VERDICT_SHRANK,  /* beyond the threshold, where that fails too (policy.is_two_sided) */
    MB_VERDICT_REGRESSED,
    MB_VERDICT_COUNT
} mb_verdict;

const char *mb_verdict_name(mb_verdict verdict); /* "NOT REGRESSED", … */

typedef struct mb_gate_policy mb_gate_policy;
typedef struct mb_comparison mb_comparison;

typedef enum mb_path { MB_PATH_NONE, MB_PATH_EXACT, MB_PATH_RANK } mb_path;

struct mb_gate_policy {
    double threshold_ratio[MB_METRIC_COUNT]; /* 0.10: growth up to 10 % is not a regression */
    double threshold_extra[MB_METRIC_COUNT]; /* nor is so much on top of it, in the metric's unit */
    bool gates[MB_METRIC_COUNT];
    double drift_allowance_ratio; /* 0.10: r = (1 + threshold) · (1 + allowance) on the rank path, stored baselines */
    double confidence_level;      /* 0.95, of the intervals shown */
    double noise_threshold_ratio; /* 0.01: a smaller improvement is not called one */
    size_t sample_limit;          /* 40: looks at 10, 20 and 40 current samples */
    uint64_t page_bytes;          /* unit of page floors */
    bool times_gate;              /* where gates[] says so: only sound side by side (side_by_side.h) */
    bool ignore_environment;      /* compare despite what makes metrics not comparable */
    bool is_advisory;             /* the case is shown and never gates, nor does its budget */
    bool is_two_sided;            /* what shrinks beyond the threshold is SHRANK, by the levels that fail */
    bool has_budget[MB_METRIC_COUNT];
    double budget[MB_METRIC_COUNT];     /* the most a metric may be, in its unit, whatever the baseline: see budget.h */
    size_t budget_pin[MB_METRIC_COUNT]; /* 1 …: relative to that older baseline, budget on top of its value and */
    double budget_ratio[MB_METRIC_COUNT]; /* … so much of it; 0: of none */
}; /* of a run, or of one case: cases may differ in thresholds, gates and budgets */

/* Criterion-like defaults: thresholds 10 %, gates as in the metric table, 95 % intervals. */
void mb_gate_policy_init(mb_gate_policy *policy);

/* Whether the metric of a case with these flags (of either side) gates. */
bool mb_policy_gates(const mb_gate_policy *policy, mb_metric metric, unsigned flags);

/* Ten of a case, and of 100,000 cases a million at once: members go by their size, and counts are small. */
struct mb_comparison {
    mb_metric metric;
    mb_path path;
    mb_verdict verdict;                     /* rank path: set by settle */
    uint32_t case_index;                    /* the caller's: which case this is */
    uint32_t baseline_count, current_count; /* samples */
    uint32_t samples_wanted;                /* more than current_count: take that many in all before believing it */
    uint16_t samples_to_fail; /* with fewer current samples nothing is REGRESSED: 10, 40 where threads move pages, 1 of
                               * what a file says once */
    uint16_t samples_to_pass; /* so many that equal an exact baseline settle "unchanged" */
    /* Rank path: current values beyond what the highest of the baseline allows, and below its lowest. */
    uint32_t above_count, below_count;
    bool gates;
    bool is_advisory;                   /* it would gate, but the case is advisory: SHOWN */
    bool baseline_exact, current_exact; /* all equal */
    bool has_ratio;                     /* all baseline values > 0 */
    double threshold_ratio;             /* of this case and metric */
    double threshold_extra;             /* on top of it, in the metric's unit */
    double floor;                       /* growth up to this is allowed too, in the metric's unit; 0: none tested */
    double baseline_median, current_median;
    double baseline_spread; /* range of the middle 80 % of the baseline's values; 0 where they repeat */
    double baseline_highest, current_highest;           /* rank path */
    double difference, difference_low, difference_high; /* Hodges-Lehmann estimate with interval, metric's unit */
    double ratio, ratio_low, ratio_high;                /* current / baseline */
    /* Rank path; 1 where not tested. Exact where they decide, else an upper bound. */
    double p_fail, p_pass, p_tail;                   /* y beyond the threshold; y within it; so many values beyond */
    double p_fail_drift, p_pass_drift, p_tail_drift; /* the same for threshold and drift allowance together */
    double p_improved;                               /* the mirrored test */
    double p_adjusted;                               /* Holm's, of the hypothesis that makes REGRESSED; set by settle */
    const char *reason;                              /* static text behind a verdict, or NULL */
    mb_conditions *conditions; /* of a change between exact values: what other conditions make of it; else NULL */
};

/* What looks exact moves under other conditions by as much as it changed. */
static inline bool mb_comparison_moves(const mb_comparison *comparison)
{
    return comparison->conditions != NULL && comparison->conditions->moves;
}

/* It asks for more samples under other conditions. */
static inline bool mb_comparison_wants_conditions(const mb_comparison *comparison)
{
    return comparison->conditions != NULL && comparison->conditions->wanted > comparison->conditions->current_count;
}

/* How many samples that equal an exact baseline settle "unchanged": fewer where the program is that of the baseline
 * (mb_program_is_as_before). */
size_t mb_compare_samples_to_pass(const mb_case_result *baseline, const mb_run_info *baseline_run,
                                  const mb_case_result *current, const mb_run_info *current_run);

/* Compares all metrics that either side has; writes at most MB_METRIC_COUNT comparisons and returns how many.
 * Both cases are borrowed for the call; what other conditions make of a change is in the arena;
 * NULL: they are not looked at. Exact path: verdict
 * final. Rank path: verdict INCONCLUSIVE until settled. */
size_t mb_compare_case(const mb_case_result *baseline, const mb_run_info *baseline_run, const mb_case_result *current,
                       const mb_run_info *current_run, const mb_gate_policy *policy, size_t case_index, mb_arena *arena,
                       mb_comparison comparisons[MB_METRIC_COUNT]);

/* Holm's correction over all gating rank-path comparisons, drift as the cases that shrank show it, and the final
 * verdicts: those that hold if no more samples are taken. To be called again on all comparisons whenever some of them
 * were made again from more samples. scratch: count indices. */
void mb_compare_settle(mb_comparison *comparisons, size_t count, const mb_gate_policy *policy, size_t *scratch);

#endif
