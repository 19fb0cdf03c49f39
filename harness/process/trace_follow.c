/* Following a command by ptrace: every process and thread, to the stop that each makes where it ends. */
#include "process/command_start.h"
#include "process/trace_run.h"
#include "process/trace_stops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

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

void mb_trace_follow(mb_trace_run_state *run)
{
    mb_trace_task_add(&run->table, run->child.pid);
    for (;;) {
        struct rusage usage;
        int wait_status;
        pid_t tid = wait4(-1, &wait_status, __WALL | WNOHANG, &usage);
        if (tid < 0 && errno != EINTR) /* no child left: of the command nothing is */
            return;
        if (tid > 0 && WIFSTOPPED(wait_status))
            mb_trace_take_stop(&run->table, tid, wait_status, &usage);
        else if (tid > 0)
            take_end(run, tid, wait_status, &usage);
        if (tid > 0 && mb_now_ns() < run->table.next_look_ns)
            continue;
        mb_trace_keep_time(run);
        uint64_t now_ns = mb_now_ns();
        if (mb_trace_is_look_due(run, now_ns))
            mb_trace_look(&run->table, now_ns);
        if (tid == 0)
            mb_trace_wait(run);
    }
}
