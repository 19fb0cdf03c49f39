/* What the stops of traced threads mean: forks, execs, ends, signals, and calls that give memory back. */
#include "process/trace_stops.h"
#include "process/trace_peak.h"
#include "readings/readings.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t event_message(pid_t tid)
{
    unsigned long message = 0;
    ptrace(PTRACE_GETEVENTMSG, tid, 0L, &message);
    return (pid_t)message;
}

/* Whatever thread called exec, the process continues with that one alone, under its first thread's number. */
static void take_exec(mb_trace_table *table, mb_trace_task *task)
{
    pid_t pid = task->pid;
    for (size_t i = table->task_count; i-- > 0;)
        if (table->tasks[i].pid == pid && table->tasks[i].tid != pid)
            mb_trace_task_remove(table, &table->tasks[i]);
    task = mb_trace_task_find(table, pid);
    mb_traced *process = mb_trace_process(table, pid);
    if (task == NULL || process == NULL)
        return;
    const mb_traced before = *process;
    task->is_ending = false;
    process->thread_count = 1;
    process->reader_tid = pid;
    process->shares_memory = process->is_forked = false;
    process->memory_pid = pid;
    if (!table->is_preparing)
        mb_trace_take_peaks(table, &before);
    table->is_preparing = false;
    process->is_read = process->is_ending = false;
    process->peak = (mb_trace_peak){0};
    process->share = 0;
    process->highest_break = 0;
    process->peak_rss_bytes = process->exit_anon_bytes = -1;
    process->stage = 0;
    process->has_old_name = !table->is_of_worker;
    if (table->images != NULL)
        mb_trace_name(process);
    process->image = mb_trace_image_execed(table->images, pid, process->name);
}

/* libc opens a file to find out. */
static int cpu_count(void)
{
    static int count;
    if (count == 0)
        count = (int)sysconf(_SC_NPROCESSORS_CONF);
    return count;
}

static uint64_t page_bytes(void) { return (uint64_t)sysconf(_SC_PAGESIZE); }

/* A thread is about to end; with the last one of its process goes the memory. */
static void take_exit_stop(mb_trace_table *table, mb_trace_task *task)
{
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
    if (process->shares_memory && process->has_old_name)
        mb_trace_name(process); /* it has become no other program */
    process->is_read = mb_trace_read(table, process, MB_TIMELINE_END);
    if (process->is_read) { /* VmHWM, for what was not read exactly */
        const mb_trace_peak *peak = &process->peak;
        int64_t least_bytes = process->peak_rss_bytes - mb_peak_bound_bytes(cpu_count(), page_bytes());
        bool is_exact = table->is_filtered && !peak->is_low;
        process->peak_rss_bytes = is_exact || peak->rss_bytes > least_bytes ? peak->rss_bytes : least_bytes;
    }
    if (process->is_read)
        mb_trace_take_end_of_memory(table, task, process);
    process->is_ending = true;
}

static mb_trace_task *take_new(mb_trace_table *table, pid_t tid, const mb_trace_task *maker)
{
    pid_t stopped = maker != NULL ? maker->tid : tid;
    mb_trace_task *task =
        maker != NULL ? mb_trace_task_add_made(table, tid, maker->pid) : mb_trace_task_add(table, tid);
    mb_trace_tell_company(table, stopped);
    return task;
}

/* Handles a stop and lets the thread go on, with the signal that stopped it, as if nobody had looked. */
static void handle(mb_trace_table *table, pid_t tid, int wait_status)
{
    int event = wait_status >> 16, number = WSTOPSIG(wait_status);
    mb_trace_task *task = mb_trace_task_find(table, tid);
    if (task == NULL)
        task = take_new(table, tid, NULL);
    bool is_stopping = number == SIGSTOP || number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
    switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: {
        pid_t fresh = event_message(tid);
        if (fresh > 0 && mb_trace_task_find(table, fresh) == NULL)
            take_new(table, fresh, task);
        break;
    }
    case PTRACE_EVENT_EXEC:
        if (task != NULL)
            take_exec(table, task);
        break;
    case PTRACE_EVENT_EXIT:
        if (task != NULL)
            take_exit_stop(table, task);
        break;
    case PTRACE_EVENT_SECCOMP:
        if (task != NULL)
            mb_trace_take_lowering(table, task);
        if (task != NULL && task->pending_status != 0) /* it has stopped for something else since */
            return;
        break;
    case PTRACE_EVENT_STOP: {
        bool is_new = task != NULL && task->is_new;
        if (task != NULL) {
            task->is_stopped = is_stopping;
            task->is_new = false;
        }
        if (is_stopping) { /* stays stopped until SIGCONT comes, which we hear of */
            ptrace(PTRACE_LISTEN, tid, 0L, 0L);
            return;
        }
        if (!is_new)
            mb_trace_make_again(tid);
        break;
    }
    default:
        ptrace(PTRACE_CONT, tid, 0L, number == (SIGTRAP | 0x80) ? 0L : (long)number);
        return;
    }
    ptrace(PTRACE_CONT, tid, 0L, 0L);
}

static mb_trace_task *find_pending(const mb_trace_table *table)
{
    for (size_t i = 0; i < table->task_count; i++)
        if (table->tasks[i].pending_status != 0)
            return &table->tasks[i];
    return NULL;
}

void mb_trace_take_stop(mb_trace_table *table, pid_t tid, int wait_status, const struct rusage *usage)
{
    table->stop_fault_count = usage != NULL ? usage->ru_minflt + usage->ru_majflt : 0;
    handle(table, tid, wait_status);
    table->stop_fault_count = 0;
    for (mb_trace_task *task; (task = find_pending(table)) != NULL;) {
        int pending_status = task->pending_status;
        task->pending_status = 0;
        handle(table, task->tid, pending_status);
    }
}

void mb_trace_take_gone(mb_trace_table *table, pid_t tid)
{
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
    if (!process->is_read && !process->shares_memory && !process->is_left) {
        table->end->unread_count++;
        process->peak.is_low = true;
    }
    mb_trace_process_end(table, process);
}
