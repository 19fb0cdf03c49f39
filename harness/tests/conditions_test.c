/* Proves what other conditions make of a change between exact values: how many samples are wanted, and the verdict. */
#include "judge/compare.h"
#include "judge/gate_levels.h"
#include "judge/side_by_side.h"
#include "tests/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to; never given back */

enum { USUAL = 20 };

static const mb_run_info run = {.architecture = "x86_64", .page_bytes = 4096, .rss_source = "status"};

/* Values under other conditions: `low`, and in every `period`-th sample `high`. */
typedef struct moving {
    double low, high;
    size_t period, count; /* period 0: always low */
} moving;

typedef struct expectation {
    const char *name;
    double baseline, current;
    moving baseline_moved, current_moved;
    uint64_t random_requests;
    mb_verdict verdict;
    size_t wanted;      /* of samples under other conditions; 0: not asked for */
    const char *reason; /* part of it; NULL: none */
} expectation;

#define K 1024.0
#define NONE                                                                                                           \
    {                                                                                                                  \
        0, 0, 0, 0                                                                                                     \
    }
static const expectation expectations[] = {
    {"unchanged", 160 * K, 160 * K, .verdict = MB_VERDICT_NOT_REGRESSED, .reason = "unchanged"},
    {"within the threshold", 160 * K, 170 * K, .verdict = MB_VERDICT_NOT_REGRESSED, .reason = "within"},
    {"grew, nothing measured yet", 160 * K, 224 * K, .verdict = MB_VERDICT_REGRESSED, .wanted = 5},
    {"grew, one is missing",
     160 * K,
     224 * K,
     {160 * K, 0, 0, 4},
     {224 * K, 0, 0, 4},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 5},
    {"grew everywhere",
     160 * K,
     224 * K,
     {160 * K, 0, 0, 5},
     {224 * K, 0, 0, 5},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 5},
    {"grew by more than it moves",
     160 * K,
     224 * K,
     {160 * K, 170 * K, 2, 5},
     {224 * K, 234 * K, 2, 5},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 5},
    {"moves by half of what it grew",
     160 * K,
     224 * K,
     {160 * K, 192 * K, 2, 5},
     {224 * K, 0, 0, 5},
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 10,
     .reason = "varies with addresses by as much as it grew"},
    {"moves by two fifths of what it grew",
     160 * K,
     224 * K,
     {160 * K, 185 * K, 2, 5},
     {224 * K, 0, 0, 5},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 5},
    {"only the new side moves",
     160 * K,
     224 * K,
     {160 * K, 0, 0, 5},
     {224 * K, 160 * K, 2, 5},
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 10,
     .reason = "varies with addresses"},
    {"and asks for chance",
     160 * K,
     224 * K,
     {160 * K, 224 * K, 2, 5},
     {224 * K, 160 * K, 2, 5},
     3,
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 10,
     .reason = "varies with seeds or addresses"},
    {"moves alike: it did not grow",
     160 * K,
     224 * K,
     {160 * K, 224 * K, 4, 40},
     {160 * K, 224 * K, 4, 40},
     .verdict = MB_VERDICT_NOT_REGRESSED,
     .wanted = 40,
     .reason = "did not grow"},
    {"moves, and grew",
     160 * K,
     224 * K,
     {160 * K, 224 * K, 2, 40},
     {240 * K, 336 * K, 2, 40},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 40},
    {"shrank", 224 * K, 160 * K, .verdict = MB_VERDICT_IMPROVED, .wanted = 5},
    {"shrank everywhere",
     224 * K,
     160 * K,
     {224 * K, 0, 0, 5},
     {160 * K, 0, 0, 5},
     .verdict = MB_VERDICT_IMPROVED,
     .wanted = 5},
    {"shrank by less than is allowed to grow", 224 * K, 215 * K, .verdict = MB_VERDICT_IMPROVED},
    {"seems to shrink, and grew",
     224 * K,
     192 * K,
     {160 * K, 224 * K, 2, 40},
     {240 * K, 336 * K, 2, 40},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 40},
    {"seems to shrink, and moves",
     224 * K,
     160 * K,
     {160 * K, 224 * K, 2, 40},
     {160 * K, 224 * K, 2, 40},
     .verdict = MB_VERDICT_NOT_REGRESSED,
     .wanted = 40,
     .reason = "did not grow"},
    {"looks end",
     160 * K,
     224 * K,
     {160 * K, 224 * K, 2, 160},
     {170 * K, 260 * K, 2, 160},
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 160,
     .reason = "varies with addresses"},
    {"the last look but one",
     160 * K,
     224 * K,
     {160 * K, 224 * K, 2, 80},
     {170 * K, 260 * K, 2, 80},
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 160,
     .reason = "varies with addresses"},
    {"of a baseline with five the last look but one",
     160 * K,
     224 * K,
     {160 * K, 224 * K, 2, 5},
     {170 * K, 260 * K, 2, 20},
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 40,
     .reason = "varies with addresses"},
    {"a baseline without them: more of the current",
     160 * K,
     224 * K,
     NONE,
     {224 * K, 0, 0, 5},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 10},
    {"a baseline without them: does not move",
     160 * K,
     224 * K,
     NONE,
     {224 * K, 0, 0, 10},
     .verdict = MB_VERDICT_REGRESSED,
     .wanted = 10},
    {"a baseline without them: moves",
     160 * K,
     224 * K,
     NONE,
     {224 * K, 160 * K, 2, 10},
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 10,
     .reason = "the baseline was not measured at others"},
    {"a baseline without them: shrank and moves",
     224 * K,
     160 * K,
     NONE,
     {224 * K, 160 * K, 2, 10},
     .verdict = MB_VERDICT_NOT_REGRESSED,
     .wanted = 10,
     .reason = "varies with addresses"},
    {"a baseline with five: looks end earlier",
     160 * K,
     224 * K,
     {160 * K, 224 * K, 2, 5},
     {170 * K, 260 * K, 2, 40},
     .verdict = MB_VERDICT_INCONCLUSIVE,
     .wanted = 40,
     .reason = "varies with addresses"},
};

