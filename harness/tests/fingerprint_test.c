#include "model/fingerprint.h"
#include "tests/suite.h"

#include <stdio.h>
#include <string.h>

static mb_arena arena;

static mb_fingerprint make(const char *const (*parts)[2], size_t count)
{
    mb_fingerprint made = {0};
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_TRUE(mb_fingerprint_add(&made, &arena, parts[i][0], parts[i][1], false));
    return made;
}

/* Name and value part, and so do two parts: nothing that moves from one to the other gives the same hash. */
static void test_hash(void)
{
    static const char *const rows[][4][2] = {
        {{"a", "b"}, {"c", "d"}}, {{"c", "d"}, {"a", "b"}}, {{"a", "bc"}, {"", "d"}},
        {{"ab", ""}, {"c", "d"}}, {{"a", "b"}, {"c", "e"}}, {{"", "ab"}, {"c", "d"}},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    char texts[ROWS][MB_FINGERPRINT_BYTES], again[MB_FINGERPRINT_BYTES];
    for (size_t i = 0; i < ROWS; i++) {
        mb_fingerprint made = make(rows[i], 2), same = make(rows[i], 2);
        CU_ASSERT_EQUAL(mb_fingerprint_hash(&made, texts[i]), mb_fingerprint_hash(&same, again));
        CU_ASSERT_STRING_EQUAL(texts[i], again);
        CU_ASSERT_EQUAL(strlen(texts[i]), MB_FINGERPRINT_BYTES - 1);
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(texts[i], texts[k]);
    }
    mb_arena_fini(&arena);
}

static void test_difference(void)
{
    static const char *const was[][2] = {{"A", "1"}, {"B", "2"}, {"C", "3"}};
    static const char *const is[][2] = {{"A", "1"}, {"B", "4"}, {"C", "3"}, {"D", ""}};
    mb_fingerprint old = make(was, 3);
    char text[MB_DIFFERENCE_BYTES];
    struct {
        mb_fingerprint now;
        const char *text;
    } rows[] = {{make(was, 3), NULL}, {make(is, 4), "B was 2, is 4"}, {make(was, 2), "C is not set"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_EQUAL(mb_fingerprint_differs(&old, &rows[i].now, text), rows[i].text != NULL);
        if (rows[i].text != NULL)
            CU_ASSERT_STRING_EQUAL(text, rows[i].text);
    }
    CU_ASSERT_TRUE(mb_fingerprint_add(&old, &arena, "D", "", false));
    mb_fingerprint empty = make(was, 3);
    CU_ASSERT_TRUE(mb_fingerprint_differs(&empty, &old, text)); /* empty is set */
    CU_ASSERT_STRING_EQUAL(text, "D was not set");
    mb_arena_fini(&arena);
}

/* What is long or secret is in no file, and differs all the same. */
static void test_digests(void)
{
    char value[200];
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    mb_fingerprint first = {0}, second = {0};
    char text[MB_DIFFERENCE_BYTES];
    CU_ASSERT_TRUE(mb_fingerprint_add(&first, &arena, "LONG", value, false));
    CU_ASSERT_TRUE(mb_fingerprint_add(&first, &arena, "SECRET", "password", true));
    value[sizeof value - 2] = 'y';
    CU_ASSERT_TRUE(mb_fingerprint_add(&second, &arena, "LONG", value, false));
    CU_ASSERT_TRUE(mb_fingerprint_add(&second, &arena, "SECRET", "password", true));
    CU_ASSERT_TRUE(strlen(mb_fingerprint_get(&first, "LONG")) < MB_PART_BYTES_MAX);
    CU_ASSERT_PTR_NULL(strstr(mb_fingerprint_get(&first, "SECRET"), "password"));
    CU_ASSERT_STRING_EQUAL(mb_fingerprint_get(&first, "SECRET"), mb_fingerprint_get(&second, "SECRET"));
    CU_ASSERT_TRUE(mb_fingerprint_differs(&first, &second, text));
    CU_ASSERT_STRING_EQUAL(text, "LONG has changed");
    CU_ASSERT_PTR_NULL(mb_fingerprint_get(&first, "OTHER"));
    for (int i = 0; i < 100; i++) { /* more than one block of them */
        snprintf(text, sizeof text, "PART %d", i);
        CU_ASSERT_TRUE(mb_fingerprint_add(&first, &arena, text, text, false));
    }
    CU_ASSERT_EQUAL(first.part_count, 102);
    CU_ASSERT_STRING_EQUAL(mb_fingerprint_get(&first, "PART 99"), "PART 99");
    mb_arena_fini(&arena);
}

MB_SUITE(fingerprint, {"hash", test_hash}, {"difference", test_difference}, {"digests", test_digests});
