/* What may change: by a share, by an amount on top, and downwards where that fails too. */
#include "tests/suite.h"

#include "base/units.h"
#include "judge/allowance.h"
#include "judge/gate_levels.h"
#include "judge/side_by_side.h"

#include <string.h>

static mb_arena test_arena; /* of what comparisons point to; never given back */

static void test_parse(void)
{
    static const struct {
        const char *text;
        mb_threshold wanted;
    } rows[] = {
        {"10%", {.ratio = 0.1}},
        {"0", {.ratio = 0}},
        {"0.25", {.ratio = 0.25}},
        {"4KiB", {.amount = MB_AMOUNT_BYTES, .extra = 4096}},
        {"64B", {.amount = MB_AMOUNT_BYTES, .extra = 64}},
        {"10%+4KiB", {.ratio = 0.1, .amount = MB_AMOUNT_BYTES, .extra = 4096}},
        {"0+3", {.amount = MB_AMOUNT_COUNT, .extra = 3}},
        {"5%+2", {.ratio = 0.05, .amount = MB_AMOUNT_COUNT, .extra = 2}},
        {"5us", {.amount = MB_AMOUNT_NS, .extra = 5000}},
    };
    static const char *const bad[] = {"",      "10",      "4 KiB", "+4KiB", "10%+", "10%+-1",      "4KiB+10%", "much",
                                      "10%+x", "10%+1+1", "-1%",   "1e99B", "inf",  "10%+4KiB+1B", "4096"};
    mb_threshold parsed;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&parsed, 0xff, sizeof parsed);
        CU_ASSERT_TRUE(mb_parse_threshold(rows[i].text, &parsed));
        CU_ASSERT_DOUBLE_EQUAL(parsed.ratio, rows[i].wanted.ratio, 1e-12);
        CU_ASSERT_EQUAL(parsed.amount, rows[i].wanted.amount);
        CU_ASSERT_EQUAL(parsed.extra, rows[i].wanted.extra);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(mb_parse_threshold(bad[i], &parsed));
}

#define heap mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)
#define calls mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY)
#define anon mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)

/* Constant series of 20 samples each. */
static mb_comparison compare(mb_metric metric, double x, double y, const mb_gate_policy *policy)
{
    double was[20], is[20];
    mb_case_result old_case = {.id = "g/1"}, new_case = {.id = "g/1"};
    mb_comparison found[MB_METRIC_COUNT];
    mb_run_info run = {0};
    for (size_t i = 0; i < 20; i++) {
        was[i] = x;
        is[i] = y;
    }
    old_case.series[metric] = (mb_series){.values = was, .count = 20};
    new_case.series[metric] = (mb_series){.values = is, .count = 20};
    CU_ASSERT_EQUAL_FATAL(mb_compare_case(&old_case, &run, &new_case, &run, policy, 0, &test_arena, found), 1);
    return found[0];
}

static mb_gate_policy allowing(const char *text)
{
    mb_gate_policy policy;
    mb_threshold said;
    mb_gate_policy_init(&policy);
    CU_ASSERT_TRUE_FATAL(mb_parse_threshold(text, &said));
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        mb_policy_allow(&policy, m, &said);
    return policy;
}

