#include "session/plan.h"

#include "base/grown.h"
#include "judge/allowance.h"
#include "judge/gate_levels.h"
#include "process/runner.h"
#include "session/pins.h"
#include "session/policy.h"
#include "session/program_globs.h"
#include "store/project_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mb_status mb_plan_init(mb_plan *plan, mb_error *error)
{
    *plan = (mb_plan){
        .warm_up_time_ns = 10000000,
        .measurement_time_ns = 75000000,
        .warm_up_iterations = 2,
        .arguments = {MB_WORKER_NAME},
        .timeout_ns = 60000000000u,
        .filter = mb_filter_new(),
        .policies = mb_policies_new(),
        .pins = mb_pins_new(),
    };
    memset(plan->passes, true, sizeof plan->passes);
    memset(plan->metrics, true, sizeof plan->metrics);
    mb_gate_policy_init(&plan->policy);
    if (plan->filter == NULL || plan->policies == NULL || plan->pins == NULL)
        return mb_error_no_memory(error);
    return MB_OK;
}

void mb_plan_fini(mb_plan *plan)
{
    mb_filter_free(plan->filter);
    mb_policies_free(plan->policies);
    mb_pins_free(plan->pins);
    free(plan->named_programs);
    plan->filter = NULL;
    plan->policies = NULL;
    plan->pins = NULL;
    plan->programs = plan->named_programs = NULL;
}

/* Programs stay with whoever took them: an array that another plan may have is copied before one is added. */
static const char **make_room(mb_plan *plan, mb_arena *arena)
{
    size_t capacity = 2 * plan->program_count + 16;
    if (arena == NULL) {
        const char **grown =
            mb_grown(plan->named_programs, plan->program_count, &plan->program_capacity, sizeof *grown);
        plan->named_programs = grown != NULL ? grown : plan->named_programs;
        return grown;
    }
    if (plan->programs_owner == plan && plan->program_count < plan->program_capacity)
        return plan->programs;
    const char **larger = mb_arena_alloc(arena, capacity * sizeof *larger);
    if (larger == NULL)
        return NULL;
    if (plan->program_count > 0)
        memcpy(larger, plan->programs, plan->program_count * sizeof *larger);
    plan->program_capacity = capacity;
    return larger;
}

mb_status mb_plan_add_program(mb_plan *plan, const char *path, mb_arena *arena, mb_error *error)
{
    if (plan->program_count == MB_PROGRAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: more than %d programs", path, MB_PROGRAMS_MAX);
    const char **programs = make_room(plan, arena);
    if (programs == NULL)
        return mb_error_no_memory(error);
    plan->programs = programs;
    plan->programs_owner = plan;
    plan->programs[plan->program_count++] = path;
    return MB_OK;
}

char *const *mb_plan_argv(const mb_plan *plan)
{
    return plan->argument_count > 0 ? (char *const *)(uintptr_t)plan->arguments : NULL;
}

const char *mb_plan_called_with(const mb_plan *plan, bool counts, mb_arena *arena)
{
    const char *functions = plan->heap_functions != NULL ? plan->heap_functions : "";
    char *text =
        mb_arena_alloc(arena, MB_ARGUMENTS_BYTES_MAX + MB_ARGUMENTS_MAX * sizeof " --program-arg=" + strlen(functions) +
                                  sizeof " --heap-functions " + 64);
    char *at = text;
    if (text == NULL)
        return NULL;
    *at = '\0';
    if (counts && plan->iterations > 0)
        at += sprintf(at, " --iterations %zu", plan->iterations);
    if (*functions != '\0')
        at += sprintf(at, " --heap-functions %s", functions);
    for (size_t i = 1; i <= plan->argument_count; i++)
        at += sprintf(at, " --program-arg=%s", plan->arguments[i]);
    return *text == ' ' ? text + 1 : text;
}

mb_status mb_plan_check_samples(const char *option, size_t count, mb_error *error)
{
    if (count == 0 || count >= MB_GATE_LOOK_FIRST_COUNT)
        return MB_OK;
    return mb_error_set(error, MB_ERROR_USAGE,
                        "%s: %zu sample%s cannot tell growth from chance; a comparison takes %d or more", option, count,
                        count == 1 ? "" : "s", MB_GATE_LOOK_FIRST_COUNT);
}

/* A threshold of the baseline's own, but where --threshold speaks of a metric. */
static void apply_baseline_threshold(mb_plan *plan)
{
    for (mb_metric m = 0; m < MB_METRIC_COUNT && plan->has_baseline_threshold; m++)
        if (!plan->threshold_given[m])
            plan->threshold_given[m] = mb_policy_allow(&plan->policy, m, &plan->baseline_threshold);
}

/* The baselines that budgets are relative to. */
static mb_status add_pins(mb_plan *plan, const mb_project_rules *rules, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t i = 0; i < rules->budget_count && status == MB_OK; i++) {
        const mb_project_budget *row = &rules->budgets[i];
        if (row->pin != NULL)
            status = mb_pins_add_budget(plan->pins, row->pin, error);
        if (status != MB_OK) {
            mb_error reason = *error;
            mb_error_set(error, reason.kind, MB_PROJECT_FILE ":%d:%d: %s", row->place.line, row->place.column,
                         reason.message);
        }
    }
    return status;
}

mb_status mb_plan_apply_project(mb_plan *plan, mb_arena *arena, mb_error *error)
{
    mb_project project = {0};
    bool exists;
    apply_baseline_threshold(plan);
    mb_status status = mb_project_read(MB_PROJECT_FILE, arena, &exists, &project, error);
    if (status != MB_OK || !exists)
        return status;
    status = add_pins(plan, &project.rules, error);
    for (size_t i = 0; i < project.case_count && status == MB_OK; i++)
        status = add_pins(plan, &project.cases[i].rules, error);
    if (status == MB_OK)
        status = mb_policy_apply(&plan->policy, plan, &project.rules, error);
    for (size_t i = 0; i < project.case_count && status == MB_OK; i++)
        status = mb_policies_add(plan, &project.cases[i], error);
    plan->prefixes_ids = project.prefixes_ids;
    if (status != MB_OK || plan->program_count > 0)
        return status;
    const char *const *programs;
    size_t count = 0;
    status = mb_programs_expand(project.programs, project.program_count, arena, &programs, &count, error);
    if (status == MB_OK && count > MB_PROGRAMS_MAX)
        status = mb_error_set(error, MB_ERROR_USAGE, MB_PROJECT_FILE ": more than %d programs", MB_PROGRAMS_MAX);
    for (size_t i = 0; i < count && status == MB_OK; i++)
        status = mb_plan_add_program(plan, programs[i], arena, error);
    plan->is_project_whole = count > 0;
    return status;
}
