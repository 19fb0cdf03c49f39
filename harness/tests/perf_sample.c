/* What a memory sample costs, compared with bare posix_spawn and waitpid of the same program; behind ci/perf.
 *
 *     membench-perf-sample sample PROGRAM HOOK         samples of its case "empty", both windows, alternately with bare
 *                                                      starts; a line a pass: name, ns of a bare start, ns, ratio,
 *                                                      and the same for processor time, coordinator included
 *     membench-perf-sample spawn ROUNDS JOBS PROGRAM [CASE...]
 *                                                      seconds for so many bare starts (of each case), JOBS at a time
 *
 * The first PROGRAM leaves at once when it has no MEMBENCH_FD. */
#include "process/environment.h"
#include "process/runner.h"
#include "store/collect.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 61, STARTS = 20 };

typedef struct sampling {
    mb_environment *environment;
    mb_sample *sample;
    mb_pass pass;
    bool is_traced; /* as it is where the peak can be exact */
    const char *hook;
    size_t complete_count;
} sampling;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Processor time of this process and of all that have ended below it. */
static double processor_ns(void)
{
    double sum_ns = 0;
    for (int who = RUSAGE_CHILDREN; who <= RUSAGE_SELF; who++) {
        struct rusage usage;
        getrusage(who, &usage);
        sum_ns += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9;
        sum_ns += (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
    }
    return sum_ns;
}

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "membench-perf-sample: %s\n", what);
    exit(1);
}

static mb_status prepare(void *context, mb_process_spec *spec, mb_error *error)
{
    sampling *s = context;
    const char *const variables[][2] = {{"MEMBENCH_ACTION", "sample"},
                                        {"MEMBENCH_CASE", "empty"},
                                        {"MEMBENCH_PASS", mb_pass_name(s->pass)},
                                        {"MEMBENCH_WARMUP", "2"},
                                        {"MEMBENCH_RSS", "status"},
                                        {"MEMBENCH_CPUS", "2"},
                                        {"MEMBENCH_ROOT", ""},
                                        {"MEMBENCH_HEAP_HOOK", "0000000000000000"},
                                        {"LD_PRELOAD", s->pass == MB_PASS_HEAP ? s->hook : ""}};
    mb_status status = MB_OK;
    mb_environment_reset(s->environment);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && status == MB_OK; i++)
        if (variables[i][1][0] != '\0')
            status = mb_environment_set(s->environment, variables[i][0], variables[i][1], error);
    if (status == MB_OK)
        status = mb_environment_seal(s->environment, spec->path, NULL, &spec->environment, error);
    s->sample = mb_sample_new(s->pass);
    return status;
}

static bool take_line(void *context, const char *line, size_t length)
{
    mb_error error;
    return mb_sample_line(((sampling *)context)->sample, line, length, &error) == MB_OK;
}

static void take_end(void *context, const mb_process_end *end)
{
    sampling *s = context;
    mb_error error;
    if (s->sample == NULL) /* the run was interrupted before it began */
        return;
    s->complete_count += end->kind == MB_END_EXITED && mb_sample_check(s->sample, &error) == MB_OK &&
                         mb_sample_outcome(s->sample) == MB_OUTCOME_OK;
    mb_sample_free(s->sample);
    s->sample = NULL;
}

static double sample_ns(mb_runner *runner, sampling *s, const char *program)
{
    mb_error error;
    const mb_process_spec spec = {.path = program,
                                  .timeout_ns = 10000000000,
                                  .context = s,
                                  .prepare = prepare,
                                  .on_line = take_line,
                                  .on_end = take_end,
                                  .traced = s->is_traced};
    double start_ns = now_ns();
    for (int i = 0; i < STARTS; i++)
        if (mb_runner_submit(runner, &spec, &error) != MB_OK)
            stop(error.message);
    mb_runner_drain(runner);
    return (now_ns() - start_ns) / STARTS;
}

static void start(char *program, char **variables)
{
    char *const argv[] = {program, NULL};
    pid_t pid;
    if (posix_spawn(&pid, program, NULL, NULL, argv, variables) != 0)
        stop("cannot start the program");
}

/* Waits for one of the children; of the runner's there are none at the time but its guard. */
static void wait_for_one(void)
{
    int status;
    if (waitpid(-1, &status, 0) < 0 || status != 0)
        stop("a bare start failed");
}

