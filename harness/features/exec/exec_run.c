/* Running commands until there are enough runs of each. */
#include "features/exec/exec.h"
#include "features/exec/exec_options.h"
#include "session/paths.h"
#include "session/verdicts.h"

#include "base/units.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    RUNS = 10,
    BASELINE_RUNS = 20,
    MESSAGE_BYTES = 768,
};

static mb_status fail_case(mb_exec *exec, size_t index, mb_outcome outcome, const char *message, mb_error *error)
{
    mb_case_result *result = &exec->results[index];
    exec->commands[index].is_over = true;
    result->outcome = outcome;
    result->message = mb_arena_copy(&exec->session.arena, message);
    return result->message != NULL ? MB_OK : mb_error_no_memory(error);
}

/* Runs something for the command: itself, or what prepares it. Interruption is the exec's. */
static mb_status run_once(mb_exec *exec, const char *path, char *const *argv, bool is_measured,
                          const mb_exec_extra *extra, mb_error *error)
{
    static const mb_exec_extra none;
    const mb_options *options = exec->options;
    extra = extra != NULL ? extra : &none;
    mb_trace_spec spec = {
        .path = path,
        .argv = argv,
        .environment = extra->environment != NULL ? extra->environment
                       : is_measured              ? exec->environment
                                                  : NULL,
        .input_fd = exec->input_fd,
        .output_fd = exec->output_fd,
        .error_fd = exec->error_fd,
        .interval_ns = is_measured ? mb_exec_of(options)->interval_ns : 1000000000u,
        .timeout_ns = options->plan.timeout_given ? options->plan.timeout_ns : 0,
        .thp_on = options->plan.thp,
        .no_trace = options->plan.no_trace || !is_measured,
        .no_filter = extra->images != NULL,
        .counts_pages = !mb_session_reads(&exec->session, MB_RSS_STATUS),
        .timeline = extra->timeline,
        .images = extra->images,
    };
    lseek(exec->input_fd, 0, SEEK_SET); /* every run reads the same */
    exec->kill_count_before = mb_cgroup_read_kills(exec->kills_fd);
    mb_status status = mb_trace_run(&spec, exec->end, error);
    if (status == MB_OK && exec->end->interrupted_by != 0)
        exec->signal_number = exec->end->interrupted_by;
    if (is_measured && status == MB_OK)
        memcpy(exec->refusal, exec->end->refusal, sizeof exec->refusal);
    return status;
}

/* What became of a run, as an outcome; the message is empty when all is well. */
static mb_outcome judge(const mb_exec *exec, char message[MESSAGE_BYTES])
{
    const mb_trace_end *end = exec->end;
    char text[MB_UNITS_TEXT_MAX], killed[MB_CGROUP_TEXT_BYTES];
    message[0] = '\0';
    if (end->timed_out) {
        snprintf(message, MESSAGE_BYTES, "killed after %s (--timeout)",
                 mb_format_ns((double)exec->options->plan.timeout_ns, text));
        return MB_OUTCOME_TIMED_OUT;
    }
    if (mb_exec_of(exec->options)->ignore_failure || (end->signal_number == 0 && end->exit_code == 0))
        return MB_OUTCOME_OK;
    const char *gap = *mb_exec_say_killed(exec, killed) != '\0' ? "; " : "";
    const char *advice = end->uses_ptrace ? "it uses ptrace itself, which needs --no-trace"
                         : mb_exec_of(exec->options)->show_output
                             ? "--ignore-failure measures it anyway"
                             : "--show-output shows why, --ignore-failure measures it anyway";
    if (end->signal_number != 0) {
        snprintf(message, MESSAGE_BYTES, "%s%s%s (%s)", mb_signal_text(end->signal_number, text), gap, killed, advice);
        return MB_OUTCOME_CRASHED;
    }
    snprintf(message, MESSAGE_BYTES, "exited with code %d%s%s (%s)", end->exit_code, gap, killed, advice);
    return MB_OUTCOME_FAILED;
}