static void fill(mb_series *series, double values[MB_CONDITIONS_LAST], const moving *m)
{
    for (size_t i = 0; i < m->count; i++)
        values[i] = m->period > 0 && i % m->period == 0 ? m->high : m->low;
    *series = (mb_series){values, m->count};
}

static double extra_bytes; /* of the threshold, on top of its ratio */
static bool fails_on_change;

static mb_comparison compare(const expectation *e, bool is_side_by_side)
{
    const mb_metric metric = mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY);
    static double usual[2][USUAL], moved[2][MB_CONDITIONS_LAST];
    mb_case_result sides[2] = {{.id = "c"}, {.id = "c", .random_request_count = e->random_requests}};
    mb_comparison found[MB_METRIC_COUNT];
    size_t scratch[MB_METRIC_COUNT];
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    policy.threshold_extra[metric] = extra_bytes;
    policy.is_two_sided = fails_on_change;
    for (size_t i = 0; i < USUAL; i++) {
        usual[0][i] = e->baseline;
        usual[1][i] = e->current;
    }
    for (int side = 0; side < 2; side++)
        sides[side].series[metric] = (mb_series){usual[side], is_side_by_side ? 10 : USUAL};
    fill(&sides[0].conditions[metric], moved[0], &e->baseline_moved);
    fill(&sides[1].conditions[metric], moved[1], &e->current_moved);
    if (is_side_by_side) {
        CU_ASSERT_EQUAL_FATAL(mb_side_compare_case(&sides[0], &run, &sides[1], &run, &policy, 0, &test_arena, found),
                              1);
        mb_side_confirm(found, 1, &policy, scratch);
    } else {
        CU_ASSERT_EQUAL_FATAL(mb_compare_case(&sides[0], &run, &sides[1], &run, &policy, 0, &test_arena, found), 1);
        mb_compare_settle(found, 1, &policy, scratch);
    }
    return found[0];
}

static void test_verdicts(void)
{
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++)
        for (int is_side_by_side = 0; is_side_by_side < 2; is_side_by_side++) {
            const expectation *e = &expectations[i];
            mb_comparison c = compare(e, is_side_by_side);
            bool is_right = c.verdict == e->verdict && (c.conditions != NULL ? c.conditions->wanted : 0) == e->wanted &&
                            (e->reason == NULL) == (c.reason == NULL) &&
                            (e->reason == NULL || strstr(c.reason, e->reason) != NULL);
            if (!is_right)
                fprintf(stderr, "%s%s: %s (%s), %u wanted\n", e->name, is_side_by_side ? ", side by side" : "",
                        mb_verdict_name(c.verdict), c.reason != NULL ? c.reason : "-",
                        (c.conditions != NULL ? c.conditions->wanted : 0));
            CU_ASSERT_TRUE(is_right);
        }
}

