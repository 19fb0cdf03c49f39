/* fake_runner.h: process/runner.h without processes: programs are functions that say what a sample reads.
 *
 * A test links fake_runner.c in place of process/runner.c, fills `fake`, and drives a session as the command line does.
 * Everything between the plan and the runner's calls is the real engine. */
#ifndef MEMBENCH_TESTS_FAKE_RUNNER_H
#define MEMBENCH_TESTS_FAKE_RUNNER_H

#include "model/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_CASES_MAX = 64, FAKE_LOG_MAX = 20000 };

typedef struct fake_case {
    const char *id;
    uint64_t cost_ns;
    /* Bytes that sample number `index` (of this case, pass and program) reads in both windows. */
    double (*read_bytes)(size_t program, mb_pass pass, size_t index);
    /* The same under other conditions, by their number; NULL: what the first sample reads. */
    double (*read_moved)(size_t program, mb_pass pass, size_t condition);
    bool fails_moved;    /* and it ends badly under these */
    const char *outcome; /* of every sample; NULL: "ok" */
} fake_case;

typedef struct fake_sample {
    size_t program, case_index;
    mb_pass pass;
} fake_sample;

typedef struct fake_state {
    const char *programs[2]; /* paths as the runner gets them; [1] may be NULL */
    fake_case cases[FAKE_CASES_MAX];
    size_t case_count;
    size_t stop_after; /* samples, then SIGINT; 0: never */
    fake_sample log[FAKE_LOG_MAX];
    size_t log_count; /* samples that ended, without those that warm programs up */
    bool is_warm[2];
    size_t counts[2][FAKE_CASES_MAX][MB_PASS_COUNT];       /* of all runs since it was zeroed */
    size_t moved_counts[2][FAKE_CASES_MAX][MB_PASS_COUNT]; /* samples under other conditions, in no log */
    bool is_stopped;
} fake_state;

extern fake_state fake;

/* Begins another run: forgets the log and the signal, not how many samples each case has had. */
void fake_restart(void);

#endif
