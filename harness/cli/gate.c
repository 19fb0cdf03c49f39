#include "cli/gate.h"

#include "report/advice.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 512, COMMAND_BYTES = 1024 };

/* The comparisons of all cases, one slice a case. */
typedef struct table {
    mb_comparison *comparisons;
    size_t count, capacity;
    size_t *starts;    /* of each current case, and the end of the last */
    bool *is_recorded; /* the baseline has the case */
    bool *baseline_ok; /* … with values */
    bool *is_run;      /* of each baseline case: it is in the current run */
} table;

static void table_fini(table *t)
{
    free(t->comparisons);
    free(t->starts);
    free(t->is_recorded);
    free(t->baseline_ok);
    free(t->is_run);
}

static mb_status out_of_memory(mb_error *error) { return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory"); }

static mb_status table_init(table *t, const mb_gate_input *input, mb_error *error)
{
    size_t case_count = input->current->case_count;
    *t = (table){
        .starts = calloc(case_count + 1, sizeof *t->starts),
        .is_recorded = calloc(case_count + 1, sizeof *t->is_recorded),
        .baseline_ok = calloc(case_count + 1, sizeof *t->baseline_ok),
        .is_run = calloc(mb_results_reader_count(input->baseline) + 1, sizeof *t->is_run),
    };
    if (t->starts == NULL || t->is_recorded == NULL || t->baseline_ok == NULL || t->is_run == NULL)
        return out_of_memory(error);
    return MB_OK;
}

static mb_status table_append(table *t, const mb_comparison *comparisons, size_t count, const bool *shown,
                              mb_error *error)
{
    if (t->capacity - t->count < count) {
        size_t capacity = t->capacity + t->capacity / 4 + MB_METRIC_COUNT;
        mb_comparison *grown = realloc(t->comparisons, capacity * sizeof *grown);
        if (grown == NULL)
            return out_of_memory(error);
        t->comparisons = grown;
        t->capacity = capacity;
    }
    for (size_t i = 0; i < count; i++)
        if (shown[comparisons[i].metric])
            t->comparisons[t->count++] = comparisons[i];
    return MB_OK;
}

/* Compares the case of that index, if the baseline has it. */
static mb_status compare_case(table *t, const mb_gate_input *input, size_t index, mb_arena *arena, mb_error *error)
{
    mb_case_result current, baseline;
    mb_comparison comparisons[MB_METRIC_COUNT];
    size_t baseline_index;
    const char *id = input->current->id(input->current->context, index);
    if (!mb_map_find(&input->options->map, input->baseline, id, &baseline_index))
        return MB_OK;
    t->is_recorded[index] = true;
    t->is_run[baseline_index] = true;
    mb_status status = input->current->read(input->current->context, index, arena, &current, error);
    if (status == MB_OK)
        status = mb_results_reader_read(input->baseline, baseline_index, arena, &baseline, error);
    if (status != MB_OK)
        return status;
    t->baseline_ok[index] = baseline.outcome == MB_OUTCOME_OK;
    if (baseline.outcome != MB_OUTCOME_OK || current.outcome != MB_OUTCOME_OK)
        return MB_OK;
    size_t count = mb_compare_case(&baseline, mb_results_reader_run(input->baseline), &current, input->current->run,
                                   &input->options->policy, index, comparisons);
    return table_append(t, comparisons, count, input->options->metrics, error);
}

static mb_status compare_all(table *t, const mb_gate_input *input, mb_arena *arena, mb_error *error)
{
    mb_status status = table_init(t, input, error);
    for (size_t c = 0; c < input->current->case_count && status == MB_OK; c++) {
        t->starts[c] = t->count;
        mb_arena_reset(arena);
        status = compare_case(t, input, c, arena, error);
    }
    if (status != MB_OK)
        return status;
    t->starts[input->current->case_count] = t->count;
    size_t *scratch = malloc((t->count + 1) * sizeof *scratch);
    if (scratch == NULL)
        return out_of_memory(error);
    mb_compare_settle(t->comparisons, t->count, &input->options->policy, scratch);
    free(scratch);
    return MB_OK;
}

static const char *file_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path;
}

/* A baseline's case is gone only if this run would have had it: it passes the filter, and one of the run's programs
 * is named, or mapped, like the one that had it. */
static bool is_gone(const mb_gate_input *input, const mb_case_result *result)
{
    const mb_run_info *was = mb_results_reader_run(input->baseline), *run = input->current->run;
    if (!mb_filter_matches(input->options->filter, result->id))
        return false;
    if (result->program >= was->program_count || was->programs[result->program].path == NULL)
        return true;
    const char *name = file_name(was->programs[result->program].path);
    for (size_t p = 0; p < run->program_count; p++) {
        char mapped[PATH_BYTES];
        if (run->programs[p].path != NULL &&
            mb_map_apply(&input->options->map, file_name(run->programs[p].path), mapped, sizeof mapped) &&
            strcmp(mapped, name) == 0)
            return true;
    }
    return false;
}

