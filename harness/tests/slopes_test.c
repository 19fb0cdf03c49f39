#include "judge/sweep.h"
#include "tests/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static mb_arena test_arena; /* of what comparisons point to; never given back */

enum { PAGE = 4096, VALUES = 7, SAMPLES = 20 };

/* A group of cases, one for each N, with samples of one metric on both sides. */
typedef struct sweep_pair {
    mb_case_result was[VALUES], is[VALUES];
    char ids[VALUES][32];
    double samples[2][VALUES][SAMPLES];
    mb_run_info was_run, is_run;
    mb_gate_policy policy;
    mb_metric metric;
} sweep_pair;

static mb_metric heap, anon;

static uint64_t value_at(size_t i) { return (uint64_t)1 << i; }

static void pair_init(sweep_pair *pair, mb_metric metric)
{
    memset(pair, 0, sizeof *pair);
    heap = mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY);
    anon = mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY);
    pair->metric = metric;
    pair->was_run = pair->is_run = (mb_run_info){.architecture = "any", .page_bytes = PAGE};
    mb_gate_policy_init(&pair->policy);
    for (size_t i = 0; i < VALUES; i++) {
        snprintf(pair->ids[i], sizeof pair->ids[i], "jobs/%u", (unsigned)value_at(i));
        mb_case_result made = {.id = pair->ids[i], .group = "jobs", .param_count = 1};
        made.params[0] = (mb_param_value){.name = "jobs", .value = value_at(i)};
        pair->was[i] = pair->is[i] = made;
        pair->was[i].series[metric] = (mb_series){pair->samples[0][i], SAMPLES};
        pair->is[i].series[metric] = (mb_series){pair->samples[1][i], SAMPLES};
    }
}

/* Sets overhead + slope · N on one side, the same in every sample. */
static void set_line(sweep_pair *pair, bool now, double overhead, double slope)
{
    for (size_t i = 0; i < VALUES; i++)
        for (size_t k = 0; k < SAMPLES; k++)
            pair->samples[now][i][k] = overhead + slope * (double)value_at(i);
}

/* Compares and settles; the verdict on the slope. */
static mb_sweep_metric judge(sweep_pair *pair)
{
    mb_sweep_set set = {0};
    mb_slope_verdict verdicts[4];
    size_t scratch[4];
    for (size_t i = 0; i < VALUES; i++) {
        mb_comparison comparisons[MB_METRIC_COUNT];
        size_t count = 0;
        bool is_recorded = pair->was[i].id != NULL;
        if (is_recorded)
            count = mb_compare_case(&pair->was[i], &pair->was_run, &pair->is[i], &pair->is_run, &pair->policy, i,
                                    &test_arena, comparisons);
        CU_ASSERT_TRUE_FATAL(
            mb_sweep_set_add(&set, &pair->is[i], is_recorded ? &pair->was[i] : NULL, comparisons, count));
    }
    CU_ASSERT_TRUE_FATAL(mb_sweep_set_make(&set, &pair->policy));
    size_t count = mb_sweep_set_get(&set, verdicts, 4);
    mb_sweep_settle(verdicts, count, scratch);
    mb_sweep_set_put(&set, verdicts);
    mb_sweep_metric judged = {.verdict = MB_VERDICT_COUNT};
    CU_ASSERT_EQUAL(set.sweep_count, 1);
    if (set.sweep_count == 1)
        judged = set.sweeps[0].metrics[0];
    mb_sweep_set_fini(&set);
    return judged;
}

