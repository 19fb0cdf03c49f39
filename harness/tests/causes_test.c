/* Findings that one change explains are one cause, and those that it does not are not. */
#include "judge/causes.h"
#include "report/cause_words.h"
#include "tests/report_fixture.h"
#include "tests/suite.h"

#include <string.h>

enum { POINTS_MAX = 4 };

static const mb_metric heap = MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES;
static const mb_metric cold_heap = MB_HEAP_LIVE_BYTES;
static const mb_metric anon = MB_QUANTITY_WINDOWED_COUNT + MB_ANON_DELTA_BYTES;

/* Cases of jobs 10, 20, 40, 80 whose metric grew so, and how many causes that is. */
static const struct row {
    const char *what;
    mb_metric metric;
    double grown[POINTS_MAX]; /* 0: this case did not */
    size_t cause_count;
    const char *growth; /* of the first cause */
} rows[] = {
    {"so much a job",
     MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES,
     {1440, 2880, 5760, 11520},
     1,
     "heap +144 B per job"},
    {"the same each",
     MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES,
     {4096, 4096, 4096, 4096},
     1,
     "heap +4.00 KiB each"},
    {"both",
     MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES,
     {11440, 12880, 15760, 21520},
     1,
     "heap +144 B per job and +9.77 KiB"},
    {"rounded to pages",
     MB_QUANTITY_WINDOWED_COUNT + MB_ANON_DELTA_BYTES,
     {40960, 81920, 167936, 327680},
     1,
     "anon +4.00 KiB per job"},
    {"two of them, from the origin",
     MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES,
     {1440, 0, 0, 11520},
     1,
     "heap +144 B per job"},
    {"two of them, by chance on a line", MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES, {1440, 0, 0, 5000}, 2, NULL},
    {"each by another amount", MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES, {9000, 2000, 700, 5000}, 4, NULL},
    {"one of them", MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES, {0, 2880, 0, 0}, 1, "heap +14.4% (+2.81 KiB)"},
};

static void add(fixture *made, mb_tally *tally, size_t point, mb_metric metric, mb_verdict verdict, double difference)
{
    static const char *const ids[POINTS_MAX] = {"jobs/10", "jobs/20", "jobs/40", "jobs/80"};
    static const uint64_t counts[POINTS_MAX] = {10, 20, 40, 80};
    fixture_add_jobs(made, ids[point], counts[point]);
    fixture_compare(made, metric, verdict, 20000, 20000 + difference, true);
    CU_ASSERT_TRUE(mb_tally_add(tally, &made->items[made->item_count - 1]));
}

static void check_row(const struct row *r)
{
    fixture made;
    mb_tally tally = {0};
    mb_causes causes;
    char text[MB_CAUSE_TEXT_MAX];
    size_t finding_count = 0;
    fixture_init_plain(&made);
    for (size_t i = 0; i < POINTS_MAX; i++)
        if (r->grown[i] != 0)
            add(&made, &tally, i, r->metric, MB_VERDICT_REGRESSED, r->grown[i]);
    mb_tally_sort(&tally);
    CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
    if (causes.count != r->cause_count)
        fprintf(stderr, "%s: %zu causes\n", r->what, causes.count);
    CU_ASSERT_EQUAL(causes.count, r->cause_count);
    for (size_t i = 0; i < causes.count; i++)
        finding_count += causes.causes[i].finding_count;
    CU_ASSERT_EQUAL(finding_count, tally.finding_count); /* none is lost */
    if (r->growth != NULL && strcmp(mb_cause_growth(&causes.causes[0], text), r->growth) != 0)
        fprintf(stderr, "%s: %s\n", r->what, text);
    if (r->growth != NULL)
        CU_ASSERT_STRING_EQUAL(mb_cause_growth(&causes.causes[0], text), r->growth);
    mb_causes_fini(&causes);
    mb_tally_fini(&tally);
    fixture_fini(&made);
}

static void test_folding(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(&rows[i]);
}

