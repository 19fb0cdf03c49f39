/* What a comparison allows where nobody says otherwise, and which metrics gate. */
#include "judge/compare.h"

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