/* What repeats is compared directly, at the threshold itself, whatever the overhead. */
static void test_exact(void)
{
    static const struct {
        double was_overhead, was_slope, is_overhead, is_slope;
        mb_verdict verdict;
    } rows[] = {
        {1e9, 1000, 1e9, 1000, MB_VERDICT_NOT_REGRESSED},
        {1e9, 1000, 1e9, 1100, MB_VERDICT_NOT_REGRESSED}, /* exactly at the threshold */
        {1e9, 1000, 1e9, 1101, MB_VERDICT_REGRESSED},     /* no case sees 0.006 % */
        {0, 1000, 0, 1101, MB_VERDICT_REGRESSED},
        {1e9, 1000, 1e9 - 1e6, 1200, MB_VERDICT_NOT_REGRESSED}, /* steeper, but the largest case takes less */
        {1e9, 1000, 2e9, 1000, MB_VERDICT_NOT_REGRESSED},       /* overhead is the cases' business */
        {1e9, 1000, 1e9, 900, MB_VERDICT_IMPROVED},
        {1e9, 1000, 1e9, 995, MB_VERDICT_NOT_REGRESSED},
        {5000, 0, 5000, 1, MB_VERDICT_REGRESSED}, /* from nothing */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sweep_pair pair;
        pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
        set_line(&pair, false, rows[i].was_overhead, rows[i].was_slope);
        set_line(&pair, true, rows[i].is_overhead, rows[i].is_slope);
        mb_sweep_metric judged = judge(&pair);
        CU_ASSERT_TRUE(judged.gates && judged.is_compared);
        CU_ASSERT_EQUAL(judged.path, MB_PATH_EXACT);
        CU_ASSERT_EQUAL(judged.current.fit.point_count, VALUES); /* repeats are not evidence */
        CU_ASSERT_EQUAL(judged.has_ratio, rows[i].was_slope > 0);
        if (judged.has_ratio) {
            CU_ASSERT_DOUBLE_EQUAL(judged.ratio, rows[i].is_slope / rows[i].was_slope, 1e-6);
        }
        if (judged.verdict == MB_VERDICT_NOT_REGRESSED) {
            CU_ASSERT_STRING_EQUAL(judged.reason,
                                   rows[i].was_slope == rows[i].is_slope && rows[i].was_overhead == rows[i].is_overhead
                                       ? "unchanged"
                                       : "changed within the threshold");
        }
        CU_ASSERT_EQUAL(judged.verdict, rows[i].verdict);
        CU_ASSERT_DOUBLE_EQUAL(judged.difference, rows[i].is_slope - rows[i].was_slope, 1e-6);
    }
}

/* Bytes on top of the ratio are allowed of all that a sweep adds: 1,000 a unit over 63 units may be 69,300 and so
 * many.
 */
static void test_extra(void)
{
    sweep_pair pair;
    pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
    set_line(&pair, false, 1e9, 1000);
    set_line(&pair, true, 1e9, 1101);
    for (int is_enough = 0; is_enough < 2; is_enough++) {
        pair.policy.threshold_extra[pair.metric] = is_enough ? 63 : 62; /* 63 · 1101 = 69,363 */
        CU_ASSERT_EQUAL(judge(&pair).verdict, is_enough ? MB_VERDICT_NOT_REGRESSED : MB_VERDICT_REGRESSED);
    }
}

/* Bytes are exact: three of them off a line are within 2 on either side, seven are not. */
static void test_quantum(void)
{
    static const struct {
        double off;
        size_t possible_count;
    } rows[] = {{0, 1}, {3, 1}, {7, 0}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        sweep_pair pair;
        pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
        set_line(&pair, false, 5000, 1000);
        set_line(&pair, true, 5000, 1000);
        for (size_t k = 0; k < SAMPLES; k++)
            pair.samples[1][3][k] += rows[r].off;
        mb_growth_fit growth = judge(&pair).current.fit.growth;
        CU_ASSERT_EQUAL(growth.possible_count, rows[r].possible_count);
    }
}

/* Values that vary on one side alone are not exact. */
static void test_one_side_varies(void)
{
    for (int now = 0; now < 2; now++) {
        sweep_pair pair;
        pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
        set_line(&pair, false, 0, 1e6);
        set_line(&pair, true, 0, 1e6);
        for (size_t i = 0; i < VALUES; i++)
            pair.samples[now][i][i] += 64;
        CU_ASSERT_EQUAL(judge(&pair).path, MB_PATH_RANK);
    }
}