/* An amount holds to the byte, and with a share both do. */
static void test_amounts(void)
{
    static const struct {
        const char *allowed;
        double x, y;
        mb_verdict verdict;
    } rows[] = {
        {"4KiB", 100000, 104096, MB_VERDICT_NOT_REGRESSED},     {"4KiB", 100000, 104097, MB_VERDICT_REGRESSED},
        {"4KiB", 100, 4196, MB_VERDICT_NOT_REGRESSED},          {"4KiB", 100, 4197, MB_VERDICT_REGRESSED},
        {"10%+4KiB", 100000, 114096, MB_VERDICT_NOT_REGRESSED}, {"10%+4KiB", 100000, 114097, MB_VERDICT_REGRESSED},
        {"0+3", 100000, 111000, MB_VERDICT_REGRESSED},          {"10%", 100000, 110000, MB_VERDICT_NOT_REGRESSED},
        {"10%", 100000, 110001, MB_VERDICT_REGRESSED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_gate_policy policy = allowing(rows[i].allowed);
        CU_ASSERT_EQUAL(compare(heap, rows[i].x, rows[i].y, &policy).verdict, rows[i].verdict);
    }
    mb_gate_policy policy = allowing("0+3");
    CU_ASSERT_EQUAL(compare(calls, 40, 43, &policy).verdict, MB_VERDICT_NOT_REGRESSED);
    CU_ASSERT_EQUAL(compare(calls, 40, 44, &policy).verdict, MB_VERDICT_REGRESSED);
    /* A page for rounding comes on top, as with a share. */
    policy = allowing("8KiB");
    CU_ASSERT_EQUAL(compare(anon, 409600, 409600 + 12288, &policy).verdict, MB_VERDICT_NOT_REGRESSED);
    CU_ASSERT_EQUAL(compare(anon, 409600, 409600 + 16384, &policy).verdict, MB_VERDICT_REGRESSED);
}

/* Of another unit than the metric's an amount changes nothing. */
static void test_units(void)
{
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    CU_ASSERT_FALSE(mb_policy_allow(&policy, calls, &(mb_threshold){0, MB_AMOUNT_BYTES, 4096}));
    CU_ASSERT_FALSE(mb_policy_allow(&policy, heap, &(mb_threshold){0, MB_AMOUNT_COUNT, 3}));
    CU_ASSERT_FALSE(mb_policy_allow(&policy, heap, &(mb_threshold){0, MB_AMOUNT_NS, 3}));
    CU_ASSERT_EQUAL(policy.threshold_ratio[heap], 0.10);
    CU_ASSERT_EQUAL(policy.threshold_extra[heap], 0);
}

/* Downwards the same bound holds as upwards, mirrored; without being asked it is information beyond 1 %. */
static void test_two_sided(void)
{
    static const struct {
        double x, y;
        mb_verdict alone, asked;
    } rows[] = {
        {110000, 100000, MB_VERDICT_IMPROVED, MB_VERDICT_NOT_REGRESSED},
        {110001, 100000, MB_VERDICT_IMPROVED, MB_VERDICT_SHRANK},
        {101000, 100000, MB_VERDICT_NOT_REGRESSED, MB_VERDICT_NOT_REGRESSED},
        {100000, 110001, MB_VERDICT_REGRESSED, MB_VERDICT_REGRESSED},
        {100000, 100000, MB_VERDICT_NOT_REGRESSED, MB_VERDICT_NOT_REGRESSED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_gate_policy policy = allowing("10%");
        CU_ASSERT_EQUAL(compare(heap, rows[i].x, rows[i].y, &policy).verdict, rows[i].alone);
        policy.is_two_sided = true;
        CU_ASSERT_EQUAL(compare(heap, rows[i].x, rows[i].y, &policy).verdict, rows[i].asked);
    }
    mb_gate_policy policy = allowing("10%+4KiB");
    policy.is_two_sided = true;
    CU_ASSERT_EQUAL(compare(heap, 114096, 100000, &policy).verdict, MB_VERDICT_NOT_REGRESSED);
    CU_ASSERT_EQUAL(compare(heap, 114097, 100000, &policy).verdict, MB_VERDICT_SHRANK);
}

/* Where shrinking fails it shares the error with all that was tested; where it is said for information it does not. */
static void test_share_of_the_error(void)
{
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    for (int i = 0; i < 2; i++) {
        policy.is_two_sided = i == 1;
        mb_comparison c = {.p_improved = MB_GATE_FAIL_LEVEL / 5 * 1.001};
        CU_ASSERT_TRUE(mb_gate_improves(&c, 4, &policy));
        CU_ASSERT_EQUAL(mb_gate_improves(&c, 5, &policy), !policy.is_two_sided);
        c.p_improved = MB_GATE_FAIL_LEVEL;
        CU_ASSERT_FALSE(mb_gate_improves(&c, 1, &policy));
    }
}

/* What may have shrunk beyond the threshold is not passed: more samples, and in the end it is said. */
static void test_may_have_shrunk(void)
{
    static const struct {
        double p_improved;
        size_t count;
        bool is_two_sided;
        mb_verdict verdict;
        size_t wanted;
        const char *reason; /* NULL: any */
    } rows[] = {
        {MB_GATE_SCREEN_LEVEL * 0.999, 10, true, MB_VERDICT_INCONCLUSIVE, 20, "too few samples"},
        {MB_GATE_SCREEN_LEVEL * 0.999, 20, true, MB_VERDICT_INCONCLUSIVE, 40, "too few samples"},
        {MB_GATE_SCREEN_LEVEL * 0.999, 40, true, MB_VERDICT_INCONCLUSIVE, 40, "may have shrunk"},
        {MB_GATE_SCREEN_LEVEL * 1.001, 10, true, MB_VERDICT_NOT_REGRESSED, 10, NULL},
        {MB_GATE_SCREEN_LEVEL * 0.999, 10, false, MB_VERDICT_NOT_REGRESSED, 10, NULL},
        {MB_GATE_FAIL_LEVEL * 0.999, 10, true, MB_VERDICT_SHRANK, 10, NULL},
        {MB_GATE_FAIL_LEVEL * 0.999, 10, false, MB_VERDICT_IMPROVED, 10, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        policy.is_two_sided = rows[i].is_two_sided;
        size_t scratch[1];
        const mb_comparison made = {.path = MB_PATH_RANK,
                                    .gates = true,
                                    .baseline_count = 40,
                                    .current_count = rows[i].count,
                                    .samples_to_fail = 10,
                                    .p_fail = 1,
                                    .p_tail = 1,
                                    .p_fail_drift = 1,
                                    .p_tail_drift = 1,
                                    .p_pass_drift = 1,
                                    .p_adjusted = 1,
                                    .p_improved = rows[i].p_improved,
                                    .verdict = MB_VERDICT_INCONCLUSIVE};
        mb_comparison stored = made, side = made;
        mb_compare_settle(&stored, 1, &policy, scratch);
        CU_ASSERT_EQUAL(stored.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(stored.samples_wanted, rows[i].wanted);
        if (rows[i].reason != NULL) {
            CU_ASSERT_STRING_EQUAL(stored.reason, rows[i].reason);
        }
        mb_side_confirm(&side, 1, &policy, scratch);
        CU_ASSERT_EQUAL(side.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(side.samples_wanted, rows[i].wanted);
    }
}

MB_SUITE(thresholds, {"parse", test_parse}, {"amounts", test_amounts}, {"units", test_units},
         {"two-sided", test_two_sided}, {"share of the error", test_share_of_the_error},
         {"may have shrunk", test_may_have_shrunk});
