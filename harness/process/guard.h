/* guard.h: a small process that ends all workers should the coordinator die without a chance to do so. */
#ifndef MEMBENCH_PROCESS_GUARD_H
#define MEMBENCH_PROCESS_GUARD_H

#include "process/children.h"
#include "process/runner.h"

typedef struct mb_guard {
    pid_t pid;
    int pipe_fd;              /* write end, close-on-exec; its closing is what the guard waits for */
    volatile int32_t *groups; /* MB_JOBS_MAX process groups shared with the guard, 0: none */
    char *folder;             /* shared as well: what the guard removes then; see scratch.h */
} mb_guard;

/* Forks the guard: its own session, no descriptor but the pipe's, all signals blocked. coordinator: what its
 * workers' marks begin with. It is not a child that wait() without __WALL sees. */
MB_NODISCARD mb_status mb_guard_start(mb_guard *guard, const char coordinator[MB_MARK_COORDINATOR_DIGITS],
                                      mb_error *error);

/* Sends the guard home and waits for it. The caller has ended all workers. */
void mb_guard_end(mb_guard *guard);

#endif
