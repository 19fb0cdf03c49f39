/* slot.h: one place to run a process in: its pipes, its deadline, its end. Used by runner.c alone.
 *
 *     FREE ─ start ─▶ RUNNING ─ leader ended ─▶ ENDING ─ nothing of it left, or 1 s over ─▶ FREE (on_end) */
#ifndef MEMBENCH_PROCESS_SLOT_H
#define MEMBENCH_PROCESS_SLOT_H

#include "base/clock.h"
#include "process/children.h"
#include "process/events.h"
#include "process/trace_worker.h"

#include <sys/types.h>

typedef enum mb_slot_state { MB_SLOT_FREE, MB_SLOT_RUNNING, MB_SLOT_ENDING } mb_slot_state;
typedef enum mb_slot_kill { MB_KILL_NONE, MB_KILL_ASKED, MB_KILL_FORCED } mb_slot_kill;

typedef struct mb_slot {
    mb_slot_state state;
    mb_slot_kill kill;
    mb_process_spec spec;
    pid_t pid;
    char mark[MB_MARK_DIGITS + 1];
    mb_pipe events_pipe, stderr_pipe; /* kept for the next process, as long as no other can hold them */
    uint64_t start_ns;
    uint64_t deadline_ns; /* of the timeout, of the grace, or of ENDING; UINT64_MAX: none */
    volatile int32_t *group;
    uint64_t changed_signals; /* of the runner's process */
    mb_trace_worker *tracer;  /* NULL: there was nothing to trace yet */
    mb_process_end end;
    mb_event_stream events;
    char stderr_tail[MB_STDERR_BYTES_MAX + 1];
} mb_slot;

/* Starts slot->spec in a free slot with the environment complete; traced: its variable MB_TRACED_VARIABLE. False: not
 * started, slot free, error set and *errnum the reason, 0 when it has none. */
bool mb_slot_start(mb_slot *slot, char *const *environment, char *traced, int null_fd, int *errnum, mb_error *error);

/* Reads once from whichever pipe has something. */
void mb_slot_read_events(mb_slot *slot);
void mb_slot_read_stderr(mb_slot *slot);

/* SIGTERM to the group of a running slot, with a grace of 1 s; asked again: nothing. SIGKILL at once. */
void mb_slot_ask(mb_slot *slot);
void mb_slot_kill_now(mb_slot *slot);

/* What a passed deadline means in this state. */
void mb_slot_check_deadline(mb_slot *slot, uint64_t now_ns);

/* Whether the leader of a running slot has ended; then its group is killed, it is reaped and the slot is ENDING. */
bool mb_slot_check_leader(mb_slot *slot);

/* How a child of its group ended that has been reaped: killed with the group, so it had been left behind running. */
void mb_slot_note_child(mb_slot *slot, const siginfo_t *end);

/* Reaps what of its group became our children; true when the group is empty. */
bool mb_slot_reap_group(mb_slot *slot);

/* Reads what is left in the pipes, closes them where a process may live on that has them, calls on_end and frees the
 * slot. */
void mb_slot_finish(mb_slot *slot, bool leaves_nothing);

/* Gives everything back, of a slot that is free; it is closed then. */
void mb_slot_fini(mb_slot *slot);

#endif
