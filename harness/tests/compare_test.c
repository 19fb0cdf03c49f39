/* Proves the gate's rule: which samples give which verdict, and how many samples it asks for. */
#include "base/sort.h"
#include "judge/allowance.h"
#include "judge/compare.h"
#include "judge/ranks.h"
#include "model/case_flags.h"
#include "tests/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to; never given back */

enum { SAMPLES_MAX = 200 };

static const mb_metric HEAP = MB_HEAP_LIVE_BYTES, ANON = MB_ANON_DELTA_BYTES, PEAK = MB_HEAP_PEAK_BYTES;

static mb_program_info program = {
    .path = "p", .libc = "glibc 2.36", .allocator = "glibc 2.36", .aslr = "off", .thp = "off"};
static mb_run_info run = {
    .architecture = "x86_64", .page_bytes = 4096, .rss_source = "status", .programs = &program, .program_count = 1};

/* One case with one metric. */
typedef struct fixture {
    double values[SAMPLES_MAX];
    mb_case_result result;
} fixture;

static void fixture_set(fixture *f, mb_metric metric, const double *values, size_t count)
{
    f->result = (mb_case_result){.id = "c"};
    memcpy(f->values, values, count * sizeof *values);
    f->result.series[metric] = (mb_series){f->values, count};
}

static void fixture_fill(fixture *f, mb_metric metric, double value, size_t count)
{
    double values[SAMPLES_MAX];
    for (size_t i = 0; i < count; i++)
        values[i] = value;
    fixture_set(f, metric, values, count);
}

/* Around the level, evenly spread over ± spread_ratio and no two the same. */
static void fixture_spread(fixture *f, mb_metric metric, double level, double spread_ratio, size_t count)
{
    double values[SAMPLES_MAX];
    for (size_t i = 0; i < count; i++) {
        size_t place = i * 7 % count; /* in no order */
        values[i] = floor(level * (1 + spread_ratio * (2 * ((double)place + 0.5) / (double)count - 1)));
    }
    fixture_set(f, metric, values, count);
}

static mb_comparison compare(const fixture *baseline, const fixture *current, const mb_gate_policy *policy)
{
    mb_comparison comparisons[MB_METRIC_COUNT];
    size_t scratch[MB_METRIC_COUNT];
    CU_ASSERT_EQUAL_FATAL(
        mb_compare_case(&baseline->result, &run, &current->result, &run, policy, 3, &test_arena, comparisons), 1);
    mb_compare_settle(comparisons, 1, policy, scratch);
    CU_ASSERT_EQUAL(comparisons[0].case_index, 3);
    return comparisons[0];
}

static mb_gate_policy defaults(void)
{
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    return policy;
}

/* Constant baseline of 20 and constant current series: verdict and samples asked for. */
static void test_exact_path(void)
{
    static const struct {
        mb_metric metric;
        double x, y;
        size_t count;
        mb_verdict verdict;
        size_t wanted;
    } rows[] = {
        /* 10 jobs, 15 KB of heap. */
        {HEAP, 15360, 15360, 3, MB_VERDICT_NOT_REGRESSED, 3},
        {HEAP, 15360, 17203, 10, MB_VERDICT_REGRESSED, 10},     /* + 12 % */
        {HEAP, 15360, 16128, 10, MB_VERDICT_NOT_REGRESSED, 10}, /* + 5 % */
        {HEAP, 15360, 16896, 10, MB_VERDICT_NOT_REGRESSED, 10}, /* + 10 %, exactly at the threshold */
        {HEAP, 15360, 16897, 10, MB_VERDICT_REGRESSED, 10},     /* one byte more */
        {HEAP, 15360, 17203, 3, MB_VERDICT_SUSPECT, 10},        /* nothing fails on three samples */
        {HEAP, 15360, 16128, 3, MB_VERDICT_NOT_REGRESSED, 10},
        {HEAP, 15360, 15360, 1, MB_VERDICT_NOT_REGRESSED, 3},
        {HEAP, 15360, 12000, 10, MB_VERDICT_IMPROVED, 10},
        {HEAP, 15360, 15300, 10, MB_VERDICT_NOT_REGRESSED, 10}, /* - 0.4 %: below the noise threshold */
        /* Nothing to take a ratio of: the floor alone decides; heap has none. */
        {HEAP, 0, 0, 3, MB_VERDICT_NOT_REGRESSED, 3},
        {HEAP, 0, 1, 10, MB_VERDICT_REGRESSED, 10},
        {HEAP, -64, -63, 10, MB_VERDICT_REGRESSED, 10},
        {HEAP, -64, -128, 10, MB_VERDICT_IMPROVED, 10},
        /* Pages: two of them never regress. */
        {ANON, 0, 8192, 10, MB_VERDICT_NOT_REGRESSED, 10},
        {ANON, 0, 12288, 10, MB_VERDICT_REGRESSED, 10},
        {ANON, 40960, 49152, 10, MB_VERDICT_NOT_REGRESSED, 10}, /* + 20 %, but two pages */
        {ANON, 40960, 53248, 10, MB_VERDICT_REGRESSED, 10},
        {ANON, -8192, 0, 10, MB_VERDICT_NOT_REGRESSED, 10},
        {ANON, -8192, 4096, 10, MB_VERDICT_REGRESSED, 10},
        {ANON, 40960, 36864, 10, MB_VERDICT_NOT_REGRESSED, 10}, /* one page less is not an improvement */
        {ANON, 40960, 4096, 10, MB_VERDICT_IMPROVED, 10},
    };
    mb_gate_policy policy = defaults();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture x, y;
        fixture_fill(&x, rows[i].metric, rows[i].x, 20);
        fixture_fill(&y, rows[i].metric, rows[i].y, rows[i].count);
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(c.samples_wanted, rows[i].wanted);
        CU_ASSERT_EQUAL(c.difference, rows[i].y - rows[i].x);
        CU_ASSERT_EQUAL(c.difference_low, c.difference);
        CU_ASSERT_EQUAL(c.difference_high, c.difference);
        CU_ASSERT_EQUAL(c.has_ratio, rows[i].x > 0);
        CU_ASSERT(c.baseline_exact && c.current_exact && c.gates);
        CU_ASSERT_EQUAL(c.path, rows[i].verdict == MB_VERDICT_SUSPECT ? MB_PATH_RANK : MB_PATH_EXACT);
    }
}

