/* The soak: the case is called all the time, or not at all, as the coordinator says on standard input. */
#include "base/clock.h"
#include "readings/provenance.h"
#include "worker/worker_parts.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef enum command { COMMAND_NONE, COMMAND_RUN, COMMAND_IDLE, COMMAND_TRIM, COMMAND_STOP } command;

enum { POLL_NS = 2000000, LINE_BYTES_MAX = 16 };

static struct {
    mb_allocator allocator;
    const mb_heap_hook *heap;
    uint64_t operation_count;
    uint64_t interval_ns, reported_ns, polled_ns;
    char line[LINE_BYTES_MAX];
    size_t length; /* of the line so far; what does not fit belongs to no command */
} soak;

static void report(const char *state)
{
    mb_event_begin("progress");
    mb_event_string("state", state);
    mb_event_unsigned("operation_count", soak.operation_count);
    if (soak.heap != NULL && mb_heap_hook_obstacle(soak.heap) == NULL) {
        mb_heap_reading reading;
        soak.heap->read(&reading);
        mb_event_integer("heap_live_bytes", reading.live_bytes);
    }
    mb_event_send();
    soak.reported_ns = mb_now_ns();
}

static command find_command(const char *line)
{
    static const char *const names[] = {
        [COMMAND_RUN] = "run", [COMMAND_IDLE] = "idle", [COMMAND_TRIM] = "trim", [COMMAND_STOP] = "stop"};
    for (int c = COMMAND_RUN; c <= COMMAND_STOP; c++)
        if (strcmp(line, names[c]) == 0)
            return (command)c;
    return COMMAND_NONE;
}

/* The next command; waits for it, or looks whether there is one. At the end of input nobody is left to say stop. */
static command read_command(bool wait)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        char c;
        if (poll(&input, 1, wait ? -1 : 0) <= 0) {
            if (wait && errno == EINTR)
                continue;
            return COMMAND_NONE;
        }
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return COMMAND_STOP;
        if (c != '\n') {
            if (soak.length < sizeof soak.line - 1)
                soak.line[soak.length++] = c;
            continue;
        }
        soak.line[soak.length] = '\0';
        soak.length = 0;
        command found = find_command(soak.line);
        if (found != COMMAND_NONE)
            return found;
    }
}

static mb_status call(mb_bench *b)
{
    b->operation_count = 1;
    mb_status status = mb_worker_call(b);
    if (status == MB_OK)
        soak.operation_count += b->operation_count;
    return status;
}

/* Calls the case until a command comes. A look at the clock after each call; at the input, which is more expensive, at
 * times.
 */
static mb_status run_until_command(mb_bench *b, command *given)
{
    *given = COMMAND_NONE;
    mb_event_sign('r');
    while (*given == COMMAND_NONE) {
        mb_status status = call(b);
        if (status != MB_OK)
            return status;
        uint64_t now = mb_now_ns();
        if (now - soak.polled_ns >= POLL_NS) {
            soak.polled_ns = now;
            *given = read_command(false);
        }
        if (now - soak.reported_ns >= soak.interval_ns)
            report(NULL);
    }
    return MB_OK;
}

/* Two windows of as many operations for the hook that keeps call sites: what a cache, or a first use, takes once is in
 * the first of them. */
static mb_status run_windows(mb_bench *b, uint64_t operation_count)
{
    enum { CALLS_LEAST = 10, POINTS = 4 }; /* B, E1, E2, T */
    mb_status status = MB_OK;
    for (int window = 0; window < MB_WINDOW_COUNT && status == MB_OK; window++) {
        uint64_t end = soak.operation_count + operation_count;
        report("run");
        mb_event_sign('r');
        mb_heap_hook_say_point(soak.heap, 0);
        soak.heap->begin();
        for (int calls = 0; status == MB_OK && (calls < CALLS_LEAST || soak.operation_count < end); calls++)
            status = call(b);
        for (int point = 1; point < POINTS && status == MB_OK; point++)
            mb_heap_hook_say_point(soak.heap, point);
    }
    report("idle");
    return status;
}

mb_status mb_soak_run(mb_bench *b)
{
    mb_status status = MB_OK;
    command given = COMMAND_RUN;
    mb_allocator_find(&soak.allocator);
    soak.heap = mb_window_find_hook();
    uint64_t sites_count = (uint64_t)mb_environment_integer("MEMBENCH_SOAK_SITES", 0);
    if (sites_count > 0 && soak.heap != NULL && mb_heap_hook_obstacle(soak.heap) != NULL)
        return mb_fail(b, "%s", mb_heap_hook_obstacle(soak.heap));
    if (sites_count > 0)
        return soak.heap != NULL ? run_windows(b, sites_count) : mb_fail(b, "no hook counts in this process");
    soak.interval_ns = (uint64_t)mb_environment_integer("MEMBENCH_SOAK_INTERVAL_NS", 1000000000);
    while (status == MB_OK && given != COMMAND_STOP) {
        switch (given) {
        case COMMAND_RUN:
            report("run");
            status = run_until_command(b, &given);
            continue;
        case COMMAND_TRIM:
            mb_event_sign('t');
            report(mb_allocator_trim(&soak.allocator) ? "trimmed" : "idle");
            break;
        case COMMAND_IDLE:
            report("idle");
            break;
        case COMMAND_NONE:
        case COMMAND_STOP:
            break;
        }
        given = read_command(true);
    }
    b->operation_count = soak.operation_count;
    return status;
}
