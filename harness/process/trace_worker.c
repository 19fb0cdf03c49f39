#include "process/trace_worker.h"

#include "process/trace_stops.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

struct mb_trace_worker {
    pthread_t thread;
    mb_spawn_gate gate;
    atomic_bool is_over;
    mb_trace_table table;
    mb_trace_end end; /* what the table adds up; nobody asks */
};

enum { TICK_NS = 1000000 };

/* Takes what has stopped until the worker's first process has ended. Its end is left where it is (WNOWAIT), for the
 * runner; the end of any other thread is taken, or the first would never be seen to end. */
static void follow(mb_trace_worker *tracer, pid_t leader)
{
    siginfo_t info = {0};
    while (!tracer->is_over) {
        if (waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOWAIT | __WALL | __WNOTHREAD) != 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        pid_t tid = info.si_pid;
        if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED) {
            /* A thread that became another program has its leader's number now, and ptrace refuses that until
             * this stop was waited for. */
            if (info.si_status >> 8 == PTRACE_EVENT_EXEC)
                waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD);
            mb_trace_take_stop(&tracer->table, tid, info.si_status << 8 | 0x7f);
            continue;
        }
        if (tid == leader)
            return;
        waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL | __WNOTHREAD);
        mb_trace_take_gone(&tracer->table, tid);
    }
}

/* What the worker left running: the runner kills and reaps most of it. */
static void follow_rest(mb_trace_worker *tracer, pid_t leader)
{
    while (!tracer->is_over) {
        siginfo_t info = {0};
        int result = waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | __WALL | __WNOTHREAD);
        if (result != 0 && errno == ECHILD)
            return;
        if (result == 0 && info.si_pid != 0) {
            mb_trace_take_stop(&tracer->table, info.si_pid, info.si_status << 8 | 0x7f);
            continue;
        }
        for (size_t i = tracer->table.task_count; i-- > 0;) {
            pid_t tid = tracer->table.tasks[i].tid;
            info.si_pid = 0;
            if (tid != leader &&
                (waitid(P_PID, (id_t)tid, &info, WEXITED | WNOHANG | __WALL | __WNOTHREAD) != 0 || info.si_pid == tid))
                mb_trace_take_gone(&tracer->table, tid);
        }
        nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
    }
}

static void *trace(void *argument)
{
    mb_trace_worker *tracer = argument;
    prctl(PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L); /* waiting for a thread to stop is a matter of microseconds */
    mb_gate_wait(&tracer->gate.pid, 0);
    pid_t pid = tracer->gate.pid;
    if (pid < 0)
        return NULL;
    bool is_traced = ptrace(PTRACE_SEIZE, pid, 0L, (long)MB_TRACE_OPTIONS) == 0;
    tracer->gate.errnum = is_traced ? 0 : errno;
    if (is_traced)
        mb_trace_task_add(&tracer->table, pid);
    mb_gate_set(&tracer->gate.outcome, is_traced ? 1 : 2);
    if (is_traced) {
        follow(tracer, pid);
        follow_rest(tracer, pid);
    }
    return NULL;
}

mb_trace_worker *mb_trace_worker_start(char *variable, bool counts_pages, mb_spawn_gate **gate)
{
    mb_trace_worker *tracer = calloc(1, sizeof *tracer);
    if (tracer == NULL)
        return NULL;
    tracer->gate.variable = variable;
    tracer->table.end = &tracer->end;
    tracer->table.counts_pages = counts_pages;
    sigset_t all, before;
    sigfillset(&all); /* every signal is the runner's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool runs = pthread_create(&tracer->thread, NULL, trace, tracer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!runs) {
        free(tracer);
        return NULL;
    }
    *gate = &tracer->gate;
    return tracer;
}

void mb_trace_worker_end(mb_trace_worker *tracer)
{
    if (tracer == NULL)
        return;
    int32_t none = 0;
    if (atomic_compare_exchange_strong(&tracer->gate.pid, &none, -1))
        mb_gate_set(&tracer->gate.pid, -1);
    tracer->is_over = true;
    pthread_join(tracer->thread, NULL);
    mb_trace_table_fini(&tracer->table);
    free(tracer);
}