/* Every whole-percent threshold holds exactly at its edge, whatever the rounding of the product. */
static void test_threshold_edges(void)
{
    mb_gate_policy policy = defaults();
    for (int percent = 0; percent <= 100; percent++)
        for (double x = 100; x < 1e12; x *= 700) {
            fixture a, b;
            policy.threshold_ratio[HEAP] = percent / 100.0;
            fixture_fill(&a, HEAP, x, 20);
            fixture_fill(&b, HEAP, x / 100 * (100 + percent), 10);
            CU_ASSERT_EQUAL(compare(&a, &b, &policy).verdict, MB_VERDICT_NOT_REGRESSED);
            fixture_fill(&b, HEAP, x / 100 * (100 + percent) + 1, 10);
            CU_ASSERT_EQUAL(compare(&a, &b, &policy).verdict, MB_VERDICT_REGRESSED);
        }
}

/* A baseline of fewer than 20: unchanged passes; what grew fails only where chance is excluded. */
static void test_short_baseline(void)
{
    static const struct {
        size_t m, n;
        double y;
        mb_verdict verdict;
        size_t wanted;
    } rows[] = {
        {3, 3, 1000, MB_VERDICT_NOT_REGRESSED, 3},  {3, 3, 1100, MB_VERDICT_NOT_REGRESSED, 10},
        {3, 3, 1500, MB_VERDICT_SUSPECT, 10},       {3, 40, 1500, MB_VERDICT_REGRESSED, 40},
        {1, 40, 1500, MB_VERDICT_SUSPECT, 40},      {10, 10, 1500, MB_VERDICT_REGRESSED, 10},
        {5, 20, 1500, MB_VERDICT_REGRESSED, 20},    {2, 20, 1500, MB_VERDICT_SUSPECT, 40},
        {19, 9, 1500, MB_VERDICT_SUSPECT, 10},      {200, 200, 1500, MB_VERDICT_REGRESSED, 200},
        {10, 1, 1000, MB_VERDICT_NOT_REGRESSED, 3}, {19, 10, 1000, MB_VERDICT_NOT_REGRESSED, 10},
    };
    mb_gate_policy policy = defaults();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture x, y;
        fixture_fill(&x, HEAP, 1000, rows[i].m);
        fixture_fill(&y, HEAP, rows[i].y, rows[i].n);
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(c.samples_wanted, rows[i].wanted);
    }
}

/* Noisy baseline of 20 (± 4 %) and noisy current series around a multiple of its level. */
static void test_rank_path(void)
{
    static const struct {
        double ratio;
        size_t count;
        mb_verdict verdict;
        size_t wanted;
    } rows[] = {
        {1.00, 10, MB_VERDICT_NOT_REGRESSED, 10}, {1.00, 3, MB_VERDICT_NOT_REGRESSED, 10},
        {1.05, 10, MB_VERDICT_NOT_REGRESSED, 10}, {1.10, 10, MB_VERDICT_INCONCLUSIVE, 20},
        {1.10, 20, MB_VERDICT_INCONCLUSIVE, 40},  {1.10, 40, MB_VERDICT_INCONCLUSIVE, 40},
        {1.16, 10, MB_VERDICT_SUSPECT, 10},       {1.16, 40, MB_VERDICT_SUSPECT, 40},
        {1.21, 10, MB_VERDICT_SUSPECT, 20},       {1.21, 40, MB_VERDICT_SUSPECT, 40},
        {1.30, 10, MB_VERDICT_REGRESSED, 10},     {1.30, 9, MB_VERDICT_SUSPECT, 10},
        {1.60, 40, MB_VERDICT_REGRESSED, 40},     {0.95, 10, MB_VERDICT_NOT_REGRESSED, 10},
        {0.80, 10, MB_VERDICT_IMPROVED, 10},
    };
    mb_gate_policy policy = defaults();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture x, y;
        fixture_spread(&x, HEAP, 1e6, 0.04, 20);
        fixture_spread(&y, HEAP, 1e6 * rows[i].ratio, 0.04, rows[i].count);
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.path, MB_PATH_RANK);
        CU_ASSERT_EQUAL(c.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(c.samples_wanted, rows[i].wanted);
        CU_ASSERT_DOUBLE_EQUAL(c.ratio, rows[i].ratio, 0.01);
        CU_ASSERT(c.ratio_low < c.ratio && c.ratio < c.ratio_high);
        CU_ASSERT(c.difference_low < c.difference && c.difference < c.difference_high);
    }
}

