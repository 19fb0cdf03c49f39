#include "base/output_file.h"
#include "command/options_table.h"

#include "base/terminal.h"
#include "cli/verbs.h"
#include "command/complain.h"
#include "command/outcome.h"
#include "command/save_run.h"
#include "features/allocators/allocators_compare.h"
#include "session/allocators.h"
#include "session/pins.h"
#include "session/policy.h"
#include "session/session.h"
#include "session/shard_cases.h"
#include "session/wheres.h"

#include "judge/decide.h"
#include "report/advice.h"
#include "report/case_list.h"
#include "report/delta.h"
#include "store/baseline.h"
#include "store/results_writer.h"
#include "store/stored_runs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXPLAIN_BYTES = 1024, LIST_COLUMNS_MAX = 1000 }; /* no terminal to fit: nothing is cut */

static mb_status list_cases(const mb_session *session, const mb_options *options, mb_error *error)
{
    const char *name = options->format != NULL ? options->format : "text";
    mb_list_format format;
    bool is_known = mb_list_format_find(name, &format);
    MB_ASSERT(is_known); /* main has looked */
    mb_list_case *cases = calloc(session->case_count, sizeof *cases);
    if (cases == NULL)
        return mb_error_no_memory(error);
    for (size_t c = 0; c < session->case_count; c++)
        cases[c] = (mb_list_case){
            .result = &session->results[c],
            .summary = session->cases[c].summary,
            .program_path = session->programs[session->results[c].program].path,
            .needs_bytes = session->cases[c].needs_bytes,
        };
    int width = mb_terminal_width(stdout);
    mb_status status = mb_list_write(stdout, format, cases, session->case_count, width > 0 ? width : LIST_COLUMNS_MAX,
                                     mb_terminal_is_unicode(), error);
    free(cases);
    return status;
}

/* --test: one line a case, as test runners have it. */
static mb_exit report_test(const mb_session *session, const mb_options *options)
{
    mb_exit code = MB_EXIT_OK;
    size_t counts[MB_OUTCOME_COUNT] = {0};
    for (size_t c = 0; c < session->case_count; c++) {
        const mb_case_result *result = &session->results[c];
        counts[result->outcome]++;
        if (result->outcome != MB_OUTCOME_OK || !options->plan.is_quiet)
            printf("%s ... %s%s%s\n", result->id, mb_outcome_name(result->outcome), result->message != NULL ? ": " : "",
                   result->message != NULL ? result->message : "");
        if (result->outcome != MB_OUTCOME_OK && result->outcome != MB_OUTCOME_SKIPPED)
            code = mb_decide_exit(MB_FINDING_LOST, &(mb_decision_policy){0});
    }
    size_t passed = counts[MB_OUTCOME_OK], skipped = counts[MB_OUTCOME_SKIPPED];
    printf("%zu passed, %zu failed, %zu skipped\n", passed, session->case_count - passed - skipped, skipped);
    return code;
}

static void print_deltas(const mb_session *session)
{
    char line[MB_DELTA_LINE_BYTES_MAX];
    for (size_t c = 0; c < session->case_count; c++)
        if (mb_delta_format(&session->results[c], line))
            fprintf(stderr, "%s\n", line);
}

/* One more sample for call sites: of all cases for a baseline, else of what regressed, if the baseline has some. A
 * shard is judged by merge, which needs them: of a part of the cases no less is REGRESSED than of all. */
static mb_status keep_sites(mb_session *session, const mb_options *options, const mb_case_source *baseline,
                            mb_verdicts *verdicts, mb_error *error)
{
    mb_case_source source = mb_case_source_of_array(&session->run, session->results, session->case_count);
    bool is_judged = baseline != NULL;
    mb_status status =
        is_judged ? mb_verdicts_compare(verdicts, &source, baseline, &options->plan, NULL, error) : MB_OK;
    if (status != MB_OK || options->no_where || session->signal_number != 0)
        return status;
    if (options->plan.save_baseline != NULL && session->run.complete)
        return mb_sites_keep_all(session, error);
    if (!is_judged && !mb_policies_have_budgets(&options->plan))
        return MB_OK;
    return mb_wheres_keep(session, is_judged ? verdicts : NULL, (mb_where_extent)options->where, error);
}

/* The last run was written to its place, so that explain finds it there. */
static const char *format_explain(const mb_options *options, char *text, size_t size)
{
    char folder[EXPLAIN_BYTES / 2] = "", quoted[EXPLAIN_BYTES / 2];
    if (options->plan.baseline_dir != NULL) {
        mb_shell_quote(options->plan.baseline_dir, quoted, sizeof quoted - 16);
        snprintf(folder, sizeof folder, " --baseline-dir %.480s", quoted);
    }
    int length = snprintf(text, size, "membench explain --baseline %s%s%s", options->plan.baseline, folder,
                          options->call.judging);
    return length < (int)size && !options->call.is_cut ? text : NULL;
}

