#include "cli/gate.h"
#include "cli/runs.h"
#include "cli/verbs.h"

#include "results/baseline.h"

#include <stdio.h>
#include <string.h>

static const char last_run[] = ".membench/last.json";

static mb_status check(const mb_options *options, const mb_runs *runs, mb_error *error)
{
    if (options->baseline != NULL && mb_runs_are_renamed(runs))
        return mb_error_set(error, MB_ERROR_USAGE,
                            "--baseline: the runs have cases in common; hold one of them against a baseline at a time");
    return MB_OK;
}

/* The name of a file without folder and ending, for formats that keep several runs. */
static const char *run_name(const char *path, char *name, size_t size)
{
    const char *slash = strrchr(path, '/');
    snprintf(name, size, "%s", slash != NULL ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    return name;
}

static mb_status show(const mb_options *options, mb_runs *runs, mb_results_reader *baseline, const char *path,
                      mb_error *error)
{
    char name[256];
    mb_exit code;
    mb_case_source source = mb_runs_source(runs), was;
    mb_gate_input input = {.current = &source,
                           .run_name = run_name(path, name, sizeof name),
                           .report_path = options->out,
                           .options = options};
    if (baseline != NULL) {
        was = mb_results_reader_source(baseline);
        input.baseline = &was;
        input.baseline_name = options->baseline;
    }
    return mb_gate_report(&input, stdout, &code, error); /* showing a run is no verdict on it: the code is dropped */
}

int mb_verb_report(const mb_options *options)
{
    const char *const last[] = {last_run};
    mb_error error;
    mb_arena arena = {0};
    mb_options effective = *options;
    mb_runs *runs = NULL;
    mb_results_reader *baseline = NULL;
    const char *const *paths = options->operand_count > 0 ? options->operands : last;
    size_t count = options->operand_count > 0 ? options->operand_count : 1;
    mb_status status = mb_runs_open(paths, count, &runs, &error);
    if (status == MB_OK)
        status = check(options, runs, &error);
    if (status == MB_OK && options->baseline != NULL)
        status = mb_options_apply_project(&effective, &arena, &error);
    if (status == MB_OK && options->baseline != NULL)
        status = mb_baseline_open(mb_options_baseline_folder(options), options->baseline, &baseline, &error);
    if (status == MB_OK)
        status = show(&effective, runs, baseline, paths[0], &error);
    int code = status == MB_OK ? MB_EXIT_OK : mb_complain(&error);
    mb_results_reader_close(baseline);
    mb_runs_close(runs);
    mb_arena_fini(&arena);
    return mb_finish_output((mb_exit)code);
}
