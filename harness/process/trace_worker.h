/* trace_worker.h: traces one worker from a thread of its own, so that its peak is read before each call that lowers it.
 *
 *     start ─▶ the child comes to the gate, is traced, execs ─▶ followed ─▶ all of its processes gone ─▶ end
 *
 * The thread handles stops alone. The end of the worker stays the runner's to see and to reap. */
#ifndef MEMBENCH_PROCESS_TRACE_WORKER_H
#define MEMBENCH_PROCESS_TRACE_WORKER_H

#include "process/spawn.h"

/* In every worker's environment: "yes", "no " where nobody asked for it, or the errno of why it could not be traced. */
#define MB_TRACED_VARIABLE "MEMBENCH_TRACED=no "

typedef struct mb_trace_worker mb_trace_worker; /* owned by the caller from start to end */

/* Before the child is started; *gate is for mb_spawn. variable: the value in the child's environment. counts_pages: at
 * stops, since status is not exact on this kernel. NULL, and *gate untouched, when memory or threads have run out. */
mb_trace_worker *mb_trace_worker_start(char *variable, bool counts_pages, mb_spawn_gate **gate);

/* When the worker has ended and its processes were killed, or it could not be started. What it left and nobody killed
 * dies now. NULL is fine. */
void mb_trace_worker_end(mb_trace_worker *tracer);

#endif
