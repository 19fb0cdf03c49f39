/* The parts of the report that are pure: progress line, delta sentence, lists, words, numbers, characters. */
#include "base/number_text.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "model/shuffle.h"
#include "report/case_list.h"
#include "report/delta.h"
#include "report/key_groups.h"
#include "report/words.h"
#include "tests/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MIN_NS 60000000000u

static void test_progress_format(void)
{
    static const mb_progress_view view = {.case_id = "memory_job_creation/100",
                                          .case_index = 3,
                                          .case_count = 27,
                                          .sample_index = 2,
                                          .sample_count = 10,
                                          .estimate = "anon +156 KiB",
                                          .done_count = 30,
                                          .total_count = 60,
                                          .elapsed_ns = 4000000000u};
    static const struct {
        int width_columns;
        const char *line;
    } rows[] = {
        {80, "3/27  memory_job_creation/100  sample 2 of 10  anon +156 KiB  4 s left"},
        {0, "3/27  memory_job_creation/100  sample 2 of 10  anon +156 KiB  4 s left"},
        {70, "3/27  memory_job_creation/100  sample 2 of 10  anon +156 KiB  4 s left"},
        {69, "3/27  memory_job_creation/100  sample 2 of 10  4 s left"},
        {54, "3/27  memory_job_creation/100  4 s left"},
        {38, "3/27  memory_…b_creation/100  4 s left"},
        {10, "mem…on/100"},
        {1, "m"},
    };
    char line[MB_PROGRESS_LINE_BYTES_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int columns = mb_progress_format(&view, rows[i].width_columns, true, line);
        CU_ASSERT_STRING_EQUAL(line, rows[i].line);
        CU_ASSERT_EQUAL(columns, mb_text_columns(line));
    }
    mb_progress_view unknown = view;
    unknown.done_count = 2;
    unknown.estimate = NULL;
    unknown.sample_count = 0;
    mb_progress_format(&unknown, 80, true, line);
    CU_ASSERT_STRING_EQUAL(line, "3/27  memory_job_creation/100");
}

/* Proves that no width and no name, wide or hostile, makes the line wider than the terminal or breaks it. */
static void test_progress_width(void)
{
    static const char *const ids[] = {"",
                                      "a",
                                      "memory_job_creation/100",
                                      "記憶記憶記憶記憶記憶記憶記憶記憶記憶記憶記憶記憶",
                                      "e\xcc\x81\xcc\x81tude/\xff\xfe\033[2J\r\n",
                                      NULL};
    char long_id[3000];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    for (size_t i = 0; i <= sizeof ids / sizeof ids[0]; i++)
        for (int width = 1; width <= 120; width++)
            for (int unicode = 0; unicode < 2; unicode++) {
                mb_progress_view view = {.case_id = i < sizeof ids / sizeof ids[0] ? ids[i] : long_id,
                                         .case_index = 999,
                                         .case_count = 1000,
                                         .sample_index = 7,
                                         .sample_count = 10,
                                         .estimate = "anon +1.00 MiB \033[31m",
                                         .done_count = 10,
                                         .total_count = 1000,
                                         .elapsed_ns = 100 * MIN_NS};
                char line[MB_PROGRESS_LINE_BYTES_MAX];
                int columns = mb_progress_format(&view, width, unicode, line);
                CU_ASSERT_TRUE(columns <= width && columns == mb_text_columns(line));
                CU_ASSERT_EQUAL(strcspn(line, "\033\r\n"), strlen(line));
            }
}

static void test_progress_left(void)
{
    static const struct {
        size_t done_count, total_count;
        uint64_t elapsed_ns;
        const char *text;
    } rows[] = {{0, 10, 5, ""},
                {2, 100, MIN_NS, ""},
                {5, 100, 500000000, "10 s left"},
                {3, 1000, 3000000, "< 1 s left"},
                {10, 10, MIN_NS, "< 1 s left"},
                {10, 20, 10 * (uint64_t)MIN_NS, "10 min left"},
                {10, 20, 120 * (uint64_t)MIN_NS, "2.0 h left"}};
    CU_ASSERT_EQUAL(mb_progress_left_ns(0, 10, 5), UINT64_MAX);
    CU_ASSERT_EQUAL(mb_progress_left_ns(1, 4, 100), 300);
    CU_ASSERT_EQUAL(mb_progress_left_ns(5, 4, 100), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_progress_view view = {.case_id = "",
                                 .done_count = rows[i].done_count,
                                 .total_count = rows[i].total_count,
                                 .elapsed_ns = rows[i].elapsed_ns};
        char line[MB_PROGRESS_LINE_BYTES_MAX];
        mb_progress_format(&view, 80, true, line);
        CU_ASSERT_STRING_EQUAL(line, rows[i].text);
    }
}

