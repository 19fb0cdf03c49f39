/* `membench merge`: the files of a plan's shards put together, and everything that a single run would have ended with.
 */
#include "cli/verbs.h"
#include "command/complain.h"
#include "command/outcome.h"
#include "command/reading.h"
#include "command/save_run.h"

#include "store/baseline.h"
#include "store/results_writer.h"
#include "store/shards.h"

#include <stdio.h>
#include <string.h>

/* The plan's own filters: a case of the baseline that they leave out is not gone. */
static mb_status take_filters(const mb_options *options, const mb_shard_info *plan, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t i = 0; i < plan->filter_count && status == MB_OK; i++)
        status = mb_filter_add_option(options->plan.filter, plan->filters[i], error);
    return status;
}

static mb_status write_files(const mb_options *options, const mb_case_source *source, mb_error *error)
{
    mb_reading reading;
    mb_reading_init(&reading, source, 1, options);
    mb_reading_begin(&reading, "combining");
    mb_status status = options->out != NULL ? mb_results_write(options->out, &reading.source, error) : MB_OK;
    mb_reading_pause(&reading);
    if (status == MB_OK && options->plan.save_baseline != NULL)
        status = mb_stored_save_baseline(source, options, error);
    return status;
}

/* Files first, then the report, as after a run. */
static mb_status conclude(const mb_options *options, const mb_case_source *source, const mb_case_source *baseline,
                          mb_exit *code, mb_error *error)
{
    mb_status status = write_files(options, source, error);
    if (status != MB_OK)
        return status;
    mb_gate_input input = {
        .current = source,
        .baseline = baseline,
        .baseline_name = options->plan.baseline,
        .saved_name = options->plan.save_baseline,
        .run_name = options->plan.save_baseline,
        .options = options,
    };
    bool is_out_taken = options->out != NULL && strcmp(options->out, "-") == 0;
    return mb_gate_report(&input, is_out_taken ? stderr : stdout, code, error);
}

static mb_status merge(const mb_options *options, mb_exit *code, mb_error *error)
{
    mb_results_reader *baseline = NULL;
    mb_case_source baseline_source;
    mb_shards *shards = NULL;
    mb_status status =
        options->plan.save_baseline != NULL ? mb_baseline_check_name(options->plan.save_baseline, error) : MB_OK;
    if (status == MB_OK && options->plan.baseline != NULL) {
        status =
            mb_baseline_open(mb_options_baseline_folder(options), options->plan.baseline, "membench", &baseline, error);
        if (status == MB_OK)
            baseline_source = mb_results_reader_source(baseline);
    }
    if (status == MB_OK)
        status = mb_shards_open(options->operands, options->operand_count, &shards, error);
    if (status == MB_OK)
        status = take_filters(options, mb_shards_plan(shards), error);
    if (status == MB_OK) {
        mb_case_source source = mb_shards_source(shards);
        status = conclude(options, &source, baseline != NULL ? &baseline_source : NULL, code, error);
    }
    mb_shards_close(shards);
    mb_results_reader_close(baseline);
    return status;
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_arena arena = {0};
    mb_options effective = *options;
    mb_exit code = MB_EXIT_OK;
    mb_status status = MB_OK;
    if (options->operand_count == 0)
        status = mb_error_set(&error, MB_ERROR_USAGE, "merge takes the files of all shards of a run (--shard, --out)");
    if (status == MB_OK)
        status = mb_plan_apply_project(&effective.plan, &arena, &error);
    if (status == MB_OK)
        status = merge(&effective, &code, &error);
    if (status != MB_OK)
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    mb_arena_fini(&arena);
    return mb_finish_output(code);
}

/* clang-format off */
const mb_verb mb_verb_merge = {
    .name = "merge",
    .mask = MB_VERB_MERGE,
    .synopsis = "[OPTIONS] SHARD.json...",
    .summary = "combine the shards of a run, then save, compare and judge it",
    .description =
        "Combines the files of all shards of one run (membench --shard I/N --out FILE), in any order, and ends as\n"
        "that run would have ended: with results, a baseline, a report and a verdict. Refuses shards that do not\n"
        "belong together: a different build of a program, a different membench, a duplicate or missing shard.\n"
        "Exit codes: see membench run.",
    .examples =
        "  membench --shard 1/2 --out shard-1.json --baseline main    in one job\n"
        "  membench --shard 2/2 --out shard-2.json --baseline main    in another\n"
        "  membench merge shard-*.json --baseline main            and when both have finished\n"
        "  membench merge shard-*.json -o results.json --save-baseline main\n",
    .run = run,
};
/* clang-format on */
