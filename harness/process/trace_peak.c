/* The peak of a memory. With one thread a reading before the call is all there is to it. With more of them the others
 * could touch pages between the reading and the call, 2,446 of them in a try. So they are held meanwhile: what runs is
 * stopped (PTRACE_INTERRUPT), the reading is taken, the call is made up to its exit, and all are let go. A thread that
 * sleeps in the kernel touches nothing and is left alone, since a stop would end its epoll_wait, semop or sigtimedwait
 * with EINTR; should it wake up meanwhile, its count of page faults says whether it touched anything new. If it did,
 * the peak is at least what was read, and is marked so. Cost: 13 to 20 us of processor a stop with one thread, 10 to 30
 * more if pages have come since the last one, some 20 more for each other thread. Edges: a thread that waits for its
 * vfork child cannot be stopped, and counts as asleep; the child, which lives in the same memory, is one of the others.
 */
#include "process/trace_peak.h"

#include "base/clock.h"
#include "process/trace_stops.h"
#include "readings/readings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_BYTES = 1024, PAUSE_NS = 20000 };

/* Longer than a runnable thread waits for its turn on a busy machine. */
static const uint64_t patience_ns = 1000000000;

/* Blocked in the kernel, in a call or a page fault; one that is gone counts too. */
static bool is_asleep(pid_t tid)
{
    char text[TEXT_BYTES];
    return !mb_trace_read_file(tid, "syscall", text, sizeof text) || strncmp(text, "running", strlen("running")) != 0;
}

/* Page faults of one thread, minor and major: fields 10 and 12 of its stat, counted from behind its name, which may
 * hold anything. No page comes without one. A thread that is gone has none. */
