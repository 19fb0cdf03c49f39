#include "judge/budget.h"

#include "judge/gate_levels.h"

size_t mb_budget_check_case(const mb_case_result *result, const mb_gate_policy *policy,
                            mb_budget_check checks[MB_METRIC_COUNT])
{
    size_t count = 0;
    if (result->outcome != MB_OUTCOME_OK)
        return 0;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        if (!policy->has_budget[metric])
            continue;
        mb_budget_check check = {.metric = metric, .budget = policy->budget[metric]};
        if (result->series[metric].count > 0) {
            check.value = mb_gate_median(&result->series[metric]);
            /* Not "value > budget": what is not a number is not within either. */
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
