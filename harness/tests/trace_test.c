/* What is said of commands of known size (trace_child.c): followed by ptrace, and looked at from outside.
 *
 * A command that does nothing is measured first; sizes are compared with equality above it. Peaks are VmHWM, which
 * may lag by the bound of measuring.md: those are told apart by the pages that were touched, many times the bound. */
#include "process/timeline.h"
#include "process/trace.h"
#include "process/trace_images.h"
#include "readings/readings.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 32, TEXT_BYTES = 256, PAGES = 5000, TRIES = 25 };

static mb_trace_end end;
static mb_error error;
static int64_t page_bytes, empty_anon_bytes, empty_peak_bytes;

static mb_status run_spec(mb_trace_spec *spec, const char *steps)
{
    char text[TEXT_BYTES], *argv[WORDS_MAX] = {"trace-child"};
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC), count = 1;
    snprintf(text, sizeof text, "%s", steps);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        argv[count++] = word;
    if (spec->path == NULL)
        spec->path = MB_TRACE_CHILD;
    spec->argv = argv;
    spec->input_fd = null_fd;
    if (spec->output_fd == 0)
        spec->output_fd = null_fd;
    spec->error_fd = STDERR_FILENO;
    if (spec->timeout_ns == 0)
        spec->timeout_ns = 60000000000u;
    mb_status status = mb_trace_run(spec, &end, &error);
    close(null_fd);
    return status;
}

static void run(const char *steps)
{
    mb_trace_spec spec = {0};
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, steps), MB_OK);
}

/* False, visibly, where this system lets nobody be traced. */
static bool can_trace(void)
{
    page_bytes = sysconf(_SC_PAGESIZE);
    run("exit 0");
    empty_anon_bytes = end.process_exit_anon_bytes;
    empty_peak_bytes = end.process_peak_rss_bytes;
    if (!end.is_traced)
        printf("[skipped: %s] ", end.refusal);
    return end.is_traced;
}

/* Peaks may lie so far off: 31 pages and more a CPU and counter. */
static bool is_about(int64_t bytes, int64_t wanted_bytes)
{
    int64_t bound_bytes =
        mb_peak_bound_bytes((int)sysconf(_SC_NPROCESSORS_ONLN), (uint64_t)page_bytes) + 64 * page_bytes;
    return llabs((long long)(bytes - wanted_bytes)) <= bound_bytes;
}

static bool is_peak(int64_t bytes, int64_t pages) { return is_about(bytes, empty_peak_bytes + pages * page_bytes); }

static const mb_trace_group *group_named(const char *name)
{
    for (size_t i = 0; i < end.group_count; i++)
        if (strcmp(end.groups[i].name, name) == 0)
            return &end.groups[i];
    return NULL;
}

static void test_one_process(void)
{
    if (!can_trace())
        return;
    CU_ASSERT_EQUAL(end.process_count, 1);
    CU_ASSERT_EQUAL(end.exit_code, 0);
    CU_ASSERT_TRUE(empty_anon_bytes > 0 && empty_peak_bytes >= empty_anon_bytes);
    run("touch 5000");
    CU_ASSERT_EQUAL(end.process_exit_anon_bytes, empty_anon_bytes + PAGES * page_bytes);
    CU_ASSERT_TRUE(end.tree_peak_pss_anon_bytes >= end.process_exit_anon_bytes); /* a look may fall before its exec */
    CU_ASSERT_TRUE(is_peak(end.process_peak_rss_bytes, PAGES));
    CU_ASSERT_TRUE(end.is_filtered);
    CU_ASSERT_EQUAL(end.inexact_count, 0);
    CU_ASSERT_EQUAL(end.process_peak_anon_bytes, end.process_exit_anon_bytes);
    /* The peak outlives what it was made of. */
    run("touch 200 release touch 100");
    int64_t base_bytes = end.process_peak_anon_bytes - 200 * page_bytes; /* an end may touch a page more */
    run("touch 5000 release touch 100");
    CU_ASSERT_EQUAL(end.process_peak_anon_bytes, base_bytes + PAGES * page_bytes);
    CU_ASSERT_TRUE(end.tree_peak_pss_anon_bytes >= end.process_peak_anon_bytes);
    CU_ASSERT_TRUE(llabs((long long)(end.process_exit_anon_bytes - empty_anon_bytes - 100 * page_bytes)) <= page_bytes);
    CU_ASSERT_TRUE(is_peak(end.process_peak_rss_bytes, PAGES));
}

