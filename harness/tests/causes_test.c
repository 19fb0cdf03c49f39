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

MB_SUITE(causes, {"folding", test_folding}, {"apart", test_apart}, {"also", test_also},
         {"without numbers", test_without_numbers});