/* By how much it grew is what conditions say, not where the two builds were placed. */
static void test_growth_is_that_over_conditions(void)
{
    const expectation e = {"", 224 * K, 192 * K, {160 * K, 224 * K, 2, 40}, {240 * K, 336 * K, 2, 40}, .wanted = 0};
    mb_comparison c = compare(&e, true);
    CU_ASSERT_EQUAL_FATAL(c.verdict, MB_VERDICT_REGRESSED);
    CU_ASSERT_TRUE(c.has_ratio && c.ratio > 1.2 && c.ratio < 1.8);
    CU_ASSERT_TRUE(c.difference > 0 && c.difference_low <= c.difference && c.difference <= c.difference_high);
    CU_ASSERT_EQUAL(c.difference_low, c.conditions->difference.low);
    CU_ASSERT_EQUAL(c.difference_high, c.conditions->difference.high);
    CU_ASSERT_EQUAL(c.ratio_low, c.conditions->ratio.low);
    CU_ASSERT_EQUAL(c.ratio_high, c.conditions->ratio.high);
    CU_ASSERT_EQUAL(c.p_adjusted, 1); /* of its own family, in which nothing was tested */
    CU_ASSERT_TRUE(c.conditions->p_adjusted < 0.01 / 5);
    CU_ASSERT_EQUAL(c.conditions->baseline_low, 160 * K);
    CU_ASSERT_EQUAL(c.conditions->baseline_high, 224 * K);
    CU_ASSERT_EQUAL(c.conditions->current_low, 192 * K); /* of the usual value, too */
    CU_ASSERT_EQUAL(c.conditions->current_high, 336 * K);
}

/* There is a ratio where all of the old values are above 0, the usual one and the others. */
static void test_ratio_of_nothing(void)
{
    static const expectation rows[] = {
        {"", 0, 64 * K, {40 * K, 80 * K, 2, 40}, {240 * K, 336 * K, 2, 40}, .wanted = 0},
        {"", 160 * K, 224 * K, {0, 224 * K, 2, 40}, {300 * K, 336 * K, 2, 40}, .wanted = 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_comparison c = compare(&rows[i], true);
        CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_REGRESSED);
        CU_ASSERT_FALSE(c.has_ratio);
    }
}

/* What varies on one side, or does not gate, needs no other conditions. */
static void test_not_asked(void)
{
    const mb_metric metric = mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY);
    for (int odd = 0; odd < 4; odd++) {
        double was[USUAL], is[USUAL];
        mb_case_result old = {.id = "c"}, new = old;
        mb_comparison found[MB_METRIC_COUNT];
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        policy.gates[metric] = odd != 3;
        for (size_t i = 0; i < USUAL; i++) {
            was[i] = 100000 + (odd == 1 && i == 3 ? 16 : 0);
            is[i] = 200000 + (odd == 2 && i == 3 ? 16 : 0);
        }
        old.series[metric] = (mb_series){was, USUAL};
        new.series[metric] = (mb_series){is, USUAL};
        CU_ASSERT_EQUAL_FATAL(mb_compare_case(&old, &run, &new, &run, &policy, 0, &test_arena, found), 1);
        CU_ASSERT_EQUAL(found[0].conditions != NULL, odd == 0);
        CU_ASSERT_EQUAL_FATAL(mb_compare_case(&old, &run, &new, &run, &policy, 0, NULL, found), 1);
        CU_ASSERT_PTR_NULL(found[0].conditions);
    }
}

/* Bytes on top of the ratio are allowed under other conditions too. */
static void test_threshold_in_bytes(void)
{
    const expectation e = {"", 160 * K, 224 * K, {160 * K, 224 * K, 2, 40}, {200 * K, 270 * K, 2, 40}, .wanted = 0};
    CU_ASSERT_EQUAL(compare(&e, true).verdict, MB_VERDICT_REGRESSED);
    extra_bytes = 40 * K;
    CU_ASSERT_EQUAL(compare(&e, true).verdict, MB_VERDICT_NOT_REGRESSED);
    extra_bytes = 0;
}

/* With --fail-on-change what shrank everywhere fails, and what only lies better does not. */
static void test_fail_on_change(void)
{
    const expectation real = {"", 224 * K, 160 * K, {224 * K, 0, 0, 5}, {160 * K, 0, 0, 5}, .wanted = 0};
    const expectation moved = {"", 224 * K, 160 * K, {160 * K, 224 * K, 2, 40}, {160 * K, 224 * K, 2, 40}, .wanted = 0};
    fails_on_change = true;
    CU_ASSERT_EQUAL(compare(&real, false).verdict, MB_VERDICT_SHRANK);
    CU_ASSERT_EQUAL(compare(&moved, false).verdict, MB_VERDICT_NOT_REGRESSED);
    fails_on_change = false;
}

