#include "base/pattern.h"
#include "model/filter.h"
#include "model/shuffle.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool passes(const char *const *expressions, const char *id)
{
    mb_filter *filter = mb_filter_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(filter);
    for (; *expressions != NULL; expressions++)
        CU_ASSERT_EQUAL(mb_filter_add(filter, *expressions, NULL), MB_OK);
    bool result = false;
    CU_ASSERT_EQUAL(mb_filter_match(filter, id, &result, NULL), MB_OK);
    mb_filter_free(filter);
    return result;
}

static void test_filter_table(void)
{
    static const struct {
        const char *expressions[4];
        const char *id;
        bool passes;
    } rows[] = {
        {{NULL}, "anything", true},
        {{"payload"}, "memory_payload_sizes/1KB", true},
        {{"payload"}, "memory_job_creation/10", false},
        {{"-payload"}, "memory_payload_sizes/1KB", false},
        {{"-payload"}, "memory_job_creation/10", true},
        {{"^memory", "-/100$"}, "memory_job_creation/10", true},
        {{"^memory", "-/100$"}, "memory_job_creation/100", false},
        {{"job", "client"}, "memory_client_creation/1", true},
        {{"/(10|50)$"}, "memory_job_creation/50", true},
        {{"/(10|50)$"}, "memory_job_creation/500", false},
        {{"-a", "-b"}, "b", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT_EQUAL(passes(rows[i].expressions, rows[i].id), rows[i].passes);
}

static void test_filter_errors(void)
{
    mb_filter *filter = mb_filter_new();
    mb_error error = {0};
    CU_ASSERT_EQUAL(mb_filter_add(filter, "a(b", &error), MB_FAILED);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "\"a(b\""));
    CU_ASSERT_EQUAL(mb_filter_add(filter, "-", &error), MB_FAILED);
    CU_ASSERT_EQUAL(mb_filter_add(filter, "", &error), MB_FAILED);
    CU_ASSERT_TRUE(mb_filter_is_empty(filter));
    bool matches = false;
    CU_ASSERT_EQUAL(mb_filter_add_exact(filter, "a.b", &error), MB_OK);
    CU_ASSERT_TRUE(mb_filter_match(filter, "a.b", &matches, NULL) == MB_OK && matches);
    CU_ASSERT_TRUE(mb_filter_match(filter, "axb", &matches, NULL) == MB_OK && !matches);
    CU_ASSERT_TRUE(mb_filter_match(filter, "a.bc", &matches, NULL) == MB_OK && !matches);
    mb_filter_free(filter);
}

