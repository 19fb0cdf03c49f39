/* Proves that no file, however wrong, is read as something else, and that the message says where it is wrong. */
#include "store/results_reader.h"
#include "tests/results_fixture.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static mb_error error;

#define CONTEXT "{\"context\":{\"membench\":{\"format\":1,\"complete\":true,\"seed\":\"1\"}},\n"
#define CASE(id, rest) "{\"name\":\"" id "\",\"membench\":{\"outcome\":\"ok\"" rest "}}"
#define ONE(rest) CONTEXT "\"benchmarks\":[" CASE("a", rest) "]}"
#define SERIES(value) ONE(",\"series\":{\"cold_anon_delta_bytes\":" value "}")

/* Opens text and reads all its cases; the message, or "" when all is well. */
static const char *read_all(const char *text, size_t length)
{
    mb_results_reader *reader;
    mb_arena arena = {0};
    error = (mb_error){0};
    if (mb_results_reader_open_memory("f.json", text, length, &reader, &error) == MB_OK) {
        mb_case_result result;
        for (size_t i = 0; i < mb_results_reader_count(reader); i++)
            if (mb_results_reader_read(reader, i, &arena, &result, &error) != MB_OK)
                break;
        mb_results_reader_close(reader);
    }
    mb_arena_fini(&arena);
    return error.message;
}

