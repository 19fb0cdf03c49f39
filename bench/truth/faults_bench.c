/* Cases that misbehave, each in one way: the coordinator's tests run them. `fault/none` is well. */
#include <membench/membench.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    FLOOD_BYTES = 16 << 20,
    STEP_BYTES = 1 << 20,
    HUNGER_BYTES_MAX = 1 << 30, /* no limit is in force: stop before the machine suffers */
    CHILD_LIFE_SECONDS = 60     /* what a test does not end ends by itself */
};

struct fault {
    unsigned run_count;
    void *blocks; /* each begins with the address of the one before */
};

static mb_status run_none(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

static void crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    volatile char *nothing = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *nothing = 1;
}

static mb_status run_segv(mb_bench *b)
{
    (void)b;
    crash();
    return MB_OK;
}

static mb_status run_abort(mb_bench *b)
{
    (void)b;
    abort();
}

static mb_status run_exit(mb_bench *b)
{
    (void)b;
    _exit(0);
}

static _Noreturn void hang(void)
{
    for (;;)
        pause();
}

static mb_status run_hang(mb_bench *b)
{
    (void)b;
    hang();
}

static mb_status run_hang_stubborn(mb_bench *b)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    return run_hang(b);
}

/* Writes until all is out or the reader has gone. */
static void write_all(int fd, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t written = write(fd, data, bytes);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (written > 0) {
            data += written;
            bytes -= (size_t)written;
        }
    }
}

static void flood(int fd)
{
    static const char line[] = "all work and no measure makes a dull number; this line is one of very many\n";
    static char lines[1000 * (sizeof line - 1)];
    for (size_t i = 0; i < sizeof lines; i++)
        lines[i] = line[i % (sizeof line - 1)];
    for (size_t written = 0; written < FLOOD_BYTES; written += sizeof lines)
        write_all(fd, lines, sizeof lines);
}

static mb_status run_flood_stdout(mb_bench *b)
{
    (void)b;
    flood(STDOUT_FILENO);
    return MB_OK;
}

static mb_status run_flood_stderr(mb_bench *b)
{
    (void)b;
    flood(STDERR_FILENO);
    return MB_OK;
}

/* The descriptor events go to, or -1 when this is not a worker. */
static int event_fd(void)
{
    const char *text = getenv("MEMBENCH_FD");
    return text != NULL ? atoi(text) : -1;
}

static mb_status run_flood_events(mb_bench *b)
{
    if (event_fd() < 0)
        return mb_skip(b, "no event descriptor");
    flood(event_fd());
    return MB_OK;
}

static mb_status run_garbage_line(mb_bench *b)
{
    static const char garbage[] = "{\"event\":\"end\",\"values\":{\"anon_delta_bytes\":1e999,\xff\xfe]}\n";
    if (event_fd() < 0)
        return mb_skip(b, "no event descriptor");
    write_all(event_fd(), garbage, sizeof garbage - 1);
    return MB_OK;
}

static mb_status run_half_line(mb_bench *b)
{
    static const char half[] = "{\"event\":\"end\",\"values\":{\"anon_del";
    if (event_fd() < 0)
        return mb_skip(b, "no event descriptor");
    write_all(event_fd(), half, sizeof half - 1);
    _exit(0);
}

static void drop_blocks(struct fault *fault)
{
    while (fault->blocks != NULL) {
        void *before;
        memcpy(&before, fault->blocks, sizeof before);
        munmap(fault->blocks, STEP_BYTES);
        fault->blocks = before;
    }
}

/* Takes memory until --memory-limit (RLIMIT_DATA) refuses it. */
static mb_status run_hunger(mb_bench *b)
{
    struct fault *fault = mb_state(b);
    for (size_t taken = 0; taken < HUNGER_BYTES_MAX; taken += STEP_BYTES) {
        void *block = mmap(NULL, STEP_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) {
            drop_blocks(fault);
            return mb_out_of_memory(b, "no memory after %zu MiB", taken >> 20);
        }
        memset(block, 1, STEP_BYTES);
        memcpy(block, &fault->blocks, sizeof fault->blocks);
        fault->blocks = block;
    }
    drop_blocks(fault);
    return mb_skip(b, "no memory limit is in force");
}