/* One case that moves with addresses makes the slope no more exact than it is. */
static void test_moves(void)
{
    sweep_pair pair;
    pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
    set_line(&pair, false, 0, 100000);
    set_line(&pair, true, 0, 150000);
    double moved[5] = {100000, 180000, 100000, 180000, 100000};
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_REGRESSED);
    pair.was[2].conditions[pair.metric] = pair.is[2].conditions[pair.metric] = (mb_series){moved, 5};
    mb_sweep_metric judged = judge(&pair);
    CU_ASSERT_EQUAL(judged.verdict, MB_VERDICT_SHOWN);
    CU_ASSERT_STRING_EQUAL(judged.reason, "one of its cases varies with addresses or seeds");
}

/* Pages: two of them are not growth, and a slope of less than 64 pages has no verdict. */
static void test_pages(void)
{
    sweep_pair pair;
    pair_init(&pair, mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY));
    set_line(&pair, false, 0, 2 * PAGE);
    set_line(&pair, true, 0, 3 * PAGE);
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_REGRESSED);
    set_line(&pair, false, 0, 0.5 * PAGE);
    set_line(&pair, true, 0, 0.75 * PAGE);
    mb_sweep_metric judged = judge(&pair);
    CU_ASSERT_EQUAL(judged.verdict, MB_VERDICT_SHOWN);
    CU_ASSERT_PTR_NOT_NULL(judged.warning);
    CU_ASSERT_STRING_EQUAL(judged.reason, judged.warning);
    /* From nothing to something: the larger side is what has to be resolved. */
    set_line(&pair, false, 0, 0);
    set_line(&pair, true, 0, PAGE);
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_REGRESSED);
}

/* Few samples do not fail what many would: three against three could be chance, once in 20, and below ten nothing
 * fails, by chance or not. What a file says once, of many iterations, is taken as it is. */
static void test_few_samples(void)
{
    static const struct {
        size_t was_count, is_count;
        bool is_counted;
        mb_verdict verdict;
        mb_path path;
    } rows[] = {
        {3, 3, false, MB_VERDICT_SUSPECT, MB_PATH_RANK},     {10, 10, false, MB_VERDICT_REGRESSED, MB_PATH_RANK},
        {20, 9, false, MB_VERDICT_SUSPECT, MB_PATH_RANK},    {20, 10, false, MB_VERDICT_REGRESSED, MB_PATH_EXACT},
        {19, 10, false, MB_VERDICT_REGRESSED, MB_PATH_RANK}, {20, 3, false, MB_VERDICT_SUSPECT, MB_PATH_RANK},
        {3, 10, false, MB_VERDICT_SUSPECT, MB_PATH_RANK}, /* 1 / C(13, 3) */
        {1, 1, true, MB_VERDICT_REGRESSED, MB_PATH_EXACT},   {1, 1, false, MB_VERDICT_SUSPECT, MB_PATH_RANK},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        sweep_pair pair;
        pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
        set_line(&pair, false, 0, 1000);
        set_line(&pair, true, 0, 1200);
        for (size_t i = 0; i < VALUES; i++) {
            pair.was[i].series[pair.metric].count = rows[r].was_count;
            pair.is[i].series[pair.metric].count = rows[r].is_count;
            pair.was[i].is_counted = pair.is[i].is_counted = rows[r].is_counted;
        }
        mb_sweep_metric judged = judge(&pair);
        CU_ASSERT_EQUAL(judged.verdict, rows[r].verdict);
        CU_ASSERT_EQUAL(judged.path, rows[r].path);
        const char *reason = judged.verdict == MB_VERDICT_SUSPECT ? "within chance and drift between sessions" : "";
        CU_ASSERT_STRING_EQUAL(judged.reason != NULL ? judged.reason : "", reason);
    }
}

