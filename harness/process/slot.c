#include "process/slot.h"

#include "base/clock.h"
#include "process/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const uint64_t GRACE_NS = 1000000000;

static void set_deadline(mb_slot *slot, uint64_t from_ns, uint64_t length_ns)
{
    slot->deadline_ns = length_ns < UINT64_MAX - from_ns ? from_ns + length_ns : UINT64_MAX;
}

/* Without memory for a tracer it goes untraced, and says so. */
static mb_spawn_gate *begin_tracing(mb_slot *slot, char *traced)
{
    if (slot->tracer == NULL)
        slot->tracer = mb_trace_worker_new();
    return slot->tracer != NULL ? mb_trace_worker_begin(slot->tracer, traced + sizeof MB_TRACED_VARIABLE - sizeof "no ",
                                                        slot->spec.counts_pages)
                                : NULL;
}

bool mb_slot_start(mb_slot *slot, char *const *environment, char *traced, int null_fd, int *errnum, mb_error *error)
{
    static char name[] = MB_WORKER_NAME;
    static char *const name_alone[] = {name, NULL};
    const mb_process_spec *spec = &slot->spec;
    uint64_t start_ns = mb_now_ns();
    if (!mb_pipe_open(&slot->events_pipe) || !mb_pipe_open(&slot->stderr_pipe)) {
        *errnum = errno;
        mb_error_set_errno(error, *errnum, "cannot run %s: pipe", spec->path);
        return false;
    }
    mb_spawn spawn = {.path = spec->path,
                      .argv = spec->argv != NULL ? spec->argv : name_alone,
                      .environment = environment,
                      .data_limit_bytes = spec->data_limit_bytes,
                      .changed_signals = slot->changed_signals,
                      .aslr_on = spec->aslr_on,
                      .thp_on = spec->thp_on,
                      .null_fd = null_fd,
                      .input_fd = spec->input_fd > 0 ? spec->input_fd : null_fd,
                      .event_fd = slot->events_pipe.write_fd,
                      .stderr_fd = slot->stderr_pipe.write_fd,
                      .group = slot->group};
    if (spec->traced)
        spawn.gate = begin_tracing(slot, traced);
    if (mb_spawn_start(&spawn, error) != MB_OK) {
        mb_trace_worker_end(slot->tracer);
        *slot->group = 0;
        *errnum = spawn.errnum;
        return false;
    }
    slot->state = MB_SLOT_RUNNING;
    slot->kill = MB_KILL_NONE;
    slot->pid = spawn.pid;
    slot->start_ns = start_ns;
    slot->end = (mb_process_end){.aslr_was_off = spawn.aslr_was_off};
    set_deadline(slot, start_ns, spec->timeout_ns != 0 ? spec->timeout_ns : UINT64_MAX);
    mb_event_stream_reset(&slot->events);
    slot->stderr_tail[0] = '\0';
    if (spec->on_start != NULL)
        spec->on_start(spec->context, spawn.pid);
    return true;
}

/* One read; false when nothing more can be had now. */
static bool read_events(mb_slot *slot)
{
    if (slot->events_pipe.read_fd < 0)
        return false;
    size_t space_bytes;
    char *space = mb_event_stream_space(&slot->events, &space_bytes);
    ssize_t got = read(slot->events_pipe.read_fd, space, space_bytes);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    mb_event_stream_take(&slot->events, (size_t)got, &slot->spec);
    return slot->events.fault == MB_EVENT_FINE;
}

static bool read_stderr(mb_slot *slot)
{
    static char bytes[64 * 1024];
    ssize_t got = read(slot->stderr_pipe.read_fd, bytes, sizeof bytes);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    mb_process_end *end = &slot->end;
    size_t fresh = (size_t)got < MB_STDERR_BYTES_MAX ? (size_t)got : MB_STDERR_BYTES_MAX;
    size_t kept = end->stderr_tail_bytes;
    if (kept + fresh > MB_STDERR_BYTES_MAX) {
        size_t dropped = kept + fresh - MB_STDERR_BYTES_MAX;
        kept -= dropped;
        memmove(slot->stderr_tail, slot->stderr_tail + dropped, kept);
    }
    memcpy(slot->stderr_tail + kept, bytes + (size_t)got - fresh, fresh);
    end->stderr_tail_bytes = kept + fresh;
    end->stderr_bytes += (uint64_t)got;
    slot->stderr_tail[end->stderr_tail_bytes] = '\0';
    return true;
}

void mb_slot_read_events(mb_slot *slot)
{
    read_events(slot);
    if (slot->events.fault == MB_EVENT_FINE)
        return;
    mb_pipe_close(&slot->events_pipe); /* nothing more is believed */
    if (slot->state == MB_SLOT_RUNNING)
        mb_slot_kill_now(slot);
}

void mb_slot_read_stderr(mb_slot *slot) { read_stderr(slot); }

