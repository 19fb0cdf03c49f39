/* allowance.h: how much growth the gate allows: the threshold, a page, a floor, and drift between sessions. */
#ifndef MEMBENCH_JUDGE_ALLOWANCE_H
#define MEMBENCH_JUDGE_ALLOWANCE_H

#include "base/units.h"
#include "judge/compare.h"

/* What growth is allowed: by the ratio and a quantum, or by the floor, whichever is more. */
typedef struct mb_bound {
    double ratio, quantum, floor;
} mb_bound;

/* g(x): growth of x up to here does not count as a regression. The few ulps keep 115 from lying above 1.15 · 100. A
 * page metric moves by whole pages, so rounding alone can make +9 % of 37 pages 41: a page on top of the ratio. */
double mb_bound_of(double x, mb_bound by);

double mb_quantum_bytes(const mb_quantity_info *info, const mb_gate_policy *policy);

/* Sets what a metric may grow by. False, and nothing changed, when the amount is not of the metric's unit. */
bool mb_policy_allow(mb_gate_policy *policy, mb_metric metric, const mb_threshold *allowed);

/* The bound of growth that the thresholds of a comparison set. */
mb_bound mb_bound_of_growth(const mb_comparison *comparison, double floor, const mb_gate_policy *policy);

/* What less memory is called: IMPROVED, or SHRANK where it fails. */
mb_verdict mb_verdict_of_less(const mb_gate_policy *policy);

/* The bound that is to be passed downwards before something is called so: by the noise threshold, or by the
 * threshold itself where what shrinks is as bad as what grows. */
mb_bound mb_bound_of_shrinking(const mb_comparison *comparison, double floor, const mb_gate_policy *policy);

double mb_floor_exact(const mb_quantity_info *info, const mb_gate_policy *policy);

/* The range of the middle 80 % of sorted values, interpolated. */
double mb_middle_range(const double *sorted, size_t count);

/* Noise may not hide growth that is many times as large: the floor of a noisy metric is what its own noise asks for, up
 * to a constant. Of one side alone, the one that is compared with: from both, growth would raise its own floor. The
 * middle 80 %, so one odd sample in ten does not widen it. */
double mb_floor_noisy(const mb_quantity_info *info, double spread, const mb_gate_policy *policy);

/* How far the level of a case may lie apart in two sessions: twice what its samples spread within one, at least 2 %.
 * What was measured over sessions is in docs/statistics.md. */
double mb_drift_allowance(double spread, double median, const mb_gate_policy *policy);

#endif