/* Runs the command's --prepare; *is_ready is false when the case is over for it. */
static mb_status prepare(mb_exec *exec, size_t index, bool *is_ready, mb_error *error)
{
    const char *line = exec->commands[index].prepare;
    char message[MESSAGE_BYTES], text[MB_SIGNAL_TEXT_BYTES];
    *is_ready = true;
    if (line == NULL)
        return MB_OK;
    char *argv[] = {"/bin/sh", "-c", (char *)line, NULL};
    mb_status status = run_once(exec, argv[0], argv, false, NULL, error);
    const mb_trace_end *end = exec->end;
    if (status != MB_OK || exec->signal_number != 0 || (end->exit_code == 0 && !end->timed_out))
        return status;
    *is_ready = false;
    if (end->timed_out)
        snprintf(message, sizeof message, "--prepare timed out (--timeout)");
    else if (end->signal_number != 0)
        snprintf(message, sizeof message, "--prepare: %s", mb_signal_text(end->signal_number, text));
    else
        snprintf(message, sizeof message, "--prepare exited with code %d (--show-output shows why)", end->exit_code);
    return fail_case(exec, index, MB_OUTCOME_FAILED, message, error);
}

/* When a run begins: it may take long. */
static void show_progress(mb_exec *exec, size_t index)
{
    const mb_exec_command *command = &exec->commands[index];
    char bytes[MB_UNITS_TEXT_MAX], estimate[2 * MB_UNITS_TEXT_MAX];
    if (!exec->session.progress.active)
        return;
    const mb_series *peaks = &exec->results[index].series[mb_metric_of(MB_PROCESS_PEAK_RSS_BYTES, MB_WINDOW_STEADY)];
    if (peaks->count > 0)
        snprintf(estimate, sizeof estimate, "peak %s", mb_format_bytes(peaks->values[peaks->count - 1], bytes));
    mb_progress_view view = {
        .case_id = exec->results[index].id,
        .case_index = index + 1,
        .case_count = exec->count,
        .sample_index = command->done < command->wanted ? command->done + 1 : command->wanted,
        .sample_count = command->wanted,
        .estimate = peaks->count > 0 ? estimate : NULL,
        .done_count = exec->run_done,
        .total_count = exec->run_total,
        .elapsed_ns = mb_now_ns() - exec->session.start_ns,
    };
    mb_progress_update(&exec->session.progress, &view, mb_now_ns());
}

/* One run of the command, or a warm-up while there are some to do. */
static mb_status run_command(mb_exec *exec, size_t index, mb_error *error)
{
    mb_exec_command *command = &exec->commands[index];
    char message[MESSAGE_BYTES];
    bool is_ready;
    show_progress(exec, index);
    mb_status status = prepare(exec, index, &is_ready, error);
    if (status != MB_OK || !is_ready || exec->signal_number != 0)
        return status;
    status = run_once(exec, command->path, command->argv, true, NULL, error);
    if (status != MB_OK) /* it cannot be run: the others can */
        return fail_case(exec, index, MB_OUTCOME_FAILED, error->message, error);
    if (exec->signal_number != 0)
        return MB_OK;
    mb_outcome outcome = judge(exec, message);
    if (outcome != MB_OUTCOME_OK)
        return fail_case(exec, index, outcome, message, error);
    exec->run_done++;
    if (command->warm_up_done < mb_exec_of(exec->options)->warm_up_count)
        command->warm_up_done++;
    else
        status = mb_exec_take_run(exec, index, error);
    if (status == MB_OK && mb_exec_of(exec->options)->heap && command->done > 0)
        status = mb_exec_heap(exec, index, error);
    return status;
}

