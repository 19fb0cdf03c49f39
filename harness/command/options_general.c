/* The options of membench, but for those that lists in files of their own hold: what each says and sets. */
#include "base/units.h"
#include "command/options_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUN = MB_VERB_RUN,
    COMPARE = MB_VERB_COMPARE,
    BASELINE = MB_VERB_BASELINE,
    DOCTOR = MB_VERB_DOCTOR,
    REPORT = MB_VERB_REPORT,
    DIAGNOSE = MB_VERB_DIAGNOSE,
    SOAK = MB_VERB_SOAK,
    ESTIMATE = MB_VERB_ESTIMATE,
    EXEC = MB_VERB_EXEC,
    MERGE = MB_VERB_MERGE,
    AB = MB_VERB_AB,
    WATCH = MB_VERB_WATCH,
    STARTS = RUN | DIAGNOSE | WATCH,
    MEASURES = RUN | AB | WATCH,
    GATE = RUN | COMPARE | AB | MERGE | EXEC,
    SHOWS = RUN | COMPARE | REPORT | AB | MERGE | EXEC,
};

mb_status mb_option_usage(mb_error *error, const char *option, const char *value, const char *wanted)
{
    return mb_error_set(error, MB_ERROR_USAGE, "--%s: \"%s\" is not %s", option, value, wanted);
}

mb_status mb_option_unsigned(const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *result,
                             mb_error *error)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end != '\0' || errno != 0 || number < least || number > most) {
        char wanted[96];
        snprintf(wanted, sizeof wanted, "a whole number from %llu to %llu", (unsigned long long)least,
                 (unsigned long long)most);
        return mb_option_usage(error, option, value, wanted);
    }
    *result = number;
    return MB_OK;
}

mb_status mb_option_count(const char *option, const char *value, size_t least, size_t most, size_t *result,
                          mb_error *error)
{
    uint64_t number;
    mb_status status = mb_option_unsigned(option, value, least, most, &number, error);
    if (status == MB_OK)
        *result = (size_t)number;
    return status;
}

mb_status mb_option_time(const char *option, const char *value, uint64_t *result, mb_error *error)
{
    if (mb_parse_duration_ns(value, result))
        return MB_OK;
    return mb_option_usage(error, option, value, "a time such as 2, 2s or 500ms");
}

mb_status mb_option_fraction(const char *option, const char *value, double *result, mb_error *error)
{
    if (mb_parse_share(value, result))
        return MB_OK;
    return mb_option_usage(error, option, value, "a ratio such as 10% or 0.1");
}

MB_OPTION_FLAG(list)
MB_OPTION_FLAG_OF(test, plan.test)
MB_OPTION_FLAG_OF(quick, plan.quick)
MB_OPTION_FLAG(verbose)
MB_OPTION_FLAG(quiet)
MB_OPTION_FLAG(strict)
MB_OPTION_FLAG_OF(resume, plan.resume)
MB_OPTION_FLAG_OF(ignore_environment, plan.policy.ignore_environment)
MB_OPTION_FLAG_OF(thp, plan.thp)
MB_OPTION_FLAG_OF(no_time, plan.no_time)

MB_OPTION_TEXT_OF(save_baseline, plan.save_baseline)
MB_OPTION_TEXT(load_baseline)
MB_OPTION_TEXT(baseline_dir)
MB_OPTION_TEXT(out)
MB_OPTION_TEXT(format)
MB_OPTION_TEXT_OF(allocator, plan.allocator)
MB_OPTION_TEXT(allocators)
MB_OPTION_TEXT(tool)
MB_OPTION_TEXT(load)
MB_OPTION_TEXT(ready)
MB_OPTION_TEXT(mode)

