/* Proves that a worker's events become results exactly, and that one wrong line keeps all of them out. */
#include "store/collect.h"
#include "tests/results_fixture.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELLO "{\"event\":\"hello\",\"protocol\":1,\"libc\":\"glibc 2.36\",\"allocator\":\"glibc 2.36\"}\n"
#define BEGIN(window) "{\"event\":\"begin\",\"window\":\"" window "\"}\n"
#define END(values) "{\"event\":\"end\",\"values\":{" values "}}\n"
#define DONE "{\"event\":\"done\",\"outcome\":\"ok\",\"operation_count\":10}\n"
#define COLD(values) BEGIN("cold") END(values)

static mb_error error;

/* Feeds all lines of text to a new sample; a half line at the end is not fed, as process/ does not. */
static mb_sample *feed(mb_pass pass, const char *text)
{
    mb_sample *sample = mb_sample_new(pass);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
    error = (mb_error){0};
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1)
        if (mb_sample_line(sample, text, (size_t)(end - text), &error) != MB_OK)
            break;
    return sample;
}

static mb_status add(mb_collector *collector, mb_pass pass, const char *text)
{
    mb_sample *sample = feed(pass, text);
    mb_status status = mb_collector_add(collector, sample, &error);
    mb_sample_free(sample);
    return status;
}

static void check_series(const mb_series *series, size_t count, const double *values)
{
    CU_ASSERT_EQUAL_FATAL(series->count, count);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(series->values[i], values[i]);
}

static void test_protocol_example(void)
{
    mb_arena arena = {0};
    mb_case_result result = {.id = "a"};
    mb_collector collector;
    mb_collector_init(&collector, &result, &arena);
    static const char text[] = HELLO "{\"event\":\"later\",\"x\":[1,{}]}\n" BEGIN(
        "cold") "{\"event\":\"mark\",\"name\":\"half "
                "built\",\"values\":{\"rss_delta_bytes\":4096,\"anon_delta_bytes\":-4096}}\n"
                "{\"event\":\"region\",\"name\":\"arena\",\"nominal_bytes\":65536,\"resident_bytes\":8192}\n"
                "{\"event\":\"region\",\"name\":\"unreadable\",\"nominal_bytes\":4096}\n"
                "{\"event\":\"count\",\"name\":\"n\",\"value\":1}\n{\"event\":\"count\",\"name\":\"n\",\"value\":-5000}"
                "\n"
                "{\"event\":\"end\",\"values\":{\"anon_delta_bytes\":155648,\"rss_delta_bytes\":null,\"new_metric\":1},"
                "\"missing\":{\"footprint_bytes\":\"why\",\"anon_delta_bytes\":\"not looked at\"}}\n" BEGIN("steady")
                    END("\"anon_delta_bytes\":0") DONE;
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(add(&collector, MB_PASS_PAGES, text), MB_OK);
    CU_ASSERT_EQUAL(add(&collector, MB_PASS_HEAP, HELLO COLD("\"heap_live_bytes\":16,\"anon_delta_bytes\":1") DONE),
                    MB_OK);
    CU_ASSERT_EQUAL(add(&collector, MB_PASS_TIME,
                        HELLO
                        "{\"event\":\"time\",\"real_time_ns\":[812.5,813.0],\"cpu_time_ns\":[811.9,812.2]}\n" DONE),
                    MB_OK);
    CU_ASSERT_EQUAL(mb_collector_settle(&collector, &error), MB_OK);
    check_series(&result.series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)], 3,
                 (double[]){155648, 155648, 155648});
    check_series(&result.series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)], 3, (double[]){0, 0, 0});
    check_series(&result.series[mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD)], 1, (double[]){16});
    check_series(&result.series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)], 2, (double[]){812.5, 813});
    check_series(&result.series[mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY)], 2, (double[]){811.9, 812.2});
    CU_ASSERT_EQUAL(result.series[mb_metric_of(MB_RSS_DELTA_BYTES, MB_WINDOW_COLD)].count, 0);
    CU_ASSERT_STRING_EQUAL(result.missing[mb_metric_of(MB_FOOTPRINT_BYTES, MB_WINDOW_COLD)], "why");
    CU_ASSERT_STRING_EQUAL(result.missing[mb_metric_of(MB_FOOTPRINT_BYTES, MB_WINDOW_STEADY)],
                           "the program did not report it");
    CU_ASSERT_PTR_NULL(result.missing[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)]);
    CU_ASSERT_PTR_NULL(result.missing[mb_metric_of(MB_USER_TIME_NS, MB_WINDOW_STEADY)]); /* of commands alone */
    CU_ASSERT_PTR_NULL(result.missing[mb_metric_of(MB_SYSTEM_TIME_NS, MB_WINDOW_STEADY)]);
    CU_ASSERT_EQUAL_FATAL(result.mark_count, 1);
    CU_ASSERT_STRING_EQUAL(result.marks[0].name, "half built");
    check_series(&result.marks[0].series[MB_MARK_ANON], 3, (double[]){-4096, -4096, -4096});
    CU_ASSERT_EQUAL(result.marks[0].series[MB_MARK_HEAP_LIVE].count, 0);
    CU_ASSERT_EQUAL_FATAL(result.region_count, 2);
    CU_ASSERT_EQUAL(result.regions[0].nominal_bytes, 65536);
    check_series(&result.regions[0].resident_bytes, 3, (double[]){8192, 8192, 8192});
    CU_ASSERT_EQUAL(result.regions[1].nominal_bytes, 4096);
    CU_ASSERT_EQUAL(result.regions[1].resident_bytes.count, 0);
    CU_ASSERT_EQUAL_FATAL(result.count_count, 1);
    check_series(&result.counts[0].values, 3, (double[]){-5000, -5000, -5000});
    CU_ASSERT_EQUAL(result.operation_count, 10);
    CU_ASSERT_EQUAL(result.outcome, MB_OUTCOME_OK);
    mb_arena_fini(&arena);
}