mb_status mb_exec_run_extra(mb_exec *exec, size_t index, const mb_exec_extra *extra, bool *has_run, char *outcome,
                            size_t outcome_bytes, mb_error *error)
{
    const mb_exec_command *command = &exec->commands[index];
    bool is_ready;
    mb_error failure;
    *has_run = false;
    mb_status status = prepare(exec, index, &is_ready, error);
    if (status != MB_OK || exec->signal_number != 0)
        return status;
    if (!is_ready) {
        snprintf(outcome, outcome_bytes, "%s", exec->results[index].message);
        return MB_OK;
    }
    *has_run = run_once(exec, command->path, command->argv, true, extra, &failure) == MB_OK;
    snprintf(outcome, outcome_bytes, "%s", *has_run ? "" : failure.message);
    return MB_OK;
}

/* Raises what is wanted to what the comparison with the baseline asks for. */
static mb_status plan_round(mb_exec *exec, const mb_case_source *baseline, bool *is_enough, mb_error *error)
{
    mb_verdicts verdicts = {0};
    mb_case_source current = mb_exec_source(exec);
    *is_enough = true;
    if (baseline == NULL || mb_exec_of(exec->options)->run_count > 0 || exec->options->plan.test)
        return MB_OK;
    mb_status status = mb_verdicts_compare(&verdicts, &current, baseline, &exec->options->plan, NULL, error);
    for (size_t i = 0; status == MB_OK && i < verdicts.count; i++) {
        const mb_comparison *comparison = &verdicts.comparisons[i];
        mb_exec_command *command = &exec->commands[comparison->case_index];
        if (!comparison->gates || command->is_over || comparison->samples_wanted <= command->wanted)
            continue;
        exec->run_total += comparison->samples_wanted - command->wanted;
        command->wanted = comparison->samples_wanted;
        *is_enough = false;
    }
    mb_verdicts_fini(&verdicts);
    return status;
}

static mb_status warn(mb_exec *exec, size_t index, mb_error *error)
{
    const mb_exec_command *command = &exec->commands[index];
    char text[3 * MESSAGE_BYTES] = "";
    size_t used = 0;
    const bool is_outside = exec->refusal[0] != '\0' || exec->options->plan.no_trace;
    if (is_outside)
        used += (size_t)snprintf(text, sizeof text, "read from outside%s%s: a peak between two readings is missed",
                                 exec->refusal[0] != '\0' ? ", since it cannot be traced: " : " (--no-trace)",
                                 exec->refusal);
    if (command->failure_count > 0)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%s%zu of %zu runs did not exit with code 0 (--ignore-failure)", used > 0 ? "; " : "",
                                 command->failure_count, command->done);
    if (command->unread_count > 0)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%zu processes were gone before they could be read",
                                 used > 0 ? "; " : "", command->unread_count);
    if (command->tree_low_count > 0)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%sthe tree peak is at least what is shown in %zu of %zu runs", used > 0 ? "; " : "",
                                 command->tree_low_count, command->done);
    if (command->left_processes)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%sit left processes running, which count in the tree peak alone; they were killed",
                                 used > 0 ? "; " : "");
    if (command->heap_missing != NULL)
        used += (size_t)snprintf(text + used, sizeof text - used, "%sno sums of malloc: %s", used > 0 ? "; " : "",
                                 command->heap_missing);
    if (used == 0)
        return MB_OK;
    exec->results[index].warning = mb_arena_copy(&exec->session.arena, text);
    return exec->results[index].warning != NULL ? MB_OK : mb_error_no_memory(error);
}

