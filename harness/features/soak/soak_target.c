/* What is watched: a case in its worker, a command, or a process of others. */
#include "base/signals.h"
#include "base/temporary.h"
#include "features/soak/soak.h"
#include "features/soak/soak_options.h"

#include "process/command.h"
#include "process/spawn.h"
#include "store/event.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define PHASE_VARIABLE "MEMBENCH_SOAK_PHASE="

enum { COMMAND_VARIABLES = 7, VARIABLE_BYTES_MAX = 64 };

static const uint64_t FOLLOW_NS = 60000000000u, FOLLOW_LOOK_NS = 100000000; /* for a process to be started again */
static const uint64_t STOP_NS = 5000000000u;                                /* for the call at hand to finish */

static volatile sig_atomic_t caught_signal; /* while no runner takes signals */

static void note_signal(int number) { caught_signal = number; }

static void take_progress(mb_soak_target *target, const mb_event *event)
{
    target->report_count++;
    target->has_operations = true;
    target->operation_count = event->progress.operation_count;
    target->has_heap = event->progress.has_heap;
    target->heap_live_bytes = event->progress.heap_live_bytes;
    if (event->progress.state != NULL && strcmp(event->progress.state, "trimmed") == 0)
        target->is_trimmed = true;
}

static void take_done(mb_soak_target *target, const mb_event *event)
{
    if (event->done.outcome == MB_OUTCOME_OK)
        return;
    target->has_failed = true;
    snprintf(target->end, sizeof target->end, "%s: %.400s", mb_outcome_name(event->done.outcome),
             event->done.message != NULL ? event->done.message : "no reason given");
}

static bool on_line(void *context, const char *line, size_t length)
{
    mb_soak_target *target = context;
    mb_event event;
    mb_error error;
    mb_arena_reset(&target->arena);
    if (mb_event_parse(line, length, 1, &target->arena, &event, &error) != MB_OK) {
        target->has_failed = true;
        snprintf(target->end, sizeof target->end, "protocol: %.490s", error.message);
        return false;
    }
    if (event.kind == MB_EVENT_HELLO)
        target->speaks = true;
    else if (event.kind == MB_EVENT_PROGRESS)
        take_progress(target, &event);
    else if (event.kind == MB_EVENT_DONE)
        take_done(target, &event);
    return true;
}

static void on_start(void *context, pid_t pid) { ((mb_soak_target *)context)->pid = pid; }

/* The last line it wrote to stderr, behind ": ". */
static void add_last_line(char *text, size_t size, const mb_process_end *end)
{
    size_t length = end->stderr_tail_bytes, used = strlen(text);
    while (length > 0 && strchr("\r\n ", end->stderr_tail[length - 1]) != NULL)
        length--;
    size_t start = length;
    while (start > 0 && end->stderr_tail[start - 1] != '\n')
        start--;
    if (length > start)
        snprintf(text + used, size - used, ": %.*s", (int)(length - start < 200 ? length - start : 200),
                 end->stderr_tail + start);
}

static void on_end(void *context, const mb_process_end *end)
{
    mb_soak_target *target = context;
    target->has_ended = true;
    if (target->end[0] != '\0' || end->stopped)
        return;
    if (end->kind == MB_END_NOT_STARTED)
        snprintf(target->end, sizeof target->end, "%.500s", end->message);
    else if (end->fault != MB_EVENT_FINE)
        snprintf(target->end, sizeof target->end, "protocol: it %s", mb_event_fault_text(end->fault));
    else if (end->kind == MB_END_SIGNALED)
        snprintf(target->end, sizeof target->end, "killed by signal %d (%s)", end->signal_number,
                 strsignal(end->signal_number));
    else
        snprintf(target->end, sizeof target->end, "exited with code %d", end->exit_code);
    bool is_bad = end->kind != MB_END_EXITED || end->exit_code != 0 || end->fault != MB_EVENT_FINE;
    target->has_failed = target->has_failed || is_bad;
    if (is_bad && end->kind != MB_END_NOT_STARTED)
        add_last_line(target->end, sizeof target->end, end);
}

