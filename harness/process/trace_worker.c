#include "process/trace_worker.h"

#include "process/trace_stops.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct mb_trace_worker {
    pthread_t thread;
    bool has_thread, is_begun;
    mb_spawn_gate gate;               /* pid LEAVING: the thread is to end */
    _Atomic int32_t is_over, is_done; /* nothing more is asked for; the thread is through with this worker */
    _Atomic int32_t has_followed;     /* the worker's end has been seen: from now on its processes may be reaped */
    bool sees_exec;                   /* the thread: it has stopped once */
    bool is_ending;                   /* the thread: it still traces what nobody killed, which dies with it */
    bool has_taken_killed;            /* the thread: the end of a process that was left and killed */
    mb_trace_table table;
    mb_trace_end end; /* what the table adds up; nobody asks */
};

enum { TICK_NS = 1000000, NOT_STARTED = -1, LEAVING = -2 };

/* Memory is read in windows, and nowhere else: so the ends of threads need no stop, nor does the exec that brings the
 * program. What comes after the first stop does: until then there is one process, and nothing is known of it. */
static const long options = MB_TRACE_OPTIONS & ~(long)PTRACE_O_TRACEEXIT;

/* New processes and threads begin with a stop of that kind, and with what the one that made them had before its own. */
static void see_exec(mb_trace_worker *tracer, pid_t tid, int event)
{
    if (!tracer->sees_exec || event == PTRACE_EVENT_STOP)
        ptrace(PTRACE_SETOPTIONS, tid, 0L, options);
    tracer->sees_exec = true;
}

/* Takes what has stopped until the worker's first process has ended. Its end is left where it is (WNOWAIT), for the
 * runner; the end of any other thread is taken, or the first would never be seen to end. */
static void follow(mb_trace_worker *tracer, pid_t leader)
{
    siginfo_t info = {0};
    struct rusage usage;
    while (!tracer->is_over) {
        const long what = WSTOPPED | WEXITED | WNOWAIT | __WALL | __WNOTHREAD;
        if (syscall(SYS_waitid, (long)P_ALL, 0L, &info, what, &usage) != 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        pid_t tid = info.si_pid;
        if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED) {
            see_exec(tracer, tid, info.si_status >> 8);
            /* A thread that became another program has its leader's number now, and ptrace refuses that until
             * this stop was waited for. */
            if (info.si_status >> 8 == PTRACE_EVENT_EXEC)
                waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD);
            mb_trace_take_stop(&tracer->table, tid, info.si_status << 8 | 0x7f, &usage);
            continue;
        }
        if (tid == leader)
            return;
        waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL | __WNOTHREAD);
        mb_trace_take_gone(&tracer->table, tid);
    }
}

static void take_left(mb_trace_worker *tracer, pid_t tid)
{
    siginfo_t info = {0};
    bool is_gone = waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL | __WNOTHREAD) != 0;
    if (!is_gone && info.si_pid != tid)
        return;
    if (!is_gone && info.si_code == CLD_KILLED && info.si_status == SIGKILL)
        tracer->has_taken_killed = true;
    mb_trace_take_gone(&tracer->table, tid);
}

/* What the worker left running: the runner kills it, and whichever of the two comes first reaps it. */
static void follow_rest(mb_trace_worker *tracer, pid_t leader)
{
    while (!tracer->is_over) {
        siginfo_t info = {0};
        int result = waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD);
        if (result != 0 && errno == ECHILD)
            return;
        if (result == 0 && info.si_pid != 0) {
            mb_trace_take_stop(&tracer->table, info.si_pid, info.si_status << 8 | 0x7f, NULL);
            continue;
        }
        for (size_t i = tracer->table.task_count; i-- > 0;)
            if (tracer->table.tasks[i].tid != leader)
                take_left(tracer, tracer->table.tasks[i].tid);
        syscall(SYS_futex, &tracer->is_over, (long)FUTEX_WAIT, 0L, &(struct timespec){.tv_nsec = TICK_NS}, NULL, 0L);
    }
}

