/* Budgets: which of a case's medians are over, which cannot be determined; and what a report makes of them. */
#include "judge/budget.h"
#include "judge/decide.h"
#include "tests/suite.h"

static mb_arena test_arena; /* of what comparisons point to; never given back */

static double anon_values[] = {8192, 8192, 8192};
static double varying_values[] = {30, 10, 20, 1000};

static mb_case_result make_case(void)
{
    mb_case_result result = {.id = "group/case", .outcome = MB_OUTCOME_OK};
    result.series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)] = (mb_series){anon_values, 3};
    result.series[mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY)] = (mb_series){varying_values, 4};
    result.missing[mb_metric_of(MB_FOOTPRINT_BYTES, MB_WINDOW_COLD)] = "no such reading here";
    return result;
}

static void set_budget(mb_gate_policy *policy, mb_quantity quantity, double value)
{
    for (int w = 0; w < MB_WINDOW_COUNT; w++) {
        policy->has_budget[mb_metric_of(quantity, (mb_window)w)] = true;
        policy->budget[mb_metric_of(quantity, (mb_window)w)] = value;
    }
}

/* A value equal to its budget is within it, a byte more is over. */
static void test_exact_bound(void)
{
    mb_budget_check checks[MB_METRIC_COUNT];
    mb_case_result result = make_case();
    for (int extra = 0; extra <= 1; extra++) {
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        set_budget(&policy, MB_ANON_DELTA_BYTES, 8192 - extra);
        CU_ASSERT_EQUAL_FATAL(mb_budget_check_case(&result, &policy, NULL, checks),
                              1); /* the steady one was never tried */
        CU_ASSERT_EQUAL(checks[0].metric, mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD));
        CU_ASSERT_EQUAL(checks[0].state, extra == 0 ? MB_BUDGET_WITHIN : MB_BUDGET_OVER);
        CU_ASSERT_DOUBLE_EQUAL(checks[0].value, 8192, 0);
        CU_ASSERT_DOUBLE_EQUAL(checks[0].budget, 8192 - extra, 0);
    }
}

/* The median counts, whatever the order of samples and however far one of them lies away. */
static void test_median(void)
{
    mb_budget_check checks[MB_METRIC_COUNT];
    mb_case_result result = make_case();
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    set_budget(&policy, MB_HEAP_ALLOC_COUNT, 25);
    CU_ASSERT_EQUAL_FATAL(mb_budget_check_case(&result, &policy, NULL, checks), 1);
    CU_ASSERT_DOUBLE_EQUAL(checks[0].value, 25, 0);
    CU_ASSERT_EQUAL(checks[0].state, MB_BUDGET_WITHIN);
}

/* Relative to an older baseline: so much of its median and so much on top, to the byte; without it there is none. */
static void test_relative(void)
{
    mb_budget_check checks[MB_METRIC_COUNT];
    mb_case_result result = make_case(), was = make_case();
    static double old_values[] = {4096, 8, 4096};
    mb_metric metric = mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD);
    was.series[metric] = (mb_series){old_values, 3};
    const mb_case_result *pinned[] = {NULL, &was};
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    set_budget(&policy, MB_ANON_DELTA_BYTES, 2048);
    policy.budget_pin[metric] = 2;
    for (int extra = 0; extra <= 1; extra++) {
        policy.budget_ratio[metric] = 0.5 - extra / 4096.0;
        CU_ASSERT_EQUAL_FATAL(mb_budget_check_case(&result, &policy, pinned, checks), 1);
        CU_ASSERT_EQUAL(checks[0].state, extra == 0 ? MB_BUDGET_WITHIN : MB_BUDGET_OVER);
        CU_ASSERT_DOUBLE_EQUAL(checks[0].budget, 8192 - extra, 1e-9);
    }
    policy.budget_pin[metric] = 1;
    CU_ASSERT_EQUAL(mb_budget_check_case(&result, &policy, pinned, checks), 0);
}

/* What was tried and gave no number is said; of a case that failed nothing is. */
static void test_unmeasured(void)
{
    mb_budget_check checks[MB_METRIC_COUNT];
    mb_case_result result = make_case();
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    set_budget(&policy, MB_FOOTPRINT_BYTES, 1);
    CU_ASSERT_EQUAL_FATAL(mb_budget_check_case(&result, &policy, NULL, checks), 1);
    CU_ASSERT_EQUAL(checks[0].state, MB_BUDGET_UNMEASURED);
    result.outcome = MB_OUTCOME_CRASHED;
    CU_ASSERT_EQUAL(mb_budget_check_case(&result, &policy, NULL, checks), 0);
}

/* Relative to a case that there is not: no check. To one without the metric: said, where there is something to check.
 */
static void test_no_reference(void)
{
    mb_budget_check checks[MB_METRIC_COUNT];
    mb_case_result result = make_case(), was = {.outcome = MB_OUTCOME_OK};
    const mb_case_result *pinned = &was, *none = NULL;
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    set_budget(&policy, MB_ANON_DELTA_BYTES, 0);
    policy.budget_pin[MB_ANON_DELTA_BYTES] = 1;
    CU_ASSERT_EQUAL(mb_budget_check_case(&result, &policy, &none, checks), 0);
    CU_ASSERT_EQUAL_FATAL(mb_budget_check_case(&result, &policy, &pinned, checks), 1);
    CU_ASSERT_EQUAL(checks[0].state, MB_BUDGET_NO_REFERENCE);
    result.series[MB_ANON_DELTA_BYTES].count = 0;
    CU_ASSERT_EQUAL(mb_budget_check_case(&result, &policy, &pinned, checks), 0);
}

