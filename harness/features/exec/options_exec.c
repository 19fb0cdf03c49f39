/* The options of `membench exec`. */
#include "base/units.h"
#include "command/options_table.h"

#include <string.h>

enum { EXEC = MB_VERB_EXEC, RUNS_MAX = 1000 };

static mb_status add_word(const char *words[MB_EXEC_WORDS_MAX], size_t *count, const char *option, const char *value,
                          mb_error *error)
{
    if (*count == MB_EXEC_WORDS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--%s: more than %d", option, MB_EXEC_WORDS_MAX);
    words[(*count)++] = value;
    return MB_OK;
}

static mb_status set_name(mb_options *options, const char *value, mb_error *error)
{
    if (*value == '\0')
        return mb_option_usage(error, "name", value, "a name");
    return add_word(options->exec.names, &options->exec.name_count, "name", value, error);
}

static mb_status set_prepare(mb_options *options, const char *value, mb_error *error)
{
    return add_word(options->exec.prepares, &options->exec.prepare_count, "prepare", value, error);
}

static mb_status set_runs(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_count("runs", value, 1, RUNS_MAX, &options->exec.run_count, error);
}

static mb_status set_warm_up(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_count("warmup", value, 0, RUNS_MAX, &options->exec.warm_up_count, error);
}

static mb_status set_timeout(mb_options *options, const char *value, mb_error *error)
{
    options->plan.timeout_given = true;
    return mb_option_time("timeout", value, &options->plan.timeout_ns, error);
}

static mb_status set_interval(mb_options *options, const char *value, mb_error *error)
{
    uint64_t interval_ns;
    if (!mb_parse_duration_ns(value, &interval_ns) || interval_ns < 1000000 || interval_ns > 3600000000000u)
        return mb_option_usage(error, "interval", value, "a time from 1ms to 1h");
    options->exec.interval_ns = interval_ns;
    return MB_OK;
}

/* Two words, "n" and "1,2,4": the parser keeps the second one. */
static mb_status set_parameter_list(mb_options *options, const char *value, mb_error *error)
{
    mb_exec_options *exec = &options->exec;
    const char *values = options->second_value;
    if (*value == '\0' || strlen(value) >= MB_NAME_BYTES_MAX || strpbrk(value, "{}") != NULL || values == NULL ||
        *values == '\0')
        return mb_error_set(error, MB_ERROR_USAGE,
                            "--parameter-list takes a name and its values, such as: --parameter-list n 1,2,4");
    for (size_t i = 0; i < exec->parameter_count; i++)
        if (strcmp(exec->parameter_names[i], value) == 0)
            return mb_error_set(error, MB_ERROR_USAGE, "--parameter-list: \"%s\" stands twice", value);
    if (exec->parameter_count == MB_PARAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--parameter-list: more than %d", MB_PARAMS_MAX);
    exec->parameter_names[exec->parameter_count] = value;
    exec->parameter_values[exec->parameter_count++] = values;
    return MB_OK;
}

MB_OPTION_FLAG_OF(ignore_failure, exec.ignore_failure)
MB_OPTION_FLAG_OF(show_output, exec.show_output)
MB_OPTION_FLAG_OF(no_shell, exec.no_shell)
MB_OPTION_FLAG_OF(no_trace, exec.no_trace)

MB_OPTION_TEXT_OF(input, exec.input)
MB_OPTION_TEXT_OF(output, exec.output)
MB_OPTION_TEXT_OF(export_json, exec.export_json)

/* clang-format off */
static const mb_option_row rows[] = {
    {"Commands", "name", 'n', "NAME", EXEC, set_name, "name of a command in its case id, exec/NAME (the command itself);\nrepeatable, in the order of the commands"},
    {NULL, "no-shell", 'N', NULL, EXEC, set_no_shell, "run quoted commands without a shell (sh -c)"},
    {NULL, "prepare", 'p', "COMMAND", EXEC, set_prepare, "run this before each run; one for all commands, or one for each"},
    {NULL, "parameter-list", 'L', "VAR LIST", EXEC, set_parameter_list, "a case for each of LIST (1,2,4), put in the place of {VAR};\nrepeatable"},
    {NULL, "warmup", 'w', "N", EXEC, set_warm_up, "runs before those that count (0)"},
    {NULL, "runs", 'r', "N", EXEC, set_runs, "runs of each command (10; 20 for a baseline; up to 40 where a noisy\nmetric may have grown)"},
    {NULL, "ignore-failure", 'i', NULL, EXEC, set_ignore_failure, "measure commands that exit with another code than 0, too"},
    {NULL, "show-output", 0, NULL, EXEC, set_show_output, "let the commands write to the terminal (else to /dev/null)"},
    {NULL, "output", 0, "WHERE", EXEC, set_output, "where their standard output goes: null, inherit or a file (null)"},
    {NULL, "input", 0, "FILE", EXEC, set_input, "their standard input (/dev/null)"},
    {NULL, "timeout", 0, "TIME", EXEC, set_timeout, "longest life of one run; then SIGTERM, after a second SIGKILL (no\nlimit)"},
    {NULL, "interval", 0, "TIME", EXEC, set_interval, "longest time between two looks at all processes (10ms)"},
    {NULL, "no-trace", 0, NULL, EXEC, set_no_trace, "look from outside only: for commands that use ptrace or setuid"},
    {NULL, "export-json", 0, "FILE", EXEC, set_export_json, "write the runs in the shape of hyperfine's --export-json"},
};
/* clang-format on */
const mb_option_table mb_options_exec = {rows, sizeof rows / sizeof rows[0]};
