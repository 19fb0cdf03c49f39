/* trace_worker_test.c: workers with a tracer each, several at a time, through every way to begin and to end. Built once
 * more with ThreadSanitizer (threads.cmake): the tracers are the only threads there are besides the runner's. */
#include "process/environment.h"
#include "process/trace_worker.h"
#include "tests/run_record.h"
#include "tests/suite.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { JOBS = 4, ROUNDS = 5, WORDS_MAX = 24, TEXT_BYTES = 256 };

static const struct way {
    const char *steps;
    int exit_code, signal_number;
    uint64_t timeout_ns;
    bool is_missing, leaves_children;
} ways[] = {
    {.steps = "exit 0"},
    {.steps = "exit 7", .exit_code = 7},
    {.steps = "kill 11", .signal_number = SIGSEGV},
    {.steps = "sleep 60000", .signal_number = SIGTERM, .timeout_ns = 30000000},
    {.steps = "peak 1"},
    {.steps = "peak 300 peak 2 peak 300"},
    {.steps = "peak 5 windows 100 peak 5 windows 100 exit 4", .exit_code = 4},
    {.steps = "threads 8 20 5000 peak 40 exit 3", .exit_code = 3},
    {.steps = "peak 40 threads 8 20 5000 peak 40", .exit_code = 0},
    {.steps = "lead-ends 4"},
    {.steps = "peak 10 fork touch 20 release exit 5", .exit_code = 5},
    {.steps = "peak 10 leave sleep 60000", .leaves_children = true},
    {.steps = "peak 10 spawn peak 4 exit 6", .exit_code = 6},
    {.steps = "peak 10 exec peak 3 exit 8", .exit_code = 8},
    {.steps = "exec-thread peak 3 exit 9", .exit_code = 9},
    {.steps = "stop"},
    {.steps = "exit 0", .is_missing = true},
};
enum { WAYS = sizeof ways / sizeof ways[0], WORKERS = ROUNDS * WAYS };

static mb_run_record records[WORKERS];
static char texts[WAYS][TEXT_BYTES];
static char *argvs[WAYS][WORDS_MAX];

static mb_process_spec spec_of(size_t worker)
{
    size_t w = worker % WAYS, count = 1;
    char *rest = NULL;
    mb_process_spec spec = mb_run_spec(&records[worker], NULL, NULL);
    snprintf(texts[w], sizeof texts[w], "%s", ways[w].steps);
    argvs[w][0] = records[worker].argv[0];
    for (char *word = strtok_r(texts[w], " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argvs[w][count++] = word;
    argvs[w][count] = NULL;
    spec.path = ways[w].is_missing ? "/nonexistent/program" : MB_TRACE_CHILD;
    spec.argv = argvs[w];
    spec.timeout_ns = ways[w].timeout_ns != 0 ? ways[w].timeout_ns : 60000000000u;
    spec.traced = true;
    return spec;
}

/* As the tracer sees it: the child's step "peak" ends it with 88 or 89 where it is not traced, or not answered. */
static bool can_trace(void)
{
    mb_process_spec spec = spec_of(4);
    mb_run_spec_alone(&spec);
    if (records[4].end.exit_code == 88)
        printf("[skipped: nobody can be traced here] ");
    return records[4].end.exit_code != 88;
}

static void test_every_end(void)
{
    if (!can_trace())
        return;
    mb_runner *runner = mb_run_new(JOBS);
    for (size_t i = 0; i < WORKERS; i++) {
        mb_process_spec spec = spec_of(i);
        mb_run_submit(runner, &spec);
    }
    CU_ASSERT_EQUAL(mb_runner_drain(runner), 0);
    mb_runner_free(runner);
    for (size_t i = 0; i < WORKERS; i++) {
        const struct way *way = &ways[i % WAYS];
        const mb_process_end *end = &records[i].end;
        bool is_as_told = records[i].end_count == 1;
        if (way->is_missing)
            is_as_told = is_as_told && end->kind == MB_END_NOT_STARTED;
        else if (way->signal_number != 0)
            is_as_told = is_as_told && end->kind == MB_END_SIGNALED && end->signal_number == way->signal_number;
        else
            is_as_told = is_as_told && end->kind == MB_END_EXITED && end->exit_code == way->exit_code;
        is_as_told = is_as_told && end->timed_out == (way->timeout_ns != 0);
        is_as_told = is_as_told && end->left_children == way->leaves_children;
        CU_ASSERT_TRUE(is_as_told);
        if (!is_as_told)
            printf("\"%s\": kind %d, code %d, signal %d, timed out %d, %s\n", way->steps, end->kind, end->exit_code,
                   end->signal_number, end->timed_out, records[i].stderr_tail);
    }
}

/* Tracers in the middle of their work when the runner stops, and when it goes without asking. */
static void test_cut_off(void)
{
    for (int round = 0; round < 2 * ROUNDS; round++) {
        mb_runner *runner = mb_run_new(JOBS);
        for (size_t i = 0; i < WAYS; i++) {
            mb_process_spec spec = spec_of(i);
            mb_run_submit(runner, &spec);
        }
        for (int i = 0; i < round; i++)
            mb_runner_step(runner, 1000000);
        if (round % 2 == 0) {
            mb_runner_stop(runner);
            mb_runner_drain(runner);
            for (size_t i = 0; i < WAYS; i++)
                CU_ASSERT_EQUAL(records[i].end_count, 1);
        }
        mb_runner_free(runner);
    }
}

MB_SUITE(trace_worker, {"every end", test_every_end}, {"cut off", test_cut_off});