/* Pages that another process writes come without a fault of this one, at which a stop would otherwise look. */
static void test_given_pages(void)
{
    if (!can_trace())
        return;
    run("given 200");
    CU_ASSERT_EQUAL(end.exit_code, 0);
    int64_t base_bytes = end.process_peak_anon_bytes - 200 * page_bytes;
    run("given 5000");
    CU_ASSERT_EQUAL(end.inexact_count, 0);
    CU_ASSERT_EQUAL(end.process_peak_anon_bytes, base_bytes + PAGES * page_bytes);
}

/* Kernels whose status is not exact have their pages counted: what is exact by status here is the same so. */
static void test_counted_pages(void)
{
    static const char *const steps[] = {"touch 200 release touch 100", "touch 5000 release touch 100", "touch 300",
                                        "touch 2000 fork touch 1000 release wait"};
    mb_trace_spec spec = {.counts_pages = true};
    if (!can_trace())
        return;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        run(steps[i]);
        int64_t anon_bytes = end.process_peak_anon_bytes, exit_bytes = end.process_exit_anon_bytes;
        CU_ASSERT_EQUAL_FATAL(run_spec(&spec, steps[i]), MB_OK);
        CU_ASSERT_EQUAL(end.inexact_count, 0);
        CU_ASSERT_TRUE(llabs((long long)(end.process_peak_anon_bytes - anon_bytes)) <= page_bytes);
        CU_ASSERT_TRUE(llabs((long long)(end.process_exit_anon_bytes - exit_bytes)) <= page_bytes);
    }
}

/* The tree's peak is sampled: on a busy machine a look may take so long that it sees two states at once. So one of a
 * few runs has to be within the bounds; the last one's is in `end` already. */
static bool tree_is_within(const char *steps, int64_t least_bytes, int64_t most_bytes)
{
    for (int i = 0; i < TRIES; i++) {
        if (end.tree_peak_pss_anon_bytes >= least_bytes && end.tree_peak_pss_anon_bytes <= most_bytes)
            return true;
        printf("[%lld of %lld to %lld bytes] ", (long long)end.tree_peak_pss_anon_bytes, (long long)least_bytes,
               (long long)most_bytes);
        run(steps);
    }
    return false;
}

/* A large parent says nothing of its small children: not after vfork, not after fork. */
static void test_small_child(void)
{
    static const char *const ways[] = {"touch 5000 spawn touch 100", "touch 5000 fork exec touch 100"};
    if (!can_trace())
        return;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        run(ways[i]);
        const mb_trace_group *child = group_named("exe");
        CU_ASSERT_EQUAL(end.process_count, 2);
        CU_ASSERT_PTR_NOT_NULL_FATAL(child);
        CU_ASSERT_EQUAL(child->process_count, 1);
        CU_ASSERT_TRUE(is_peak(child->peak_rss_bytes, 100));
        CU_ASSERT_EQUAL(child->exit_anon_bytes, empty_anon_bytes + 100 * page_bytes);
        CU_ASSERT_TRUE(is_peak(end.process_peak_rss_bytes, PAGES));
        /* Sampled, so no less than the parent alone; the child's end is a look at both, and then it is all of both and
         * a page or two of a stack such as posix_spawn's. */
        int64_t parent_bytes = empty_anon_bytes + PAGES * page_bytes;
        int64_t both_bytes = parent_bytes + empty_anon_bytes + 100 * page_bytes;
        CU_ASSERT_TRUE(tree_is_within(ways[i], parent_bytes, both_bytes + 2 * page_bytes));
    }
}

/* What forked workers share counts once, what each touched counts in full. The kernel divides a shared page by its
 * sharers and rounds down to KiB, process by process. */
static void test_workers(void)
{
    if (!can_trace())
        return;
    run("touch 5000 fork-ahead 4 touch 1000 wait");
    int64_t own_bytes = 4 * 1000 * page_bytes, shared_bytes = PAGES * page_bytes;
    CU_ASSERT_EQUAL(end.process_count, 5);
    CU_ASSERT_TRUE(is_peak(end.process_peak_rss_bytes, PAGES + 1000));
    CU_ASSERT_TRUE(tree_is_within("touch 5000 fork-ahead 4 touch 1000 wait", own_bytes + shared_bytes,
                                  own_bytes + shared_bytes + 5 * empty_anon_bytes + 64 * page_bytes));
}