/* Leaves a child behind that holds all descriptors of the worker. Its id is the count "child_pid". */
static mb_status leave_child(mb_bench *b, int new_session)
{
    pid_t child = fork();
    if (child < 0)
        return mb_fail(b, "fork: %s", strerror(errno));
    if (child == 0) {
        if (new_session)
            setsid();
        alarm(CHILD_LIFE_SECONDS);
        hang();
    }
    mb_count(b, "child_pid", child);
    return MB_OK;
}

static mb_status run_child(mb_bench *b) { return leave_child(b, 0); }

static mb_status run_child_session(mb_bench *b) { return leave_child(b, 1); }

static mb_status run_skip(mb_bench *b) { return mb_skip(b, "the moon is not full"); }

static mb_status fail(mb_bench *b) { return mb_fail(b, "failed as told"); }

static mb_status run_fail_later(mb_bench *b)
{
    struct fault *fault = mb_state(b);
    return ++fault->run_count == 1 ? MB_OK : fail(b);
}

static void release_segv(mb_bench *b)
{
    (void)b;
    crash();
}

static mb_status run_segv_after_marks(mb_bench *b)
{
    mb_mark(b, "one");
    mb_mark(b, "two");
    mb_mark(b, "three");
    return run_segv(b);
}

#define FAULT(fault_name, about, ...)                                                                                  \
    static const mb_case fault_##fault_name = {MB_CASE_INIT,                                                           \
                                               .group = "fault",                                                       \
                                               .function = #fault_name,                                                \
                                               .summary = about,                                                       \
                                               .state_bytes = sizeof(struct fault),                                    \
                                               __VA_ARGS__}

FAULT(none, "is well", .run = run_none);
FAULT(segv, "crashes by SIGSEGV in run", .run = run_segv);
FAULT(abort, "aborts in run", .run = run_abort);
FAULT(exit_early, "exits with 0 in run", .run = run_exit);
FAULT(hang, "hangs in run", .run = run_hang);
FAULT(hang_stubborn, "hangs and ignores SIGTERM", .run = run_hang_stubborn);
FAULT(flood_stdout, "writes 16 MiB to standard output", .run = run_flood_stdout);
FAULT(flood_stderr, "writes 16 MiB to standard error", .run = run_flood_stderr);
FAULT(flood_events, "writes 16 MiB of garbage lines to the event pipe", .run = run_flood_events);
FAULT(garbage_line, "writes one garbage line to the event pipe", .run = run_garbage_line);
FAULT(half_line, "writes half a line to the event pipe and exits", .run = run_half_line);
FAULT(out_of_memory, "takes memory until there is none", .run = run_hunger);
FAULT(child, "leaves a child behind", .run = run_child);
FAULT(child_session, "leaves a child in a session of its own", .run = run_child_session);
FAULT(skip, "skips itself", .run = run_skip);
FAULT(fail_run, "fails in run", .run = fail);
FAULT(fail_setup, "fails in setup", .setup = fail, .run = run_none);
FAULT(fail_later, "fails from its second iteration on", .run = run_fail_later);
FAULT(segv_release, "crashes in release", .run = run_none, .release = release_segv);
FAULT(segv_after_marks, "crashes after its third mark", .run = run_segv_after_marks);

MB_MAIN(&fault_none, &fault_segv, &fault_abort, &fault_exit_early, &fault_hang, &fault_hang_stubborn,
        &fault_flood_stdout, &fault_flood_stderr, &fault_flood_events, &fault_garbage_line, &fault_half_line,
        &fault_out_of_memory, &fault_child, &fault_child_session, &fault_skip, &fault_fail_run, &fault_fail_setup,
        &fault_fail_later, &fault_segv_release, &fault_segv_after_marks)
