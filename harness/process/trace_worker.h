/* trace_worker.h: traces workers, one after the other, from a thread of its own, so that their peaks are read before
 * each call that lowers them.
 *
 *     new ─▶ begin ─▶ the child comes to the gate, is traced, execs ─▶ followed ─▶ all of its processes gone ─▶ end ─┐
 *              ▲                                                                                       free ◀──┤
 *              └───────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * The thread handles stops alone. The end of the worker stays the runner's to see and to reap. */
#ifndef MEMBENCH_PROCESS_TRACE_WORKER_H
#define MEMBENCH_PROCESS_TRACE_WORKER_H

#include "process/spawn.h"

/* In every worker's environment: "yes", "no " where nobody asked for it, or the errno of why it could not be traced. */
#define MB_TRACED_VARIABLE "MEMBENCH_TRACED=no "

typedef struct mb_trace_worker mb_trace_worker;

/* Owned by the caller; NULL when memory has run out. The thread comes with the first worker. */
mb_trace_worker *mb_trace_worker_new(void);

/* Before the child is started; the gate is for mb_spawn. variable: the value in the child's environment. counts_pages:
 * at stops, since status is not exact on this kernel. NULL when threads have run out. */
mb_spawn_gate *mb_trace_worker_begin(mb_trace_worker *tracer, char *variable, bool counts_pages);

/* Once the worker has ended, before any of its processes is killed or reaped: waits until the thread has seen it too,
 * which could wait for ever for an end that somebody else has taken. NULL is fine here and below, and one that has not
 * begun. */
void mb_trace_worker_see_end(mb_trace_worker *tracer);

/* When the worker has ended and its processes were killed, or it could not be started. What it left and nobody killed
 * dies now. True: of those that were killed the thread has reaped some, unseen by the runner. */
bool mb_trace_worker_end(mb_trace_worker *tracer);
void mb_trace_worker_free(mb_trace_worker *tracer);

#endif
