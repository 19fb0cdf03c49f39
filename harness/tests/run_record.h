/* run_record.h: what the suites of process/ share: starting the helper program and keeping what became of it. */
#ifndef MEMBENCH_TESTS_RUN_RECORD_H
#define MEMBENCH_TESTS_RUN_RECORD_H

#include "process/runner.h"

typedef struct mb_run_record {
    char lines[64 * 1024]; /* all lines with their newlines, cut */
    size_t lines_length, line_count, longest_line;
    char signs[256];
    size_t sign_count;
    int end_count;
    mb_process_end end; /* its strings are copied below */
    char message[512], stderr_tail[MB_STDERR_BYTES_MAX + 1];
    char half_line[128]; /* cut */
    mb_runner *runner;
    void (*after_line)(struct mb_run_record *record);
    void (*after_sign)(struct mb_run_record *record);
    void (*after_end)(struct mb_run_record *record);
    void *other;
    char *argv[4];
} mb_run_record;

/* Queues the helper with an action and its value; value may be NULL. The record is zeroed but for its callbacks. */
mb_process_spec mb_run_spec(mb_run_record *record, const char *action, const char *value);
void mb_run_submit(mb_runner *runner, const mb_process_spec *spec);
mb_runner *mb_run_new(size_t job_count);

/* Runs one process to its end in a runner of its own. */
void mb_run_one(mb_run_record *record, const char *action, const char *value);
void mb_run_spec_alone(const mb_process_spec *spec);

/* Value of "{name value}" in the lines; ULONG_MAX when there is none. */
unsigned long mb_run_value(const mb_run_record *record, const char *name);

/* Open descriptors of this process. */
int mb_run_count_fds(void);

#endif
