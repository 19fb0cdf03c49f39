#include "cli/options.h"
#include "results/baseline.h"
#include "support/units.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RUN = MB_VERB_RUN,
    COMPARE = MB_VERB_COMPARE,
    BASELINE = MB_VERB_BASELINE,
    DOCTOR = MB_VERB_DOCTOR,
    REPORT = MB_VERB_REPORT,
    DIAGNOSE = MB_VERB_DIAGNOSE,
    ESTIMATE = MB_VERB_ESTIMATE,
    STARTS = RUN | DIAGNOSE,
    GATE = RUN | COMPARE,
    SHOWS = RUN | COMPARE | REPORT,
    ALL = RUN | COMPARE | BASELINE | DOCTOR | REPORT,
};

/* Sets what one option says; value is NULL for a flag. */
typedef mb_status option_setter(mb_options *options, const char *value, mb_error *error);

typedef struct option_row {
    const char *section; /* heading printed above it, or NULL */
    const char *name;
    char letter;       /* or 0 */
    const char *value; /* what it takes, or NULL */
    unsigned verbs;
    option_setter *set;
    const char *help;
} option_row;

static mb_status usage(mb_error *error, const char *option, const char *value, const char *wanted)
{
    return mb_error_set(error, MB_ERROR_USAGE, "--%s: \"%s\" is not %s", option, value, wanted);
}

static mb_status parse_unsigned(const char *option, const char *value, uint64_t least, uint64_t most, uint64_t *result,
                                mb_error *error)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end != '\0' || errno != 0 || number < least || number > most) {
        char wanted[96];
        snprintf(wanted, sizeof wanted, "a whole number from %llu to %llu", (unsigned long long)least,
                 (unsigned long long)most);
        return usage(error, option, value, wanted);
    }
    *result = number;
    return MB_OK;
}

static mb_status parse_count(const char *option, const char *value, size_t least, size_t most, size_t *result,
                             mb_error *error)
{
    uint64_t number;
    mb_status status = parse_unsigned(option, value, least, most, &number, error);
    if (status == MB_OK)
        *result = (size_t)number;
    return status;
}

static mb_status parse_time(const char *option, const char *value, uint64_t *result, mb_error *error)
{
    if (mb_parse_duration_ns(value, result))
        return MB_OK;
    return usage(error, option, value, "a time such as 2, 2s or 500ms");
}

static mb_status parse_fraction(const char *option, const char *value, double *result, mb_error *error)
{
    if (mb_parse_ratio(value, result))
        return MB_OK;
    return usage(error, option, value, "a ratio such as 10% or 0.1");
}

#define FLAG(field)                                                                                                    \
    static mb_status set_##field(mb_options *options, const char *value, mb_error *error)                              \
    {                                                                                                                  \
        (void)value;                                                                                                   \
        (void)error;                                                                                                   \
        options->field = true;                                                                                         \
        return MB_OK;                                                                                                  \
    }
FLAG(list)
FLAG(test)
FLAG(quick)
FLAG(verbose)
FLAG(quiet)
FLAG(strict)
FLAG(resume)
FLAG(ignore_environment)
FLAG(thp)
FLAG(no_time)

#define TEXT(field)                                                                                                    \
    static mb_status set_##field(mb_options *options, const char *value, mb_error *error)                              \
    {                                                                                                                  \
        (void)error;                                                                                                   \
        options->field = value;                                                                                        \
        return MB_OK;                                                                                                  \
    }
TEXT(save_baseline)
TEXT(load_baseline)
TEXT(baseline_dir)
TEXT(out)
TEXT(format)
TEXT(allocator)
TEXT(allocators)
TEXT(tool)
TEXT(load)
TEXT(ready)
TEXT(mode)