static const struct {
    const char *text;
    const char *message; /* what it must hold; "" for none at all */
} rows[] = {
    {ONE(""), ""},
    {SERIES("[1,2]"), ""},
    {SERIES("{\"value\":1,\"count\":3}"), ""},
    {"", "f.json: the file is empty"},
    {" ", "f.json: line 1, column 2: unexpected end of file"},
    {"[]", "f.json: line 1, column 1: expected an object"},
    {"hello", "f.json: line 1, column 1: expected an object"},
    {"\x7f"
     "ELF",
     "f.json: line 1, column 1: expected an object"},
    {"{}", "f.json: not a results file: \"context\" is missing"},
    {"{\"context\":{}}", "f.json: not a results file: \"benchmarks\" is missing"},
    {"{\"context\":{},\"benchmarks\":{}}", "line 1, column 28: expected an array"},
    {"{\"context\":[],\"benchmarks\":[]}", "line 1, column 12: expected an object"},
    {"{\"context\":{},\"context\":{},\"benchmarks\":[]}", "\"context\" appears twice"},
    {"{\"context\":{},\"benchmarks\":[],\"benchmarks\":[]}", "\"benchmarks\" appears twice"},
    {"{\"context\":{},\"benchmarks\":[]} x", "line 1, column 32: unexpected text after the end"},
    {"{\"context\":{},\"benchmarks\":[],}", "unexpected comma"},
    {"{\"context\":{},\"benchmarks\":[1]}", "expected an object"},
    {"{\"context\":{},\"benchmarks\":[{}]}", "has no \"name\""},
    {"{\"context\":{},\"benchmarks\":[{\"name\":7}]}", "has no \"name\""},
    {"{\"context\":{},\"benchmarks\":[{\"name\":\"\"}]}", "the name is not a case id"},
    {"{\"context\":{},\"benchmarks\":[{\"name\":\"a\\nb\"}]}", "the name is not a case id"},
    {"{\"context\":{},\"benchmarks\":[{\"name\":\"a\\u0000b\"}]}", "NUL in a string"},
    {"{\"context\":{},\"benchmarks\":[{\"name\":\"\xff\"}]}", "the name is not a case id"},
    {"{\"context\":{},\"benchmarks\":[{\"name\":\"a\",\"x\":]}", "line 1, column 45: expected a value"},
    {"{\"context\":{},\"benchmarks\":[{\"name\":\"a\" \"x\":1}]}", "expected , or }"},
    {"{\"context\":{},\"benchmarks\":[{\"name\":\"a\",\"x\":[}}]}", "brackets do not match"},
    {"{\"context\":{\"membench\":7},\"benchmarks\":[]}", "f.json: \"membench\" is not an object"},
    {"{\"context\":{\"membench\":{}},\"benchmarks\":[]}", "f.json: \"format\" is missing"},
    {"{\"context\":{\"membench\":{\"format\":3}},\"benchmarks\":[]}",
     "f.json: written by a newer membench: version 3, this one reads up to 1"},
    {"{\"context\":{\"membench\":{\"format\":1e999}},\"benchmarks\":[]}", "\"format\" is beyond 2^53"},
    {"{\"context\":{\"membench\":{\"format\":0.5,\"complete\":true}},\"benchmarks\":[]}", "is not a version"},
    {"{\"context\":{\"membench\":{\"format\":1,\"complete\":1}},\"benchmarks\":[]}",
     "\"complete\" is not true or false"},
    {"{\"context\":{\"membench\":{\"format\":1,\"complete\":true,\"seed\":\"x\"}},\"benchmarks\":[]}", "\"seed\""},
    {"{\"context\":{\"membench\":{\"format\":1,\"complete\":true,\"seed\":\"99999999999999999999\"}},\"benchmarks\":[]"
     "}",
     "\"seed\" must be a whole number"},
    {"{\"context\":{\"membench\":{\"format\":1,\"complete\":true,\"programs\":[1]}},\"benchmarks\":[]}",
     "\"programs\""},
    {CONTEXT "\"benchmarks\":[" CASE("a", "") ",\n" CASE("b", "") ",\n" CASE("a", "") "]}",
     "f.json: line 4, column 1: the case \"a\" appears twice"},
    {CONTEXT "\"benchmarks\":[{\"name\":\"a\",\"membench\":{}}]}", "line 2, column 15: case a: \"outcome\" is missing"},
    {CONTEXT "\"benchmarks\":[{\"name\":\"a\",\"membench\":[]}]}", "case a: \"membench\" is not an object"},
    {CONTEXT "\"benchmarks\":[{\"name\":\"a\",\"membench\":{\"outcome\":\"fine\"}}]}", "\"outcome\" is unknown"},
    {ONE(",\"program\":1"), "\"program\" is out of range"},
    {ONE(",\"program\":-1"), "\"program\" must be a whole number"},
    {ONE(",\"operation_count\":1.5"), "\"operation_count\" must be a whole number"},
    {ONE(",\"group\":1"), "\"group\" is not a string"},
    {ONE(",\"params\":[{\"name\":\"n\"}]"), "\"value\" is missing"},
    {ONE(",\"params\":[{\"name\":\"n\",\"value\":1},{\"name\":\"n\",\"value\":1},{\"name\":\"n\",\"value\":1},"
         "{\"name\":\"n\",\"value\":1},{\"name\":\"n\",\"value\":1}]"),
     "more than 4 \"params\""},
    {ONE(",\"flags\":[1]"), "\"flags\""},
    {ONE(",\"series\":[]"), "\"series\" is not an object"},
    {ONE(",\"missing\":{\"cold_footprint_bytes\":1}"), "\"cold_footprint_bytes\" is not a string"},
    {ONE(",\"marks\":[{\"window\":\"warm\",\"name\":\"x\"}]"), "must be \"cold\" or \"steady\""},
    {ONE(",\"marks\":[[1]]"), "an element of \"marks\" is not an object"},
    {ONE(",\"regions\":[{\"window\":\"cold\",\"name\":\"x\",\"nominal_bytes\":1}]"), "\"resident_bytes\" is neither"},
    {ONE(",\"counts\":{}"), "\"counts\" is not an array"},
    {SERIES("7"), "neither an array of numbers nor a value with its count"},
    {SERIES("\"x\""), "neither an array of numbers"},
    {SERIES("[1,\"2\"]"), "neither an array of numbers"},
    {SERIES("[[1]]"), "neither an array of numbers"},
    {SERIES("[null]"), "neither an array of numbers"},
    {SERIES("[01]"), "malformed number"},
    {SERIES("[1,]"), "not valid JSON"},
    {SERIES("[1 2]"), "expected , or ] after a number"},
    {SERIES("[-]"), "malformed number"},
    {SERIES("[NaN]"), "not valid JSON"},
    {SERIES("[1e999]"), "number too large"},
    {SERIES("[-1e300]"), "has a value beyond 2^53"},
    {SERIES("[9007199254740994]"), "has a value beyond 2^53"},
    {SERIES("{\"value\":1e999,\"count\":2}"), "\"value\" is beyond 2^53"},
    {SERIES("{\"value\":01,\"count\":2}"), "malformed number"},
    {SERIES("{\"value\":4096.,\"count\":2}"), "malformed number"},
    {SERIES("{\"value\":9007199254740993,\"count\":2}"), "an integer that cannot be kept exactly"},
    {SERIES("[9007199254740993]"), "an integer that cannot be kept exactly"},
    {SERIES("{\"value\":1}"), "\"count\" is missing"},
    {SERIES("{\"value\":1,\"count\":-1}"), "\"count\" must be a whole number"},
    {SERIES("{\"value\":1,\"count\":100001}"), "has too many samples"},
    {SERIES("{\"value\":1,\"count\":\"18446744073709551615\"}"), "has too many samples"},
    {SERIES("[1],\"cold_anon_delta_bytes\":[2]"), "appears twice"},
    {ONE(",\"x\":tru"), "not valid JSON"},
    {ONE(",\"message\":\"\xc3\""), "not valid UTF-8"},
    {ONE(",\"message\":\"\\ud800\""), "not valid JSON"},
    {ONE(",\"message\":\"a\\u0000b\""), "NUL in a string"},
    {ONE(",\"message\":\"a\x01\""), "control byte in a string"},
};

