#include "results/project.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

static void test_all_members(void)
{
    static const char text[] = "{\"$schema\": \"x\",\n"
                               " \"programs\": [\"a/b\", \"/c d\"],\n"
                               " \"thresholds\": {\"anon\": \"5%\", \"heap_alloc_count\": \"0\"},\n"
                               " \"threshold\": \"12.5%\"}\n";
    mb_arena arena = {0};
    mb_project project;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_project_parse("sub/membench.json", text, strlen(text), &arena, &project, &error), MB_OK);
    CU_ASSERT_EQUAL_FATAL(project.program_count, 2);
    CU_ASSERT_STRING_EQUAL(project.programs[0], "sub/a/b");
    CU_ASSERT_STRING_EQUAL(project.programs[1], "/c d");
    CU_ASSERT_EQUAL_FATAL(project.threshold_count, 3);
    CU_ASSERT_PTR_NULL(project.thresholds[0].metric);
    CU_ASSERT_DOUBLE_EQUAL(project.thresholds[0].ratio, 0.125, 1e-12);
    CU_ASSERT_STRING_EQUAL(project.thresholds[1].metric, "anon");
    CU_ASSERT_DOUBLE_EQUAL(project.thresholds[1].ratio, 0.05, 1e-12);
    CU_ASSERT_EQUAL(project.thresholds[1].line, 3);
    CU_ASSERT_EQUAL(project.thresholds[1].column, 17);
    CU_ASSERT_STRING_EQUAL(project.thresholds[2].metric, "heap_alloc_count");
    CU_ASSERT_DOUBLE_EQUAL(project.thresholds[2].ratio, 0, 0);
    mb_arena_fini(&arena);
}

static void test_empty_object(void)
{
    mb_arena arena = {0};
    mb_project project = {.program_count = 7};
    CU_ASSERT_EQUAL_FATAL(mb_project_parse("membench.json", "{}", 2, &arena, &project, NULL), MB_OK);
    CU_ASSERT_EQUAL(project.program_count, 0);
    CU_ASSERT_EQUAL(project.threshold_count, 0);
    mb_arena_fini(&arena);
}

/* Each wrong file is named by line and column, and leaves the out-parameter alone. */
static void test_errors(void)
{
    static const struct {
        const char *text;
        const char *place;
    } rows[] = {
        {"", "m:1:1: "},
        {"[]", "m:1:1: "},
        {"{\"programs\": 3}", "m:1:14: "},
        {"{\"programs\": [\"a\",\n  [\"b\"]]}", "m:2:3: "},
        {"{\"programs\": [\"\"]}", "m:1:15: "},
        {"{\n  \"threshhold\": \"10%\"\n}", "m:2:3: unknown key"},
        {"{\"threshold\": 10}", "m:1:15: "},
        {"{\"threshold\": \"-1%\"}", "m:1:15: "},
        {"{\"thresholds\": \"1%\"}", "m:1:16: "},
        {"{\"thresholds\": {\"a\\\"b{\": \"1%\",\n\"anon\": true}}", "m:2:9: "},
        {"{\"threshold\": \"1%\", \"threshold\": \"2%\"}", "m:1:21: "},
        {"{\"programs\": [\"a\"", "m:1:"},
        {"{} x", "m:1:4: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_arena arena = {0};
        mb_project project = {.program_count = 7};
        mb_error error = {0};
        CU_ASSERT_EQUAL(mb_project_parse("m", rows[i].text, strlen(rows[i].text), &arena, &project, &error), MB_FAILED);
        CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
        CU_ASSERT_EQUAL(strncmp(error.message, rows[i].place, strlen(rows[i].place)), 0);
        if (strncmp(error.message, rows[i].place, strlen(rows[i].place)) != 0)
            printf("row %zu: %s\n", i, error.message);
        CU_ASSERT_EQUAL(project.program_count, 7);
        mb_arena_fini(&arena);
    }
}

MB_SUITE(project, {"all members", test_all_members}, {"empty object", test_empty_object}, {"errors", test_errors});
