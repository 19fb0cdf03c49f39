/* The last step of both rules: from p values to a verdict. Every row is just on one side of a level or count, so
 * that none of them can move, and no clause be left out, without a row that fails. (ci/mutate tries.) */
#include "tests/suite.h"

#include "judge/allowance.h"
#include "judge/gate_levels.h"
#include "judge/side_by_side.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The levels, as docs/statistics.md has them. */
#define FAIL (0.01 / 3)
#define PASS (0.05 / 3)
#define TAIL 0.05
#define SCREEN 0.05
#define BELOW(level) ((level)*0.999)
#define ABOVE(level) ((level)*1.001)

typedef struct row {
    const char *name;
    /* 0 stands for a p of 1, and 40 samples, of which 10 may fail. */
    double fail, tail, fail_drift, tail_drift, pass, pass_drift, improved;
    size_t count, above, below, to_fail, limit;
    bool is_baseline_exact, is_current_exact;
    mb_verdict verdict;
    size_t wanted; /* 0: as many as there are */
    const char *reason;
} row;

static double or_one(double p) { return p > 0 ? p : 1; }

static mb_comparison made_of(const row *r)
{
    size_t count = r->count > 0 ? r->count : 40;
    return (mb_comparison){
        .path = MB_PATH_RANK,
        .gates = true,
        .baseline_count = 40,
        .current_count = count,
        .samples_to_fail = r->to_fail > 0 ? r->to_fail : 10,
        .baseline_exact = r->is_baseline_exact,
        .current_exact = r->is_current_exact,
        .p_fail = or_one(r->fail),
        .p_tail = or_one(r->tail),
        .p_fail_drift = or_one(r->fail_drift),
        .p_tail_drift = or_one(r->tail_drift),
        .p_pass = or_one(r->pass),
        .p_pass_drift = or_one(r->pass_drift),
        .p_improved = or_one(r->improved),
        .p_adjusted = 1,
        .above_count = r->above,
        .below_count = r->below,
        .verdict = MB_VERDICT_REGRESSED, /* whatever was there before is overwritten */
        .reason = "of an earlier look",
    };
}

static mb_gate_policy policy_of(const row *r)
{
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    if (r->limit > 0)
        policy.sample_limit = r->limit;
    return policy;
}

static void check(const row *r, const mb_comparison *c)
{
    size_t wanted = r->wanted > 0 ? r->wanted : c->current_count;
    bool has_reason = r->reason == NULL ? c->reason == NULL : c->reason != NULL && strcmp(c->reason, r->reason) == 0;
    if (c->verdict != r->verdict || c->samples_wanted != wanted || !has_reason)
        printf("\n%s: %s, wants %u, %s\n", r->name, mb_verdict_name(c->verdict), c->samples_wanted,
               c->reason != NULL ? c->reason : "no reason");
    CU_ASSERT_EQUAL(c->verdict, r->verdict);
    CU_ASSERT_EQUAL(c->samples_wanted, wanted);
    CU_ASSERT_TRUE(has_reason);
}

static const char few[] = "too few samples", noisy[] = "too noisy", drift[] = "within the drift between sessions";

