/* Runs the CUnit suites: all of them, or those named on the command line. */
#include "tests/suite.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SUITES
#define SUITES(X)                                                                                                      \
    X(units)                                                                                                           \
    X(fingerprint)                                                                                                     \
    X(metric)                                                                                                          \
    X(results)                                                                                                         \
    X(results_hostile)                                                                                                 \
    X(results_baseline)                                                                                                \
    X(results_event)                                                                                                   \
    X(results_journal)                                                                                                 \
    X(plan)                                                                                                            \
    X(sweep)                                                                                                           \
    X(sites)                                                                                                           \
    X(tally)                                                                                                           \
    X(growth)                                                                                                          \
    X(leak)                                                                                                            \
    X(slopes)                                                                                                          \
    X(project)                                                                                                         \
    X(heap)                                                                                                            \
    X(readings)                                                                                                        \
    X(readings_truth)                                                                                                  \
    X(stats)                                                                                                           \
    X(compare)                                                                                                         \
    X(as_before)                                                                                                       \
    X(levels)                                                                                                          \
    X(conditions)                                                                                                      \
    X(thresholds)                                                                                                      \
    X(side)                                                                                                            \
    X(budget)                                                                                                          \
    X(shard)                                                                                                           \
    X(diagnose)                                                                                                        \
    X(run)                                                                                                             \
    X(run_end)                                                                                                         \
    X(lowering)                                                                                                        \
    X(trace)                                                                                                           \
    X(trace_worker)                                                                                                    \
    X(cgroup)                                                                                                          \
    X(run_parts)                                                                                                       \
    X(report_formats)                                                                                                  \
    X(report)                                                                                                          \
    X(similar)                                                                                                         \
    X(causes)                                                                                                          \
    X(decide)                                                                                                          \
    X(report_parts)                                                                                                    \
    X(watch)                                                                                                           \
    X(html)                                                                                                            \
    X(soak)                                                                                                            \
    X(changepoint)                                                                                                     \
    X(history)                                                                                                         \
    X(history_parts)                                                                                                   \
    X(bench_jobs)                                                                                                      \
    X(bench_payloads)                                                                                                  \
    X(bench_truth)                                                                                                     \
    X(wasm_code)                                                                                                       \
    X(wasm_estimate)                                                                                                   \
    X(wasm_wamr)
#endif

#define DECLARE(name) extern const mb_suite name##_suite;
SUITES(DECLARE)
#define LIST(name) &name##_suite,
static const mb_suite *const suites[] = {SUITES(LIST)};
enum { SUITE_COUNT = sizeof suites / sizeof suites[0] };

static int is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc == 1;
}

int main(int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    unsigned added = 0;
    for (size_t i = 0; i < SUITE_COUNT; i++) {
        if (!is_wanted(suites[i]->name, argc, argv))
            continue;
        CU_pSuite suite = CU_add_suite(suites[i]->name, NULL, NULL);
        if (suite == NULL)
            return 1;
        for (size_t t = 0; t < suites[i]->test_count; t++)
            if (CU_add_test(suite, suites[i]->tests[t].name, suites[i]->tests[t].run) == NULL)
                return 1;
        added++;
    }
    if (added == 0) {
        fprintf(stderr, "no suite of that name\n");
        return 2;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures() + CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    return failures == 0 ? 0 : 1;
}