/* Other verdicts, groups and metrics are other causes; the order is that of the findings. */
static void test_apart(void)
{
    fixture made;
    mb_tally tally = {0};
    mb_causes causes;
    fixture_init_plain(&made);
    add(&made, &tally, 0, heap, MB_VERDICT_IMPROVED, -4096);
    add(&made, &tally, 1, heap, MB_VERDICT_REGRESSED, 4096);
    add(&made, &tally, 2, anon, MB_VERDICT_REGRESSED, 40960);
    add(&made, &tally, 3, heap, MB_VERDICT_REGRESSED, 4096);
    fixture_add_jobs(&made, "else/10", 10)->group = "else";
    fixture_compare(&made, heap, MB_VERDICT_REGRESSED, 20000, 24096, true);
    CU_ASSERT_TRUE(mb_tally_add(&tally, &made.items[made.item_count - 1]));
    mb_tally_sort(&tally);
    CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
    CU_ASSERT_EQUAL_FATAL(causes.count, 4);
    CU_ASSERT_STRING_EQUAL(causes.causes[0].findings[0]->case_id, "jobs/40"); /* grew most */
    CU_ASSERT_EQUAL(causes.causes[1].finding_count, 2);
    CU_ASSERT_STRING_EQUAL(causes.causes[2].findings[0]->case_id, "else/10");
    CU_ASSERT_EQUAL(causes.causes[3].kind, MB_FINDING_IMPROVED);
    mb_causes_fini(&causes);
    mb_tally_fini(&tally);
    fixture_fini(&made);
}

/* A metric that tells the same is named, another one has its numbers. */
static void test_also(void)
{
    fixture made;
    mb_tally tally = {0};
    mb_causes causes;
    char text[MB_CAUSE_TEXT_MAX];
    fixture_init_plain(&made);
    fixture_add_jobs(&made, "jobs/10", 10);
    fixture_compare(&made, heap, MB_VERDICT_REGRESSED, 20000, 40000, true);
    fixture_compare(&made, cold_heap, MB_VERDICT_REGRESSED, 20000, 40000, true);
    fixture_compare(&made, anon, MB_VERDICT_REGRESSED, 20480, 45056, true);
    fixture_compare(&made, MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_RETAINED_BYTES, MB_VERDICT_REGRESSED, 0, 2000, true);
    fixture_compare(&made, MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_ALLOC_COUNT, MB_VERDICT_REGRESSED, 100, 150, true);
    CU_ASSERT_TRUE(mb_tally_add(&tally, &made.items[made.item_count - 1]));
    mb_tally_sort(&tally);
    CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
    CU_ASSERT_EQUAL_FATAL(causes.count, 1);
    CU_ASSERT_STRING_EQUAL(
        mb_cause_line(&causes.causes[0], text),
        "heap +100% (+19.5 KiB); also anon (first use too); calls +50.0% (+50), heap kept +1.95 KiB");
    mb_causes_fini(&causes);
    mb_tally_fini(&tally);
    fixture_fini(&made);
}

/* Findings without numbers are one cause when they say the same. */
static void test_without_numbers(void)
{
    static const char *const messages[] = {"SIGSEGV", "SIGSEGV", "SIGBUS"};
    fixture made;
    mb_tally tally = {0};
    mb_causes causes;
    char text[MB_CAUSE_TEXT_MAX];
    fixture_init_plain(&made);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        mb_case_result *result = fixture_add_jobs(&made, "jobs/10", 10);
        result->outcome = MB_OUTCOME_CRASHED;
        result->message = messages[i];
        CU_ASSERT_TRUE(mb_tally_add(&tally, &made.items[made.item_count - 1]));
    }
    mb_tally_sort(&tally);
    CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
    CU_ASSERT_EQUAL_FATAL(causes.count, 2);
    CU_ASSERT_EQUAL(causes.causes[0].finding_count, 2);
    CU_ASSERT_STRING_EQUAL(mb_cause_line(&causes.causes[0], text), "crashed: SIGSEGV");
    mb_causes_fini(&causes);
    mb_tally_fini(&tally);
    fixture_fini(&made);
}

/* Two cases of one group without parameters: how far apart they may grow and still be one cause. */
static void test_slack(void)
{
    static const mb_metric calls = MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_ALLOC_COUNT;
    const struct {
        mb_metric metric;
        double grown[2];
        size_t count;
    } pairs[] = {
        {heap, {100, 164}, 1},       {heap, {100, 166}, 2},       /* 32 bytes off their mean */
        {calls, {10, 12}, 1},        {calls, {10, 13}, 2},        /* one call */
        {anon, {8192, 16384}, 1},    {anon, {8192, 16386}, 2},    /* a page */
        {heap, {100000, 110000}, 1}, {heap, {100000, 110600}, 2}, /* a twentieth */
        {heap, {-10, 10}, 2},        {heap, {-100, -120}, 1},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        mb_finding_change changes[2];
        mb_finding findings[2];
        mb_causes causes;
        for (size_t k = 0; k < 2; k++) {
            changes[k] = (mb_finding_change){.metric = pairs[i].metric, .difference = pairs[i].grown[k]};
            findings[k] =
                (mb_finding){.case_id = "g/x", .group = "g", .function = "", .changes = &changes[k], .change_count = 1};
        }
        mb_tally tally = {.findings = findings, .finding_count = 2};
        CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
        CU_ASSERT_EQUAL(causes.count, pairs[i].count);
        CU_ASSERT_EQUAL(causes.causes[0].fixed != 0, pairs[i].count == 1); /* only what several have in common */
        mb_causes_fini(&causes);
    }
}

