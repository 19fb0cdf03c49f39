#include "store/project_file.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_all_members(void)
{
    static const char text[] = "{\"$schema\": \"x\",\n"
                               " \"programs\": [\"a/b\", \"/c d\"], \"modules\": [\"e.wasm\"],\n"
                               " \"thresholds\": {\"anon\": \"5%\", \"heap_alloc_count\": \"0\"},\n"
                               " \"threshold\": \"12.5%\"}\n";
    mb_arena arena = {0};
    mb_project project;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_project_parse("sub/membench.json", text, strlen(text), &arena, &project, &error), MB_OK);
    CU_ASSERT_EQUAL_FATAL(project.program_count, 2);
    CU_ASSERT_STRING_EQUAL(project.programs[0], "sub/a/b");
    CU_ASSERT_STRING_EQUAL(project.programs[1], "/c d");
    CU_ASSERT_EQUAL_FATAL(project.module_count, 1);
    CU_ASSERT_STRING_EQUAL(project.modules[0], "sub/e.wasm");
    CU_ASSERT_EQUAL_FATAL(project.rules.threshold_count, 3);
    CU_ASSERT_PTR_NULL(project.rules.thresholds[0].metric);
    CU_ASSERT_DOUBLE_EQUAL(project.rules.thresholds[0].said.ratio, 0.125, 1e-12);
    CU_ASSERT_STRING_EQUAL(project.rules.thresholds[1].metric, "anon");
    CU_ASSERT_DOUBLE_EQUAL(project.rules.thresholds[1].said.ratio, 0.05, 1e-12);
    CU_ASSERT_EQUAL(project.rules.thresholds[1].place.line, 3);
    CU_ASSERT_EQUAL(project.rules.thresholds[1].place.column, 17);
    CU_ASSERT_STRING_EQUAL(project.rules.thresholds[2].metric, "heap_alloc_count");
    CU_ASSERT_DOUBLE_EQUAL(project.rules.thresholds[2].said.ratio, 0, 0);
    mb_arena_fini(&arena);
}

/* What a file says of some cases: each with its own rules, in the order of the file, keys with their places. */
static void test_cases(void)
{
    static const char text[] = "{\"budgets\": {\"anon\": \"64MiB\"},\n"
                               " \"cases\": {\n"
                               "  \"a/.*\": {\"threshold\": \"20%\", \"thresholds\": {\"anon\": \"5%\"}},\n"
                               "  \"b\": {\"budgets\": {\"heap\": \"2MiB\", \"heap_alloc_count\": 500, \"anon\": 0}},\n"
                               "  \"c\": {\"advisory\": true}, \"d\": {\"advisory\": false}, \"e\": {}}}";
    mb_arena arena = {0};
    mb_project project;
    mb_error error;
    CU_ASSERT_EQUAL_FATAL(mb_project_parse("m", text, strlen(text), &arena, &project, &error), MB_OK);
    CU_ASSERT_EQUAL(project.rules.threshold_count, 0);
    CU_ASSERT_EQUAL_FATAL(project.rules.budget_count, 1);
    CU_ASSERT_DOUBLE_EQUAL(project.rules.budgets[0].value, 64.0 * 1024 * 1024, 0);
    CU_ASSERT_EQUAL_FATAL(project.case_count, 5);
    CU_ASSERT_STRING_EQUAL(project.cases[0].pattern, "a/.*");
    CU_ASSERT_EQUAL(project.cases[0].place.line, 3);
    CU_ASSERT_EQUAL(project.cases[0].place.column, 3);
    CU_ASSERT_EQUAL_FATAL(project.cases[0].rules.threshold_count, 2);
    CU_ASSERT_PTR_NULL(project.cases[0].rules.thresholds[0].metric);
    CU_ASSERT_DOUBLE_EQUAL(project.cases[0].rules.thresholds[1].said.ratio, 0.05, 1e-12);
    const mb_project_rules *b = &project.cases[1].rules;
    CU_ASSERT_EQUAL_FATAL(b->budget_count, 3);
    CU_ASSERT_TRUE(b->budgets[0].is_size);
    CU_ASSERT_DOUBLE_EQUAL(b->budgets[0].value, 2.0 * 1024 * 1024, 0);
    CU_ASSERT_FALSE(b->budgets[1].is_size);
    CU_ASSERT_DOUBLE_EQUAL(b->budgets[1].value, 500, 0);
    CU_ASSERT_STRING_EQUAL(b->budgets[2].metric, "anon");
    CU_ASSERT_DOUBLE_EQUAL(b->budgets[2].value, 0, 0);
    CU_ASSERT_EQUAL(b->advisory, MB_ADVISORY_UNSAID);
    CU_ASSERT_EQUAL(project.cases[2].rules.advisory, MB_ADVISORY_YES);
    CU_ASSERT_EQUAL(project.cases[3].rules.advisory, MB_ADVISORY_NO);
    mb_arena_fini(&arena);
}