/* Each part so often; what may be written is what regcomp says of it, and what would take gigabytes is refused. */
static void test_pattern_limits(void)
{
    static const struct {
        const char *begin, *middle, *end;
        size_t count;
        int code;
    } rows[] = {
        {"", "a", "", 1, 0},
        {"^(group/", "id|", "x)$", 1000, 0},
        {"", "[]+*{]+", "", 100, 0},
        {"", "[[:alpha:]{+]+x{3}", "", 100, 0},
        {"", "[[.].]+]*", "", 100, 0},
        {"", "\\+\\(\\[a", "", 5000, 0},
        {"", "x{,3}", "", 500, 0},
        {"", "x{,3}", "", 1000, REG_ESIZE},
        {"a{b}", "", "", 0, REG_BADBR},
        {"", "a?", "", 2000, 0},
        {"", "a?", "", 2001, REG_ESIZE},
        {"(a?){1000}", "", "", 0, 0},
        {"(a?){1001}", "", "", 0, REG_ESIZE},
        {"(a?b?){1000}", "", "", 0, REG_ESIZE},
        {"a{2000}", "", "", 0, 0},
        {"a{2,}", "", "", 0, 0},
        {"a{3000}", "", "", 0, REG_ESIZE},
        {"a{0,30000}", "", "", 0, REG_ESIZE},
        {"((a{200}){200}){200}", "", "", 0, REG_ESIZE},
        {"x", "+", "", 40, REG_ESIZE},
        {"x", "*+?", "", 20, REG_ESIZE},
        {"", "(", "a", 101, REG_ESIZE},
        {"", "(", "a", 100, REG_EPAREN},
        {"((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+", "", "", 0, REG_ESIZE},
        {"a|", "b|", "c", 2100, REG_ESIZE},
        {"(a)\\1", "", "", 0, REG_ESUBREG},
        {"(a)\\\\1", "", "", 0, 0},
        {"", "abcdefghij", "", 10001, REG_ESIZE},
        {"", "^id$|", "x", 1000, 0},
        {"^(", "id/$|", "x)", 31, 0},
        {"", "(^|,)?x", "", 32, 0},
        {"(\\b[^$^]+/)*", "", "", 0, 0},
        {"", "(^|$|\\b|\\B)", "", 8, 0},
        {"", "(^)*", "a", 3, 0},
        {"", "(^)*", "a", 32, REG_ESIZE},
        {"", "(^)+", "a", 32, REG_ESIZE},
        {"((\\<){2}){2}", "", "", 0, REG_ESIZE},
        {"(((((((((((((((((((((^)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*)*", "", "", 0, REG_ESIZE},
        {"", "^", "a", 1000, REG_ESIZE},
        {"", "(^|$)", "a", 200, REG_ESIZE},
        {"[", "[.", "", 3, REG_EBRACK},
        {"a{2", "", "", 0, REG_EBRACE},
        {"", ")", "(a", 3, REG_EPAREN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = strlen(rows[i].begin) + rows[i].count * strlen(rows[i].middle) + strlen(rows[i].end) + 1;
        char *text = malloc(size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(text);
        strcpy(text, rows[i].begin);
        char *at = text + strlen(text);
        for (size_t k = 0; k < rows[i].count; k++, at += strlen(rows[i].middle))
            strcpy(at, rows[i].middle);
        strcpy(at, rows[i].end);
        regex_t pattern;
        int code = mb_pattern_compile(&pattern, text, REG_NOSUB);
        CU_ASSERT_EQUAL(code, rows[i].code);
        if (code != rows[i].code)
            printf("row %zu: %d\n", i, code);
        if (code == 0)
            regfree(&pattern);
        free(text);
    }
}

static void test_order(void)
{
    enum { COUNT = 100 };
    size_t first[COUNT], again[COUNT], other[COUNT], seen[COUNT] = {0};
    mb_order_shuffle(first, COUNT, 42, 0);
    mb_order_shuffle(again, COUNT, 42, 0);
    mb_order_shuffle(other, COUNT, 42, 1);
    CU_ASSERT_EQUAL(memcmp(first, again, sizeof first), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(first, other, sizeof first), 0);
    for (size_t i = 0; i < COUNT; i++)
        seen[first[i]]++;
    for (size_t i = 0; i < COUNT; i++)
        CU_ASSERT_EQUAL(seen[i], 1);
    mb_order_shuffle(first, 0, 1, 1);
}

/* Each of 4 places holds each of 4 numbers about equally often: chi-square with 9 degrees of freedom, p = 1e-6. */
static void test_order_is_fair(void)
{
    enum { ROUNDS = 40000 };
    double counts[4][4] = {{0}};
    for (uint64_t round = 0; round < ROUNDS; round++) {
        size_t order[4];
        mb_order_shuffle(order, 4, 7, round);
        for (size_t place = 0; place < 4; place++)
            counts[place][order[place]]++;
    }
    double chi_square = 0;
    for (size_t i = 0; i < 16; i++) {
        double deviation = counts[i / 4][i % 4] - ROUNDS / 4.0;
        chi_square += deviation * deviation / (ROUNDS / 4.0);
    }
    CU_ASSERT_TRUE(chi_square < 44.8);
}

MB_SUITE(plan, {"filter table", test_filter_table}, {"filter errors", test_filter_errors},
         {"pattern limits", test_pattern_limits}, {"order", test_order}, {"order is fair", test_order_is_fair});
