/* as_before_test.c: how often a case runs whose program is the baseline's: mb_program_is_as_before, and what the gate
 * makes of it. */
#include "judge/compare.h"
#include "model/differences.h"
#include "tests/suite.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { BASELINE_SAMPLES = 20, NEXT_LOOK = 10 };

static const mb_program_info program = {.path = "/old/p",
                                        .build_id = "0123abcd",
                                        .libraries = "fedcba9876543210",
                                        .libc = "glibc 2.36",
                                        .allocator = "glibc 2.36",
                                        .aslr = "off",
                                        .thp = "off"};
static const mb_run_info run = {
    .membench_version = "1", .architecture = "x86_64", .page_bytes = 4096, .rss_source = "status", .program_count = 1};

static void fill(mb_case_result *result, double values[BASELINE_SAMPLES], size_t count, double value, double last)
{
    for (size_t i = 0; i < count; i++)
        values[i] = i + 1 < count ? value : last;
    *result = (mb_case_result){.id = "case"};
    result->series[MB_HEAP_LIVE_BYTES] = (mb_series){.values = values, .count = count};
}

static mb_comparison compare(mb_program_info before, mb_program_info now, const mb_run_info *now_run,
                             double last_before, double value_now, size_t count_now)
{
    double old[BASELINE_SAMPLES], fresh[BASELINE_SAMPLES];
    mb_case_result x, y;
    mb_run_info a = run, b = *now_run;
    mb_comparison all[MB_METRIC_COUNT];
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    a.programs = &before;
    b.programs = &now;
    fill(&x, old, BASELINE_SAMPLES, 1000, last_before);
    fill(&y, fresh, count_now, value_now, value_now);
    CU_ASSERT_EQUAL_FATAL(mb_compare_case(&x, &a, &y, &b, &policy, 0, NULL, all), 1);
    return all[0];
}

static void test_program(void)
{
    static const struct {
        size_t offset;
        const char *text;
        bool of_run;
        size_t wanted;
    } rows[] = {
        {offsetof(mb_program_info, path), "/new/p", false, 1}, /* folders may differ */
        {offsetof(mb_program_info, mechanisms), "status", false, 1},
        {offsetof(mb_run_info, kernel), "another", true, 1},
        {offsetof(mb_program_info, path), "/old/q", false, 3},
        {offsetof(mb_program_info, build_id), "0123abce", false, 3},
        {offsetof(mb_program_info, build_id), NULL, false, 3},
        {offsetof(mb_program_info, libraries), "fedcba9876543211", false, 3},
        {offsetof(mb_program_info, libraries), NULL, false, 3},
        {offsetof(mb_run_info, membench_version), "2", true, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_program_info now = program;
        mb_run_info now_run = run;
        memcpy((rows[i].of_run ? (char *)&now_run : (char *)&now) + rows[i].offset, &rows[i].text, sizeof rows[i].text);
        mb_comparison c = compare(program, now, &now_run, 1000, 1000, 1);
        CU_ASSERT_EQUAL(c.samples_wanted, rows[i].wanted);
    }
}

/* Neither side says what it links, or both are files without a build id, which may load anything. */
static void test_unknown(void)
{
    mb_program_info silent = program, script = program;
    silent.libraries = NULL;
    script.build_id = "sha256:00";
    CU_ASSERT_EQUAL(compare(silent, silent, &run, 1000, 1000, 1).samples_wanted, 3);
    CU_ASSERT_EQUAL(compare(script, script, &run, 1000, 1000, 1).samples_wanted, 3);
}

/* The same program in another world: one sample that differs is looked at as ever, and so is a baseline that varies. */
static void test_other_values(void)
{
    static const struct {
        double last_before, value_now;
        size_t count_now, wanted;
        mb_verdict verdict;
    } rows[] = {
        {1000, 1000, 1, 1, MB_VERDICT_NOT_REGRESSED},
        {1000, 2000000, 1, NEXT_LOOK, MB_VERDICT_SUSPECT},
        {1000, 2000000, NEXT_LOOK, NEXT_LOOK, MB_VERDICT_REGRESSED},
        {1000, 1001, 1, NEXT_LOOK, MB_VERDICT_NOT_REGRESSED},
        {1001, 1000, 1, NEXT_LOOK, MB_VERDICT_INCONCLUSIVE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t scratch[1];
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        mb_comparison c = compare(program, program, &run, rows[i].last_before, rows[i].value_now, rows[i].count_now);
        mb_compare_settle(&c, 1, &policy, scratch);
        if (c.verdict != rows[i].verdict)
            printf("row %zu: %s\n", i, mb_verdict_name(c.verdict));
        CU_ASSERT_EQUAL(c.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(c.samples_wanted, rows[i].wanted);
    }
}

MB_SUITE(as_before, {"program", test_program}, {"unknown", test_unknown}, {"other values", test_other_values});
