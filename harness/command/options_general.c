/* The options that several verbs share: what those set that are not plain values. */
#include "base/output_file.h"
#include "base/units.h"
#include "command/options_table.h"
#include "model/shard.h"
#include "report/report.h"
#include "session/modules.h"
#include "session/pins.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WASM = MB_VERB_WASM,
    RUN = MB_VERB_RUN | WASM, /* which is a run, of programs that it chooses */
    COMPARE = MB_VERB_COMPARE,
    BASELINE = MB_VERB_BASELINE,
    REPORT = MB_VERB_REPORT,
    DIAGNOSE = MB_VERB_DIAGNOSE,
    SOAK = MB_VERB_SOAK,
    EXEC = MB_VERB_EXEC,
    MERGE = MB_VERB_MERGE,
    AB = MB_VERB_AB,
    WATCH = MB_VERB_WATCH,
    BISECT = MB_VERB_BISECT,
    EXPLAIN = MB_VERB_EXPLAIN,
    WHERE = MB_VERB_WHERE,
    MODULES = WASM | AB | SOAK | WHERE | WATCH, /* WebAssembly modules of the user's own */
    STARTS = RUN | DIAGNOSE | WATCH | WHERE,
    NAMES = MB_VERB_RUN | DIAGNOSE | WATCH | WHERE, /* programs */
    MEASURES = RUN | AB | WATCH,
    GATE = RUN | COMPARE | AB | MERGE | EXEC,
    JUDGES = GATE | EXPLAIN,
    SHOWS = RUN | COMPARE | REPORT | AB | MERGE | EXEC,
};

static mb_status set_program(mb_options *options, const char *value, mb_error *error)
{
    options->plan.named_program_count++;
    return mb_plan_add_program(&options->plan, value, NULL, error);
}