/* Exec begins a new peak of another program, whichever thread calls it, and the old one counts for the process; the
 * memory of a process is there until its last thread ends. */
/* A child that has ended before its parent is seen to have made it is one process, and not a second one that goes on.
 * The kernel shows the youngest first, but after its own child: hence the one between. */
static void test_short_child(void)
{
    enum { RUNS = 100, PROCESSES = 3 };
    mb_trace_images images = {0};
    mb_trace_spec spec = {.no_filter = true, .images = &images};
    if (!can_trace())
        return;
    for (int i = 0; i < RUNS; i++) {
        CU_ASSERT_EQUAL_FATAL(run_spec(&spec, "spawn fork kill 9"), MB_OK);
        CU_ASSERT_EQUAL(end.process_count, PROCESSES);
    }
    CU_ASSERT_EQUAL(images.count, PROCESSES * RUNS);
    for (size_t i = 0; i < images.count; i++) {
        CU_ASSERT(images.images[i].has_ended);
        CU_ASSERT_EQUAL(images.images[i].is_forked, i % PROCESSES == 2);
        CU_ASSERT_PTR_NULL(images.images[i].obstacle);
    }
    mb_trace_images_fini(&images);
}

/* A child that wants no tracer has the filter all the same, and would fail without one. And whoever traces by itself.
 */
static void test_other_tracers(void)
{
    if (!can_trace())
        return;
    run("untraced-fork touch 300 release touch 20 exit 6");
    CU_ASSERT_EQUAL(end.exit_code, 6);
    CU_ASSERT_EQUAL(end.process_count, 2);
    CU_ASSERT(end.process_peak_anon_bytes >= 300 * page_bytes);
    CU_ASSERT_FALSE(end.uses_ptrace);
    run("ptrace");
    CU_ASSERT_EQUAL(end.exit_code, 85); /* it has one */
    CU_ASSERT_TRUE(end.uses_ptrace);
}

/* What all processes hold at once, with nobody looking in between: the sums are taken at stops alone. -1: on a busy
 * machine they took too long, and so it says. */
static int64_t tree_of(const char *steps)
{
    mb_trace_spec spec = {.interval_ns = 3600000000000u};
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, steps), MB_OK);
    CU_ASSERT(end.look_count < 100);
    return end.is_filtered && end.tree_is_low ? -1 : end.tree_peak_pss_anon_bytes;
}

static bool differs_by(int64_t bytes, int64_t other_bytes, int64_t pages)
{
    enum { LEAST_BYTES = 256 * 1024, SHARE = 64 }; /* by which a sum may be below the peak: docs/exec.md */
    int64_t within_bytes = bytes / SHARE > LEAST_BYTES ? bytes / SHARE : LEAST_BYTES;
    return llabs((long long)(bytes - other_bytes - pages * page_bytes)) <= within_bytes;
}

/* One pair of a few has to be right: a sum may be off on a busy machine, see above. most_bytes: of the smaller one, or
 * 0. */
static bool trees_differ_by(const char *less_steps, const char *more_steps, int64_t pages, int64_t least_bytes,
                            int64_t most_bytes)
{
    for (int i = 0; i < TRIES; i++) {
        int64_t less = tree_of(less_steps), more = tree_of(more_steps);
        if (less >= 0 && more >= 0 && differs_by(more, less, pages) && less >= least_bytes &&
            (most_bytes == 0 || less < most_bytes))
            return true;
        printf("[%lld and %lld bytes] ", (long long)less, (long long)more);
    }
    return false;
}

/* What forks for a command is a copy of ours until it is the command, and none of its memory counts, however late that
 * is. */
