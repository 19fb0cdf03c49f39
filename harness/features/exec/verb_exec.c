#include "base/output_file.h"
#include "features/exec/exec_options.h"

#include "base/signals.h"
#include "base/terminal.h"
#include "command/complain.h"
#include "command/options.h"
#include "command/outcome.h"
#include "command/save_run.h"
#include "features/exec/exec.h"
#include "features/exec/exec_timeline.h"

#include "report/advice.h"
#include "session/pins.h"
#include "store/baseline.h"
#include "store/results_writer.h"
#include "store/stored_runs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* For `membench report`; where the folder cannot be written to it has nothing to show. */
static bool keep_last(const mb_exec *exec)
{
    mb_case_source source = mb_exec_source(exec);
    mb_error ignored;
    return mb_session_make_folder() && mb_results_write_last(&source, &ignored) == MB_OK;
}

/* Files first, so that they are there whatever happens to the terminal. */
static mb_status conclude(mb_exec *exec, const mb_case_source *baseline, mb_exit *code, mb_error *error)
{
    const mb_options *options = exec->options;
    mb_status status = mb_exec_keep_cgroup(exec, error);
    mb_case_source source = mb_exec_source(exec);
    (void)keep_last(exec);
    if (status == MB_OK && options->out != NULL)
        status = mb_results_write(options->out, &source, error);
    if (status == MB_OK && mb_exec_of(options)->export_json != NULL)
        status = mb_exec_export(exec, mb_exec_of(options)->export_json, error);
    if (status == MB_OK && options->plan.save_baseline != NULL)
        status = mb_stored_save_baseline(&source, options, error);
    const char *const outputs[] = {options->out, mb_exec_of(options)->export_json};
    FILE *out = stdout;
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        if (outputs[i] != NULL && strcmp(outputs[i], "-") == 0)
            out = stderr;
    char command[MB_ADVICE_CALL_BYTES - 1];
    mb_exec_format(exec, command, sizeof command);
    bool is_text = options->format == NULL || strcmp(options->format, "text") == 0;
    if (is_text && !options->plan.is_quiet) {
        mb_exec_print(exec, out);
        mb_exec_print_cgroup(exec, out);
    }
    mb_gate_input input = {.current = &source,
                           .baseline = baseline,
                           .baseline_name = options->plan.baseline,
                           .saved_name = status == MB_OK ? options->plan.save_baseline : NULL,
                           .command = command,
                           .is_of_commands = true,
                           .options = options};
    mb_error report_error;
    mb_status reported = mb_gate_report(&input, out, code, &report_error);
    if (reported != MB_OK && status == MB_OK) {
        *error = report_error;
        return reported;
    }
    if (status == MB_OK && mb_exec_of(options)->where)
        status = mb_exec_where(exec, is_text ? out : stderr, error);
    mb_exec *const execs[] = {exec};
    return status == MB_OK ? mb_exec_timeline(execs, NULL, 1, is_text && !options->plan.is_quiet ? out : NULL, error)
                           : status;
}

static mb_exit measure(mb_exec *exec, const mb_case_source *baseline)
{
    mb_exit code = MB_EXIT_OK;
    mb_error error;
    mb_progress_start(&exec->session.progress, exec->options->plan.is_quiet);
    mb_status status = mb_exec_measure(exec, baseline, &error);
    if (exec->signal_number != 0) { /* files that were asked for stay as they are: half of the runs is not a result */
        bool is_kept = status == MB_OK && keep_last(exec);
        fprintf(stderr, "membench: interrupted; the command was ended%s\n",
                is_kept ? "; membench report shows what was measured" : "");
        return (mb_exit)(MB_EXIT_SIGNAL + exec->signal_number);
    }
    if (status == MB_OK)
        status = conclude(exec, baseline, &code, &error);
    if (exec->signal_number != 0) {
        fprintf(stderr, "membench: interrupted: no timeline\n");
        return (mb_exit)(MB_EXIT_SIGNAL + exec->signal_number);
    }
    if (status != MB_OK)
        code = mb_exit_worse(code, (mb_exit)mb_complain(&error));
    return code;
}

