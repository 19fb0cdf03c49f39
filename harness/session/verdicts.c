#include "session/verdicts.h"

#include "session/pins.h"
#include "session/policy.h"

#include <stdlib.h>
#include <string.h>

mb_status mb_verdicts_init(mb_verdicts *verdicts, size_t case_count, size_t baseline_case_count, mb_error *error)
{
    *verdicts = (mb_verdicts){
        .case_count = case_count,
        .baseline_case_count = baseline_case_count,
        .starts = calloc(case_count + 1, sizeof *verdicts->starts),
        .baseline_indices = calloc(case_count + 1, sizeof *verdicts->baseline_indices),
        .is_run = calloc(baseline_case_count + 1, sizeof *verdicts->is_run),
    };
    if (verdicts->starts == NULL || verdicts->baseline_indices == NULL || verdicts->is_run == NULL)
        return mb_error_no_memory(error);
    return MB_OK;
}

void mb_verdicts_begin(mb_verdicts *verdicts, size_t case_index, size_t baseline_index)
{
    MB_ASSERT(case_index < verdicts->case_count);
    verdicts->starts[case_index] = verdicts->count;
    verdicts->baseline_indices[case_index] = baseline_index;
    if (baseline_index != MB_VERDICTS_UNRECORDED)
        verdicts->is_run[baseline_index] = true;
}

const mb_comparison *mb_verdicts_of_case(const mb_verdicts *verdicts, size_t index, size_t *count)
{
    *count = verdicts->starts[index + 1] - verdicts->starts[index];
    return *count > 0 ? verdicts->comparisons + verdicts->starts[index] : NULL;
}

mb_status mb_verdicts_append(mb_verdicts *verdicts, const mb_comparison *comparisons, size_t count,
                             const bool shown[MB_METRIC_COUNT], mb_error *error)
{
    if (verdicts->capacity - verdicts->count < count) {
        size_t capacity = verdicts->capacity + verdicts->capacity / 4 + MB_METRIC_COUNT;
        mb_comparison *grown = realloc(verdicts->comparisons, capacity * sizeof *grown);
        if (grown == NULL)
            return mb_error_no_memory(error);
        verdicts->comparisons = grown;
        verdicts->capacity = capacity;
    }
    for (size_t i = 0; i < count; i++)
        if (shown[comparisons[i].metric])
            verdicts->comparisons[verdicts->count++] = comparisons[i];
    return MB_OK;
}

void mb_verdicts_end(mb_verdicts *verdicts) { verdicts->starts[verdicts->case_count] = verdicts->count; }

const mb_comparison *mb_verdicts_of_pin(const mb_verdicts *verdicts, size_t pin, size_t index, size_t *count)
{
    MB_ASSERT(pin < verdicts->pin_count && index < verdicts->case_count);
    const size_t *starts = verdicts->pin_starts + pin * (verdicts->case_count + 1);
    *count = starts[index + 1] - starts[index];
    return *count > 0 ? verdicts->comparisons + starts[index] : NULL;
}

bool mb_verdicts_use_pin(const mb_verdicts *verdicts, size_t pin)
{
    for (size_t c = 0; c < verdicts->case_count; c++) {
        size_t count;
        const mb_comparison *comparisons = mb_verdicts_of_pin(verdicts, pin, c, &count);
        for (size_t i = 0; i < count; i++)
            if (comparisons[i].gates && comparisons[i].verdict != MB_VERDICT_NOT_COMPARABLE &&
                comparisons[i].verdict != MB_VERDICT_NO_BASELINE)
                return true;
    }
    return false;
}

/* Compares the case of that index with an older baseline, if that has it. */
static mb_status compare_pinned(mb_verdicts *verdicts, const mb_case_source *source, const mb_pin *pin,
                                const mb_plan *plan, size_t index, mb_arena *arena, mb_error *error)
{
    mb_case_result current, was;
    mb_comparison comparisons[MB_METRIC_COUNT];
    mb_gate_policy storage;
    bool exists;
    const char *id = source->id(source->context, index);
    mb_status status = mb_pins_read(plan, pin, id, arena, &was, &exists, error);
    if (status != MB_OK || !exists)
        return status;
    status = source->read(source->context, index, arena, &current, error);
    if (status != MB_OK || was.outcome != MB_OUTCOME_OK || current.outcome != MB_OUTCOME_OK)
        return status;
    const mb_gate_policy *policy = mb_pins_policy(plan, pin, id, &storage);
    if (policy == NULL)
        return mb_error_no_memory(error);
    size_t count =
        mb_compare_case(&was, pin->source.run, &current, source->run, policy, index, &verdicts->arena, comparisons);
    return mb_verdicts_append(verdicts, comparisons, count, plan->metrics, error);
}

