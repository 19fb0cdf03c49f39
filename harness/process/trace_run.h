/* trace_run.h: what following by ptrace and looking from outside have in common. Used by the trace*.c files alone. */
#ifndef MEMBENCH_PROCESS_TRACE_RUN_H
#define MEMBENCH_PROCESS_TRACE_RUN_H

#include "process/guard.h"
#include "process/trace_start.h"
#include "process/trace_table.h"

typedef enum mb_trace_ending {
    MB_TRACE_GOES_ON,
    MB_TRACE_TERMINATED, /* SIGTERM went to the group */
    MB_TRACE_KILLED,
} mb_trace_ending;

typedef struct mb_trace_run_state {
    const mb_trace_spec *spec;
    mb_trace_end *end;
    mb_trace_table table;
    mb_trace_child child;
    sigset_t signals; /* what is waited for */
    bool has_ended;   /* the command's first process */
    int exec_errnum;  /* why it could not be run, once that is known */
    mb_trace_ending ending;
    uint64_t ended_ns, kill_ns;
    mb_guard guard; /* only where nothing is traced */
} mb_trace_run_state;

/* The first process has ended: how, when, and what it took. */
struct rusage;
void mb_trace_take_end(mb_trace_run_state *run, int wait_status, const struct rusage *usage);

/* Ends what has to be ended by now: after a timeout, a signal, or the end of the first process. */
void mb_trace_keep_time(mb_trace_run_state *run);

/* Is it time to look? Not any more when all has been killed. */
bool mb_trace_is_look_due(const mb_trace_run_state *run, uint64_t now_ns);

/* How long it is to the next look, or to the next kill; at most an interval. */
uint64_t mb_trace_gap_ns(const mb_trace_run_state *run);

/* Sleeps for so long, or until a child has ended or the user wants something; sees to the latter. */
void mb_trace_wait(mb_trace_run_state *run, uint64_t wait_ns);

/* False, with the reason in end->refusal, when the child may not be traced. */
bool mb_trace_attach(mb_trace_run_state *run);

/* Until nothing of the command is left. Watching begins before it goes, and lets it go. */
void mb_trace_follow(mb_trace_run_state *run);
void mb_trace_watch(mb_trace_run_state *run);

#endif