/* Proves what reaches the terminal: at most 20 lines a second, an erased line at the end, nothing when inactive. */
static void test_progress_writer(void)
{
    static const mb_progress_view view = {.case_id = "id", .case_index = 1, .case_count = 2};
    for (int active = 0; active < 2; active++) {
        char *text = NULL;
        size_t length;
        FILE *file = open_memstream(&text, &length);
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        mb_progress progress;
        mb_progress_init(&progress, file, active, true);
        mb_progress_clear(&progress); /* nothing to erase yet */
        mb_progress_update(&progress, &view, 1000);
        mb_progress_update(&progress, &view, 1000 + MB_PROGRESS_INTERVAL_NS - 1);
        mb_progress_update(&progress, &view, 1000 + MB_PROGRESS_INTERVAL_NS);
        mb_progress_clear(&progress);
        mb_progress_clear(&progress);
        fclose(file);
        CU_ASSERT_STRING_EQUAL(text, active ? "\r1/2  id\033[K\r1/2  id\033[K\r\033[K" : "");
        free(text);
    }
}

static void test_delta(void)
{
    static double steady[] = {159744, 159744, 163840}, cold[] = {4096}, half[] = {512}, shrunk[] = {-2048};
    mb_case_result result = {.id = "memory_job_creation/100"};
    char line[MB_DELTA_LINE_BYTES_MAX];
    CU_ASSERT_FALSE(mb_delta_format(&result, line));
    CU_ASSERT_STRING_EQUAL(line, "");
    mb_series *cold_series = &result.series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)];
    mb_series *steady_series = &result.series[mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)];
    *cold_series = (mb_series){cold, 1};
    CU_ASSERT_TRUE(mb_delta_format(&result, line));
    CU_ASSERT_STRING_EQUAL(line, "Memory delta for memory_job_creation/100: 4 KB at first use");
    *steady_series = (mb_series){steady, 3};
    static const struct {
        mb_param_value param;
        const char *line;
    } rows[] = {
        {{.name = "jobs", .value = 100}, "Memory delta for 100 jobs: 156 KB, 4 KB at first use"},
        {{.name = "clients", .value = 50}, "Memory delta for 50 clients: 156 KB, 4 KB at first use"},
        {{.name = "payload_bytes", .value = 102400, .unit = MB_UNIT_BYTES},
         "Memory delta for 100KB payload: 156 KB, 4 KB at first use"},
        {{.name = "limit_bytes", .value = 100}, "Memory delta for 100 limit_bytes: 156 KB, 4 KB at first use"},
        {{.name = "size", .value = 3, .label = "large"}, "Memory delta for large size: 156 KB, 4 KB at first use"}};
    result.param_count = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        result.params[0] = rows[i].param;
        CU_ASSERT_TRUE(mb_delta_format(&result, line));
        CU_ASSERT_STRING_EQUAL(line, rows[i].line);
    }
    result.params[0] = rows[0].param;
    result.params[1] = rows[2].param;
    result.param_count = 2;
    *steady_series = (mb_series){half, 1};
    CU_ASSERT_TRUE(mb_delta_format(&result, line));
    CU_ASSERT_STRING_EQUAL(line, "Memory delta for 100 jobs and 100KB payload: 0.5 KB, 4 KB at first use");
    *steady_series = (mb_series){shrunk, 1};
    *cold_series = (mb_series){NULL, 0};
    result.param_count = 1;
    CU_ASSERT_TRUE(mb_delta_format(&result, line));
    CU_ASSERT_STRING_EQUAL(line, "Memory delta for 100 jobs: -2 KB");
}