static mb_status set_program(mb_options *options, const char *value, mb_error *error)
{
    if (options->plan.program_count == MB_PROGRAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--program: more than %d programs", MB_PROGRAMS_MAX);
    options->plan.programs[options->plan.program_count++] = value;
    options->plan.named_program_count++;
    return MB_OK;
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

static mb_status set_baseline_lenient(mb_options *options, const char *value, mb_error *error)
{
    options->lenient = true;
    return set_baseline(options, value, error);
}

static mb_status set_map(mb_options *options, const char *value, mb_error *error)
{
    return mb_map_add(&options->plan.map, value, error);
}

static mb_status set_color(mb_options *options, const char *value, mb_error *error)
{
    if (mb_when_find(value, &options->color))
        return MB_OK;
    return mb_option_usage(error, "color", value, "auto, always or never");
}

static mb_status set_sample_size(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_count("sample-size", value, 1, 1000, &options->plan.sample_size, error);
}

static mb_status set_warm_up_time(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_time("warm-up-time", value, &options->plan.warm_up_time_ns, error);
}

static mb_status set_warm_up_iterations(mb_options *options, const char *value, mb_error *error)
{
    size_t count;
    mb_status status = mb_option_count("warm-up-iterations", value, 0, 1000000, &count, error);
    if (status == MB_OK)
        options->plan.warm_up_iterations = (int)count;
    return status;
}

static mb_status set_measurement_time(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_time("measurement-time", value, &options->plan.measurement_time_ns, error);
}

static mb_status set_confidence_level(mb_options *options, const char *value, mb_error *error)
{
    double level;
    if (!mb_parse_ratio(value, &level) || level < 0.5 || level > 0.999)
        return mb_option_usage(error, "confidence-level", value, "a level from 0.5 to 0.999, such as 0.95");
    options->plan.policy.confidence_level = level;
    return MB_OK;
}

static mb_status set_noise_threshold(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_fraction("noise-threshold", value, &options->plan.policy.noise_threshold_ratio, error);
}

static mb_status set_drift_allowance(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_fraction("drift-allowance", value, &options->plan.policy.drift_allowance_ratio, error);
}

static mb_status set_jobs(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_count("jobs", value, 1, 256, &options->plan.job_count, error);
}

static mb_status set_timeout(mb_options *options, const char *value, mb_error *error)
{
    options->plan.timeout_given = true;
    return mb_option_time("timeout", value, &options->plan.timeout_ns, error);
}

static mb_status set_memory_limit(mb_options *options, const char *value, mb_error *error)
{
    if (mb_parse_bytes(value, &options->plan.memory_limit_bytes) && options->plan.memory_limit_bytes > 0)
        return MB_OK;
    return mb_option_usage(error, "memory-limit", value, "a size such as 512MiB");
}

static mb_status set_stack_size(mb_options *options, const char *value, mb_error *error)
{
    return mb_parse_bytes(value, &options->stack_bytes)
               ? MB_OK
               : mb_option_usage(error, "stack-size", value, "a size such as 8KiB");
}

static mb_status set_heap_size(mb_options *options, const char *value, mb_error *error)
{
    return mb_parse_bytes(value, &options->heap_bytes)
               ? MB_OK
               : mb_option_usage(error, "heap-size", value, "a size such as 8KiB");
}

static mb_status set_instances(mb_options *options, const char *value, mb_error *error)
{
    return mb_option_count("instances", value, 1, 1000000, &options->instance_count, error);
}

static mb_status set_seed(mb_options *options, const char *value, mb_error *error)
{
    options->plan.seed_given = true;
    return mb_option_unsigned("seed", value, 0, UINT64_MAX, &options->plan.seed, error);
}

/* clang-format off */
static const mb_option_row rows[] = {
    {"Which cases", "filter", 'f', "REGEX", MEASURES | EXEC, set_filter, "cases whose id matches; --filter=-REGEX: all but those; repeatable"},
    {NULL, "exact", 0, "ID", MEASURES | EXEC, set_exact, "the case of exactly that id; repeatable"},
    {NULL, "program", 'p', "FILE", STARTS | SOAK, set_program, "a bench program; repeatable (else those of membench.json,\n$MEMBENCH_PROGRAMS, or the bundled ones)"},
    {NULL, "program", 'p', "NAME", AB, set_program, "in folders, the bench program of that file name; repeatable\n(all of them)"},
    {NULL, "list", 'l', NULL, RUN, set_list, "list the cases instead of running them (--format text, terse, json)"},
    {"Baselines", "save-baseline", 's', "NAME", RUN | MERGE | EXEC, set_save_baseline, "save this run (20 samples a metric) under that name"},
    {NULL, "baseline", 'b', "NAME", RUN | MERGE | EXEC, set_baseline, "compare with that baseline; a case it does not have is an error"},
    {NULL, "baseline", 'b', "NAME", REPORT, set_baseline, "show what changed since that baseline"},
    {NULL, "baseline-lenient", 0, "NAME", RUN | MERGE | EXEC, set_baseline_lenient, "the same; cases it does not have are skipped"},
    {NULL, "load-baseline", 0, "NAME", RUN, set_load_baseline, "measure nothing: take this baseline for the current run"},
    {NULL, "baseline-dir", 0, "DIR", RUN | BASELINE | MERGE | EXEC | REPORT, set_baseline_dir, "where baselines are kept (./baselines)"},
    {"Gate", "threshold", 't', "RATIO", GATE, mb_options_set_threshold, "growth that is allowed (10%), or by metric:\nanon=5%,heap_alloc_count=0; a metric named so gates"},
    {NULL, "metrics", 'm', "LIST", GATE, mb_options_set_metrics, "show and gate just these: anon, steady_anon, heap, ..."},
    {NULL, "metrics", 'm', "LIST", REPORT | WATCH, mb_options_set_metrics, "show just these: anon, steady_anon, heap, ..."},
    {NULL, "noise-threshold", 0, "RATIO", GATE, set_noise_threshold, "improvements up to this are not called so (1%)"},
    {NULL, "confidence-level", 0, "LEVEL", GATE, set_confidence_level, "confidence of the intervals shown (0.95)"},
    {NULL, "drift-allowance", 0, "RATIO", RUN | COMPARE | MERGE | EXEC, set_drift_allowance, "drift between sessions that noisy metrics are granted on top of\nthe threshold (10%)"},
    {NULL, "map", 0, "OLD=NEW", GATE, set_map, "look for OLD in this run's case ids as NEW in the baseline, such as\nwasmtime-48=wasmtime-47; repeatable"},
    {NULL, "strict", 0, NULL, GATE, set_strict, "exit 4 on what is suspect or inconclusive, 1 on cases that are gone"},
    {NULL, "strict", 0, NULL, SOAK, set_strict, "exit 4 on INCONCLUSIVE"},
    {NULL, "ignore-environment", 0, NULL, GATE, set_ignore_environment, "compare in spite of another libc, allocator, page size and so on"},
    {"Measuring", "sample-size", 'n', "N", RUN, set_sample_size, "samples of a case and pass, at most (3; 10 where they vary; 20 for\na baseline; 40 where a noisy metric may have grown)"},
    {NULL, "sample-size", 'n', "N", AB, set_sample_size, "most samples a side that confirm a suspect (40; looks at 10 and 20)"},
    {NULL, "warm-up-iterations", 0, "N", MEASURES, set_warm_up_iterations, "runs between the cold window (first use) and the steady one (2)"},
    {NULL, "warm-up-time", 0, "TIME", MEASURES, set_warm_up_time, "how long to warm up before timing (10ms)"},
    {NULL, "measurement-time", 0, "TIME", MEASURES, set_measurement_time, "how long to time each case, in three processes together (75ms)"},
    {NULL, "passes", 0, "LIST", MEASURES, mb_options_set_passes, "what to measure: pages, heap, time (all)"},
    {NULL, "no-time", 0, NULL, MEASURES, set_no_time, "memory only: no time pass"},
    {NULL, "quick", 0, NULL, RUN | WATCH, set_quick, "two samples, a short time pass: a first look"},
    {NULL, "test", 0, NULL, RUN, set_test, "run each case once to see that it works; no numbers"},
    {NULL, "test", 0, NULL, EXEC, set_test, "run each command once, to see that it works"},
    {NULL, "jobs", 'j', "N", MEASURES, set_jobs, "memory samples taken at the same time (as many as processors)"},
    {NULL, "timeout", 0, "TIME", STARTS | AB, set_timeout, "longest life of one sample (60s, more where a case says\nthat it costs more; 0: no limit)"},
    {NULL, "memory-limit", 0, "SIZE", MEASURES, set_memory_limit, "most data memory a sample may take, such as 512MiB (no limit)"},
    {NULL, "env", 0, "NAME", STARTS | AB | SOAK, set_env, "pass this variable on to the programs; NAME* for several; repeatable"},
    {NULL, "thp", 0, NULL, STARTS | AB | SOAK | EXEC, set_thp, "leave transparent huge pages as the system has them (else off)"},
    {NULL, "seed", 0, "N", MEASURES, set_seed, "seed of the order in which cases run (random, recorded)"},
    {NULL, "resume", 0, NULL, RUN, set_resume, "go on with the run that was interrupted in this folder"},
    {NULL, "allocator", 0, "NAME", MEASURES, set_allocator, "run the programs under jemalloc, mimalloc, tcmalloc, glibc,\nglibc:arena_max=1 or a library's path"},
    {NULL, "allocators", 0, "LIST", RUN, set_allocators, "the cases under each of these, or all, side by side"},
    {"Diagnosis", "tool", 0, "TOOL", DIAGNOSE, set_tool, "memcheck, massif, dhat or heaptrack"},
    {NULL, "load", 0, "COMMAND", DIAGNOSE, set_load, "diagnose a server instead of a case: what is to drive it, for sh"},
    {NULL, "ready", 0, "REGEX", DIAGNOSE, set_ready, "what the server prints when the load may start (it listens, or\nprints something)"},
    {"Runtime", "mode", 0, "MODE", ESTIMATE, set_mode, "fast, classic or aot: how WAMR runs the module (fast)"},
    {NULL, "stack-size", 0, "SIZE", ESTIMATE, set_stack_size, "stack_size of each instance (8KiB)"},
    {NULL, "heap-size", 0, "SIZE", ESTIMATE, set_heap_size, "heap_size of each instance: the app heap (8KiB)"},
    {NULL, "instances", 0, "N", ESTIMATE, set_instances, "how many instances (1)"},
    {"Output", "out", 'o', "FILE", RUN | AB | MERGE | EXEC, set_out, "write the results (JSON) to FILE; - is standard output"},
    {NULL, "format", 0, "FORMAT", SHOWS, set_format, "what the report looks like: a format of those below (text)"},
    {NULL, "color", 0, "WHEN", SHOWS | WATCH | SOAK, set_color, "auto, always or never (auto; NO_COLOR is respected)"},
    {NULL, "verbose", 'v', NULL, SHOWS, set_verbose, "marks, regions, counters, every metric, memory deltas"},
    {NULL, "quiet", 'q', NULL, SHOWS, set_quiet, "only what is wrong"},
    {NULL, "quiet", 'q', NULL, SOAK, set_quiet, "no chart while it runs"},
};
/* clang-format on */
const mb_option_table mb_options_general = {rows, sizeof rows / sizeof rows[0]};
