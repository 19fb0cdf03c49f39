/* suite.h: how a CUnit suite is declared: one file per module ends in MB_SUITE, and main.c lists it. */
#ifndef MEMBENCH_TESTS_SUITE_H
#define MEMBENCH_TESTS_SUITE_H

#include <CUnit/CUnit.h>

#include <stddef.h>

typedef struct mb_test {
    const char *name;
    void (*run)(void);
} mb_test;

typedef struct mb_suite {
    const char *name;
    const mb_test *tests;
    size_t test_count;
} mb_suite;

/* MB_SUITE(units, {"bytes", test_bytes}, {"ratio", test_ratio}): defines `const mb_suite units_suite`. */
#define MB_SUITE(suite_name, ...)                                                                                      \
    static const mb_test suite_name##_tests[] = {__VA_ARGS__};                                                         \
    extern const mb_suite suite_name##_suite;                                                                          \
    const mb_suite suite_name##_suite = {#suite_name, suite_name##_tests,                                              \
                                         sizeof suite_name##_tests / sizeof suite_name##_tests[0]}

#endif
