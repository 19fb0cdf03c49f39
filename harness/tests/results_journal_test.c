/* Proves that a journal gives back every finished sample, loses no more than a torn last line, and refuses the rest. */
#include "store/collect.h"
#include "store/journal.h"
#include "tests/results_fixture.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mb_error error;

static mb_setting parts[] = {{"MALLOC_ARENA_MAX", "1"}, {"--thp", "off"}, {"the list of cases", "sha256:12"}};
static const mb_journal_header header = {
    .fingerprint = "plan 1", .parts = {parts, 3}, .seed = UINT64_MAX, .date = "2026-01-02T03:04:05+00:00"};

static const mb_journal_sample samples[] = {
    {"a/1", 0, MB_PASS_PAGES, 0, MB_OUTCOME_OK, NULL, "{\"event\":\"hello\",\"x\":[1,2]}\n{}\n", 31},
    {"b", 3, MB_PASS_TIME, 19, MB_OUTCOME_CRASHED, "signal 11\xff", "", 0},
    {"a/1", 0, MB_PASS_HEAP, 1, MB_OUTCOME_OK, NULL, "\"\\\n", 3},
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

typedef struct seen {
    size_t count;
    bool is_wrong;
} seen;

static mb_status visit(void *context, const mb_journal_sample *sample, mb_error *visit_error)
{
    (void)visit_error;
    seen *s = context;
    const mb_journal_sample *wanted = &samples[s->count++ % SAMPLES];
    if (strcmp(sample->case_id, wanted->case_id) != 0 || sample->program != wanted->program ||
        sample->pass != wanted->pass || sample->sample_index != wanted->sample_index ||
        sample->outcome != wanted->outcome || sample->events_length != wanted->events_length ||
        strcmp(sample->events, wanted->events) != 0)
        s->is_wrong = true;
    if (wanted->message != NULL && strcmp(sample->message, "signal 11\xef\xbf\xbd") != 0)
        s->is_wrong = true;
    return MB_OK;
}

static const char *write_journal(const char *folder)
{
    const char *path = mb_fixture_path(folder, "journal");
    mb_journal *journal;
    CU_ASSERT_EQUAL_FATAL(mb_journal_create(path, &header, &journal, &error), MB_OK);
    for (size_t i = 0; i < SAMPLES; i++)
        CU_ASSERT_EQUAL(mb_journal_append(journal, &samples[i], &error), MB_OK);
    mb_journal_close(journal);
    return path;
}

static void test_all_comes_back(void)
{
    const char *path = write_journal(mb_fixture_folder());
    mb_arena arena = {0};
    mb_journal_header read;
    seen s = {0};
    CU_ASSERT_EQUAL_FATAL(mb_journal_read(path, &arena, &read, visit, &s, &error), MB_OK);
    CU_ASSERT_TRUE(s.count == SAMPLES && !s.is_wrong);
    CU_ASSERT_STRING_EQUAL(read.fingerprint, header.fingerprint);
    CU_ASSERT_EQUAL(read.seed, UINT64_MAX);
    CU_ASSERT_STRING_EQUAL(read.date, header.date);
    CU_ASSERT_EQUAL_FATAL(read.parts.part_count, header.parts.part_count);
    for (size_t i = 0; i < read.parts.part_count; i++) {
        CU_ASSERT_STRING_EQUAL(read.parts.parts[i].name, parts[i].name);
        CU_ASSERT_STRING_EQUAL(read.parts.parts[i].value, parts[i].value);
    }
    mb_journal *journal;
    CU_ASSERT_EQUAL(mb_journal_create(path, &header, &journal, &error), MB_FAILED); /* never over an old one */
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "File exists"));
    mb_arena_fini(&arena);
}

/* Cut at every byte behind the header: all whole lines come back, and what is appended then is whole as well. */
static void test_torn(void)
{
    const char *path = write_journal(mb_fixture_folder());
    size_t length;
    char *bytes = mb_fixture_read(path, &length);
    mb_arena arena = {0};
    size_t header_length = (size_t)(strchr(bytes, '\n') + 1 - bytes);
    for (size_t cut = 0; cut <= length; cut++) {
        mb_fixture_write(path, bytes, cut);
        size_t lines = 0;
        for (size_t i = header_length; i < cut; i++)
            lines += bytes[i] == '\n';
        mb_journal_header read;
        mb_journal *journal;
        seen s = {0};
        mb_status status = mb_journal_resume(path, &header, &arena, &read, visit, &s, &journal, &error);
        CU_ASSERT_EQUAL(status, cut < header_length ? MB_FAILED : MB_OK);
        if (status != MB_OK)
            continue;
        CU_ASSERT_TRUE(s.count == lines && !s.is_wrong);
        for (size_t i = lines; i < 2 * SAMPLES; i++)
            CU_ASSERT_EQUAL(mb_journal_append(journal, &samples[i % SAMPLES], &error), MB_OK);
        mb_journal_close(journal);
        s = (seen){0};
        CU_ASSERT_EQUAL(mb_journal_read(path, &arena, &read, visit, &s, &error), MB_OK);
        CU_ASSERT_TRUE(s.count == 2 * SAMPLES && !s.is_wrong);
    }
    free(bytes);
    mb_arena_fini(&arena);
}