static mb_status add_gone(mb_report *report, const table *t, const mb_gate_input *input, mb_arena *arena,
                          mb_error *error)
{
    for (size_t b = 0; b < mb_results_reader_count(input->baseline); b++) {
        if (t->is_run[b])
            continue;
        mb_case_result result;
        mb_arena_reset(arena);
        mb_status status = mb_results_reader_read(input->baseline, b, arena, &result, error);
        if (status != MB_OK)
            return status;
        if (!is_gone(input, &result))
            continue;
        mb_report_case item = {.result = &result, .presence = MB_PRESENCE_GONE};
        status = mb_report_add(report, &item, error);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

static mb_status add_cases(mb_report *report, const table *t, const mb_gate_input *input, mb_arena *arena,
                           mb_error *error)
{
    for (size_t c = 0; c < input->current->case_count; c++) {
        mb_case_result result;
        mb_arena_reset(arena);
        mb_status status = input->current->read(input->current->context, c, arena, &result, error);
        if (status != MB_OK)
            return status;
        mb_report_case item = {.result = &result};
        if (input->baseline != NULL) {
            item.presence = t->is_recorded[c] ? MB_PRESENCE_BOTH : MB_PRESENCE_UNRECORDED;
            item.baseline_ok = t->baseline_ok[c];
            item.comparisons = t->comparisons + t->starts[c];
            item.comparison_count = t->starts[c + 1] - t->starts[c];
        }
        status = mb_report_add(report, &item, error);
        if (status != MB_OK)
            return status;
    }
    return input->baseline != NULL ? add_gone(report, t, input, arena, error) : MB_OK;
}

static mb_exit exit_of(const mb_tally *tally, const mb_gate_input *input)
{
    const size_t *found = tally->finding_counts;
    bool strict = input->options->strict;
    mb_exit code = MB_EXIT_OK;
    if (found[MB_FINDING_LOST] > 0)
        code = mb_exit_worse(code, MB_EXIT_FAILED);
    if (found[MB_FINDING_REGRESSED] > 0)
        code = mb_exit_worse(code, MB_EXIT_REGRESSED);
    if ((found[MB_FINDING_UNRECORDED] > 0 && !input->options->lenient) || found[MB_FINDING_NOT_COMPARABLE] > 0)
        code = mb_exit_worse(code, MB_EXIT_BASELINE);
    if (strict && found[MB_FINDING_GONE] > 0)
        code = mb_exit_worse(code, MB_EXIT_FAILED);
    if (strict && found[MB_FINDING_SUSPECT] + found[MB_FINDING_INCONCLUSIVE] > 0)
        code = mb_exit_worse(code, MB_EXIT_SUSPECT);
    return code;
}

/* How the reader would call membench again for the same programs and baselines; cut when it gets too long. */
static const char *format_command(const mb_options *options, char *command, size_t size)
{
    size_t used = (size_t)snprintf(command, size, "membench");
    for (size_t i = 0; i < options->named_program_count && used < size; i++) {
        char quoted[PATH_BYTES];
        mb_shell_quote(options->programs[i], quoted, sizeof quoted);
        used += (size_t)snprintf(command + used, size - used, " --program %s", quoted);
    }
    if (options->baseline_dir != NULL && used < size) {
        char quoted[PATH_BYTES];
        mb_shell_quote(options->baseline_dir, quoted, sizeof quoted);
        used += (size_t)snprintf(command + used, size - used, " --baseline-dir %s", quoted);
    }
    return used < size ? command : "membench";
}

static mb_status write_report(const mb_gate_input *input, const table *t, mb_arena *arena, FILE *out, mb_tally *tally,
                              mb_error *error)
{
    const mb_options *options = input->options;
    const mb_report_format *format = mb_report_format_find(options->format != NULL ? options->format : "text");
    MB_ASSERT(format != NULL); /* main has looked */
    char command[COMMAND_BYTES];
    mb_report_model model = {
        .run = input->current->run,
        .baseline_name = input->baseline_name,
        .baseline_run = input->baseline != NULL ? mb_results_reader_run(input->baseline) : NULL,
        .policy = input->baseline != NULL ? &options->policy : NULL,
        .lenient = options->lenient,
        .command = format_command(options, command, sizeof command),
        .save_name = options->baseline,
        .saved_name = input->saved_name,
    };
    mb_report_options look = {
        .width_columns = mb_terminal_width(out),
        .color = mb_terminal_wants_color(out, options->color),
        .unicode = mb_terminal_is_unicode(),
        .verbose = options->verbose,
        .quiet = options->quiet,
        .metrics = options->metrics_chosen ? options->metrics : NULL,
    };
    mb_report *report;
    mb_status status = mb_report_open(format, out, &model, &look, &report, error);
    if (status != MB_OK)
        return status;
    status = add_cases(report, t, input, arena, error);
    if (status == MB_OK)
        return mb_report_close(report, tally, error);
    mb_report_abandon(report);
    return status;
}

mb_status mb_gate_report(const mb_gate_input *input, FILE *out, mb_exit *code, mb_error *error)
{
    table t = {0};
    mb_arena arena = {0};
    mb_tally tally = {0};
    mb_status status = input->baseline != NULL ? compare_all(&t, input, &arena, error) : MB_OK;
    if (status == MB_OK)
        status = write_report(input, &t, &arena, out, &tally, error);
    if (status == MB_OK)
        *code = exit_of(&tally, input);
    table_fini(&t);
    mb_arena_fini(&arena);
    return status;
}
