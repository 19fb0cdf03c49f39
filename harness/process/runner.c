#include "process/runner.h"

#include "base/signals.h"
#include "process/child.h"
#include "process/guard.h"
#include "process/needed_calls.h"
#include "process/open_files.h"
#include "process/runner_parts.h"
#include "process/slot.h"
#include "process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENDING_TICK_MS = 5, FREE_ROUNDS_MAX = 1000 };

static bool take_signals(mb_runner *runner, mb_error *error)
{
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGCHLD);
    mb_signals_add_ending(&taken);
    runner->signal_fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    if (runner->signal_fd < 0) {
        mb_error_set_errno(error, errno, "signals");
        return false;
    }
    sigprocmask(SIG_BLOCK, &taken, &runner->mask_before);
    /* Ignored, the kernel would reap behind our back; of stops only tracers hear. */
    struct sigaction normal = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};
    sigaction(SIGCHLD, &normal, &runner->sigchld_before);
    uint64_t changed_signals = mb_child_changed_signals();
    for (size_t i = 0; i < runner->job_count; i++)
        runner->slots[i].changed_signals = changed_signals;
    return true;
}

static bool make_slots(mb_runner *runner)
{
    runner->slots = calloc(runner->job_count, sizeof *runner->slots);
    if (runner->slots == NULL)
        return false;
    for (size_t i = 0; i < runner->job_count; i++) {
        runner->slots[i].events_pipe = runner->slots[i].stderr_pipe = (mb_pipe){-1, -1};
        runner->slots[i].group = &runner->guard.groups[i];
        if (!mb_event_stream_init(&runner->slots[i].events))
            return false;
    }
    return true;
}

mb_status mb_runner_new(size_t job_count, mb_runner **result, mb_error *error)
{
    MB_ASSERT(job_count >= 1 && job_count <= MB_JOBS_MAX);
    if (mb_open_files_check(job_count, error) != MB_OK || mb_needed_calls_check(error) != MB_OK)
        return MB_FAILED;
    mb_runner *runner = calloc(1, sizeof *runner);
    if (runner == NULL)
        return mb_error_set_errno(error, ENOMEM, "process runner");
    runner->job_count = job_count;
    runner->last = &runner->first;
    runner->null_fd = runner->signal_fd = -1;
    if (getrandom(&runner->mark, sizeof runner->mark, GRND_NONBLOCK) != (ssize_t)sizeof runner->mark)
        runner->mark = (uint32_t)mb_now_ns() ^ (uint32_t)getpid();
    char digits[MB_MARK_COORDINATOR_DIGITS + 1];
    snprintf(digits, sizeof digits, "%08x", (unsigned)runner->mark);
    if (mb_guard_start(&runner->guard, digits, error) != MB_OK) {
        free(runner);
        return MB_FAILED;
    }
    mb_scratch_init(&runner->scratch, runner->guard.folder);
    prctl(PR_GET_CHILD_SUBREAPER, &runner->subreaper_before, 0L, 0L, 0L);
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
    sigprocmask(SIG_BLOCK, NULL, &runner->mask_before);
    sigaction(SIGCHLD, NULL, &runner->sigchld_before);
    runner->foreign_count = mb_children_list(runner->foreign, MB_FOREIGN_MAX);
    runner->null_fd = mb_spawn_move_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (runner->null_fd < 0)
        mb_error_set_errno(error, errno, "/dev/null");
    else if (!make_slots(runner))
        mb_error_set_errno(error, ENOMEM, "process runner");
    else if (take_signals(runner, error)) {
        *result = runner;
        return MB_OK;
    }
    mb_runner_free(runner);
    return MB_FAILED;
}

mb_status mb_runner_submit(mb_runner *runner, const mb_process_spec *spec, mb_error *error)
{
    MB_ASSERT(spec->on_line != NULL && spec->on_end != NULL);
    struct queued *queued = malloc(sizeof *queued);
    if (queued == NULL)
        return mb_error_set_errno(error, ENOMEM, "process queue");
    *queued = (struct queued){.spec = *spec};
    *runner->last = queued;
    runner->last = &queued->next;
    return MB_OK;
}

