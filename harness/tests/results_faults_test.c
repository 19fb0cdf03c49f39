/* Proves that every allocation, write, sync and rename may fail: an error comes back, nothing leaks (run under ASan),
 * and the file that was there stays as it was. This program's malloc, calloc and realloc go through the counter below.
 */
#include "base/file_ops.h"
#include "store/baseline.h"
#include "store/collect.h"
#include "store/journal.h"
#include "store/results_writer.h"
#include "tests/results_fixture.h"
#include "tests/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allocations_left = -1; /* the allocation that finds 0 fails; negative: none does */

static bool is_due(void)
{
    if (allocations_left < 0 || allocations_left-- > 0)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size) { return is_due() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return is_due() ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *old, size_t size) { return is_due() ? NULL : __real_realloc(old, size); }

static mb_error error;

typedef struct stage { /* what the operations work on */
    const char *folder;
    char path[128];
} stage;

static mb_status write_file(const stage *s)
{
    mb_results_writer *writer;
    if (mb_results_writer_begin(s->path, &mb_fixture_run, &writer, &error) != MB_OK)
        return MB_FAILED;
    for (size_t i = 0; i < MB_FIXTURE_CASES; i++)
        if (mb_results_writer_add(writer, &mb_fixture_cases[i], &error) != MB_OK) {
            mb_results_writer_abandon(writer);
            return MB_FAILED;
        }
    return mb_results_writer_finish(writer, &error);
}

static mb_status read_file(const stage *s)
{
    mb_results_reader *reader;
    mb_arena arena = {0};
    mb_status status = mb_results_reader_open(s->path, &reader, &error);
    if (status != MB_OK)
        return status;
    for (size_t i = 0; i < mb_results_reader_count(reader) && status == MB_OK; i++) {
        mb_case_result result;
        status = mb_results_reader_read(reader, i, &arena, &result, &error);
        if (status == MB_OK)
            CU_ASSERT_TRUE(mb_fixture_case_equals(&result, &mb_fixture_cases[i]));
    }
    mb_results_reader_close(reader);
    mb_arena_fini(&arena);
    return status;
}

static mb_status merge_baseline(const stage *s)
{
    mb_case_source source = mb_case_source_of_array(&mb_fixture_run, mb_fixture_cases + 1, 2);
    return mb_baseline_save(s->folder, "main", &source, 0, NULL, &error);
}

static mb_status list_baselines(const stage *s)
{
    mb_arena arena = {0};
    mb_baseline_entry *entries;
    size_t count;
    mb_status status = mb_baseline_list(s->folder, &arena, &entries, &count, &error);
    mb_arena_fini(&arena);
    return status;
}

static mb_status collect(const stage *s)
{
    (void)s;
    static const char *const lines[] = {
        "{\"event\":\"hello\",\"protocol\":1,\"libc\":\"glibc\"}",
        "{\"event\":\"begin\",\"window\":\"cold\"}",
        "{\"event\":\"mark\",\"name\":\"m\",\"values\":{\"rss_delta_bytes\":1}}",
        "{\"event\":\"region\",\"name\":\"r\",\"nominal_bytes\":2,\"resident_bytes\":1}",
        "{\"event\":\"count\",\"name\":\"c\",\"value\":3}",
        "{\"event\":\"end\",\"values\":{\"anon_delta_bytes\":1},\"missing\":{\"footprint_bytes\":\"x\"}}",
        "{\"event\":\"done\",\"outcome\":\"ok\"}",
    };
    mb_arena arena = {0};
    mb_case_result result = {.id = "a"}, before = result;
    mb_collector collector;
    mb_collector_init(&collector, &result, &arena);
    mb_sample *sample = mb_sample_new(MB_PASS_PAGES);
    mb_status status = sample != NULL ? MB_OK : mb_error_set(&error, MB_ERROR_SYSTEM, "out of memory");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && status == MB_OK; i++)
        status = mb_sample_line(sample, lines[i], strlen(lines[i]), &error);
    for (int i = 0; i < 6 && status == MB_OK; i++) {
        before = result;
        status = mb_collector_add(&collector, sample, &error);
    }
    if (status != MB_OK)
        CU_ASSERT_TRUE(mb_fixture_case_equals(&result, &before)); /* a sample enters whole or not at all */
    if (status == MB_OK)
        status = mb_collector_settle(&collector, &error);
    mb_sample_free(sample);
    mb_arena_fini(&arena);
    return status;
}

static mb_status use_journal(const stage *s)
{
    static const mb_journal_header header = {.fingerprint = "f", .seed = 1, .date = "d"};
    static const mb_journal_sample sample = {"a", 0, MB_PASS_HEAP, 0, MB_OUTCOME_OK, "m", "{}\n", 3};
    const char *path = mb_fixture_path(s->folder, "journal");
    mb_journal *journal;
    mb_journal_header read;
    mb_arena arena = {0};
    unlink(path);
    mb_status status = mb_journal_create(path, &header, &journal, &error);
    if (status != MB_OK)
        return status;
    status = mb_journal_append(journal, &sample, &error);
    mb_journal_close(journal);
    if (status == MB_OK)
        status = mb_journal_resume(path, &header, &arena, &read, NULL, NULL, &journal, &error);
    if (status == MB_OK)
        mb_journal_close(journal);
    mb_arena_fini(&arena);
    return status;
}

static void open_stage(stage *s)
{
    s->folder = mb_fixture_folder();
    snprintf(s->path, sizeof s->path, "%s/main.json", s->folder);
    CU_ASSERT_EQUAL_FATAL(write_file(s), MB_OK);
}