static void trace_one(mb_trace_worker *tracer, pid_t pid)
{
    bool is_traced = ptrace(PTRACE_SEIZE, pid, 0L, options & ~(long)PTRACE_O_TRACEEXEC) == 0;
    tracer->gate.errnum = is_traced ? 0 : errno;
    if (is_traced)
        mb_trace_task_add_first(&tracer->table, pid);
    mb_gate_set(&tracer->gate.outcome, is_traced ? 1 : 2);
    if (is_traced)
        follow(tracer, pid);
    mb_gate_set(&tracer->has_followed, 1);
    if (tracer->table.task_count <= 1)
        return;
    follow_rest(tracer, pid);
    siginfo_t info;
    tracer->is_ending = waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL | __WNOTHREAD) == 0;
}

/* One worker after the other: to make a thread takes as long as to attach to a process. */
static void *trace(void *argument)
{
    mb_trace_worker *tracer = argument;
    prctl(PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L); /* waiting for a thread to stop is a matter of microseconds */
    while (!tracer->is_ending) {
        mb_gate_wait(&tracer->gate.pid, 0);
        pid_t pid = tracer->gate.pid;
        if (pid == LEAVING)
            break;
        if (pid != NOT_STARTED)
            trace_one(tracer, pid);
        tracer->gate.pid = 0;
        tracer->is_done = 1; /* once: from then on it is the runner's to reset; here, where a sanitizer sees it */
        mb_gate_wake(&tracer->is_done);
    }
    return NULL;
}

mb_trace_worker *mb_trace_worker_new(void) { return calloc(1, sizeof(mb_trace_worker)); }

static bool start_thread(mb_trace_worker *tracer)
{
    sigset_t all, before;
    if (tracer->has_thread)
        return true;
    sigfillset(&all); /* every signal is the runner's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    tracer->has_thread = pthread_create(&tracer->thread, NULL, trace, tracer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return tracer->has_thread;
}

mb_spawn_gate *mb_trace_worker_begin(mb_trace_worker *tracer, char *variable, bool counts_pages)
{
    if (!start_thread(tracer))
        return NULL;
    tracer->end = (mb_trace_end){0};
    tracer->table = (mb_trace_table){.end = &tracer->end, .counts_pages = counts_pages, .is_of_worker = true};
    tracer->is_begun = true;
    tracer->sees_exec = false;
    tracer->gate.variable = variable;
    tracer->gate.pid = 0; /* as it is: the thread sees all of the above */
    return &tracer->gate;
}

static void join(mb_trace_worker *tracer)
{
    pthread_join(tracer->thread, NULL);
    tracer->has_thread = tracer->is_ending = false;
}

void mb_trace_worker_see_end(mb_trace_worker *tracer)
{
    if (tracer != NULL && tracer->is_begun)
        mb_gate_wait(&tracer->has_followed, 0);
}

bool mb_trace_worker_end(mb_trace_worker *tracer)
{
    if (tracer == NULL || !tracer->is_begun)
        return false;
    if (!tracer->gate.is_passed)
        mb_gate_set(&tracer->gate.pid, NOT_STARTED);
    mb_gate_set(&tracer->is_over, 1);
    while (tracer->is_done == 0)
        mb_gate_wait(&tracer->is_done, 0);
    if (tracer->is_ending)
        join(tracer);
    mb_trace_table_fini(&tracer->table);
    bool has_taken_killed = tracer->has_taken_killed;
    tracer->gate.outcome = tracer->is_over = tracer->is_done = tracer->has_followed = 0;
    tracer->gate.is_passed = tracer->is_begun = tracer->has_taken_killed = false;
    return has_taken_killed;
}

void mb_trace_worker_free(mb_trace_worker *tracer)
{
    mb_trace_worker_end(tracer);
    if (tracer != NULL && tracer->has_thread) {
        mb_gate_set(&tracer->gate.pid, LEAVING); /* no other thread comes that would take it for a process */
        join(tracer);
    }
    free(tracer);
}
