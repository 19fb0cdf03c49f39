/* What a comparison allows where nobody says otherwise, and which metrics gate. */
#include "judge/compare.h"
#include "model/case_flags.h"

void mb_gate_policy_init(mb_gate_policy *policy)
{
    *policy = (mb_gate_policy){
        .drift_allowance_ratio = 0.10,
        .confidence_level = 0.95,
        .noise_threshold_ratio = 0.01,
        .sample_limit = 40,
        .page_bytes = 4096,
    };
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        policy->threshold_ratio[metric] = 0.10;
        policy->gates[metric] = mb_metric_info(metric)->gates;
    }
}

/* Another benchmark in the program does not make this one grow. */
static bool counts_start(mb_metric metric, unsigned flags)
{
    return (flags & MB_CASE_FROM_START) != 0 && (metric == mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_COLD) ||
                                                 metric == mb_metric_of(MB_HEAP_ALLOC_BYTES, MB_WINDOW_COLD));
}

bool mb_policy_gates(const mb_gate_policy *policy, mb_metric metric, unsigned flags)
{
    bool is_time = mb_metric_info(metric)->pass == MB_PASS_TIME;
    bool is_peak_of_threads = mb_metric_quantity(metric) == MB_HEAP_PEAK_BYTES && (flags & MB_CASE_THREADS) != 0;
    return policy->gates[metric] && !is_peak_of_threads && !counts_start(metric, flags) &&
           (!is_time || policy->times_gate);
}
