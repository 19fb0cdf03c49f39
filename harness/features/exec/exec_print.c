/* What a run of commands prints next to its report, and its runs in hyperfine's shape. */
#include "base/output_file.h"
#include "command/outcome.h"
#include "features/exec/exec.h"
#include "features/exec/exec_options.h"

#include "base/json_writer.h"
#include "base/units.h"
#include "report/advice.h"
#include "report/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRAMS_SHOWN_MAX = 10, WIDE_COLUMNS = 56 };

static const mb_series *series_of(const mb_exec *exec, size_t index, mb_quantity quantity)
{
    return &exec->results[index].series[mb_metric_of(quantity, MB_WINDOW_STEADY)];
}

/* The process peaks that there are, traced or sampled. */
static const mb_series *peaks_of(const mb_exec *exec, size_t index)
{
    const mb_series *traced = series_of(exec, index, MB_PROCESS_PEAK_RSS_BYTES);
    return traced->count > 0 ? traced : series_of(exec, index, MB_PROCESS_SAMPLED_PEAK_RSS_BYTES);
}

static void print_programs(const mb_exec *exec, size_t index, FILE *out)
{
    const mb_exec_command *command = &exec->commands[index];
    char peak[MB_UNITS_TEXT_MAX], anon[MB_UNITS_TEXT_MAX];
    if (command->group_count == 0)
        return;
    int width = mb_terminal_width(out);
    bool is_narrow = width > 0 && width < WIDE_COLUMNS;
    int name_columns = is_narrow ? 14 : 16, count_columns = is_narrow ? 5 : 9, size_columns = is_narrow ? 8 : 12;
    const char *gap = is_narrow ? " " : "  ";
    fprintf(out, "%s, processes of the last run\n", exec->results[index].id);
    fprintf(out, "  %-*s %*s%s%*s%s%*s\n", name_columns, "program", count_columns, is_narrow ? "count" : "processes",
            gap, size_columns, is_narrow ? "peak" : "largest peak", gap, size_columns,
            is_narrow ? "at exit" : "anon at exit");
    for (size_t i = 0; i < command->group_count && i < PROGRAMS_SHOWN_MAX; i++) {
        const mb_trace_group *group = &command->groups[i];
        fprintf(out, "  %-*s %*zu%s%*s%s%*s\n", name_columns, group->name, count_columns, group->process_count, gap,
                size_columns, group->peak_rss_bytes >= 0 ? mb_format_bytes((double)group->peak_rss_bytes, peak) : "-",
                gap, size_columns,
                group->exit_anon_bytes >= 0 ? mb_format_bytes((double)group->exit_anon_bytes, anon) : "-");
    }
    if (command->group_count > PROGRAMS_SHOWN_MAX)
        fprintf(out, "  and %zu programs with smaller peaks\n", command->group_count - PROGRAMS_SHOWN_MAX);
    fputc('\n', out);
}

typedef struct place { /* of a command among the others */
    size_t index;
    double peak_bytes;
} place;

