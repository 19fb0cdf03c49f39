/* Parts of the history that need no database: packed samples, dates, the curve as a terminal shows it. */
#include "features/history/curve.h"
#include "features/history/samples.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_samples(void)
{
    static const double series[][4] = {{0, 1, -1, 4096},
                                       {4503599627370496, -4503599627370496, 0, 1},
                                       {0.5, 1e300, -3, 5e-324},
                                       {9007199254740992, 1, 2, 3},
                                       {114688, 118784, 114688, 114688}};
    static const size_t lengths[] = {6, 26, 33, 33, 13};
    unsigned char blob[1 + 4 * MB_SAMPLES_VALUE_BYTES_MAX];
    double back[4];
    for (size_t i = 0; i < sizeof series / sizeof series[0]; i++) {
        size_t length = mb_samples_pack(series[i], 4, blob);
        CU_ASSERT_TRUE(length <= lengths[i]);
        CU_ASSERT_EQUAL_FATAL(mb_samples_unpack(blob, length, back, 4), 4);
        CU_ASSERT_EQUAL(memcmp(back, series[i], sizeof back), 0);
        CU_ASSERT_EQUAL(mb_samples_unpack(blob, length, back, 0), 4); /* no room is not harm */
    }
    static const unsigned char bad[][11] = {
        {0}, {3, 1}, {1, 0x80}, {2, 1, 2, 3}, {1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};
    static const size_t bad_lengths[] = {1, 2, 2, 4, 11};
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(mb_samples_unpack(bad[i], bad_lengths[i], back, 4), 0);
    CU_ASSERT_EQUAL(mb_samples_unpack(bad[0], 0, back, 4), 0);
}

static void test_dates(void)
{
    static const struct {
        const char *text;
        int64_t time_s;
    } good[] = {{"1970-01-02", 86400},
                {"2026-11-22T10:25:03+00:00", 1795343103},
                {"2026-11-22T11:25:03+01:00", 1795343103},
                {"2026-11-22T10:25:03", 1795343103},
                {"2026-11-22T10:25:03Z", 1795343103}};
    int64_t time_s;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CU_ASSERT_TRUE(mb_history_date_parse(good[i].text, &time_s));
        CU_ASSERT_EQUAL(time_s, good[i].time_s);
    }
    static const char *const bad[] = {"", "yesterday", "2026-13-01", "2026-11-22x", "2026-11-22T10"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(mb_history_date_parse(bad[i], &time_s));
}

/* The curve of seven exact values that rise once, at two widths. */
static void test_chart(void)
{
    mb_history_run runs[7];
    mb_history_point points[7];
    for (size_t i = 0; i < 7; i++) {
        runs[i] = (mb_history_run){.commit = i < 3 ? "before" : "after",
                                   .subject = "area: \033what",
                                   .branch = "main",
                                   .kernel = "Linux 6.12.0",
                                   .time_s = (int64_t)i * 86400};
        points[i] = (mb_history_point){.run = i, .value = i < 3 ? 1024 : 2048, .is_exact = true};
    }
    mb_history_log log = {.runs = runs, .run_count = 7};
    mb_history_series series = {.case_id = "queue/1",
                                .metric = mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY),
                                .points = points,
                                .count = 7,
                                .is_exact = true};
    mb_curve_changes changes = {0};
    mb_changepoint_rule rule;
    size_t first;
    mb_error error;
    mb_changepoint_rule_init(&rule);
    CU_ASSERT_EQUAL_FATAL(mb_curve_changes_find(&changes, &series, &rule, &first, &error), MB_OK);
    mb_curve curve = {&log, &series, changes.changes, changes.count};
    for (int unicode = 0; unicode < 2; unicode++) {
        char *text = NULL;
        size_t length;
        FILE *out = open_memstream(&text, &length);
        mb_curve_style style = {.width_columns = 41, .unicode = unicode == 1};
        mb_curve_write_text(out, &curve, &style);
        fclose(out);
        CU_ASSERT_PTR_NULL(strchr(text, '\033'));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "heap  2.00 KiB now, 1.00 KiB to 2.00 KiB in 7 runs\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, unicode ? "  2.00 KiB ┤            ╭───────────────\n"
                                                    : "  2.00 KiB +            +---------------\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, unicode ? "  1.00 KiB ┤────────────╯\n" : "  1.00 KiB +------------+\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, unicode ? "                        ▲\n" : "                        ^\n"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "  +100% (+1.00 KiB)      exact     after 1970-01-04  area: "));
        free(text);
    }
    mb_curve_changes_fini(&changes);
}

MB_SUITE(history_parts, {"samples", test_samples}, {"dates", test_dates}, {"chart", test_chart});
