/* What is said of commands of known size (trace_child.c): followed by ptrace, and looked at from outside.
 *
 * A command that does nothing is measured first; sizes are compared with equality above it. Peaks are VmHWM, which
 * may lag by the bound of measuring.md: those are told apart by the pages that were touched, many times the bound. */
#include "process/trace.h"
#include "readings/readings.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 32, TEXT_BYTES = 256, PAGES = 5000 };

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
    run("touch 5000 release touch 100");
    CU_ASSERT_EQUAL(end.process_peak_anon_bytes, empty_anon_bytes + PAGES * page_bytes);
    CU_ASSERT_TRUE(end.tree_peak_pss_anon_bytes >= end.process_peak_anon_bytes);
    CU_ASSERT_EQUAL(end.process_exit_anon_bytes, empty_anon_bytes + 100 * page_bytes);
    CU_ASSERT_TRUE(is_peak(end.process_peak_rss_bytes, PAGES));
}

/* The tree's peak is sampled: on a busy machine a look may take so long that it sees two states at once. So one of a
 * few runs has to be within the bounds; the last one's is in `end` already. */
static bool tree_is_within(const char *steps, int64_t least_bytes, int64_t most_bytes)
{
    for (int i = 0; i < 5; i++) {
        if (end.tree_peak_pss_anon_bytes >= least_bytes && end.tree_peak_pss_anon_bytes <= most_bytes)
            return true;
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
static void test_threads_and_exec(void)
{
    if (!can_trace())
        return;
    run("touch 5000 exec touch 100");
    CU_ASSERT_EQUAL(end.process_count, 1);
    CU_ASSERT_EQUAL(end.inexact_count, 0);
    CU_ASSERT_EQUAL(end.process_peak_anon_bytes, empty_anon_bytes + PAGES * page_bytes);
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

MB_SUITE(trace, {"one process", test_one_process}, {"small child of a large parent", test_small_child},
         {"workers", test_workers}, {"threads and exec", test_threads_and_exec}, {"as alone", test_as_alone},
         {"times", test_times}, {"nothing lives on", test_ends}, {"from outside", test_outside});