static void test_large_parent(void)
{
    enum { RUNS = 200, OWN_BYTES = 64 << 20 };
    if (!can_trace())
        return;
    char *own = malloc(OWN_BYTES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(own);
    memset(own, 1, OWN_BYTES);
    for (int i = 0; i < RUNS; i++) {
        run("touch 10");
        CU_ASSERT(end.tree_peak_pss_anon_bytes <= empty_anon_bytes + 64 * page_bytes);
    }
    free(own);
}

static void test_tree(void)
{
    if (!can_trace() || !end.is_filtered)
        return;
    /* Parent and children at once; the children give back at once what they held. */
    int64_t least = (1000 + 4 * 500) * page_bytes;
    CU_ASSERT(trees_differ_by("touch 1000 fork-ahead 4 touch 500 wait release sleep 20",
                              "touch 3000 fork-ahead 4 touch 900 wait release sleep 20", 2000 + 4 * 400, least,
                              least + 5 * (empty_anon_bytes + 16 * page_bytes)));
    /* A child's peak that is over when it ends, on top of what its parent holds. */
    CU_ASSERT(trees_differ_by("touch 2000 fork touch 1000 release touch 10",
                              "touch 2000 fork touch 3000 release touch 10", 2000, 3000 * page_bytes, 0));
    /* What gives way to a page that is moved onto it. */
    CU_ASSERT(trees_differ_by("touch 1000 spawn touch 2000 land touch 10", "touch 1000 spawn touch 5000 land touch 10",
                              3000, 3000 * page_bytes, 0));
    /* Of a fork that touches nothing the shared pages count once; of a program in its place they are gone. */
    CU_ASSERT(trees_differ_by("touch 1000 fork sleep 5", "touch 5000 fork sleep 5", 4000, 1000 * page_bytes, 0));
    CU_ASSERT(trees_differ_by("touch 5000 fork exec touch 1000 sleep 5", "touch 7000 fork exec touch 1000 sleep 5",
                              2000, 6000 * page_bytes, 6000 * page_bytes + 2 * (empty_anon_bytes + 16 * page_bytes)));
}

static void test_names(void)
{
    if (!can_trace())
        return;
    run("name other miss"); /* a process is called what its first thread was called when it became its program */
    const mb_trace_group *group = group_named("other");
    CU_ASSERT_TRUE(group != NULL && group->process_count == 1);
    group = group_named("membench-trace-");
    CU_ASSERT_TRUE(group != NULL && group->process_count == 1);
}

static void test_threads_and_exec(void)
{
    if (!can_trace())
        return;
    run("touch 200 exec touch 100");
    int64_t base_bytes = end.process_peak_anon_bytes - 200 * page_bytes;
    run("touch 5000 exec touch 100");
    CU_ASSERT_EQUAL(end.process_count, 1);
    CU_ASSERT_EQUAL(end.inexact_count, 0);
    CU_ASSERT_EQUAL(end.process_peak_anon_bytes, base_bytes + PAGES * page_bytes);
    CU_ASSERT_TRUE(is_peak(end.groups[0].peak_rss_bytes, 100));
    run("touch 5000 exec-thread touch 100");
    CU_ASSERT_EQUAL(end.process_count, 1);
    CU_ASSERT_TRUE(end.process_peak_anon_bytes >= empty_anon_bytes + PAGES * page_bytes);
    CU_ASSERT_TRUE(is_peak(end.groups[0].peak_rss_bytes, 100));
    CU_ASSERT_EQUAL(end.process_exit_anon_bytes, empty_anon_bytes + 100 * page_bytes);
    run("lead-ends 5000");
    CU_ASSERT_EQUAL(end.exit_code, 0);
    CU_ASSERT_TRUE(is_peak(end.process_peak_rss_bytes, PAGES));
    CU_ASSERT_TRUE(end.process_exit_anon_bytes >= PAGES * page_bytes);
    CU_ASSERT_EQUAL(end.unread_count, 0);
}

/* Codes, signals, stops: nothing tells the command that it is followed. */
static void test_as_alone(void)
{
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV};
    char steps[TEXT_BYTES];
    if (!can_trace())
        return;
    run("exit 37");
    CU_ASSERT_EQUAL(end.exit_code, 37);
    CU_ASSERT_EQUAL(end.signal_number, 0);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        snprintf(steps, sizeof steps, "touch 5000 kill %d", signals[i]);
        run(steps);
        CU_ASSERT_EQUAL(end.exit_code, -1);
        CU_ASSERT_EQUAL(end.signal_number, signals[i]);
        CU_ASSERT_TRUE(is_peak(end.process_peak_rss_bytes, PAGES)); /* a killed process still has its peak */
    }
    run("stop"); /* its own checks fail with codes from 90 on */
    CU_ASSERT_EQUAL(end.exit_code, 0);
    CU_ASSERT_EQUAL(end.process_count, 2);
}