/* The floor of a noisy metric is what the baseline's own noise asks for, and 4 KiB at most. */
static void test_rank_floor(void)
{
    static const struct {
        double x, x_spread, y, floor;
        mb_verdict verdict;
    } rows[] = {
        {1000, 0.5, 1100, 760, MB_VERDICT_NOT_REGRESSED}, /* the middle 80 % of 500 to 1,500 */
        {1000, 0.5, 4000, 760, MB_VERDICT_REGRESSED},
        {1000, 0.008, 4900, 12.2, MB_VERDICT_REGRESSED},
        {1e5, 0.04, 1.02e5, 4096, MB_VERDICT_NOT_REGRESSED},
        {0, 0, 3000, 0, MB_VERDICT_REGRESSED}, /* that it was 0 does not matter, and there is no ratio */
    };
    mb_gate_policy policy = defaults();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture x, y;
        fixture_spread(&x, HEAP, rows[i].x, rows[i].x_spread, 20);
        fixture_spread(&y, HEAP, rows[i].y, 0.02, 10);
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.verdict, rows[i].verdict);
        CU_ASSERT_DOUBLE_EQUAL(c.floor, rows[i].floor, 1);
        CU_ASSERT_EQUAL(c.has_ratio, rows[i].x > 0);
    }
}

/* Page metrics move by whole pages: a page on top of the ratio, whether samples repeat or not. */
static void test_page_rounding(void)
{
    static const struct {
        double x, y;
        bool fails;
    } rows[] = {{37, 41, false}, {37, 42, true}, {20, 23, false},     {20, 24, true},
                {1, 3, false},   {1, 4, true},   {1000, 1101, false}, {1000, 1102, true}};
    mb_gate_policy policy = defaults();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture x, y;
        fixture_fill(&x, ANON, rows[i].x * 4096, 20);
        fixture_fill(&y, ANON, rows[i].y * 4096, 10);
        mb_verdict verdict = compare(&x, &y, &policy).verdict;
        CU_ASSERT_EQUAL(verdict, rows[i].fails ? MB_VERDICT_REGRESSED : MB_VERDICT_NOT_REGRESSED);
    }
}

/* What has moved out on both sides of an unchanged median was freed late, and did not grow. */
static void test_swings(void)
{
    mb_gate_policy policy = defaults();
    for (int both = 0; both < 2; both++) {
        fixture x, y;
        fixture_spread(&x, HEAP, 1e6, 0.01, 20);
        fixture_spread(&y, HEAP, 1e6, 0.01, 40);
        for (size_t i = 0; i < 40; i++)
            y.values[i] *= i % 5 < 2 ? 1.5 : both && i % 5 == 2 ? 0.6 : 1;
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.above_count, 16);
        CU_ASSERT_EQUAL(c.below_count, both ? 8 : 0);
        CU_ASSERT_EQUAL(c.verdict, both ? MB_VERDICT_INCONCLUSIVE : MB_VERDICT_REGRESSED);
    }
}

/* Two of ten samples beyond the bound are not improbable yet, and not passed either before the last look. */
static void test_two_of_ten(void)
{
    mb_gate_policy policy = defaults();
    for (size_t above = 0; above < 4; above++) {
        fixture x, y;
        fixture_spread(&x, HEAP, 1e6, 0.01, 20);
        fixture_spread(&y, HEAP, 1e6, 0.01, 10);
        for (size_t i = 0; i < above; i++)
            y.values[i] = 1.6e6;
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.verdict == MB_VERDICT_NOT_REGRESSED, above < 2);
        CU_ASSERT_EQUAL(c.samples_wanted, above < 2 ? 10 : 20);
    }
}

/* A bad mode in a third of the runs: medians do not see it, the tail does. */
static void test_new_mode(void)
{
    mb_gate_policy policy = defaults();
    fixture x, y;
    fixture_spread(&x, HEAP, 1e6, 0.04, 20);
    fixture_spread(&y, HEAP, 1e6, 0.04, 40);
    for (size_t i = 0; i < 40; i += 3)
        y.values[i] *= 3;
    mb_comparison c = compare(&x, &y, &policy);
    CU_ASSERT(c.p_fail > 0.5 && c.p_pass < 0.1);
    CU_ASSERT(c.p_tail < 0.002);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_REGRESSED);
    fixture_spread(&y, HEAP, 1e6, 0.04, 10);
    y.values[4] *= 3; /* one value is none yet */
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_NOT_REGRESSED);
}

