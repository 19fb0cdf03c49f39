/* What a run adds up to: the order of findings, what they copy, and growth that passed. */
#include "judge/tally.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

#define heap mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)
#define calls mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY)
#define time_of mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)

static mb_comparison compared(mb_metric metric, mb_verdict verdict, double was, double is)
{
    return (mb_comparison){.metric = metric,
                           .verdict = verdict,
                           .gates = verdict != MB_VERDICT_SHOWN,
                           .baseline_count = 20,
                           .current_count = 10,
                           .baseline_median = was,
                           .current_median = is,
                           .difference = is - was,
                           .has_ratio = was > 0,
                           .ratio = was > 0 ? is / was : 0};
}

static void add(mb_tally *tally, const char *id, const mb_comparison *comparisons, size_t count)
{
    mb_case_result result = {.id = id};
    mb_report_case item = {.result = &result, .comparisons = comparisons, .comparison_count = count};
    CU_ASSERT_TRUE_FATAL(mb_tally_add(tally, &item));
}

/* The worst first, in either direction: growth from nothing, then by the ratio, then as added; metrics alike. */
static void test_order(void)
{
    static const struct {
        const char *id;
        mb_verdict verdict;
        double was, is;
    } rows[] = {{"a", MB_VERDICT_IMPROVED, 100, 60},   {"b", MB_VERDICT_IMPROVED, 100, 50},
                {"c", MB_VERDICT_REGRESSED, 100, 180}, {"d", MB_VERDICT_REGRESSED, 0, 5},
                {"e", MB_VERDICT_REGRESSED, 100, 180}, {"f", MB_VERDICT_REGRESSED, 0, 7},
                {"g", MB_VERDICT_REGRESSED, 100, 900}};
    mb_tally tally = {0};
    char ids[8] = "";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_comparison c = compared(heap, rows[i].verdict, rows[i].was, rows[i].is);
        add(&tally, rows[i].id, &c, 1);
    }
    mb_tally_sort(&tally);
    for (size_t i = 0; i < tally.finding_count; i++)
        strcat(ids, tally.findings[i].case_id);
    CU_ASSERT_STRING_EQUAL(ids, "fdgceba");
    CU_ASSERT_DOUBLE_EQUAL(tally.findings[5].weight, 2, 1e-12); /* half is as far as twice */
    mb_tally_fini(&tally);
    const mb_comparison several[] = {compared(heap, MB_VERDICT_REGRESSED, 100, 150),
                                     compared(calls, MB_VERDICT_REGRESSED, 10, 30)};
    add(&tally, "x", several, 2);
    CU_ASSERT_EQUAL(tally.findings[0].changes[0].metric, calls);
    CU_ASSERT_EQUAL(tally.findings[0].changes[1].metric, heap);
    CU_ASSERT_EQUAL(tally.gated_count, 2);
    mb_tally_fini(&tally);
}

/* What a finding says lives as long as the tally. */
static void test_copies(void)
{
    char texts[6][8] = {"g/f/x", "g", "f", "mode", "tiny", "v1.0"};
    mb_case_result result = {.id = texts[0], .group = texts[1], .function = texts[2], .param_count = 2};
    result.params[0] = (mb_param_value){.name = texts[3], .label = texts[4]};
    result.params[1] = (mb_param_value){.name = texts[3], .value = 7};
    mb_comparison c = compared(heap, MB_VERDICT_REGRESSED, 100, 200);
    mb_since since = {texts[5], &c, 1};
    mb_report_case item = {.result = &result, .is_advisory = true, .sinces = &since, .since_count = 1};
    mb_tally tally = {0};
    CU_ASSERT_TRUE_FATAL(mb_tally_add(&tally, &item));
    memset(texts, 0, sizeof texts);
    CU_ASSERT_EQUAL(tally.advisory_count, 1);
    CU_ASSERT_EQUAL_FATAL(tally.finding_count, 1);
    const mb_finding *finding = &tally.findings[0];
    CU_ASSERT_EQUAL(finding->kind, MB_FINDING_CREPT);
    CU_ASSERT_STRING_EQUAL(finding->case_id, "g/f/x");
    CU_ASSERT_STRING_EQUAL(finding->group, "g");
    CU_ASSERT_STRING_EQUAL(finding->function, "f");
    CU_ASSERT_STRING_EQUAL(finding->since, "v1.0");
    CU_ASSERT_STRING_EQUAL(finding->params[0].name, "mode");
    CU_ASSERT_STRING_EQUAL(finding->params[0].label, "tiny");
    CU_ASSERT_PTR_NULL(finding->params[1].label);
    CU_ASSERT_EQUAL(finding->params[1].value, 7);
    mb_tally_fini(&tally);
}