/* What cannot be compared has no verdict, and says why. */
static void test_not_compared(void)
{
    sweep_pair pair;
    pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
    set_line(&pair, false, 0, 1000);
    set_line(&pair, true, 0, 2000);
    pair.policy.gates[pair.metric] = false;
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_SHOWN);
    pair.policy.gates[pair.metric] = true;
    pair.was_run.architecture = "other";
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_NOT_COMPARABLE);
    CU_ASSERT_FALSE(judge(&pair).gates);
    pair.policy.ignore_environment = true;
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_REGRESSED);
    pair.samples[1][2][1] = NAN;
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_SHOWN);
    CU_ASSERT_STRING_EQUAL(judge(&pair).reason, "too few values");
    pair.samples[1][2][1] = 8000;
    pair.samples[0][2][1] = NAN;
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_SHOWN);
    CU_ASSERT_FALSE(judge(&pair).is_compared);
    pair.samples[0][2][1] = 4000;
    pair.was[3].series[pair.metric].count = 0; /* there, but without this metric */
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_NO_BASELINE);
    CU_ASSERT_STRING_EQUAL(judge(&pair).reason, "the baseline does not have all of its cases");
    pair.was[3].series[pair.metric].count = SAMPLES;
    pair.was[3].id = NULL; /* not in the baseline */
    mb_sweep_metric judged = judge(&pair);
    CU_ASSERT_EQUAL(judged.verdict, MB_VERDICT_NO_BASELINE);
    CU_ASSERT_FALSE(judged.gates);
    CU_ASSERT_TRUE(judged.baseline.is_fitted);
    pair.samples[1][2][1] = NAN;
    CU_ASSERT_EQUAL(judge(&pair).verdict, MB_VERDICT_NO_BASELINE);
}

/* Values that vary by about two percent: what is far beyond threshold and drift allowance fails, what is between
 * them is suspect, the same is not regressed. Fixed values, so that the test cannot flicker. */
static void test_rank(void)
{
    static const struct {
        double ratio;
        mb_verdict verdict;
    } rows[] = {{1, MB_VERDICT_NOT_REGRESSED},
                {1.5, MB_VERDICT_REGRESSED},
                {1.17, MB_VERDICT_SUSPECT},
                {1.06, MB_VERDICT_NOT_REGRESSED},
                {0.7, MB_VERDICT_IMPROVED}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        sweep_pair pair;
        pair_init(&pair, mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY));
        for (size_t i = 0; i < VALUES; i++)
            for (size_t k = 0; k < SAMPLES; k++)
                for (int now = 0; now < 2; now++) {
                    double wave = 0.02 * sin((double)(17 * i + 7 * k + 29 * (size_t)now));
                    double line = 2e6 + 1e6 * (now ? rows[r].ratio : 1) * (double)value_at(i);
                    pair.samples[now][i][k] = round(line * (1 + wave));
                }
        mb_sweep_metric judged = judge(&pair);
        CU_ASSERT_EQUAL(judged.path, MB_PATH_RANK);
        CU_ASSERT_EQUAL(judged.verdict, rows[r].verdict);
        CU_ASSERT_EQUAL(judged.reason == NULL, judged.verdict != MB_VERDICT_SUSPECT);
        CU_ASSERT_EQUAL(judged.p_adjusted < 0.001, judged.verdict == MB_VERDICT_REGRESSED);
        CU_ASSERT_EQUAL(judged.p_adjusted == 1, judged.verdict != MB_VERDICT_REGRESSED);
    }
}

