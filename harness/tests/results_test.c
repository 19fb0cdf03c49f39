/* Proves that a results file says all that the model holds, byte for byte the same, to us and to Google Benchmark. */
#include "store/json_reader.h"
#include "store/results_reader.h"
#include "store/results_writer.h"
#include "tests/results_fixture.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static mb_error error;

static mb_status write_cases(const char *path, const mb_run_info *run, const mb_case_result *cases, size_t count)
{
    mb_results_writer *writer;
    if (mb_results_writer_begin(path, run, &writer, &error) != MB_OK)
        return MB_FAILED;
    for (size_t i = 0; i < count; i++)
        if (mb_results_writer_add(writer, &cases[i], &error) != MB_OK) {
            mb_results_writer_abandon(writer);
            return MB_FAILED;
        }
    return mb_results_writer_finish(writer, &error);
}

static const char *write_fixture(const char *folder, const char *name)
{
    const char *path = mb_fixture_path(folder, name);
    CU_ASSERT_EQUAL_FATAL(write_cases(path, &mb_fixture_run, mb_fixture_cases, MB_FIXTURE_CASES), MB_OK);
    return path;
}

static void check_round_trip(mb_results_reader *reader)
{
    mb_arena arena = {0};
    CU_ASSERT_TRUE(mb_fixture_run_equals(mb_results_reader_run(reader), &mb_fixture_run));
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_count(reader), MB_FIXTURE_CASES);
    for (size_t i = MB_FIXTURE_CASES; i-- > 0;) { /* any order */
        mb_case_result result;
        size_t index = SIZE_MAX;
        CU_ASSERT_STRING_EQUAL(mb_results_reader_id(reader, i), mb_fixture_cases[i].id);
        CU_ASSERT_TRUE(mb_results_reader_find(reader, mb_fixture_cases[i].id, &index));
        CU_ASSERT_EQUAL(index, i);
        CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, i, &arena, &result, &error), MB_OK);
        CU_ASSERT_TRUE(mb_fixture_case_equals(&result, &mb_fixture_cases[i]));
    }
    size_t index = 77;
    CU_ASSERT_FALSE(mb_results_reader_find(reader, "memory_job_creation", &index));
    CU_ASSERT_EQUAL(index, 77);
    mb_arena_fini(&arena);
}

static void test_round_trip(void)
{
    mb_results_reader *reader;
    const char *path = write_fixture(mb_fixture_folder(), "a.json");
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_open(path, &reader, &error), MB_OK);
    check_round_trip(reader);
    mb_results_reader_close(reader);
    size_t length;
    char *bytes = mb_fixture_read(path, &length);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_open_memory("memory", bytes, length, &reader, &error), MB_OK);
    check_round_trip(reader);
    mb_results_reader_close(reader);
    free(bytes);
}

/* What was read and is written again is the same file: nothing is lost or moved on the way. */
static void test_same_bytes(void)
{
    const char *folder = mb_fixture_folder();
    const char *first = write_fixture(folder, "a.json"), *copy = mb_fixture_path(folder, "b.json");
    mb_results_reader *reader;
    mb_arena arena = {0};
    mb_case_result cases[MB_FIXTURE_CASES];
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_open(first, &reader, &error), MB_OK);
    for (size_t i = 0; i < MB_FIXTURE_CASES; i++)
        CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, i, &arena, &cases[i], &error), MB_OK);
    CU_ASSERT_EQUAL(write_cases(copy, mb_results_reader_run(reader), cases, MB_FIXTURE_CASES), MB_OK);
    mb_results_reader_close(reader);
    mb_arena_fini(&arena);
    size_t first_length, copy_length;
    char *first_bytes = mb_fixture_read(first, &first_length), *copy_bytes = mb_fixture_read(copy, &copy_length);
    CU_ASSERT_EQUAL_FATAL(first_length, copy_length);
    CU_ASSERT_EQUAL(memcmp(first_bytes, copy_bytes, first_length), 0);
    free(first_bytes);
    free(copy_bytes);
    CU_ASSERT_EQUAL(mb_fixture_count_files(folder), 2); /* and no temporary file */
}