static mb_status set_env(mb_options *options, const char *value, mb_error *error)
{
    if (*value == '\0' || strchr(value, '=') != NULL)
        return mb_option_usage(error, "env", value, "the name of a variable");
    if (options->plan.variable_count == MB_VARIABLES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--env: more than %d variables", MB_VARIABLES_MAX);
    options->plan.variables[options->plan.variable_count++] = value;
    return MB_OK;
}

static mb_status set_program_arg(mb_options *options, const char *value, mb_error *error)
{
    mb_plan *plan = &options->plan;
    size_t bytes = strlen(value) + 1;
    for (size_t i = 1; i <= plan->argument_count; i++)
        bytes += strlen(plan->arguments[i]) + 1;
    if (plan->argument_count == MB_ARGUMENTS_MAX || bytes > MB_ARGUMENTS_BYTES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--program-arg: more than %d arguments, or %d bytes",
                            MB_ARGUMENTS_MAX, MB_ARGUMENTS_BYTES_MAX);
    plan->arguments[++plan->argument_count] = value;
    return MB_OK;
}

static mb_status set_filter(mb_options *options, const char *value, mb_error *error)
{
    return mb_filter_add(options->plan.filter, value, error);
}

static mb_status set_exact(mb_options *options, const char *value, mb_error *error)
{
    return mb_filter_add_exact(options->plan.filter, value, error);
}

static mb_status set_baseline(mb_options *options, const char *value, mb_error *error)
{
    if (options->plan.baseline != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--baseline: more than one baseline to compare with");
    options->plan.baseline = value;
    return MB_OK;
}

static mb_status add_baseline(mb_options *options, const char *value, mb_error *error)
{
    return mb_pins_add_gate(&options->plan, value, error);
}

static mb_status add_baseline_lenient(mb_options *options, const char *value, mb_error *error)
{
    options->lenient = true;
    return add_baseline(options, value, error);
}

static mb_status set_map(mb_options *options, const char *value, mb_error *error)
{
    return mb_map_add(&options->plan.map, value, error);
}

static mb_status set_warm_up_iterations(mb_options *options, const char *value, mb_error *error)
{
    size_t count;
    mb_status status = mb_option_count("warm-up-iterations", value, 0, 1000000, &count, error);
    if (status == MB_OK)
        options->plan.warm_up_iterations = (int)count;
    return status;
}

static mb_status set_confidence_level(mb_options *options, const char *value, mb_error *error)
{
    double level;
    if (!mb_parse_ratio(value, &level) || level < 0.5 || level > 0.999)
        return mb_option_usage(error, "confidence-level", value, "a level from 0.5 to 0.999, such as 0.95");
    options->plan.policy.confidence_level = level;
    return MB_OK;
}

static mb_status set_timeout(mb_options *options, const char *value, mb_error *error)
{
    options->plan.timeout_given = true;
    return mb_option_time("timeout", value, &options->plan.timeout_ns, error);
}

/* Text of whole numbers with commas between them, each from 1 to most. */
static mb_status set_counts(const char *option, const char *value, uint64_t most, const char **result, mb_error *error)
{
    enum { COUNTS_MAX = 8 };
    size_t count = 0;
    for (const char *next = value; next != NULL; count++) {
        char *end;
        unsigned long long number = strtoull(next, &end, 10);
        if (!isdigit((unsigned char)*next) || (*end != ',' && *end != '\0') || number < 1 || number > most ||
            count == COUNTS_MAX) {
            char wanted[96];
            snprintf(wanted, sizeof wanted, "a list of up to %d numbers from 1 to %llu, such as 1,10", COUNTS_MAX,
                     (unsigned long long)most);
            return mb_option_usage(error, option, value, wanted);
        }
        next = *end == ',' ? end + 1 : NULL;
    }
    *result = value;
    return MB_OK;
}

static mb_status set_instances(mb_options *options, const char *value, mb_error *error)
{
    return set_counts("instances", value, MB_MODULE_INSTANCES_MAX, &options->plan.instances, error);
}

static mb_status set_loads(mb_options *options, const char *value, mb_error *error)
{
    return set_counts("loads", value, MB_MODULE_LOADS_MAX, &options->plan.loads, error);
}

static mb_status set_call(mb_options *options, const char *value, mb_error *error)
{
    if (options->plan.call_count == MB_CALLS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--call: more than %d calls", MB_CALLS_MAX);
    if (!mb_module_call_is(value))
        return mb_option_usage(error, "call", value, "NAME or NAME=1,2 with at most 8 arguments of 32 bits");
    options->plan.calls[options->plan.call_count++] = value;
    return MB_OK;
}

/* One more of what modules get by WASI, which it implies. */
static mb_status add_wasi(mb_options *options, const char *kind, const char *value, mb_error *error)
{
    mb_plan *plan = &options->plan;
    size_t count = 0;
    for (size_t i = 0; i < plan->wasi_item_count; i++)
        count += strcmp(plan->wasi_items[i].kind, kind) == 0;
    if (count == MB_MODULE_WASI_MAX || plan->wasi_item_count == MB_WASI_ITEMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--%s: more than %zu", kind, count);
    if (strchr(value, '\n') != NULL)
        return mb_option_usage(error, kind, value, "a text without line breaks");
    plan->wasi_items[plan->wasi_item_count++] = (mb_wasi_item){kind, value};
    plan->wasi = true;
    return MB_OK;
}

static mb_status set_arg(mb_options *options, const char *value, mb_error *error)
{
    return add_wasi(options, "arg", value, error);
}

static mb_status set_dir(mb_options *options, const char *value, mb_error *error)
{
    return add_wasi(options, "dir", value, error);
}

static mb_status set_module_env(mb_options *options, const char *value, mb_error *error)
{
    const char *sign = strchr(value, '=');
    return sign == NULL || sign == value ? set_env(options, value, error) : add_wasi(options, "env", value, error);
}

static mb_status set_seed(mb_options *options, const char *value, mb_error *error)
{
    options->plan.seed_given = true;
    return mb_option_unsigned("seed", value, 0, UINT64_MAX, &options->plan.seed, error);
}

void mb_options_format_names(char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; mb_report_formats[i] != NULL && used < size; i++) {
        const char *comma = i == 0 ? "" : mb_report_formats[i + 1] == NULL ? " or " : ", ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", comma, mb_report_formats[i]->name);
    }
}

/* "junit=memory.xml" */
static mb_status set_report(mb_options *options, const char *value, mb_error *error)
{
    const char *path = strchr(value, '=');
    if (path == NULL || path[1] == '\0')
        return mb_option_usage(error, "report", value, "FORMAT=FILE, such as junit=memory.xml");
    for (size_t i = 0; mb_report_formats[i] != NULL; i++) {
        const char *name = mb_report_formats[i]->name;
        if (strncmp(name, value, (size_t)(path - value)) != 0 || name[path - value] != '\0')
            continue;
        if (options->report_count == MB_REPORTS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "--report: more than %d reports", MB_REPORTS_MAX);
        /* Now: a long run must not learn at its end that the report has no place. */
        mb_status status = mb_report_formats[i]->writes_folder ? MB_OK : mb_output_check(path + 1, error);
        if (status != MB_OK)
            return status;
        options->reports[options->report_count++] = (mb_report_target){mb_report_formats[i], path + 1};
        return MB_OK;
    }
    char names[MB_FORMAT_NAMES_BYTES];
    mb_options_format_names(names, sizeof names);
    return mb_error_set(error, MB_ERROR_USAGE, "--report: \"%.*s\" is not %s", (int)(path - value), value, names);
}

static mb_status set_shard(mb_options *options, const char *value, mb_error *error)
{
    if (mb_shard_parse(value, &options->plan.shard_index, &options->plan.shard_count))
        return MB_OK;
    return mb_option_usage(error, "shard", value, "one of a number of shards, such as 2/4");
}

static const mb_option_row rows[] = {MB_GENERAL_OPTIONS(MB_OPTION_ROW)};
extern const mb_option_table mb_options_general; /* (options.c) */
const mb_option_table mb_options_general = {rows, sizeof rows / sizeof rows[0]};