static void test_allocations(void)
{
    static mb_status (*const operations[])(const stage *s) = {write_file,     read_file, merge_baseline,
                                                              list_baselines, collect,   use_journal};
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        stage s;
        size_t old_length, length;
        open_stage(&s);
        char *old = mb_fixture_read(s.path, &old_length);
        long failed_count = 0;
        for (;; failed_count++) {
            error = (mb_error){0};
            allocations_left = failed_count;
            mb_status status = operations[i](&s);
            bool is_reached = allocations_left < 0;
            allocations_left = -1;
            if (status == MB_OK && !is_reached)
                break;
            if (operations[i] == list_baselines && status == MB_OK)
                continue; /* told of the one file, as its problem */
            CU_ASSERT_EQUAL(status, MB_FAILED);
            CU_ASSERT_EQUAL(error.kind, MB_ERROR_SYSTEM);
            CU_ASSERT_TRUE(strstr(error.message, "out of memory") != NULL ||
                           strstr(error.message, "Cannot allocate memory") != NULL);
            char *now = mb_fixture_read(s.path, &length);
            CU_ASSERT_TRUE(length == old_length && memcmp(old, now, length) == 0);
            CU_ASSERT_TRUE(mb_fixture_count_files(s.folder) <= 1 + (operations[i] == use_journal));
            free(now);
        }
        CU_ASSERT_TRUE(failed_count > 5);
        free(old);
    }
}

static void test_disk(void)
{
    static const struct {
        mb_file_faults faults;
        bool is_replaced; /* the failure comes when the new file is in place */
    } rows[] = {{{0, -1, -1, ENOSPC}, false},
                {{-1, 0, -1, EIO}, false},
                {{-1, -1, 0, EACCES}, false},
                {{-1, 1, -1, EIO}, true}}; /* the folder's sync */
    static mb_status (*const operations[])(const stage *s) = {write_file, merge_baseline};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t k = 0; k < 2; k++) {
            stage s;
            size_t old_length, length;
            open_stage(&s);
            char *old = mb_fixture_read(s.path, &old_length);
            mb_file_fault = rows[i].faults;
            CU_ASSERT_EQUAL(operations[k](&s), MB_FAILED);
            mb_file_fault = (mb_file_faults){-1, -1, -1, 0};
            CU_ASSERT_EQUAL(error.kind, MB_ERROR_SYSTEM);
            CU_ASSERT_PTR_NOT_NULL(strstr(error.message, strerror(rows[i].faults.errnum)));
            CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "main.json"));
            char *now = mb_fixture_read(s.path, &length);
            CU_ASSERT_TRUE(rows[i].is_replaced || (length == old_length && memcmp(old, now, length) == 0));
            CU_ASSERT_EQUAL(mb_fixture_count_files(s.folder), 1);
            CU_ASSERT_EQUAL(read_file(&s), MB_OK);
            free(old);
            free(now);
        }
}

/* The real thing: a device that is always full, a folder that is none, a process that may not write so much. */
static void test_real_failures(void)
{
    stage s;
    open_stage(&s);
    static const struct {
        bool is_below;
        const char *path, *message;
    } rows[] = {{false, "/dev/full", "/dev/full: cannot be written: No space left on device"},
                {true, "/none/main.json", "none/main.json: cannot be written: No such file or directory"},
                {true, "/main.json/x.json", "main.json/x.json: cannot be written: Not a directory"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        stage wrong = s;
        snprintf(wrong.path, sizeof wrong.path, "%s%s", rows[i].is_below ? s.folder : "", rows[i].path);
        CU_ASSERT_EQUAL(write_file(&wrong), MB_FAILED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, rows[i].message));
    }
    CU_ASSERT_EQUAL(mb_fixture_count_files(s.folder), 1);
    CU_ASSERT_EQUAL(read_file(&s), MB_OK);
}

/* A line that does not fit on the disk is taken back, so that the next one is not behind half a line. */
static void test_journal_on_full_disk(void)
{
    static const mb_journal_header header = {.fingerprint = "f", .seed = 1, .date = "d"};
    static const mb_journal_sample sample = {"a", 0, MB_PASS_HEAP, 0, MB_OUTCOME_OK, NULL, "{}\n", 3};
    const char *path = mb_fixture_path(mb_fixture_folder(), "journal");
    mb_journal *journal;
    mb_journal_header read;
    mb_arena arena = {0};
    CU_ASSERT_EQUAL_FATAL(mb_journal_create(path, &header, &journal, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_journal_append(journal, &sample, &error), MB_OK);
    mb_file_fault = (mb_file_faults){0, -1, -1, ENOSPC};
    CU_ASSERT_EQUAL(mb_journal_append(journal, &sample, &error), MB_FAILED);
    mb_file_fault = (mb_file_faults){-1, -1, -1, 0};
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "journal: cannot be written: No space left on device"));
    CU_ASSERT_EQUAL(mb_journal_append(journal, &sample, &error), MB_OK);
    mb_journal_close(journal);
    CU_ASSERT_EQUAL(mb_journal_read(path, &arena, &read, NULL, NULL, &error), MB_OK);
    mb_arena_fini(&arena);
}

MB_SUITE(results_faults, {"allocations", test_allocations}, {"writes, syncs, renames", test_disk},
         {"real failures", test_real_failures}, {"journal on a full disk", test_journal_on_full_disk});