void mb_slot_ask(mb_slot *slot)
{
    if (slot->state != MB_SLOT_RUNNING || slot->kill != MB_KILL_NONE)
        return;
    slot->kill = MB_KILL_ASKED;
    slot->end.killed_by_us = true;
    kill(-slot->pid, SIGTERM);
    kill(-slot->pid, SIGCONT); /* a stopped process cannot heed it */
    set_deadline(slot, mb_now_ns(), GRACE_NS);
}

void mb_slot_kill_now(mb_slot *slot)
{
    if (slot->state != MB_SLOT_RUNNING || slot->kill == MB_KILL_FORCED)
        return;
    slot->kill = MB_KILL_FORCED;
    slot->end.killed_by_us = true;
    kill(-slot->pid, SIGKILL);
    kill(slot->pid, SIGKILL); /* should it have joined another group */
    slot->deadline_ns = UINT64_MAX;
}

void mb_slot_check_deadline(mb_slot *slot, uint64_t now_ns)
{
    if (slot->state != MB_SLOT_RUNNING || now_ns < slot->deadline_ns)
        return;
    if (slot->kill == MB_KILL_ASKED) {
        mb_slot_kill_now(slot);
        return;
    }
    slot->end.timed_out = true;
    mb_slot_ask(slot);
}

/* Batch systems and service managers end all processes of a job at once, and a worker may be gone before our own signal
 * is here. Then it did not crash, it was stopped: so wait a moment for ours, which the runner has blocked and reads
 * later. */
static bool is_meant_for_us_too(int number)
{
    enum { TRIES = 50, TRY_NS = 2000000 };
    if (number != SIGINT && number != SIGTERM && number != SIGHUP)
        return false;
    for (int i = 0; i < TRIES; i++) {
        sigset_t pending;
        if (sigpending(&pending) == 0 && sigismember(&pending, number) == 1)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = TRY_NS}, NULL);
    }
    return false;
}

bool mb_slot_check_leader(mb_slot *slot)
{
    siginfo_t info = {0};
    int result = waitid(P_PID, (id_t)slot->pid, &info, WEXITED | WNOHANG | WNOWAIT);
    MB_ASSERT(result == 0); /* else somebody reaped a child of ours, and its end would never be seen */
    if (info.si_pid == 0 || info.si_code == CLD_TRAPPED) /* a stop is its tracer's to see */
        return false;
    mb_trace_worker_see_end(slot->tracer);
    /* The group first: as long as its leader is not reaped, nobody else can have its number. */
    kill(-slot->pid, SIGKILL);
    mb_children_reap(P_PID, (id_t)slot->pid, &info);
    uint64_t now_ns = mb_now_ns();
    slot->end.wall_ns = now_ns - slot->start_ns;
    if (info.si_code == CLD_EXITED) {
        slot->end.kind = MB_END_EXITED;
        slot->end.exit_code = info.si_status;
    } else {
        slot->end.kind = MB_END_SIGNALED;
        slot->end.signal_number = info.si_status;
        if (slot->kill == MB_KILL_NONE && is_meant_for_us_too(info.si_status))
            slot->end.stopped = true;
    }
    slot->state = MB_SLOT_ENDING;
    set_deadline(slot, now_ns, GRACE_NS);
    return true;
}

void mb_slot_note_child(mb_slot *slot, const siginfo_t *end)
{
    /* One that had ended by itself before was left unreaped, not running. */
    if (end->si_code == CLD_KILLED && end->si_status == SIGKILL && slot->kill == MB_KILL_NONE)
        slot->end.left_children = true;
}

bool mb_slot_reap_group(mb_slot *slot)
{
    siginfo_t info;
    for (;;) {
        if (kill(-slot->pid, 0) != 0 && errno == ESRCH)
            return true;
        if (!mb_children_reap(P_PGID, (id_t)slot->pid, &info))
            return false;
        mb_slot_note_child(slot, &info);
    }
}

void mb_slot_fini(mb_slot *slot)
{
    mb_pipe_close(&slot->events_pipe);
    mb_pipe_close(&slot->stderr_pipe);
    mb_event_stream_fini(&slot->events);
    mb_trace_worker_free(slot->tracer);
}

void mb_slot_finish(mb_slot *slot, bool leaves_nothing)
{
    while (read_events(slot))
        continue;
    while (read_stderr(slot))
        continue;
    if (!leaves_nothing || slot->events.fault != MB_EVENT_FINE) /* or not all of it has been read */
        mb_pipe_close(&slot->events_pipe);
    if (!leaves_nothing)
        mb_pipe_close(&slot->stderr_pipe);
    if (mb_trace_worker_end(slot->tracer) && slot->kill == MB_KILL_NONE)
        slot->end.left_children = true;
    *slot->group = 0;
    slot->end.fault = slot->events.fault;
    slot->end.half_line = slot->events.buffer;
    slot->end.half_line_bytes = slot->events.fill;
    slot->end.event_bytes = slot->events.total_bytes;
    slot->end.stderr_tail = slot->stderr_tail;
    slot->state = MB_SLOT_FREE;
    slot->spec.on_end(slot->spec.context, &slot->end);
}