/* Everything after measuring: files first, so that they are there whatever happens to the terminal. */
static mb_status conclude(mb_session *session, const mb_options *options, const mb_case_source *baseline, mb_exit *code,
                          mb_error *error)
{
    mb_case_source source = mb_case_source_of_array(&session->run, session->results, session->case_count);
    mb_verdicts verdicts = {0};
    mb_error ignored;
    mb_status status = keep_sites(session, options, baseline, &verdicts, error);
    if (status != MB_OK) {
        mb_verdicts_fini(&verdicts);
        return status;
    }
    if (mb_results_write_last(&source, &ignored) != MB_OK && options->verbose)
        fprintf(stderr, "membench: %s: `membench report` will not find this run\n", ignored.message);
    if (options->out != NULL)
        status = mb_results_write(options->out, &source, error);
    bool is_shard = session->run.shard.count > 0; /* it is merge that saves and judges */
    bool is_saving = options->plan.save_baseline != NULL && !is_shard;
    if (status == MB_OK && is_saving)
        status = mb_stored_save_baseline(&source, options, error);
    bool is_saved = status == MB_OK && is_saving;
    if (options->verbose)
        print_deltas(session);
    bool is_out_taken = options->out != NULL && strcmp(options->out, "-") == 0;
    char explain[EXPLAIN_BYTES];
    mb_gate_input input = {
        .current = &source,
        .baseline = is_shard ? NULL : baseline,
        .verdicts = is_shard || baseline == NULL ? NULL : &verdicts,
        .baseline_name = is_shard ? NULL : options->plan.baseline,
        .saved_name = is_saved ? options->plan.save_baseline : NULL,
        .explain = baseline != NULL && !is_shard ? format_explain(options, explain, sizeof explain) : NULL,
        .signal_number = session->signal_number,
        .run_name = options->plan.save_baseline,
        .options = options,
    };
    mb_error report_error;
    mb_status reported = mb_gate_report(&input, is_out_taken ? stderr : stdout, code, &report_error);
    mb_verdicts_fini(&verdicts);
    if (reported != MB_OK && status == MB_OK) {
        *error = report_error;
        return reported;
    }
    return status;
}

static mb_exit measure(mb_session *session, const mb_options *options, const mb_case_source *baseline)
{
    mb_exit code = MB_EXIT_OK;
    mb_error error;
    mb_status status = mb_session_measure(session, baseline, &error);
    if (status == MB_OK && options->plan.test)
        code = report_test(session, options);
    else if (status == MB_OK)
        status = conclude(session, options, baseline, &code, &error);
    if (status != MB_OK)
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    if (session->signal_number != 0) {
        signal(session->signal_number, SIG_IGN); /* a second one must not end us before we have said so */
        fprintf(stderr, "membench: interrupted%s\n",
                session->journal != NULL
                    ? "; the samples so far are kept: run the same command with --resume to continue"
                    : "");
        return (mb_exit)(MB_EXIT_SIGNAL + session->signal_number);
    }
    if (session->journal_path != NULL && session->run.complete)
        unlink(session->journal_path);
    return code;
}

/* Opens a baseline of that name, or says how to save it. */
static mb_status open_baseline(const mb_options *options, const char *name, mb_results_reader **reader, mb_error *error)
{
    char command[MB_CALL_BYTES], saving[2 * MB_CALL_BYTES];
    snprintf(saving, sizeof saving, "%s%s", mb_call_format(&options->call, command, sizeof command),
             options->call.is_cut ? "" : options->call.filters);
    return mb_baseline_open(mb_options_baseline_folder(options), name, saving, reader, error);
}

static mb_exit run_stored(const mb_options *options, const mb_case_source *baseline)
{
    mb_results_reader *current;
    mb_error error;
    mb_exit code;
    if (open_baseline(options, options->load_baseline, &current, &error) != MB_OK)
        return (mb_exit)mb_complain(&error);
    mb_case_source source = mb_results_reader_source(current);
    mb_gate_input input = {.current = &source,
                           .baseline = baseline,
                           .baseline_name = options->plan.baseline,
                           .is_stored = true,
                           .options = options};
    if (mb_gate_report(&input, stdout, &code, &error) != MB_OK)
        code = (mb_exit)mb_complain(&error);
    mb_results_reader_close(current);
    return code;
}