/* A mark named alike several times in a window: the k-th belongs to the k-th, in every sample and in every pass. */
static void test_repeated_marks(void)
{
    mb_arena arena = {0};
    mb_case_result result = {.id = "a"};
    mb_collector collector;
    mb_collector_init(&collector, &result, &arena);
    for (int sample = 0; sample < 9; sample++) {
        char text[4096];
        int used = sprintf(text, "%s", HELLO BEGIN("steady"));
        for (int mark = 0; mark < 6; mark++)
            used += sprintf(text + used, "{\"event\":\"mark\",\"name\":\"%s\",\"values\":{\"heap_live_bytes\":%d}}\n",
                            mark % 2 == 0 ? "round" : "pause", mark * 100 + sample);
        sprintf(text + used, "%s", END("") DONE);
        CU_ASSERT_EQUAL_FATAL(add(&collector, MB_PASS_HEAP, text), MB_OK);
    }
    CU_ASSERT_EQUAL_FATAL(result.mark_count, 6);
    for (int mark = 0; mark < 6; mark++) {
        CU_ASSERT_STRING_EQUAL(result.marks[mark].name, mark % 2 == 0 ? "round" : "pause");
        CU_ASSERT_EQUAL_FATAL(result.marks[mark].series[MB_MARK_HEAP_LIVE].count, 9);
        for (int sample = 0; sample < 9; sample++)
            CU_ASSERT_EQUAL(result.marks[mark].series[MB_MARK_HEAP_LIVE].values[sample], mark * 100 + sample);
    }
    mb_arena_fini(&arena);
}

static void test_measured_in_some(void)
{
    mb_arena arena = {0};
    mb_case_result result = {.id = "a"};
    mb_collector collector;
    mb_collector_init(&collector, &result, &arena);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(add(&collector, MB_PASS_PAGES,
                            i < 3 ? HELLO COLD("\"footprint_bytes\":4096,\"anon_delta_bytes\":1") DONE
                                  : HELLO BEGIN("cold") "{\"event\":\"end\",\"values\":{\"anon_delta_bytes\":1},"
                                                        "\"missing\":{\"footprint_bytes\":\"refused\"}}\n" DONE),
                        MB_OK);
    CU_ASSERT_EQUAL(mb_collector_settle(&collector, &error), MB_OK);
    mb_metric metric = mb_metric_of(MB_FOOTPRINT_BYTES, MB_WINDOW_COLD);
    CU_ASSERT_EQUAL(result.series[metric].count, 0);
    CU_ASSERT_STRING_EQUAL(result.missing[metric], "measured in 3 of 10 samples: refused");
    CU_ASSERT_EQUAL(result.series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)].count, 10);
    mb_arena_fini(&arena);
}

