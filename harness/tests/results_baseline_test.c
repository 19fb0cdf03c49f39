/* Proves that saving a baseline merges what it should, that one writer waits for the other, and that a killed one
 * leaves the old baseline or the new. */
#include "base/file_ops.h"
#include "store/baseline.h"
#include "store/results_writer.h"
#include "tests/results_fixture.h"
#include "tests/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static mb_error error;

/* A case of one program with one value. */
static mb_case_result simple(const char *id, size_t program, const double *value)
{
    mb_case_result result = {.id = id, .group = "g", .program = program};
    result.series[0] = (mb_series){(double *)(uintptr_t)value, 1};
    return result;
}

static const double one = 1, two = 2;

static mb_status save(const char *folder, const char *name, const mb_run_info *run, const mb_case_result *cases,
                      size_t count, mb_baseline_saved *saved)
{
    mb_case_source source = mb_case_source_of_array(run, cases, count);
    return mb_baseline_save(folder, name, &source, 0, saved, &error);
}

/* "id=value@program path" of each case, in file order. */
static void describe(const char *folder, const char *name, char *text, size_t size)
{
    mb_results_reader *reader;
    mb_arena arena = {0};
    size_t used = 0;
    text[0] = '\0';
    CU_ASSERT_EQUAL_FATAL(mb_baseline_open(folder, name, NULL, &reader, &error), MB_OK);
    const mb_run_info *run = mb_results_reader_run(reader);
    for (size_t i = 0; i < mb_results_reader_count(reader); i++) {
        mb_case_result result;
        CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, i, &arena, &result, &error), MB_OK);
        used += (size_t)snprintf(text + used, size - used, "%s=%g@%s ", result.id,
                                 result.series[0].count > 0 ? result.series[0].values[0] : -1,
                                 run->programs[result.program].path);
    }
    mb_results_reader_close(reader);
    mb_arena_fini(&arena);
}