/* However many sizes there are: growth that varies fails, and what is the same does not. */
static void test_many_sizes(void)
{
    enum { MANY = 1000, FEW_SAMPLES = 10 };
    static const size_t counts[] = {40, 512, MANY};
    static double samples[2][MANY][FEW_SAMPLES];
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    mb_run_info run = {.architecture = "any", .page_bytes = PAGE};
    for (size_t c = 0; c < 3; c++)
        for (int grows = 0; grows < 2; grows++) {
            mb_sweep_set set = {0};
            for (size_t i = 0; i < counts[c]; i++) {
                mb_comparison found[MB_METRIC_COUNT];
                mb_case_result sides[2];
                for (int now = 0; now < 2; now++) {
                    sides[now] = (mb_case_result){.id = "g/n", .group = "g", .param_count = 1};
                    sides[now].params[0] = (mb_param_value){.name = "n", .value = i + 1};
                    sides[now].series[heap] = (mb_series){samples[now][i], FEW_SAMPLES};
                    for (size_t k = 0; k < FEW_SAMPLES; k++)
                        samples[now][i][k] = round((2e6 + (now && grows ? 1.5e6 : 1e6) * (double)(i + 1)) *
                                                   (1 + 0.01 * sin((double)(17 * i + 7 * k + 29 * (size_t)now))));
                }
                size_t count = mb_compare_case(&sides[0], &run, &sides[1], &run, &policy, i, NULL, found);
                CU_ASSERT_TRUE_FATAL(mb_sweep_set_add(&set, &sides[1], &sides[0], found, count));
            }
            CU_ASSERT_TRUE_FATAL(mb_sweep_set_make(&set, &policy));
            mb_slope_verdict verdict;
            size_t scratch[1];
            CU_ASSERT_EQUAL_FATAL(mb_sweep_set_get(&set, &verdict, 1), 1);
            mb_sweep_settle(&verdict, 1, scratch);
            CU_ASSERT_EQUAL(verdict.verdict, grows ? MB_VERDICT_REGRESSED : MB_VERDICT_NOT_REGRESSED);
            mb_sweep_set_fini(&set);
        }
}

/* Memory of threads moves by itself: on fewer than 40 samples its slope does not fail, though it repeats. */
static void test_threads(void)
{
    sweep_pair pair;
    pair_init(&pair, mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY));
    set_line(&pair, false, 0, 10 * PAGE);
    set_line(&pair, true, 0, 20 * PAGE);
    for (size_t i = 0; i < VALUES; i++)
        pair.was[i].flags = pair.is[i].flags = MB_CASE_THREADS;
    mb_sweep_metric judged = judge(&pair);
    CU_ASSERT_EQUAL(judged.path, MB_PATH_RANK);
    CU_ASSERT_NOT_EQUAL(judged.verdict, MB_VERDICT_REGRESSED);
}

static void add_case(mb_sweep_set *set, const char *id, const char *function, mb_param_value first,
                     mb_param_value second, mb_outcome outcome)
{
    static double value = 4096;
    mb_case_result made = {.id = id, .group = "g", .function = function, .outcome = outcome, .param_count = 2};
    made.params[0] = first;
    made.params[1] = second;
    made.series[0] = (mb_series){&value, 1};
    CU_ASSERT_FALSE(mb_sweep_set_ends(set, &made));
    CU_ASSERT_TRUE_FATAL(mb_sweep_set_add(set, &made, NULL, NULL, 0));
}