/* Many cases that move share the error: what fails alone does not among a hundred. */
static void test_family(void)
{
    enum { FAMILY = 100 };
    static mb_comparison comparisons[FAMILY];
    static mb_conditions conditions[FAMILY];
    size_t scratch[FAMILY];
    const expectation e = {"", 160 * K, 224 * K, {160 * K, 224 * K, 2, 10}, {250 * K, 240 * K, 5, 10}, .wanted = 0};
    mb_comparison one = compare(&e, false);
    CU_ASSERT_EQUAL_FATAL(one.verdict, MB_VERDICT_REGRESSED);
    CU_ASSERT_TRUE(one.conditions->p_fail < 0.01 / 5 && one.conditions->p_fail > 1e-5);
    for (size_t i = 0; i < FAMILY; i++) {
        comparisons[i] = one;
        conditions[i] = *one.conditions;
        comparisons[i].conditions = &conditions[i];
        if (i > 0)
            conditions[i].p_fail = 1;
    }
    mb_conditions_settle(comparisons, FAMILY, scratch);
    CU_ASSERT_EQUAL(comparisons[0].verdict, MB_VERDICT_INCONCLUSIVE);
    CU_ASSERT_EQUAL(comparisons[0].conditions->wanted, 20);
}

/* The level, just below and just above: 0.01 for all five looks. */
static void test_level(void)
{
    const expectation e = {"", 160 * K, 224 * K, {160 * K, 224 * K, 2, 10}, {250 * K, 240 * K, 5, 10}, .wanted = 0};
    size_t scratch[1];
    for (int is_above = 0; is_above < 2; is_above++) {
        mb_comparison c = compare(&e, false);
        c.conditions->p_fail = 0.01 / 5 * (is_above ? 1.001 : 0.999);
        c.verdict = MB_VERDICT_REGRESSED;
        mb_conditions_settle(&c, 1, scratch);
        CU_ASSERT_EQUAL(c.verdict, is_above ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_REGRESSED);
    }
}

/* Where the exact distribution ends the approximation goes on without a step, ties or not. */
static void test_long_series(void)
{
    for (int ties = 0; ties < 2; ties++) {
        double p[2];
        for (size_t extra = 0; extra < 2; extra++) {
            double x[MB_CONDITIONS_LAST], y[MB_CONDITIONS_LAST], less;
            size_t n = MB_STATS_SAMPLES_MAX + extra;
            for (size_t i = 0; i < n; i++) {
                x[i] = ties ? (double)(i * 4 / 64) : (double)i * 2;
                y[i] = ties ? (double)(i * 5 / 64) : (double)i * 2 + 17;
            }
            p[extra] = mb_conditions_rank_p(x, n, y, n, &less);
            CU_ASSERT_TRUE(p[extra] > 0 && p[extra] < 0.2);
            CU_ASSERT_TRUE(fabs(p[extra] + less - 1) < 0.05);
        }
        CU_ASSERT_TRUE(fabs(p[1] / p[0] - 1) < 0.1);
    }
    /* By the definition: U over all pairs, its variance with every group of ties, half a rank for continuity. */
    static const size_t sizes[][2] = {{65, 64}, {64, 65}, {70, 100}, {160, 160}};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        double x[MB_CONDITIONS_LAST], y[MB_CONDITIONS_LAST], counts[100] = {0}, u = 0, ties = 0, found_less;
        size_t m = sizes[s][0], n = sizes[s][1];
        for (size_t i = 0; i < m; i++)
            counts[(size_t)(x[i] = (double)(i * 6 / m))]++;
        for (size_t i = 0; i < n; i++)
            counts[(size_t)(y[i] = (double)(2 + i * 5 / n))]++;
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                u += x[i] < y[j] ? 1 : x[i] == y[j] ? 0.5 : 0;
        for (size_t i = 0; i < 100; i++)
            ties += counts[i] * counts[i] * counts[i] - counts[i];
        double all = (double)(m + n), pairs = (double)(m * n);
        double deviation = sqrt(pairs / 12 * (all + 1 - ties / all / (all - 1)));
        double found = mb_conditions_rank_p(x, m, y, n, &found_less);
        CU_ASSERT_DOUBLE_EQUAL(found, erfc((u - pairs / 2 - 0.5) / deviation / sqrt(2)) / 2, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(found_less, erfc(-(u - pairs / 2 + 0.5) / deviation / sqrt(2)) / 2, 1e-12);
    }
    double same[MB_CONDITIONS_LAST] = {0}, less;
    CU_ASSERT_EQUAL(mb_conditions_rank_p(same, 100, same, 100, &less), 0.5);
}

MB_SUITE(conditions, {"verdicts", test_verdicts},
         {"growth is that over conditions", test_growth_is_that_over_conditions}, {"not asked", test_not_asked},
         {"ratio of nothing", test_ratio_of_nothing}, {"threshold in bytes", test_threshold_in_bytes},
         {"fail on change", test_fail_on_change}, {"family", test_family}, {"level", test_level},
         {"long series", test_long_series});