static void test_stored(void)
{
    static const row rows[] = {
        /* Both sides of a test are asked, so a p counts twice. */
        {"fails", .fail = BELOW(FAIL / 2), .fail_drift = BELOW(FAIL / 2), .verdict = MB_VERDICT_REGRESSED},
        {"just not", .fail = BELOW(FAIL / 2), .fail_drift = ABOVE(FAIL / 2), .verdict = MB_VERDICT_SUSPECT,
         .reason = drift},
        {"by its tail", .tail = BELOW(FAIL / 2), .tail_drift = BELOW(FAIL / 2), .above = 10, .below = 4,
         .verdict = MB_VERDICT_REGRESSED},
        {"swings", .tail = BELOW(FAIL / 2), .tail_drift = BELOW(FAIL / 2), .above = 10, .below = 5,
         .verdict = MB_VERDICT_INCONCLUSIVE, .reason = mb_gate_swing_reason},
        {"swings, at 10", .tail = BELOW(FAIL / 2), .tail_drift = BELOW(FAIL / 2), .above = 4, .below = 2, .count = 10,
         .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 20, .reason = mb_gate_swing_reason},
        {"by its bulk, and wider", .fail = BELOW(FAIL / 2), .fail_drift = BELOW(FAIL / 2), .tail = ABOVE(FAIL / 2),
         .tail_drift = ABOVE(FAIL / 2), .above = 10, .below = 5, .verdict = MB_VERDICT_REGRESSED},
        {"passes", .pass = BELOW(PASS), .verdict = MB_VERDICT_NOT_REGRESSED},
        {"just not", .pass = ABOVE(PASS), .verdict = MB_VERDICT_INCONCLUSIVE, .reason = noisy},
        {"its tail is chance", .pass = BELOW(PASS), .tail = ABOVE(TAIL), .verdict = MB_VERDICT_NOT_REGRESSED},
        {"its tail is not", .pass = BELOW(PASS), .tail = BELOW(TAIL), .verdict = MB_VERDICT_INCONCLUSIVE,
         .reason = noisy},
        {"one of ten above", .pass = BELOW(PASS), .count = 10, .above = 1, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"two of ten above", .pass = BELOW(PASS), .count = 10, .above = 2, .verdict = MB_VERDICT_INCONCLUSIVE,
         .wanted = 20, .reason = few},
        {"two of twenty above", .pass = BELOW(PASS), .count = 20, .above = 2, .verdict = MB_VERDICT_INCONCLUSIVE,
         .wanted = 40, .reason = few},
        {"two of forty above", .pass = BELOW(PASS), .above = 2, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"smaller", .pass = BELOW(PASS), .improved = BELOW(FAIL), .verdict = MB_VERDICT_IMPROVED},
        {"just not smaller", .pass = BELOW(PASS), .improved = ABOVE(FAIL), .verdict = MB_VERDICT_NOT_REGRESSED},
        {"beyond, but for drift", .fail = BELOW(PASS / 2), .verdict = MB_VERDICT_SUSPECT, .reason = drift},
        {"hardly beyond", .fail = ABOVE(PASS / 2), .verdict = MB_VERDICT_INCONCLUSIVE, .reason = noisy},
        {"beyond in its tail", .tail = BELOW(PASS / 2), .verdict = MB_VERDICT_SUSPECT, .reason = drift},
        {"constants", .is_baseline_exact = true, .is_current_exact = true, .verdict = MB_VERDICT_SUSPECT,
         .reason = "too few samples of the baseline to be sure"},
        {"one constant", .is_baseline_exact = true, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = noisy},
        {"the other", .is_current_exact = true, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = noisy},
        {"threads", .fail = BELOW(FAIL / 2), .fail_drift = BELOW(FAIL / 2), .count = 20, .to_fail = 21,
         .verdict = MB_VERDICT_SUSPECT, .wanted = 40, .reason = "too few samples to be sure"},
        {"enough of threads", .fail = BELOW(FAIL / 2), .fail_drift = BELOW(FAIL / 2), .count = 20, .to_fail = 20,
         .verdict = MB_VERDICT_REGRESSED},
        /* A suspect for which more samples would change nothing takes no more. */
        {"drift, for certain", .fail = BELOW(FAIL / 2), .pass_drift = BELOW(PASS), .count = 10,
         .verdict = MB_VERDICT_SUSPECT, .reason = drift},
        {"growth is not certain", .fail = ABOVE(FAIL / 2), .pass_drift = BELOW(PASS), .count = 10,
         .verdict = MB_VERDICT_SUSPECT, .wanted = 20, .reason = drift},
        {"drift is not certain", .fail = BELOW(FAIL / 2), .pass_drift = ABOVE(PASS), .count = 10,
         .verdict = MB_VERDICT_SUSPECT, .wanted = 20, .reason = drift},
        {"nor in its tail", .fail = BELOW(FAIL / 2), .pass_drift = BELOW(PASS), .tail_drift = BELOW(TAIL), .count = 10,
         .verdict = MB_VERDICT_SUSPECT, .wanted = 20, .reason = drift},
        {"its tail is drift", .fail = BELOW(FAIL / 2), .pass_drift = BELOW(PASS), .tail_drift = ABOVE(TAIL),
         .count = 10, .verdict = MB_VERDICT_SUSPECT, .reason = drift},
        /* Looks at 10, 20, and the most there may be. */
        {"9 pass", .pass = BELOW(PASS), .count = 9, .verdict = MB_VERDICT_NOT_REGRESSED, .wanted = 10},
        {"10 pass", .pass = BELOW(PASS), .count = 10, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"all of 5 pass", .pass = BELOW(PASS), .count = 5, .limit = 5, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"9 are open", .count = 9, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 10, .reason = few},
        {"10 are open", .count = 10, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 20, .reason = few},
        {"19 are open", .count = 19, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 20, .reason = few},
        {"20 are open", .count = 20, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 40, .reason = few},
        {"39 are open", .count = 39, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 40, .reason = few},
        {"40 are open", .count = 40, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = noisy},
        {"more than there may be", .count = 50, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = noisy},
        {"no more than 15", .count = 10, .limit = 15, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 15, .reason = few},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t scratch[1];
        mb_gate_policy policy = policy_of(&rows[i]);
        mb_comparison c = made_of(&rows[i]);
        mb_compare_settle(&c, 1, &policy, scratch);
        check(&rows[i], &c);
        double p = rows[i].fail_drift > 0 || rows[i].tail_drift > 0 ? or_one(rows[i].fail_drift) : 1;
        p = or_one(rows[i].tail_drift) < p ? or_one(rows[i].tail_drift) : p;
        CU_ASSERT_EQUAL(c.p_adjusted, p < 0.5 ? 2 * p : 1);
    }
}