void mb_exec_hold_signals(void)
{
    sigset_t held;
    sigemptyset(&held);
    mb_signals_add_ending(&held);
    sigprocmask(SIG_BLOCK, &held, NULL);
}

static mb_status check_options(const mb_options *options, mb_error *error)
{
    mb_status status = mb_output_check(options->out, error);
    if (status == MB_OK)
        status = mb_output_check(mb_exec_of(options)->export_json, error);
    if (status == MB_OK)
        status = mb_exec_timeline_check(options, error);
    if (status == MB_OK && options->plan.baseline != NULL)
        status = mb_plan_check_samples("--runs", mb_exec_of(options)->run_count, error);
    return status == MB_OK && options->plan.save_baseline != NULL
               ? mb_baseline_check_name(options->plan.save_baseline, error)
               : status;
}

static int run(const mb_options *given)
{
    mb_error error;
    mb_exec exec;
    mb_options options = *given;
    mb_results_reader *reader = NULL;
    mb_case_source baseline;
    mb_exit code = MB_EXIT_OK;
    if (mb_exec_of(&options)->run_count > 0)
        options.plan.policy.sample_limit = mb_exec_of(&options)->run_count;
    mb_status status = check_options(&options, &error);
    if (status == MB_OK)
        status = mb_exec_open(&exec, &options, &error);
    bool is_open = status == MB_OK;
    if (status == MB_OK && options.plan.baseline != NULL) {
        char command[MB_ADVICE_CALL_BYTES - 1];
        mb_exec_format(&exec, command, sizeof command);
        status =
            mb_baseline_open(mb_options_baseline_folder(&options), options.plan.baseline, command, &reader, &error);
    }
    if (status == MB_OK)
        status = mb_pins_open(&options.plan, &error);
    if (status != MB_OK) {
        code = (mb_exit)mb_complain(&error);
    } else {
        if (reader != NULL)
            baseline = mb_results_reader_source(reader);
        options.plan.filter = exec.ids;
        mb_exec_hold_signals();
        code = measure(&exec, reader != NULL ? &baseline : NULL);
    }
    if (is_open)
        mb_exec_close(&exec);
    mb_results_reader_close(reader);
    return mb_finish_output(code);
}

/* clang-format off */
const mb_verb mb_verb_exec = {
    .name = "exec",
    .mask = MB_VERB_EXEC,
    .synopsis = "[OPTIONS] -- COMMAND [ARGUMENT...]\n"
                "       membench exec [OPTIONS] 'COMMAND'...",
    .summary = "measure any command: peak memory of each of its processes, and of all together",
    .description =
        "Runs each command ten times and measures its memory. process peak: the highest resident set of its\n"
        "largest process, read by ptrace when each process ends, since its last exec. tree peak: the most\n"
        "anonymous memory of all its processes at once, with shared pages counted once; added up before they\n"
        "free memory and when they end. Everything after -- is one command, run without a shell;\n"
        "otherwise each operand is a command for sh. The process peak gates; other metrics gate on request,\n"
        "times never.\n"
        "Exit codes: see membench run; a command that fails is a failed case (1).",
    .examples =
        "  membench exec -- make -j2\n"
        "  membench exec --name cat --name xz 'cat big.txt' 'xz -k -c big.txt'\n"
        "  membench exec --parameter-list n 1,2,4 --prepare 'make clean' 'make -j{n}'\n"
        "  membench exec --save-baseline main --name build -- make -j2\n"
        "  membench exec --baseline main --threshold tree_peak=5% --name build -- make -j2\n",
    .operands = MB_WORDS_COMMANDS,
    .options = &mb_options_exec,
    .part_bytes = sizeof(mb_exec_options),
    .run = run,
};
/* clang-format on */