static mb_process_spec take_first(mb_runner *runner)
{
    struct queued *first = runner->first;
    mb_process_spec spec = first->spec;
    runner->first = first->next;
    if (runner->first == NULL)
        runner->last = &runner->first;
    free(first);
    return spec;
}

/* The caller's strings behind ours, so that ours are the ones found; ours have one size for every process. */
static char *const *complete_environment(mb_runner *runner, char *const *strings, char *worker_variable,
                                         char *traced_variable)
{
    static char fd_variable[] = "MEMBENCH_FD=10";
    _Static_assert(MB_EVENT_FD == 10, "fd_variable names it");
    size_t count = 0;
    while (strings != NULL && strings[count] != NULL)
        count++;
    if (count + 4 > runner->environment_limit) {
        char **larger = realloc(runner->environment, (count + 4) * sizeof *larger);
        if (larger == NULL)
            return NULL;
        runner->environment = larger;
        runner->environment_limit = count + 4;
    }
    runner->environment[0] = fd_variable;
    runner->environment[1] = worker_variable;
    runner->environment[2] = traced_variable;
    if (count > 0)
        memcpy(runner->environment + 3, strings, count * sizeof *strings);
    runner->environment[count + 3] = NULL;
    return runner->environment;
}

static void start_process(mb_runner *runner, mb_slot *slot)
{
    mb_error error = {0};
    int errnum = 0;
    slot->spec = take_first(runner);
    mb_process_spec *spec = &slot->spec;
    if (spec->needs_folder)
        spec->folder = mb_scratch_folder(&runner->scratch, (size_t)(slot - runner->slots));
    if (spec->prepare == NULL || spec->prepare(spec->context, spec, &error) == MB_OK) {
        char variable[sizeof MB_MARK_VARIABLE + MB_MARK_DIGITS], traced[] = MB_TRACED_VARIABLE;
        snprintf(slot->mark, sizeof slot->mark, "%08x%08x", (unsigned)runner->mark, (unsigned)runner->serial++);
        snprintf(variable, sizeof variable, MB_MARK_VARIABLE "%s", slot->mark);
        char *const *environment = complete_environment(runner, spec->environment, variable, traced);
        if (environment == NULL)
            mb_error_set_errno(&error, errnum = ENOMEM, "cannot run %s", spec->path);
        else if (mb_slot_start(slot, environment, traced, runner->null_fd, &errnum, &error)) {
            runner->active++;
            return;
        }
    }
    mb_process_end end = {.kind = MB_END_NOT_STARTED,
                          .start_errno = errnum,
                          .message = error.message,
                          .half_line = "",
                          .stderr_tail = ""};
    spec->on_end(spec->context, &end);
}

static mb_slot *find_place(mb_runner *runner)
{
    if (runner->first == NULL || runner->waits_for_idle || (runner->active > 0 && runner->first->spec.alone))
        return NULL;
    mb_slot *place = NULL;
    for (size_t i = 0; i < runner->job_count; i++) {
        mb_slot *slot = &runner->slots[i];
        if (slot->state == MB_SLOT_FREE)
            place = place != NULL ? place : slot;
        else if (slot->spec.alone)
            return NULL;
    }
    return place;
}

static void start_or_cancel(mb_runner *runner)
{
    mb_slot *slot;
    while (!runner->stopping && (slot = find_place(runner)) != NULL)
        start_process(runner, slot);
    while (runner->stopping && runner->first != NULL) {
        mb_process_spec spec = take_first(runner);
        mb_process_end end = {.kind = MB_END_CANCELLED, .stopped = true, .half_line = "", .stderr_tail = ""};
        spec.on_end(spec.context, &end);
    }
}

static bool has_no_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

