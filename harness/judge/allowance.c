#include "judge/allowance.h"

#include "judge/gate_levels.h"

#include <float.h>
#include <math.h>

double mb_bound_of(double x, mb_bound by)
{
    double scaled = by.ratio * x * (1 + 8 * DBL_EPSILON) + by.quantum;
    return x > 0 && scaled > x + by.floor ? scaled : x + by.floor;
}

double mb_quantum_bytes(const mb_quantity_info *info, const mb_gate_policy *policy)
{
    return info->per_page ? (double)policy->page_bytes : 0;
}

bool mb_policy_allow(mb_gate_policy *policy, mb_metric metric, const mb_threshold *allowed)
{
    static const mb_amount amounts[] = {
        [MB_KIND_BYTES] = MB_AMOUNT_BYTES, [MB_KIND_COUNT] = MB_AMOUNT_COUNT, [MB_KIND_NS] = MB_AMOUNT_NS};
    if (allowed->amount != MB_AMOUNT_NONE && allowed->amount != amounts[mb_metric_info(metric)->kind])
        return false;
    policy->threshold_ratio[metric] = allowed->ratio;
    policy->threshold_extra[metric] = allowed->extra;
    return true;
}

mb_bound mb_bound_of_growth(const mb_comparison *comparison, double floor, const mb_gate_policy *policy)
{
    double quantum = mb_quantum_bytes(mb_metric_info(comparison->metric), policy) + comparison->threshold_extra;
    return (mb_bound){1 + comparison->threshold_ratio, quantum, floor};
}

mb_verdict mb_verdict_of_less(const mb_gate_policy *policy)
{
    return policy->is_two_sided ? MB_VERDICT_SHRANK : MB_VERDICT_IMPROVED;
}

mb_bound mb_bound_of_shrinking(const mb_comparison *comparison, double floor, const mb_gate_policy *policy)
{
    mb_bound by = mb_bound_of_growth(comparison, floor, policy);
    if (!policy->is_two_sided) {
        by.quantum -= comparison->threshold_extra;
        by.ratio = 1 + policy->noise_threshold_ratio;
    }
    return by;
}

double mb_floor_exact(const mb_quantity_info *info, const mb_gate_policy *policy)
{
    return (double)info->floor_exact * (info->per_page ? (double)policy->page_bytes : 1);
}

double mb_middle_range(const double *sorted, size_t count)
{
    double ends[2];
    for (int i = 0; i < 2; i++) {
        double place = (i == 0 ? 0.1 : 0.9) * (double)(count - 1);
        size_t below = (size_t)place;
        double part = place - (double)below;
        ends[i] = below + 1 < count ? sorted[below] * (1 - part) + sorted[below + 1] * part : sorted[count - 1];
    }
    return ends[1] - ends[0];
}

double mb_floor_noisy(const mb_quantity_info *info, double spread, const mb_gate_policy *policy)
{
    return fmin((double)info->floor_rank, mb_floor_exact(info, policy) + spread);
}

double mb_drift_allowance(double spread, double median, const mb_gate_policy *policy)
{
    double allowance = fmax(MB_GATE_DRIFT_LEAST_RATIO, median > 0 ? MB_GATE_DRIFT_SPREADS * spread / median : 0);
    return fmin(allowance, policy->drift_allowance_ratio);
}