static void test_names(void)
{
    static const struct {
        const char *name;
        mb_status status;
    } rows[] = {{"main", MB_OK},         {"v1.2-rc_3", MB_OK}, {"-x", MB_OK},      {"", MB_FAILED},
                {".hidden", MB_FAILED},  {"..", MB_FAILED},    {"a/b", MB_FAILED}, {"a b", MB_FAILED},
                {"\xc3\xa9", MB_FAILED}, {"a\n", MB_FAILED},   {"a\\b", MB_FAILED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_EQUAL(mb_baseline_check_name(rows[i].name, &error), rows[i].status);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
    char longest[66];
    memset(longest, 'a', 65);
    longest[65] = '\0';
    CU_ASSERT_EQUAL(mb_baseline_check_name(longest, &error), MB_FAILED);
    CU_ASSERT_EQUAL(mb_baseline_check_name(longest + 1, &error), MB_OK);
}

static void test_merge(void)
{
    const char *folder = mb_fixture_path(mb_fixture_folder(), "baselines"); /* made by save */
    char text[400];
    mb_program_info alpha = {.path = "alpha", .libc = "glibc 2.36"}, beta = {.path = "beta"}, gamma = {.path = "gamma"};
    mb_program_info old_programs[] = {gamma, alpha, beta}, new_programs[] = {alpha, beta};
    mb_run_info old_run = {.date = "old", .complete = true, .programs = old_programs, .program_count = 3};
    mb_run_info new_run = {.date = "new", .complete = true, .programs = new_programs, .program_count = 2};
    mb_case_result old_cases[] = {simple("a", 0, &one), simple("b", 2, &one), simple("c", 1, &one)};
    mb_case_result new_cases[] = {simple("d", 1, &two), simple("b", 0, &two)};
    mb_baseline_saved saved;
    CU_ASSERT_EQUAL_FATAL(save(folder, "main", &old_run, old_cases, 3, &saved), MB_OK);
    CU_ASSERT_EQUAL(saved.added_count, 3);
    describe(folder, "main", text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "a=1@gamma b=1@beta c=1@alpha ");
    CU_ASSERT_EQUAL_FATAL(save(folder, "main", &new_run, new_cases, 2, &saved), MB_OK);
    CU_ASSERT_TRUE(saved.added_count == 1 && saved.replaced_count == 1 && saved.kept_count == 2 &&
                   saved.spared_count == 0);
    describe(folder, "main", text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "a=1@gamma b=2@alpha c=1@alpha d=2@beta ");
    mb_results_reader *reader;
    CU_ASSERT_EQUAL_FATAL(mb_baseline_open(folder, "main", NULL, &reader, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_results_reader_run(reader)->program_count, 3); /* alpha once, gamma still, beta */
    CU_ASSERT_STRING_EQUAL(mb_results_reader_run(reader)->date, "new");
    mb_results_reader_close(reader);
    CU_ASSERT_EQUAL(mb_fixture_count_files(folder), 1);
}

/* A case that crashed must not take its baseline away: the next run would have nothing to fail against. */
static void test_spare(void)
{
    const char *folder = mb_fixture_folder();
    char text[400];
    mb_program_info alpha = {.path = "alpha"};
    mb_run_info run = {.complete = true, .programs = &alpha, .program_count = 1};
    mb_case_result cases[] = {simple("a", 0, &one), simple("b", 0, &one)};
    cases[1].outcome = MB_OUTCOME_SKIPPED;
    mb_baseline_saved saved;
    CU_ASSERT_EQUAL_FATAL(save(folder, "main", &run, cases, 2, NULL), MB_OK);
    cases[0] = (mb_case_result){.id = "a", .group = "g", .outcome = MB_OUTCOME_CRASHED};
    cases[1] = simple("b", 0, &two);
    CU_ASSERT_EQUAL_FATAL(save(folder, "main", &run, cases, 2, &saved), MB_OK);
    CU_ASSERT_TRUE(saved.spared_count == 1 && saved.replaced_count == 1 && saved.kept_count == 0);
    describe(folder, "main", text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "a=1@alpha b=2@alpha ");
}

/* What a file says once must hold for the cases that stay. */
static void test_other_machine(void)
{
    const char *folder = mb_fixture_folder();
    mb_run_info run = {.complete = true, .architecture = "x86_64", .page_bytes = 4096, .rss_source = "status"};
    mb_run_info others[] = {run, run, run};
    others[0].architecture = "aarch64";
    others[1].page_bytes = 16384;
    others[2].rss_source = "smaps_rollup";
    static const char *const whats[] = {"architecture", "page size", "source of resident set sizes"};
    mb_case_result cases[] = {simple("a", 0, &one), simple("b", 0, &one)};
    CU_ASSERT_EQUAL_FATAL(save(folder, "main", &run, cases, 2, NULL), MB_OK);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(save(folder, "main", &others[i], cases, 1, NULL), MB_FAILED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, whats[i]));
    }
    CU_ASSERT_EQUAL(save(folder, "main", &others[0], cases, 2, NULL), MB_OK); /* nothing stays: fine */
}

static void test_list_and_remove(void)
{
    const char *folder = mb_fixture_folder();
    mb_arena arena = {0};
    mb_baseline_entry *entries;
    size_t count = 7;
    CU_ASSERT_EQUAL(mb_baseline_list(mb_fixture_path(folder, "none"), &arena, &entries, &count, &error), MB_OK);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL_FATAL(save(folder, "zeta", &mb_fixture_run, mb_fixture_cases, MB_FIXTURE_CASES, NULL), MB_OK);
    CU_ASSERT_EQUAL_FATAL(save(folder, "main", &mb_fixture_run, mb_fixture_cases, 1, NULL), MB_OK);
    mb_fixture_write(mb_fixture_path(folder, "bad.json"), "{", 1);
    mb_fixture_write(mb_fixture_path(folder, "README.md"), "x", 1);
    mb_fixture_write(mb_fixture_path(folder, ".main.json.1.tmp"), "x", 1);
    CU_ASSERT_EQUAL_FATAL(mb_baseline_list(folder, &arena, &entries, &count, &error), MB_OK);
    CU_ASSERT_EQUAL_FATAL(count, 3);
    CU_ASSERT_STRING_EQUAL(entries[0].name, "bad");
    CU_ASSERT_PTR_NOT_NULL(strstr(entries[0].problem, "bad.json: line 1, column 2: unexpected end of file"));
    CU_ASSERT_EQUAL(entries[0].file_bytes, 1);
    CU_ASSERT_STRING_EQUAL(entries[1].name, "main");
    CU_ASSERT_EQUAL(entries[1].case_count, 1);
    CU_ASSERT_PTR_NULL(entries[1].problem);
    CU_ASSERT_STRING_EQUAL(entries[2].name, "zeta");
    CU_ASSERT_STRING_EQUAL(entries[2].date, mb_fixture_run.date);
    CU_ASSERT_EQUAL(entries[2].case_count, MB_FIXTURE_CASES);
    mb_results_reader *reader;
    CU_ASSERT_EQUAL(mb_baseline_open(folder, "other", NULL, &reader, &error), MB_FAILED);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_BASELINE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "there are: bad, main, zeta"));
    CU_ASSERT_EQUAL(mb_baseline_remove(folder, "main", &error), MB_OK);
    CU_ASSERT_EQUAL(mb_baseline_remove(folder, "main", &error), MB_FAILED);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_BASELINE);
    CU_ASSERT_EQUAL(mb_baseline_remove(folder, "../main", &error), MB_FAILED);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
    /* An unreadable old baseline is not overwritten: it may hold cases that did not run. */
    CU_ASSERT_EQUAL(save(folder, "bad", &mb_fixture_run, mb_fixture_cases, 1, NULL), MB_FAILED);
    /* What a killed writer left goes with the next save of that name. */
    CU_ASSERT_EQUAL(save(folder, "main", &mb_fixture_run, mb_fixture_cases, 1, NULL), MB_OK);
    CU_ASSERT_NOT_EQUAL(access(mb_fixture_path(folder, ".main.json.1.tmp"), F_OK), 0);
    mb_arena_fini(&arena);
}