/* A pipe that becomes the target's standard input; *read_end is to be closed when it was started. */
static mb_status open_input(mb_soak_target *target, int *read_end, mb_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return mb_error_set_errno(error, errno, "cannot create a pipe");
    target->command_fd = ends[1];
    *read_end = mb_spawn_move_fd(ends[0]);
    if (*read_end < 0)
        return mb_error_set_errno(error, errno, "cannot create a pipe");
    fcntl(target->command_fd, F_SETFL, O_NONBLOCK); /* one that does not read must not stop us */
    return MB_OK;
}

static mb_status set_text(mb_environment *environment, const char *name, mb_error *error, const char *format, ...)
    MB_PRINTF(4, 5);
static mb_status set_text(mb_environment *environment, const char *name, mb_error *error, const char *format, ...)
{
    char value[VARIABLE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    return mb_environment_set(environment, name, value, error);
}

/* From report to report: twice from tick to tick, so that each finds a new one. */
static uint64_t interval_ns(const mb_options *options)
{
    return (uint64_t)(mb_soak_of(options)->interval_seconds * 1e9 / mb_soak_of(options)->time_scale / 2);
}

static mb_status prepare_case(void *context, mb_process_spec *spec, mb_error *error)
{
    mb_soak_target *target = context;
    mb_session *session = target->session;
    const mb_options *options = target->options;
    mb_status status = mb_session_set_environment(session, "soak", error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_CASE", session->cases[0].own_id, error);
    if (status == MB_OK)
        status = set_text(session->environment, "MEMBENCH_SOAK_INTERVAL_NS", error, "%" PRIu64, interval_ns(options));
    if (status == MB_OK && mb_soak_of(options)->time_scale != 1)
        status = set_text(session->environment, "MEMBENCH_TIME_SCALE", error, "%.9g", mb_soak_of(options)->time_scale);
    if (status == MB_OK && mb_soak_of(options)->heap)
        status = mb_session_set_preload(session, session->paths.heap_hook, error);
    if (status == MB_OK)
        status = mb_environment_seal(session->environment, spec->path, spec->argv, &spec->environment, error);
    return status;
}

/* Starts it and opens its /proc; waits_for_report: once its case is called. */
static mb_status start(mb_soak_target *target, mb_process_spec *spec, bool waits_for_report, mb_error *error)
{
    int read_end = -1;
    uint64_t limit_ns = target->options->plan.timeout_ns, start_ns = mb_now_ns();
    mb_status status = open_input(target, &read_end, error);
    if (status != MB_OK)
        return status;
    spec->input_fd = read_end;
    spec->context = target;
    spec->on_start = on_start;
    spec->on_line = on_line;
    spec->on_end = on_end;
    status = mb_runner_submit(target->runner, spec, error);
    mb_runner_step(target->runner, 0);
    close(read_end);
    while (status == MB_OK && waits_for_report && target->report_count == 0 && !target->has_ended &&
           mb_runner_signal(target->runner) == 0 && (limit_ns == 0 || mb_now_ns() - start_ns < limit_ns))
        mb_runner_step(target->runner, 100000000);
    if (status != MB_OK)
        return status;
    if (mb_runner_signal(target->runner) != 0)
        return mb_error_set(error, MB_ERROR_SYSTEM, "interrupted");
    if (target->has_ended)
        return mb_error_set(error, MB_ERROR_SYSTEM, "it ended before it could be watched: %s", target->end);
    if (waits_for_report && target->report_count == 0)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s does not answer: does it know MEMBENCH_ACTION=soak?",
                            spec->path);
    return mb_outside_open(&target->outside, "", target->pid, error);
}

mb_status mb_soak_target_case(mb_soak_target *target, mb_session *session, const mb_options *options, mb_error *error)
{
    *target = (mb_soak_target){.runner = session->runner,
                               .session = session,
                               .options = options,
                               .command_fd = -1,
                               .outside = {.status_fd = -1}};
    const mb_session_program *program = &session->programs[session->results[0].program];
    if (program->framework != NULL)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "%s: a program of another framework has no case to soak: membench soak -- COMMAND "
                            "watches it",
                            program->path);
    if (mb_soak_of(options)->heap && program->hook_obstacle != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--heap: %s", program->hook_obstacle);
    mb_process_spec spec = {.path = program->path,
                            .argv = mb_plan_argv(&options->plan),
                            .prepare = prepare_case,
                            .thp_on = options->plan.thp};
    return start(target, &spec, true, error);
}

/* The caller's environment with what a program that takes part by the protocol wants to know. */
static mb_status make_variables(mb_soak_target *target, mb_error *error)
{
    size_t count = 0, at = 0;
    while (environ[count] != NULL)
        count++;
    target->variables =
        calloc(1, (count + COMMAND_VARIABLES) * sizeof *target->variables + 3 * (size_t)VARIABLE_BYTES_MAX);
    if (target->variables == NULL)
        return mb_error_no_memory(error);
    char *text = (char *)(target->variables + count + COMMAND_VARIABLES);
    const mb_options *options = target->options;
    snprintf(text, VARIABLE_BYTES_MAX, "MEMBENCH_ACTION=soak");
    target->variables[at++] = text;
    text += VARIABLE_BYTES_MAX;
    snprintf(text, VARIABLE_BYTES_MAX, "MEMBENCH_SOAK_INTERVAL_NS=%" PRIu64, interval_ns(options));
    target->variables[at++] = text;
    text += VARIABLE_BYTES_MAX;
    if (mb_soak_of(options)->time_scale != 1) {
        snprintf(text, VARIABLE_BYTES_MAX, "MEMBENCH_TIME_SCALE=%.9g", mb_soak_of(options)->time_scale);
        target->variables[at++] = text;
    }
    target->variables[at++] = target->phase_variable;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "MEMBENCH_", strlen("MEMBENCH_")) != 0)
            target->variables[at++] = environ[i];
    return MB_OK;
}