static void check_list(mb_list_format format, const mb_list_case *cases, size_t count, int width, const char *expected)
{
    char *text = NULL;
    size_t length;
    mb_error error;
    FILE *file = open_memstream(&text, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(mb_list_write(file, format, cases, count, width, true, &error), MB_OK);
    fclose(file);
    CU_ASSERT_STRING_EQUAL(text, expected);
    free(text);
}

static void test_list(void)
{
    static const mb_case_result results[] = {
        {.id = "g/f/1KB",
         .group = "g",
         .function = "f",
         .param_count = 1,
         .flags = MB_CASE_THREADS,
         .params = {{.name = "payload_bytes", .value = 1024, .unit = MB_UNIT_BYTES}}},
        {.id = "longer\033/id", .group = "longer"}};
    static const mb_list_case cases[] = {{.result = &results[0], .summary = "builds and holds", .needs_bytes = 4096},
                                         {.result = &results[1], .program_path = "./p"}};
    check_list(MB_LIST_TEXT, cases, 2, 80, "g/f/1KB     builds and holds\nlonger\xEF\xBF\xBD/id\n");
    check_list(MB_LIST_TEXT, cases, 2, 20, "g/f/1KB     builds a\nlonger\xEF\xBF\xBD/id\n");
    check_list(MB_LIST_TERSE, cases, 2, 0, "g/f/1KB\nlonger\033/id\n");
    check_list(MB_LIST_TEXT, NULL, 0, 0, "");
    check_list(MB_LIST_JSON, NULL, 0, 0, "[]\n");
    check_list(MB_LIST_JSON, cases, 1, 0,
               "[\n  {\n    \"id\": \"g/f/1KB\",\n    \"group\": \"g\",\n    \"function\": \"f\",\n"
               "    \"params\": [\n      {\n        \"name\": \"payload_bytes\",\n        \"value\": 1024,\n"
               "        \"unit\": \"bytes\"\n      }\n    ],\n    \"flags\": [\n      \"threads\"\n    ],\n"
               "    \"summary\": \"builds and holds\",\n    \"needs_bytes\": 4096,\n    \"program\": null\n  }\n]\n");
    mb_list_format format = MB_LIST_TEXT;
    CU_ASSERT_TRUE(mb_list_format_find("json", &format));
    CU_ASSERT_EQUAL(format, MB_LIST_JSON);
    CU_ASSERT_FALSE(mb_list_format_find("yaml", &format));
    CU_ASSERT_EQUAL(format, MB_LIST_JSON);
    FILE *full = fopen("/dev/full", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    mb_error error;
    CU_ASSERT_EQUAL(mb_list_write(full, MB_LIST_TERSE, cases, 2, 0, true, &error), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(error.message, "cannot write the list: No space left on device");
    fclose(full);
}

static void test_spread(void)
{
    static const struct {
        double values[4];
        size_t count;
        const char *text, *ascii;
    } rows[] = {{{4096}, 1, "once", "once"},
                {{4096, 4096}, 2, "exact", "exact"},
                {{0, 0, 0}, 3, "exact", "exact"},
                {{98, 100, 102}, 3, "±2.0%", "+-2.0%"},
                {{-98, -100, -102}, 3, "±2.0%", "+-2.0%"},
                {{80, 100, 120}, 3, "±20%", "+-20%"},
                {{0, 0, 4096}, 3, "±2.00 KiB", "+-2.00 KiB"},
                {{1, 1, 100000}, 3, "±48.8 KiB", "+-48.8 KiB"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_series series = {(double *)rows[i].values, rows[i].count};
        mb_summary summary;
        char text[MB_WORDS_TEXT_MAX];
        CU_ASSERT_TRUE(mb_summary_make(&series, &summary));
        CU_ASSERT_STRING_EQUAL(mb_words_spread(MB_ANON_DELTA_BYTES, &summary, true, text), rows[i].text);
        CU_ASSERT_STRING_EQUAL(mb_words_spread(MB_ANON_DELTA_BYTES, &summary, false, text), rows[i].ascii);
    }
}

static void test_summary(void)
{
    double values[200];
    for (size_t i = 0; i < 200; i++)
        values[i] = (double)((i * 37) % 200); /* 0 … 199 in another order */
    const double first = values[1];
    mb_series series = {values, 200};
    mb_summary summary;
    CU_ASSERT_TRUE(mb_summary_make(&series, &summary));
    CU_ASSERT_EQUAL(summary.median, 99.5);
    CU_ASSERT_EQUAL(summary.minimum, 0);
    CU_ASSERT_EQUAL(summary.maximum, 199);
    CU_ASSERT_EQUAL(summary.deviation, 50);
    CU_ASSERT_FALSE(summary.exact);
    CU_ASSERT_EQUAL(values[1], first); /* the raw samples stay in order */
    series.count = 0;
    CU_ASSERT_TRUE(mb_summary_make(&series, &summary));
    CU_ASSERT_EQUAL(summary.count, 0);
    CU_ASSERT_FALSE(summary.exact);
}

static void test_ratio(void)
{
    static const struct {
        double ratio;
        const char *text;
    } rows[] = {{1, "+0.0%"},   {1.12, "+12.0%"}, {0.969, "-3.1%"}, {0.99999, "+0.0%"},
                {3.5, "+250%"}, {0, "-100%"},     {NAN, "-"}};
    char text[MB_WORDS_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_STRING_EQUAL(mb_words_ratio(rows[i].ratio, text), rows[i].text);
    CU_ASSERT_STRING_EQUAL(mb_words_label(MB_ANON_DELTA_BYTES), "cold anon");
    CU_ASSERT_STRING_EQUAL(mb_words_label(mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)), "anon");
    CU_ASSERT_STRING_EQUAL(mb_words_label(mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_COLD)), "time");
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        for (const char *c = mb_words_label(metric); *c != '\0'; c++)
            CU_ASSERT_TRUE(*c > 0); /* ASCII, for the terminal that has nothing else */
}

static void test_number(void)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0"},
                {-0.0, "0"},
                {155648, "155648"},
                {-4096, "-4096"},
                {812.5, "812.5"},
                {0.1, "0.1"},
                {1.0 / 3, "0.3333333333333333"},
                {9007199254740991.0, "9007199254740991"},
                {1e300, "1e+300"}};
    char text[MB_NUMBER_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_TRUE(mb_number_format(rows[i].value, text));
        CU_ASSERT_STRING_EQUAL(text, rows[i].text);
        CU_ASSERT_EQUAL(strtod(text, NULL), rows[i].value);
    }
    CU_ASSERT_FALSE(mb_number_format(NAN, text));
    CU_ASSERT_FALSE(mb_number_format(INFINITY, text));
    CU_ASSERT_STRING_EQUAL(text, "");
}

/* Proves that only well-formed UTF-8 is taken for characters: overlong forms, surrogates and torn ends are not. */
static void test_utf8(void)
{
    static const struct {
        const char *text;
        size_t length;
        uint32_t point;
        int columns;
    } rows[] = {{"a", 1, 'a', 1},
                {"\xc3\xa9", 2, 0xE9, 1},
                {"\xe2\x82\xac", 3, 0x20AC, 1},
                {"\xe8\xa8\x98", 3, 0x8A18, 2},
                {"\xf0\x9f\x98\x80", 4, 0x1F600, 2},
                {"\xcc\x81", 2, 0x301, 0},
                {"\xc0\x80", 1, MB_UTF8_INVALID, 1},
                {"\xe0\x80\x80", 1, MB_UTF8_INVALID, 1},
                {"\xed\xa0\x80", 1, MB_UTF8_INVALID, 1},
                {"\xf4\x90\x80\x80", 1, MB_UTF8_INVALID, 1},
                {"\xff", 1, MB_UTF8_INVALID, 1},
                {"\xe2\x82", 1, MB_UTF8_INVALID, 1},
                {"\x80", 1, MB_UTF8_INVALID, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t point;
        CU_ASSERT_EQUAL(mb_utf8_decode(rows[i].text, &point), rows[i].length);
        CU_ASSERT_EQUAL(point, rows[i].point);
        if (point != MB_UTF8_INVALID)
            CU_ASSERT_EQUAL(mb_utf8_columns(point), rows[i].columns);
    }
    char clean[8];
    CU_ASSERT_EQUAL(mb_utf8_clean("abc\xe2\x82\xac\xe2\x82\xac", true, clean, sizeof clean),
                    6); /* cut at a character */
    CU_ASSERT_STRING_EQUAL(clean, "abc\xe2\x82\xac");
    mb_utf8_clean("\x9b\033\xc2\x9b\xc3\xa9", false, clean, sizeof clean);
    CU_ASSERT_STRING_EQUAL(clean, "????");
}

/* Against looking for each key's members from its first one on. */
static void test_key_groups(void)
{
    enum { COUNT = 60 };
    static const char *const keys[] = {"b", "a", "", "c/1", "c", "aa"};
    uint64_t state = 7;
    for (int round = 0; round < 50; round++) {
        mb_key_member members[COUNT];
        const char *given[COUNT];
        size_t at = 0, count = (size_t)round % COUNT;
        for (size_t i = 0; i < count; i++) {
            given[i] = keys[mb_random_next(&state) % (sizeof keys / sizeof keys[0])];
            members[i] = (mb_key_member){.key = given[i], .index = i};
        }
        mb_key_groups_sort(members, count);
        for (size_t i = 0; i < count; i++) {
            bool is_first = true;
            for (size_t j = 0; j < i; j++)
                is_first = is_first && strcmp(given[j], given[i]) != 0;
            for (size_t j = i; is_first && j < count; j++)
                if (strcmp(given[j], given[i]) == 0) {
                    CU_ASSERT_EQUAL_FATAL(members[at].index, j);
                    CU_ASSERT_EQUAL(members[at++].group, i);
                }
        }
        CU_ASSERT_EQUAL(at, count);
    }
}

MB_SUITE(report_parts, {"groups of keys", test_key_groups}, {"progress format", test_progress_format},
         {"progress width", test_progress_width}, {"progress left", test_progress_left},
         {"progress writer", test_progress_writer}, {"delta", test_delta}, {"list", test_list}, {"spread", test_spread},
         {"summary", test_summary}, {"ratio and labels", test_ratio}, {"number", test_number}, {"utf8", test_utf8});
