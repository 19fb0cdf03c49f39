#include "judge/budget.h"

#include "judge/gate_levels.h"

/* What the budget comes to; false when it is relative to a case that there is not. */
static bool find_budget(const mb_gate_policy *policy, mb_metric metric, const mb_case_result *const *pinned,
                        mb_budget_check *check)
{
    size_t pin = policy->budget_pin[metric];
    const mb_case_result *was = pin > 0 ? pinned[pin - 1] : NULL;
    check->budget = policy->budget[metric];
    if (was != NULL && was->series[metric].count == 0)
        *check = (mb_budget_check){.metric = metric, .state = MB_BUDGET_NO_REFERENCE};
    else if (was != NULL)
        check->budget += (1 + policy->budget_ratio[metric]) * mb_gate_median(&was->series[metric]);
    return pin == 0 || was != NULL;
}

size_t mb_budget_check_case(const mb_case_result *result, const mb_gate_policy *policy,
                            const mb_case_result *const *pinned, mb_budget_check checks[MB_METRIC_COUNT])
{
    size_t count = 0;
    if (result->outcome != MB_OUTCOME_OK)
        return 0;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        mb_budget_check check = {.metric = metric};
        if (!policy->has_budget[metric] || !find_budget(policy, metric, pinned, &check))
            continue;
        if (result->series[metric].count > 0) {
            check.value = mb_gate_median(&result->series[metric]);
            /* Not "value > budget": what is not a number is not within either. */
            if (check.state != MB_BUDGET_NO_REFERENCE)
                check.state = check.value <= check.budget ? MB_BUDGET_WITHIN : MB_BUDGET_OVER;
        } else if (result->missing[metric] != NULL) {
            check.state = MB_BUDGET_UNMEASURED;
        } else {
            continue; /* not asked for: another pass, or a case without a steady window */
        }
        checks[count++] = check;
    }
    return count;
}