mb_status mb_soak_target_command(mb_soak_target *target, const mb_options *options, mb_error *error)
{
    char path[PATH_MAX], *argv[MB_OPERANDS_MAX + 1] = {NULL};
    *target = (mb_soak_target){.options = options, .command_fd = -1, .outside = {.status_fd = -1}};
    if (!mb_command_find(options->operands[0], path))
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: not executable, or not found", options->operands[0]);
    for (size_t i = 0; i < options->operand_count; i++)
        argv[i] = (char *)options->operands[i];
    mb_status status = mb_temporary_folder("membench-soak", target->phase_folder, sizeof target->phase_folder, error);
    if (status == MB_OK) {
        snprintf(target->phase_variable, sizeof target->phase_variable, PHASE_VARIABLE "%s/phase",
                 target->phase_folder);
        mb_soak_target_enter(target, MB_SOAK_RUN);
        status = make_variables(target, error);
    }
    if (status == MB_OK)
        status = mb_runner_new(1, &target->runner, error);
    if (status != MB_OK)
        return status;
    target->owns_runner = true;
    mb_process_spec spec = {
        .path = path, .argv = argv, .environment = target->variables, .aslr_on = true, .thp_on = true};
    return start(target, &spec, false, error);
}

static void take_signals(bool is_taken) { mb_signals_handle_ending(is_taken ? note_signal : SIG_DFL); }

mb_status mb_soak_target_attach(mb_soak_target *target, const mb_options *options, mb_error *error)
{
    *target = (mb_soak_target){.options = options, .command_fd = -1, .outside = {.status_fd = -1}};
    mb_status status = mb_outside_open(&target->outside, "", (pid_t)mb_soak_of(options)->pid, error);
    if (status == MB_OK) {
        target->pid = (pid_t)mb_soak_of(options)->pid;
        take_signals(true);
    }
    if (status == MB_OK && mb_soak_of(options)->restarts && !mb_soak_likeness_take(target->pid, &target->likeness))
        return mb_error_set(error, MB_ERROR_SYSTEM, "--restarts: process %ld has no command line to recognise it by",
                            (long)target->pid);
    mb_soak_likeness_see(&target->likeness);
    return status;
}