/* 50 constants made noisy at + 60 % among 150 unchanged noisy cases: all of them fail, none of the others. */
static void test_constants_made_noisy(void)
{
    enum { COUNT = 200, GROWN = 50 };
    static mb_comparison comparisons[COUNT];
    static size_t scratch[COUNT];
    mb_gate_policy policy = defaults();
    for (size_t i = 0; i < COUNT; i++) {
        fixture x, y;
        if (i < GROWN)
            fixture_fill(&x, HEAP, 100000, 20);
        else
            fixture_spread(&x, HEAP, 100000, 0.03, 20);
        fixture_spread(&y, HEAP, i < GROWN ? 160000 : 100500, 0.05, 10);
        mb_comparison found[MB_METRIC_COUNT];
        CU_ASSERT_EQUAL(mb_compare_case(&x.result, &run, &y.result, &run, &policy, i, &test_arena, found), 1);
        CU_ASSERT_EQUAL(found[0].verdict, MB_VERDICT_INCONCLUSIVE); /* until settled */
        comparisons[i] = found[0];
    }
    mb_compare_settle(comparisons, COUNT, &policy, scratch);
    for (size_t i = 0; i < COUNT; i++)
        CU_ASSERT_EQUAL(comparisons[i].verdict, i < GROWN ? MB_VERDICT_REGRESSED : MB_VERDICT_NOT_REGRESSED);
    /* Settling twice says the same. */
    static mb_comparison again[COUNT];
    memcpy(again, comparisons, sizeof again);
    mb_compare_settle(again, COUNT, &policy, scratch);
    CU_ASSERT_EQUAL(memcmp(again, comparisons, sizeof again), 0);
}

/* The same samples that fail alone are a suspect among 20,000 comparisons. */
static void test_holm_counts_family(void)
{
    enum { COUNT = 20000 };
    static mb_comparison comparisons[COUNT];
    static size_t scratch[COUNT];
    mb_gate_policy policy = defaults();
    fixture x, y, unchanged;
    mb_comparison found[MB_METRIC_COUNT];
    fixture_spread(&x, HEAP, 1e6, 0.04, 20);
    fixture_spread(&y, HEAP, 1.30e6, 0.09, 10);
    fixture_spread(&unchanged, HEAP, 1e6, 0.04, 10);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_REGRESSED);
    for (size_t i = 0; i < COUNT; i++) {
        mb_compare_case(&x.result, &run, i == 17 ? &y.result : &unchanged.result, &run, &policy, i, &test_arena, found);
        comparisons[i] = found[0];
    }
    mb_compare_settle(comparisons, COUNT, &policy, scratch);
    mb_comparison *c = &comparisons[17];
    double p = 2 * fmin(c->p_fail_drift, c->p_tail_drift);
    CU_ASSERT_DOUBLE_EQUAL(c->p_adjusted, fmin(1, p * COUNT), 1e-12);
    CU_ASSERT_EQUAL(c->verdict, MB_VERDICT_SUSPECT);
    CU_ASSERT(p > 0 && p < 0.01 / 3);
    CU_ASSERT_EQUAL(comparisons[18].verdict, MB_VERDICT_NOT_REGRESSED);
}

/* How far two sessions may lie apart follows the noise within one: + 20 % fails at 1 % noise, + 30 % does not at 5 %,
 * however many other cases shrank. */
static void test_drift_allowance(void)
{
    enum { COUNT = 12 };
    static const struct {
        double spread, ratio;
        mb_verdict verdict;
    } rows[] = {{0.01, 1.20, MB_VERDICT_REGRESSED},
                {0.01, 1.13, MB_VERDICT_SUSPECT},
                {0.04, 1.17, MB_VERDICT_SUSPECT},
                {0.04, 1.60, MB_VERDICT_REGRESSED}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (int shrunk = 0; shrunk < 2; shrunk++) {
            mb_comparison comparisons[COUNT], found[MB_METRIC_COUNT];
            size_t scratch[COUNT];
            mb_gate_policy policy = defaults();
            for (size_t i = 0; i < COUNT; i++) {
                fixture x, y;
                double ratio = i == 0 ? rows[r].ratio : shrunk ? 0.8 : 1;
                fixture_spread(&x, HEAP, 1e6, rows[r].spread, 20);
                fixture_spread(&y, HEAP, 1e6 * ratio, rows[r].spread, 40);
                mb_compare_case(&x.result, &run, &y.result, &run, &policy, i, &test_arena, found);
                comparisons[i] = found[0];
            }
            mb_compare_settle(comparisons, COUNT, &policy, scratch);
            CU_ASSERT_EQUAL(comparisons[0].verdict, rows[r].verdict);
        }
}

/* The order of the samples is not information. */
static void test_permutation(void)
{
    mb_gate_policy policy = defaults();
    fixture x, y, turned;
    fixture_spread(&x, HEAP, 1e6, 0.2, 20);
    fixture_spread(&y, HEAP, 1.15e6, 0.1, 20);
    mb_comparison expected = compare(&x, &y, &policy);
    for (size_t by = 1; by < 20; by++) {
        turned = y;
        turned.result.series[HEAP].values = turned.values;
        for (size_t i = 0; i < 20; i++)
            turned.values[i] = y.values[(i * 3 + by) % 20];
        mb_comparison c = compare(&x, &turned, &policy);
        CU_ASSERT_EQUAL(memcmp(&c, &expected, sizeof c), 0);
    }
}

static void test_environment(void)
{
    static const struct {
        size_t offset;
        bool of_program, heap, pages;
    } rows[] = {
        {offsetof(mb_run_info, architecture), false, true, true},
        {offsetof(mb_program_info, libc), true, true, true},
        {offsetof(mb_program_info, allocator), true, true, true},
        {offsetof(mb_program_info, aslr), true, false, true},
        {offsetof(mb_program_info, thp), true, false, true},
        {offsetof(mb_run_info, rss_source), false, false, true},
        {offsetof(mb_run_info, page_bytes), false, false, true}, /* any other number will do */
        {offsetof(mb_run_info, kernel), false, false, false},
        {offsetof(mb_run_info, host_name), false, false, false},
        {offsetof(mb_program_info, build_id), true, false, false},
    };
    const char *other = "something else";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int insists = 0; insists < 2; insists++) {
            mb_gate_policy policy = defaults();
            policy.ignore_environment = insists;
            mb_program_info other_program = program;
            mb_run_info other_run = run;
            other_run.programs = &other_program;
            memcpy((rows[i].of_program ? (char *)&other_program : (char *)&other_run) + rows[i].offset, &other,
                   sizeof other);
            fixture x, y;
            mb_comparison c[MB_METRIC_COUNT];
            fixture_fill(&x, HEAP, 1000, 20);
            x.result.series[ANON] = x.result.series[MB_QUANTITY_WINDOWED_COUNT + MB_REAL_TIME_NS] =
                x.result.series[HEAP];
            fixture_fill(&y, HEAP, 2000000, 10);
            y.result.series[ANON] = y.result.series[MB_QUANTITY_WINDOWED_COUNT + MB_REAL_TIME_NS] =
                y.result.series[HEAP];
            CU_ASSERT_EQUAL_FATAL(mb_compare_case(&x.result, &run, &y.result, &other_run, &policy, 0, &test_arena, c),
                                  3);
            bool pages_differ = rows[i].pages && !insists, heap_differs = rows[i].heap && !insists;
            CU_ASSERT_EQUAL(c[0].verdict, pages_differ ? MB_VERDICT_NOT_COMPARABLE : MB_VERDICT_REGRESSED);
            CU_ASSERT_EQUAL(c[1].verdict, heap_differs ? MB_VERDICT_NOT_COMPARABLE : MB_VERDICT_REGRESSED);
            CU_ASSERT_EQUAL(c[2].verdict, MB_VERDICT_SHOWN);
            CU_ASSERT_EQUAL(c[0].reason != NULL, pages_differ);
            CU_ASSERT_EQUAL(c[1].reason != NULL, heap_differs);
            CU_ASSERT(c[0].gates && c[1].gates && !c[2].gates);
            CU_ASSERT_EQUAL(c[1].difference, 1999000);
        }
}

