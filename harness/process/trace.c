#include "process/trace.h"

#include "base/signals.h"
#include "process/command_start.h"
#include "process/needed_calls.h"
#include "process/trace_run.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/* What a command leaves running may be about to end by itself: the writer of a pipe whose reader was the last. */
static const uint64_t grace_ns = 100000000, patience_ns = 1000000000;

static uint64_t ns_of(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_usec * 1000u;
}

void mb_trace_take_end(mb_trace_run_state *run, int wait_status, const struct rusage *usage)
{
    mb_trace_end *end = run->end;
    run->has_ended = true;
    run->ended_ns = mb_now_ns();
    end->wall_ns = run->ended_ns - run->table.start_ns;
    end->user_ns = ns_of(&usage->ru_utime); /* ru_maxrss next to it begins at our size: never read */
    end->system_ns = ns_of(&usage->ru_stime);
    end->exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    end->signal_number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
}

static void terminate(mb_trace_run_state *run)
{
    if (run->ending != MB_TRACE_GOES_ON)
        return;
    run->ending = MB_TRACE_TERMINATED;
    run->table.looks_at_ends = false;
    run->kill_ns = mb_now_ns() + patience_ns;
    kill(-run->child.pid, SIGTERM);
    kill(-run->child.pid, SIGCONT);
}

static void kill_all(mb_trace_run_state *run)
{
    run->ending = MB_TRACE_KILLED;
    run->table.looks_at_ends = false;
    kill(-run->child.pid, SIGKILL);
    for (size_t i = 0; i < run->table.process_count; i++)
        kill(run->table.processes[i].pid, SIGKILL);
}

void mb_trace_keep_time(mb_trace_run_state *run)
{
    uint64_t now_ns = mb_now_ns();
    if (run->table.is_memory_out || run->ending == MB_TRACE_KILLED) {
        kill_all(run); /* again: it may have been forking */
    } else if (run->ending == MB_TRACE_TERMINATED) {
        if (now_ns >= run->kill_ns)
            kill_all(run);
    } else if (run->has_ended) {
        if (now_ns - run->ended_ns >= grace_ns && run->table.process_count > 0) {
            run->end->left_processes = true;
            for (size_t i = 0; i < run->table.process_count; i++)
                run->table.processes[i].is_left = true;
            kill_all(run);
        }
    } else if (run->spec->timeout_ns > 0 && now_ns - run->table.start_ns >= run->spec->timeout_ns) {
        run->end->timed_out = true;
        terminate(run);
    }
}

bool mb_trace_is_look_due(const mb_trace_run_state *run, uint64_t now_ns)
{
    return now_ns >= run->table.next_look_ns && run->ending != MB_TRACE_KILLED;
}

uint64_t mb_trace_gap_ns(const mb_trace_run_state *run)
{
    uint64_t now_ns = mb_now_ns(), until_ns = run->table.next_look_ns;
    uint64_t gap_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    if (run->ending == MB_TRACE_KILLED)
        return 1000000;
    return gap_ns < run->table.interval_ns ? gap_ns : run->table.interval_ns;
}

void mb_trace_wait(mb_trace_run_state *run, uint64_t wait_ns)
{
    struct timespec limit = {.tv_sec = (time_t)(wait_ns / 1000000000u), .tv_nsec = (long)(wait_ns % 1000000000u)};
    int number = sigtimedwait(&run->signals, NULL, &limit);
    if (number <= 0 || number == SIGCHLD)
        return;
    if (run->end->interrupted_by != 0) {
        kill_all(run);
        return;
    }
    run->end->interrupted_by = number;
    terminate(run);
}

/* The signals that are waited for: those that were not ignored, blocked from here on; SIGCHLD must not be ignored, and
 * need not come for a stop. */
