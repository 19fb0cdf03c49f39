/* The two-stage rule of builds measured side by side, with series whose verdict is known by hand. */
#include "tests/suite.h"

#include "judge/gate_levels.h"
#include "judge/side_by_side.h"

#include <math.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to; never given back */

enum { SERIES_MAX = 64 };

static const mb_run_info run = {.architecture = "x86_64", .page_bytes = 4096};

/* One metric of one case on two sides. */
typedef struct pair {
    double old_values[SERIES_MAX], new_values[SERIES_MAX];
    mb_metric metric;
    unsigned flags;
} pair;

static mb_gate_policy policy_of(void)
{
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    return policy;
}

static mb_metric heap(void) { return mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY); }

/* Samples start … start + count - 1 of a pair, compared. */
static mb_comparison compare(pair *p, size_t start, size_t count, const mb_gate_policy *policy)
{
    mb_comparison found[MB_METRIC_COUNT] = {0};
    mb_case_result old = {.id = "case", .flags = p->flags}, new = old;
    old.series[p->metric] = (mb_series){p->old_values + start, count};
    new.series[p->metric] = (mb_series){p->new_values + start, count};
    CU_ASSERT_EQUAL_FATAL(mb_side_compare_case(&old, &run, &new, &run, policy, 0, &test_arena, found), 1);
    return found[0];
}

static mb_comparison screened(pair *p, size_t count)
{
    size_t scratch[1];
    mb_gate_policy policy = policy_of();
    mb_comparison c = compare(p, 0, count, &policy);
    mb_side_screen(&c, 1, &policy, scratch);
    return c;
}

static mb_comparison confirmed(pair *p, size_t count)
{
    size_t scratch[1];
    mb_gate_policy policy = policy_of();
    mb_comparison c = compare(p, 0, count, &policy);
    mb_side_confirm(&c, 1, &policy, scratch);
    return c;
}

static pair constants(double old, double new)
{
    pair p = {.metric = heap()};
    for (size_t i = 0; i < SERIES_MAX; i++) {
        p.old_values[i] = old;
        p.new_values[i] = new;
    }
    return p;
}

/* Noise of ± 2 % that is the same on every machine, shifted by a factor on the new side. */
static pair noisy(double factor)
{
    pair p = {.metric = heap()};
    for (size_t i = 0; i < SERIES_MAX; i++) {
        p.old_values[i] = 1e6 * (1 + 0.004 * (double)((i * 7) % 11) - 0.02);
        p.new_values[i] = factor * 1e6 * (1 + 0.004 * (double)((i * 5 + 3) % 11) - 0.02);
    }
    return p;
}

static void test_three_equal_samples_settle(void)
{
    pair p = constants(118000, 118000);
    mb_comparison c = screened(&p, 3);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_NOT_REGRESSED);
    CU_ASSERT_EQUAL(c.samples_wanted, 3);
    CU_ASSERT_FALSE(mb_side_is_suspect(&c));
    c = screened(&p, 2);
    CU_ASSERT_EQUAL(c.samples_wanted, MB_GATE_LOOK_FIRST_COUNT);
}

static void test_a_difference_takes_ten(void)
{
    pair smaller = constants(118000, 117999), within = constants(118000, 129800), beyond = constants(118000, 129801);
    mb_comparison c = screened(&smaller, 3);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_INCONCLUSIVE);
    CU_ASSERT_EQUAL(c.samples_wanted, 10);
    CU_ASSERT_FALSE(mb_side_is_suspect(&c)); /* it wants screening samples still */
    CU_ASSERT_EQUAL(screened(&smaller, 10).verdict, MB_VERDICT_NOT_REGRESSED);
    CU_ASSERT_EQUAL(screened(&within, 10).verdict, MB_VERDICT_NOT_REGRESSED); /* exactly + 10 % is allowed */
    c = screened(&beyond, 10);                                                /* a byte more is not */
    CU_ASSERT_TRUE(mb_side_is_suspect(&c));
    CU_ASSERT_NOT_EQUAL(c.verdict, MB_VERDICT_REGRESSED); /* nothing fails in the screening */
    CU_ASSERT_EQUAL(confirmed(&beyond, 10).verdict, MB_VERDICT_REGRESSED);
    CU_ASSERT_EQUAL(confirmed(&within, 10).verdict, MB_VERDICT_NOT_REGRESSED);
}

static void test_growth_by_chance_of_screening_is_forgiven(void)
{
    pair lucky = noisy(1.3), fresh = noisy(1);
    mb_comparison c = screened(&lucky, 10);
    CU_ASSERT_TRUE(mb_side_is_suspect(&c));
    CU_ASSERT_EQUAL(confirmed(&fresh, 10).verdict, MB_VERDICT_NOT_REGRESSED);
}

static void test_noise(void)
{
    pair same = noisy(1), grown = noisy(1.2), shrunk = noisy(0.8), at = noisy(1.1);
    CU_ASSERT_EQUAL(screened(&same, 10).verdict, MB_VERDICT_NOT_REGRESSED);
    CU_ASSERT_EQUAL(screened(&shrunk, 10).verdict, MB_VERDICT_IMPROVED);
    mb_comparison c = screened(&grown, 10);
    CU_ASSERT_TRUE(mb_side_is_suspect(&c));
    c = confirmed(&grown, 10);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_REGRESSED);
    CU_ASSERT_TRUE(c.ratio_low > 1.1 && c.ratio_high < 1.3);
    c = screened(&at, 10);
    CU_ASSERT_TRUE(mb_side_is_suspect(&c));
}

