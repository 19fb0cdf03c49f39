#include "command/outcome.h"

#include "base/memory_file.h"
#include "base/output_file.h"
#include "base/path.h"
#include "command/complain.h"
#include "command/reading.h"
#include "session/pins.h"
#include "session/policy.h"
#include "session/slopes.h"
#include "session/wheres.h"

#include "report/advice.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 512, COMMAND_BYTES = 1024, FILE_COLUMNS = 100 };

/* A baseline's case is gone only if this run would have had it: it passes the filter, and one of the run's programs
 * is named, or mapped, like the one that had it. */
static bool is_of_programs(const mb_gate_input *input, const mb_case_result *result)
{
    const mb_run_info *was = input->baseline->run, *run = input->current->run;
    if (input->is_side_by_side || result->program >= was->program_count || was->programs[result->program].path == NULL)
        return true;
    const char *name = mb_file_name(was->programs[result->program].path);
    for (size_t p = 0; p < run->program_count; p++) {
        char mapped[PATH_BYTES];
        if (run->programs[p].path != NULL &&
            mb_map_apply(&input->options->plan.map, mb_file_name(run->programs[p].path), mapped, sizeof mapped) &&
            strcmp(mapped, name) == 0)
            return true;
    }
    return false;
}

static mb_status add_gone(mb_report *report, const mb_verdicts *verdicts, const mb_gate_input *input, mb_arena *arena,
                          mb_error *error)
{
    for (size_t b = 0; b < input->baseline->case_count; b++) {
        if (verdicts->is_run[b])
            continue;
        mb_case_result result;
        mb_arena_reset(arena);
        mb_status status = input->baseline->read(input->baseline->context, b, arena, &result, error);
        if (status != MB_OK)
            return status;
        bool is_wanted;
        if (mb_filter_match(input->options->plan.filter, result.id, &is_wanted, error) != MB_OK)
            return MB_FAILED;
        if (!is_wanted || !is_of_programs(input, &result))
            continue;
        mb_report_case item = {.result = &result, .presence = MB_PRESENCE_GONE};
        status = mb_report_add(report, &item, error);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

/* Holds the case against its budgets, those of metrics that are shown and were asked for. */
static mb_status check_budgets(const mb_options *options, const mb_case_result *result,
                               mb_budget_check checks[MB_METRIC_COUNT], size_t *count, mb_error *error)
{
    size_t all_count;
    *count = 0;
    mb_status status = mb_pins_check_budgets(&options->plan, result, checks, &all_count, error);
    for (size_t i = 0; status == MB_OK && i < all_count; i++)
        if (options->plan.metrics[checks[i].metric] && options->plan.passes[mb_metric_info(checks[i].metric)->pass])
            checks[(*count)++] = checks[i];
    return status;
}

/* What was compared of the case with older baselines. */
static size_t list_sinces(const mb_verdicts *verdicts, const mb_pins *pins, size_t index, mb_since sinces[MB_PINS_MAX])
{
    size_t count = 0;
    for (size_t p = 0; p < verdicts->pin_count; p++) {
        mb_since since = {.baseline = pins->pins[p].name};
        since.comparisons = mb_verdicts_of_pin(verdicts, p, index, &since.comparison_count);
        if (since.comparison_count > 0)
            sinces[count++] = since;
    }
    return count;
}

/* The slopes of a run, compared with each of its baselines. */
typedef struct slope_sets {
    mb_slopes sets[1 + MB_PINS_MAX];
    size_t count;
} slope_sets;

static mb_status compare_slopes(slope_sets *slopes, const mb_verdicts *verdicts, const mb_gate_input *input,
                                bool is_first_compared, mb_error *error)
{
    mb_status status = MB_OK;
    const mb_plan *plan = &input->options->plan;
    for (size_t p = 0; p < verdicts->pin_count; p++)
        mb_slopes_init(&slopes->sets[slopes->count++], plan, &plan->pins->pins[p], input->is_side_by_side);
    for (size_t s = is_first_compared ? 1 : 0; s < slopes->count && status == MB_OK; s++)
        status = mb_slopes_compare(&slopes->sets[s], verdicts, input->current, input->baseline, error);
    return status == MB_OK ? mb_slopes_settle(slopes->sets, slopes->count, error) : status;
}

/* The slopes of the groups before come under their cases. */
static mb_status add_slopes(mb_report *report, slope_sets *slopes, const mb_verdicts *verdicts,
                            const mb_report_case *item, size_t index, mb_arena *arena, mb_error *error)
{
    mb_status status = mb_slopes_add(&slopes->sets[0], report, item, error);
    for (size_t s = 1; s < slopes->count && status == MB_OK; s++) {
        mb_case_result was;
        bool exists;
        mb_report_case since = {.result = item->result};
        status = mb_slopes_read(&slopes->sets[s], verdicts, NULL, index, item->result->id, arena, &was, &exists, error);
        if (status != MB_OK)
            break;
        since.baseline = exists ? &was : NULL;
        since.comparisons = mb_verdicts_of_pin(verdicts, s - 1, index, &since.comparison_count);
        status = mb_slopes_add(&slopes->sets[s], report, &since, error);
    }
    return status;
}

/* Adds one case with its comparisons and what it is compared with. */
static mb_status add_case(mb_report *report, slope_sets *slopes, const mb_verdicts *verdicts,
                          const mb_gate_input *input, size_t index, mb_arena *arena, mb_error *error)
{
    mb_case_result result, baseline;
    mb_status status = input->current->read(input->current->context, index, arena, &result, error);
    if (status != MB_OK)
        return status;
    mb_budget_check budgets[MB_METRIC_COUNT];
    mb_since sinces[MB_PINS_MAX];
    const mb_gate_policy *policy = mb_policy_of(&input->options->plan, result.id);
    if (policy == NULL)
        return mb_error_no_memory(error);
    mb_report_case item = {.result = &result, .is_advisory = policy->is_advisory, .budgets = budgets, .sinces = sinces};
    if (input->current->run->shard.count == 0) /* a shard is judged with the others, by merge */
        status = check_budgets(input->options, &result, budgets, &item.budget_count, error);
    if (status != MB_OK)
        return status;
    if (verdicts != NULL) {
        size_t baseline_index = verdicts->baseline_indices[index];
        item.presence = MB_PRESENCE_UNRECORDED;
        if (baseline_index != MB_VERDICTS_UNRECORDED) {
            status = input->baseline->read(input->baseline->context, baseline_index, arena, &baseline, error);
            if (status != MB_OK)
                return status;
            item.baseline = &baseline;
            item.baseline_ok = baseline.outcome == MB_OUTCOME_OK;
            if (item.baseline_ok || result.outcome != MB_OUTCOME_OK)
                item.presence = MB_PRESENCE_BOTH;
        }
        item.comparisons = mb_verdicts_of_case(verdicts, index, &item.comparison_count);
        item.since_count = list_sinces(verdicts, input->options->plan.pins, index, sinces);
    }
    status = add_slopes(report, slopes, verdicts, &item, index, arena, error);
    return status == MB_OK ? mb_report_add(report, &item, error) : status;
}

static mb_status add_cases(mb_report *report, slope_sets *slopes, const mb_verdicts *verdicts,
                           const mb_gate_input *input, mb_arena *arena, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t s = 0; s < slopes->count; s++)
        mb_slopes_begin(&slopes->sets[s]);
    for (size_t c = 0; c < input->current->case_count && status == MB_OK; c++) {
        mb_arena_reset(arena);
        status = add_case(report, slopes, verdicts, input, c, arena, error);
    }
    for (size_t s = 0; s < slopes->count && status == MB_OK; s++)
        status = mb_slopes_end(&slopes->sets[s], report, error);
    if (status != MB_OK)
        return status;
    return verdicts != NULL ? add_gone(report, verdicts, input, arena, error) : MB_OK;
}

/* What every report of a run is made from. */
typedef struct material {
    mb_gate_input input; /* with the verdicts and call sites, if they were found here */
    slope_sets slopes;
    mb_arena arena; /* of the case in turn */
    mb_reading reading;
} material;

/* Where one report goes: to a stream, or into a folder. */
typedef struct target {
    const mb_report_format *format;
    FILE *out;      /* NULL for a folder */
    FILE *terminal; /* where out is shown in the end, or NULL */
    bool is_file;
    const char *folder;
} target;

static mb_status write_report(material *from, const target *to, mb_decision *decision, mb_error *error)
{
    const mb_gate_input *input = &from->input;
    const mb_verdicts *verdicts = input->verdicts;
    const mb_options *options = input->options;
    FILE *screen = to->terminal != NULL ? to->terminal : to->out;
    char command[COMMAND_BYTES];
    mb_report_model model = {
        .run = input->current->run,
        .baseline_name = input->baseline_name,
        .baseline_run = input->baseline != NULL ? input->baseline->run : NULL,
        .policy = input->baseline != NULL ? &options->plan.policy : NULL,
        .noisy_count = verdicts != NULL ? mb_verdicts_count_noisy(verdicts) : 0,
        .is_threshold_by_case = mb_policies_differ(&options->plan),
        .strict = options->strict,
        .lenient = options->lenient,
        .command = input->command != NULL ? input->command : mb_call_format(&options->call, command, sizeof command),
        .judging = options->call.judging,
        .command_end = options->call.build,
        .filters = input->command == NULL ? options->call.filters : "",
        .explain = input->explain,
        .is_stored = input->is_stored,
        .is_of_commands = input->is_of_commands,
        .is_side_by_side = input->is_side_by_side,
        .save_name = options->plan.baseline,
        .saved_name = input->saved_name,
        .soaks = input->soaks,
        .soak_count = input->soak_count,
        .wheres = input->wheres,
        .signal_number = input->signal_number,
        .run_name = input->run_name,
    };
    mb_report_options look = {
        .width_columns = to->is_file      ? FILE_COLUMNS
                         : screen != NULL ? mb_terminal_width(screen)
                                          : 0,
        .unbroken = to->is_file,
        .color = screen != NULL && mb_terminal_wants_color(screen, options->color),
        .unicode = mb_terminal_is_unicode(),
        .verbose = options->verbose,
        .quiet = options->plan.is_quiet,
        .metrics = options->plan.metrics_chosen ? options->plan.metrics : NULL,
        .plot = options->plot,
        .folder = to->folder,
    };
    mb_report *report;
    mb_status status = mb_report_open(to->format, to->out, &model, &look, &report, error);
    if (status != MB_OK)
        return status;
    mb_reading_begin(&from->reading, "reporting");
    status = add_cases(report, &from->slopes, verdicts, input, &from->arena, error);
    mb_reading_pause(&from->reading);
    if (status == MB_OK)
        return mb_report_close(report, NULL, decision, error);
    mb_report_abandon(report);
    return status;
}

/* On a terminal the report waits for its end, or its rows and the progress line would be mixed. */
static mb_status write_to_terminal(material *from, const target *to, mb_decision *decision, mb_error *error)
{
    char *text = NULL;
    size_t size = 0;
    target held = *to;
    held.terminal = to->out;
    held.out = mb_memory_file_open(&text, &size);
    if (held.out == NULL)
        return mb_error_no_memory(error);
    mb_status status = write_report(from, &held, decision, error);
    bool is_whole = mb_memory_file_close(held.out, &text);
    if (is_whole)
        fwrite(text, 1, size, to->out);
    free(text);
    return status == MB_OK && !is_whole ? mb_error_no_memory(error) : status;
}

/* The same into a file or folder. */
static mb_status write_file(material *from, const mb_report_format *format, const char *path, mb_decision *decision,
                            mb_error *error)
{
    mb_output output = {0};
    target to = {.format = format, .folder = path};
    if (format->writes_folder)
        return write_report(from, &to, decision, error);
    mb_status status = mb_output_open(&output, path, error);
    if (status != MB_OK)
        return status;
    to.out = output.file;
    to.is_file = strcmp(path, "-") != 0;
    status = write_report(from, &to, decision, error);
    if (status == MB_OK)
        return mb_output_close(&output, error);
    mb_output_abandon(&output);
    return status;
}

/* The report, and those of --report: all of them are tried, and the first failure is reported. */
static mb_status write_reports(material *from, FILE *out, mb_decision *decision, mb_error *error)
{
    const mb_gate_input *input = &from->input;
    const mb_options *options = input->options;
    mb_decision again;
    mb_error next_error;
    target to = {.format = mb_report_format_find(options->format != NULL ? options->format : "text"), .out = out};
    MB_ASSERT(to.format != NULL); /* main has looked */
    mb_status status;
    if (input->report_path != NULL)
        status = write_file(from, to.format, input->report_path, decision, error);
    else if (mb_terminal_can_draw(out))
        status = write_to_terminal(from, &to, decision, error);
    else
        status = write_report(from, &to, decision, error);
    for (size_t i = 0; i < options->report_count; i++) {
        const mb_report_target *next = &options->reports[i];
        mb_status next_status = write_file(from, next->format, next->path, &again, &next_error);
        if (next_status == MB_OK || status != MB_OK)
            continue;
        status = next_status;
        *error = next_error;
    }
    return status;
}

/* An older baseline that nothing could be compared with holds nothing: the run is not green by it. Nor is it by budgets
 * that are relative to one which has none of the cases. */
static mb_exit complain_of_pins(const mb_verdicts *verdicts, const mb_pins *pins, bool is_shard)
{
    mb_exit code = MB_EXIT_OK;
    mb_error error;
    for (size_t p = 0; verdicts != NULL && p < verdicts->pin_count; p++) {
        if (mb_verdicts_use_pin(verdicts, p))
            continue;
        mb_error_set(&error, MB_ERROR_BASELINE, "--baseline %s: no case of this run could be compared with it",
                     pins->pins[p].name);
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    }
    for (size_t p = 0; !is_shard && p < pins->count; p++) {
        const mb_pin *pin = &pins->pins[p];
        if (pin->reader == NULL || !pin->is_asked || pin->has_answered)
            continue;
        mb_error_set(
            &error, MB_ERROR_BASELINE,
            "membench.json: no budget relative to baseline %s could be checked: the baseline has none of these "
            "cases (to add them: --save-baseline %s)",
            pin->name, pin->name);
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    }
    return code;
}

mb_status mb_gate_report(const mb_gate_input *given, FILE *out, mb_exit *code, mb_error *error)
{
    mb_verdicts made = {0};
    mb_arena where_arena = {0};
    mb_wheres wheres = {0};
    material from = {.input = *given, .slopes.count = 1};
    const mb_gate_input *input = &from.input;
    const mb_plan *plan = &given->options->plan;
    bool is_compared_here = given->baseline != NULL && given->verdicts == NULL;
    mb_decision decision;
    mb_reading_init(&from.reading, given->current, 1 + given->options->report_count + is_compared_here, given->options);
    from.input.current = &from.reading.source;
    mb_status status = mb_pins_open(plan, error);
    mb_slopes_init(&from.slopes.sets[0], plan, NULL, input->is_side_by_side);
    mb_verdicts_visitor visitor = {mb_slopes_visit, &from.slopes.sets[0]};
    if (status == MB_OK && is_compared_here) {
        mb_reading_begin(&from.reading, "comparing");
        status = mb_verdicts_compare(&made, input->current, input->baseline, plan, &visitor, error);
        mb_reading_pause(&from.reading);
        from.input.verdicts = &made;
    }
    if (status == MB_OK && input->verdicts != NULL)
        status = compare_slopes(&from.slopes, input->verdicts, input, is_compared_here, error);
    if (status == MB_OK && given->wheres == NULL && input->baseline != NULL && !input->options->no_where) {
        status = mb_wheres_of_sources(input->verdicts, input->current, input->baseline,
                                      (mb_where_extent)input->options->where, &where_arena, &wheres, error);
        from.input.wheres = &wheres;
    }
    if (status == MB_OK && given->wheres == NULL && !input->options->no_where && mb_policies_have_budgets(plan)) {
        status = mb_wheres_add_budgets(plan, input->current, &where_arena, &wheres, error);
        from.input.wheres = &wheres;
    }
    if (status == MB_OK)
        status = write_reports(&from, out, &decision, error);
    if (status == MB_OK)
        *code = mb_exit_worse(decision.exit_code,
                              complain_of_pins(input->verdicts, plan->pins, input->current->run->shard.count > 0));
    for (size_t s = 0; s < from.slopes.count; s++)
        mb_slopes_fini(&from.slopes.sets[s]);
    mb_verdicts_fini(&made);
    mb_arena_fini(&from.arena);
    mb_arena_fini(&where_arena);
    return status;
}