/* Bit 13 of a mask in status is SIGALRM's. */
static void check_alarm(const char *key, bool is_set)
{
    char steps[TEXT_BYTES];
    mb_trace_spec spec = {.path = "/bin/grep"};
    snprintf(steps, sizeof steps, "-q %s:.*[%s]...$ /proc/self/status", key, is_set ? "2367abef" : "014589cd");
    CU_ASSERT_EQUAL(run_spec(&spec, steps), MB_OK);
    CU_ASSERT_EQUAL(end.exit_code, 0);
}

/* The tracer's ticks are SIGALRM: the command has its caller's, and so has the caller afterwards. */
static void test_alarm(void)
{
    struct sigaction before, after;
    struct itimerval timer;
    sigset_t alarms, mask;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigaction(SIGALRM, NULL, &before);
    check_alarm("SigIgn", false);
    check_alarm("SigBlk", false);
    sigaction(SIGALRM, NULL, &after);
    CU_ASSERT_TRUE(after.sa_handler == before.sa_handler);
    signal(SIGALRM, SIG_IGN);
    sigprocmask(SIG_BLOCK, &alarms, NULL);
    check_alarm("SigIgn", true);
    check_alarm("SigBlk", true);
    sigprocmask(SIG_UNBLOCK, &alarms, &mask);
    CU_ASSERT_EQUAL(sigismember(&mask, SIGALRM), 1);
    sigaction(SIGALRM, &before, &after);
    CU_ASSERT_TRUE(after.sa_handler == SIG_IGN);
    getitimer(ITIMER_REAL, &timer);
    CU_ASSERT_EQUAL(timer.it_value.tv_sec + timer.it_value.tv_usec, 0);
}

static void test_times(void)
{
    run("spin 50");
    CU_ASSERT_TRUE(end.user_ns + end.system_ns >= 45000000);
    CU_ASSERT_TRUE(end.wall_ns >= 45000000);
    run("fork spin 50"); /* of a child that is waited for, too */
    CU_ASSERT_TRUE(end.user_ns + end.system_ns >= 45000000);
}

static bool is_alive_anywhere(void)
{
    int status;
    return waitpid(-1, &status, WNOHANG | __WALL) >= 0; /* a child of ours, living or dead */
}

static void check_ends(bool no_trace)
{
    mb_trace_spec spec = {.no_trace = no_trace, .timeout_ns = 200000000};
    CU_ASSERT_EQUAL(run_spec(&spec, "fork-ahead 3 sleep 60000"), MB_OK);
    CU_ASSERT_TRUE(end.timed_out);
    CU_ASSERT_EQUAL(end.signal_number, SIGTERM);
    CU_ASSERT_FALSE(is_alive_anywhere());
    spec = (mb_trace_spec){.no_trace = no_trace};
    CU_ASSERT_EQUAL(run_spec(&spec, "leave touch 5000 sleep 60000"), MB_OK);
    CU_ASSERT_TRUE(end.left_processes);
    CU_ASSERT_TRUE(no_trace || (group_named("(left running)") != NULL && end.unread_count == 0 &&
                                end.process_peak_anon_bytes < PAGES * page_bytes));
    CU_ASSERT_EQUAL(end.exit_code, 0);
    CU_ASSERT_FALSE(is_alive_anywhere());
    spec = (mb_trace_spec){.no_trace = no_trace, .path = "/nonexistent/program"};
    CU_ASSERT_EQUAL(run_spec(&spec, ""), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(error.message, "cannot run /nonexistent/program: No such file or directory");
    CU_ASSERT_FALSE(is_alive_anywhere());
}

/* In place of libc's: a busy machine may take the processor away just where we become the parent of orphans. */
static bool is_held_up;

int prctl(int option, ...)
{
    unsigned long arguments[4];
    va_list list;
    va_start(list, option);
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        arguments[i] = va_arg(list, unsigned long);
    va_end(list);
    if (is_held_up && option == PR_SET_CHILD_SUBREAPER && arguments[0] == 1)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    return (int)syscall(SYS_prctl, option, arguments[0], arguments[1], arguments[2], arguments[3]);
}

/* A command that ends before anything else happens has left nothing that is not seen. */
static void test_left_at_once(void)
{
    mb_trace_spec spec = {.no_trace = true};
    is_held_up = true;
    CU_ASSERT_EQUAL(run_spec(&spec, "leave sleep 2000"), MB_OK);
    is_held_up = false;
    CU_ASSERT_TRUE(end.left_processes);
    CU_ASSERT_FALSE(is_alive_anywhere());
}

/* A timeout, what is left behind, what cannot be run: nothing lives on. */
static void test_ends(void)
{
    check_ends(false);
    check_ends(true);
}

/* From outside a peak that lasts is seen, exact values of the end are not known, and it is said that this was so. */
static void test_outside(void)
{
    mb_trace_spec spec = {.no_trace = true, .interval_ns = 2000000};
    can_trace();
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, "touch 5000 sleep 100 spawn touch 100 sleep 100"), MB_OK);
    CU_ASSERT_FALSE(end.is_traced);
    CU_ASSERT_STRING_EQUAL(end.refusal, "");
    CU_ASSERT_EQUAL(end.process_count, 2);
    CU_ASSERT_EQUAL(end.process_exit_anon_bytes, -1);
    CU_ASSERT_TRUE(end.process_peak_rss_bytes >= PAGES * page_bytes);
    CU_ASSERT_TRUE(end.tree_peak_pss_anon_bytes >= (PAGES + 100) * page_bytes);
    const mb_trace_group *child = group_named("exe");
    CU_ASSERT_PTR_NOT_NULL_FATAL(child);
    CU_ASSERT_TRUE(child->peak_rss_bytes < PAGES * page_bytes / 2);
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, "exit 5"), MB_OK);
    CU_ASSERT_EQUAL(end.exit_code, 5);
}

