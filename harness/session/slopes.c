#include "session/slopes.h"

#include <stdlib.h>

void mb_slopes_init(mb_slopes *slopes, const mb_gate_policy *policy, bool is_side_by_side)
{
    *slopes = (mb_slopes){.policy = *policy, .is_side_by_side = is_side_by_side};
    if (is_side_by_side)
        slopes->policy.drift_allowance_ratio = 0;
}

/* Keeps what is to be settled of the group, and forgets the rest. */
static mb_status keep_group(mb_slopes *slopes, mb_error *error)
{
    if (!mb_sweep_set_make(&slopes->set, &slopes->policy))
        return mb_error_no_memory(error);
    size_t count = mb_sweep_set_get(&slopes->set, NULL, 0);
    if (slopes->capacity - slopes->count < count) {
        size_t capacity = slopes->capacity + slopes->capacity / 2 + count;
        mb_slope_verdict *grown = realloc(slopes->verdicts, capacity * sizeof *grown);
        if (grown == NULL)
            return mb_error_no_memory(error);
        slopes->verdicts = grown;
        slopes->capacity = capacity;
    }
    if (count > 0)
        mb_sweep_set_get(&slopes->set, slopes->verdicts + slopes->count, count);
    slopes->count += count;
    mb_sweep_set_clear(&slopes->set);
    return MB_OK;
}

static mb_status compare_case(mb_slopes *slopes, const mb_verdicts *verdicts, const mb_case_source *current,
                              const mb_case_source *baseline, size_t index, mb_arena *arena, mb_error *error)
{
    mb_case_result result, was;
    size_t baseline_index = verdicts->baseline_indices[index];
    bool is_recorded = baseline_index != MB_VERDICTS_UNRECORDED;
    mb_status status = current->read(current->context, index, arena, &result, error);
    if (status == MB_OK && is_recorded)
        status = baseline->read(baseline->context, baseline_index, arena, &was, error);
    if (status == MB_OK && mb_sweep_set_ends(&slopes->set, &result))
        status = keep_group(slopes, error);
    if (status != MB_OK)
        return status;
    size_t count;
    const mb_comparison *comparisons = mb_verdicts_of_case(verdicts, index, &count);
    if (!mb_sweep_set_add(&slopes->set, &result, is_recorded ? &was : NULL, comparisons, count))
        return mb_error_no_memory(error);
    return MB_OK;
}

mb_status mb_slopes_compare(mb_slopes *slopes, const mb_verdicts *verdicts, const mb_case_source *current,
                            const mb_case_source *baseline, mb_error *error)
{
    mb_arena arena = {0};
    mb_status status = MB_OK;
    slopes->set.without_growth = true;
    for (size_t c = 0; c < current->case_count && status == MB_OK; c++) {
        mb_arena_reset(&arena);
        status = compare_case(slopes, verdicts, current, baseline, c, &arena, error);
    }
    mb_arena_fini(&arena);
    if (status == MB_OK)
        status = keep_group(slopes, error);
    slopes->set.without_growth = false;
    if (status != MB_OK)
        return status;
    size_t *scratch = malloc((slopes->count + 1) * sizeof *scratch);
    if (scratch == NULL)
        return mb_error_no_memory(error);
    mb_sweep_settle(slopes->verdicts, slopes->count, scratch);
    free(scratch);
    for (size_t i = 0; i < slopes->count && slopes->is_side_by_side; i++)
        if (slopes->verdicts[i].verdict == MB_VERDICT_SUSPECT) {
            slopes->verdicts[i].verdict = MB_VERDICT_SHOWN;
            slopes->verdicts[i].reason = "too few samples to be sure";
        }
    return MB_OK;
}

mb_status mb_slopes_end(mb_slopes *slopes, mb_report *report, mb_error *error)
{
    mb_status status = MB_OK;
    if (!mb_sweep_set_make(&slopes->set, &slopes->policy))
        return mb_error_no_memory(error);
    size_t count = mb_sweep_set_get(&slopes->set, NULL, 0);
    MB_ASSERT(slopes->used + count <= slopes->count);
    if (count > 0)
        mb_sweep_set_put(&slopes->set, slopes->verdicts + slopes->used);
    slopes->used += count;
    for (size_t i = 0; i < slopes->set.sweep_count && status == MB_OK; i++)
        status = mb_report_add_sweep(report, &slopes->set.sweeps[i], error);
    mb_sweep_set_clear(&slopes->set);
    return status;
}

mb_status mb_slopes_add(mb_slopes *slopes, mb_report *report, const mb_report_case *item, mb_error *error)
{
    if (mb_sweep_set_ends(&slopes->set, item->result)) {
        mb_status status = mb_slopes_end(slopes, report, error);
        if (status != MB_OK)
            return status;
    }
    if (!mb_sweep_set_add(&slopes->set, item->result, item->baseline, item->comparisons, item->comparison_count))
        return mb_error_no_memory(error);
    return MB_OK;
}

void mb_slopes_fini(mb_slopes *slopes)
{
    free(slopes->verdicts);
    mb_sweep_set_fini(&slopes->set);
    *slopes = (mb_slopes){0};
}