/* Threads: page metrics are never exact and fail on 40 samples only; the heap's peak does not gate, the rest does. */
/* What is reported next to the verdict: by which path, why, with which floor; the highest samples of both sides. */
static void test_told(void)
{
    mb_gate_policy policy = defaults();
    fixture x, y;
    static const struct {
        mb_metric metric;
        double x, y;
        const char *reason;
        double floor;
    } rows[] = {
        {HEAP, 1000, 1000, "unchanged", 0},
        {HEAP, 1000, 1050, "changed within the threshold", 0},
        {HEAP, 1000, 500, NULL, 0},
        {ANON, 40960, 49152, "grew within the floor", 8192},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_fill(&x, rows[i].metric, rows[i].x, 20);
        fixture_fill(&y, rows[i].metric, rows[i].y, 10);
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.path, MB_PATH_EXACT);
        CU_ASSERT_EQUAL(c.floor, rows[i].floor);
        CU_ASSERT(c.baseline_median == rows[i].x && c.current_median == rows[i].y && c.baseline_spread == 0);
        CU_ASSERT_TRUE(rows[i].reason == NULL ? c.reason == NULL : strcmp(c.reason, rows[i].reason) == 0);
    }
    fixture_fill(&x, HEAP, 1000, 19); /* one short of exact */
    fixture_fill(&y, HEAP, 1500, 10);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).path, MB_PATH_RANK);
    fixture_spread(&x, HEAP, 1e6, 0.15, 20); /* the bulk has grown, and no sample lies far up */
    fixture_spread(&y, HEAP, 1.32e6, 0.15, 40);
    mb_comparison c = compare(&x, &y, &policy);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_REGRESSED);
    CU_ASSERT(c.p_fail < c.p_tail && c.p_fail_drift < c.p_tail_drift);
    double highest[2] = {0, 0};
    for (size_t i = 0; i < 40; i++) {
        highest[0] = i < 20 ? fmax(highest[0], x.values[i]) : highest[0];
        highest[1] = fmax(highest[1], y.values[i]);
    }
    mb_sort(x.values, 20);
    mb_sort(y.values, 40);
    CU_ASSERT_EQUAL(c.baseline_median, mb_median_sorted(x.values, 20));
    CU_ASSERT_EQUAL(c.current_median, mb_median_sorted(y.values, 40));
    CU_ASSERT_EQUAL(c.baseline_spread, mb_middle_range(x.values, 20));
    CU_ASSERT_EQUAL(c.baseline_highest, highest[0]);
    CU_ASSERT_EQUAL(c.current_highest, highest[1]);
}

/* Of an advisory case growth is judged by the same bound: exact floors where both repeat, the noise's own elsewhere. */
static void test_advisory(void)
{
    static const struct {
        mb_metric metric;
        double x, x_spread, y;
        bool is_told;
    } rows[] = {
        {HEAP, 1e6, 0, 1.09e6, false}, {HEAP, 1e6, 0, 1.11e6, true},   {HEAP, 1000, 0.2, 1250, false},
        {HEAP, 1000, 0.2, 1800, true}, {ANON, 40960, 0, 49152, false}, {ANON, 40960, 0, 57344, true},
    };
    mb_gate_policy policy = defaults();
    policy.is_advisory = true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture x, y;
        fixture_spread(&x, rows[i].metric, rows[i].x, rows[i].x_spread, 20);
        fixture_fill(&y, rows[i].metric, rows[i].y, 10);
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_SHOWN);
        CU_ASSERT_TRUE(c.is_advisory && !c.gates);
        CU_ASSERT_EQUAL(c.reason != NULL, rows[i].is_told);
    }
}

