/* One model in every format there is: whole, readable by anything that reads UTF-8, and the same each time. */
#include "base/utf8.h"
#include "report/tool_formats.h"
#include "tests/report_fixture.h"
#include "tests/suite.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    void (*init)(fixture *);
} models[] = {{"full", fixture_init_full}, {"plain", fixture_init_plain}, {"hostile", fixture_init_hostile}};
enum { MODEL_COUNT = sizeof models / sizeof models[0] };

/* Counts what no text may hold: malformed bytes and controls. */
static size_t count_bad(const char *text, bool is_raw)
{
    size_t bad_count = 0;
    while (*text != '\0') {
        uint32_t point;
        text += mb_utf8_decode(text, &point);
        bad_count += !is_raw && (point == MB_UTF8_INVALID || (point < ' ' && point != '\n') || point == 0x7F);
    }
    return bad_count;
}

/* csv hands over the bytes of names as they are, and openmetrics all that its labels may hold. */
static bool is_raw(const mb_report_format *format)
{
    return strcmp(format->name, "csv") == 0 || strcmp(format->name, "openmetrics") == 0;
}

/* Proves that each model gives each format something to say, twice the same, and without a byte that breaks it. */
static void test_all_formats(void)
{
    static const mb_report_options options = {.unicode = true};
    for (size_t f = 0; mb_report_formats[f] != NULL; f++) {
        const mb_report_format *format = mb_report_formats[f];
        for (size_t m = 0; m < MODEL_COUNT && fixture_can_render(format); m++) {
            fixture made;
            models[m].init(&made);
            char *text = fixture_render(&made, format->name, &options, NULL);
            char *again = fixture_render(&made, format->name, &options, NULL);
            CU_ASSERT_FATAL(text != NULL && again != NULL);
            CU_ASSERT_STRING_EQUAL(text, again);
            size_t bad_count = count_bad(text, is_raw(format));
            if (bad_count > 0)
                printf("%s of %s: ", format->name, models[m].name);
            CU_ASSERT_EQUAL(bad_count, 0);
            bool says_nothing = text[0] == '\0'; /* where there is nothing to annotate */
            CU_ASSERT_EQUAL(says_nothing, strcmp(format->name, "github") == 0 && m == 1);
            free(text);
            free(again);
            fixture_fini(&made);
        }
    }
}

/* Without a case every format is still a whole document of its kind. */
static void test_no_case(void)
{
    static const struct {
        const char *format, *end;
    } rows[] = {{"junit", "</testsuites>\n"},  {"openmetrics", "# EOF\n"}, {"bencher", "{}\n"},
                {"smaller-is-better", "[]\n"}, {"gbench", "}\n"},          {"ndjson", "}\n"},
                {"gobench", "pkg: membench\n"}};
    static const mb_report_options options = {.unicode = true};
    fixture made;
    fixture_init_plain(&made);
    made.item_count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = fixture_render(&made, rows[i].format, &options, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(text);
        size_t length = strlen(text), end_length = strlen(rows[i].end);
        CU_ASSERT_TRUE(length >= end_length && strcmp(text + length - end_length, rows[i].end) == 0);
        free(text);
    }
    fixture_fini(&made);
}

/* Removes a folder with all that is in it; returns how many files there were. */
static size_t remove_folder(const char *path)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char below[2048];
        struct stat found;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (lstat(below, &found) == 0 && S_ISDIR(found.st_mode))
            count += remove_folder(below);
        else
            count += unlink(below) == 0;
    }
    if (folder != NULL)
        closedir(folder);
    rmdir(path);
    return count;
}

/* Proves that the folder format writes three files for each case and metric, leaves no temporary file, and without a
 * folder says what is missing. */
static void test_folder(void)
{
    char path[] = "/tmp/membench-criterion-XXXXXX";
    mb_report_options options = {.unicode = true};
    const mb_report_format *format = mb_report_format_find("criterion");
    mb_report *report = NULL;
    mb_error error = {0};
    fixture made;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(path));
    fixture_init_plain(&made);
    CU_ASSERT_EQUAL(mb_report_open(format, NULL, &made.model, &options, &report, &error), MB_ERROR_USAGE);
    options.folder = path;
    CU_ASSERT_EQUAL_FATAL(mb_report_open(format, NULL, &made.model, &options, &report, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_report_add(report, &made.items[0], &error), MB_OK);
    size_t series_count = 0;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        series_count += mb_report_tracks(report, metric) && made.items[0].result->series[metric].count > 0;
    CU_ASSERT_EQUAL(mb_report_close(report, NULL, NULL, &error), MB_OK);
    CU_ASSERT_TRUE(series_count > 3);
    CU_ASSERT_EQUAL(remove_folder(path), 3 * series_count);
    fixture_fini(&made);
}

/* Proves that a sentence is on one line and ends in time, whatever there is to say. */
static void test_sentence(void)
{
    char text[MB_FINDING_TEXT_MAX];
    mb_finding_change changes[MB_METRIC_COUNT];
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        changes[metric] = (mb_finding_change){
            .metric = metric, .difference = 1e300, .ratio = 1e300, .has_interval = true, .low = 1e299, .high = 1e301};
    mb_finding finding = {.kind = MB_FINDING_REGRESSED, .changes = changes, .change_count = MB_METRIC_COUNT};
    mb_finding_sentence(&finding, text);
    CU_ASSERT_TRUE(strlen(text) < MB_FINDING_TEXT_MAX - 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "heap"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " more"));
    finding = (mb_finding){.kind = MB_FINDING_LOST, .outcome = MB_OUTCOME_CRASHED, .message = "by\nSIGSEGV\033[0m"};
    CU_ASSERT_STRING_EQUAL(mb_finding_sentence(&finding, text), "crashed: by SIGSEGV\xEF\xBF\xBD[0m");
    changes[0] = (mb_finding_change){
        .metric = mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY), .is_budget = true, .value = 2048, .budget = 1024};
    finding = (mb_finding){.kind = MB_FINDING_OVER_BUDGET, .changes = changes, .change_count = 1};
    CU_ASSERT_STRING_EQUAL(mb_finding_sentence(&finding, text), "heap 2.00 KiB where 1.00 KiB are allowed");
}

MB_SUITE(report_formats, {"all formats", test_all_formats}, {"no case", test_no_case}, {"folder", test_folder},
         {"sentence", test_sentence});