/* Which cases belong together, and what the sweep is called. */
static void test_sets(void)
{
    mb_sweep_set set = {0};
    static const char *const labels[] = {"tiny", "large"};
    char ids[2][4][32];
    for (uint64_t m = 0; m < 2; m++)
        for (uint64_t n = 0; n < 4; n++) {
            mb_param_value module = {.name = "module", .value = m, .label = labels[m]};
            mb_param_value count = {.name = "engines", .value = 1 + n * 5};
            snprintf(ids[m][n], sizeof ids[m][n], "g/%s/%u", labels[m], (unsigned)count.value);
            bool is_lost = m == 1 && n == 3;
            add_case(&set, ids[m][n], NULL, module, count, is_lost ? MB_OUTCOME_CRASHED : MB_OUTCOME_OK);
        }
    /* Another function of the group, with the number in the middle and out of order; and two values of a third. */
    static const uint64_t counts[] = {30, 10, 20};
    for (size_t i = 0; i < 3; i++) {
        char id[32];
        snprintf(id, sizeof id, "g/f/%u/tiny", (unsigned)counts[i]);
        add_case(&set, id, "f", (mb_param_value){.name = "engines", .value = counts[i]},
                 (mb_param_value){.name = "module", .value = 0, .label = "tiny"}, MB_OUTCOME_OK);
        if (i < 2)
            add_case(&set, "g/h/x", "h", (mb_param_value){.name = "engines", .value = counts[i]},
                     (mb_param_value){.name = "module", .value = 0, .label = "tiny"}, MB_OUTCOME_OK);
    }
    mb_case_result other = {.id = "other/1", .group = "other"};
    CU_ASSERT_TRUE(mb_sweep_set_ends(&set, &other));
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    CU_ASSERT_TRUE_FATAL(mb_sweep_set_make(&set, &policy));
    CU_ASSERT_EQUAL_FATAL(set.sweep_count, 3);
    CU_ASSERT_EQUAL(set.sweeps[0].metrics[0].verdict, MB_VERDICT_NO_BASELINE);
    CU_ASSERT_STRING_EQUAL(set.sweeps[0].name, "g/tiny");
    CU_ASSERT_EQUAL(set.sweeps[0].value_count, 4);
    CU_ASSERT_EQUAL(set.sweeps[0].x_high, 16);
    CU_ASSERT_STRING_EQUAL(set.sweeps[0].unit_word, "engine");
    CU_ASSERT_STRING_EQUAL(set.sweeps[1].name, "g/large");
    CU_ASSERT_EQUAL(set.sweeps[1].value_count, 3);
    CU_ASSERT_STRING_EQUAL(set.sweeps[2].name, "g/f/*/tiny");
    CU_ASSERT_EQUAL(set.sweeps[2].x_low, 10);
    CU_ASSERT_EQUAL(set.sweeps[2].x_high, 30);
    mb_sweep_set_clear(&set);
    CU_ASSERT_FALSE(mb_sweep_set_ends(&set, &other));
    CU_ASSERT_TRUE(mb_sweep_set_make(&set, &policy));
    CU_ASSERT_EQUAL(set.sweep_count, 0);
    mb_sweep_set_fini(&set);
}

static mb_sweep_set made_of(const uint64_t *values, size_t count, const char *const *labels, const char *functions)
{
    mb_sweep_set set = {0};
    static double value = 4096;
    mb_gate_policy policy;
    mb_gate_policy_init(&policy);
    for (size_t i = 0; i < count; i++) {
        char id[32], function[2] = {functions[i], '\0'};
        snprintf(id, sizeof id, "g/%s/%u", function, (unsigned)values[i]);
        mb_case_result made = {.id = id, .group = "g", .function = function, .param_count = 1};
        made.params[0] = (mb_param_value){.name = "n", .value = values[i], .label = labels != NULL ? labels[i] : NULL};
        made.series[0] = (mb_series){&value, 1};
        made.series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)] = (mb_series){&value, 1};
        for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
            if (mb_metric_info(m)->is_low_end)
                made.series[m] = (mb_series){&value, 1};
        CU_ASSERT_TRUE_FATAL(mb_sweep_set_add(&set, &made, NULL, NULL, 0));
    }
    CU_ASSERT_TRUE_FATAL(mb_sweep_set_make(&set, &policy));
    return set;
}

/* Times are not swept over, nor the lower ends of intervals; names are not numbers; two sweeps come in the order of
 * their cases, whichever function is first; another program's cases are others. */
