/* tally.h: what a whole run adds up to: counts by outcome and verdict, the findings, and the growth that passed.
 *
 * Pure data, no output. All reports and the decision (decide.h) count here, so they cannot disagree. */
#ifndef MEMBENCH_JUDGE_TALLY_H
#define MEMBENCH_JUDGE_TALLY_H

#include "judge/budget.h"
#include "judge/compare.h"
#include "judge/finding_kinds.h"
#include "judge/sweep.h"
#include "model/result.h"

/* How a case relates to the baseline. */
typedef enum mb_presence {
    MB_PRESENCE_BOTH,       /* or there is no baseline at all */
    MB_PRESENCE_UNRECORDED, /* measured now, and the baseline has no numbers of it: not run then, or failed or skipped
                             */
    MB_PRESENCE_GONE,       /* in the baseline, not run now; result is the baseline's */
} mb_presence;

/* What was compared of a case with an older baseline. */
typedef struct mb_since {
    const char *baseline; /* its name */
    const mb_comparison *comparisons;
    size_t comparison_count;
} mb_since;

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
    const mb_since *sinces; /* since_count of them */
    size_t since_count;
} mb_report_case;

/* What became of the case in the baseline; MB_OUTCOME_COUNT: it is not in it. */
static inline mb_outcome mb_baseline_outcome(const mb_report_case *item)
{
    return item->baseline != NULL ? item->baseline->outcome : MB_OUTCOME_COUNT;
}

/* A case as the conditions of finding_kinds.h see it. */
typedef struct mb_seen_case {
    const mb_report_case *item;
    size_t gating_count, judged_count; /* comparisons that gate; of these, with a verdict */
} mb_seen_case;

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
    mb_outcome baseline_outcome; /* MB_OUTCOME_COUNT: the case is not in the baseline */
    double weight;       /* size of the worst change; findings of a kind are sorted by it, falling, then by order */
    size_t order;        /* of adding */
    const char *case_id; /* copied; of a slope the sweep's name */
    bool is_slope;       /* the changes are those of slopes, not of a case */
    const char *message; /* of a lost case, copied, or NULL */
    const char *group, *function; /* of the case or the sweep, copied; "" where there is none */
    const mb_param_value *params; /* of the case, copied: param_count of them */
    size_t param_count;
    const char *unit_word; /* of a slope: "job", copied; else NULL */
    const char *since;     /* the older baseline that the changes are since, copied; else NULL */
    mb_finding_change *changes;
    size_t change_count;
} mb_finding;

/* Growth that is not a finding: how many comparisons show some, and the largest of them. */
typedef struct mb_passed_growth {
    size_t count;
    mb_finding_change change;
    double threshold_ratio, floor;   /* of that comparison; 0 of slopes */
    bool is_exact;                   /* both sides repeat exactly */
    bool is_slope;                   /* case_id is a sweep's name */
    size_t tail_count, sample_count; /* of samples beyond all that is allowed, and of all; 0: it is not in a tail */
    double highest;                  /* of the samples; then the change is from the highest of the baseline */
    char case_id[MB_ID_BYTES_MAX];   /* cut where it is too long */
} mb_passed_growth;

typedef struct mb_tally {
    size_t case_count;     /* run now: without those gone */
    size_t advisory_count; /* of these, advisory ones */
    size_t outcome_counts[MB_OUTCOME_COUNT];
    size_t verdict_counts[MB_VERDICT_COUNT];      /* comparisons of gating metrics */
    bool has_uncompared;                          /* a measured case, or a gating metric of one, came to no verdict */
    size_t gated_count;                           /* comparisons of gating metrics that came to a verdict */
    size_t budget_count, over_budget_count;       /* budgets that were checked and gate, and those exceeded */
    size_t finding_counts[MB_FINDING_KIND_COUNT]; /* cases and slopes */
    size_t slope_counts[MB_FINDING_KIND_COUNT];   /* … of these, the slopes */
    mb_passed_growth judged_growth;               /* of gating metrics, within what is allowed */
    mb_passed_growth unjudged_growth;             /* of memory that does not gate, or could not be compared */
    mb_finding *findings;                         /* sorted by mb_tally_sort */
    size_t finding_count, finding_capacity;
    mb_arena arena;
} mb_tally; /* zeroed is empty and ready; mb_tally_fini frees it */

/* Counts one case, borrowed for the call. False when memory is out. */
MB_NODISCARD bool mb_tally_add(mb_tally *tally, const mb_report_case *item);

/* Counts the slopes of one sweep that came to a verdict: a finding of their kind by the sweep's name, with is_slope;
 * of growth since an older baseline CREPT. False when memory is out. */
MB_NODISCARD bool mb_tally_add_sweep(mb_tally *tally, const mb_sweep *sweep);

/* Sorts the findings: by kind, then by weight, then as added. */
void mb_tally_sort(mb_tally *tally);

void mb_tally_fini(mb_tally *tally);

#endif
