/* run_perf.c: what the runner adds to starting a program and waiting for it, as a ratio to bare posix_spawn and
 * waitpid of the same program. Both are measured alternately, so that both see the same machine; behind ci/perf-spawn.
 */
#include "process/runner.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

enum { ROUNDS = 61, STARTS = 20 };

static size_t failures;

static double clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool on_line(void *context, const char *line, size_t length)
{
    (void)context;
    (void)line;
    (void)length;
    return true;
}

static void on_end(void *context, const mb_process_end *end)
{
    (void)context;
    failures += end->kind != MB_END_EXITED || end->exit_code != 0;
}

static double run_bare_ns(char *path)
{
    char *const argv[] = {path, NULL}, *const environment[] = {NULL};
    double start_ns = clock_ns();
    for (int i = 0; i < STARTS; i++) {
        pid_t pid;
        int status = -1;
        if (posix_spawn(&pid, path, NULL, NULL, argv, environment) != 0)
            failures++;
        else if (waitpid(pid, &status, 0) != pid || status != 0)
            failures++;
    }
    return (clock_ns() - start_ns) / STARTS;
}

static double run_runner_ns(mb_runner *runner, const char *path)
{
    mb_error error = {0};
    const mb_process_spec spec = {.path = path, .timeout_ns = 10000000000, .on_line = on_line, .on_end = on_end};
    double start_ns = clock_ns();
    for (int i = 0; i < STARTS; i++)
        failures += mb_runner_submit(runner, &spec, &error) != MB_OK;
    failures += mb_runner_drain(runner) != 0;
    return (clock_ns() - start_ns) / STARTS;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, compare_doubles);
    return values[ROUNDS / 2];
}

static bool measure(char *path, size_t job_count)
{
    static double bare_ns[ROUNDS], runner_ns[ROUNDS], ratios[ROUNDS];
    mb_error error = {0};
    mb_runner *runner;
    if (mb_runner_new(job_count, &runner, &error) != MB_OK) {
        fprintf(stderr, "%s\n", error.message);
        return false;
    }
    for (int i = -1; i < ROUNDS; i++) { /* the first round fills the page cache */
        int at = i < 0 ? 0 : i;
        if (i % 2 == 0)
            bare_ns[at] = run_bare_ns(path);
        runner_ns[at] = run_runner_ns(runner, path);
        if (i % 2 != 0)
            bare_ns[at] = run_bare_ns(path);
        ratios[at] = runner_ns[at] / bare_ns[at];
    }
    mb_runner_free(runner);
    printf("%zu at a time: bare %.1f us, runner %.1f us, ratio %.3f (median of %d rounds of %d)\n", job_count,
           median(bare_ns) / 1000, median(runner_ns) / 1000, median(ratios), ROUNDS, STARTS);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
        return 2;
    }
    bool done = measure(argv[1], 1) && measure(argv[1], 2);
    if (failures > 0)
        fprintf(stderr, "%zu starts failed\n", failures);
    return done && failures == 0 ? 0 : 1;
}
