/* How cases are dealt out to shards, and what files of shards make one run. */
#include "model/filter.h"
#include "model/shard.h"
#include "store/results_writer.h"
#include "store/shards.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CASES = 7, SHARDS = 3 };

/* Every case falls to one shard, numbers differ by one at most, and the same seed deals the same. */
static void test_deal(void)
{
    for (size_t case_count = 0; case_count < 40; case_count++)
        for (size_t shard_count = 1; shard_count < 9; shard_count++) {
            size_t owners[40], again[40], counts[9] = {0};
            CU_ASSERT_EQUAL_FATAL(mb_shard_deal(case_count, 42, shard_count, owners, NULL), MB_OK);
            CU_ASSERT_EQUAL_FATAL(mb_shard_deal(case_count, 42, shard_count, again, NULL), MB_OK);
            CU_ASSERT_EQUAL(memcmp(owners, again, case_count * sizeof owners[0]), 0);
            for (size_t c = 0; c < case_count; c++) {
                CU_ASSERT_FATAL(owners[c] < shard_count);
                counts[owners[c]]++;
            }
            for (size_t s = 0; s < shard_count; s++)
                CU_ASSERT(counts[s] == case_count / shard_count || counts[s] == case_count / shard_count + 1);
        }
}

/* Files of earlier runs are merged by the same deal: it must never change. */
static void test_deal_is_known(void)
{
    static const size_t known[CASES] = {1, 0, 0, 0, 2, 1, 2};
    size_t owners[CASES];
    CU_ASSERT_EQUAL_FATAL(mb_shard_deal(CASES, 7, SHARDS, owners, NULL), MB_OK);
    CU_ASSERT_EQUAL(memcmp(owners, known, sizeof known), 0);
    if (memcmp(owners, known, sizeof known) != 0)
        for (size_t i = 0; i < CASES; i++)
            printf("%zu, ", owners[i]);
}

static void test_parse(void)
{
    static const struct {
        const char *text;
        size_t index, count; /* count 0: refused */
    } rows[] = {{"1/1", 1, 1},  {"2/4", 2, 4},   {"1000/1000", 1000, 1000},
                {"0/4", 0, 0},  {"5/4", 0, 0},   {"1/1001", 0, 0},
                {"1/", 0, 0},   {"/4", 0, 0},    {"1", 0, 0},
                {"", 0, 0},     {"1/4x", 0, 0},  {"+1/4", 0, 0},
                {" 1/4", 0, 0}, {"1/ 4", 0, 0},  {"-1/4", 0, 0},
                {"01/4", 0, 0}, {"1/4/4", 0, 0}, {"18446744073709551617/4", 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t index = 77, count = 77;
        bool is_good = mb_shard_parse(rows[i].text, &index, &count);
        CU_ASSERT_EQUAL(is_good, rows[i].count > 0);
        CU_ASSERT_EQUAL(index, is_good ? rows[i].index : 77);
        CU_ASSERT_EQUAL(count, is_good ? rows[i].count : 77);
    }
}

/* A filter's options make the same filter again. */
static void test_filter_options(void)
{
    mb_filter *first = mb_filter_new(), *second = mb_filter_new();
    CU_ASSERT_FATAL(first != NULL && second != NULL);
    CU_ASSERT_EQUAL(mb_filter_add(first, "a.c", NULL), MB_OK);
    CU_ASSERT_EQUAL(mb_filter_add(first, "-abc/2", NULL), MB_OK);
    CU_ASSERT_EQUAL(mb_filter_add_exact(first, "x/1", NULL), MB_OK);
    static const char *const options[] = {"--filter=a.c", "--filter=-abc/2", "--exact=x/1"};
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(mb_filter_option(first, i), options[i]);
        CU_ASSERT_EQUAL(mb_filter_add_option(second, mb_filter_option(first, i), NULL), MB_OK);
    }
    CU_ASSERT_PTR_NULL(mb_filter_option(first, 3));
    static const char *const ids[] = {"abc/1", "abc/2", "x/1", "x/10", "y"};
    for (size_t i = 0; i < 5; i++) {
        bool matches[2] = {false, false};
        CU_ASSERT_EQUAL(mb_filter_match(first, ids[i], &matches[0], NULL), MB_OK);
        CU_ASSERT_EQUAL(mb_filter_match(second, ids[i], &matches[1], NULL), MB_OK);
        CU_ASSERT_EQUAL(matches[0], matches[1]);
    }
    CU_ASSERT_EQUAL(mb_filter_add_option(second, "--program=x", NULL), MB_FAILED);
    mb_filter_free(first);
    mb_filter_free(second);
}