static void test_what_is_swept(void)
{
    static const uint64_t values[] = {1, 2, 3, 1, 2, 3};
    static const char *const labels[] = {"a", "b", "c", "d", "e", "f"};
    mb_sweep_set set = made_of(values, 3, NULL, "fff");
    CU_ASSERT_EQUAL_FATAL(set.sweep_count, 1);
    CU_ASSERT_EQUAL_FATAL(set.sweeps[0].metric_count, 1);
    CU_ASSERT_EQUAL(set.sweeps[0].metrics[0].metric, 0);
    mb_case_result next = {.id = "g/f/4", .group = "g"};
    CU_ASSERT_FALSE(mb_sweep_set_ends(&set, &next));
    next.program = 1;
    CU_ASSERT_TRUE(mb_sweep_set_ends(&set, &next));
    next = (mb_case_result){.id = "f/4"}; /* of no group */
    CU_ASSERT_TRUE(mb_sweep_set_ends(&set, &next));
    mb_sweep_set_fini(&set);
    next.param_count = 1;
    next.params[0] = (mb_param_value){.name = "n"};
    CU_ASSERT_TRUE_FATAL(mb_sweep_set_add(&set, &next, NULL, NULL, 0));
    CU_ASSERT_FALSE(mb_sweep_set_ends(&set, &next));
    mb_sweep_set_fini(&set);
    next.program = 2;
    CU_ASSERT_TRUE_FATAL(mb_sweep_set_add(&set, &next, NULL, NULL, 0));
    CU_ASSERT_FALSE(mb_sweep_set_ends(&set, &next));
    next.program = 0;
    CU_ASSERT_TRUE(mb_sweep_set_ends(&set, &next));
    mb_sweep_set_fini(&set);
    set = made_of(values, 3, labels, "fff");
    CU_ASSERT_EQUAL(set.sweep_count, 0);
    mb_sweep_set_fini(&set);
    static const char *const orders[] = {"fffggg", "gggfff", "xxxyyy", "yyyxxx"};
    for (size_t i = 0; i < 4; i++) {
        set = made_of(values, 6, NULL, orders[i]);
        CU_ASSERT_EQUAL_FATAL(set.sweep_count, 2);
        CU_ASSERT_EQUAL(set.sweeps[0].function[0], orders[i][0]);
        mb_sweep_set_fini(&set);
    }
}

/* Holm's correction: what would be sure alone is suspect among very many. */
static void test_family(void)
{
    enum { COUNT = 1000 };
    static mb_slope_verdict verdicts[COUNT];
    static size_t scratch[COUNT];
    for (size_t count = 1; count <= COUNT; count += COUNT - 1) {
        for (size_t i = 0; i < count; i++)
            verdicts[i] = (mb_slope_verdict){.p_fail = 1, .p_suspect = 1, .verdict = MB_VERDICT_NOT_REGRESSED};
        verdicts[0].p_fail = verdicts[0].p_suspect = 1e-5;
        mb_sweep_settle(verdicts, count, scratch);
        CU_ASSERT_EQUAL(verdicts[0].verdict, count == 1 ? MB_VERDICT_REGRESSED : MB_VERDICT_SUSPECT);
        CU_ASSERT_DOUBLE_EQUAL(verdicts[0].p_adjusted, 1e-5 * (double)count, 1e-12);
        CU_ASSERT_EQUAL(verdicts[count - 1].verdict, count == 1 ? MB_VERDICT_REGRESSED : MB_VERDICT_NOT_REGRESSED);
    }
    mb_sweep_settle(NULL, 0, scratch);
}

MB_SUITE(slopes, {"exact", test_exact}, {"extra", test_extra}, {"quantum", test_quantum},
         {"one side varies", test_one_side_varies}, {"moves", test_moves}, {"pages", test_pages},
         {"few samples", test_few_samples}, {"not compared", test_not_compared}, {"rank path", test_rank},
         {"many sizes", test_many_sizes}, {"threads", test_threads}, {"sets", test_sets},
         {"what is swept", test_what_is_swept}, {"family", test_family});
