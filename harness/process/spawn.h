/* spawn.h: starts one process, by vfork and exec, under the conditions that every worker gets. */
#ifndef MEMBENCH_PROCESS_SPAWN_H
#define MEMBENCH_PROCESS_SPAWN_H

#include "process/runner.h"

#include <sys/types.h>

/* A child calls its tracer at its start and waits, before it execs, until it is traced or cannot be. Shared with the
 * thread that traces. */
typedef struct mb_spawn_gate {
    _Atomic int32_t pid;     /* the child's; -1: there is none and will be none; 0: not yet */
    _Atomic int32_t outcome; /* 0: not yet; 1: traced; 2: errnum says why not */
    bool is_passed;          /* the child has called */
    int errnum;
    char *variable; /* three characters of its environment: "yes", or errnum */
} mb_spawn_gate;

typedef struct mb_spawn {
    const char *path;
    char *const *argv;
    char *const *environment; /* complete */
    uint64_t data_limit_bytes;
    uint64_t changed_signals; /* of this process: not as the program is to have them */
    bool aslr_on;
    bool thp_on;
    int null_fd;             /* /dev/null, above MB_EVENT_FD */
    int input_fd;            /* standard input, above MB_EVENT_FD */
    int event_fd, stderr_fd; /* what it writes to, above MB_EVENT_FD */
    volatile int32_t *group; /* the child leaves its process group here before it execs */
    mb_spawn_gate *gate;     /* NULL: it is not to be traced */

    pid_t pid; /* from here on: written on success; also the process group's number */
    bool aslr_was_off;
    int errnum; /* written on failure: what stopped it */
} mb_spawn;

/* What a process writes to, and who started it reads from, without waiting; the write end is above MB_EVENT_FD. */
typedef struct mb_pipe {
    int read_fd, write_fd; /* -1: none */
} mb_pipe;

/* Opens one where there is none, else makes it as new; it has been read to its end. False with errno, and none. */
bool mb_pipe_open(mb_pipe *made);
void mb_pipe_close(mb_pipe *pipe);

/* Returns when the program has been exec'd. Failure: "cannot run PATH: reason", and nothing is left behind. Shares no
 * state with the child afterwards: signals, THP setting and errno of the caller are as before. */
MB_NODISCARD mb_status mb_spawn_start(mb_spawn *spawn, mb_error *error);

/* Waits while *word is value; wakes who waits. */
void mb_gate_wait(_Atomic int32_t *word, int32_t value);
void mb_gate_set(_Atomic int32_t *word, int32_t value);
void mb_gate_wake(_Atomic int32_t *word);

/* fd itself when it is above MB_EVENT_FD, else a duplicate that is; fd is then closed. -1 with errno on failure. */
int mb_spawn_move_fd(int fd);

#endif