static void test_wrong_files(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *message = read_all(rows[i].text, strlen(rows[i].text));
        bool is_right = rows[i].message[0] == '\0'
                            ? message[0] == '\0'
                            : strncmp(message, "f.json: ", 8) == 0 && strstr(message, rows[i].message) != NULL;
        CU_ASSERT_TRUE(is_right);
        if (!is_right)
            printf("\n    %s\n    gives: %s\n    not:   %s ", rows[i].text, message, rows[i].message);
        CU_ASSERT_PTR_NULL(strchr(message, '\n'));
    }
}

static void test_embedded_nul(void)
{
    static const char in_string[] = CONTEXT "\"benchmarks\":[{\"name\":\"a\0b\"}]}";
    static const char in_element[] = CONTEXT "\"benchmarks\":[{\"name\":\"a\",\"x\":[1,\0 2]}]}";
    static const char behind[] = "{\"context\":{},\"benchmarks\":[]}\0";
    CU_ASSERT_PTR_NOT_NULL(strstr(read_all(in_string, sizeof in_string - 1), "control byte in a string"));
    CU_ASSERT_PTR_NOT_NULL(strstr(read_all(in_element, sizeof in_element - 1), "control byte"));
    CU_ASSERT_PTR_NOT_NULL(strstr(read_all(behind, sizeof behind - 1), "unexpected text after the end"));
}

/* The file of the fixture, cut at every byte: only the whole one is read, with or without its last newline. */
static void test_truncated(void)
{
    static const char whole[] =
        ONE(",\"series\":{\"real_time_ns\":[1.5,2e1],\"cold_heap_live_bytes\":{\"value\":1,\"count\":2}},"
            "\"message\":\"\\u00e9\\\"\",\"marks\":[{\"window\":\"cold\",\"name\":\"m\"}]");
    CU_ASSERT_STRING_EQUAL(read_all(whole, sizeof whole - 1), "");
    for (size_t length = 0; length < sizeof whole - 1; length++)
        CU_ASSERT_STRING_NOT_EQUAL(read_all(whole, length), "");
}

static void test_deep_nesting(void)
{
    enum { DEPTH = 1000000 };
    char *text = malloc(DEPTH + 100);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    for (int kind = 0; kind < 2; kind++) {
        size_t length = (size_t)sprintf(text, "{\"context\":{\"x\":");
        memset(text + length, kind == 0 ? '[' : '{', DEPTH);
        CU_ASSERT_PTR_NOT_NULL(strstr(read_all(text, length + DEPTH), "nested too deeply"));
    }
    free(text);
}

/* 100 bytes that stand for 100,000 samples, a hundred thousand times: refused before memory is taken for them. */
static void test_expansion(void)
{
    enum { MARKS = 40000 };
    const char mark[] = "{\"window\":\"cold\",\"name\":\"m\",\"rss_delta_bytes\":{\"value\":1,\"count\":100000}},";
    char *text = malloc(sizeof CONTEXT + 200 + MARKS * sizeof mark);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    char *to =
        text + sprintf(text, "%s\"benchmarks\":[{\"name\":\"a\",\"membench\":{\"outcome\":\"ok\",\"marks\":[", CONTEXT);
    for (int i = 0; i < MARKS; i++)
        to += sprintf(to, "%s", mark);
    to += sprintf(to - 1, "]}}]}") - 1;
    CU_ASSERT_PTR_NOT_NULL(strstr(read_all(text, (size_t)(to - text)), "has too many samples"));
    free(text);
}

static void test_large_element(void)
{
    size_t size = MB_RESULTS_ELEMENT_BYTES_MAX + 100;
    char *text = malloc(size + 200);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    size_t length = (size_t)sprintf(text, "%s\"benchmarks\":[{\"name\":\"a\",\"x\":\"", CONTEXT);
    memset(text + length, 'x', size);
    length += size;
    length += (size_t)sprintf(text + length, "\"}]}");
    CU_ASSERT_PTR_NOT_NULL(strstr(read_all(text, length), "larger than 4 MiB"));
    free(text);
}

/* What a double cannot hold as it was written is refused in other tools' numbers, too: 2^53 is the last that is fine.
 */
static void test_large_numbers_of_others(void)
{
    static const char *const members[] = {"total_allocated_bytes", "allocs_per_iter", "steady_anon_delta_bytes",
                                          "real_time", "queue_bytes"};
    char text[256];
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        for (int is_large = 0; is_large < 2; is_large++) {
            int length = snprintf(text, sizeof text, "{\"context\":{},\"benchmarks\":[{\"name\":\"BM_a\",\"%s\":%s}]}",
                                  members[i], is_large ? "6.9007199254740992e16" : "9007199254740992.0");
            const char *problem = read_all(text, (size_t)length);
            CU_ASSERT_EQUAL(strstr(problem, "beyond 2^53") != NULL, is_large);
        }
    }
}

