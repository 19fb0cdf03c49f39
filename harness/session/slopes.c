#include "session/slopes.h"

#include <stdlib.h>
#include <string.h>

void mb_slopes_init(mb_slopes *slopes, const mb_plan *plan, const mb_pin *pin, bool is_side_by_side)
{
    *slopes = (mb_slopes){.policy = plan->policy, .is_side_by_side = is_side_by_side, .plan = plan, .pin = pin};
    if (is_side_by_side)
        slopes->policy.drift_allowance_ratio = 0;
    if (pin != NULL) /* only growth adds up unseen */
        slopes->policy.is_two_sided = false;
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

mb_status mb_slopes_visit(void *context, const mb_case_result *current, const mb_case_result *baseline,
                          const mb_comparison *comparisons, size_t count, mb_error *error)
{
    mb_slopes *slopes = context;
    slopes->set.without_growth = true;
    mb_status status = mb_sweep_set_ends(&slopes->set, current) ? keep_group(slopes, error) : MB_OK;
    if (status == MB_OK && !mb_sweep_set_add(&slopes->set, current, baseline, comparisons, count))
        status = mb_error_no_memory(error);
    return status;
}

/* What was compared of the case with the baseline of these slopes. */
static const mb_comparison *comparisons_of(const mb_slopes *slopes, const mb_verdicts *verdicts, size_t index,
                                           size_t *count)
{
    return slopes->pin != NULL
               ? mb_verdicts_of_pin(verdicts, (size_t)(slopes->pin - slopes->plan->pins->pins), index, count)
               : mb_verdicts_of_case(verdicts, index, count);
}

mb_status mb_slopes_read(const mb_slopes *slopes, const mb_verdicts *verdicts, const mb_case_source *baseline,
                         size_t index, const char *id, mb_arena *arena, mb_case_result *was, bool *exists,
                         mb_error *error)
{
    if (slopes->pin != NULL)
        return mb_pins_read(slopes->plan, slopes->pin, id, arena, was, exists, error);
    size_t baseline_index = verdicts->baseline_indices[index];
    *exists = baseline_index != MB_VERDICTS_UNRECORDED;
    return *exists ? baseline->read(baseline->context, baseline_index, arena, was, error) : MB_OK;
}

mb_status mb_slopes_compare(mb_slopes *slopes, const mb_verdicts *verdicts, const mb_case_source *current,
                            const mb_case_source *baseline, mb_error *error)
{
    mb_arena arena = {0};
    mb_status status = MB_OK;
    for (size_t c = 0; c < current->case_count && status == MB_OK; c++) {
        mb_case_result result, was;
        bool exists;
        size_t count;
        mb_arena_reset(&arena);
        const mb_comparison *comparisons = comparisons_of(slopes, verdicts, c, &count);
        status = current->read(current->context, c, &arena, &result, error);
        if (status == MB_OK)
            status = mb_slopes_read(slopes, verdicts, baseline, c, result.id, &arena, &was, &exists, error);
        if (status == MB_OK)
            status = mb_slopes_visit(slopes, &result, exists ? &was : NULL, comparisons, count, error);
    }
    mb_arena_fini(&arena);
    return status;
}

mb_status mb_slopes_settle(mb_slopes *all, size_t slopes_count, mb_error *error)
{
    size_t count = 0, at = 0;
    for (size_t s = 0; s < slopes_count; s++) {
        mb_status status = keep_group(&all[s], error);
        if (status != MB_OK)
            return status;
        all[s].set.without_growth = false;
        count += all[s].count;
    }
    size_t *scratch = malloc((count + 1) * sizeof *scratch);
    mb_slope_verdict *verdicts = malloc((count + 1) * sizeof *verdicts);
    for (size_t s = 0; s < slopes_count && verdicts != NULL; at += all[s++].count)
        if (all[s].count > 0)
            memcpy(verdicts + at, all[s].verdicts, all[s].count * sizeof *verdicts);
    bool is_done = scratch != NULL && verdicts != NULL;
    if (is_done)
        mb_sweep_settle(verdicts, count, scratch);
    at = 0;
    for (size_t s = 0; s < slopes_count && is_done; at += all[s++].count)
        for (size_t i = 0; i < all[s].count; i++) {
            mb_slope_verdict *v = &all[s].verdicts[i];
            *v = verdicts[at + i];
            if (all[s].is_side_by_side && v->verdict == MB_VERDICT_SUSPECT) {
                v->verdict = MB_VERDICT_SHOWN;
                v->reason = "too few samples to be sure";
            }
        }
    free(scratch);
    free(verdicts);
    return is_done ? MB_OK : mb_error_no_memory(error);
}

void mb_slopes_begin(mb_slopes *slopes) { slopes->used = 0; }

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
    for (size_t i = 0; i < slopes->set.sweep_count && status == MB_OK; i++) {
        slopes->set.sweeps[i].since = slopes->pin != NULL ? slopes->pin->name : NULL;
        status = mb_report_add_sweep(report, &slopes->set.sweeps[i], error);
    }
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