/* Slopes have the unit and the older baseline that they grew since. */
static void test_slopes(void)
{
    for (int is_old = 0; is_old < 2; is_old++) {
        char unit[8] = "job", since[8] = "v1.0";
        mb_sweep_metric metric = {.metric = heap,
                                  .gates = true,
                                  .verdict = MB_VERDICT_REGRESSED,
                                  .difference = 24,
                                  .has_ratio = true,
                                  .ratio = 1.5};
        mb_sweep sweep = {.name = "g", .group = "g", .unit_word = unit, .metrics = &metric, .metric_count = 1};
        sweep.since = is_old ? since : NULL;
        mb_tally tally = {0};
        CU_ASSERT_TRUE_FATAL(mb_tally_add_sweep(&tally, &sweep));
        memset(unit, 0, sizeof unit);
        memset(since, 0, sizeof since);
        CU_ASSERT_EQUAL_FATAL(tally.finding_count, 1);
        const mb_finding *finding = &tally.findings[0];
        CU_ASSERT_EQUAL(finding->kind, is_old ? MB_FINDING_CREPT : MB_FINDING_REGRESSED);
        CU_ASSERT_TRUE(finding->is_slope);
        CU_ASSERT_STRING_EQUAL(finding->unit_word, "job");
        CU_ASSERT_STRING_EQUAL(finding->since != NULL ? finding->since : "", is_old ? "v1.0" : "");
        CU_ASSERT_EQUAL(tally.slope_counts[finding->kind], 1);
        CU_ASSERT_EQUAL(finding->changes[0].ratio, 1.5);
        CU_ASSERT_EQUAL(finding->changes[0].difference, 24);
        mb_tally_fini(&tally);
    }
    static const struct {
        bool gates;
        mb_verdict verdict;
        double difference;
        size_t count;
    } rows[] = {{true, MB_VERDICT_NOT_REGRESSED, 3, 1},
                {true, MB_VERDICT_NOT_REGRESSED, 0, 0},
                {false, MB_VERDICT_NOT_REGRESSED, 3, 0},
                {true, MB_VERDICT_SHOWN, 3, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_sweep_metric metric = {
            .metric = heap, .gates = rows[i].gates, .verdict = rows[i].verdict, .difference = rows[i].difference};
        mb_sweep sweep = {.name = "g", .unit_word = "job", .metrics = &metric, .metric_count = 1};
        mb_tally tally = {0};
        CU_ASSERT_TRUE_FATAL(mb_tally_add_sweep(&tally, &sweep));
        CU_ASSERT_EQUAL(tally.judged_growth.count, rows[i].count);
        CU_ASSERT_EQUAL(tally.judged_growth.is_slope, rows[i].count > 0);
        CU_ASSERT_EQUAL(tally.finding_count, 0);
        mb_tally_fini(&tally);
    }
}

/* Growth that passed: of what gates and passed, and of memory that does not gate or could not be compared. By the
 * estimate, or where that sees none by the medians. */
static void test_passed_growth(void)
{
    static const struct {
        mb_metric metric; /* 0: heap, 1: time */
        mb_verdict verdict;
        bool gates;
        double was, is, difference;
        size_t was_count, is_count, judged, unjudged;
        double grown, ratio;
    } rows[] = {
        {0, MB_VERDICT_NOT_REGRESSED, true, 100, 105, 5, 20, 10, 1, 0, 5, 1.05},
        {0, MB_VERDICT_NOT_REGRESSED, true, 100, 105, 0, 20, 10, 1, 0, 5, 1.05}, /* the estimate is 0 */
        {0, MB_VERDICT_NOT_REGRESSED, true, 0, 5, -1, 20, 10, 1, 0, 5, 0},
        {0, MB_VERDICT_NOT_REGRESSED, true, 100, 95, 4, 20, 10, 1, 0, 4, 1.04},  /* and the medians are not */
        {0, MB_VERDICT_NOT_REGRESSED, true, 100, 200, 4, 20, 10, 1, 0, 4, 1.04}, /* it is what counts */
        {0, MB_VERDICT_NOT_REGRESSED, true, 100, 95, -5, 20, 10, 0, 0, 0, 0},
        {0, MB_VERDICT_NOT_REGRESSED, false, 100, 105, 5, 20, 10, 0, 0, 0, 0},
        {0, MB_VERDICT_SHOWN, false, 100, 105, 5, 20, 10, 0, 1, 5, 1.05},
        {0, MB_VERDICT_SHOWN, true, 100, 105, 5, 20, 10, 0, 1, 5, 1.05},
        {0, MB_VERDICT_NOT_COMPARABLE, true, 100, 105, 5, 20, 10, 0, 1, 5, 1.05},
        {0, MB_VERDICT_SUSPECT, true, 100, 105, 5, 20, 10, 0, 0, 0, 0},
        {0, MB_VERDICT_NOT_COMPARABLE, true, 0, 105, 5, 0, 10, 0, 0, 0, 0},
        {0, MB_VERDICT_NOT_COMPARABLE, true, 0, 105, 5, 20, 0, 0, 0, 0, 0},
        {1, MB_VERDICT_SHOWN, false, 100, 105, 5, 20, 10, 0, 0, 0, 0},
        {1, MB_VERDICT_NOT_REGRESSED, true, 100, 105, 5, 20, 10, 1, 0, 5, 1.05},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_tally tally = {0};
        mb_comparison c = compared(rows[i].metric == 0 ? heap : time_of, rows[i].verdict, rows[i].was, rows[i].is);
        c.gates = rows[i].gates;
        c.difference = rows[i].difference;
        c.baseline_count = (uint32_t)rows[i].was_count;
        c.current_count = (uint32_t)rows[i].is_count;
        c.baseline_exact = true;
        c.ratio = c.has_ratio ? 1 + c.difference / rows[i].was : 0;
        add(&tally, "x", &c, 1);
        CU_ASSERT_EQUAL(tally.judged_growth.count, rows[i].judged);
        CU_ASSERT_EQUAL(tally.unjudged_growth.count, rows[i].unjudged);
        const mb_passed_growth *growth = rows[i].judged > 0 ? &tally.judged_growth : &tally.unjudged_growth;
        CU_ASSERT_EQUAL(growth->change.difference, rows[i].grown);
        CU_ASSERT_EQUAL(growth->change.ratio, rows[i].ratio);
        CU_ASSERT_FALSE(growth->is_exact); /* on one side alone */
        mb_tally_fini(&tally);
    }
}

/* The largest of all growth is kept, with the case's name, of which too long a one is cut. */
static void test_largest(void)
{
    static const double grown[] = {105, 109, 103};
    char name[MB_ID_BYTES_MAX + 10];
    mb_tally tally = {0};
    for (size_t i = 0; i < 3; i++) {
        mb_comparison c = compared(heap, MB_VERDICT_NOT_REGRESSED, 100, grown[i]);
        c.baseline_exact = c.current_exact = true;
        memset(name, (int)('a' + i), sizeof name);
        name[sizeof name - 1] = '\0';
        if (i != 1)
            name[3] = '\0';
        add(&tally, name, &c, 1);
    }
    CU_ASSERT_EQUAL(tally.judged_growth.count, 3);
    CU_ASSERT_EQUAL(tally.judged_growth.change.difference, 9);
    CU_ASSERT_TRUE(tally.judged_growth.is_exact);
    memset(name, 'b', sizeof name);
    name[MB_ID_BYTES_MAX - 1] = '\0';
    CU_ASSERT_STRING_EQUAL(tally.judged_growth.case_id, name);
    mb_comparison more = compared(heap, MB_VERDICT_NOT_REGRESSED, 100, 110);
    add(&tally, "short", &more, 1);
    CU_ASSERT_STRING_EQUAL(tally.judged_growth.case_id, "short");
    mb_tally_fini(&tally);
}

/* Samples beyond all that is allowed are growth, whatever the medians say, of what gates; from the highest value. */
static void test_tail(void)
{
    static const struct {
        bool gates;
        uint32_t above_count;
        double was, was_highest, is_highest;
        size_t tail_count;
        double grown, ratio;
    } rows[] = {
        {true, 2, 100, 110, 330, 2, 220, 3}, {true, 1, 0, 0, 330, 1, 330, 0},   {true, 0, 100, 110, 330, 0, 0, 0},
        {false, 2, 100, 110, 330, 0, 0, 0},  {true, 2, 100, 330, 330, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_tally tally = {0};
        mb_comparison c =
            compared(heap, rows[i].gates ? MB_VERDICT_NOT_REGRESSED : MB_VERDICT_SHOWN, rows[i].was, rows[i].was);
        c.gates = rows[i].gates;
        c.baseline_count = c.current_count = 20;
        c.above_count = rows[i].above_count;
        c.baseline_highest = rows[i].was_highest;
        c.current_highest = rows[i].is_highest;
        add(&tally, "x", &c, 1);
        const mb_passed_growth *growth = &tally.judged_growth;
        CU_ASSERT_EQUAL(growth->count, rows[i].tail_count > 0);
        CU_ASSERT_EQUAL(tally.unjudged_growth.count, 0);
        CU_ASSERT_EQUAL(growth->tail_count, rows[i].tail_count);
        CU_ASSERT_EQUAL(growth->sample_count, rows[i].tail_count > 0 ? 20 : 0);
        CU_ASSERT_EQUAL(growth->highest, rows[i].tail_count > 0 ? rows[i].is_highest : 0);
        CU_ASSERT_EQUAL(growth->change.difference, rows[i].grown);
        CU_ASSERT_EQUAL(growth->change.ratio, rows[i].ratio);
        mb_tally_fini(&tally);
    }
}

MB_SUITE(tally, {"order", test_order}, {"copies", test_copies}, {"slopes", test_slopes},
         {"passed growth", test_passed_growth}, {"largest growth", test_largest}, {"tail", test_tail});