/* The limit of entries holds exactly. */
static void test_case_limit(void)
{
    for (int extra = 0; extra <= 1; extra++) {
        char text[16 * (MB_PROJECT_CASES_MAX + 2)] = "{\"cases\": {";
        size_t used = strlen(text);
        for (int i = 0; i < MB_PROJECT_CASES_MAX + extra; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s\"c%d\": {}", i > 0 ? "," : "", i);
        used += (size_t)snprintf(text + used, sizeof text - used, "}}");
        mb_arena arena = {0};
        mb_project project = {0};
        mb_error error;
        mb_status status = mb_project_parse("m", text, used, &arena, &project, &error);
        CU_ASSERT_EQUAL(status, extra == 0 ? MB_OK : MB_FAILED);
        CU_ASSERT_EQUAL(project.case_count, extra == 0 ? MB_PROJECT_CASES_MAX : 0);
        mb_arena_fini(&arena);
    }
}

static void test_empty_object(void)
{
    mb_arena arena = {0};
    mb_project project = {.program_count = 7};
    CU_ASSERT_EQUAL_FATAL(mb_project_parse("membench.json", "{}", 2, &arena, &project, NULL), MB_OK);
    CU_ASSERT_EQUAL(project.program_count, 0);
    CU_ASSERT_EQUAL(project.rules.threshold_count, 0);
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
        {"{\"modules\": 3}", "m:1:13: \"modules\" is not an array of paths"},
        {"{\"modules\": [3]}", "m:1:14: one of \"modules\" is not a path"},
        {"{\n  \"threshhold\": \"10%\"\n}", "m:2:3: unknown key"},
        {"{\"threshold\": 10}", "m:1:15: "},
        {"{\"threshold\": \"-1%\"}", "m:1:15: "},
        {"{\"thresholds\": \"1%\"}", "m:1:16: "},
        {"{\"thresholds\": {\"a\\\"b{\": \"1%\",\n\"anon\": true}}", "m:2:9: "},
        {"{\"threshold\": \"1%\", \"threshold\": \"2%\"}", "m:1:21: "},
        {"{\"budgets\": [1]}", "m:1:13: \"budgets\" must be"},
        {"{\"budgets\": {\"anon\": -1}}", "m:1:22: a budget"},
        {"{\"budgets\": {\"anon\": 1.5}}", "m:1:22: a budget"},
        {"{\"budgets\": {\"anon\": \"5 horses\"}}", "m:1:22: a budget"},
        {"{\"budgets\": {\"anon\": \"25% of v1\"}}", "m:1:22: a budget"},
        {"{\"budgets\": {\"anon\": \"+25% of \"}}", "m:1:22: a budget"},
        {"{\"budgets\": {\"anon\": \"+a lot of v1\"}}", "m:1:22: a budget"},
        {"{\"budgets\": {\"anon\": 1e300}}", "m:1:22: "},
        {"{\"budgets\": {\"anon\": 1,\n\"anon\": 2}}", "m:2:1: \"anon\" appears twice"},
        {"{\"cases\": []}", "m:1:11: \"cases\" must be"},
        {"{\"cases\": {\"a\": 1}}", "m:1:17: a case's settings"},
        {"{\"cases\": {\"\": {}}}", "m:1:12: a case has no name"},
        {"{\"cases\": {\"a\": {},\n \"a\": {}}}", "m:2:2: \"a\" appears twice"},
        {"{\"cases\": {\"a\": {\"advisory\": 1}}}", "m:1:30: \"advisory\" is not"},
        {"{\"cases\": {\"a\": {\"programs\": []}}}", "m:1:18: unknown key"},
        {"{\"cases\": {\"a\": {\"threshold\": \"x\"}}}", "m:1:31: a threshold"},
        {"{\"advisory\": true}", "m:1:2: unknown key"},
        {"{\"programs\": [\"a\"", "m:1:"},
        {"{} x", "m:1:4: "},
        {"tru", "m:1:1: "},
        {"-", "m:1:1: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_arena arena = {0};
        mb_project project = {.program_count = 7};
        mb_error error = {0};
        size_t length = strlen(rows[i].text);
        char *copy = malloc(length); /* of just that size, so that a step beyond is seen */
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        memcpy(copy, rows[i].text, length);
        CU_ASSERT_EQUAL(mb_project_parse("m", copy, length, &arena, &project, &error), MB_FAILED);
        free(copy);
        CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
        CU_ASSERT_EQUAL(strncmp(error.message, rows[i].place, strlen(rows[i].place)), 0);
        if (strncmp(error.message, rows[i].place, strlen(rows[i].place)) != 0)
            printf("row %zu: %s\n", i, error.message);
        CU_ASSERT_EQUAL(project.program_count, 7);
        mb_arena_fini(&arena);
    }
}

MB_SUITE(project, {"all members", test_all_members}, {"cases", test_cases}, {"case limit", test_case_limit},
         {"empty object", test_empty_object}, {"errors", test_errors});