/* Holm's family is all that gate and are judged by rank, and nothing else. */
static void test_family(void)
{
    static const row beyond = {"two of them", .fail = BELOW(FAIL / 4), .fail_drift = BELOW(FAIL / 4)};
    static const row open = {"another", .fail = 1};
    mb_gate_policy policy = policy_of(&beyond);
    size_t scratch[3];
    mb_comparison c[3] = {made_of(&beyond), made_of(&open), made_of(&open)};
    mb_compare_settle(c, 3, &policy, scratch);
    CU_ASSERT_EQUAL(c[0].verdict, MB_VERDICT_SUSPECT); /* 3 · 2 p */
    c[1] = made_of(&open);
    c[1].gates = false;
    mb_compare_settle(c, 3, &policy, scratch);
    CU_ASSERT_EQUAL(c[0].verdict, MB_VERDICT_REGRESSED); /* 2 · 2 p */
    CU_ASSERT_EQUAL(c[1].samples_wanted, 0);             /* not touched */
    c[1] = made_of(&open);
    c[1].path = MB_PATH_EXACT;
    mb_compare_settle(c, 3, &policy, scratch);
    CU_ASSERT_EQUAL(c[0].verdict, MB_VERDICT_REGRESSED);
    CU_ASSERT_EQUAL(c[1].verdict, MB_VERDICT_REGRESSED); /* as it was */
}

static void test_screen(void)
{
    static const row rows[] = {
        {"passes", .pass = BELOW(SCREEN), .count = 10, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"just not", .pass = ABOVE(SCREEN), .count = 10, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = few},
        {"its tail is chance", .pass = BELOW(SCREEN), .tail = TAIL, .count = 10, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"its tail is not", .pass = BELOW(SCREEN), .tail = BELOW(TAIL), .count = 10, .verdict = MB_VERDICT_INCONCLUSIVE,
         .reason = few},
        {"one above", .pass = BELOW(SCREEN), .above = 1, .count = 10, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"two above", .pass = BELOW(SCREEN), .above = 2, .count = 10, .verdict = MB_VERDICT_INCONCLUSIVE,
         .reason = few},
        {"nothing fails", .fail = 1e-9, .count = 10, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = few},
        {"too few", .pass = BELOW(SCREEN), .count = 9, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 10, .reason = few},
        {"as many as there may be", .pass = BELOW(SCREEN), .count = 6, .limit = 6, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"smaller", .pass = BELOW(SCREEN), .improved = BELOW(0.01), .count = 10, .verdict = MB_VERDICT_IMPROVED},
        {"just not smaller", .pass = BELOW(SCREEN), .improved = ABOVE(0.01), .count = 10,
         .verdict = MB_VERDICT_NOT_REGRESSED},
        {"smaller, but for its tail", .pass = BELOW(SCREEN), .tail = BELOW(TAIL), .improved = BELOW(0.01), .count = 10,
         .verdict = MB_VERDICT_INCONCLUSIVE, .reason = few},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t scratch[1];
        mb_gate_policy policy = policy_of(&rows[i]);
        mb_comparison c = made_of(&rows[i]);
        c.baseline_count = c.current_count;
        mb_side_screen(&c, 1, &policy, scratch);
        check(&rows[i], &c);
        CU_ASSERT_EQUAL(c.p_adjusted, 1);
        CU_ASSERT_EQUAL(mb_side_is_suspect(&c),
                        c.verdict == MB_VERDICT_INCONCLUSIVE && c.samples_wanted == c.current_count);
    }
}