static void test_no_cases(void)
{
    const char *path = mb_fixture_path(mb_fixture_folder(), "a.json");
    mb_run_info run = {.complete = false};
    mb_results_reader *reader;
    CU_ASSERT_EQUAL(write_cases(path, &run, NULL, 0), MB_OK);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_open(path, &reader, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_results_reader_count(reader), 0);
    CU_ASSERT_FALSE(mb_results_reader_run(reader)->complete);
    CU_ASSERT_PTR_NULL(mb_results_reader_run(reader)->date);
    mb_results_reader_close(reader);
}

static void test_numbers(void)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0"},
                {-0.0, "0"},
                {-4096, "-4096"},
                {9007199254740992.0, "9007199254740992"},
                {0.1, "0.1"},
                {0.1 + 0.2, "0.30000000000000004"},
                {812.5, "812.5"},
                {1e300, "1e+300"},
                {5e-324, "4.94065645841247e-324"},
                {2.0 / 3, "0.6666666666666666"}};
    char text[MB_NUMBER_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = mb_number_format(rows[i].value, text);
        double value = NAN;
        CU_ASSERT_STRING_EQUAL(text, rows[i].text);
        CU_ASSERT_EQUAL(length, strlen(rows[i].text));
        CU_ASSERT_PTR_EQUAL(mb_number_parse(text, text + length, &value), text + length);
        CU_ASSERT_EQUAL(value, rows[i].value);
    }
    static const char *const refused[] = {"", "-", "+1", "01", "-01", ".5", "1.", "1.e5", "1e", "1e+", "nan", "0x"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        double value = 7;
        const char *end = refused[i] + strlen(refused[i]);
        CU_ASSERT_PTR_NOT_EQUAL(mb_number_parse(refused[i], end, &value), end);
    }
}

/* Our reading of numbers against the C library's, on a million texts of every length and exponent. */
static void test_numbers_against_libc(void)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 1000000; i++) {
        char text[64];
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        int length = i % 2 == 0 ? snprintf(text, sizeof text, "%.*e", (int)(state % 20), (double)(int64_t)state)
                                : snprintf(text, sizeof text, "%d.%llue%d", (int)(state % 1000),
                                           (unsigned long long)(state >> (state % 60)), (int)(state % 600) - 300);
        double value = NAN;
        const char *end = mb_number_parse(text, text + length, &value);
        if (end != text + length || value != strtod(text, NULL)) {
            CU_FAIL("a number reads differently");
            printf("\n    %s ", text);
            return;
        }
    }
}

/* A comma as decimal point must neither be written nor expected. */
static void test_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    const char *name = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && name == NULL; i++)
        name = setlocale(LC_ALL, names[i]);
    if (name == NULL) {
        printf("\n    skipped: no locale with a decimal comma is installed ");
        return;
    }
    mb_results_reader *reader;
    const char *path = write_fixture(mb_fixture_folder(), "a.json");
    if (mb_results_reader_open(path, &reader, &error) == MB_OK) {
        check_round_trip(reader);
        mb_results_reader_close(reader);
    } else
        CU_FAIL("cannot be read");
    setlocale(LC_ALL, "C");
}

static void test_not_finite(void)
{
    const char *folder = mb_fixture_folder();
    const char *path = write_fixture(folder, "a.json");
    double values[] = {1, NAN, INFINITY};
    for (int i = 1; i < 3; i++) {
        mb_case_result result = {.id = "a/b", .group = "a", .series = {{&values[i], 1}}};
        CU_ASSERT_EQUAL(write_cases(path, &mb_fixture_run, &result, 1), MB_FAILED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "case a/b: a value is not finite"));
    }
    CU_ASSERT_EQUAL(mb_fixture_count_files(folder), 1); /* the old file, and no temporary one */
    mb_results_reader *reader;
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_open(path, &reader, &error), MB_OK);
    check_round_trip(reader);
    mb_results_reader_close(reader);
}