static int compare_places(const void *left, const void *right)
{
    const place *a = left, *b = right;
    if (a->peak_bytes != b->peak_bytes)
        return a->peak_bytes < b->peak_bytes ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* "exec/b: 3.00 times the process peak of exec/a", smallest first. */
static void print_ranking(const mb_exec *exec, FILE *out)
{
    place *places = calloc(exec->count, sizeof *places);
    size_t count = 0;
    mb_summary summary;
    for (size_t i = 0; places != NULL && i < exec->count; i++)
        if (mb_summary_make(peaks_of(exec, i), &summary) && summary.count > 0)
            places[count++] = (place){i, summary.median};
    if (count > 1) {
        char peak[MB_UNITS_TEXT_MAX];
        qsort(places, count, sizeof *places, compare_places);
        fprintf(out, "%s has the smallest process peak, %s. Times that:\n", exec->results[places[0].index].id,
                mb_format_bytes(places[0].peak_bytes, peak));
        for (size_t i = 1; i < count; i++)
            fprintf(out, "  %6.2f  %s\n", places[i].peak_bytes / places[0].peak_bytes,
                    exec->results[places[i].index].id);
        fputc('\n', out);
    }
    free(places);
}

/* Appends as much of " WORD", the word quoted for a shell, as there is room for. */
static void append_word(char *text, size_t size, const char *word)
{
    char quoted[MB_ADVICE_CALL_BYTES] = " ";
    mb_shell_quote(word, quoted + 1, sizeof quoted - 1);
    size_t used = strlen(text), length = strlen(quoted), free_bytes = size - 1 - used;
    length = length < free_bytes ? length : free_bytes;
    memcpy(text + used, quoted, length);
    text[used + length] = '\0';
}

static void append_option(char *text, size_t size, const char *name, const char *value)
{
    append_word(text, size, name);
    if (value != NULL)
        append_word(text, size, value);
}

void mb_exec_format(const mb_exec *exec, char *text, size_t size)
{
    const mb_options *options = exec->options;
    const mb_exec_options *own = mb_exec_of(options);
    char line[MB_ADVICE_CALL_BYTES] = "";
    snprintf(text, size, "membench exec");
    if (options->plan.baseline_dir != NULL)
        append_option(text, size, "--baseline-dir", options->plan.baseline_dir);
    for (size_t i = 0; i < own->name_count; i++)
        append_option(text, size, "--name", own->names[i]);
    for (size_t i = 0; i < own->prepare_count; i++)
        append_option(text, size, "--prepare", own->prepares[i]);
    for (size_t i = 0; i < own->parameter_count; i++) {
        append_option(text, size, "--parameter-list", own->parameter_names[i]);
        append_word(text, size, own->parameter_values[i]);
    }
    if (own->input != NULL)
        append_option(text, size, "--input", own->input);
    if (own->entropy == MB_EXEC_ENTROPY_FIXED)
        append_option(text, size, "--entropy", "fixed");
    const struct {
        bool is_given;
        const char *name;
    } flags[] = {{own->ignore_failure, "--ignore-failure"},
                 {options->plan.no_trace, "--no-trace"},
                 {own->heap, "--heap"},
                 {options->plan.thp, "--thp"},
                 {own->no_shell || options->is_command, "--no-shell"}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (flags[i].is_given)
            append_option(text, size, flags[i].name, NULL);
    if (options->is_command) { /* as one quoted command: options may be behind it */
        for (size_t i = 0; i < options->operand_count; i++)
            append_word(line, sizeof line, options->operands[i]);
        if (own->name_count == 0)
            append_option(text, size, "--name", exec->results[0].function);
        append_word(text, size, line[0] == ' ' ? line + 1 : line);
    }
    for (size_t i = 0; i < options->operand_count && !options->is_command; i++)
        append_word(text, size, options->operands[i]);
    if (strlen(text) + 1 >= size)
        snprintf(text, size, "membench exec ...");
}

void mb_exec_print(const mb_exec *exec, FILE *out)
{
    for (size_t i = 0; i < exec->count; i++) {
        print_programs(exec, i, out);
        mb_exec_print_heap(exec, i, out);
    }
    print_ranking(exec, out);
}

static double mean_seconds(const mb_series *series)
{
    double sum = 0;
    for (size_t i = 0; i < series->count; i++)
        sum += series->values[i] / 1e9;
    return sum / (double)series->count;
}

/* Mean and deviation of times, in seconds, as hyperfine has them (n - 1). */
static void write_moments(mb_json_writer *json, const mb_series *series)
{
    double mean = mean_seconds(series), squares = 0;
    for (size_t i = 0; i < series->count; i++)
        squares += (series->values[i] / 1e9 - mean) * (series->values[i] / 1e9 - mean);
    mb_json_write_number(json, "mean", mean);
    if (series->count > 1)
        mb_json_write_number(json, "stddev", sqrt(squares / (double)(series->count - 1)));
    else
        mb_json_write_null(json, "stddev");
}

static void write_parameters(mb_json_writer *json, const mb_case_result *result)
{
    char value[24];
    if (result->param_count == 0)
        return;
    mb_json_write_open(json, "parameters", '{');
    for (size_t p = 0; p < result->param_count; p++) {
        const mb_param_value *param = &result->params[p];
        snprintf(value, sizeof value, "%llu", (unsigned long long)param->value);
        mb_json_write_text(json, param->name, param->label != NULL ? param->label : value);
    }
    mb_json_write_close(json, '}');
}

static void write_runs(mb_json_writer *json, const mb_exec_command *command, const mb_series *times)
{
    mb_json_write_open(json, "times", '[');
    for (size_t i = 0; i < times->count; i++)
        mb_json_write_number(json, NULL, times->values[i] / 1e9);
    mb_json_write_close(json, ']');
    mb_json_write_open(json, "memory_usage_byte", '[');
    for (size_t i = 0; i < command->done; i++)
        if (command->peak_rss_bytes[i] >= 0)
            mb_json_write_number(json, NULL, command->peak_rss_bytes[i]);
        else
            mb_json_write_null(json, NULL);
    mb_json_write_close(json, ']');
    mb_json_write_open(json, "exit_codes", '[');
    for (size_t i = 0; i < command->done; i++)
        if (command->exit_codes[i] >= 0)
            mb_json_write_count(json, NULL, (uint64_t)command->exit_codes[i]);
        else
            mb_json_write_null(json, NULL);
    mb_json_write_close(json, ']');
}

mb_status mb_exec_export(const mb_exec *exec, const char *path, mb_error *error)
{
    mb_output output = {0};
    mb_status status = mb_output_open(&output, path, error);
    if (status != MB_OK)
        return status;
    mb_json_writer json = {.file = output.file};
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_open(&json, "results", '[');
    for (size_t i = 0; i < exec->count; i++) {
        const mb_series *times = series_of(exec, i, MB_REAL_TIME_NS);
        mb_summary summary;
        if (times->count == 0)
            continue;
        if (!mb_summary_make(times, &summary)) {
            mb_output_abandon(&output);
            return mb_error_no_memory(error);
        }
        mb_json_write_open(&json, NULL, '{');
        mb_json_write_text(&json, "command", exec->commands[i].text);
        write_moments(&json, times);
        mb_json_write_number(&json, "median", summary.median / 1e9);
        mb_json_write_number(&json, "user", mean_seconds(series_of(exec, i, MB_USER_TIME_NS)));
        mb_json_write_number(&json, "system", mean_seconds(series_of(exec, i, MB_SYSTEM_TIME_NS)));
        mb_json_write_number(&json, "min", summary.minimum / 1e9);
        mb_json_write_number(&json, "max", summary.maximum / 1e9);
        write_runs(&json, &exec->commands[i], times);
        write_parameters(&json, &exec->results[i]);
        mb_json_write_close(&json, '}');
    }
    mb_json_write_close(&json, ']');
    mb_json_write_close(&json, '}');
    fputc('\n', output.file);
    return mb_output_close(&output, error);
}