/* Constants on both sides, as mb_side_compare_case leaves them. */
static void test_screen_constants(void)
{
    static const row three = {"three", .count = 3}, two = {"two", .count = 2}, ten = {"ten", .count = 10};
    static const struct {
        const row *made_of;
        double difference;
        mb_verdict was, verdict;
        size_t wanted;
    } rows[] = {
        {&three, 0, MB_VERDICT_NOT_REGRESSED, MB_VERDICT_NOT_REGRESSED, 3},
        {&two, 0, MB_VERDICT_NOT_REGRESSED, MB_VERDICT_INCONCLUSIVE, 10},
        {&three, 1, MB_VERDICT_NOT_REGRESSED, MB_VERDICT_INCONCLUSIVE, 10},
        {&ten, 1, MB_VERDICT_NOT_REGRESSED, MB_VERDICT_NOT_REGRESSED, 10},
        {&ten, -1, MB_VERDICT_IMPROVED, MB_VERDICT_IMPROVED, 10},
        {&ten, 1, MB_VERDICT_REGRESSED, MB_VERDICT_INCONCLUSIVE, 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t scratch[1];
        mb_gate_policy policy = policy_of(rows[i].made_of);
        mb_comparison c = made_of(rows[i].made_of);
        c.baseline_count = c.current_count;
        c.path = MB_PATH_EXACT;
        c.difference = rows[i].difference;
        c.verdict = rows[i].was;
        mb_side_screen(&c, 1, &policy, scratch);
        CU_ASSERT_EQUAL(c.verdict, rows[i].verdict);
        CU_ASSERT_EQUAL(c.samples_wanted, rows[i].wanted);
    }
}

static void test_confirm(void)
{
    static const char near[] = "too close to the threshold, or too noisy";
    static const row rows[] = {
        {"fails", .fail = BELOW(FAIL / 2), .verdict = MB_VERDICT_REGRESSED},
        {"just not", .fail = ABOVE(FAIL / 2), .verdict = MB_VERDICT_INCONCLUSIVE, .reason = near},
        {"by its tail", .tail = BELOW(FAIL / 2), .above = 10, .below = 4, .verdict = MB_VERDICT_REGRESSED},
        {"swings", .tail = BELOW(FAIL / 2), .above = 10, .below = 5, .verdict = MB_VERDICT_INCONCLUSIVE,
         .reason = mb_gate_swing_reason},
        {"swings, at 20", .tail = BELOW(FAIL / 2), .above = 4, .below = 2, .count = 20,
         .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 40, .reason = mb_gate_swing_reason},
        {"too few to fail", .fail = BELOW(FAIL / 2), .to_fail = 41, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = few},
        {"just enough", .fail = BELOW(FAIL / 2), .to_fail = 40, .verdict = MB_VERDICT_REGRESSED},
        {"too few to look", .fail = BELOW(FAIL / 2), .count = 9, .to_fail = 1, .verdict = MB_VERDICT_INCONCLUSIVE,
         .wanted = 10, .reason = few},
        {"too few to swing", .tail = BELOW(FAIL / 2), .above = 4, .below = 2, .count = 9, .to_fail = 1,
         .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 10, .reason = few},
        {"too few to pass", .pass = BELOW(PASS), .count = 9, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 10,
         .reason = few},
        {"all of 6", .pass = BELOW(PASS), .count = 6, .limit = 6, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"passes", .pass = BELOW(PASS), .count = 10, .verdict = MB_VERDICT_NOT_REGRESSED},
        {"just not", .pass = ABOVE(PASS), .count = 10, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 20, .reason = few},
        {"smaller", .pass = BELOW(PASS), .improved = BELOW(FAIL), .verdict = MB_VERDICT_IMPROVED},
        {"just not smaller", .pass = BELOW(PASS), .improved = ABOVE(FAIL), .verdict = MB_VERDICT_NOT_REGRESSED},
        {"19 are open", .count = 19, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 20, .reason = few},
        {"20 are open", .count = 20, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 40, .reason = few},
        {"40 are open", .count = 40, .verdict = MB_VERDICT_INCONCLUSIVE, .reason = near},
        {"no more than 15", .count = 10, .limit = 15, .verdict = MB_VERDICT_INCONCLUSIVE, .wanted = 15, .reason = few},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t scratch[1];
        mb_gate_policy policy = policy_of(&rows[i]);
        mb_comparison c = made_of(&rows[i]);
        c.baseline_count = c.current_count;
        c.verdict = MB_VERDICT_SUSPECT; /* open, and overwritten */
        mb_side_confirm(&c, 1, &policy, scratch);
        check(&rows[i], &c);
    }
}

/* What an earlier look has settled keeps its verdict and stays in the family; what does not gate is in none. */
static void test_confirm_family(void)
{
    static const row beyond = {"beyond", .fail = BELOW(FAIL / 4)}, open = {"open", .fail = 1};
    static const mb_verdict settled[] = {MB_VERDICT_NOT_REGRESSED, MB_VERDICT_IMPROVED, MB_VERDICT_REGRESSED};
    mb_gate_policy policy = policy_of(&open);
    size_t scratch[3];
    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++) {
        mb_comparison c[3] = {made_of(&beyond), made_of(&open), made_of(&open)};
        c[0].verdict = c[2].verdict = MB_VERDICT_INCONCLUSIVE;
        c[1].verdict = settled[i];
        mb_side_confirm(c, 3, &policy, scratch);
        CU_ASSERT_EQUAL(c[0].verdict, MB_VERDICT_INCONCLUSIVE); /* 3 · 2 p */
        CU_ASSERT_EQUAL(c[1].verdict, settled[i]);
        c[1].path = MB_PATH_EXACT; /* stays in the family, as one that cannot fail */
        mb_side_confirm(c, 3, &policy, scratch);
        CU_ASSERT_EQUAL(c[0].verdict, MB_VERDICT_INCONCLUSIVE);
        c[1].gates = false;
        mb_side_confirm(c, 3, &policy, scratch);
        CU_ASSERT_EQUAL(c[0].verdict, MB_VERDICT_REGRESSED); /* 2 · 2 p */
    }
}

