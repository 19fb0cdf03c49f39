#include "model/result.h"

#include <string.h>

static const char *const outcome_names[MB_OUTCOME_COUNT] = {"ok",        "skipped", "failed", "out_of_memory",
                                                            "timed_out", "crashed", "not_run"};
static const char *const mark_quantity_names[MB_MARK_QUANTITY_COUNT] = {"rss_delta_bytes", "anon_delta_bytes",
                                                                        "heap_live_bytes"};

const char *mb_outcome_name(mb_outcome outcome) { return outcome_names[outcome]; }

bool mb_outcome_find(const char *name, mb_outcome *outcome)
{
    for (int i = 0; i < MB_OUTCOME_COUNT; i++)
        if (strcmp(outcome_names[i], name) == 0) {
            *outcome = (mb_outcome)i;
            return true;
        }
    return false;
}

const char *mb_mark_quantity_name(mb_mark_quantity quantity) { return mark_quantity_names[quantity]; }

bool mb_case_is_of_iterations(const mb_case_result *result)
{
    return result->series[mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY)].count > 0 &&
           result->series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)].count == 0 &&
           result->series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)].count > 0;
}