/* Files of shards in a folder of their own. */
typedef struct files {
    char folder[64];
    char paths[SHARDS + 1][96];
    const char *list[SHARDS + 1];
    mb_program_info programs[SHARDS];
    mb_run_info runs[SHARDS];
} files;

static mb_setting settings[SHARDS] = {{"thp_mode", "madvise"}, {"thp_mode", "always"}, {"thp_mode", "madvise"}};

static void files_init(files *f)
{
    *f = (files){.folder = "/tmp/membench-shards-XXXXXX"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->folder));
    for (size_t s = 0; s < SHARDS; s++) {
        f->programs[s] = (mb_program_info){.path = s == 1 ? "/home/b/jobs" : "/home/a/jobs",
                                           .build_id = "0123",
                                           .libraries = s == 1 ? "5678" : "4567"};
        f->runs[s] = (mb_run_info){
            .membench_version = "0.1.0",
            .date = "2026-01-02T03:04:05+00:00",
            .host_name = s == 1 ? "other" : "one",
            .architecture = "x86_64",
            .page_bytes = 4096,
            .rss_source = "status",
            .seed = 7,
            .complete = true,
            .shard = {.index = s + 1, .count = SHARDS, .case_count = CASES, .plan = "feed"},
            .programs = &f->programs[s],
            .program_count = 1,
            .settings = &settings[s],
            .setting_count = 1,
        };
        snprintf(f->paths[s], sizeof f->paths[s], "%s/%zu.json", f->folder, s);
        f->list[s] = f->paths[s];
    }
}

/* Writes shard s with the cases that were dealt to it, plus or minus one. */
static void write_shard(const files *f, size_t s, int extra)
{
    size_t owners[CASES];
    double value;
    CU_ASSERT_EQUAL_FATAL(mb_shard_deal(CASES, 7, SHARDS, owners, NULL), MB_OK);
    mb_results_writer *writer;
    CU_ASSERT_EQUAL_FATAL(mb_results_writer_begin(f->paths[s], &f->runs[s], &writer, NULL), MB_OK);
    for (size_t c = 0; c < CASES + 1; c++) {
        char id[16];
        snprintf(id, sizeof id, "case/%zu", c);
        if (c < CASES ? owners[c] != s : extra <= 0)
            continue;
        if (extra < 0) {
            extra = 0;
            continue;
        }
        value = (double)c;
        mb_case_result result = {.id = id, .group = "case", .series[0] = {&value, 1}};
        CU_ASSERT_EQUAL_FATAL(mb_results_writer_add(writer, &result, NULL), MB_OK);
    }
    CU_ASSERT_EQUAL_FATAL(mb_results_writer_finish(writer, NULL), MB_OK);
}

static void files_fini(files *f)
{
    for (size_t s = 0; s < SHARDS; s++)
        unlink(f->paths[s]);
    rmdir(f->folder);
}