/* Three steps of 2,500 pages, the last of which is given back. A page that is given back makes a stop on each level but
 * the highest, which ends by one: each level is exact, however seldom anybody looked. */
static void test_timeline(void)
{
    enum { STEP = PAGES / 2, LEVELS = 5 };
    static const int pages[LEVELS] = {1, STEP + 1, 2 * STEP + 1, 3 * STEP, 2 * STEP + 1};
    mb_timeline timeline;
    mb_trace_spec spec = {.interval_ns = 5000000, .timeline = &timeline};
    int64_t stops[LEVELS] = {0};
    size_t look_count = 0, tree_count = 0;
    if (!can_trace())
        return;
    mb_timeline_init(&timeline);
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, "touch 1 release touch 2500 touch 1 release touch 2500 touch 1 release "
                                          "touch 2500 sleep 50 release sleep 50 touch 1 release"),
                          MB_OK);
    for (size_t i = 0; i < timeline.point_count; i++) {
        const mb_timeline_point *point = &timeline.points[i];
        look_count += point->kind == MB_TIMELINE_LOOK;
        tree_count += point->kind == MB_TIMELINE_TREE;
        CU_ASSERT_TRUE(i == 0 || point->time_ns >= timeline.points[i - 1].time_ns);
        if (point->kind != MB_TIMELINE_STOP)
            continue;
        memmove(stops, stops + 1, (LEVELS - 1) * sizeof *stops);
        stops[LEVELS - 1] = point->anon_bytes;
    }
    for (size_t i = 0; i < LEVELS; i++)
        CU_ASSERT_EQUAL(stops[i] - stops[0], (pages[i] - pages[0]) * page_bytes);
    CU_ASSERT_TRUE(look_count > 0 && tree_count > 0);
    const mb_timeline_stage *largest = mb_timeline_largest(&timeline);
    CU_ASSERT_PTR_NOT_NULL_FATAL(largest);
    /* On top of what the empty program holds at its end, within a page: an end touches one, a longer stack may. */
    int64_t unlike_bytes = empty_anon_bytes + 3 * STEP * page_bytes - largest->peak_anon_bytes;
    CU_ASSERT_TRUE(llabs((long long)unlike_bytes) <= page_bytes);
    CU_ASSERT_EQUAL(largest->peak_anon_bytes, end.process_peak_anon_bytes);
    /* The end's may come from smaps, page by page, where the kernel's counters lag. */
    CU_ASSERT_TRUE(is_about(largest->peak_rss_bytes, end.process_peak_rss_bytes));
    CU_ASSERT_EQUAL(largest->last_anon_bytes, end.process_exit_anon_bytes);
    CU_ASSERT_TRUE(largest->has_end);
    CU_ASSERT_TRUE(largest->peak_ns < largest->last_ns);
    mb_timeline_fini(&timeline);
}