/* What is not known on both sides is the same; on one side it is another. */
static void test_unknown_environment(void)
{
    mb_gate_policy policy = defaults();
    for (int known = 0; known < 3; known++) {
        mb_program_info programs[2] = {program, program};
        mb_run_info runs[2] = {run, run};
        for (int side = 0; side < 2; side++) {
            runs[side].programs = &programs[side];
            if (known != side)
                programs[side].libc = NULL;
        }
        if (known == 2)
            programs[0].libc = programs[1].libc = NULL;
        fixture x, y;
        mb_comparison c[MB_METRIC_COUNT];
        fixture_fill(&x, HEAP, 1000, 20);
        fixture_fill(&y, HEAP, 1000, 10);
        CU_ASSERT_EQUAL_FATAL(mb_compare_case(&x.result, &runs[0], &y.result, &runs[1], &policy, 0, &test_arena, c), 1);
        CU_ASSERT_EQUAL(c[0].verdict, known == 2 ? MB_VERDICT_NOT_REGRESSED : MB_VERDICT_NOT_COMPARABLE);
        CU_ASSERT_TRUE(c[0].gates);
        mb_gate_policy shown = policy, advisory = policy;
        shown.gates[HEAP] = false;
        advisory.is_advisory = true;
        CU_ASSERT_EQUAL(mb_compare_case(&x.result, &runs[0], &y.result, &runs[1], &shown, 0, &test_arena, c), 1);
        CU_ASSERT_FALSE(c[0].gates);
        CU_ASSERT_EQUAL(mb_compare_case(&x.result, &runs[0], &y.result, &runs[1], &advisory, 0, &test_arena, c), 1);
        CU_ASSERT_FALSE(c[0].gates);
    }
}

/* Bounds of p are used where they decide: no level may fall between the bound and the exact value. */
static void test_cheap_p(void)
{
    mb_gate_policy policy = defaults();
    unsigned long long state = 1;
    const double levels[] = {0.05 / 3, 0.05};
    for (size_t k = 0; k < 3000; k++) {
        fixture x, y;
        size_t m = 20, n = k % 2 == 0 ? 10 : 40;
        double sorted[20], bounds[20], growth = 1 + 0.2 * (double)(k % 100) / 100, step = k % 3 == 1 ? 1e4 : 4e4;
        fixture_spread(&x, HEAP, 1e6, 0.1, m);
        fixture_spread(&y, HEAP, 1e6, 0.1, n);
        for (size_t i = 0; i < n; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            y.values[i] = floor(1e6 * growth * (0.9 + 0.2 * (double)(state >> 40) / 16777216));
            if (k % 3 > 0) /* ties with what is allowed, which widen the bounds */
                y.values[i] = mb_bound_of(step * round(y.values[i] / 1.1 / step), (mb_bound){1.1, 0, 0});
        }
        for (size_t i = 0; i < m && k % 3 > 0; i++)
            x.values[i] = step * round(x.values[i] / step);
        mb_comparison c = compare(&x, &y, &policy);
        memcpy(sorted, x.values, sizeof sorted);
        mb_sort(sorted, m);
        mb_sort(y.values, n);
        for (size_t i = 0; i < m; i++)
            bounds[i] = mb_bound_of(sorted[i], (mb_bound){1.1, 0, c.floor});
        mb_rank_sum sum;
        mb_rank_sum_of(bounds, m, y.values, n, &sum);
        mb_rank_p exact = mb_rank_exact(&sum);
        for (size_t l = 0; l < 2; l++)
            CU_ASSERT_EQUAL(c.p_pass < levels[l], exact.less < levels[l]);
        CU_ASSERT_EQUAL(c.p_fail < levels[0], exact.greater < levels[0]);
        CU_ASSERT(c.p_fail >= levels[0] || c.p_fail == exact.greater);
    }
}

static void test_threads(void)
{
    mb_gate_policy policy = defaults();
    fixture x, y;
    fixture_fill(&x, ANON, 1e6, 20);
    for (size_t n = 10; n <= 40; n *= 2) {
        fixture_fill(&y, ANON, 3e6, n);
        y.result.flags = MB_CASE_THREADS;
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.path, MB_PATH_RANK);
        CU_ASSERT_EQUAL(c.verdict, n == 40 ? MB_VERDICT_REGRESSED : MB_VERDICT_SUSPECT);
        CU_ASSERT_EQUAL(c.samples_wanted, n == 10 ? 20 : 40);
        CU_ASSERT_EQUAL(c.samples_to_fail, 40);
    }
    fixture_fill(&x, PEAK, 1e6, 20);
    fixture_fill(&y, PEAK, 3e6, 10);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_REGRESSED);
    x.result.flags = MB_CASE_THREADS;
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_SHOWN);
    fixture_fill(&x, HEAP, 1e6, 20);
    x.result.flags = MB_CASE_THREADS;
    fixture_fill(&y, HEAP, 3e6, 10);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_REGRESSED);
}

