/* The renderers against golden files, and against the parsers that will read them.
 * MEMBENCH_REFRESH_GOLDEN=1 rewrites the golden files: read the difference before committing it. */
#include "report/advice.h"
#include "tests/report_fixture.h"
#include "tests/suite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The text of a golden file, malloc'd, or NULL. */
static char *read_golden(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    char *text = NULL;
    size_t length;
    FILE *copy = open_memstream(&text, &length);
    if (copy != NULL) {
        for (int c = fgetc(file); c != EOF; c = fgetc(file))
            fputc(c, copy);
        fclose(copy);
    }
    fclose(file);
    return text;
}

static void check_golden(const char *name, const char *text)
{
    char path[1024];
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    snprintf(path, sizeof path, "%s/%s", MEMBENCH_GOLDEN_FOLDER, name);
    if (getenv("MEMBENCH_REFRESH_GOLDEN") != NULL) {
        FILE *file = fopen(path, "wb");
        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        fputs(text, file);
        CU_ASSERT_EQUAL(fclose(file), 0);
    }
    char *golden = read_golden(path);
    bool is_equal = golden != NULL && strcmp(golden, text) == 0;
    if (!is_equal)
        fprintf(stderr, "\n%s differs. What was rendered:\n%s", path, text);
    CU_ASSERT_TRUE(is_equal);
    free(golden);
}

static void check_render(void (*init)(fixture *), const char *format, const mb_report_options *options,
                         const char *golden)
{
    fixture made;
    init(&made);
    char *text = fixture_render(&made, format, options, NULL);
    check_golden(golden, text);
    free(text);
    fixture_fini(&made);
}