static void test_refused(void)
{
    static const char head[] = "{\"journal\":1,\"fingerprint\":\"f\",\"seed\":\"1\"}\n";
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "the journal has no header"},
        {"{}\n", "\"journal\" is missing"},
        {"[]\n", "not a journal"},
        {"{\"journal\":2,\"fingerprint\":\"f\",\"seed\":1}\n", "written by a newer membench: version 2"},
        {"%{}\n", "line 2, column 1: \"case\" is missing"},
        {"%torn{\"case\":\n", "line 2, column 1: not valid JSON"},
        {"%\n", "line 2"},
        {"%{\"case\":\"a\",\"program\":0,\"pass\":\"x\",\"sample\":0,\"outcome\":\"ok\",\"events\":\"\"}\n",
         "\"pass\""},
        {"%{\"case\":\"a\",\"program\":0,\"pass\":\"heap\",\"sample\":0,\"outcome\":\"x\",\"events\":\"\"}\n",
         "\"outcome\""},
        {"%{\"case\":\"a\",\"program\":-1,\"pass\":\"heap\",\"sample\":0,\"outcome\":\"ok\",\"events\":\"\"}\n",
         "\"program\""},
    };
    const char *path = mb_fixture_path(mb_fixture_folder(), "journal");
    mb_arena arena = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[400];
        bool has_head = rows[i].text[0] == '%';
        int length = snprintf(text, sizeof text, "%s%s", has_head ? head : "", rows[i].text + has_head);
        mb_fixture_write(path, text, (size_t)length);
        mb_journal_header read, wanted = {.fingerprint = "f"};
        mb_journal *journal;
        CU_ASSERT_NOT_EQUAL(mb_journal_resume(path, &wanted, &arena, &read, NULL, NULL, &journal, &error), MB_OK);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, rows[i].message));
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, path));
        size_t after;
        free(mb_fixture_read(path, &after));
        CU_ASSERT_EQUAL(after, (size_t)length); /* and nothing of it is lost */
    }
    mb_arena_fini(&arena);
}

static void test_another_plan_and_another_user(void)
{
    const char *path = write_journal(mb_fixture_folder());
    mb_arena arena = {0};
    mb_journal_header read;
    mb_journal *journal, *second;
    static mb_setting more[] = {{"MALLOC_ARENA_MAX", "4"}, {"--thp", "off"}, {"the list of cases", "sha256:12"}};
    static mb_setting other[] = {{"MALLOC_ARENA_MAX", "1"}, {"--thp", "off"}, {"the list of cases", "sha256:13"}};
    static mb_setting added[] = {
        {"MALLOC_ARENA_MAX", "1"}, {"--thp", "off"}, {"the list of cases", "sha256:12"}, {"LD_PRELOAD", "a.so"}};
    static const struct {
        mb_fingerprint parts;
        const char *what;
    } plans[] = {{{more, 3}, ": MALLOC_ARENA_MAX was 1, is 4;"},
                 {{other, 3}, ": the list of cases has changed;"},
                 {{added, 4}, ": LD_PRELOAD was not set;"},
                 {{parts, 2}, ": the list of cases is not set;"}};
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        mb_journal_header wanted = {.fingerprint = "plan 2", .parts = plans[i].parts};
        CU_ASSERT_EQUAL(mb_journal_resume(path, &wanted, &arena, &read, NULL, NULL, &journal, &error), MB_FAILED);
        CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.message, plans[i].what));
    }
    CU_ASSERT_EQUAL_FATAL(mb_journal_resume(path, &header, &arena, &read, NULL, NULL, &journal, &error), MB_OK);
    CU_ASSERT_EQUAL(mb_journal_resume(path, &header, &arena, &read, NULL, NULL, &second, &error), MB_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "another membench is using this journal"));
    mb_journal_close(journal);
    mb_arena_fini(&arena);
}

MB_SUITE(results_journal, {"all comes back", test_all_comes_back}, {"torn at any byte", test_torn},
         {"refused", test_refused}, {"another plan, another user", test_another_plan_and_another_user});