static int64_t count_faults(const mb_trace_task *task)
{
    char name[64], text[TEXT_BYTES];
    long long minor_count = 0, major_count = 0;
    snprintf(name, sizeof name, "task/%ld/stat", (long)task->tid);
    const char *at = mb_trace_read_file(task->pid, name, text, sizeof text) ? strrchr(text, ')') : NULL;
    if (at == NULL || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %lld %*u %lld", &minor_count, &major_count) != 2)
        return 0;
    return minor_count + major_count;
}

/* What a stopped thread stopped for, as wait gives it; 0: it has not stopped. Never reaps: a worker's end is its
 * coordinator's. */
static int stop_status(pid_t tid, int flags)
{
    siginfo_t info = {0};
    int result;
    while ((result = waitid(P_PID, (id_t)tid, &info, WSTOPPED | __WALL | flags)) != 0 && errno == EINTR)
        continue;
    if (result != 0 || info.si_pid != tid)
        return 0;
    return info.si_status << 8 | 0x7f;
}

static bool shares_memory(const mb_trace_table *table, const mb_trace_task *task, pid_t memory_pid)
{
    const mb_traced *process = mb_trace_process(table, task->pid);
    return process != NULL && process->memory_pid == memory_pid;
}

/* Waits until an interrupted thread has stopped, or sleeps where it cannot be stopped. */
static bool wait_for(mb_trace_task *task)
{
    uint64_t start_ns = mb_now_ns();
    for (;;) {
        int wait_status = stop_status(task->tid, WNOHANG);
        if (wait_status != 0) {
            task->is_held = true;
            task->is_new = false;
            /* The stop that was asked for, or another that came first. */
            bool is_asked = wait_status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(wait_status) == SIGTRAP;
            task->pending_status = is_asked ? 0 : wait_status;
            if (is_asked)
                mb_trace_make_again(task->tid);
            return true;
        }
        if (is_asleep(task->tid)) {
            task->fault_count = count_faults(task);
            return true;
        }
        if (mb_now_ns() - start_ns > patience_ns)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
}

/* Whether what is read meanwhile is exact, of one memory; and what may be missing in the sum of the tree. */
typedef struct held {
    bool is_exact;
    int64_t missed_bytes;
} held;

static void spoil(const mb_trace_table *table, const mb_trace_task *task, pid_t memory_pid, int64_t bytes, held *held)
{
    held->missed_bytes = bytes > INT64_MAX / 2 - held->missed_bytes ? INT64_MAX / 2 : held->missed_bytes + bytes;
    if (shares_memory(table, task, memory_pid))
        held->is_exact = false;
}

/* Stops the other threads of a memory, or all of the tree; spoils what one that runs on can change. */
static held hold_others(mb_trace_table *table, pid_t tid, pid_t memory_pid, bool whole_tree)
{
    held held = {.is_exact = true};
    for (size_t i = 0; i < table->task_count; i++) {
        mb_trace_task *task = &table->tasks[i];
        task->fault_count = -1;
        task->is_held = task->is_watched = false;
        if (task->tid == tid || task->is_ending || task->is_stopped || task->pending_status != 0 ||
            (!whole_tree && !shares_memory(table, task, memory_pid)))
            continue;
        if (!is_asleep(task->tid))
            task->is_held = ptrace(PTRACE_INTERRUPT, task->tid, 0L, 0L) == 0;
        else if (shares_memory(table, task, memory_pid))
            task->fault_count = count_faults(task);
        else
            task->is_watched = true;
    }
    for (size_t i = 0; i < table->task_count; i++)
        if (table->tasks[i].is_held && !wait_for(&table->tasks[i]))
            spoil(table, &table->tasks[i], memory_pid, INT64_MAX / 2, &held);
    return held;
}

/* Lets those go on that were stopped here; one that slept may have touched pages meanwhile. */
static void let_go(mb_trace_table *table, pid_t memory_pid, held *held)
{
    for (size_t i = 0; i < table->task_count; i++) {
        mb_trace_task *task = &table->tasks[i];
        bool has_faults = task->fault_count >= 0 && count_faults(task) != task->fault_count;
        int64_t grown_bytes = task->is_watched || has_faults ? mb_trace_tree_grown(table, task->pid) : 0;
        if (has_faults || grown_bytes > 0)
            spoil(table, task, memory_pid, grown_bytes, held);
        if (task->is_held && task->fault_count < 0 && task->pending_status == 0)
            ptrace(PTRACE_CONT, task->tid, 0L, 0L);
        task->is_held = task->is_watched = false;
        task->fault_count = -1;
    }
}

static void raise_to(int64_t *value, int64_t other)
{
    if (*value < other)
        *value = other;
}

/* Takes note of what the process holds now; returns how much of it is its own, as far as that is known. */
static int64_t note(mb_trace_table *table, mb_traced *process, bool alone)
{
    mb_memory_reading reading;
    mb_trace_peak *peak = &process->peak;
    int64_t own_anon_bytes;
    peak->stop_count++;
    if (alone && mb_trace_has_not_grown(table, process, &own_anon_bytes))
        return own_anon_bytes;
    if (!mb_trace_read_exactly(table, process, &reading)) {
        peak->is_low = true;
        return INT64_MAX;
    }
    raise_to(&peak->rss_bytes, reading.rss_bytes);
    raise_to(&peak->anon_bytes, reading.anon_bytes);
    raise_to(&peak->own_anon_bytes, reading.footprint_bytes);
    peak->fault_count = alone ? table->stop_fault_count : 0;
    peak->last_bytes = reading.rss_bytes - reading.hugetlb_bytes;
    peak->last_own_anon_bytes = reading.footprint_bytes - reading.hugetlb_bytes;
    mb_trace_record(table, process, MB_TIMELINE_STOP, &reading);
    return reading.footprint_bytes;
}

/* The call is made while the others are held; what else it stops for comes later. */
static void step(mb_trace_task *task)
{
    if (ptrace(PTRACE_SYSCALL, task->tid, 0L, 0L) != 0)
        return;
    int wait_status = stop_status(task->tid, 0);
    if (wait_status != 0 && WSTOPSIG(wait_status) != (SIGTRAP | 0x80))
        task->pending_status = wait_status;
}

/* Of a thread alone in its memory one reading is enough. */
static bool is_alone(const mb_trace_table *table, pid_t memory_pid)
{
    size_t count = 0;
    for (size_t i = 0; i < table->process_count; i++)
        if (table->processes[i].memory_pid == memory_pid)
            count += table->processes[i].thread_count;
    return count <= 1;
}

/* The call before which a thread is stopped, and why. number: -1 where that is not known, or of a 32-bit program's. */
typedef struct call {
    mb_lowering_stop why;
    int64_t number;
    uint64_t arguments[3];
} call;

static call call_of(pid_t tid)
{
    struct __ptrace_syscall_info info;
    call call = {.number = -1};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0 && info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        call.why = (mb_lowering_stop)info.seccomp.ret_data;
        call.number =
            info.arch == MB_LOWERING_NATIVE && info.seccomp.nr < MB_LOWERING_X32_BIT ? (int64_t)info.seccomp.nr : -1;
        for (int i = 0; i < 3; i++)
            call.arguments[i] = info.seccomp.args[i];
        return call;
    }
    unsigned long message = 0; /* before Linux 5.3 */
    ptrace(PTRACE_GETEVENTMSG, tid, 0L, &message);
    call.why = (mb_lowering_stop)message;
    return call;
}

static uint64_t whole_pages(uint64_t bytes)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return bytes > UINT64_MAX / 4 ? UINT64_MAX / 4 : (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

/* The most that a call can lower: the length it is about, where it has one. The break is at most the highest that was
 * asked for since exec, granted or not: before that there is no heap to shrink. */
static int64_t amount_of(const call *call, mb_traced *owner)
{
    const uint64_t *arguments = call->arguments, highest = owner->highest_break;
    switch (call->number) {
    case SYS_munmap:
    case SYS_madvise:
    case SYS_mmap:
        return (int64_t)whole_pages(arguments[1]);
    case SYS_mremap: /* of the old place, and of what is at the new one */
        return (int64_t)(whole_pages(arguments[1]) + whole_pages(arguments[2]));
    case SYS_brk:
        if (arguments[0] < highest)
            return (int64_t)whole_pages(highest - arguments[0]);
        owner->highest_break = arguments[0];
        return 0;
    case -1:
        owner->highest_break = UINT64_MAX;
        return INT64_MAX;
    default:
        return INT64_MAX;
    }
}

static void poke(pid_t tid, uint64_t address, const void *words, size_t size)
{
    for (size_t at = 0; at < size; at += sizeof(long)) {
        long word;
        memcpy(&word, (const char *)words + at, sizeof word);
        ptrace(PTRACE_POKEDATA, tid, (long)(address + at), word);
    }
}

static void answer(const mb_trace_peak *peak, pid_t tid, uint64_t address)
{
    const mb_peak_answer given = {.state = peak->is_low ? 2 : 1,
                                  .anon_bytes = peak->anon_bytes,
                                  .rss_bytes = peak->rss_bytes,
                                  .stop_count = peak->stop_count};
    poke(tid, address, &given, sizeof given);
}

/* Of a worker, asked at a stop of a thread in its memory: what was read in the window before does not count in this. */
static bool has_open_window(mb_traced *worker, pid_t tid)
{
    if (worker->share == 0)
        return worker->peak.is_open;
    errno = 0;
    int64_t window = ptrace(PTRACE_PEEKDATA, tid, (long)(worker->share + offsetof(mb_peak_share, window)), 0L);
    if (window == 0 || errno != 0)
        return false;
    if (window != worker->peak.window)
        worker->peak = (mb_trace_peak){.window = window};
    return true;
}

void mb_trace_tell_company(const mb_trace_table *table, pid_t tid)
{
    const mb_trace_task *task = mb_trace_task_find(table, tid);
    const mb_traced *process = task != NULL ? mb_trace_process(table, task->pid) : NULL;
    const mb_traced *worker = process != NULL ? mb_trace_process(table, process->memory_pid) : NULL;
    if (worker != NULL && worker->share != 0 && !is_alone(table, worker->pid))
        poke(tid, worker->share + offsetof(mb_peak_share, must_ask), &(long){1}, sizeof(long));
}

static void take_call(mb_trace_table *table, mb_trace_task *task, mb_traced *process, const call *call)
{
    mb_traced *owner = mb_trace_process(table, process->memory_pid);
    if (owner == NULL)
        return;
    int64_t amount = amount_of(call, owner);
    if (table->is_of_worker && !has_open_window(owner, task->tid))
        return;
    bool alone = is_alone(table, owner->pid), ends_others = call->why == MB_STOP_EXEC;
    const mb_trace_peak *peak = &owner->peak;
    int64_t rss_before = peak->rss_bytes, anon_before = peak->anon_bytes;
    int64_t own_bytes = alone ? note(table, owner, true) : INT64_MAX;
    bool has_risen = peak->rss_bytes > rss_before || peak->anon_bytes > anon_before || peak->is_low;
    if (alone && owner->share != 0 && has_risen)
        answer(peak, task->tid, owner->share + offsetof(mb_peak_share, answer));
    bool sums = mb_trace_tree_is_due(table, amount < own_bytes ? amount : own_bytes);
    if (alone && !sums)
        return;
    held held = hold_others(table, task->tid, owner->pid, sums);
    if (!alone)
        note(table, owner, false);
    if (sums)
        mb_trace_tree_sum(table);
    if (!ends_others)
        step(task);
    let_go(table, owner->pid, &held);
    if (!alone && (!held.is_exact || ends_others))
        owner->peak.is_low = true;
    if (sums)
        mb_trace_tree_miss(table, held.missed_bytes);
}

void mb_trace_take_end_of_memory(mb_trace_table *table, const mb_trace_task *task, const mb_traced *process)
{
    if (!mb_trace_tree_is_due(table, process->peak.own_anon_bytes))
        return;
    held held = hold_others(table, task->tid, process->pid, true);
    mb_trace_tree_sum(table);
    let_go(table, process->pid, &held);
    mb_trace_tree_miss(table, held.missed_bytes);
}

static void begin_window(const mb_trace_table *table, mb_traced *process, pid_t tid, uint64_t share)
{
    process->peak = (mb_trace_peak){.is_open = true};
    process->share = share;
    if (process->share == 0)
        return;
    poke(tid, process->share + offsetof(mb_peak_share, is_followed), &(long){1}, sizeof(long));
    poke(tid, process->share + offsetof(mb_peak_share, answer.state), &(long){1}, sizeof(long));
    mb_trace_tell_company(table, tid);
}

static void end_window(mb_traced *process, pid_t tid, uint64_t address)
{
    if (has_open_window(process, tid) && address != 0)
        answer(&process->peak, tid, address);
    process->peak.is_open = false;
}

void mb_trace_take_lowering(mb_trace_table *table, mb_trace_task *task)
{
    const call call = call_of(task->tid);
    mb_traced *process = mb_trace_process(table, task->pid);
    table->is_filtered = true;
    if (process == NULL || table->is_preparing)
        return;
    switch (call.why) {
    case MB_STOP_LOWERING:
        take_call(table, task, process, &call);
        break;
    case MB_STOP_EXEC: /* a vfork child leaves its parent's memory as it is */
        if (process->memory_pid == process->pid)
            take_call(table, task, process, &call);
        break;
    case MB_STOP_BEGIN:
        begin_window(table, process, task->tid, call.arguments[0]);
        break;
    case MB_STOP_END:
        end_window(process, task->tid, call.arguments[0]);
        break;
    case MB_STOP_UNTRACED:
        mb_trace_keep(task->tid);
        break;
    case MB_STOP_PTRACE:
        table->end->uses_ptrace = true;
        break;
    }
}