/* A shard that does not say where it was measured, and one that says nothing, make no run that says it. */
static void test_merge_of_nothing(void)
{
    files f;
    mb_setting unset = {"LD_PRELOAD", NULL}, empty = {"LD_PRELOAD", ""};
    mb_shards *shards = NULL;
    mb_error error = {0};
    files_init(&f);
    f.runs[0].host_name = NULL;
    f.runs[0].settings = &unset;
    f.runs[1].host_name = "";
    f.programs[1].libraries = f.programs[0].libraries;
    f.runs[1].settings = &empty;
    f.runs[2].settings = &empty;
    for (size_t s = 0; s < SHARDS; s++)
        write_shard(&f, s, 0);
    CU_ASSERT_EQUAL_FATAL(mb_shards_open(f.list, SHARDS, &shards, &error), MB_OK);
    CU_ASSERT_STRING_EQUAL(mb_shards_source(shards).run->host_name, "one");
    CU_ASSERT_STRING_EQUAL(mb_shards_source(shards).run->programs[0].libraries, "4567");
    CU_ASSERT_EQUAL(mb_shards_source(shards).run->setting_count, 1);
    mb_shards_close(shards);
    files_fini(&f);
}

/* In whatever order the files come: all cases, in the order of the plan, found by id, each with its values. */
static void test_merge(void)
{
    static const size_t orders[][SHARDS] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    files f;
    files_init(&f);
    f.runs[2].complete = false;
    for (size_t s = 0; s < SHARDS; s++)
        write_shard(&f, s, 0);
    for (size_t o = 0; o < 3; o++) {
        const char *paths[SHARDS];
        for (size_t s = 0; s < SHARDS; s++)
            paths[s] = f.paths[orders[o][s]];
        mb_shards *shards;
        mb_error error = {0};
        CU_ASSERT_EQUAL_FATAL(mb_shards_open(paths, SHARDS, &shards, &error), MB_OK);
        mb_case_source source = mb_shards_source(shards);
        mb_arena arena = {0};
        CU_ASSERT_EQUAL_FATAL(source.case_count, CASES);
        for (size_t c = 0; c < CASES; c++) {
            char id[16];
            size_t index = SIZE_MAX;
            mb_case_result result;
            snprintf(id, sizeof id, "case/%zu", c);
            CU_ASSERT_STRING_EQUAL(source.id(source.context, c), id);
            CU_ASSERT_TRUE(mb_case_source_find(&source, id, &index));
            CU_ASSERT_EQUAL(index, c);
            CU_ASSERT_EQUAL_FATAL(source.read(source.context, c, &arena, &result, &error), MB_OK);
            CU_ASSERT_DOUBLE_EQUAL(result.series[0].values[0], (double)c, 0);
        }
        CU_ASSERT_STRING_EQUAL(source.run->host_name, "one | other");
        CU_ASSERT_EQUAL_FATAL(source.run->setting_count, 1);
        CU_ASSERT_STRING_EQUAL(source.run->settings[0].value, "madvise | always");
        CU_ASSERT_STRING_EQUAL(source.run->programs[0].path, "/home/a/jobs");
        CU_ASSERT_PTR_NULL(source.run->programs[0].libraries); /* not the same everywhere */
        CU_ASSERT_EQUAL(source.run->shard.count, 0);
        CU_ASSERT_FALSE(source.run->complete);
        mb_arena_fini(&arena);
        mb_shards_close(shards);
    }
    files_fini(&f);
}

static void expect_refusal(const files *f, size_t count, const char *why)
{
    mb_shards *shards = NULL;
    mb_error error = {0};
    CU_ASSERT_EQUAL(mb_shards_open(f->list, count, &shards, &error), MB_FAILED);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, why));
    if (strstr(error.message, why) == NULL)
        printf("\"%s\" is not in \"%s\"\n", why, error.message);
    CU_ASSERT_PTR_NULL(shards);
}

/* In what the second of three shards can be another: of a reason that is none of its own nothing is changed. */
static void change_program(mb_program_info *program, size_t reason)
{
    const char **const fields[] = {&program->path,      &program->build_id, &program->libc,
                                   &program->allocator, &program->aslr,     &program->thp};
    static const char *const values[] = {"/home/a/payloads", "4567", "musl", "jemalloc 5.3.0", "on", "always"};
    enum { FIRST = 4, COUNT = sizeof values / sizeof values[0] };
    if (reason >= FIRST && reason < FIRST + COUNT)
        *fields[reason - FIRST] = values[reason - FIRST];
}