/* What is missing, and why: a metric that only some runs have is none. */
mb_status mb_exec_settle(mb_exec *exec, size_t index, mb_error *error)
{
    mb_case_result *result = &exec->results[index];
    const mb_exec_command *command = &exec->commands[index];
    bool is_outside = exec->refusal[0] != '\0' || exec->options->plan.no_trace;
    for (mb_metric metric = mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY); metric < MB_METRIC_COUNT; metric++) {
        mb_series *series = &result->series[metric];
        mb_quantity quantity = mb_metric_quantity(metric);
        bool is_of_traced = quantity == MB_PROCESS_PEAK_RSS_BYTES || quantity == MB_PROCESS_PEAK_ANON_BYTES ||
                            quantity == MB_PROCESS_EXIT_ANON_BYTES;
        bool is_optional = mb_quantity_get(quantity)->is_optional;
        bool is_of_heap = is_optional && mb_quantity_get(quantity)->pass == MB_PASS_EXEC;
        if (command->done == 0 || series->count == command->done || is_optional != is_of_heap ||
            (quantity == MB_PROCESS_SAMPLED_PEAK_RSS_BYTES && !is_outside) ||
            (is_of_heap && !mb_exec_of(exec->options)->heap))
            continue;
        char reason[MESSAGE_BYTES];
        if (is_of_heap && command->heap_missing != NULL)
            snprintf(reason, sizeof reason, "%s", command->heap_missing);
        else if (is_outside && is_of_traced)
            snprintf(reason, sizeof reason, "not traced%s%s", exec->refusal[0] != '\0' ? ": " : " (--no-trace)",
                     exec->refusal);
        else if (quantity == MB_PROCESS_PEAK_ANON_BYTES && series->count == 0)
            snprintf(reason, sizeof reason, "not exact: %s",
                     exec->end->is_filtered
                         ? "other threads ran while memory was given back, or a process was gone before it was read"
                         : "this system has no seccomp filter that stops for a tracer");
        else
            snprintf(reason, sizeof reason, "seen in %zu of %zu runs", series->count, command->done);
        series->count = 0;
        result->missing[metric] = mb_arena_copy(&exec->session.arena, reason);
        if (result->missing[metric] == NULL)
            return mb_error_no_memory(error);
    }
    if (result->outcome == MB_OUTCOME_OK && command->done < command->wanted) {
        result->outcome = MB_OUTCOME_NOT_RUN;
        result->message = "interrupted before all its runs were done";
    }
    return warn(exec, index, error);
}

/* A signal that came between two runs. */
static void look_for_signal(mb_exec *exec)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t pending;
    if (exec->signal_number != 0 || sigpending(&pending) != 0)
        return;
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        if (sigismember(&pending, ending[i]) == 1)
            exec->signal_number = ending[i];
}

mb_status mb_exec_run_next(mb_exec *exec, size_t index, mb_error *error)
{
    look_for_signal(exec);
    return exec->signal_number == 0 ? run_command(exec, index, error) : MB_OK;
}

mb_status mb_exec_measure(mb_exec *exec, const mb_case_source *baseline, mb_error *error)
{
    const mb_options *options = exec->options;
    size_t first = options->plan.test                    ? 1
                   : mb_exec_of(options)->run_count > 0  ? mb_exec_of(options)->run_count
                   : options->plan.save_baseline != NULL ? BASELINE_RUNS
                                                         : RUNS;
    mb_status status = MB_OK;
    bool is_enough = false;
    exec->session.start_ns = mb_now_ns();
    for (size_t i = 0; i < exec->count; i++) {
        exec->commands[i].wanted = first;
        exec->commands[i].warm_up_done = options->plan.test ? mb_exec_of(options)->warm_up_count : 0;
        exec->run_total += first + mb_exec_of(options)->warm_up_count - exec->commands[i].warm_up_done;
    }
    while (status == MB_OK && !is_enough && exec->signal_number == 0) {
        for (size_t i = 0; i < exec->count && status == MB_OK; i++) {
            const mb_exec_command *command = &exec->commands[i];
            while (status == MB_OK && !command->is_over && command->done < command->wanted && exec->signal_number == 0)
                status = mb_exec_run_next(exec, i, error);
        }
        if (status == MB_OK && exec->signal_number == 0)
            status = plan_round(exec, baseline, &is_enough, error);
    }
    mb_progress_clear(&exec->session.progress);
    exec->session.run.complete = is_enough && status == MB_OK;
    for (size_t i = 0; i < exec->count && status == MB_OK; i++)
        status = mb_exec_settle(exec, i, error);
    mb_cgroup_read(mb_cgroup_root(), &exec->cgroup_last);
    return status;
}