static mb_status check_options(const mb_options *options, mb_error *error)
{
    if (options->plan.save_baseline != NULL) {
        mb_status status = mb_baseline_check_name(options->plan.save_baseline, error);
        if (status != MB_OK)
            return status;
    }
    if (options->plan.shard_count > 0 && options->out == NULL && !options->list && !options->plan.test)
        return mb_error_set(error, MB_ERROR_USAGE, "--shard needs --out FILE: membench merge reads that file");
    if (options->plan.baseline != NULL && options->load_baseline == NULL && !options->plan.test) {
        mb_status status = mb_plan_check_samples("--sample-size", options->plan.sample_size, error);
        if (status == MB_OK && options->plan.quick)
            status = mb_plan_check_samples("--quick", MB_QUICK_SAMPLES, error);
        if (status != MB_OK)
            return status;
    }
    return mb_output_check(options->out, error);
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_results_reader *reader = NULL;
    mb_case_source source;
    const mb_case_source *baseline = NULL;
    mb_session session;
    /* Before measuring: nobody wants to wait for a run to learn that a name was mistyped. */
    mb_status status = MB_OK;
    if (options->plan.baseline != NULL)
        status = open_baseline(options, options->plan.baseline, &reader, &error);
    if (status == MB_OK && !options->list && !options->plan.test)
        status = mb_pins_open(&options->plan, &error);
    if (status != MB_OK) {
        mb_results_reader_close(reader);
        return mb_complain(&error);
    }
    if (reader != NULL) {
        source = mb_results_reader_source(reader);
        baseline = &source;
    }
    mb_exit code = MB_EXIT_OK;
    if (options->load_baseline != NULL) {
        code = run_stored(options, baseline);
    } else if (mb_session_open(&session, &options->plan, &error) != MB_OK) {
        code = (mb_exit)mb_complain(&error);
        if (session.signal_number != 0)
            code = (mb_exit)(MB_EXIT_SIGNAL + session.signal_number);
    } else {
        if (mb_session_take_shard(&session, &error) != MB_OK ||
            mb_allocator_check(&session, options->plan.allocator, &error) != MB_OK)
            code = (mb_exit)mb_complain(&error);
        else if (!options->list)
            code = measure(&session, options, baseline);
        else if (list_cases(&session, options, &error) != MB_OK)
            code = (mb_exit)mb_complain(&error);
        mb_session_close(&session);
    }
    mb_results_reader_close(reader);
    return mb_finish_output(code);
}

int mb_verb_measure(const mb_options *options)
{
    mb_error error;
    mb_arena arena = {0};
    mb_options effective = *options;
    mb_status status = check_options(&effective, &error);
    if (status == MB_OK)
        status = mb_plan_apply_project(&effective.plan, &arena, &error);
    if (status == MB_OK)
        status = mb_allocator_choose(effective.plan.allocator, &error);
    int code = status != MB_OK                ? mb_complain(&error)
               : effective.allocators != NULL ? (int)mb_finish_output(mb_allocators_compare(&effective))
                                              : run(&effective);
    mb_arena_fini(&arena);
    return code;
}

/* Operands of `run` are filters. */
static mb_status take_filters(mb_options *options, mb_error *error)
{
    for (size_t i = 0; i < options->operand_count; i++) {
        mb_status status = mb_filter_add(options->plan.filter, options->operands[i], error);
        if (status != MB_OK)
            return status;
    }
    return MB_OK;
}

/* clang-format off */
const mb_verb mb_verb_run = {
    .name = "run",
    .mask = MB_VERB_RUN,
    .synopsis = "[OPTIONS] [FILTER...]",
    .summary = "measure cases, save and compare baselines (the default: membench FILTER does the same)",
    .description =
        "Runs memory benchmarks, each sample in a fresh process, and compares them with a baseline.\n\n"
        "Other commands are listed at the end; each has its own --help.\n"
        "Exit codes: 0 fine, 1 something failed, 2 usage or nothing matched, 3 memory regressed,\n"
        "4 suspect or inconclusive (with --strict), 5 baseline missing or not comparable.",
    .examples =
        "  membench                                all bundled cases\n"
        "  membench payload                        cases whose id matches \"payload\"\n"
        "  membench --filter=-client               all but the client cases\n"
        "  membench --save-baseline main           record a baseline\n"
        "  membench --baseline main                compare with it; exit code 3 when memory grew by over 10 %\n"
        "  membench --baseline main --threshold anon=5%,heap_alloc_count=0\n"
        "  membench --program ./my_bench --list    the cases of your own program\n",
    .operands = MB_WORDS_CASES,
    .check = take_filters,
    .run = mb_verb_measure,
};
/* clang-format on */
