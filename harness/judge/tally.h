/* tally.h: what a whole report adds up to: counts by outcome and verdict, the findings, and the one overall verdict.
 *
 * Pure data, no output. Text, Markdown, JSON and the exit code all count here, so they cannot disagree. */
#ifndef MEMBENCH_JUDGE_TALLY_H
#define MEMBENCH_JUDGE_TALLY_H

#include "judge/budget.h"
#include "judge/compare.h"
#include "judge/sweep.h"
#include "model/result.h"

/* How a case stands to the baseline. */
typedef enum mb_presence {
    MB_PRESENCE_BOTH,       /* or there is no baseline at all */
    MB_PRESENCE_UNRECORDED, /* run now, not in the baseline */
    MB_PRESENCE_GONE,       /* in the baseline, not run now; result is the baseline's */
} mb_presence;

/* One case as a report takes it. */
typedef struct mb_report_case {
    const mb_case_result *result;
    mb_presence presence;
    const mb_case_result *baseline;   /* raw samples of the other side, or NULL when there is none */
    bool baseline_ok;                 /* the baseline has values of this case: then anything but ok now is a loss */
    const mb_comparison *comparisons; /* settled; comparison_count of them, 0 without a baseline */
    size_t comparison_count;
    bool is_advisory;               /* the project wants the case shown and never gated */
    const mb_budget_check *budgets; /* budget_count of them, with or without a baseline */
    size_t budget_count;
} mb_report_case;

/* Why a case is listed at the end of a report, worst first. A case may stand in several lists. */
typedef enum mb_finding_kind {
    MB_FINDING_REGRESSED,
    MB_FINDING_OVER_BUDGET, /* takes more than the project allows, whatever it took before */
    MB_FINDING_LOST,        /* did not end well; where the baseline has values skipped counts too */
    MB_FINDING_UNRECORDED,  /* no entry in the baseline */
    MB_FINDING_SUSPECT,
    MB_FINDING_INCONCLUSIVE,
    MB_FINDING_NOT_COMPARABLE, /* no gating metric of the case could be compared */
    MB_FINDING_UNBUDGETED,     /* a budget of the case was not checked: there is no such number */
    MB_FINDING_GONE,
    MB_FINDING_ADVISORY, /* would have regressed, or be over its budget, if the case were not advisory */
    MB_FINDING_IMPROVED,
    MB_FINDING_KIND_COUNT
} mb_finding_kind;

const char *mb_finding_kind_name(mb_finding_kind kind); /* "regressed", … */

/* One metric in a finding. */
typedef struct mb_finding_change {
    mb_metric metric;
    double difference;    /* to the baseline, or to the budget */
    double ratio;         /* 0: the baseline has none */
    bool is_budget;       /* value and budget are set */
    double value, budget; /* in the metric's unit */
    bool has_interval;    /* low and high are set: of the ratio, or of the difference where there is none */
    double low, high;
    const char *reason; /* static text, or NULL */
} mb_finding_change;

typedef struct mb_finding {
    mb_finding_kind kind;
    mb_outcome outcome;
    double weight;       /* size of the worst change; findings of a kind are sorted by it, falling, then by order */
    size_t order;        /* of adding */
    const char *case_id; /* copied; of a slope the sweep's name */
    bool is_slope;       /* the changes are those of slopes, not of a case */
    const char *message; /* of a lost case, copied, or NULL */
    mb_finding_change *changes;
    size_t change_count;
} mb_finding;

typedef struct mb_tally {
    size_t case_count; /* run now: without those gone */
    size_t outcome_counts[MB_OUTCOME_COUNT];
    size_t verdict_counts[MB_VERDICT_COUNT];      /* comparisons of gating metrics */
    size_t gated_count;                           /* comparisons of gating metrics that came to a verdict */
    size_t budget_count, over_budget_count;       /* budgets that were checked and gate, and those exceeded */
    size_t finding_counts[MB_FINDING_KIND_COUNT]; /* cases and slopes */
    size_t slope_counts[MB_FINDING_KIND_COUNT];   /* … of these, the slopes */
    mb_finding *findings;                         /* sorted by mb_tally_sort */
    size_t finding_count, finding_capacity;
    mb_arena arena;
} mb_tally; /* zeroed is empty and ready; mb_tally_fini frees it */

/* Counts one case, borrowed for the call. False when memory is out. */
MB_NODISCARD bool mb_tally_add(mb_tally *tally, const mb_report_case *item);

/* Counts the slopes of one sweep that came to a verdict: a finding of their kind by the sweep's name, with is_slope.
 * False when memory is out. */
MB_NODISCARD bool mb_tally_add_sweep(mb_tally *tally, const mb_sweep *sweep);

/* Sorts the findings: by kind, then by weight, then as added. */
void mb_tally_sort(mb_tally *tally);

void mb_tally_fini(mb_tally *tally);

/* The whole in a word: the first that holds of "failed" (a case did not end well), "regressed", "over_budget",
 * "unbudgeted" (a budget could not be checked), "unrecorded" (a case has no baseline entry, unless lenient, or none of
 * its gating metrics could be compared), "suspect", "inconclusive", "ok"; "measured" when nothing was compared and
 * nothing failed. The order is that of the exit codes. */
const char *mb_tally_verdict(const mb_tally *tally, bool has_baseline, bool lenient);

#endif