static void end_slot(mb_runner *runner, mb_slot *slot)
{
    bool is_over = mb_now_ns() >= slot->deadline_ns; /* something that not even SIGKILL ends */
    bool group_is_empty = mb_slot_reap_group(slot);
    /* Nearly always there is no other child, which one call tells; only then can /proc be left alone. */
    bool has_strays = !(runner->active == 1 && has_no_children()) && mb_runner_handle_strays(runner, slot);
    if (!is_over && (!group_is_empty || has_strays))
        return;
    if (slot->spec.needs_folder)
        mb_scratch_clear(&runner->scratch, (size_t)(slot - runner->slots));
    mb_slot_finish(slot, group_is_empty && !has_strays && !runner->waits_for_idle);
    runner->active--;
    if (runner->active == 0)
        runner->waits_for_idle = false;
}

static bool read_signals(mb_runner *runner)
{
    bool child_ended = false;
    struct signalfd_siginfo info;
    while (read(runner->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD) {
            child_ended = true;
            continue;
        }
        if (runner->signal_number == 0)
            runner->signal_number = (int)info.ssi_signo;
        mb_runner_stop(runner);
    }
    return child_ended;
}

/* Nearly all workers are over within this time and have written less than a pipe holds: they are read once, at their
 * end. Waking up for each of their lines would take a processor from the workers. */
static const uint64_t YOUNG_NS = 4000000;

static bool is_young(const mb_slot *slot, uint64_t now_ns)
{
    return slot->state == MB_SLOT_RUNNING && now_ns - slot->start_ns < YOUNG_NS;
}

static int poll_timeout_ms(const mb_runner *runner, uint64_t wait_ns)
{
    uint64_t now_ns = mb_now_ns(), limit_ms = wait_ns / 1000000 + (wait_ns % 1000000 != 0);
    for (size_t i = 0; i < runner->job_count; i++) {
        const mb_slot *slot = &runner->slots[i];
        if (slot->state == MB_SLOT_FREE)
            continue;
        if (is_young(slot, now_ns) && limit_ms > YOUNG_NS / 1000000)
            limit_ms = YOUNG_NS / 1000000;
        if (slot->deadline_ns == UINT64_MAX)
            continue;
        uint64_t left_ns = slot->deadline_ns > now_ns ? slot->deadline_ns - now_ns : 0;
        uint64_t left_ms = left_ns / 1000000 + 1;
        if (slot->state == MB_SLOT_ENDING && left_ms > ENDING_TICK_MS)
            left_ms = ENDING_TICK_MS; /* a process in the group that is not our child ends silently */
        limit_ms = left_ms < limit_ms ? left_ms : limit_ms;
    }
    if (wait_ns == UINT64_MAX && limit_ms > INT32_MAX)
        return -1;
    return limit_ms < INT32_MAX ? (int)limit_ms : INT32_MAX;
}

/* Where it is in the set; 0, the place of the signals, when it is not: poll takes no more than may be open. */
static nfds_t add_poll(struct pollfd *polls, nfds_t *count, int fd)
{
    if (fd < 0)
        return 0;
    polls[*count] = (struct pollfd){.fd = fd, .events = POLLIN};
    return (*count)++;
}

/* Waits, and reads from the pipes that have something; true when a child has ended. */
static bool wait_and_read(mb_runner *runner, uint64_t wait_ns)
{
    struct pollfd polls[1 + 2 * MB_JOBS_MAX];
    nfds_t count = 0, places[2 * MB_JOBS_MAX];
    uint64_t now_ns = mb_now_ns();
    add_poll(polls, &count, runner->signal_fd);
    for (size_t i = 0; i < runner->job_count; i++) {
        const mb_slot *slot = &runner->slots[i];
        bool can_wait = is_young(slot, now_ns);
        places[2 * i] = add_poll(polls, &count, can_wait ? -1 : slot->events_pipe.read_fd);
        places[2 * i + 1] = add_poll(polls, &count, can_wait ? -1 : slot->stderr_pipe.read_fd);
    }
    if (poll(polls, count, poll_timeout_ms(runner, wait_ns)) <= 0)
        return false;
    for (size_t i = 0; i < runner->job_count; i++) {
        nfds_t events = places[2 * i], errors = places[2 * i + 1];
        if (events != 0 && polls[events].revents != 0)
            mb_slot_read_events(&runner->slots[i]);
        if (errors != 0 && polls[errors].revents != 0)
            mb_slot_read_stderr(&runner->slots[i]);
    }
    return polls[0].revents != 0 && read_signals(runner);
}

