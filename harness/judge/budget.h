/* budget.h: what a case may take at most, whatever it took before: a run compared with its policy's budgets. Pure.
 *
 * What counts is the median of the samples, which for nearly all memory metrics is every one of them. A value equal to
 * its budget is within it. Budgets need no baseline, but for those that are relative to an older one. */
#ifndef MEMBENCH_JUDGE_BUDGET_H
#define MEMBENCH_JUDGE_BUDGET_H

#include "judge/compare.h"

typedef enum mb_budget_state {
    MB_BUDGET_WITHIN,
    MB_BUDGET_OVER,
    MB_BUDGET_UNMEASURED,   /* it was tried and gave no number, for the reason that result->missing holds */
    MB_BUDGET_NO_REFERENCE, /* it is relative to a number that the older baseline does not have of this case */
} mb_budget_state;

typedef struct mb_budget_check {
    mb_metric metric;
    mb_budget_state state;
    double budget; /* in the metric's unit; of a relative one what it comes to, 0 without a reference */
    double value;  /* the median; 0 when unmeasured */
} mb_budget_check;

/* Holds a case that succeeded against the budgets of its policy; pinned are the same case in the older baselines that
 * budgets are relative to, NULL where one does not have it: the case is new since then, and there is no check.
 * Writes at most MB_METRIC_COUNT checks, in the order of metrics, and returns how many. Of a case that failed
 * nothing is known: 0. A budget of both windows needs one of them, since a case may have no steady one. */
size_t mb_budget_check_case(const mb_case_result *result, const mb_gate_policy *policy,
                            const mb_case_result *const *pinned, mb_budget_check checks[MB_METRIC_COUNT]);

#endif
