/* runner.h: the process engine: runs many child processes, a few at a time, and hands on their lines and their ends.
 *
 * It knows nothing of cases or JSON. The life of a process:
 *
 *     mb_runner_submit ─▶ queue ─▶ prepare ─▶ started ─▶ on_signs, on_line … ─▶ on_end
 *                                                 └ timeout: SIGTERM to its group, 1 s later SIGKILL
 *
 * Every process gets a process group of its own, ASLR and transparent huge pages off unless asked for, no core file,
 * stdin and stdout on /dev/null, the event pipe at descriptor MB_EVENT_FD and no other descriptor. When it has ended,
 * so has everything that it started: the rest of its group is killed, and so are processes that left the group (they
 * become our children, since the coordinator is made a subreaper, and are recognised by MEMBENCH_WORKER in their
 * environment). A guard process does the same should the coordinator die, even by SIGKILL.
 *
 * One runner at a time, used from one thread of a process that starts no children in other ways while it has a
 * runner. Until mb_runner_free, SIGINT, SIGTERM, SIGHUP (those that were not ignored) and SIGCHLD are blocked and
 * taken by the runner. All callbacks are called from mb_runner_step and may call mb_runner_submit and mb_runner_stop.
 */
#ifndef MEMBENCH_PROCESS_RUNNER_H
#define MEMBENCH_PROCESS_RUNNER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    MB_EVENT_FD = 10,                      /* the event pipe in every worker; the runner adds MEMBENCH_FD=10 */
    MB_LINE_BYTES_MAX = 64 * 1024,         /* one event line with its newline */
    MB_EVENT_BYTES_MAX = 16 * 1024 * 1024, /* all events of one process */
    MB_STDERR_BYTES_MAX = 4096,            /* of the end of stderr, kept */
    MB_JOBS_MAX = 64,                      /* processes at a time */
};

/* argv[0] of every process: the same for all, since its length moves the stack. */
#define MB_WORKER_NAME "membench-worker"

typedef enum mb_end_kind {
    MB_END_EXITED,      /* exit_code */
    MB_END_SIGNALED,    /* signal_number */
    MB_END_NOT_STARTED, /* message: "cannot run PATH: reason", or what prepare said */
    MB_END_CANCELLED,   /* the runner was stopped before its turn: nothing ran */
} mb_end_kind;

/* What a process did wrong with its events; it was killed for it. */
typedef enum mb_event_fault {
    MB_EVENT_FINE,
    MB_EVENT_LINE_TOO_LONG, /* more than MB_LINE_BYTES_MAX without a newline */
    MB_EVENT_FLOOD,         /* more than MB_EVENT_BYTES_MAX in all */
    MB_EVENT_GARBAGE,       /* a byte between lines that is not a sign of life and begins no line */
    MB_EVENT_REFUSED,       /* on_line returned false */
} mb_event_fault;

const char *mb_event_fault_text(mb_event_fault fault); /* "wrote a line longer than 64 KiB", "" when fine */

/* Valid during on_end. */
typedef struct mb_process_end {
    mb_end_kind kind;
    int exit_code;
    int signal_number;
    int start_errno;     /* why exec or a step before it failed; 0 otherwise */
    const char *message; /* when not started, else NULL */
    bool timed_out;
    bool stopped;       /* by mb_runner_stop or a signal to the coordinator */
    bool killed_by_us;  /* for any reason: timeout, stop, fault; the signal is then no crash */
    bool aslr_was_off;  /* false: not asked for, or refused by the system (EPERM in many containers) */
    bool left_children; /* it ended and left processes running; they have been killed */
    mb_event_fault fault;
    const char *half_line; /* events after the last newline, half_line_bytes > 0 when it ended within a line */
    size_t half_line_bytes;
    const char *stderr_tail; /* last bytes of stderr, terminated; never NULL */
    size_t stderr_tail_bytes;
    uint64_t stderr_bytes; /* written in all */
    uint64_t event_bytes;  /* read in all */
    uint64_t wall_ns;      /* from before its start until its end was seen */
} mb_process_end;