bool mb_runner_step(mb_runner *runner, uint64_t wait_ns)
{
    if (runner->active == 0)
        read_signals(runner); /* one that came while nothing ran: start nothing */
    start_or_cancel(runner);
    if (runner->active == 0)
        return runner->first != NULL;
    bool child_ended = wait_and_read(runner, wait_ns), leader_ended = false;
    uint64_t now_ns = mb_now_ns();
    for (size_t i = 0; i < runner->job_count; i++) {
        mb_slot *slot = &runner->slots[i];
        if (slot->state == MB_SLOT_RUNNING && child_ended && mb_slot_check_leader(slot))
            leader_ended = true;
        mb_slot_check_deadline(slot, now_ns);
        if (slot->state == MB_SLOT_ENDING)
            end_slot(runner, slot);
    }
    if (child_ended && !leader_ended)
        mb_runner_handle_strays(runner, NULL);
    return runner->active > 0 || runner->first != NULL;
}

int mb_runner_drain(mb_runner *runner)
{
    while (mb_runner_step(runner, UINT64_MAX))
        continue;
    return runner->signal_number;
}

void mb_runner_stop(mb_runner *runner)
{
    for (size_t i = 0; i < runner->job_count; i++) {
        mb_slot *slot = &runner->slots[i];
        if (slot->state != MB_SLOT_RUNNING)
            continue;
        slot->end.stopped = true;
        if (runner->stopping)
            mb_slot_kill_now(slot);
        else
            mb_slot_ask(slot);
    }
    runner->stopping = true;
}

int mb_runner_signal(const mb_runner *runner) { return runner->signal_number; }

/* All that may still live after a runner was given up in the middle. */
static void kill_all(mb_runner *runner)
{
    for (size_t i = 0; i < runner->job_count; i++) {
        mb_slot *slot = &runner->slots[i];
        if (slot->state == MB_SLOT_RUNNING) {
            mb_slot_kill_now(slot);
            while (!mb_slot_check_leader(slot))
                poll(NULL, 0, 1);
        }
        for (int round = 0; slot->state == MB_SLOT_ENDING && round < FREE_ROUNDS_MAX; round++) {
            if (mb_slot_reap_group(slot) && !mb_runner_handle_strays(runner, slot))
                break;
            poll(NULL, 0, 1);
        }
        if (slot->state == MB_SLOT_ENDING)
            runner->active--;
        mb_trace_worker_end(slot->tracer);
        slot->state = MB_SLOT_FREE;
    }
}

void mb_runner_free(mb_runner *runner)
{
    if (runner == NULL)
        return;
    if (runner->slots != NULL)
        kill_all(runner);
    mb_scratch_fini(&runner->scratch);
    mb_guard_end(&runner->guard);
    for (size_t i = 0; runner->slots != NULL && i < runner->job_count; i++)
        mb_slot_fini(&runner->slots[i]);
    while (runner->first != NULL)
        take_first(runner);
    if (runner->signal_fd >= 0)
        close(runner->signal_fd);
    if (runner->null_fd >= 0)
        close(runner->null_fd);
    sigprocmask(SIG_SETMASK, &runner->mask_before, NULL);
    sigaction(SIGCHLD, &runner->sigchld_before, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, (long)runner->subreaper_before, 0L, 0L, 0L);
    free(runner->environment);
    free(runner->slots);
    free(runner);
}