static void test_outcomes(void)
{
    mb_arena arena = {0};
    mb_case_result result = {.id = "a"};
    mb_collector collector;
    mb_collector_init(&collector, &result, &arena);
    CU_ASSERT_EQUAL(
        add(&collector, MB_PASS_PAGES, HELLO "{\"event\":\"done\",\"outcome\":\"skipped\",\"message\":\"no root\"}\n"),
        MB_OK);
    CU_ASSERT_EQUAL(result.outcome, MB_OUTCOME_SKIPPED);
    CU_ASSERT_STRING_EQUAL(result.message, "no root");
    CU_ASSERT_EQUAL(add(&collector, MB_PASS_PAGES,
                        HELLO BEGIN("cold") "{\"event\":\"done\",\"outcome\":\"out_of_memory\",\"message\":\"m\"}\n"),
                    MB_OK);
    CU_ASSERT_EQUAL(result.outcome, MB_OUTCOME_OUT_OF_MEMORY);
    CU_ASSERT_EQUAL(mb_collector_fail(&collector, MB_OUTCOME_FAILED, "lower", &error), MB_OK);
    CU_ASSERT_STRING_EQUAL(result.message, "m");
    CU_ASSERT_EQUAL(mb_collector_fail(&collector, MB_OUTCOME_CRASHED, "signal 11", &error), MB_OK);
    CU_ASSERT_STRING_EQUAL(result.message, "signal 11");
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        CU_ASSERT_EQUAL(result.series[m].count, 0);
    mb_arena_fini(&arena);
}