static void test_google_benchmark_file(void)
{
    static const char text[] =
        "{\"context\":{\"date\":\"2024-01-01\",\"num_cpus\":4,\"caches\":[{\"type\":\"Data\"}],\"load_avg\":[1.5,2]},"
        "\"benchmarks\":["
        "{\"name\":\"BM_a/"
        "repeats:2\",\"run_name\":\"BM_a\",\"run_type\":\"iteration\",\"real_time\":1.5,\"cpu_time\":1,"
        "\"time_unit\":\"us\"},"
        "{\"name\":\"BM_b\",\"real_time\":7,\"cpu_time\":8},"
        "{\"name\":\"BM_a/repeats:2\",\"run_name\":\"BM_a\",\"run_type\":\"iteration\",\"real_time\":2,\"cpu_time\":3,"
        "\"time_unit\":\"us\"},"
        "{\"name\":\"BM_a_mean\",\"run_name\":\"BM_a\",\"run_type\":\"aggregate\",\"real_time\":9,\"time_unit\":\"us\"}"
        ","
        "{\"name\":\"BM_c\",\"error_occurred\":true,\"error_message\":\"no\"}]}";
    mb_results_reader *reader;
    mb_arena arena = {0};
    mb_case_result result;
    mb_metric real = mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY),
              cpu = mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_open_memory("f", text, sizeof text - 1, &reader, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_results_reader_run(reader)->cpu_count, 4);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_count(reader), 3);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, 0, &arena, &result, &error), MB_OK);
    CU_ASSERT_STRING_EQUAL(result.id, "BM_a");
    CU_ASSERT_EQUAL_FATAL(result.series[real].count, 2);
    CU_ASSERT_EQUAL(result.series[real].values[0], 1500);
    CU_ASSERT_EQUAL(result.series[real].values[1], 2000);
    CU_ASSERT_EQUAL(result.series[cpu].values[1], 3000);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, 1, &arena, &result, &error), MB_OK);
    CU_ASSERT_STRING_EQUAL(result.id, "BM_b");
    CU_ASSERT_EQUAL(result.series[real].values[0], 7);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, 2, &arena, &result, &error), MB_OK);
    CU_ASSERT_EQUAL(result.outcome, MB_OUTCOME_FAILED);
    CU_ASSERT_STRING_EQUAL(result.message, "no");
    mb_results_reader_close(reader);
    mb_arena_fini(&arena);
}

static void test_no_such_file(void)
{
    mb_results_reader *reader = NULL;
    const char *folder = mb_fixture_folder();
    CU_ASSERT_EQUAL(mb_results_reader_open(mb_fixture_path(folder, "none.json"), &reader, &error), MB_FAILED);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "none.json: No such file or directory"));
    CU_ASSERT_EQUAL(mb_results_reader_open(folder, &reader, &error), MB_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "a folder, and not one of Criterion"));
    CU_ASSERT_EQUAL(mb_results_reader_open("/dev/null", &reader, &error), MB_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "/dev/null: the file is empty"));
    CU_ASSERT_PTR_NULL(reader);
}

/* Standard input and a pipe cannot be read at an offset: both are copied first. */
static void test_pipes(void)
{
    static const char text[] = ONE("");
    int ends[2], kept = dup(STDIN_FILENO);
    for (int i = 0; i < 2; i++) {
        mb_results_reader *reader;
        char path[64];
        CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
        CU_ASSERT_EQUAL(write(ends[1], text, sizeof text - 1), (ssize_t)sizeof text - 1);
        close(ends[1]);
        snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
        if (i == 1)
            CU_ASSERT_EQUAL(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
        CU_ASSERT_EQUAL_FATAL(mb_results_reader_open(i == 1 ? "-" : path, &reader, &error), MB_OK);
        CU_ASSERT_EQUAL(mb_results_reader_count(reader), 1);
        mb_results_reader_close(reader);
        close(ends[0]);
    }
    CU_ASSERT_EQUAL(dup2(kept, STDIN_FILENO), STDIN_FILENO);
    close(kept);
}

MB_SUITE(results_hostile, {"wrong files", test_wrong_files}, {"embedded NUL", test_embedded_nul},
         {"truncated anywhere", test_truncated}, {"deep nesting", test_deep_nesting}, {"expansion", test_expansion},
         {"large element", test_large_element}, {"Google Benchmark's own file", test_google_benchmark_file},
         {"large numbers of others", test_large_numbers_of_others}, {"no such file", test_no_such_file},
         {"pipes", test_pipes});
