/* trace_stops.h: following threads from stop to stop, for commands (trace_follow.c) and workers (trace_worker.c). */
#ifndef MEMBENCH_PROCESS_TRACE_STOPS_H
#define MEMBENCH_PROCESS_TRACE_STOPS_H

#include "process/trace_table.h"

#include <sys/ptrace.h>
#include <sys/resource.h>

/* Every process and thread below is followed from its first instruction, and none outlives us: one with the filter of
 * readings/lowering.h could not. */
enum {
    MB_TRACE_OPTIONS = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                       PTRACE_O_TRACEEXIT | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL,
};

/* Takes note of a stop and lets the thread go on, with the signal that stopped it, as if nobody had looked. usage: of
 * its process, as wait gives it; NULL: not known. */
void mb_trace_take_stop(mb_trace_table *table, pid_t tid, int wait_status, const struct rusage *usage);

/* Of a thread that has stopped because it was asked to: if that has ended a call with EINTR, it is made again. */
void mb_trace_make_again(pid_t tid);

/* A thread has ended. */
void mb_trace_take_gone(mb_trace_table *table, pid_t tid);

/* A thread that is stopped before clone: its child will be traced, whatever it asked for. (trace_again.c) */
void mb_trace_keep(pid_t tid);

#endif
