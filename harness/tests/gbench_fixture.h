/* gbench_fixture.h: what the two suites of the C binding of Google Benchmark share. */
#ifndef MEMBENCH_TESTS_GBENCH_FIXTURE_H
#define MEMBENCH_TESTS_GBENCH_FIXTURE_H

#include "tests/gbench_throw.h"
#include "tests/suite.h"

#include <membench/gbench.h>

enum { RESULTS_MAX = 64, TEXT_BYTES_MAX = 512 };

/* A copy of what the callback was given. */
struct copy {
    char name[128];
    int64_t arg;
    size_t arg_count;
    uint32_t repetition, repetition_count, threads;
    mb_status status;
    char message[TEXT_BYTES_MAX];
    uint64_t iterations;
    double real_time_ns, cpu_time_ns;
    char real_missing[TEXT_BYTES_MAX], cpu_missing[TEXT_BYTES_MAX];
    char label[64];
    char counter_name[64];
    double counter;
    char counter_missing[TEXT_BYTES_MAX];
    size_t counter_count;
};

struct copies {
    struct copy items[RESULTS_MAX];
    size_t count;
};

/* Callback: appends to the struct copies that context is, and checks that no number is infinite or undefined. */
void collect(const mb_gbench_result *result, void *context);

/* Registers one function, runs it and returns the status of the run. */
mb_status run_one(const mb_gbench_function *function, const mb_gbench_options *options, struct copies *copies);

/* What bodies count in. */
struct tally {
    uint64_t batch_count, iteration_count, last_iterations;
    uint64_t setup_count, teardown_count;
    double ns_per_iteration;
};

/* Bodies whose context is a struct tally. */
void body_tally(mb_gbench_state *state, uint64_t iterations, void *context);
void setup_tally(mb_gbench_state *state, void *context);
void teardown_tally(mb_gbench_state *state, void *context);

#endif