static const struct {
    mb_pass pass;
    const char *text;
    const char *message;
} wrong[] = {
    {MB_PASS_PAGES, "", "the program wrote no event"},
    {MB_PASS_PAGES, "Segmentation fault\n", "event line 1: "},
    {MB_PASS_PAGES, "\n", "event line 1: not valid JSON"},
    {MB_PASS_PAGES, "[]\n", "event line 1: not a JSON object"},
    {MB_PASS_PAGES, "{}\n", "event line 1: \"event\" is not a string"},
    {MB_PASS_PAGES, HELLO "{\"event\":\"be\n", "event line 2: unterminated string"},
    {MB_PASS_PAGES, HELLO COLD("") "{\"event\":\"done\",\"outco", "ended without \"done\", after event line 3"},
    {MB_PASS_PAGES, HELLO COLD(""), "ended without \"done\", after event line 3"},
    {MB_PASS_PAGES, COLD("") DONE, "event line 1: the first event must be \"hello\""},
    {MB_PASS_PAGES, HELLO HELLO, "event line 2: duplicate \"hello\""},
    {MB_PASS_PAGES, "{\"event\":\"hello\"}\n", "\"protocol\" is missing"},
    {MB_PASS_PAGES, "{\"event\":\"hello\",\"protocol\":2}\n", "the program uses protocol 2"},
    {MB_PASS_PAGES, HELLO COLD("") DONE DONE, "event line 5: unexpected event after \"done\""},
    {MB_PASS_PAGES, HELLO DONE, "event line 2: done, but nothing was measured"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") DONE, "event line 3: done inside a window"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") BEGIN("steady"), "a window begins inside another"},
    {MB_PASS_PAGES, HELLO COLD("") COLD(""), "a window begins twice"},
    {MB_PASS_PAGES, HELLO BEGIN("warm"), "\"window\" must be"},
    {MB_PASS_PAGES, HELLO END(""), "an end without a begin"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") "{\"event\":\"end\",\"values\":[]}\n",
     "event line 3: \"values\" is not an object"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") "{\"event\":\"end\"}\n", "\"values\" is missing"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") "{\"event\":\"end\",\"values\":{},\"missing\":{\"footprint_bytes\":0}}\n",
     "\"footprint_bytes\" is not a string"},
    {MB_PASS_PAGES, HELLO COLD("\"anon_delta_bytes\":NaN"), "event line 3: not valid JSON"},
    {MB_PASS_PAGES, HELLO COLD("\"anon_delta_bytes\":1e999"), "\"anon_delta_bytes\" is beyond 2^53"},
    {MB_PASS_PAGES, HELLO COLD("\"anon_delta_bytes\":9007199254740994"), "\"anon_delta_bytes\" is beyond 2^53"},
    {MB_PASS_PAGES, HELLO COLD("\"rss_delta_bytes\":-1e300"), "\"rss_delta_bytes\" is beyond 2^53"},
    {MB_PASS_PAGES, HELLO COLD("\"anon_delta_bytes\":0.5"), "\"anon_delta_bytes\" is not a whole number"},
    {MB_PASS_PAGES, HELLO COLD("\"anon_delta_bytes\":\"4096\""), "\"anon_delta_bytes\" is not a number"},
    {MB_PASS_PAGES, HELLO COLD("\"page_fault_minor_count\":-1"), "\"page_fault_minor_count\" is negative"},
    {MB_PASS_HEAP, HELLO COLD("\"heap_alloc_bytes\":-1"), "\"heap_alloc_bytes\" is negative"},
    {MB_PASS_PAGES, HELLO "{\"event\":\"mark\",\"name\":\"m\"}\n", "a mark outside of a window"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") "{\"event\":\"mark\"}\n", "\"name\" is missing"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") "{\"event\":\"mark\",\"name\":\"\"}\n", "\"name\" must have 1 to 63 bytes"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") "{\"event\":\"mark\",\"name\":\"m\",\"values\":{\"rss_delta_bytes\":[1]}}\n",
     "\"rss_delta_bytes\" is not a number"},
    {MB_PASS_PAGES,
     HELLO BEGIN("cold") "{\"event\":\"region\",\"name\":\"m\",\"nominal_bytes\":-1,\"resident_bytes\":0}\n",
     "\"nominal_bytes\" is negative"},
    {MB_PASS_PAGES, HELLO BEGIN("cold") "{\"event\":\"count\",\"name\":\"m\"}\n", "\"value\" is missing"},
    {MB_PASS_PAGES, HELLO "{\"event\":\"time\",\"real_time_ns\":[1]}\n", "times outside of the time pass"},
    {MB_PASS_TIME, HELLO BEGIN("cold"), "a window in the time pass"},
    {MB_PASS_TIME, HELLO "{\"event\":\"time\"}\n", "needs \"real_time_ns\" or \"missing\""},
    {MB_PASS_TIME, HELLO "{\"event\":\"time\",\"real_time_ns\":[-1]}\n", "has a value below 0"},
    {MB_PASS_TIME, HELLO "{\"event\":\"time\",\"real_time_ns\":7}\n", "is not an array of numbers"},
    {MB_PASS_TIME, HELLO DONE, "done, but nothing was measured"},
    {MB_PASS_PAGES, HELLO COLD("") "{\"event\":\"done\",\"outcome\":\"crashed\"}\n", "\"outcome\" must be"},
    {MB_PASS_PAGES, HELLO COLD("") "{\"event\":\"done\"}\n", "\"outcome\" is missing"},
};

static void test_wrong_events(void)
{
    mb_arena arena = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        mb_case_result result = {.id = "a"}, untouched = result;
        mb_collector collector;
        mb_collector_init(&collector, &result, &arena);
        CU_ASSERT_NOT_EQUAL(add(&collector, wrong[i].pass, wrong[i].text), MB_OK);
        bool is_right = strstr(error.message, wrong[i].message) != NULL;
        CU_ASSERT_TRUE(is_right);
        if (!is_right)
            printf("\n    %s    gives %s ", wrong[i].text, error.message);
        CU_ASSERT_TRUE(mb_fixture_case_equals(&result, &untouched)); /* nothing appended */
        CU_ASSERT_EQUAL(collector.sample_count[wrong[i].pass][MB_WINDOW_COLD], 0);
    }
    mb_arena_fini(&arena);
}

/* A worker that never stops marking is refused after 64, and all of its earlier words with it. */
static void test_floods(void)
{
    static const char *const lines[] = {
        "{\"event\":\"mark\",\"name\":\"m\",\"values\":{}}",
        "{\"event\":\"region\",\"name\":\"m\",\"nominal_bytes\":1,\"resident_bytes\":1}"};
    for (int kind = 0; kind < 3; kind++) {
        mb_sample *sample = feed(MB_PASS_PAGES, HELLO BEGIN("cold"));
        size_t taken = 0;
        for (; taken < 1000000; taken++) {
            char line[100];
            snprintf(line, sizeof line, "{\"event\":\"count\",\"name\":\"n%zu\",\"value\":1}", taken);
            const char *text = kind < 2 ? lines[kind] : line;
            if (mb_sample_line(sample, text, strlen(text), &error) != MB_OK)
                break;
        }
        CU_ASSERT_EQUAL(taken, kind < 2 ? 64 : 34);
        CU_ASSERT_EQUAL(mb_sample_line(sample, DONE, strlen(DONE) - 1, &error), MB_FAILED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "than a window may have"));
        mb_sample_free(sample);
    }
    size_t length = MB_EVENT_LINE_BYTES_MAX + 1;
    char *line = malloc(length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(line);
    memset(line, ' ', length);
    mb_sample *sample = mb_sample_new(MB_PASS_PAGES);
    CU_ASSERT_EQUAL(mb_sample_line(sample, line, length, &error), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(error.message, "event line 1: longer than 64 KiB");
    mb_sample_free(sample);
    free(line);
}

static mb_status list(mb_listing *listing, mb_arena *arena, const char *text)
{
    mb_status status = MB_OK;
    mb_listing_init(listing, arena);
    for (const char *end; status == MB_OK && (end = strchr(text, '\n')) != NULL; text = end + 1)
        status = mb_listing_line(listing, text, (size_t)(end - text), &error);
    return status == MB_OK ? mb_listing_finish(listing, &error) : status;
}

static void test_listing(void)
{
    mb_arena arena = {0};
    mb_listing listing;
    CU_ASSERT_EQUAL_FATAL(
        list(&listing, &arena,
             HELLO
             "{\"event\":\"case\",\"id\":\"g/build/1KB\",\"group\":\"g\",\"function\":\"build\",\"params\":[{\"name\":"
             "\"payload_bytes\",\"value\":1024,\"unit\":\"bytes\"}],\"flags\":[\"threads\",\"later\"],"
             "\"needs_bytes\":4096,\"cost_ns\":2000000000,\"summary\":\"builds\"}\n{\"event\":\"case\",\"id\":\"plain/"
             "1\"}\n"
             "{\"event\":\"case\",\"id\":\"lone\"}\n{\"event\":\"done\",\"outcome\":\"ok\"}\n"),
        MB_OK);
    CU_ASSERT_EQUAL_FATAL(listing.case_count, 3);
    CU_ASSERT_STRING_EQUAL(listing.hello.libc, "glibc 2.36");
    const mb_listed_case *first = &listing.cases[0];
    CU_ASSERT_STRING_EQUAL(first->result.id, "g/build/1KB");
    CU_ASSERT_STRING_EQUAL(first->result.function, "build");
    CU_ASSERT_EQUAL(first->result.param_count, 1);
    CU_ASSERT_EQUAL(first->result.params[0].value, 1024);
    CU_ASSERT_EQUAL(first->result.params[0].unit, MB_UNIT_BYTES);
    CU_ASSERT_EQUAL(first->result.flags, MB_CASE_THREADS);
    CU_ASSERT_EQUAL(first->needs_bytes, 4096);
    CU_ASSERT_EQUAL(first->cost_ns, 2000000000);
    CU_ASSERT_EQUAL(listing.cases[1].cost_ns, 0);
    CU_ASSERT_STRING_EQUAL(first->summary, "builds");
    CU_ASSERT_STRING_EQUAL(listing.cases[1].result.group, "plain");
    CU_ASSERT_STRING_EQUAL(listing.cases[2].result.group, "lone");
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "it is not a bench program"},
        {"usage: prog\n", "event line 1: "},
        {HELLO "{\"event\":\"case\",\"id\":\"a\"}\n", "list ends without \"done\""},
        {HELLO "{\"event\":\"case\",\"id\":\"a\"}\n{\"event\":\"case\",\"id\":\"a\"}\n" DONE,
         "lists the case \"a\" twice"},
        {HELLO "{\"event\":\"case\",\"id\":\"\"}\n" DONE, "\"id\" must have"},
        {HELLO "{\"event\":\"case\"}\n", "\"id\" is missing"},
        {HELLO "{\"event\":\"case\",\"id\":\"a\",\"params\":[{\"name\":\"n\",\"value\":-1}]}\n",
         "\"value\" must be a whole"},
        {HELLO BEGIN("cold"), "a sample's event in a listing"},
        {HELLO "{\"event\":\"done\",\"outcome\":\"failed\",\"message\":\"bad table\"}\n", "bad table"},
        {HELLO DONE DONE, "unexpected event"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_NOT_EQUAL(list(&listing, &arena, rows[i].text), MB_OK);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, rows[i].message));
    }
    mb_arena_fini(&arena);
}

MB_SUITE(results_event, {"the protocol's example", test_protocol_example}, {"repeated marks", test_repeated_marks},
         {"measured in some samples", test_measured_in_some}, {"outcomes", test_outcomes},
         {"wrong events", test_wrong_events}, {"floods", test_floods}, {"listing", test_listing});