/* What is IMPROVED is so by Holm over all that was screened. */
static void test_screen_family(void)
{
    static const row smaller = {"smaller", .pass = BELOW(SCREEN), .improved = BELOW(0.01 / 2), .count = 10};
    mb_gate_policy policy = policy_of(&smaller);
    size_t scratch[3];
    for (size_t count = 2; count <= 3; count++) {
        mb_comparison c[3] = {made_of(&smaller), made_of(&smaller), made_of(&smaller)};
        for (size_t i = 0; i < count; i++) {
            c[i].baseline_count = c[i].current_count;
            c[i].p_improved = i == 0 ? c[i].p_improved : 0.9;
        }
        mb_side_screen(c, count, &policy, scratch);
        CU_ASSERT_EQUAL(c[0].verdict, count == 2 ? MB_VERDICT_IMPROVED : MB_VERDICT_NOT_REGRESSED);
    }
}

static void test_drift(void)
{
    static const struct {
        double spread, median, allowance_ratio;
    } rows[] = {{0, 100, 0.02}, {1, 100, 0.02}, {2, 100, 0.04}, {4.5, 100, 0.09},
                {6, 100, 0.1},  {5, 0, 0.02},   {5, -1, 0.02}};
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_DOUBLE_EQUAL(mb_drift_allowance(rows[i].spread, rows[i].median, &policy), rows[i].allowance_ratio,
                               1e-12);
    policy.drift_allowance_ratio = 0.01;
    CU_ASSERT_EQUAL(mb_drift_allowance(0, 100, &policy), 0.01); /* what the policy says is the most */
}

/* Nothing behind the last value is read: a NaN is there. */
static void test_middle_range(void)
{
    static const double one[] = {5, NAN}, two[] = {0, 10, NAN}, eleven[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, NAN};
    CU_ASSERT_EQUAL(mb_middle_range(one, 1), 0);
    CU_ASSERT_DOUBLE_EQUAL(mb_middle_range(two, 2), 8, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(mb_middle_range(eleven, 11), 8, 1e-12); /* the odd one of eleven is not in it */
}

MB_SUITE(levels, {"stored baselines", test_stored}, {"family", test_family}, {"screen", test_screen},
         {"screened family", test_screen_family}, {"screened constants", test_screen_constants},
         {"confirm", test_confirm}, {"confirmed family", test_confirm_family}, {"drift", test_drift},
         {"middle range", test_middle_range});
