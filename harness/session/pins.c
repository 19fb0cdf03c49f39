#include "session/pins.h"

#include "judge/allowance.h"
#include "session/policy.h"

#include <stdlib.h>
#include <string.h>

mb_pins *mb_pins_new(void) { return calloc(1, sizeof(mb_pins)); }

void mb_pins_free(mb_pins *pins)
{
    for (size_t i = 0; pins != NULL && i < pins->count; i++)
        mb_results_reader_close(pins->pins[i].reader);
    free(pins);
}

static mb_status add(mb_pins *pins, const mb_pin *pin, mb_error *error)
{
    if (pins->count == MB_PINS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "more than %d baselines to compare with", MB_PINS_MAX + 1);
    MB_ASSERT(!pin->is_gate || pins->gate_count == pins->count);
    pins->gate_count += pin->is_gate;
    pins->pins[pins->count++] = *pin;
    return MB_OK;
}

static bool has(const mb_pins *pins, const char *name)
{
    for (size_t i = 0; i < pins->count; i++)
        if (strcmp(pins->pins[i].name, name) == 0)
            return true;
    return false;
}

/* Takes "v1.0=25%" apart. */
static mb_status parse(const char *text, mb_pin *pin, mb_error *error)
{
    size_t length = strcspn(text, "=");
    *pin = (mb_pin){.is_gate = true, .has_threshold = text[length] == '='};
    if (pin->has_threshold && !mb_parse_threshold(text + length + 1, &pin->allowed))
        return mb_error_set(error, MB_ERROR_USAGE, "--baseline: \"%s\" is not NAME=RATIO, such as v1.0=25%%", text);
    if (length > MB_BASELINE_NAME_MAX)
        return mb_baseline_check_name(text, error);
    memcpy(pin->name, text, length);
    return mb_baseline_check_name(pin->name, error);
}

mb_status mb_pins_add_gate(mb_plan *plan, const char *text, mb_error *error)
{
    mb_pin pin, first = {.is_gate = true, .has_threshold = true, .allowed = plan->baseline_threshold};
    mb_status status = parse(text, &pin, error);
    if (status != MB_OK)
        return status;
    bool is_again = plan->baseline != NULL && strcmp(plan->baseline, pin.name) == 0;
    if (is_again || has(plan->pins, pin.name))
        return mb_error_set(error, MB_ERROR_USAGE, "--baseline %s is given twice", pin.name);
    if (plan->baseline != NULL && (pin.has_threshold || !plan->has_baseline_threshold))
        return add(plan->pins, &pin, error);
    if (plan->baseline != NULL) {
        strcpy(first.name, plan->baseline);
        status = add(plan->pins, &first, error);
    }
    strcpy(plan->pins->baseline, pin.name);
    plan->baseline = plan->pins->baseline;
    plan->has_baseline_threshold = pin.has_threshold;
    plan->baseline_threshold = pin.allowed;
    return status;
}

mb_status mb_pins_add_budget(mb_pins *pins, const char *name, mb_error *error)
{
    mb_pin pin = {.is_gate = false};
    mb_status status = mb_baseline_check_name(name, error);
    if (status != MB_OK || has(pins, name))
        return status;
    strcpy(pin.name, name);
    return add(pins, &pin, error);
}

mb_status mb_pins_open(const mb_plan *plan, mb_error *error)
{
    const char *folder = plan->baseline_dir != NULL ? plan->baseline_dir : MB_BASELINE_FOLDER;
    for (size_t i = 0; i < plan->pins->count; i++) {
        mb_pin *pin = &plan->pins->pins[i];
        bool is_saved = plan->save_baseline != NULL && strcmp(plan->save_baseline, pin->name) == 0;
        if (pin->reader != NULL || (is_saved && !pin->is_gate))
            continue;
        mb_status status = mb_baseline_open(folder, pin->name, "membench", &pin->reader, error);
        if (status != MB_OK)
            return status;
        pin->source = mb_results_reader_source(pin->reader);
    }
    return MB_OK;
}

/* Only growth adds up unseen, so what shrank since then is none of its business. */
const mb_gate_policy *mb_pins_policy(const mb_plan *plan, const mb_pin *pin, const char *case_id,
                                     mb_gate_policy *storage)
{
    const mb_gate_policy *policy = mb_policy_of(plan, case_id);
    if (policy == NULL)
        return NULL;
    *storage = *policy;
    storage->is_two_sided = false;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && pin->has_threshold; metric++)
        (void)mb_policy_allow(storage, metric, &pin->allowed);
    return storage;
}

mb_status mb_pins_read(const mb_plan *plan, const mb_pin *pin, const char *case_id, mb_arena *arena,
                       mb_case_result *result, bool *exists, mb_error *error)
{
    size_t index;
    *exists = pin->reader != NULL && mb_map_find(&plan->map, &pin->source, case_id, &index);
    return *exists ? pin->source.read(pin->source.context, index, arena, result, error) : MB_OK;
}

static void note_use(mb_pins *pins, const mb_case_result *result, const mb_gate_policy *policy,
                     const mb_budget_check *checks, size_t check_count)
{
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && result->outcome == MB_OUTCOME_OK; metric++)
        if (policy->has_budget[metric] && policy->budget_pin[metric] > 0)
            pins->pins[policy->budget_pin[metric] - 1].is_asked = true;
    for (size_t i = 0; i < check_count; i++)
        if (policy->budget_pin[checks[i].metric] > 0)
            pins->pins[policy->budget_pin[checks[i].metric] - 1].has_answered = true;
}

mb_status mb_pins_check_budgets(const mb_plan *plan, const mb_case_result *result,
                                mb_budget_check checks[MB_METRIC_COUNT], size_t *count, mb_error *error)
{
    const mb_gate_policy *policy = mb_policy_of(plan, result->id);
    mb_case_result cases[MB_PINS_MAX];
    const mb_case_result *pinned[MB_PINS_MAX] = {NULL};
    mb_arena arena = {0};
    mb_status status = policy != NULL ? MB_OK : mb_error_no_memory(error);
    for (size_t i = 0; i < plan->pins->count && status == MB_OK; i++) {
        bool exists;
        status = mb_pins_read(plan, &plan->pins->pins[i], result->id, &arena, &cases[i], &exists, error);
        pinned[i] = status == MB_OK && exists && cases[i].outcome == MB_OUTCOME_OK ? &cases[i] : NULL;
    }
    if (status == MB_OK) {
        *count = mb_budget_check_case(result, policy, pinned, checks);
        note_use(plan->pins, result, policy, checks, *count);
    }
    mb_arena_fini(&arena);
    return status;
}