/* Calls that main and its library make for all benchmarks of a program are shown; those of an iteration gate. */
static void test_from_start(void)
{
    mb_gate_policy policy = defaults();
    const mb_quantity quantities[] = {MB_HEAP_ALLOC_COUNT, MB_HEAP_ALLOC_BYTES, MB_HEAP_LIVE_BYTES};
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        for (int window = MB_WINDOW_COLD; window <= MB_WINDOW_STEADY; window++) {
            mb_metric metric = mb_metric_of(quantities[i], (mb_window)window);
            bool is_start = window == MB_WINDOW_COLD && quantities[i] != MB_HEAP_LIVE_BYTES;
            fixture x, y;
            fixture_fill(&x, metric, 1e6, 20);
            fixture_fill(&y, metric, 3e6, 10);
            CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_REGRESSED);
            x.result.flags = y.result.flags = MB_CASE_FROM_START;
            CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, is_start ? MB_VERDICT_SHOWN : MB_VERDICT_REGRESSED);
        }
}

static void test_not_a_number(void)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY, 1.7e308};
    mb_gate_policy policy = defaults();
    for (size_t i = 0; i < 4; i++)
        for (int which = 0; which < 2; which++) {
            fixture x, y;
            fixture_fill(&x, HEAP, 1000, 20);
            fixture_fill(&y, HEAP, 1000, 10);
            (which ? &x : &y)->values[5] = bad[i];
            mb_comparison c = compare(&x, &y, &policy);
            CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_INCONCLUSIVE);
            CU_ASSERT_EQUAL(c.samples_wanted, 10);
            CU_ASSERT_STRING_EQUAL(c.reason, "a sample is not a number");
        }
}

static void test_missing_sides(void)
{
    mb_gate_policy policy = defaults();
    fixture x, y;
    fixture_fill(&x, HEAP, 1000, 20);
    fixture_fill(&y, HEAP, 1000, 3);
    y.result.series[HEAP].count = 0;
    mb_comparison none = compare(&x, &y, &policy), no_baseline = compare(&y, &x, &policy);
    CU_ASSERT_EQUAL(none.verdict, MB_VERDICT_NO_BASELINE);
    CU_ASSERT_EQUAL(no_baseline.verdict, MB_VERDICT_NO_BASELINE);
    CU_ASSERT_STRING_EQUAL(none.reason, "the current run has no samples");
    CU_ASSERT_STRING_EQUAL(no_baseline.reason, "the baseline has no samples");
    const double ps[] = {none.p_fail,     none.p_pass,       none.p_tail,       none.p_improved,
                         none.p_adjusted, none.p_fail_drift, none.p_pass_drift, none.p_tail_drift};
    for (size_t i = 0; i < sizeof ps / sizeof ps[0]; i++)
        CU_ASSERT_EQUAL(ps[i], 1); /* nothing was tested */
    mb_comparison c[MB_METRIC_COUNT];
    CU_ASSERT_EQUAL(mb_compare_case(&y.result, &run, &y.result, &run, &policy, 0, &test_arena, c), 0);
    mb_compare_settle(c, 0, &policy, NULL);
}

/* Times never gate, not even on request; other metrics do on request, and stop on request. */
static void test_shown(void)
{
    mb_gate_policy policy = defaults();
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        bool time = mb_metric_info(metric)->pass == MB_PASS_TIME;
        fixture x, y;
        fixture_spread(&x, metric, 1e7, 0.04, 20);
        fixture_spread(&y, metric, 3e7, 0.04, 10);
        policy.gates[metric] = true;
        CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, time ? MB_VERDICT_SHOWN : MB_VERDICT_REGRESSED);
        policy.gates[metric] = false;
        mb_comparison c = compare(&x, &y, &policy);
        CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_SHOWN);
        CU_ASSERT_DOUBLE_EQUAL(c.ratio, 3, 0.1);
        CU_ASSERT_EQUAL(c.samples_wanted, 10);
    }
}

/* A limit below the first look: what there is decides, and nothing fails. */
static void test_sample_limit(void)
{
    mb_gate_policy policy = defaults();
    fixture x, y;
    policy.sample_limit = 5;
    fixture_fill(&x, HEAP, 1000, 20);
    fixture_fill(&y, HEAP, 5000, 3);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).samples_wanted, 5);
    fixture_fill(&y, HEAP, 5000, 5);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).samples_wanted, 5);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_SUSPECT);
    fixture_spread(&x, HEAP, 1e6, 0.04, 20);
    fixture_spread(&y, HEAP, 1e6, 0.04, 5);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict, MB_VERDICT_NOT_REGRESSED);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).samples_wanted, 5);
    policy.sample_limit = 100; /* the last look */
    fixture_spread(&y, HEAP, 1.1e6, 0.04, 20);
    CU_ASSERT_EQUAL(compare(&x, &y, &policy).samples_wanted, 100);
    fixture_spread(&y, HEAP, 1.1e6, 0.04, 100); /* more than the tests take */
    mb_comparison c = compare(&x, &y, &policy);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_INCONCLUSIVE);
    CU_ASSERT_EQUAL(c.samples_wanted, 100);
    CU_ASSERT_EQUAL(c.current_count, 100);
}