static double bare_ns(char *program, double *processor_sum_ns)
{
    double processor_start_ns = processor_ns();
    double start_ns = now_ns();
    for (int i = 0; i < STARTS; i++) {
        start(program, environ);
        wait_for_one();
    }
    *processor_sum_ns += processor_ns() - processor_start_ns;
    return (now_ns() - start_ns) / STARTS;
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

static void compare(char *program, sampling *s)
{
    static double bare[ROUNDS], sample[ROUNDS], ratio[ROUNDS];
    double bare_processor_ns = 0, start_ns = processor_ns();
    mb_error error;
    mb_runner *runner;
    if (mb_runner_new(1, &runner, &error) != MB_OK)
        stop(error.message);
    s->complete_count = 0;
    for (int i = -1; i < ROUNDS; i++) { /* the first round fills the page cache */
        int at = i < 0 ? 0 : i;
        if (i % 2 == 0)
            bare[at] = bare_ns(program, &bare_processor_ns);
        sample[at] = sample_ns(runner, s, program);
        if (i % 2 != 0)
            bare[at] = bare_ns(program, &bare_processor_ns);
        ratio[at] = sample[at] / bare[at];
    }
    mb_runner_free(runner);
    if (s->complete_count != (ROUNDS + 1) * STARTS)
        stop("a sample is not complete");
    double sample_processor_ns = processor_ns() - start_ns - bare_processor_ns;
    printf("%s%s %.0f %.0f %.3f %.0f %.0f %.3f\n", mb_pass_name(s->pass), s->is_traced ? "-traced" : "", median(bare),
           median(sample), median(ratio), bare_processor_ns / (ROUNDS + 1) / STARTS,
           sample_processor_ns / (ROUNDS + 1) / STARTS, sample_processor_ns / bare_processor_ns);
}

static int compare_samples(char *program, const char *hook)
{
    sampling s = {.environment = mb_environment_new(environ, NULL, 0), .hook = hook};
    if (s.environment == NULL)
        stop("out of memory");
    for (s.pass = MB_PASS_PAGES; s.pass < MB_PASS_TIME; s.pass++)
        compare(program, &s);
    s.pass = MB_PASS_PAGES;
    s.is_traced = true;
    compare(program, &s);
    mb_environment_free(s.environment);
    return 0;
}

/* Starts the program so often for each of the cases, which are its whole sample; without cases to list them, which is
 * as good as nothing. */
static int spawn_many(long rounds, long job_count, char *program, char **cases, long case_count)
{
    static char fd[] = "MEMBENCH_FD=3", list[] = "MEMBENCH_ACTION=list", sample[] = "MEMBENCH_ACTION=sample";
    static char pass[] = "MEMBENCH_PASS=pages", warm_up[] = "MEMBENCH_WARMUP=2", rss[] = "MEMBENCH_RSS=status";
    char id[sizeof "MEMBENCH_CASE=" + MB_ID_BYTES_MAX];
    char *listing[] = {fd, list, NULL}, *sampling[] = {fd, sample, pass, warm_up, rss, id, NULL};
    long count = case_count > 0 ? rounds * case_count : rounds;
    if (freopen("/dev/null", "w", stderr) == NULL || dup2(STDERR_FILENO, 3) != 3)
        stop("no /dev/null");
    double start_ns = now_ns();
    for (long started = 0, ended = 0; ended < count; ended++) {
        for (; started < count && started - ended < job_count; started++) {
            if (case_count > 0)
                snprintf(id, sizeof id, "MEMBENCH_CASE=%s", cases[started % case_count]);
            start(program, case_count > 0 ? sampling : listing);
        }
        wait_for_one();
    }
    printf("%.6f\n", (now_ns() - start_ns) / 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "sample") == 0)
        return compare_samples(argv[2], argv[3]);
    if (argc >= 5 && strcmp(argv[1], "spawn") == 0)
        return spawn_many(strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10), argv[4], argv + 5, argc - 5);
    fprintf(stderr, "usage: %s sample PROGRAM HOOK | spawn ROUNDS JOBS PROGRAM [CASE...]\n", argv[0]);
    return 2;
}
