/* "Did you mean": what is close, and what is not. */
#include "base/similar.h"
#include "model/metric.h"
#include "tests/suite.h"

#include <string.h>

static void test_distance(void)
{
    static const struct {
        const char *left, *right;
        size_t distance;
    } rows[] = {{"", "", 0},          {"", "soak", 4},     {"soak", "soak", 0},       {"sok", "soak", 1},
                {"soka", "soak", 1},  {"soak", "saok", 1}, {"soakk", "soak", 1},      {"zoak", "soak", 1},
                {"heap", "anon", 4},  {"abcd", "badc", 2}, {"metircs", "metrics", 1}, {"kitten", "sitting", 3},
                {"report", "exec", 5}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_EQUAL(mb_edit_distance(rows[i].left, rows[i].right), rows[i].distance);
        CU_ASSERT_EQUAL(mb_edit_distance(rows[i].right, rows[i].left), rows[i].distance);
    }
}

static void test_phrase(void)
{
    static const struct {
        const char *word, *phrase;
    } rows[] = {{"sok", "; did you mean \"soak\"?"},
                {"wathc", "; did you mean \"watch\"?"},
                {"baselnie", "; did you mean \"baseline\"?"},
                {"x", ""},
                {"", ""},
                {"unrelated", ""},
                {"xxak", ""}};
    static const char *const known[] = {"soak", "watch", "baseline", "exec"};
    char text[MB_SIMILAR_TEXT_MAX], longer[2 * MB_SIMILAR_WORD_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_similar similar;
        mb_similar_begin(&similar, rows[i].word, strlen(rows[i].word));
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            mb_similar_offer(&similar, known[k]);
        CU_ASSERT_STRING_EQUAL(mb_similar_phrase(&similar, text), rows[i].phrase);
    }
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    mb_similar similar;
    mb_similar_begin(&similar, longer, strlen(longer));
    mb_similar_offer(&similar, "a");
    CU_ASSERT_STRING_EQUAL(mb_similar_phrase(&similar, text), "");
    mb_similar_begin(&similar, "aa", 2);
    mb_similar_offer(&similar, longer);
    CU_ASSERT_STRING_EQUAL(mb_similar_phrase(&similar, text), "");
}

static void test_metric(void)
{
    char text[MB_METRIC_UNKNOWN_BYTES];
    CU_ASSERT_STRING_EQUAL(mb_metric_unknown("haep,x", 4, text),
                           "unknown metric \"haep\"; did you mean \"heap\"? (see membench --help)");
    CU_ASSERT_STRING_EQUAL(mb_metric_unknown("weight", 6, text), "unknown metric \"weight\" (see membench --help)");
}

MB_SUITE(similar, {"distance", test_distance}, {"phrase", test_phrase}, {"unknown metric", test_metric});