static mb_status set_program(mb_options *options, const char *value, mb_error *error)
{
    if (options->program_count == MB_PROGRAMS_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--program: more than %d programs", MB_PROGRAMS_MAX);
    options->programs[options->program_count++] = value;
    options->named_program_count++;
    return MB_OK;
}

static mb_status set_env(mb_options *options, const char *value, mb_error *error)
{
    if (*value == '\0' || strchr(value, '=') != NULL)
        return usage(error, "env", value, "the name of a variable");
    if (options->variable_count == MB_VARIABLES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "--env: more than %d variables", MB_VARIABLES_MAX);
    options->variables[options->variable_count++] = value;
    return MB_OK;
}

static mb_status set_filter(mb_options *options, const char *value, mb_error *error)
{
    return mb_filter_add(options->filter, value, error);
}

static mb_status set_exact(mb_options *options, const char *value, mb_error *error)
{
    return mb_filter_add_exact(options->filter, value, error);
}

static mb_status set_baseline(mb_options *options, const char *value, mb_error *error)
{
    if (options->baseline != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--baseline: more than one baseline to compare with");
    options->baseline = value;
    return MB_OK;
}

static mb_status set_baseline_lenient(mb_options *options, const char *value, mb_error *error)
{
    options->lenient = true;
    return set_baseline(options, value, error);
}

static mb_status set_map(mb_options *options, const char *value, mb_error *error)
{
    return mb_map_add(&options->map, value, error);
}

static mb_status set_color(mb_options *options, const char *value, mb_error *error)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (int i = 0; i < 3; i++)
        if (strcmp(names[i], value) == 0) {
            options->color = (mb_when)i;
            return MB_OK;
        }
    return usage(error, "color", value, "auto, always or never");
}

static mb_status set_sample_size(mb_options *options, const char *value, mb_error *error)
{
    return parse_count("sample-size", value, 1, 1000, &options->sample_size, error);
}

static mb_status set_warm_up_time(mb_options *options, const char *value, mb_error *error)
{
    return parse_time("warm-up-time", value, &options->warm_up_time_ns, error);
}

static mb_status set_warm_up_iterations(mb_options *options, const char *value, mb_error *error)
{
    size_t count;
    mb_status status = parse_count("warm-up-iterations", value, 0, 1000000, &count, error);
    if (status == MB_OK)
        options->warm_up_iterations = (int)count;
    return status;
}

static mb_status set_measurement_time(mb_options *options, const char *value, mb_error *error)
{
    return parse_time("measurement-time", value, &options->measurement_time_ns, error);
}

static mb_status set_confidence_level(mb_options *options, const char *value, mb_error *error)
{
    double level;
    if (!mb_parse_ratio(value, &level) || level < 0.5 || level > 0.999)
        return usage(error, "confidence-level", value, "a level from 0.5 to 0.999, such as 0.95");
    options->policy.confidence_level = level;
    return MB_OK;
}

static mb_status set_noise_threshold(mb_options *options, const char *value, mb_error *error)
{
    return parse_fraction("noise-threshold", value, &options->policy.noise_threshold_ratio, error);
}

static mb_status set_drift_allowance(mb_options *options, const char *value, mb_error *error)
{
    return parse_fraction("drift-allowance", value, &options->policy.drift_allowance_ratio, error);
}

static mb_status set_jobs(mb_options *options, const char *value, mb_error *error)
{
    return parse_count("jobs", value, 1, 256, &options->job_count, error);
}

static mb_status set_timeout(mb_options *options, const char *value, mb_error *error)
{
    options->timeout_given = true;
    return parse_time("timeout", value, &options->timeout_ns, error);
}

static mb_status set_memory_limit(mb_options *options, const char *value, mb_error *error)
{
    if (mb_parse_bytes(value, &options->memory_limit_bytes) && options->memory_limit_bytes > 0)
        return MB_OK;
    return usage(error, "memory-limit", value, "a size such as 512MiB");
}

static mb_status set_stack_size(mb_options *options, const char *value, mb_error *error)
{
    return mb_parse_bytes(value, &options->stack_bytes) ? MB_OK
                                                        : usage(error, "stack-size", value, "a size such as 8KiB");
}

static mb_status set_heap_size(mb_options *options, const char *value, mb_error *error)
{
    return mb_parse_bytes(value, &options->heap_bytes) ? MB_OK
                                                       : usage(error, "heap-size", value, "a size such as 8KiB");
}

static mb_status set_instances(mb_options *options, const char *value, mb_error *error)
{
    return parse_count("instances", value, 1, 1000000, &options->instance_count, error);
}

static mb_status set_seed(mb_options *options, const char *value, mb_error *error)
{
    options->seed_given = true;
    return parse_unsigned("seed", value, 0, UINT64_MAX, &options->seed, error);
}

/* clang-format off */
static const option_row rows[] = {
    {"Which cases", "filter", 'f', "REGEX", RUN, set_filter, "cases whose id matches; --filter=-REGEX: all but those; repeatable"},
    {NULL, "exact", 0, "ID", RUN, set_exact, "the case of exactly that id; repeatable"},
    {NULL, "program", 'p', "FILE", STARTS, set_program, "a bench program; repeatable (else those of membench.json,\n$MEMBENCH_PROGRAMS, or the bundled ones)"},
    {NULL, "list", 'l', NULL, RUN, set_list, "list the cases instead of running them (--format text, terse, json)"},
    {"Baselines", "save-baseline", 's', "NAME", RUN, set_save_baseline, "save this run (20 samples a metric) under that name"},
    {NULL, "baseline", 'b', "NAME", RUN, set_baseline, "compare with that baseline; a case it does not have is an error"},
    {NULL, "baseline-lenient", 0, "NAME", RUN, set_baseline_lenient, "the same; cases it does not have are skipped"},
    {NULL, "load-baseline", 0, "NAME", RUN, set_load_baseline, "measure nothing: take this baseline for the current run"},
    {NULL, "baseline-dir", 0, "DIR", RUN | BASELINE, set_baseline_dir, "where baselines are kept (./baselines)"},
    {"Gate", "threshold", 't', "RATIO", GATE, mb_options_set_threshold, "growth that is allowed (10%), or by metric:\nanon=5%,heap_alloc_count=0; a metric named so gates"},
    {NULL, "metrics", 'm', "LIST", SHOWS, mb_options_set_metrics, "show and gate just these: anon, steady_anon, heap, ..."},
    {NULL, "noise-threshold", 0, "RATIO", GATE, set_noise_threshold, "improvements up to this are not called so (1%)"},
    {NULL, "confidence-level", 0, "LEVEL", GATE, set_confidence_level, "confidence of the intervals shown (0.95)"},
    {NULL, "drift-allowance", 0, "RATIO", GATE, set_drift_allowance, "drift between sessions that noisy metrics are granted on top of\nthe threshold (10%)"},
    {NULL, "map", 0, "OLD=NEW", GATE, set_map, "look for OLD in this run's case ids as NEW in the baseline, such as\nwasmtime-48=wasmtime-47; repeatable"},
    {NULL, "strict", 0, NULL, GATE, set_strict, "exit 4 on what is suspect or inconclusive, 1 on cases that are gone"},
    {NULL, "ignore-environment", 0, NULL, GATE, set_ignore_environment, "compare in spite of another libc, allocator, page size and so on"},
    {"Measuring", "sample-size", 'n', "N", RUN, set_sample_size, "samples of a case and pass, at most (3; 10 where they vary; 20 for\na baseline; 40 where a noisy metric may have grown)"},
    {NULL, "warm-up-iterations", 0, "N", RUN, set_warm_up_iterations, "runs between the cold window (first use) and the steady one (2)"},
    {NULL, "warm-up-time", 0, "TIME", RUN, set_warm_up_time, "how long to warm up before timing (10ms)"},
    {NULL, "measurement-time", 0, "TIME", RUN, set_measurement_time, "how long to time each case, in three processes together (75ms)"},
    {NULL, "passes", 0, "LIST", RUN, mb_options_set_passes, "what to measure: pages, heap, time (all)"},
    {NULL, "no-time", 0, NULL, RUN, set_no_time, "memory only: no time pass"},
    {NULL, "quick", 0, NULL, RUN, set_quick, "two samples, a short time pass: a first look"},
    {NULL, "test", 0, NULL, RUN, set_test, "run each case once to see that it works; no numbers"},
    {NULL, "jobs", 'j', "N", RUN, set_jobs, "memory samples taken at the same time (as many as processors)"},
    {NULL, "timeout", 0, "TIME", STARTS, set_timeout, "longest life of one sample (60s; 0: no limit)"},
    {NULL, "memory-limit", 0, "SIZE", RUN, set_memory_limit, "most data memory a sample may take, such as 512MiB (no limit)"},
    {NULL, "env", 0, "NAME", STARTS, set_env, "pass this variable on to the programs; NAME* for several; repeatable"},
    {NULL, "thp", 0, NULL, STARTS, set_thp, "leave transparent huge pages as the system has them (else off)"},
    {NULL, "seed", 0, "N", RUN, set_seed, "seed of the order in which cases run (random, recorded)"},
    {NULL, "resume", 0, NULL, RUN, set_resume, "go on with the run that was interrupted in this folder"},
    {NULL, "allocator", 0, "NAME", RUN, set_allocator, "run the programs under jemalloc, mimalloc, tcmalloc, glibc,\nglibc:arena_max=1 or a library's path"},
    {NULL, "allocators", 0, "LIST", RUN, set_allocators, "the cases under each of these, or all, side by side"},
    {"Diagnosis", "tool", 0, "TOOL", DIAGNOSE, set_tool, "memcheck, massif, dhat or heaptrack"},
    {NULL, "load", 0, "COMMAND", DIAGNOSE, set_load, "diagnose a server instead of a case: what is to drive it, for sh"},
    {NULL, "ready", 0, "REGEX", DIAGNOSE, set_ready, "what the server prints when the load may start (it listens, or\nprints something)"},
    {"Runtime", "mode", 0, "MODE", ESTIMATE, set_mode, "fast, classic or aot: how WAMR runs the module (fast)"},
    {NULL, "stack-size", 0, "SIZE", ESTIMATE, set_stack_size, "stack_size of each instance (8KiB)"},
    {NULL, "heap-size", 0, "SIZE", ESTIMATE, set_heap_size, "heap_size of each instance: the app heap (8KiB)"},
    {NULL, "instances", 0, "N", ESTIMATE, set_instances, "how many instances (1)"},
    {"Output", "out", 'o', "FILE", RUN, set_out, "write the results (JSON) to FILE; - is standard output"},
    {NULL, "format", 0, "FORMAT", SHOWS, set_format, "text, side, markdown, csv or json (text)"},
    {NULL, "color", 0, "WHEN", SHOWS | DOCTOR, set_color, "auto, always or never (auto; NO_COLOR is respected)"},
    {NULL, "verbose", 'v', NULL, SHOWS, set_verbose, "marks, regions, counters, every metric, memory deltas"},
    {NULL, "quiet", 'q', NULL, SHOWS, set_quiet, "only what is wrong"},
};
/* clang-format on */
enum { ROW_COUNT = sizeof rows / sizeof rows[0], LONG_BASE = 256 };

mb_status mb_options_init(mb_options *options, mb_error *error)
{
    *options = (mb_options){
        .warm_up_time_ns = 10000000,
        .measurement_time_ns = 75000000,
        .warm_up_iterations = 2,
        .timeout_ns = 60000000000u,
        .stack_bytes = 8192,
        .heap_bytes = 8192,
        .instance_count = 1,
        .filter = mb_filter_new(),
    };
    memset(options->passes, true, sizeof options->passes);
    memset(options->metrics, true, sizeof options->metrics);
    mb_gate_policy_init(&options->policy);
    if (options->filter == NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory");
    return MB_OK;
}

void mb_options_fini(mb_options *options)
{
    mb_filter_free(options->filter);
    options->filter = NULL;
}

/* Fills getopt's tables with the options of a verb; val of a long option is LONG_BASE + its row. */
static void make_getopt_tables(unsigned verb, struct option *long_options, char *letters)
{
    *letters++ = ':';
    for (int i = 0; i < ROW_COUNT; i++) {
        if (!(rows[i].verbs & verb))
            continue;
        *long_options++ = (struct option){.name = rows[i].name,
                                          .has_arg = rows[i].value != NULL ? required_argument : no_argument,
                                          .val = LONG_BASE + i};
        if (rows[i].letter != 0) {
            *letters++ = rows[i].letter;
            if (rows[i].value != NULL)
                *letters++ = ':';
        }
    }
    *long_options++ = (struct option){.name = "help", .val = 'h'};
    *long_options++ = (struct option){.name = "version", .val = 'V'};
    *long_options = (struct option){0};
    memcpy(letters, "hV", 3);
}

static const option_row *find_row(int code, unsigned verb)
{
    if (code >= LONG_BASE)
        return &rows[code - LONG_BASE];
    for (int i = 0; i < ROW_COUNT; i++)
        if (rows[i].letter == code && (rows[i].verbs & verb))
            return &rows[i];
    return NULL;
}

static mb_status bad_option(int code, const mb_verb *verb, char **argv, mb_error *error)
{
    const char *hint = verb->mask == MB_VERB_RUN ? "" : verb->name;
    const char *space = *hint != '\0' ? " " : "";
    const char *word = argv[optind - 1];
    if (code == ':')
        return mb_error_set(error, MB_ERROR_USAGE, "%s needs a value; see membench%s%s --help", word, space, hint);
    char letter[3] = {'-', (char)optopt, '\0'};
    if (optopt > 0 && optopt < LONG_BASE && isprint(optopt))
        word = letter;
    return mb_error_set(error, MB_ERROR_USAGE, "no option %s, or not one that stands alone; see membench%s%s --help",
                        word, space, hint);
}

const char *mb_options_baseline_folder(const mb_options *options)
{
    return options->baseline_dir != NULL ? options->baseline_dir : MB_BASELINE_FOLDER;
}

bool mb_options_can_gate(mb_metric metric)
{
    return mb_metric_info(metric)->pass != MB_PASS_TIME && mb_metric_quantity(metric) != MB_PEAK_RSS_BOUND_BYTES;
}

/* What follows from several options together. */
static void finish(mb_options *options)
{
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (options->metrics_chosen) /* to name a metric is to ask that it gates */
            options->policy.gates[m] = options->metrics[m] && mb_options_can_gate(m);
    }
    if (options->sample_size > 0)
        options->policy.sample_limit = options->sample_size;
    options->policy.ignore_environment = options->ignore_environment;
    options->policy.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
}

mb_status mb_options_parse(mb_options *options, const mb_verb *verb, int argc, char **argv, mb_parsed *parsed,
                           mb_error *error)
{
    struct option long_options[ROW_COUNT + 3];
    char letters[2 * ROW_COUNT + 4];
    make_getopt_tables(verb->mask, long_options, letters);
    *parsed = MB_PARSED_RUN;
    opterr = 0;
    optind = 0; /* glibc: start anew */
    for (;;) {
        int code = getopt_long(argc, argv, letters, long_options, NULL);
        if (code == -1)
            break;
        if (code == 'h' || code == 'V') {
            *parsed = code == 'h' ? MB_PARSED_HELP : MB_PARSED_VERSION;
            return MB_OK;
        }
        const option_row *row = code == '?' || code == ':' ? NULL : find_row(code, verb->mask);
        if (row == NULL)
            return bad_option(code, verb, argv, error);
        mb_status status = row->set(options, optarg, error);
        if (status != MB_OK)
            return status;
    }
    for (; optind < argc; optind++) {
        if (options->operand_count == MB_OPERANDS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "more than %d operands", MB_OPERANDS_MAX);
        options->operands[options->operand_count++] = argv[optind];
    }
    finish(options);
    return MB_OK;
}

static void print_option(FILE *out, const option_row *row)
{
    char left[64];
    int width = snprintf(left, sizeof left, "  %c%c%s --%s%s%s", row->letter != 0 ? '-' : ' ',
                         row->letter != 0 ? row->letter : ' ', row->letter != 0 ? "," : " ", row->name,
                         row->value != NULL ? " " : "", row->value != NULL ? row->value : "");
    fprintf(out, "%s%*s", left, width < 31 ? 31 - width : 1, "");
    for (const char *c = row->help; *c != '\0'; c++)
        if (*c == '\n')
            fprintf(out, "\n%31s", "");
        else
            fputc(*c, out);
    fputc('\n', out);
}

void mb_options_print_help(FILE *out, const mb_verb *verb)
{
    bool is_default = verb->mask == MB_VERB_RUN;
    fprintf(out, "membench%s%s %s\n\n%s\n", is_default ? "" : " ", is_default ? "" : verb->name, verb->synopsis,
            verb->description);
    const char *section = NULL;
    const char *printed = NULL;
    for (int i = 0; i < ROW_COUNT; i++) {
        if (rows[i].section != NULL)
            section = rows[i].section;
        if (!(rows[i].verbs & verb->mask))
            continue;
        if (section != printed)
            fprintf(out, "\n%s:\n", section);
        printed = section;
        print_option(out, &rows[i]);
    }
    fprintf(out,
            "\n  -h, --help                   this text\n  -V, --version                version and what it was "
            "built with\n\nExamples:\n%s",
            verb->examples);
}
