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