static void change_run(mb_run_info *run, size_t reason)
{
    const struct {
        const char **field, *value;
    } texts[] = {[0] = {&run->membench_version, "0.2.0"},
                 [1] = {&run->architecture, "aarch64"},
                 [3] = {&run->rss_source, "ps"},
                 [12] = {&run->shard.plan, "beef"}};
    const struct {
        size_t *field, value;
    } sizes[] = {[10] = {&run->shard.count, SHARDS + 1},
                 [13] = {&run->shard.case_count, CASES + 1},
                 [14] = {&run->shard.count, 0},
                 [15] = {&run->program_count, 0}};
    if (reason < sizeof texts / sizeof texts[0] && texts[reason].field != NULL)
        *texts[reason].field = texts[reason].value;
    if (reason < sizeof sizes / sizeof sizes[0] && sizes[reason].field != NULL)
        *sizes[reason].field = sizes[reason].value;
    run->page_bytes = reason == 2 ? 16384 : run->page_bytes;
    run->seed = reason == 11 ? 8 : run->seed;
}

/* What one run states once must be the same in all. */
static void test_mixtures(void)
{
    static const char *const reasons[] = {"a different version of membench",
                                          "a different architecture",
                                          "a different page size",
                                          "a different source of resident",
                                          "a different program",
                                          "a different build of a program",
                                          "a different libc",
                                          "a different allocator",
                                          "a different mode of address",
                                          "a different mode of transparent",
                                          "a different number of shards",
                                          "a different seed",
                                          "a different plan",
                                          "a different total of cases",
                                          "not a shard",
                                          "different programs"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        files f;
        files_init(&f);
        change_program(&f.programs[1], i);
        change_run(&f.runs[1], i);
        for (size_t s = 0; s < SHARDS; s++)
            write_shard(&f, s, 0);
        expect_refusal(&f, SHARDS, reasons[i]);
        files_fini(&f);
    }
}

/* Each shard once, with its cases and no others. */
static void test_missing_and_twice(void)
{
    files f;
    files_init(&f);
    for (size_t s = 0; s < SHARDS; s++)
        write_shard(&f, s, 0);
    expect_refusal(&f, SHARDS - 1, "shard 3 of 3 is missing");
    f.list[SHARDS] = f.paths[1];
    expect_refusal(&f, SHARDS + 1, "duplicate shard 2 of 3");
    expect_refusal(&f, 0, "no shard was given");
    for (int extra = -1; extra <= 1; extra += 2) {
        write_shard(&f, 2, extra);
        expect_refusal(&f, SHARDS, "shard 3 of 3 should have 2 cases, but has ");
    }
    files_fini(&f);
}

/* A file that was edited so that a case of another shard is in it. */
static void test_same_case_twice(void)
{
    files f;
    files_init(&f);
    for (size_t s = 0; s < SHARDS; s++)
        write_shard(&f, s, 0);
    double value = 1;
    mb_results_writer *writer;
    CU_ASSERT_EQUAL_FATAL(mb_results_writer_begin(f.paths[2], &f.runs[2], &writer, NULL), MB_OK);
    for (size_t c = 0; c < 2; c++) {
        mb_case_result result = {.id = c == 0 ? "case/0" : "case/new", .group = "case", .series[0] = {&value, 1}};
        CU_ASSERT_EQUAL_FATAL(mb_results_writer_add(writer, &result, NULL), MB_OK);
    }
    CU_ASSERT_EQUAL_FATAL(mb_results_writer_finish(writer, NULL), MB_OK);
    expect_refusal(&f, SHARDS, "the case \"case/0\" is in two shards");
    files_fini(&f);
}

MB_SUITE(shard, {"deal", test_deal}, {"deal is known", test_deal_is_known}, {"parse", test_parse},
         {"filter options", test_filter_options}, {"merge", test_merge}, {"merge of nothing", test_merge_of_nothing},
         {"mixtures", test_mixtures}, {"missing and twice", test_missing_and_twice},
         {"same case twice", test_same_case_twice});
