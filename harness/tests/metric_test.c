#include "model/metric.h"
#include "tests/suite.h"

#include <string.h>

static void test_names_and_indices_agree(void)
{
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        const char *name = mb_metric_name(m);
        CU_ASSERT_EQUAL(mb_metric_find(name, strlen(name)), m);
        CU_ASSERT_EQUAL(mb_metric_of(mb_metric_quantity(m), mb_metric_window(m)), m);
        CU_ASSERT_TRUE(strstr(name, "_bytes") != NULL || strstr(name, "_count") != NULL || strstr(name, "_ns") != NULL);
    }
    CU_ASSERT_EQUAL(mb_metric_find("cold_anon", 9), -1);
    CU_ASSERT_STRING_EQUAL(mb_metric_name(mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_COLD)), "real_time_ns");
    CU_ASSERT_STRING_EQUAL(mb_metric_name(mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY)),
                           "steady_heap_live_bytes");
}

static unsigned count_selected(const char *word)
{
    bool selected[MB_METRIC_COUNT] = {false};
    bool found = mb_metric_select(word, strlen(word), selected);
    unsigned count = 0;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        count += selected[m];
    CU_ASSERT_EQUAL(found, count > 0);
    return count;
}

static void test_selection(void)
{
    CU_ASSERT_EQUAL(count_selected("anon"), 2);
    CU_ASSERT_EQUAL(count_selected("steady_anon"), 1);
    CU_ASSERT_EQUAL(count_selected("cold_heap_alloc_count"), 1);
    CU_ASSERT_EQUAL(count_selected("heap_alloc_count"), 2);
    CU_ASSERT_EQUAL(count_selected("time"), 1);
    CU_ASSERT_EQUAL(count_selected("cold_time"), 0);
    CU_ASSERT_EQUAL(count_selected("memory"), 0);
    CU_ASSERT_EQUAL(count_selected(""), 0);
}

MB_SUITE(metric, {"names and indices agree", test_names_and_indices_agree}, {"selection", test_selection});