/* Proves what people see at the usual widths, and that every outcome and verdict has its words. */
static void test_text(void)
{
    static const bool only_anon[MB_METRIC_COUNT] = {[MB_ANON_DELTA_BYTES] = true,
                                                    [MB_QUANTITY_WINDOWED_COUNT + MB_ANON_DELTA_BYTES] = true};
    static const struct {
        mb_report_options options;
        const char *golden;
    } rows[] = {
        {{.width_columns = 80, .unicode = true}, "report-80.txt"},
        {{.width_columns = 100, .unicode = true, .color = true}, "report-100-color.txt"},
        {{.width_columns = 200, .unicode = true}, "report-200.txt"},
        {{.width_columns = 80}, "report-80-ascii.txt"},
        {{.width_columns = 100, .unicode = true, .verbose = true}, "report-100-verbose.txt"},
        {{.width_columns = 80, .unicode = true, .quiet = true}, "report-80-quiet.txt"},
        {{.width_columns = 80, .unicode = true, .metrics = only_anon}, "report-80-anon.txt"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_render(fixture_init_full, "text", &rows[i].options, rows[i].golden);
    check_render(fixture_init_plain, "text", &rows[0].options, "report-plain.txt");
    check_render(fixture_init_hostile, "text", &rows[0].options, "report-hostile.txt");
}

static void test_other_formats(void)
{
    static const mb_report_options options = {.unicode = true};
    check_render(fixture_init_full, "side", &options, "report-side.txt");
    check_render(fixture_init_full, "markdown", &options, "report-full.md");
    check_render(fixture_init_hostile, "markdown", &options, "report-hostile.md");
    check_render(fixture_init_plain, "markdown", &options, "report-plain.md");
    check_render(fixture_init_full, "csv", &options, "report-full.csv");
    check_render(fixture_init_hostile, "csv", &options, "report-hostile.csv");
    check_render(fixture_init_full, "json", &options, "report-full.json");
    check_render(fixture_init_hostile, "json", &options, "report-hostile.json");
}

/* Proves that no byte of a name, message or baseline reaches a terminal as a control, and none is an escape code
 * unless colour was asked for. */
static void test_no_control_bytes(void)
{
    static const mb_report_options options[] = {{.unicode = true, .verbose = true}, {.unicode = false}};
    static const char *const formats[] = {"text", "side", "markdown", "json"};
    fixture made;
    fixture_init_hostile(&made);
    for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++)
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
            char *text = fixture_render(&made, formats[f], &options[i], NULL);
            CU_ASSERT_PTR_NOT_NULL_FATAL(text);
            size_t bad_count = 0;
            for (const char *c = text; *c != '\0'; c++)
                bad_count += ((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7F ||
                             (!options[i].unicode && f <= 1 && (unsigned char)*c > 0x7F);
            CU_ASSERT_EQUAL(bad_count, 0);
            CU_ASSERT_PTR_NOT_NULL(text);
            CU_ASSERT_PTR_NULL(strstr(text, "\xe2\x80\xae"));
            free(text);
        }
    fixture_fini(&made);
}

/* Without cases every format still says something true. */
static void test_empty(void)
{
    static const mb_report_options options = {.unicode = true};
    fixture made;
    fixture_init_plain(&made);
    made.item_count = 0;
    char *text = fixture_render(&made, "text", &options, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text,
                           "0 cases.\nNOTHING RUN: no case was run\nsee which cases there are: membench --list\n");
    free(text);
    char *csv = fixture_render(&made, "csv", &options, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
    CU_ASSERT_PTR_EQUAL(strchr(csv, '\n'), csv + strlen(csv) - 1);
    free(csv);
    char *json = fixture_render(&made, "json", &options, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"cases\": []"));
    free(json);
    fixture_fini(&made);
}

/* Proves that a full disk is noticed, also when all that was written fits into the stream's buffer. */
static void test_write_error(void)
{
    static const mb_report_options options = {.unicode = true};
    for (size_t i = 0; mb_report_formats[i] != NULL; i++)
        for (int unbuffered = 0; unbuffered < 2 && fixture_can_render(mb_report_formats[i]); unbuffered++) {
            FILE *full = fopen("/dev/full", "w");
            CU_ASSERT_PTR_NOT_NULL_FATAL(full);
            if (unbuffered)
                setvbuf(full, NULL, _IONBF, 0);
            fixture made;
            fixture_init_full(&made);
            mb_report *report = NULL;
            mb_error error = {0};
            mb_status status = mb_report_open(mb_report_formats[i], full, &made.model, &options, &report, &error);
            for (size_t k = 0; k < made.item_count && status == MB_OK; k++) {
                status = mb_report_add(report, &made.items[k], &error);
                if (status != MB_OK)
                    mb_report_abandon(report);
            }
            if (status == MB_OK)
                status = mb_report_close(report, NULL, NULL, &error);
            CU_ASSERT_EQUAL(status, MB_FAILED);
            CU_ASSERT_EQUAL(error.kind, MB_ERROR_SYSTEM);
            CU_ASSERT_STRING_EQUAL(error.message, "cannot write the report: No space left on device");
            fixture_fini(&made);
            fclose(full);
        }
}

/* Runs a Python program with the rendered text on its standard input; 0: it is content. */
static int ask_python(const char *text, const char *program)
{
    char path[] = "/tmp/membench-report-XXXXXX", command[4096];
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        return -1;
    ssize_t written = write(descriptor, text, strlen(text));
    close(descriptor);
    snprintf(command, sizeof command, "python3 -c '%s' < %s", program, path);
    int status = written == (ssize_t)strlen(text) ? system(command) : -1;
    unlink(path);
    return status;
}

static bool has_python(void)
{
    if (system("python3 -c 'import csv, json' > /dev/null 2>&1") == 0)
        return true;
    printf("skipped: no python3 to parse the report with ");
    return false;
}

/* Proves that csv and json say to a foreign parser what was put in, with the hostile names unharmed. */
static void test_parsed_back(void)
{
    static const mb_report_options options = {.unicode = true};
    if (!has_python())
        return;
    fixture made;
    fixture_init_hostile(&made);
    char *csv = fixture_render(&made, "csv", &options, NULL), *json = fixture_render(&made, "json", &options, NULL);
    CU_ASSERT_FATAL(csv != NULL && json != NULL);
    CU_ASSERT_EQUAL(
        ask_python(csv, "import csv, io, sys\n"
                        "text = sys.stdin.buffer.read().decode(\"utf-8\", \"surrogateescape\")\n"
                        "rows = list(csv.reader(io.StringIO(text, newline=\"\")))\n"
                        "assert {len(row) for row in rows} == {27}, {len(row) for row in rows}\n"
                        "table = [dict(zip(rows[0], row)) for row in rows[1:]]\n"
                        "ids = {row[\"id\"] for row in table}\n"
                        "assert len(ids) == 9 and \"line\\nbreak\\ttab\" in ids, ids\n"
                        "assert \"quote\\\"back\\\\slash\" in ids and \"comma,semi;\\x27apostrophe\\x27\" in ids\n"
                        "anon = [r for r in table if r[\"metric\"] == \"steady_anon_delta_bytes\"]\n"
                        "assert len(anon) == 9 and {r[\"median\"] for r in anon} == {\"153600\"}\n"
                        "assert {r[\"verdict\"] for r in anon} == {\"REGRESSED\"}\n"),
        0);
    CU_ASSERT_EQUAL(ask_python(json,
                               "import json, sys\n"
                               "def strict(name): raise ValueError(name)\n"
                               "report = json.load(sys.stdin, parse_constant=strict)\n"
                               "ids = [case[\"id\"] for case in report[\"cases\"]]\n"
                               "assert ids[0] == \"quote\\\"back\\\\slash\" and ids[6] == \"line\\nbreak\\ttab\", ids\n"
                               "assert ids[5] == \"broken\\ufffd\\ufffd\\ufffdutf8\", ids[5]\n"
                               "assert ids[7] == \"wide \\u8bb0\\u5fc6 \\U0001f600\", ids[7]\n"
                               "assert report[\"run\"][\"seed\"] == \"18446744073709551615\"\n"
                               "assert report[\"verdict\"] == \"failed\"\n"
                               "anon = report[\"cases\"][0][\"metrics\"][\"steady_anon_delta_bytes\"]\n"
                               "assert anon == dict(n=3, median=153600, exact=True)\n"),
                    0);
    free(csv);
    free(json);
    fixture_fini(&made);
}

static const mb_metric steady_anon = MB_QUANTITY_WINDOWED_COUNT + MB_ANON_DELTA_BYTES;

/* Proves the order of the findings (worst ratio first, growth from nothing before all), and the one overall verdict. */
static void test_tally(void)
{
    static const mb_report_options options = {.unicode = true};
    fixture made;
    mb_tally tally = {0};
    fixture_init_full(&made);
    for (size_t i = 0; i < made.item_count; i++)
        CU_ASSERT_TRUE(mb_tally_add(&tally, &made.items[i]));
    fixture_add_jobs(&made, "worse", 1);
    fixture_compare(&made, steady_anon, MB_VERDICT_REGRESSED, 100, 300, true);
    CU_ASSERT_TRUE(mb_tally_add(&tally, &made.items[made.item_count - 1]));
    mb_tally_sort(&tally);
    CU_ASSERT_EQUAL(tally.case_count, 13); /* the one that is gone does not count */
    CU_ASSERT_EQUAL(tally.outcome_counts[MB_OUTCOME_OK], 6);
    CU_ASSERT_EQUAL(tally.outcome_counts[MB_OUTCOME_SKIPPED], 2);
    CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_LOST], 6); /* skipped without a baseline is not a loss */
    CU_ASSERT_EQUAL(tally.finding_counts[MB_FINDING_NOT_COMPARABLE], 1);
    CU_ASSERT_EQUAL(tally.verdict_counts[MB_VERDICT_REGRESSED], 4);
    CU_ASSERT_EQUAL(tally.gated_count, 10);
    CU_ASSERT_STRING_EQUAL(tally.findings[0].case_id, "memory_job_creation/100");
    CU_ASSERT_EQUAL(tally.findings[0].changes[0].metric, MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_RETAINED_BYTES);
    CU_ASSERT_EQUAL(tally.findings[0].changes[1].metric, MB_QUANTITY_WINDOWED_COUNT + MB_HEAP_LIVE_BYTES);
    CU_ASSERT_STRING_EQUAL(tally.findings[1].case_id, "worse");
    mb_decision decision;
    mb_decide(&tally, &(mb_decision_policy){.is_compared = true}, &decision);
    CU_ASSERT_STRING_EQUAL(decision.verdict, "failed");
    CU_ASSERT_EQUAL(decision.exit_code, MB_EXIT_FAILED);
    mb_tally_fini(&tally);
    fixture_fini(&made);

    fixture_init_plain(&made);
    char *text = fixture_render_decided(&made, "text", &options, &tally, &decision);
    CU_ASSERT_PTR_NOT_NULL(text);
    CU_ASSERT_EQUAL(tally.case_count, 2);
    CU_ASSERT_STRING_EQUAL(decision.verdict, "measured");
    CU_ASSERT_EQUAL(decision.exit_code, MB_EXIT_OK);
    free(text);
    fixture_fini(&made);
}