/* Workers are stages of their own, a fresh program is another, and there is a sum of all. */
static void test_timeline_of_several(void)
{
    mb_timeline timeline;
    mb_trace_spec spec = {.timeline = &timeline};
    if (!can_trace())
        return;
    mb_timeline_init(&timeline);
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, "fork-ahead 2 touch 2500 wait sleep 60"), MB_OK);
    CU_ASSERT_EQUAL(timeline.stage_count, 3);
    CU_ASSERT_TRUE(timeline.tree_peak.anon_bytes >= 2 * 2500 * page_bytes);
    CU_ASSERT_TRUE(timeline.tree_peak.anon_bytes <= end.tree_peak_pss_anon_bytes);
    mb_timeline_fini(&timeline);
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, "touch 2500 exec touch 500"), MB_OK);
    CU_ASSERT_EQUAL_FATAL(timeline.stage_count, 2);
    CU_ASSERT_EQUAL(timeline.stages[0].pid, timeline.stages[1].pid);
    CU_ASSERT_TRUE(timeline.stages[0].peak_anon_bytes >= 2500 * page_bytes);
    CU_ASSERT_TRUE(timeline.stages[1].peak_anon_bytes < 2500 * page_bytes);
    CU_ASSERT_STRING_EQUAL(timeline.stages[1].name, "exe");
    mb_timeline_fini(&timeline);
    spec.no_trace = true;
    CU_ASSERT_EQUAL_FATAL(run_spec(&spec, "touch 2500 sleep 60"), MB_OK);
    CU_ASSERT_EQUAL(timeline.stage_count, 1);
    CU_ASSERT_FALSE(timeline.stages[0].has_end);
    CU_ASSERT_TRUE(timeline.stages[0].peak_anon_bytes >= 2500 * page_bytes);
    mb_timeline_fini(&timeline);
}

/* Beyond the limit readings are counted, and only a higher one is kept. */
static void test_timeline_is_bounded(void)
{
    mb_timeline timeline;
    mb_timeline_init(&timeline);
    size_t stage = mb_timeline_begin(&timeline, 1, "a", 0);
    for (uint64_t i = 0; i < MB_TIMELINE_POINTS_MAX + 5; i++)
        mb_timeline_add(&timeline, stage, MB_TIMELINE_STOP, i, 20, i == 0 ? 10 : 5);
    mb_timeline_add(&timeline, stage, MB_TIMELINE_END, MB_TIMELINE_POINTS_MAX + 5, 30, 11);
    CU_ASSERT_EQUAL(timeline.dropped_count, 5);
    CU_ASSERT_EQUAL(timeline.point_count, MB_TIMELINE_POINTS_MAX + 1);
    CU_ASSERT_EQUAL(timeline.stages[0].peak_anon_bytes, 11);
    CU_ASSERT_EQUAL(timeline.stages[0].peak_rss_bytes, 30);
    mb_timeline_add(&timeline, 0, MB_TIMELINE_STOP, 1, 99, 99); /* no stage: memory was out */
    CU_ASSERT_EQUAL(timeline.stages[0].peak_anon_bytes, 11);
    mb_timeline_fini(&timeline);
}

MB_SUITE(trace, {"one process", test_one_process}, {"small child of a large parent", test_small_child},
         {"workers", test_workers}, {"counted pages", test_counted_pages}, {"given pages", test_given_pages},
         {"short child", test_short_child}, {"other tracers", test_other_tracers},
         {"copy of a large parent", test_large_parent}, {"tree", test_tree},
         {"threads and exec", test_threads_and_exec}, {"names", test_names}, {"as alone", test_as_alone},
         {"alarm", test_alarm}, {"times", test_times}, {"nothing lives on", test_ends},
         {"left at once", test_left_at_once}, {"from outside", test_outside}, {"timeline", test_timeline},
         {"timeline of several", test_timeline_of_several}, {"timeline is bounded", test_timeline_is_bounded});
