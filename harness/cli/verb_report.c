#include "cli/verbs.h"
#include "command/complain.h"
#include "command/outcome.h"
#include "features/soak/soak.h"
#include "store/stored_runs.h"

#include "store/baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the operands name. */
typedef struct shown {
    const char *run_paths[MB_OPERANDS_MAX];
    size_t run_count;
    mb_runs *runs; /* NULL: soaks alone */
    mb_soak_series *series;
    mb_soak_result *soaks;
    mb_soak_rule *rules;
    size_t soak_count;
    mb_results_reader *baseline;
} shown;

static void close_all(shown *all)
{
    for (size_t i = 0; i < all->soak_count; i++)
        mb_soak_series_fini(&all->series[i]);
    free(all->series);
    free(all->soaks);
    free(all->rules);
    mb_results_reader_close(all->baseline);
    mb_runs_close(all->runs);
}

static bool is_soak(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcmp(dot, ".ndjson") == 0;
}

/* Reads and judges one, as `membench soak --judge` would. */
static mb_status add_soak(shown *all, const char *path, mb_error *error)
{
    size_t at = all->soak_count++;
    mb_soak_series *series = &all->series[at];
    mb_soak_rule *rule = &all->rules[at];
    mb_status status = mb_soak_read(path, NULL, series, error);
    if (status != MB_OK)
        return status;
    mb_soak_rule_init(rule);
    if (series->about.tolerance_bytes_per_hour > 0)
        rule->tolerance_bytes_per_hour = series->about.tolerance_bytes_per_hour;
    rule->is_repeated = series->about.is_repeated;
    return mb_soak_result_judge(series, MB_SOAK_ANON_BYTES, rule, &all->soaks[at], error);
}

static mb_status open_all(shown *all, const mb_options *options, mb_error *error)
{
    size_t count = options->operand_count;
    all->series = calloc(count + 1, sizeof *all->series);
    all->soaks = calloc(count + 1, sizeof *all->soaks);
    all->rules = calloc(count + 1, sizeof *all->rules);
    if (all->series == NULL || all->soaks == NULL || all->rules == NULL)
        return mb_error_no_memory(error);
    mb_status status = MB_OK;
    for (size_t i = 0; i < count && status == MB_OK; i++) {
        if (is_soak(options->operands[i]))
            status = add_soak(all, options->operands[i], error);
        else
            all->run_paths[all->run_count++] = options->operands[i];
    }
    if (count == 0)
        all->run_paths[all->run_count++] = MB_LAST_RUN;
    if (status == MB_OK && all->soak_count > 0 && (options->format == NULL || strcmp(options->format, "html") != 0))
        status = mb_error_set(error, MB_ERROR_USAGE,
                              "to show a soak's record, use --format html, or membench soak --judge %s",
                              options->operand_count == 1 ? options->operands[0] : "FILE");
    if (status == MB_OK && all->run_count > 0)
        status = mb_runs_open(all->run_paths, all->run_count, &all->runs, error);
    if (status != MB_OK || options->plan.baseline == NULL)
        return status;
    if (all->runs == NULL || mb_runs_are_renamed(all->runs))
        return mb_error_set(error, MB_ERROR_USAGE, "--baseline: %s",
                            all->runs == NULL ? "a soak has no baseline"
                                              : "the runs have cases in common: compare one run at a time");
    return mb_baseline_open(mb_options_baseline_folder(options), options->plan.baseline, "membench", &all->baseline,
                            error);
}

/* Showing a run is not a verdict on it: the gate's code is dropped. */
static mb_status show(const shown *all, const mb_options *options, mb_error *error)
{
    char name[256];
    mb_exit code;
    mb_run_info info = {.complete = true};
    mb_case_source source = mb_case_source_of_array(&info, NULL, 0), was;
    if (all->runs != NULL) {
        source = mb_runs_source(all->runs);
    } else {
        const mb_soak_about *about = &all->series[0].about;
        info.membench_version = about->version;
        info.date = about->date;
        info.host_name = about->host_name;
        info.kernel = about->kernel;
    }
    mb_gate_input input = {.current = &source,
                           .is_stored = true,
                           .report_path = options->out,
                           .options = options,
                           .soaks = all->soaks,
                           .soak_count = all->soak_count};
    if (all->run_count > 0)
        input.run_name = mb_run_name(all->run_paths[0], name, sizeof name);
    if (all->baseline != NULL) {
        was = mb_results_reader_source(all->baseline);
        input.baseline = &was;
        input.baseline_name = options->plan.baseline;
    }
    return mb_gate_report(&input, stdout, &code, error);
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_arena arena = {0};
    mb_options effective = *options;
    shown all = {0};
    mb_status status = open_all(&all, options, &error);
    if (status == MB_OK && options->plan.baseline != NULL)
        status = mb_plan_apply_project(&effective.plan, &arena, &error);
    if (status == MB_OK)
        status = show(&all, &effective, &error);
    int code = status == MB_OK ? MB_EXIT_OK : mb_complain(&error);
    close_all(&all);
    mb_arena_fini(&arena);
    return mb_finish_output((mb_exit)code);
}

/* clang-format off */
const mb_verb mb_verb_report = {
    .name = "report",
    .mask = MB_VERB_REPORT,
    .synopsis = "[OPTIONS] [FILE...]",
    .summary = "show stored runs: any results files or baselines, from any machine",
    .description =
        "Shows stored runs; without FILE, the last run of this folder (.membench/last.json). Several runs make\n"
        "one report; runs with cases in common, such as under several allocators, are shown side by side. Showing\n"
        "judges nothing: the exit code is 0 whatever --baseline finds.",
    .examples =
        "  membench report --verbose\n"
        "  membench report --format html -o report.html --baseline main\n"
        "  membench report --format html -o report.html glibc.json jemalloc.json\n"
        "  membench report --format svg --plot memory_job_creation -o sweep.svg\n"
        "  membench report --format csv results.json > results.csv\n",
    .run = run,
};
/* clang-format on */
