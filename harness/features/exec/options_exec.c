/* The options of `membench exec`. */
#include "base/units.h"
#include "command/options_table.h"
#include "features/exec/exec_options.h"

#include <string.h>

enum { EXEC = MB_VERB_EXEC, AB = MB_VERB_AB };

static mb_status add_word(const char **words, size_t *count, size_t most, const char *option, const char *value,
                          mb_error *error)
{
    if (*count == most)
        return mb_error_set(error, MB_ERROR_USAGE, "--%s: more than %zu", option, most);
    words[(*count)++] = value;
    return MB_OK;
}

static mb_status set_name(mb_options *options, const char *value, mb_error *error)
{
    if (*value == '\0')
        return mb_option_usage(error, "name", value, "a name");
    return add_word(mb_exec_of(options)->names, &mb_exec_of(options)->name_count, MB_EXEC_WORDS_MAX, "name", value,
                    error);
}

static mb_status set_prepare(mb_options *options, const char *value, mb_error *error)
{
    return add_word(mb_exec_of(options)->prepares, &mb_exec_of(options)->prepare_count, MB_EXEC_WORDS_MAX, "prepare",
                    value, error);
}

static mb_status set_timeline(mb_options *options, const char *value, mb_error *error)
{
    const char *ending = strrchr(value, '.');
    if (ending == NULL || ending == value || !mb_words_have(".html .svg .csv", ending, NULL))
        return mb_option_usage(error, "timeline", value, "a file that ends with .html, .svg or .csv");
    return add_word(mb_exec_of(options)->timelines, &mb_exec_of(options)->timeline_count, MB_EXEC_TIMELINES_MAX,
                    "timeline", value, error);
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
    mb_exec_of(options)->interval_ns = interval_ns;
    return MB_OK;
}

/* Two words, "n" and "1,2,4": the parser keeps the second one. */
static mb_status set_parameter_list(mb_options *options, const char *value, mb_error *error)
{
    mb_exec_options *exec = mb_exec_of(options);
    const char *values = options->second_value;
    if (*value == '\0' || strlen(value) >= MB_NAME_BYTES_MAX || strpbrk(value, "{}") != NULL || values == NULL ||
        *values == '\0')
        return mb_error_set(error, MB_ERROR_USAGE,
                            "--parameter-list takes a name and its values, such as: --parameter-list n 1,2,4");
    for (size_t i = 0; i < exec->parameter_count; i++)
        if (strcmp(exec->parameter_names[i], value) == 0)
            return mb_error_set(error, MB_ERROR_USAGE, "--parameter-list: \"%s\" appears twice", value);
    if (exec->parameter_count == MB_PARAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--parameter-list: more than %d", MB_PARAMS_MAX);
    exec->parameter_names[exec->parameter_count] = value;
    exec->parameter_values[exec->parameter_count++] = values;
    return MB_OK;
}

static const mb_option_row rows[] = {MB_EXEC_OPTIONS(MB_OPTION_ROW)};
const mb_option_table mb_options_exec = {rows, sizeof rows / sizeof rows[0]};