bool mb_soak_target_follow(mb_soak_target *target)
{
    uint64_t limit_ns = mb_now_ns() + FOLLOW_NS;
    if (!mb_soak_of(target->options)->restarts)
        return false;
    mb_outside_close(&target->outside);
    while (mb_now_ns() < limit_ns && mb_soak_target_signal(target) == 0) {
        mb_error unused;
        pid_t pid = mb_soak_likeness_find(&target->likeness);
        if (pid != 0 && mb_outside_open(&target->outside, "", pid, &unused) == MB_OK) {
            target->pid = pid;
            return true;
        }
        mb_soak_target_wait(target, mb_now_ns() + FOLLOW_LOOK_NS);
    }
    return false;
}

int mb_soak_target_signal(const mb_soak_target *target)
{
    if (target->signal_number != 0)
        return target->signal_number;
    return target->runner != NULL ? mb_runner_signal(target->runner) : (int)caught_signal;
}

void mb_soak_target_wait(mb_soak_target *target, uint64_t until_ns)
{
    struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000), .tv_nsec = (long)(until_ns % 1000000000)};
    for (uint64_t now_ns = mb_now_ns(); now_ns < until_ns; now_ns = mb_now_ns()) {
        if (target->has_ended || mb_soak_target_signal(target) != 0)
            return;
        if (target->runner == NULL)
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        else
            mb_runner_step(target->runner, until_ns - now_ns);
    }
    if (target->runner != NULL)
        mb_runner_step(target->runner, 0); /* what came meanwhile, also at intervals that leave no time to wait */
}

bool mb_soak_target_tell(mb_soak_target *target, const char *command)
{
    char line[16];
    if (!target->speaks || target->command_fd < 0)
        return false;
    int length = snprintf(line, sizeof line, "%s\n", command);
    return write(target->command_fd, line, (size_t)length) == length;
}

void mb_soak_target_enter(mb_soak_target *target, mb_soak_kind kind)
{
    char path[PATH_MAX + 8];
    mb_soak_target_tell(target, mb_soak_kind_name(kind));
    if (target->phase_folder[0] == '\0')
        return;
    /* Whole or not at all, for whoever reads it again and again. */
    snprintf(path, sizeof path, "%s/new", target->phase_folder);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return;
    fprintf(file, "%s\n", mb_soak_kind_name(kind));
    fclose(file);
    rename(path, target->phase_variable + strlen(PHASE_VARIABLE));
}

static void remove_phase(mb_soak_target *target)
{
    if (target->phase_folder[0] == '\0')
        return;
    unlink(target->phase_variable + strlen(PHASE_VARIABLE));
    mb_temporary_remove(target->phase_folder);
    target->phase_folder[0] = '\0';
}

void mb_soak_target_stop(mb_soak_target *target)
{
    bool is_running = target->runner != NULL && target->pid != 0 && !target->has_ended;
    if (is_running && mb_soak_target_signal(target) == 0 && mb_soak_target_tell(target, "stop")) {
        uint64_t limit_ns = mb_now_ns() + STOP_NS;
        while (!target->has_ended && mb_soak_target_signal(target) == 0 && mb_now_ns() < limit_ns)
            mb_runner_step(target->runner, 100000000);
    }
    if (is_running && !target->has_ended) {
        mb_runner_stop(target->runner);
        mb_runner_drain(target->runner);
    }
    target->signal_number = mb_soak_target_signal(target);
    if (target->command_fd >= 0)
        close(target->command_fd);
    mb_outside_close(&target->outside);
    if (target->owns_runner)
        mb_runner_free(target->runner);
    if (target->runner == NULL && target->pid != 0)
        take_signals(false);
    remove_phase(target);
    free(target->variables);
    mb_arena_fini(&target->arena);
    target->runner = NULL;
    target->variables = NULL;
    target->command_fd = -1;
}