static void test_shell_quote(void)
{
    static const struct {
        const char *text, *quoted;
    } rows[] = {{"memory/100KB", "memory/100KB"}, {"", "''"},           {"a b", "'a b'"},
                {"it's", "'it'\\''s'"},           {"$(rm)", "'$(rm)'"}, {"a\nb", "'a b'"}};
    char quoted[512];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_shell_quote(rows[i].text, quoted, sizeof quoted);
        CU_ASSERT_STRING_EQUAL(quoted, rows[i].quoted);
    }
}

/* Renders a great many cases, the half of them with the longest names and messages there can be. */
static void check_bounded(const char *format, size_t least_bytes, size_t limit_bytes)
{
    enum { CASE_COUNT = 8000 };
    static const mb_report_options options = {.unicode = true};
    fixture made;
    fixture_init_hostile(&made);
    char id[MB_ID_BYTES_MAX], message[2000];
    memset(id, '<', sizeof id - 1);
    memset(message, '&', sizeof message - 1);
    id[sizeof id - 1] = message[sizeof message - 1] = '\0';
    mb_case_result *worst = fixture_add_jobs(&made, id, 100);
    worst->group = ""; /* of no group, so each is a cause of its own */
    worst->outcome = MB_OUTCOME_FAILED;
    worst->message = message;
    for (mb_metric metric = 0; metric < 8; metric++)
        fixture_compare(&made, metric, (mb_verdict)(MB_VERDICT_INCONCLUSIVE + metric % 3), 1e9, 1e12, false);
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    mb_report *report;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_report_open(mb_report_format_find(format), file, &made.model, &options, &report, &error),
                          MB_OK);
    for (size_t i = 0; i < CASE_COUNT; i++)
        CU_ASSERT_EQUAL(
            mb_report_add(report, &made.items[i < CASE_COUNT / 2 ? made.item_count - 1 : i % made.item_count], &error),
            MB_OK);
    CU_ASSERT_EQUAL(mb_report_close(report, NULL, NULL, &error), MB_OK);
    fclose(file);
    CU_ASSERT_TRUE(length < limit_bytes);
    CU_ASSERT_TRUE(length > least_bytes);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "cases left out here: the results file"));
    free(text);
    fixture_fini(&made);
}

/* Proves that summary and comment stay below what GitHub takes (1 MiB, 65,536 characters) whatever the number of cases,
 * and that the cases left out are counted. */
static void test_markdown_is_bounded(void)
{
    check_bounded("comment", 30000, 65536);
    check_bounded("markdown", 900000, 1048576);
}

MB_SUITE(report, {"text", test_text}, {"markdown, csv and json", test_other_formats},
         {"no control bytes", test_no_control_bytes}, {"empty", test_empty}, {"write error", test_write_error},
         {"parsed back", test_parsed_back}, {"tally", test_tally}, {"shell quote", test_shell_quote},
         {"markdown is bounded", test_markdown_is_bounded});