static void take_signals(mb_trace_run_state *run, sigset_t *mask, struct sigaction *child_action)
{
    sigemptyset(&run->signals);
    sigaddset(&run->signals, SIGCHLD);
    mb_signals_add_ending(&run->signals);
    sigprocmask(SIG_BLOCK, &run->signals, mask);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP}, child_action);
}

/* The mask that the command is to have: ours may block what we wait for between two commands as well. */
static void command_mask(const mb_trace_run_state *run, const sigset_t *mask, sigset_t *wanted)
{
    *wanted = *mask;
    for (int number = 1; number < _NSIG; number++)
        if (sigismember(&run->signals, number) == 1)
            sigdelset(wanted, number);
}

static mb_status finish(mb_trace_run_state *run, mb_error *error)
{
    mb_trace_report report;
    if (run->exec_errnum == 0 && mb_trace_child_report(&run->child, &report))
        run->exec_errnum = report.errnum;
    if (run->exec_errnum != 0)
        return mb_error_set_errno(error, run->exec_errnum, "cannot run %s", run->spec->path);
    if (run->table.is_memory_out)
        return mb_error_no_memory(error);
    run->end->is_filtered = run->table.is_filtered;
    run->end->tree_is_low |= !run->table.is_filtered && run->end->process_count > 1;
    mb_trace_groups_sort(run->end);
    return MB_OK;
}

/* The child is before its exec. */
static mb_status go(mb_trace_run_state *run, mb_error *error)
{
    mb_trace_report report;
    mb_status status = MB_OK;
    if (!mb_trace_child_report(&run->child, &report))
        status =
            mb_error_set(error, MB_ERROR_SYSTEM, "cannot run %s: it was killed before it started", run->spec->path);
    run->end->is_traced = status == MB_OK && !run->spec->no_trace && mb_trace_attach(run);
    if (status == MB_OK && !run->end->is_traced)
        status = mb_guard_start(&run->guard, "exec-run", error);
    if (status != MB_OK) {
        kill(run->child.pid, SIGKILL);
        waitpid(run->child.pid, NULL, __WALL);
        return status;
    }
    run->end->aslr_was_off = report.aslr_was_off;
    run->table.start_ns = mb_now_ns();
    run->table.next_look_ns = run->table.start_ns + 1000000;
    if (run->end->is_traced) {
        mb_trace_child_go(&run->child, !run->spec->no_filter);
        mb_trace_follow(run);
    } else {
        run->guard.groups[0] = run->child.pid;
        mb_trace_watch(run);
        mb_guard_end(&run->guard);
    }
    return finish(run, error);
}

mb_status mb_trace_run(const mb_trace_spec *spec, mb_trace_end *end, mb_error *error)
{
    mb_trace_run_state run = {.spec = spec, .end = end};
    sigset_t mask, wanted;
    struct sigaction child_action;
    memset(end, 0, sizeof *end);
    if (mb_needed_calls_check(error) != MB_OK)
        return MB_FAILED;
    end->exit_code = -1;
    end->process_peak_rss_bytes = end->process_peak_anon_bytes = end->process_exit_anon_bytes = -1;
    end->tree_peak_pss_anon_bytes = end->tree_peak_pss_shmem_bytes = -1;
    run.table = (mb_trace_table){.end = end,
                                 .timeline = spec->timeline,
                                 .images = spec->images,
                                 .interval_ns = spec->interval_ns > 0 ? spec->interval_ns : MB_TRACE_INTERVAL_NS,
                                 .looks_at_ends = true,
                                 .counts_pages = spec->counts_pages,
                                 .is_preparing = true};
    take_signals(&run, &mask, &child_action);
    command_mask(&run, &mask, &wanted);
    mb_status status = mb_trace_child_start(spec, &wanted, &run.child, error);
    if (status == MB_OK) {
        status = go(&run, error);
        mb_trace_child_close(&run.child);
    }
    mb_trace_table_fini(&run.table);
    sigaction(SIGCHLD, &child_action, NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return status;
}