/* Text that is not UTF-8 must not make the file unreadable. */
static void test_broken_text(void)
{
    const char *path = mb_fixture_path(mb_fixture_folder(), "a.json");
    mb_case_result result = {.id = "a", .group = "a", .outcome = MB_OUTCOME_FAILED, .message = "x\xff\xc3(\xe2\x82"};
    mb_results_reader *reader;
    mb_arena arena = {0};
    CU_ASSERT_EQUAL(write_cases(path, &mb_fixture_run, &result, 1), MB_OK);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_open(path, &reader, &error), MB_OK);
    CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, 0, &arena, &result, &error), MB_OK);
    CU_ASSERT_STRING_EQUAL(result.message, "x\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd");
    mb_results_reader_close(reader);
    mb_arena_fini(&arena);
}

static void test_descriptor_and_link(void)
{
    const char *folder = mb_fixture_folder();
    const char *path = write_fixture(folder, "a.json"), *other = mb_fixture_path(folder, "b.json");
    int descriptor = open(other, O_WRONLY | O_CREAT, 0600);
    mb_results_writer *writer;
    CU_ASSERT_EQUAL_FATAL(mb_results_writer_begin_descriptor(descriptor, "b", &mb_fixture_run, &writer, &error), MB_OK);
    for (size_t i = 0; i < MB_FIXTURE_CASES; i++)
        CU_ASSERT_EQUAL(mb_results_writer_add(writer, &mb_fixture_cases[i], &error), MB_OK);
    CU_ASSERT_EQUAL(mb_results_writer_finish(writer, &error), MB_OK);
    CU_ASSERT_EQUAL(close(descriptor), 0); /* still open: ours to close */
    size_t length, other_length;
    char *bytes = mb_fixture_read(path, &length), *other_bytes = mb_fixture_read(other, &other_length);
    CU_ASSERT_EQUAL_FATAL(length, other_length);
    CU_ASSERT_EQUAL(memcmp(bytes, other_bytes, length), 0);
    free(bytes);
    free(other_bytes);
    /* Through a link the file behind it is replaced, its mode kept, and the link stays one. */
    const char *link_path = mb_fixture_path(folder, "link.json");
    struct stat facts;
    CU_ASSERT_EQUAL(symlink("b.json", link_path), 0);
    CU_ASSERT_EQUAL(write_cases(link_path, &mb_fixture_run, NULL, 0), MB_OK);
    CU_ASSERT_TRUE(lstat(link_path, &facts) == 0 && S_ISLNK(facts.st_mode));
    CU_ASSERT_TRUE(stat(other, &facts) == 0 && (size_t)facts.st_size < length && (facts.st_mode & 0777) == 0600);
    CU_ASSERT_EQUAL(write_cases("/dev/null", &mb_fixture_run, NULL, 0), MB_OK);
    CU_ASSERT_TRUE(stat("/dev/null", &facts) == 0 && S_ISCHR(facts.st_mode));
}

/* Runs a program and returns its exit code; its output goes to path. */
static int run_to(const char *path, char *const argv[])
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (descriptor < 0 || dup2(descriptor, 1) < 0 || dup2(descriptor, 2) < 0)
            _exit(126);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The interpreter that runs script, the system's or the first on the path; NULL when neither does. */