static mb_status compare_pins(mb_verdicts *verdicts, const mb_case_source *current, const mb_plan *plan,
                              mb_arena *arena, mb_error *error)
{
    size_t case_count = current->case_count, pin_count = plan->pins->gate_count;
    mb_status status = MB_OK;
    verdicts->pin_starts = calloc(pin_count * (case_count + 1) + 1, sizeof *verdicts->pin_starts);
    if (verdicts->pin_starts == NULL)
        return mb_error_no_memory(error);
    verdicts->pin_count = pin_count;
    for (size_t p = 0; p < pin_count; p++) {
        size_t *starts = verdicts->pin_starts + p * (case_count + 1);
        for (size_t c = 0; c < case_count && status == MB_OK; c++) {
            mb_arena_reset(arena);
            starts[c] = verdicts->count;
            status = compare_pinned(verdicts, current, &plan->pins->pins[p], plan, c, arena, error);
        }
        starts[case_count] = verdicts->count;
    }
    return status;
}

/* Compares the case of that index, if the baseline has it. */
static mb_status compare_case(mb_verdicts *verdicts, const mb_case_source *current_source,
                              const mb_case_source *baseline_source, const mb_plan *plan,
                              const mb_verdicts_visitor *visitor, size_t index, mb_arena *arena, mb_error *error)
{
    mb_case_result current, baseline;
    mb_comparison comparisons[MB_METRIC_COUNT];
    size_t baseline_index, first = verdicts->count;
    const char *id = current_source->id(current_source->context, index);
    bool is_recorded = mb_map_find(&plan->map, baseline_source, id, &baseline_index);
    mb_verdicts_begin(verdicts, index, is_recorded ? baseline_index : MB_VERDICTS_UNRECORDED);
    if (!is_recorded && visitor == NULL)
        return MB_OK;
    mb_status status = current_source->read(current_source->context, index, arena, &current, error);
    if (status == MB_OK && is_recorded)
        status = baseline_source->read(baseline_source->context, baseline_index, arena, &baseline, error);
    if (status != MB_OK)
        return status;
    if (is_recorded && baseline.outcome == MB_OUTCOME_OK && current.outcome == MB_OUTCOME_OK) {
        const mb_gate_policy *policy = mb_policy_of(plan, id);
        if (policy == NULL)
            return mb_error_no_memory(error);
        size_t count = mb_compare_case(&baseline, baseline_source->run, &current, current_source->run, policy, index,
                                       &verdicts->arena, comparisons);
        status = mb_verdicts_append(verdicts, comparisons, count, plan->metrics, error);
    }
    if (status != MB_OK || visitor == NULL)
        return status;
    const mb_comparison *added = verdicts->count > first ? &verdicts->comparisons[first] : NULL;
    return visitor->visit(visitor->context, &current, is_recorded ? &baseline : NULL, added, verdicts->count - first,
                          error);
}

mb_status mb_verdicts_compare(mb_verdicts *verdicts, const mb_case_source *current, const mb_case_source *baseline,
                              const mb_plan *plan, const mb_verdicts_visitor *visitor, mb_error *error)
{
    mb_arena arena = {0};
    mb_status status = mb_verdicts_init(verdicts, current->case_count, baseline->case_count, error);
    for (size_t c = 0; c < current->case_count && status == MB_OK; c++) {
        mb_arena_reset(&arena);
        status = compare_case(verdicts, current, baseline, plan, visitor, c, &arena, error);
    }
    if (status == MB_OK) {
        mb_verdicts_end(verdicts);
        status = compare_pins(verdicts, current, plan, &arena, error);
    }
    mb_arena_fini(&arena);
    if (status != MB_OK)
        return status;
    size_t *scratch = malloc((verdicts->count + 1) * sizeof *scratch);
    if (scratch == NULL)
        return mb_error_no_memory(error);
    mb_compare_settle(verdicts->comparisons, verdicts->count, &plan->policy, scratch);
    free(scratch);
    return MB_OK;
}

size_t mb_verdicts_count_noisy(const mb_verdicts *verdicts)
{
    size_t count = 0;
    for (size_t i = 0; i < verdicts->count; i++)
        count += verdicts->comparisons[i].gates && verdicts->comparisons[i].path == MB_PATH_RANK;
    return count;
}

void mb_verdicts_fini(mb_verdicts *verdicts)
{
    free(verdicts->comparisons);
    mb_arena_fini(&verdicts->arena);
    free(verdicts->starts);
    free(verdicts->baseline_indices);
    free(verdicts->is_run);
    free(verdicts->pin_starts);
    *verdicts = (mb_verdicts){0};
}