/* Findings and the word for the whole, with and without being advisory, without any baseline. */
static void test_tally(void)
{
    for (int is_advisory = 0; is_advisory <= 1; is_advisory++) {
        mb_budget_check checks[MB_METRIC_COUNT];
        mb_case_result result = make_case();
        mb_gate_policy policy;
        mb_gate_policy_init(&policy);
        set_budget(&policy, MB_ANON_DELTA_BYTES, 4096);
        set_budget(&policy, MB_HEAP_ALLOC_COUNT, 100);
        set_budget(&policy, MB_FOOTPRINT_BYTES, 1);
        size_t count = mb_budget_check_case(&result, &policy, NULL, checks);
        mb_report_case item = {.result = &result, .budgets = checks, .budget_count = count, .is_advisory = is_advisory};
        mb_tally tally = {0};
        CU_ASSERT_TRUE_FATAL(mb_tally_add(&tally, &item));
        mb_tally_sort(&tally);
        CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_OVER_BUDGET], is_advisory ? 0 : 1);
        CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_UNBUDGETED], is_advisory ? 0 : 1);
        CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_ADVISORY], is_advisory ? 1 : 0);
        CU_ASSERT_EQUAL(tally.budget_count, is_advisory ? 0 : 2);
        CU_ASSERT_EQUAL(tally.over_budget_count, is_advisory ? 0 : 1);
        mb_decision decision;
        mb_decide(&tally, &(mb_decision_policy){0}, &decision);
        CU_ASSERT_STRING_EQUAL(decision.verdict, is_advisory ? "measured" : "over_budget");
        CU_ASSERT_EQUAL_FATAL(tally.findings[0].change_count, 1);
        CU_ASSERT_DOUBLE_EQUAL(tally.findings[0].changes[0].value, 8192, 0);
        CU_ASSERT_DOUBLE_EQUAL(tally.findings[0].changes[0].budget, 4096, 0);
        CU_ASSERT_DOUBLE_EQUAL(tally.findings[0].weight, 2, 0);
        mb_tally_fini(&tally);
    }
}

/* An advisory case is compared and never judged, and needs no entry in the baseline. */
static void test_advisory_growth(void)
{
    static double before[] = {4096, 4096, 4096}, after[] = {409600, 409600, 409600};
    mb_metric metric = mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD);
    mb_case_result old_case = {.id = "a", .outcome = MB_OUTCOME_OK}, new_case = old_case;
    old_case.series[metric] = (mb_series){before, 3};
    new_case.series[metric] = (mb_series){after, 3};
    mb_run_info run = {.page_bytes = 4096};
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    policy.is_advisory = true;
    mb_comparison comparisons[MB_METRIC_COUNT];
    CU_ASSERT_EQUAL_FATAL(mb_compare_case(&old_case, &run, &new_case, &run, &policy, 0, &test_arena, comparisons), 1);
    size_t scratch[MB_METRIC_COUNT];
    mb_compare_settle(comparisons, 1, &policy, scratch);
    CU_ASSERT_EQUAL(comparisons[0].verdict, MB_VERDICT_SHOWN);
    CU_ASSERT_FALSE(comparisons[0].gates);
    CU_ASSERT_PTR_NOT_NULL(comparisons[0].reason);
    mb_report_case item = {.result = &new_case, .comparisons = comparisons, .comparison_count = 1, .is_advisory = true};
    mb_tally tally = {0};
    CU_ASSERT_TRUE_FATAL(mb_tally_add(&tally, &item));
    item.presence = MB_PRESENCE_UNRECORDED;
    CU_ASSERT_TRUE_FATAL(mb_tally_add(&tally, &item));
    CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_REGRESSED], 0);
    CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_UNRECORDED], 0);
    CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_ADVISORY], 2);
    mb_decision decision;
    mb_decide(&tally, &(mb_decision_policy){.is_compared = true}, &decision);
    CU_ASSERT_STRING_EQUAL(decision.verdict, "nothing_compared");
    CU_ASSERT_EQUAL(decision.exit_code, MB_EXIT_BASELINE);
    mb_tally_fini(&tally);
    policy.is_advisory = false; /* the same growth of any other case counts */
    mb_compare_case(&old_case, &run, &new_case, &run, &policy, 0, &test_arena, comparisons);
    mb_compare_settle(comparisons, 1, &policy, scratch);
    CU_ASSERT_EQUAL(comparisons[0].verdict, MB_VERDICT_SUSPECT);
}

MB_SUITE(budget, {"exact bound", test_exact_bound}, {"median", test_median}, {"relative", test_relative},
         {"unmeasured", test_unmeasured}, {"no reference", test_no_reference}, {"tally", test_tally},
         {"advisory growth", test_advisory_growth});
