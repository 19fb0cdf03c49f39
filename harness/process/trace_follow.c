/* Following a command by ptrace: every process and thread, to the stop that each makes where it ends. */
#include "process/command_start.h"
#include "process/trace_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
    OPTIONS = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
              PTRACE_O_EXITKILL,
};

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
    if (ptrace(PTRACE_SEIZE, run->child.pid, 0L, (long)OPTIONS) == 0)
        return true;
    snprintf(end->refusal, sizeof end->refusal, "ptrace: %s", strerror(errno));
    return false;
}

static pid_t event_message(pid_t tid)
{
    unsigned long message = 0;
    ptrace(PTRACE_GETEVENTMSG, tid, 0L, &message);
    return (pid_t)message;
}

/* Whatever thread called exec, the process goes on with that one alone, under its first thread's number. */
static void take_exec(mb_trace_run_state *run, mb_trace_task *task)
{
    mb_trace_table *table = &run->table;
    pid_t pid = task->pid;
    for (size_t i = table->task_count; i-- > 0;)
        if (table->tasks[i].pid == pid && table->tasks[i].tid != pid)
            mb_trace_task_remove(table, &table->tasks[i]);
    task = mb_trace_task_find(table, pid);
    mb_traced *process = mb_trace_process(table, pid);
    if (task == NULL || process == NULL)
        return;
    task->is_ending = false;
    process->thread_count = 1;
    process->reader_tid = pid;
    process->shares_memory = false;
    process->is_read = process->is_ending = false;
    process->peak_rss_bytes = process->exit_anon_bytes = -1;
    mb_trace_name(process);
}

/* A thread is about to end; with the last one of its process goes the memory. */
static void take_exit_stop(mb_trace_run_state *run, mb_trace_task *task)
{
    mb_trace_table *table = &run->table;
    mb_traced *process = mb_trace_process(table, task->pid);
    if (process == NULL || task->is_ending)
        return;
    task->is_ending = true;
    process->thread_count--;
    if (process->thread_count > 0) {
        for (size_t i = 0; process->reader_tid == task->tid && i < table->task_count; i++)
            if (table->tasks[i].pid == process->pid && !table->tasks[i].is_ending)
                process->reader_tid = table->tasks[i].tid;
        return;
    }
    process->reader_tid = task->tid;
    process->is_read = mb_trace_read(process);
    if (process->is_read && run->ending == MB_TRACE_GOES_ON)
        mb_trace_look_at_end(table, mb_now_ns());
    process->is_ending = true;
}

/* Handles a stop and lets the thread go on, with the signal that stopped it, as if nobody had looked. */
static void take_stop(mb_trace_run_state *run, pid_t tid, int wait_status)
{
    int event = wait_status >> 16, number = WSTOPSIG(wait_status);
    mb_trace_task *task = mb_trace_task_find(&run->table, tid);
    if (task == NULL)
        task = mb_trace_task_add(&run->table, tid);
    bool is_stopping = number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
    switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: {
        pid_t fresh = event_message(tid);
        if (fresh > 0 && mb_trace_task_find(&run->table, fresh) == NULL)
            mb_trace_task_add(&run->table, fresh);
        break;
    }
    case PTRACE_EVENT_EXEC:
        if (task != NULL)
            take_exec(run, task);
        break;
    case PTRACE_EVENT_EXIT:
        if (task != NULL)
            take_exit_stop(run, task);
        break;
    case PTRACE_EVENT_STOP:
        if (is_stopping) { /* stays stopped until SIGCONT comes, which we hear of */
            ptrace(PTRACE_LISTEN, tid, 0L, 0L);
            return;
        }
        break;
    default:
        ptrace(PTRACE_CONT, tid, 0L, (long)number);
        return;
    }
    ptrace(PTRACE_CONT, tid, 0L, 0L);
}

static void take_end(mb_trace_run_state *run, pid_t tid, int wait_status, const struct rusage *usage)
{
    mb_trace_table *table = &run->table;
    if (tid == run->child.pid)
        mb_trace_take_end(run, wait_status, usage);
    mb_trace_task *task = mb_trace_task_find(table, tid);
    if (task == NULL)
        return;
    mb_traced *process = mb_trace_process(table, task->pid);
    bool was_ending = task->is_ending;
    mb_trace_task_remove(table, task);
    if (process == NULL)
        return;
    if (!was_ending)
        process->thread_count--; /* killed on its way: no stop at its end */
    if (process->pid != tid)
        return;
    if (!process->is_read && !process->shares_memory)
        run->end->unread_count++;
    mb_trace_process_end(table, process);
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
            take_stop(run, tid, wait_status);
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