/* Both sides repeat exactly, and it grew: which sample counts are enough when nothing else varies. */
static void test_exact_growth_by_counts(void)
{
    static const struct {
        size_t baseline_count, current_count;
        bool is_enough;
    } rows[] = {{3, 3, false}, {9, 9, false}, {20, 3, false}, {20, 9, false}, {3, 10, false}, {4, 10, true},
                {5, 10, true}, {9, 10, true}, {10, 10, true}, {19, 10, true}, {20, 10, true}, {3, 40, true}};
    mb_gate_policy policy = defaults();
    fixture x, y;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture_fill(&x, HEAP, 100000, rows[i].baseline_count);
        fixture_fill(&y, HEAP, 120000, rows[i].current_count);
        CU_ASSERT_EQUAL(compare(&x, &y, &policy).verdict,
                        rows[i].is_enough ? MB_VERDICT_REGRESSED : MB_VERDICT_SUSPECT);
    }
}

/* Where random bytes come from matters to cases that ask for some, on either side; of commands only whether it is
 * fixed. */
static void test_entropy(void)
{
    static const struct {
        uint64_t was_count, is_count;
        const char *was, *is;
        bool heap_differs, exec_differs;
    } rows[] = {
        {0, 0, "fixed", "real", false, true}, {1, 0, "fixed", "real", true, true},
        {0, 1, "fixed", "real", true, true},  {1, 1, "fixed", "fixed", false, false},
        {1, 1, "real", NULL, true, false},    {1, 1, "fixed", NULL, true, true},
    };
    mb_gate_policy policy = defaults();
    mb_metric tree = MB_METRIC_COUNT;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        tree = mb_metric_info(m)->pass == MB_PASS_EXEC && tree == MB_METRIC_COUNT ? m : tree;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_program_info programs[2] = {program, program};
        mb_run_info runs[2] = {run, run};
        fixture sides[2];
        for (int s = 0; s < 2; s++) {
            programs[s].entropy = s == 0 ? rows[i].was : rows[i].is;
            runs[s].programs = &programs[s];
            fixture_fill(&sides[s], HEAP, 1e6, 20);
            sides[s].result.series[tree] = sides[s].result.series[HEAP];
            sides[s].result.random_request_count = s == 0 ? rows[i].was_count : rows[i].is_count;
        }
        mb_comparison c[MB_METRIC_COUNT];
        size_t count =
            mb_compare_case(&sides[0].result, &runs[0], &sides[1].result, &runs[1], &policy, 0, &test_arena, c);
        CU_ASSERT_EQUAL_FATAL(count, 2);
        CU_ASSERT_EQUAL(c[0].verdict == MB_VERDICT_NOT_COMPARABLE,
                        c[0].metric == HEAP ? rows[i].heap_differs : rows[i].exec_differs);
        CU_ASSERT_EQUAL(c[1].verdict == MB_VERDICT_NOT_COMPARABLE,
                        c[1].metric == HEAP ? rows[i].heap_differs : rows[i].exec_differs);
    }
}

/* What another tool counted over many iterations fails from a single value on; of pages, or where only one side was
 * counted so, nothing does. */
static void test_counted(void)
{
    mb_gate_policy policy = defaults();
    for (int counted = 0; counted < 4; counted++)
        for (int of_pages = 0; of_pages < 2; of_pages++) {
            fixture x, y;
            fixture_fill(&x, of_pages ? ANON : HEAP, 100000, 1);
            fixture_fill(&y, of_pages ? ANON : HEAP, 200000, 1);
            x.result.is_counted = counted & 1;
            y.result.is_counted = counted & 2;
            mb_comparison c = compare(&x, &y, &policy);
            CU_ASSERT_EQUAL(c.verdict, counted == 3 && !of_pages ? MB_VERDICT_REGRESSED : MB_VERDICT_SUSPECT);
            CU_ASSERT_EQUAL(c.samples_to_fail, counted == 3 && !of_pages ? 1 : 10);
        }
}

static void test_names(void)
{
    for (int verdict = 0; verdict < MB_VERDICT_COUNT; verdict++) {
        const char *name = mb_verdict_name((mb_verdict)verdict);
        CU_ASSERT_PTR_NOT_NULL_FATAL(name);
        for (int other = 0; other < verdict; other++)
            CU_ASSERT(strcmp(name, mb_verdict_name((mb_verdict)other)) != 0);
    }
}

MB_SUITE(compare, {"exact path", test_exact_path}, {"threshold edges", test_threshold_edges},
         {"short baseline", test_short_baseline}, {"rank path", test_rank_path}, {"rank floor", test_rank_floor},
         {"new mode", test_new_mode}, {"constants made noisy", test_constants_made_noisy},
         {"Holm counts the family", test_holm_counts_family}, {"drift allowance", test_drift_allowance},
         {"page rounding", test_page_rounding}, {"swings", test_swings}, {"two of ten", test_two_of_ten},
         {"permutation", test_permutation}, {"environment", test_environment}, {"threads", test_threads},
         {"from start", test_from_start}, {"told", test_told}, {"cheap p", test_cheap_p}, {"advisory", test_advisory},
         {"unknown environment", test_unknown_environment}, {"not a number", test_not_a_number},
         {"missing sides", test_missing_sides}, {"shown", test_shown}, {"sample limit", test_sample_limit},
         {"entropy", test_entropy}, {"counted", test_counted}, {"exact growth by counts", test_exact_growth_by_counts},
         {"names", test_names});