static char *python_with(const char *folder, char *script)
{
    static char *const names[] = {"/usr/bin/python3", "python3"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (run_to(mb_fixture_path(folder, "out"), (char *[]){names[i], "-c", script, NULL}) == 0)
            return names[i];
    return NULL;
}

static void test_google_benchmark_reads_it(void)
{
    static char tool[] = "/usr/share/benchmark/compare.py";
    const char *folder = mb_fixture_folder();
    char *python = python_with(folder, "import numpy, scipy.stats");
    if (access(tool, R_OK) != 0 || python == NULL) {
        printf("\n    skipped: no compare.py (libbenchmark-tools) or no python3-scipy ");
        return;
    }
    /* The timed case against its untimed self both ways: the tool must pass over it. */
    mb_case_result untimed[MB_FIXTURE_CASES];
    memcpy(untimed, mb_fixture_cases, sizeof untimed);
    memset(untimed[1].series, 0, sizeof untimed[1].series);
    const char *with = write_fixture(folder, "with.json"), *without = mb_fixture_path(folder, "without.json");
    CU_ASSERT_EQUAL(write_cases(without, &mb_fixture_run, untimed, MB_FIXTURE_CASES), MB_OK);
    const char *pairs[][2] = {{with, with}, {with, without}, {without, with}, {without, without}};
    for (size_t i = 0; i < 4; i++) {
        const char *out = mb_fixture_path(folder, "out");
        char *argv[] = {python, tool, "--no-color", "benchmarks", (char *)pairs[i][0], (char *)pairs[i][1], NULL};
        size_t length = 0;
        int code = run_to(out, argv);
        char *text = mb_fixture_read(out, &length);
        CU_ASSERT_EQUAL(code, 0);
        CU_ASSERT_EQUAL(strstr(text, "time/1KB ") != NULL, i == 0);
        if (code != 0)
            printf("\n%s", text);
        free(text);
    }
}

static void test_schema(void)
{
    const char *folder = mb_fixture_folder();
    char *python = python_with(folder, "import jsonschema; jsonschema.Draft7Validator");
    if (python == NULL) {
        printf("\n    skipped: no python3-jsonschema ");
        return;
    }
    /* Both that what is written fits, and that the schema can say no. */
    static char script[] = "import json, sys, jsonschema\n"
                           "schema = json.load(open(sys.argv[1])); file = json.load(open(sys.argv[2]))\n"
                           "jsonschema.Draft7Validator.check_schema(schema)\n"
                           "check = jsonschema.Draft7Validator(schema)\n"
                           "check.validate(file)\n"
                           "def refused(change):\n"
                           "    copy = json.loads(json.dumps(file)); change(copy)\n"
                           "    if check.is_valid(copy): sys.exit('accepts what it must not')\n"
                           "case = lambda f: f['benchmarks'][0]\n"
                           "refused(lambda f: f.pop('context'))\n"
                           "refused(lambda f: f['context']['membench'].update(seed=7))\n"
                           "refused(lambda f: f['context']['membench'].update(format='1'))\n"
                           "refused(lambda f: case(f).pop('name'))\n"
                           "refused(lambda f: case(f)['membench'].update(outcome='fine'))\n"
                           "refused(lambda f: case(f)['membench']['series'].update(cold_anon_delta_bytes=['1']))\n"
                           "refused(lambda f: case(f)['membench']['series'].update(cold_nonsense=[1]))\n"
                           "refused(lambda f: case(f)['membench']['marks'][0].update(window='warm'))\n";
    char schema[] = MB_SOURCE_FOLDER "/docs/results.schema.json";
    const char *out = mb_fixture_path(folder, "out");
    mb_case_result cases[MB_FIXTURE_CASES];
    double value = 1;
    memcpy(cases, mb_fixture_cases, sizeof cases);
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) { /* the schema lists every metric there is */
        cases[2].series[m] = (mb_series){&value, 1};
        cases[2].missing[m] = "why";
    }
    const char *path = mb_fixture_path(folder, "a.json");
    CU_ASSERT_EQUAL(write_cases(path, &mb_fixture_run, cases, MB_FIXTURE_CASES), MB_OK);
    char *argv[] = {python, "-c", script, schema, (char *)path, NULL};
    size_t length = 0;
    int code = run_to(out, argv);
    char *text = mb_fixture_read(out, &length);
    CU_ASSERT_EQUAL(code, 0);
    if (code != 0)
        printf("\n%s", text);
    free(text);
}

MB_SUITE(results, {"all comes back", test_round_trip}, {"same input, same bytes", test_same_bytes},
         {"no cases", test_no_cases}, {"numbers", test_numbers}, {"numbers like libc's", test_numbers_against_libc},
         {"any locale", test_locale}, {"no NaN, no infinity", test_not_finite}, {"broken text", test_broken_text},
         {"descriptor, link, device", test_descriptor_and_link},
         {"compare.py reads it", test_google_benchmark_reads_it}, {"schema", test_schema});