/* A case of that parameter whose live heap grew by so much. */
static mb_finding grown_case(mb_param_value *param, mb_finding_change *change, double grown_bytes)
{
    *change = (mb_finding_change){.metric = MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES, .difference = grown_bytes};
    return (mb_finding){.case_id = "g/x",
                        .group = "g",
                        .function = "",
                        .params = param,
                        .param_count = 1,
                        .changes = change,
                        .change_count = 1};
}

/* Lines over a parameter: by least squares, with what is there next to it, or from the origin. */
static void test_lines(void)
{
    static const struct {
        uint64_t x[4];
        double grown[4];
        size_t count, cause_count;
        bool has_unit;
        double per_unit, fixed;
    } lines[] = {
        {{10, 20, 40}, {1000, 2000, 4000}, 3, 1, true, 100, 0},
        {{10, 20, 40}, {6000, 7000, 9000}, 3, 1, true, 100, 5000},
        {{10, 20}, {1000, 2000}, 2, 1, true, 100, 0},
        {{10, 20}, {6000, 7000}, 2, 2, false, 0, 0},           /* two points are always on a line */
        {{10, 20, 40}, {9000, 7000, 3000}, 3, 3, false, 0, 0}, /* it grew, but less a unit */
        {{10, 20, 40}, {-1000, -2000, -4000}, 3, 1, true, -100, 0},
        {{10, 20, 40}, {1000, 2100, 4000}, 3, 1, true, 139000.0 / 1400, 50}, /* within a twentieth */
        {{10, 20, 40}, {1000, 2400, 4000}, 3, 3, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        mb_finding_change changes[4];
        mb_finding findings[4];
        mb_param_value params[4];
        mb_causes causes;
        for (size_t k = 0; k < lines[i].count; k++) {
            params[k] = (mb_param_value){.name = "jobs", .value = lines[i].x[k]};
            findings[k] = grown_case(&params[k], &changes[k], lines[i].grown[k]);
        }
        mb_tally tally = {.findings = findings, .finding_count = lines[i].count};
        CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
        CU_ASSERT_EQUAL(causes.count, lines[i].cause_count);
        CU_ASSERT_EQUAL(causes.causes[0].has_unit, lines[i].has_unit);
        CU_ASSERT_DOUBLE_EQUAL(causes.causes[0].per_unit, lines[i].per_unit, 0.01);
        CU_ASSERT_DOUBLE_EQUAL(causes.causes[0].fixed, lines[i].fixed, 1e-6);
        CU_ASSERT_STRING_EQUAL(causes.causes[0].unit_word, lines[i].has_unit ? "job" : "");
        mb_causes_fini(&causes);
    }
}

/* A slope joins the cause of its group that grew by so much a unit in its metric, and is one of its own elsewhere. */
static void test_slope_joins(void)
{
    static const struct {
        const char *group;
        mb_metric metric, other; /* of the slope; 0: one alone */
        double grown[2];
        size_t cause_count;
    } joins[] = {
        {"g", MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES, 0, {1000, 2000}, 1},
        {"g",
         MB_QUANTITY_WINDOWED_COUNT + MB_ANON_DELTA_BYTES,
         MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES,
         {1000, 2000},
         1},
        {"g", MB_QUANTITY_WINDOWED_COUNT + MB_ANON_DELTA_BYTES, 0, {1000, 2000}, 2},
        {"h", MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES, 0, {1000, 2000}, 2},
        {"g", MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES, 0, {1000, 1000}, 2}, /* grew by the same each: no unit */
    };
    for (size_t i = 0; i < sizeof joins / sizeof joins[0]; i++) {
        mb_finding_change changes[4];
        mb_finding findings[3];
        mb_param_value params[2];
        mb_causes causes;
        for (size_t k = 0; k < 2; k++) {
            params[k] = (mb_param_value){.name = "jobs", .value = 10 * (k + 1)};
            findings[k] = grown_case(&params[k], &changes[k], joins[i].grown[k]);
        }
        changes[2] = (mb_finding_change){.metric = joins[i].metric, .difference = 100};
        changes[3] = (mb_finding_change){.metric = joins[i].other, .difference = 100};
        findings[2] = (mb_finding){.case_id = "g",
                                   .group = joins[i].group,
                                   .function = "",
                                   .is_slope = true,
                                   .unit_word = i == 3 ? NULL : "job",
                                   .changes = &changes[2],
                                   .change_count = joins[i].other != 0 ? 2 : 1};
        mb_tally tally = {.findings = findings, .finding_count = 3};
        CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
        CU_ASSERT_EQUAL_FATAL(causes.count, joins[i].cause_count);
        const mb_cause *last = &causes.causes[causes.count - 1];
        CU_ASSERT_EQUAL(last->slope_count, 1);
        CU_ASSERT_EQUAL(last->finding_count, causes.count == 1 ? 2 : 1);
        CU_ASSERT_EQUAL(causes.causes[0].slope_count, causes.count == 1);
        if (causes.count == 1) {
            CU_ASSERT_PTR_EQUAL(last->slope, &findings[2]);
        } else {
            CU_ASSERT_EQUAL(last->per_unit, 100);
            CU_ASSERT_TRUE(last->has_unit);
            CU_ASSERT_STRING_EQUAL(last->unit_word, i == 3 ? "unit" : "job");
        }
        mb_causes_fini(&causes);
    }
}

/* Which parameter varies: one number, or nothing that a line could be drawn over. Growth is on one over the first. */
static void test_varied(void)
{
    static const struct {
        mb_param_value params[3][2];
        size_t param_counts[3], cause_count;
    } rows_of_params[] = {
        {{{{.name = "n", .value = 10}, {.value = 5}},
          {{.name = "n", .value = 20}, {.value = 5}},
          {{.name = "n", .value = 40}, {.value = 5}}},
         {2, 2, 2},
         1},
        {{{{.name = "n", .value = 10}, {.value = 5}},
          {{.name = "n", .value = 20}, {.value = 6}},
          {{.name = "n", .value = 40}, {.value = 5}}},
         {2, 2, 2},
         3},
        {{{{.name = "n", .value = 10}, {.value = 5, .label = "a"}},
          {{.name = "n", .value = 20}, {.value = 5, .label = "a"}},
          {{.name = "n", .value = 40}, {.value = 5, .label = "a"}}},
         {2, 2, 2},
         1},
        {{{{.name = "n", .value = 10}, {.value = 5, .label = "a"}},
          {{.name = "n", .value = 20}, {.value = 5, .label = "b"}},
          {{.name = "n", .value = 40}, {.value = 5, .label = "a"}}},
         {2, 2, 2},
         3},
        {{{{.name = "n", .value = 10}, {.value = 5}},
          {{.name = "n", .value = 20}, {.value = 5, .label = "b"}},
          {{.name = "n", .value = 40}, {.value = 5}}},
         {2, 2, 2},
         3},
        {{{{.name = "n", .value = 10, .label = "x"}},
          {{.name = "n", .value = 20, .label = "y"}},
          {{.name = "n", .value = 40, .label = "z"}}},
         {1, 1, 1},
         3},
        {{{{.name = "n", .value = 10}}, {{.name = "n", .value = 20, .label = "y"}}, {{.name = "n", .value = 40}}},
         {1, 1, 1},
         3},
        {{{{.name = "n", .value = 10}, {.value = 5}},
          {{.name = "n", .value = 20}},
          {{.name = "n", .value = 40}, {.value = 5}}},
         {2, 1, 2},
         3},
        {{{{.name = "m", .value = 5}, {.name = "n", .value = 10}},
          {{.name = "m", .value = 5}, {.name = "n", .value = 20}},
          {{.name = "m", .value = 5}, {.name = "n", .value = 40}}},
         {2, 2, 2},
         1},
        {{{{.value = 10}}, {{.value = 10}}, {{.value = 10}}}, {1, 1, 1}, 3},
    };
    for (size_t i = 0; i < sizeof rows_of_params / sizeof rows_of_params[0]; i++) {
        mb_finding_change changes[3];
        mb_finding findings[3];
        mb_causes causes;
        for (size_t k = 0; k < 3; k++) {
            changes[k] = (mb_finding_change){.metric = heap, .difference = 100000 * (double)(1u << k)};
            findings[k] = (mb_finding){.case_id = "g/x",
                                       .group = "g",
                                       .function = "",
                                       .params = rows_of_params[i].params[k],
                                       .param_count = rows_of_params[i].param_counts[k],
                                       .changes = &changes[k],
                                       .change_count = 1};
        }
        mb_tally tally = {.findings = findings, .finding_count = 3};
        CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
        CU_ASSERT_EQUAL(causes.count, rows_of_params[i].cause_count);
        if (causes.count == 1) {
            CU_ASSERT_DOUBLE_EQUAL(causes.causes[0].per_unit, 10000, 1e-6);
        }
        mb_causes_fini(&causes);
    }
}

static bool is_same(const mb_finding *a, const mb_finding *b)
{
    const char *a_since = a->since != NULL ? a->since : "", *b_since = b->since != NULL ? b->since : "";
    const char *a_message = a->message != NULL ? a->message : "", *b_message = b->message != NULL ? b->message : "";
    return a->kind == b->kind && strcmp(a->group, b->group) == 0 && strcmp(a->function, b->function) == 0 &&
           strcmp(a_since, b_since) == 0 && strcmp(a_message, b_message) == 0 && a->outcome == b->outcome &&
           a->change_count == b->change_count &&
           (a->change_count == 0 || a->changes[0].metric == b->changes[0].metric) && a->group[0] != '\0';
}

/* In any order: one cause for all that are alike in everything, in the order of the first. */
static void test_any_order(void)
{
    enum { COUNT = 24 };
    static const char *const words[] = {"", "a", "b"};
    uint64_t state = 9;
    for (int trial = 0; trial < 2000; trial++) {
        mb_finding_change changes[COUNT];
        mb_finding findings[COUNT];
        mb_causes causes;
        size_t firsts[COUNT], sizes[COUNT], expected = 0, at[8];
        for (size_t i = 0; i < COUNT; i++) {
            for (size_t k = 0; k < 8; k++) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                at[k] = (size_t)(state >> 40);
            }
            changes[i] = (mb_finding_change){.metric = at[0] % 5 == 0   ? anon
                                                       : at[0] % 2 == 0 ? heap
                                                                        : 0,
                                             .difference = 9000};
            findings[i] = (mb_finding){.kind = (mb_finding_kind)(i / 8),
                                       .case_id = "x",
                                       .group = words[at[1] % 8 == 0 ? 0 : 1 + at[2] % 2],
                                       .function = words[at[3] % 4 == 0],
                                       .since = at[4] % 4 == 0 ? "v1" : NULL,
                                       .message = at[5] % 4 == 0 ? "why" : NULL,
                                       .outcome = at[6] % 4 == 0 ? MB_OUTCOME_CRASHED : MB_OUTCOME_OK,
                                       .changes = &changes[i],
                                       .change_count = at[7] % 4 != 0};
        }
        for (size_t i = 0; i < COUNT; i++) {
            size_t e = 0;
            while (e < expected && !is_same(&findings[firsts[e]], &findings[i]))
                e++;
            if (e == expected) {
                firsts[expected] = i;
                sizes[expected++] = 0;
            }
            sizes[e]++;
        }
        mb_tally tally = {.findings = findings, .finding_count = COUNT};
        CU_ASSERT_TRUE_FATAL(mb_causes_make(&causes, &tally));
        CU_ASSERT_EQUAL_FATAL(causes.count, expected);
        for (size_t e = 0; e < expected; e++) {
            CU_ASSERT_PTR_EQUAL(causes.causes[e].findings[0], &findings[firsts[e]]);
            CU_ASSERT_EQUAL(causes.causes[e].finding_count, sizes[e]);
            CU_ASSERT_TRUE(sizes[e] > 1 || causes.causes[e].fixed == 0); /* only what several have in common */
        }
        mb_causes_fini(&causes);
    }
}

/* Live heap first, then anonymous memory, then what else the heap hook counts, then the rest. */
static void test_rank(void)
{
    CU_ASSERT_EQUAL(mb_cause_rank(heap), 0);
    CU_ASSERT_EQUAL(mb_cause_rank(cold_heap), 1);
    CU_ASSERT_EQUAL(mb_cause_rank(anon), 2);
    CU_ASSERT_EQUAL(mb_cause_rank(MB_ANON_DELTA_BYTES), 3);
    CU_ASSERT_EQUAL(mb_cause_rank(MB_HEAP_ALLOC_COUNT), 4);
    CU_ASSERT_EQUAL(mb_cause_rank(MB_RSS_DELTA_BYTES), 5);
}

MB_SUITE(causes, {"slack", test_slack}, {"lines", test_lines}, {"varied", test_varied},
         {"slope joins", test_slope_joins}, {"any order", test_any_order}, {"rank", test_rank},
         {"folding", test_folding}, {"apart", test_apart}, {"also", test_also},
         {"without numbers", test_without_numbers});