/* At the threshold no number of samples decides: looks at 10, 20 and 40, then it is left open. */
static void test_looks_end(void)
{
    static const struct {
        size_t count, wanted;
    } looks[] = {{10, 20}, {20, 40}, {40, 40}};
    pair at = noisy(1.1);
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        mb_comparison c = confirmed(&at, looks[i].count);
        CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_INCONCLUSIVE);
        CU_ASSERT_EQUAL(c.samples_wanted, looks[i].wanted);
        CU_ASSERT_PTR_NOT_NULL(c.reason);
    }
}

/* One case that grew among many suspects fails only beyond what Holm's correction asks of so many. */
static void test_holm_counts_suspects(void)
{
    enum { MANY = 400 };
    static mb_comparison suspects[MANY];
    static size_t scratch[MANY];
    mb_gate_policy policy = policy_of();
    pair grown = constants(118000, 200000), at = noisy(1.1);
    suspects[0] = compare(&grown, 0, 10, &policy);
    for (size_t i = 1; i < MANY; i++)
        suspects[i] = compare(&at, 0, 10, &policy);
    mb_side_confirm(suspects, MANY, &policy, scratch);
    CU_ASSERT_EQUAL(suspects[0].verdict, MB_VERDICT_INCONCLUSIVE); /* 2 · 400 / C(20, 10) > 0.01 / 3 */
    CU_ASSERT_EQUAL(suspects[0].samples_wanted, 20);
    suspects[0] = compare(&grown, 0, 20, &policy);
    mb_side_confirm(suspects, MANY, &policy, scratch);
    CU_ASSERT_EQUAL(suspects[0].verdict, MB_VERDICT_REGRESSED);
}

/* What a look has settled stays so, whatever happens to the family. */
static void test_verdicts_stay(void)
{
    mb_gate_policy policy = policy_of();
    size_t scratch[2];
    pair grown = noisy(1.2), same = noisy(1);
    mb_comparison suspects[2] = {compare(&grown, 0, 10, &policy), compare(&same, 0, 10, &policy)};
    mb_side_confirm(suspects, 2, &policy, scratch);
    CU_ASSERT_EQUAL(suspects[0].verdict, MB_VERDICT_REGRESSED);
    CU_ASSERT_EQUAL(suspects[1].verdict, MB_VERDICT_NOT_REGRESSED);
    suspects[0].p_fail = suspects[0].p_tail = 0.5;
    mb_side_confirm(suspects, 2, &policy, scratch);
    CU_ASSERT_EQUAL(suspects[0].verdict, MB_VERDICT_REGRESSED);
}

static void test_page_metrics_of_threads_fail_late(void)
{
    pair grown = noisy(1.5);
    grown.metric = mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD);
    grown.flags = MB_CASE_THREADS;
    CU_ASSERT_EQUAL(confirmed(&grown, 10).verdict, MB_VERDICT_INCONCLUSIVE);
    CU_ASSERT_EQUAL(confirmed(&grown, 20).verdict, MB_VERDICT_INCONCLUSIVE);
    CU_ASSERT_EQUAL(confirmed(&grown, 40).verdict, MB_VERDICT_REGRESSED);
}

static void test_times_gate_when_asked(void)
{
    mb_gate_policy policy = policy_of();
    size_t scratch[1];
    pair slower = noisy(1.3);
    slower.metric = mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY);
    mb_comparison c = compare(&slower, 0, 10, &policy);
    mb_side_screen(&c, 1, &policy, scratch);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_SHOWN);
    CU_ASSERT_FALSE(mb_side_is_suspect(&c));
    policy.gates[slower.metric] = true;
    c = compare(&slower, 0, 10, &policy);
    mb_side_screen(&c, 1, &policy, scratch);
    CU_ASSERT_TRUE(mb_side_is_suspect(&c));
    mb_side_confirm(&c, 1, &policy, scratch);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_REGRESSED);
    /* Against a stored baseline it does not gate all the same. */
    mb_comparison found[MB_METRIC_COUNT];
    mb_case_result old = {.id = "case"}, new = old;
    old.series[slower.metric] = (mb_series){slower.old_values, 20};
    new.series[slower.metric] = (mb_series){slower.new_values, 20};
    CU_ASSERT_EQUAL_FATAL(mb_compare_case(&old, &run, &new, &run, &policy, 0, &test_arena, found), 1);
    CU_ASSERT_EQUAL(found[0].verdict, MB_VERDICT_SHOWN);
}

static void test_no_number_is_no_suspect(void)
{
    pair p = noisy(1);
    p.new_values[4] = NAN;
    mb_comparison c = screened(&p, 10);
    CU_ASSERT_EQUAL(c.verdict, MB_VERDICT_INCONCLUSIVE);
    CU_ASSERT_FALSE(mb_side_is_suspect(&c));
}

MB_SUITE(side, {"three equal samples settle", test_three_equal_samples_settle},
         {"a difference takes ten", test_a_difference_takes_ten},
         {"growth by chance of screening is forgiven", test_growth_by_chance_of_screening_is_forgiven},
         {"noise", test_noise}, {"looks end", test_looks_end}, {"holm counts suspects", test_holm_counts_suspects},
         {"verdicts stay", test_verdicts_stay},
         {"page metrics of threads fail late", test_page_metrics_of_threads_fail_late},
         {"times gate when asked", test_times_gate_when_asked},
         {"no number is not a suspect", test_no_number_is_no_suspect});