static void test_two_writers(void)
{
    const char *folder = mb_fixture_folder();
    mb_case_source source = mb_case_source_of_array(&mb_fixture_run, mb_fixture_cases, 1);
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CU_ASSERT_EQUAL_FATAL(flock(lock, LOCK_EX), 0);
    CU_ASSERT_EQUAL(mb_baseline_save(folder, "main", &source, 40, NULL, &error), MB_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "another membench is writing a baseline there; gave up after 40 ms"));
    CU_ASSERT_EQUAL(mb_fixture_count_files(folder), 0);
    fflush(NULL);
    pid_t child = fork(); /* waits until the lock is free, then writes */
    if (child == 0) {
        close(lock); /* a lock is held until the last copy of its descriptor is closed */
        _exit(mb_baseline_save(folder, "main", &source, 10000, NULL, NULL) == MB_OK ? 0 : 1);
    }
    int status = 0;
    usleep(50000);
    CU_ASSERT_EQUAL(waitpid(child, &status, WNOHANG), 0);
    close(lock);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CU_ASSERT_EQUAL(mb_fixture_count_files(folder), 1);
}

/* Many writers of one baseline, each with a case of its own: all cases are there in the end. */
static void test_race(void)
{
    enum { WRITERS = 8 };
    const char *folder = mb_fixture_folder();
    pid_t children[WRITERS];
    fflush(NULL);
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            char id[16];
            snprintf(id, sizeof id, "case/%d", i);
            mb_case_result result = simple(id, 0, &one);
            mb_case_source source = mb_case_source_of_array(&mb_fixture_run, &result, 1);
            _exit(mb_baseline_save(folder, "main", &source, 10000, NULL, NULL) == MB_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = 0;
        CU_ASSERT_EQUAL(waitpid(children[i], &status, 0), children[i]);
        CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    mb_results_reader *reader;
    CU_ASSERT_EQUAL_FATAL(mb_baseline_open(folder, "main", NULL, &reader, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_results_reader_count(reader), WRITERS);
    mb_results_reader_close(reader);
}

/* Saves alternately one value and another for ever, in a child that is killed at some moment. */
static void save_until_killed(const char *folder)
{
    enum { CASES = 40 };
    static char ids[CASES][16];
    mb_case_result cases[CASES];
    for (unsigned round = 0;; round++) {
        for (int i = 0; i < CASES; i++) {
            snprintf(ids[i], sizeof ids[i], "case/%d", i);
            cases[i] = simple(ids[i], 0, round % 2 == 0 ? &one : &two);
        }
        mb_case_source source = mb_case_source_of_array(&mb_fixture_run, cases, CASES);
        if (mb_baseline_save(folder, "main", &source, 10000, NULL, NULL) != MB_OK)
            _exit(1);
    }
}

static void test_killed(void)
{
    const char *folder = mb_fixture_folder();
    const double *value = &one;
    mb_case_result first = simple("case/0", 0, value);
    CU_ASSERT_EQUAL_FATAL(save(folder, "main", &mb_fixture_run, &first, 1, NULL), MB_OK);
    for (int i = 0; i < 40; i++) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0)
            save_until_killed(folder);
        usleep(2000 + (useconds_t)(i * 397 % 5000));
        kill(child, SIGKILL);
        int status = 0;
        CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
        CU_ASSERT_TRUE(WIFSIGNALED(status));
        mb_results_reader *reader;
        mb_arena arena = {0};
        CU_ASSERT_EQUAL_FATAL(mb_baseline_open(folder, "main", NULL, &reader, &error), MB_OK);
        double all = 0;
        for (size_t c = 0; c < mb_results_reader_count(reader); c++) {
            mb_case_result result;
            CU_ASSERT_EQUAL_FATAL(mb_results_reader_read(reader, c, &arena, &result, &error), MB_OK);
            CU_ASSERT_TRUE(c == 0 || result.series[0].values[0] == all); /* one save's cases, not two's */
            all = result.series[0].values[0];
        }
        mb_results_reader_close(reader);
        mb_arena_fini(&arena);
    }
}

MB_SUITE(results_baseline, {"names", test_names}, {"merge", test_merge}, {"a crash spares the old case", test_spare},
         {"another machine's cases", test_other_machine}, {"list and remove", test_list_and_remove},
         {"two writers", test_two_writers}, {"many writers", test_race}, {"killed at any moment", test_killed});
