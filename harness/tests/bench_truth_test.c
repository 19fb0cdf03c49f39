/* The truth programs, each run as a worker in a process of its own, against the table of bench/truth/expected.h: every
 * row is checked for every parameter, with equality. This proves programs, library and heap hook at once. */
#include "../../bench/truth/expected.h"
#include "model/metric.h"
#include "tests/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 1 << 16, CASES_MAX = 100, ID_BYTES_MAX = 128 };

/* Runs the program as a worker; what it answers is left in `answer`. Returns its exit code, or -1. */
static int ask(const char *program, const char *action, const char *id, const char *pass, char *answer)
{
    int pair[2];
    if (pipe(pair) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        char descriptor[16];
        snprintf(descriptor, sizeof descriptor, "%d", pair[1]);
        setenv("MEMBENCH_FD", descriptor, 1);
        setenv("MEMBENCH_ACTION", action, 1);
        setenv("MEMBENCH_CASE", id, 1);
        setenv("MEMBENCH_PASS", pass, 1);
        setenv("MEMBENCH_WARMUP", "2", 1);
        setenv("MEMBENCH_RSS", "status", 1);
        if (strcmp(pass, "heap") == 0) {
            setenv("MEMBENCH_HEAP_HOOK", "0000000000000000", 1);
            setenv("LD_PRELOAD", BENCH_HEAP_HOOK, 1);
        }
        prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
        close(pair[0]);
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length<ANSWER_BYTES_MAX - 1; length += got> 0 ? (size_t)got : 0)
        got = read(pair[0], answer + length, ANSWER_BYTES_MAX - 1 - length);
    answer[length] = '\0';
    close(pair[0]);
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Ids of all cases, in the order listed. */
static size_t list(const char *program, char ids[CASES_MAX][ID_BYTES_MAX])
{
    static char answer[ANSWER_BYTES_MAX];
    size_t count = 0;
    if (ask(program, "list", "", "pages", answer) != 0)
        return 0;
    for (const char *at = answer; count < CASES_MAX && (at = strstr(at, "\"id\":\"")) != NULL; count++) {
        at += strlen("\"id\":\"");
        snprintf(ids[count], ID_BYTES_MAX, "%.*s", (int)strcspn(at, "\""), at);
    }
    return count;
}

/* The value of a metric in the answer: of the window that its name begins with, or of the end of the steady one. */
static bool find_value(const char *answer, const char *metric, int64_t *value)
{
    bool is_cold = strncmp(metric, "cold_", 5) == 0, is_steady = strncmp(metric, "steady_", 7) == 0;
    char begin[64], key[64];
    snprintf(begin, sizeof begin, "{\"event\":\"begin\",\"window\":\"%s\"}", is_cold ? "cold" : "steady");
    snprintf(key, sizeof key, "\"%s\":", metric + (is_cold ? strlen("cold_") : is_steady ? strlen("steady_") : 0));
    const char *window = strstr(answer, begin);
    const char *end = window != NULL ? strstr(window, "{\"event\":\"end\"") : NULL;
    const char *found = end != NULL ? strstr(end, key) : NULL;
    const char *line_end = end != NULL ? strchr(end, '\n') : NULL;
    if (found == NULL || found > line_end)
        return false;
    const char *digits = found + strlen(key);
    char *rest;
    *value = strtoll(digits, &rest, 10);
    return rest != digits;
}

/* The parameter that follows the family in the id; false when the case is of another family. */
static bool is_of_family(const char *id, const char *family, uint64_t *parameter)
{
    size_t length = strlen(family);
    *parameter = 0;
    if (strncmp(id, family, length) != 0)
        return false;
    if (id[length] == '\0')
        return true;
    if (id[length] != '/' || id[length + 1] < '0' || id[length + 1] > '9')
        return false;
    *parameter = strtoull(id + length + 1, NULL, 10);
    return true;
}

/* Compares one case's answer with all rows of its family in that pass; counts the rows. */
static void check_rows(const char *id, mb_pass pass, const char *answer, unsigned seen[TRUTH_TABLE_COUNT])
{
    for (size_t i = 0; i < TRUTH_TABLE_COUNT; i++) {
        const truth_expected *row = &truth_table[i];
        uint64_t parameter;
        mb_metric metric = mb_metric_find(row->metric, strlen(row->metric));
        if (metric < 0 || mb_metric_info(metric)->pass != pass || !is_of_family(id, row->family, &parameter))
            continue;
        mb_quantity quantity = mb_metric_quantity(metric);
        if (quantity == MB_PEAK_ANON_DELTA_BYTES || quantity == MB_PEAK_RSS_DELTA_BYTES) {
            seen[i]++; /* read by the coordinator's tracer: e2e-truth compares it */
            continue;
        }
        int64_t expected = truth_expected_value(row, parameter, sysconf(_SC_PAGESIZE)), value = 0;
        bool found = find_value(answer, row->metric, &value);
        CU_ASSERT_TRUE(found);
        CU_ASSERT_EQUAL(value, expected);
        if (!found || value != expected)
            printf("\n    %s %s: %lld, expected %lld", id, row->metric, (long long)value, (long long)expected);
        seen[i]++;
    }
}

static bool can_run(void)
{
#if TESTS_SANITIZED
    printf("skipped: sanitizers change what is measured ");
    return false;
#else
    if (access(BENCH_FOLDER "/truth", X_OK) == 0)
        return true;
    printf("skipped: the bench programs were not built ");
    return false;
#endif
}

static void check_pass(mb_pass pass)
{
    static char ids[CASES_MAX][ID_BYTES_MAX], answer[ANSWER_BYTES_MAX];
    unsigned seen[TRUTH_TABLE_COUNT] = {0};
    if (!can_run())
        return;
    size_t case_count = list(BENCH_FOLDER "/truth", ids);
    CU_ASSERT_TRUE(case_count > 20);
    for (size_t i = 0; i < case_count; i++) {
        int code = ask(BENCH_FOLDER "/truth", "sample", ids[i], mb_pass_name(pass), answer);
        if (strstr(answer, "\"outcome\":\"skipped\"") != NULL) {
            printf("\n    skipped: %s: %s", ids[i], strstr(answer, "\"outcome\":"));
            continue;
        }
        CU_ASSERT_EQUAL(code, 0);
        check_rows(ids[i], pass, answer, seen);
    }
}

static void test_pages(void) { check_pass(MB_PASS_PAGES); }

static void test_heap(void) { check_pass(MB_PASS_HEAP); }

/* A row with a misspelt metric or family would never be checked. */
static void test_table(void)
{
    static char ids[CASES_MAX][ID_BYTES_MAX];
    if (!can_run())
        return;
    size_t case_count = list(BENCH_FOLDER "/truth", ids);
    for (size_t i = 0; i < TRUTH_TABLE_COUNT; i++) {
        uint64_t parameter;
        size_t matching = 0;
        for (size_t c = 0; c < case_count; c++)
            matching += is_of_family(ids[c], truth_table[i].family, &parameter);
        CU_ASSERT_TRUE(matching > 0);
        CU_ASSERT_TRUE(mb_metric_find(truth_table[i].metric, strlen(truth_table[i].metric)) >= 0);
    }
}

/* What was drawn is what is measured, and different processes draw both values. */
static void test_drawn(void)
{
    static char answer[ANSWER_BYTES_MAX];
    unsigned low_count = 0, high_count = 0;
    if (!can_run())
        return;
    for (int i = 0; i < 64 && (low_count == 0 || high_count == 0); i++) {
        int64_t bytes = 0;
        CU_ASSERT_EQUAL(ask(BENCH_FOLDER "/truth", "sample", "truth_two_valued", "pages", answer), 0);
        CU_ASSERT_TRUE(find_value(answer, "steady_anon_delta_bytes", &bytes));
        bool is_low = bytes == TRUTH_TWO_VALUED_LOW_PAGES * sysconf(_SC_PAGESIZE);
        CU_ASSERT_TRUE(is_low || bytes == TRUTH_TWO_VALUED_HIGH_PAGES * sysconf(_SC_PAGESIZE));
        low_count += is_low;
        high_count += !is_low;
    }
    CU_ASSERT_TRUE(low_count > 0 && high_count > 0);
}

MB_SUITE(bench_truth, {"table names cases and metrics", test_table}, {"pages are exact", test_pages},
         {"heap is exact", test_heap}, {"drawn amounts", test_drawn});
