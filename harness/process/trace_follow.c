/* Following a command by ptrace: every process and thread, to the stop that each makes where it ends. */
#include "process/command_start.h"
#include "process/trace_run.h"
#include "process/trace_stops.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { TICK_MAX_US = 10000 };

/* A command's memory is read where each of its processes ends, while it is still there: PTRACE_EVENT_EXIT stops a
 * thread after its last instruction and before its memory goes, and with PTRACE_O_TRACEFORK and its kin every process
 * below is followed from its first instruction. So nothing is missed by a poll that came too late, and ru_maxrss, which
 * begins at the size of the parent, is not needed. Cost: two stops a process. In
 * between, the tree is looked at for at most a twentieth of the time. Edges: exec by another thread than the first
 * takes over its number; the memory of a process is there until its last thread ends; a program that is traced already,
 * or a kernel that forbids it, is followed from outside, and the result says so. EXITKILL: nobody lives on when we are
 * killed. */
bool mb_trace_attach(mb_trace_run_state *run)
{
    mb_trace_end *end = run->end;
    if (ptrace(PTRACE_SEIZE, run->child.pid, 0L, (long)MB_TRACE_OPTIONS) == 0)
        return true;
    snprintf(end->refusal, sizeof end->refusal, "ptrace: %s", strerror(errno));
    return false;
}

static void take_end(mb_trace_run_state *run, pid_t tid, int wait_status, const struct rusage *usage)
{
    if (tid == run->child.pid)
        mb_trace_take_end(run, wait_status, usage);
    mb_trace_take_gone(&run->table, tid);
}

static void ignore(int number) { (void)number; }

/* The next tick comes when there is something to do, and one more each period: what comes just before wait4 would not
 * end it. */
static void set_tick(const mb_trace_run_state *run)
{
    long gap_us = (long)(mb_trace_gap_ns(run) / 1000), period_us = run->ending == MB_TRACE_KILLED ? 1000 : TICK_MAX_US;
    gap_us = gap_us < 1 ? 1 : gap_us < period_us ? gap_us : period_us;
    setitimer(ITIMER_REAL, &(struct itimerval){{0, period_us}, {0, gap_us}}, NULL);
}

/* A stop is waited for in wait4 alone. To wait for signals as well takes three calls and a timer for each; so they stay
 * blocked, and a tick that does nothing but end wait4 is when they are asked for. */
static void follow(mb_trace_run_state *run)
{
    for (;;) {
        struct rusage usage;
        int wait_status;
        pid_t tid = wait4(-1, &wait_status, __WALL, &usage);
        if (tid < 0 && errno != EINTR) /* no child left: of the command nothing is */
            return;
        if (tid > 0 && WIFSTOPPED(wait_status))
            mb_trace_take_stop(&run->table, tid, wait_status, &usage);
        else if (tid > 0)
            take_end(run, tid, wait_status, &usage);
        if (tid > 0 && mb_now_ns() < run->table.next_look_ns)
            continue;
        mb_trace_wait(run, 0);
        mb_trace_keep_time(run);
        uint64_t now_ns = mb_now_ns();
        if (mb_trace_is_look_due(run, now_ns))
            mb_trace_look(&run->table, now_ns);
        set_tick(run);
    }
}

/* The command was started with the caller's SIGALRM. */
void mb_trace_follow(mb_trace_run_state *run)
{
    sigset_t alarms, mask;
    struct sigaction action;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = ignore}, &action);
    sigprocmask(SIG_UNBLOCK, &alarms, &mask);
    mb_trace_task_add_first(&run->table, run->child.pid);
    set_tick(run);
    follow(run);
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGALRM, &action, NULL);
}