/* What to run. The runner copies the structure and borrows everything that it points to: the context until on_end has
 * returned, path, argv and environment until the process has been started. */
typedef struct mb_process_spec mb_process_spec;
struct mb_process_spec {
    const char *path;          /* as for execve: not looked up in PATH */
    char *const *argv;         /* NULL-terminated, argv[0] MB_WORKER_NAME; NULL: just that */
    char *const *environment;  /* NULL-terminated "NAME=value"; the runner adds MEMBENCH_FD and MEMBENCH_WORKER */
    uint64_t timeout_ns;       /* 0: none */
    uint64_t data_limit_bytes; /* RLIMIT_DATA; 0: none */
    bool aslr_on;
    bool thp_on;
    bool counts_pages; /* where traced: status is not exact on this kernel */
    bool traced;       /* stopped before each call that gives memory back, if it asks for that: readings/lowering.h */
    bool alone;        /* with nothing else running */
    bool needs_folder; /* for temporary files; emptied when it has ended */
    int input_fd; /* becomes standard input, above MB_EVENT_FD, the caller's to close when it was started; 0: /dev/null
                   */
    void *context;

    const char *folder; /* the runner's: where there is one, before prepare is called; NULL: not asked for, or none */

    /* Just before the start, or NULL: may set path, argv and environment, in storage that is used again for the next
     * process. On failure the process is not started, and on_end has the error's message. */
    mb_status (*prepare)(void *context, mb_process_spec *spec, mb_error *error);

    /* When it runs, or NULL. The number is its own until on_end. */
    void (*on_start)(void *context, pid_t pid);

    /* One line of events without its newline, terminated by 0, valid during the call. False: kill the process. */
    bool (*on_line)(void *context, const char *line, size_t length);

    /* Signs of life of docs/protocol.md that came one after the other; or NULL. */
    void (*on_signs)(void *context, const char *signs, size_t length);

    /* Once for every submitted process, whatever became of it. */
    void (*on_end)(void *context, const mb_process_end *end);
};

typedef struct mb_runner mb_runner; /* owned by the caller from new to free */

/* job_count: processes at a time, 1 … MB_JOBS_MAX. Call it early: it forks the guard. Fails when the system has no
 * descriptors, memory or processes left. */
MB_NODISCARD mb_status mb_runner_new(size_t job_count, mb_runner **runner, mb_error *error);

/* Kills what still runs (without on_end), ends the guard, gives back signals and memory. NULL is fine. */
void mb_runner_free(mb_runner *runner);

/* Queues a process; they start in the order of submission. on_line and on_end must be set. Fails when memory is out. A
 * stopped runner takes it too and ends it as cancelled. */
MB_NODISCARD mb_status mb_runner_submit(mb_runner *runner, const mb_process_spec *spec, mb_error *error);

/* Starts what may start, waits up to wait_ns for something to happen (UINT64_MAX: as long as it takes) and handles it.
 * Returns false when nothing runs and nothing is queued. */
bool mb_runner_step(mb_runner *runner, uint64_t wait_ns);

/* Steps until nothing runs and nothing is queued, also after a signal: then what ran is killed and what was queued is
 * cancelled. Returns the signal that stopped it (SIGINT, SIGTERM, SIGHUP), 0 when none did. */
int mb_runner_drain(mb_runner *runner);

/* Starts nothing more, ends what runs (SIGTERM, after 1 s SIGKILL; called again: SIGKILL at once). */
void mb_runner_stop(mb_runner *runner);

/* The first signal that stopped the runner, or 0. */
int mb_runner_signal(const mb_runner *runner);

/* Whether this system lets a program be run without address space randomisation; tried, not guessed. */
bool mb_aslr_can_be_disabled(void);

#endif
