/* Soaks: the judge against values worked out elsewhere, records written and read again, charts, words. */
#include "tests/suite.h"

#include "base/file_ops.h"
#include "base/utf8.h"
#include "features/soak/soak_view.h"
#include "judge/leak_blocks.h"
#include "judge/leak_period.h"
#include "judge/leak_pieces.h"
#include "judge/leak_steps.h"
#include "model/soak_family.h"
#include "readings/outside.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 3601, MIB = 1024 * 1024 };

static double times[SECONDS], values[SECONDS], operations[SECONDS];

static mb_soak_judgement judge(size_t count, const mb_soak_rule *given)
{
    mb_soak_rule rule;
    mb_soak_judgement judgement = {0};
    mb_soak_rule_init(&rule);
    CU_ASSERT_TRUE_FATAL(mb_soak_judge(times, values, operations, count, given != NULL ? given : &rule, &judgement));
    return judgement;
}

/* y = level + rate · t, with an operation every quarter of a second. */
static void make_line(double level_bytes, double bytes_per_second)
{
    for (size_t i = 0; i < SECONDS; i++) {
        times[i] = (double)i;
        values[i] = level_bytes + bytes_per_second * (double)i;
        operations[i] = 4 * (double)i;
    }
}

/* Theil and Sen's slope with Sen's interval, against values worked out by a program of a dozen lines in another
 * language from the formulas in docs/soak.md. */
static void test_fit(void)
{
    const double x[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, flat[] = {5, 5, 5, 5, 5, 5};
    const double y[] = {0, 1, 4, 3, 6, 7};
    static const struct {
        size_t count;
        double y[16], z;
        mb_soak_slope slope;
    } rows[] = {
        {15, {0, 3, 1, 4, 4, 9, 6, 11, 8, 8, 13, 12, 17, 15, 14}, 1.645, {13.0 / 12, 11.0 / 13, 1.3}},
        {15, {0, 3, 1, 4, 4, 9, 6, 11, 8, 8, 13, 12, 17, 15, 14}, 2.576, {13.0 / 12, 2.0 / 3, 1.5}},
        /* Residuals like their neighbours: three times as wide as they would be. */
        {16, {0, 1, 2, 4, 7, 9, 10, 10, 9, 9, 10, 12, 15, 18, 20, 21}, 1, {1.3, 1, 2}},
    };
    mb_soak_slope slope;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_TRUE_FATAL(mb_soak_fit(x, rows[i].y, rows[i].count, rows[i].z, &slope));
        CU_ASSERT_DOUBLE_EQUAL(slope.value, rows[i].slope.value, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(slope.low, rows[i].slope.low, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(slope.high, rows[i].slope.high, 1e-12);
    }
    CU_ASSERT_TRUE(mb_soak_fit(x, y, 6, 0, &slope));
    CU_ASSERT_DOUBLE_EQUAL(slope.value, 1.4, 1e-12);
    CU_ASSERT_TRUE(slope.low <= slope.value && slope.value <= slope.high);
    CU_ASSERT_TRUE(mb_soak_fit(x, y, 6, 100, &slope)); /* any level: the whole range */
    CU_ASSERT_DOUBLE_EQUAL(slope.low, -1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(slope.high, 3, 1e-12);
    CU_ASSERT_TRUE(mb_soak_fit(x, flat, 6, 2.576, &slope));
    CU_ASSERT_TRUE(slope.value == 0 && slope.low == 0 && slope.high == 0);
    CU_ASSERT_FALSE(mb_soak_fit(flat, y, 6, 1, &slope)); /* no two x differ */
    CU_ASSERT_FALSE(mb_soak_fit(x, y, 4, 1, &slope));
    CU_ASSERT_TRUE(mb_soak_fit((const double[]){0, 0, 1, 2, 3}, y, 5, 1, &slope)); /* four x that differ, at least */
    CU_ASSERT_FALSE(mb_soak_fit((const double[]){0, 0, 1, 1, 2}, y, 5, 1, &slope));
}

/* A line is a leak with its slope to the byte, by the hour and by the operation; tolerated, it is a plateau. */
static void test_line(void)
{
    make_line(10.0 * MIB, 1024);
    mb_soak_judgement j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_LEAK);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_STEADY_GROWTH);
    CU_ASSERT_DOUBLE_EQUAL(j.slope.value, 1024 * 3600.0, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(j.slope.low, 1024 * 3600.0, 1e-3);
    CU_ASSERT_TRUE_FATAL(j.has_per_operation);
    CU_ASSERT_DOUBLE_EQUAL(j.per_operation.value, 256, 1e-9);
    CU_ASSERT_FALSE(j.is_short);
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    rule.tolerance_bytes_per_hour = 1025 * 3600.0;
    CU_ASSERT_EQUAL(judge(SECONDS, &rule).verdict, MB_SOAK_LEAK); /* it has added up to a third of the level */
    rule.tolerance_ratio_per_hour = 0;                            /* what the user gives rules alone */
    j = judge(SECONDS, &rule);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_PLATEAU);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_LEVEL);
    make_line(10.0 * MIB, -1024);
    CU_ASSERT_EQUAL(judge(SECONDS, NULL).verdict, MB_SOAK_PLATEAU);
    /* The level counts: 1 % of 1 GiB an hour is 10 MiB/h. */
    make_line(1024.0 * MIB, 1024);
    j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_PLATEAU);
    CU_ASSERT_DOUBLE_EQUAL(j.tolerance_bytes_per_hour, 0.01 * j.level_bytes, 1e-3);
}

/* Thirty minutes, and three of the longest period, are asked for; force gives a verdict and says that it was force. */
static void test_minimum(void)
{
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    make_line(10.0 * MIB, 1024);
    CU_ASSERT_EQUAL(judge(1801, &rule).verdict, MB_SOAK_LEAK);
    CU_ASSERT_EQUAL(judge(1700, &rule).reason, MB_SOAK_TOO_SHORT);
    rule.period_seconds = 601;
    CU_ASSERT_EQUAL(judge(1800, &rule).reason, MB_SOAK_TOO_SHORT);
    rule.force = true;
    mb_soak_judgement j = judge(1700, &rule);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_LEAK);
    CU_ASSERT_TRUE(j.is_short);
    CU_ASSERT_EQUAL(judge(20, &rule).reason, MB_SOAK_TOO_FEW);
    CU_ASSERT_EQUAL(judge(0, &rule).verdict, MB_SOAK_INCONCLUSIVE);
    for (size_t i = 0; i < SECONDS; i++) /* all at the ends: most blocks are empty */
        times[i] = i < SECONDS / 2 ? 0 : 3600;
    CU_ASSERT_EQUAL(judge(SECONDS, &rule).reason, MB_SOAK_TOO_FEW);
}

/* A step in the middle is neither leak nor plateau yet; long behind, it is a plateau; growth that slows is not a leak.
 */
static void test_shapes(void)
{
    make_line(10.0 * MIB, 0);
    for (size_t i = 2500; i < SECONDS; i++)
        values[i] += 8.0 * MIB;
    mb_soak_judgement j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_STEPPED);
    CU_ASSERT_DOUBLE_EQUAL(j.step_bytes, 8.0 * MIB, 1);
    CU_ASSERT_TRUE(fabs(j.step_at_seconds - 2500) <= 90); /* the block it is in */
    make_line(10.0 * MIB, 0);
    for (size_t i = 1200; i < SECONDS; i++)
        values[i] += 0.5 * MIB; /* below a tenth of the level */
    CU_ASSERT_EQUAL(judge(SECONDS, NULL).verdict, MB_SOAK_PLATEAU);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 10.0 * MIB + 4.0 * MIB * log(1 + (double)i / 60);
    j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_DECELERATING);
    CU_ASSERT_TRUE(j.late_bytes_per_hour < 0.7 * j.early_bytes_per_hour);
    for (size_t i = 0; i < SECONDS; i++) /* a sawtooth stands for its lower tenth */
        values[i] = 10.0 * MIB + 100.0 * 1024 * (double)(i % 20);
    j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_PLATEAU);
    CU_ASSERT_TRUE(j.level_bytes >= 10.0 * MIB && j.level_bytes <= 10.0 * MIB + 1000.0 * 1024);
    for (size_t i = 0; i < SECONDS; i++) /* 1 KB/s, and in one second of a hundred 8 MiB less */
        values[i] = 20.0 * MIB + 1024.0 * (double)i - (i * 7919 % 100 == 0 ? 8.0 * MIB : 0);
    CU_ASSERT_EQUAL(judge(SECONDS, NULL).verdict, MB_SOAK_LEAK);
}

/* Two steps: nobody knows; three equal ones at equal distances are a leak; one and a long time, a plateau; what comes
 * down again, no stairs. */
static void test_stairs(void)
{
    make_line(50.0 * MIB, 0);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] += 4.0 * MIB * floor(((double)i + 400) / 1500);
    mb_soak_judgement j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_STAIRS);
    CU_ASSERT_EQUAL(j.rise_count, 2);
    CU_ASSERT_EQUAL(j.step_bytes, 4.0 * MIB);
    make_line(50.0 * MIB, 0);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] += 4.0 * MIB * floor(((double)i + 300) / 1000);
    j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_LEAK);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_STAIRS_GROWTH);
    CU_ASSERT_EQUAL(j.rise_count, 3);
    make_line(50.0 * MIB, 0);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] += 4.0 * MIB * (i >= 800);
    j = judge(SECONDS, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_PLATEAU);
    CU_ASSERT_DOUBLE_EQUAL(j.quiet_seconds, 2800, 120);    /* the time for which it holds */
    for (size_t at = 1900; at < SECONDS - 30; at += 100) { /* one late step, up to the very end: the first of many? */
        make_line(50.0 * MIB, 0);
        for (size_t i = at; i < SECONDS; i++)
            values[i] += 4.0 * MIB;
        j = judge(SECONDS, NULL);
        CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
        CU_ASSERT_EQUAL(j.reason,
                        at < 2900 || at > 3200 ? MB_SOAK_STEPPED_LATE : MB_SOAK_STEPPED); /* no third is level */
        CU_ASSERT_DOUBLE_EQUAL(j.step_bytes, 4.0 * MIB, 1);
        CU_ASSERT_DOUBLE_EQUAL(j.step_at_seconds, (double)at, 90);
    }
    make_line(50.0 * MIB,
              0); /* a table that doubles, up to just before the next time: the last tread is twice as long */
    for (size_t i = 0; i < SECONDS; i++)
        values[i] += 8.0 * MIB * (exp2(floor(log2(1 + (double)i / 225))) - 1);
    CU_ASSERT_NOT_EQUAL(judge(SECONDS, NULL).verdict, MB_SOAK_PLATEAU);
}

static mb_soak_judgement judge_steps(double level, double step, double seconds, const mb_soak_rule *rule)
{
    make_line(level, 0);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] += step * floor(((double)i + seconds / 2) / seconds);
    return judge(SECONDS, rule);
}

/* Stairs within the tolerance, 1 % an hour, are not a plateau either, even where without their line they look like a
 * cycle; unless the tolerance was given, or they come back, or are too small to note. */
static void test_slow_stairs(void)
{
    mb_soak_judgement j = judge_steps(500.0 * MIB, 0.75 * MIB, 600, NULL);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_STAIRS_SLOW);
    CU_ASSERT_EQUAL(j.rise_count, 6);
    CU_ASSERT_EQUAL(j.step_bytes, 0.75 * MIB);
    CU_ASSERT_EQUAL(judge_steps(500.0 * MIB, 2.0 * MIB, 1600, NULL).reason, MB_SOAK_STAIRS_SLOW);
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    rule.tolerance_bytes_per_hour = 5.0 * MIB;
    rule.tolerance_ratio_per_hour = 0;
    CU_ASSERT_EQUAL(judge_steps(500.0 * MIB, 2.0 * MIB, 1600, &rule).verdict, MB_SOAK_PLATEAU);
    CU_ASSERT_EQUAL(judge_steps(500.0 * MIB, 0.24 * MIB, 1600, NULL).verdict, MB_SOAK_PLATEAU); /* a thousandth */
    CU_ASSERT_EQUAL(judge_steps(500.0 * MIB, 0.26 * MIB, 1600, NULL).reason, MB_SOAK_STAIRS_SLOW);
    CU_ASSERT_EQUAL(judge_steps(20.0 * MIB, 31 * 1024, 1600, NULL).verdict, MB_SOAK_PLATEAU); /* 64 KiB */
    CU_ASSERT_EQUAL(judge_steps(20.0 * MIB, 33 * 1024, 1600, NULL).reason, MB_SOAK_STAIRS_SLOW);
    make_line(500.0 * MIB, 0); /* an hourly job twice: what it loses is within the tolerance */
    for (size_t i = 0; i < SECONDS; i++)
        values[i] += MIB * (floor(((double)i + 800) / 1600) + (i % 1600 >= 800 && i % 1600 < 900 ? 20 : 0));
    CU_ASSERT_EQUAL(judge(SECONDS, NULL).verdict, MB_SOAK_PLATEAU);
}

/* Two rises in the record rule a plateau out, wherever they are: the first in the first second, or the last in the
 * last, with and without noise. What rose in the first second alone, or falls in the last one, is one. */
static void test_ends_of_stairs(void)
{
    static const size_t firsts[] = {1, 4, 14, 15, 29, 45, 600, 1700}, lasts[] = {0, 1, 2, 3, 4, 5, 6, 9, 14, 15, 29};
    for (int is_noisy = 0; is_noisy < 2; is_noisy++)
        for (size_t f = 0; f < sizeof firsts / sizeof firsts[0]; f++)
            for (size_t l = 0; l < sizeof lasts / sizeof lasts[0]; l++) {
                make_line(50.0 * MIB, 0);
                for (size_t i = 0; i < SECONDS; i++)
                    values[i] += 2.0 * MIB * (double)((i >= firsts[f]) + (i >= SECONDS - 1 - lasts[l])) +
                                 (is_noisy ? MIB * fmod((double)i * 0.6180339887, 1) : 0);
                CU_ASSERT_NOT_EQUAL(judge(SECONDS, NULL).verdict, MB_SOAK_PLATEAU);
            }
    for (int turn = 0; turn < 4; turn++) {
        make_line(50.0 * MIB, 0);
        for (size_t i = 0; i < SECONDS; i++)
            values[i] += MIB * fmod((double)i * 0.6180339887, 1);
        values[0] += turn % 2 == 0 ? 0 : -MIB / 2;
        values[SECONDS - 1] -= turn / 2 == 0 ? 0 : MIB;
        CU_ASSERT_EQUAL(judge(SECONDS, NULL).verdict, MB_SOAK_PLATEAU);
    }
}

/* How many of the last values have to be above the rest: three quarters above 99 % of them; of fewer than five all
 * above all. A cell holds 30; the median of the last one does not see fourteen. */
static void test_last_values(void)
{
    static const struct {
        size_t high_count, low_each; /* of the last values; of these each so many-th is low, from the last one on */
        bool has_spike;              /* one value in the middle is as high */
        bool is_rise;
    } rows[] = {{14, 0, false, true}, {14, 5, false, true}, {14, 4, false, false}, {14, 2, false, false},
                {2, 0, false, true},  {2, 0, true, false},  {3, 0, true, false},   {4, 0, true, true},
                {14, 0, true, true},  {0, 0, true, false}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        make_line(50.0 * MIB, 0);
        for (size_t k = 0; k < rows[r].high_count; k++)
            if (rows[r].low_each == 0 || k % rows[r].low_each != 0)
                values[SECONDS - 1 - k] += 8.0 * MIB;
        if (rows[r].has_spike)
            values[1500] += 8.0 * MIB;
        CU_ASSERT_EQUAL(judge(SECONDS, NULL).verdict, rows[r].is_rise ? MB_SOAK_INCONCLUSIVE : MB_SOAK_PLATEAU);
    }
}

/* A step that takes half a minute lies in one cell, nearer to the tread before it or to the one after: the treads are
 * level all the same. */
static void test_slow_steps(void)
{
    for (int is_after = 0; is_after < 2; is_after++) {
        double scratch[SECONDS];
        mb_soak_stairs found;
        for (size_t i = 0; i < 3600; i++) {
            size_t cell = i / 30, tread = cell / 6;
            double part = is_after ? (cell % 6 == 0 && tread > 0 ? -0.4 : 0) : (cell % 6 == 5 && tread < 19 ? 0.4 : 0);
            times[i] = (double)i;
            values[i] = MIB * (50 + 4 * ((double)tread + part));
        }
        mb_soak_stairs_find(times, values, 3600, false, 65536, INFINITY, scratch, &found);
        CU_ASSERT_EQUAL(found.rise_count, 19);
        CU_ASSERT_TRUE(found.has_treads);
        CU_ASSERT_TRUE(found.are_leak);
    }
}

/* Of a sawtooth a cell is the lower tenth of its thirty values: the third. */
static void test_lower_tenth(void)
{
    for (size_t low_count = 2; low_count <= 4; low_count++) {
        double scratch[SECONDS];
        mb_soak_stairs found;
        for (size_t i = 0; i < 3600; i++) {
            times[i] = (double)i;
            values[i] = MIB * (i < 1200 && i % 30 >= 30 - low_count ? 42 : 50);
        }
        mb_soak_stairs_find(times, values, 3600, true, 65536, INFINITY, scratch, &found);
        CU_ASSERT_EQUAL(found.rise_count, low_count >= 3);
        CU_ASSERT_EQUAL(found.last_rise_bytes, low_count >= 3 ? 8 * MIB : 0);
    }
}

/* A sine of ten minutes is found to the second or so; what grows from period to period is a leak at its rate. */
static void test_periods(void)
{
    for (int leaks = 0; leaks < 2; leaks++) {
        make_line(50.0 * MIB, leaks ? 1024 : 0);
        for (size_t i = 0; i < SECONDS; i++)
            values[i] += 4.0 * MIB * sin(2 * acos(-1) * (double)i / 600);
        mb_soak_judgement j = judge(SECONDS, NULL);
        CU_ASSERT_EQUAL(j.verdict, leaks ? MB_SOAK_LEAK : MB_SOAK_PLATEAU);
        CU_ASSERT_EQUAL(j.reason, leaks ? MB_SOAK_PERIOD_GROWTH : MB_SOAK_LEVEL_PERIODS);
        CU_ASSERT_DOUBLE_EQUAL(j.period_seconds, 600, 10);
        CU_ASSERT_DOUBLE_EQUAL(j.slope.value, leaks ? 1024 * 3600.0 : 0, 0.1 * 1024 * 3600);
    }
    /* A record of just three of them, less a tick: wherever it begins, named or not. */
    for (int turn = 0; turn < 8; turn++)
        for (int leaks = 0; leaks < 2; leaks++) {
            mb_soak_rule rule;
            mb_soak_rule_init(&rule);
            make_line(50.0 * MIB, leaks ? 1024 : 0);
            for (size_t i = 0; i < SECONDS; i++)
                values[i] += 8.0 * MIB * sin(2 * acos(-1) * ((double)i / 1200 + turn / 8.0));
            mb_soak_verdict wanted = leaks ? MB_SOAK_LEAK : MB_SOAK_PLATEAU;
            CU_ASSERT_EQUAL(judge(3600, &rule).verdict, wanted);
            CU_ASSERT_EQUAL(judge(3600, &rule).period_count, 3);
            rule.period_seconds = 1200;
            CU_ASSERT_EQUAL(judge(3600, &rule).verdict, wanted);
        }
    /* Three periods are enough: level, growing, and growing less and less. */
    for (int shape = 0; shape < 3; shape++) {
        static const mb_soak_verdict wanted[] = {MB_SOAK_PLATEAU, MB_SOAK_LEAK, MB_SOAK_INCONCLUSIVE};
        make_line(50.0 * MIB, shape == 1 ? 1024 : 0);
        for (size_t i = 0; i < SECONDS; i++)
            values[i] +=
                8.0 * MIB * fmod((double)i / 1150, 1) + (shape == 2 ? 20.0 * MIB * (1 - exp(-(double)i / 900)) : 0);
        mb_soak_judgement j = judge(SECONDS, NULL);
        CU_ASSERT_EQUAL(j.verdict, wanted[shape]);
        CU_ASSERT_EQUAL(j.period_count, shape == 2 ? j.period_count : 3);
    }
}

/* Looks: a leak has to be seen twice, and by time alone ends nothing before the last unless it is beyond the limit. */
static void test_ends(void)
{
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    mb_soak_looks looks = {0};
    mb_soak_judgement leak = {.verdict = MB_SOAK_LEAK, .slope = {.value = 100}, .growth_bytes = 1000};
    mb_soak_judgement level = {.verdict = MB_SOAK_PLATEAU, .reason = MB_SOAK_LEVEL};
    mb_soak_judgement late = {.verdict = MB_SOAK_PLATEAU, .reason = MB_SOAK_LEVEL_LATE};
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &leak, &rule));
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &leak, &rule));
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &leak, &rule));
    CU_ASSERT_TRUE(mb_soak_look_ends(&looks, &leak, &rule)); /* the last */
    leak.reason = MB_SOAK_STAIRS_GROWTH;                     /* a cache may fill in slabs */
    looks = (mb_soak_looks){0};
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &leak, &rule));
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &leak, &rule));
    leak.reason = MB_SOAK_STEADY_GROWTH;
    rule.limit_bytes = 999;
    looks = (mb_soak_looks){0};
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &leak, &rule));
    leak.slope.value = 69; /* it slows down */
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &leak, &rule));
    leak.slope.value = 690; /* it speeds up */
    CU_ASSERT_TRUE(mb_soak_look_ends(&looks, &leak, &rule));
    looks = (mb_soak_looks){0};
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &late, &rule)); /* half an hour is not taken for all */
    CU_ASSERT_TRUE(mb_soak_look_ends(&looks, &level, &rule));
    looks = (mb_soak_looks){0};
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule));
    level.has_risen = true; /* the first of stairs, or a warm-up: after two hours stairs of an hour have two */
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule));
    CU_ASSERT_TRUE(mb_soak_look_ends(&looks, &level, &rule));
    looks = (mb_soak_looks){0};
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule));
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &(mb_soak_judgement){.verdict = MB_SOAK_INCONCLUSIVE}, &rule));
    CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule)); /* not twice in a row */
    for (int is_given = 0; is_given < 2; is_given++) {         /* certain growth of more than half the tolerance */
        looks = (mb_soak_looks){0};
        level = (mb_soak_judgement){.verdict = MB_SOAK_PLATEAU, .slope = {51, 50, 52}, .tolerance_bytes_per_hour = 100};
        rule.tolerance_ratio_per_hour = is_given ? 0 : 0.01;
        level.reason = MB_SOAK_LEVEL;
        CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule));
        CU_ASSERT_EQUAL(mb_soak_look_ends(&looks, &level, &rule), is_given);
        looks = (mb_soak_looks){0};
        level.slope = (mb_soak_slope){-51, -52, -50}; /* the same downwards: what falls may rise again */
        CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule));
        CU_ASSERT_EQUAL(mb_soak_look_ends(&looks, &level, &rule), is_given);
        looks = (mb_soak_looks){0};
        level.slope = (mb_soak_slope){-51, -102, 0}; /* not for certain */
        CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule));
        CU_ASSERT_TRUE(mb_soak_look_ends(&looks, &level, &rule));
        looks = (mb_soak_looks){0};
        level.slope = (mb_soak_slope){49, 48, 50};
        CU_ASSERT_FALSE(mb_soak_look_ends(&looks, &level, &rule));
        CU_ASSERT_TRUE(mb_soak_look_ends(&looks, &level, &rule));
    }
}

/* Growth that speeds up is not a plateau within the tolerance, unless that was given; an even line is one. */
static void test_accelerating(void)
{
    for (int is_given = 0; is_given < 2; is_given++) {
        mb_soak_rule rule;
        mb_soak_rule_init(&rule);
        rule.tolerance_bytes_per_hour = 768.0 * 1024;
        rule.tolerance_ratio_per_hour = is_given ? 0 : 0.01;
        make_line(50.0 * MIB, 0);
        for (size_t i = 0; i < SECONDS; i++)
            values[i] += 0.3 * MIB * pow((double)i / 3600, 2);
        mb_soak_judgement j = judge(SECONDS, &rule);
        CU_ASSERT_EQUAL(j.verdict, is_given ? MB_SOAK_PLATEAU : MB_SOAK_INCONCLUSIVE);
        CU_ASSERT_EQUAL(j.reason, is_given ? MB_SOAK_LEVEL : MB_SOAK_ACCELERATING);
        make_line(50.0 * MIB, 100);
        CU_ASSERT_EQUAL(judge(SECONDS, &rule).verdict, MB_SOAK_PLATEAU);
    }
}

static mb_soak_judgement judge_pieces(const size_t *cuts, size_t cut_count, bool is_restarted)
{
    mb_soak_rule rule;
    mb_soak_judgement judgement = {0};
    mb_soak_rule_init(&rule);
    rule.least_seconds = 1200;
    CU_ASSERT_TRUE_FATAL(
        mb_soak_judge_pieces(times, values, operations, SECONDS, cuts, cut_count, is_restarted, &rule, &judgement));
    return judgement;
}

/* Each process leaks, and the next begins small again: the record as a whole does not grow. Other levels after a
 * restart are neither leak nor decline. */
static void test_pieces(void)
{
    const size_t half[] = {1800}, thirds[] = {600, 1200, 1800, 2400, 3000};
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 50.0 * MIB + 1024.0 * (double)(i % 1800);
    CU_ASSERT_NOT_EQUAL(judge_pieces(NULL, 0, false).verdict, MB_SOAK_LEAK);
    for (int is_restarted = 0; is_restarted < 2; is_restarted++) {
        mb_soak_judgement j = judge_pieces(half, 1, is_restarted);
        CU_ASSERT_EQUAL(j.verdict, MB_SOAK_LEAK);
        CU_ASSERT_EQUAL(j.piece_count, 2);
        CU_ASSERT_EQUAL(j.is_restarted, is_restarted);
        CU_ASSERT_DOUBLE_EQUAL(j.slope.value, 1024 * 3600.0, 5000);
    }
    for (int rises = 0; rises < 2; rises++) {
        for (size_t i = 0; i < SECONDS; i++)
            values[i] = 50.0 * MIB + (rises == (i >= 1800) ? 20.0 * MIB : 0);
        mb_soak_judgement j = judge_pieces(half, 1, true);
        CU_ASSERT_EQUAL(j.verdict, MB_SOAK_PLATEAU);
        CU_ASSERT_DOUBLE_EQUAL(j.slope.value, 0, 1);
        j = judge_pieces(half, 1, false);
        CU_ASSERT_NOT_EQUAL(j.verdict, MB_SOAK_LEAK);
    }
    /* Restarted again and again: no piece is long enough, and the whole is not judged. */
    mb_soak_judgement j = judge_pieces(thirds, 5, true);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_TOO_SHORT);
    CU_ASSERT_EQUAL(j.piece_count, 6);
    make_line(50.0 * MIB, 1024); /* workers come and go, and the sum grows */
    CU_ASSERT_EQUAL(judge_pieces(thirds, 5, false).verdict, MB_SOAK_LEAK);
    /* The sum grows, and no piece that is long enough does: eight times 1 MiB, all within the first of two. */
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 50.0 * MIB + 8.0 * MIB * (i >= 1800);
    CU_ASSERT_EQUAL(judge_pieces(half, 1, true).verdict, MB_SOAK_PLATEAU);
    /* A plateau of a third of the record says nothing of the rest. */
    const size_t late[] = {400, 800, 1200, 1600, 2000, 2380};
    make_line(50.0 * MIB, 0);
    CU_ASSERT_EQUAL(judge_pieces(late, 6, true).reason, MB_SOAK_RESTARTS);
}

static mb_soak_judgement judge_minutes(const size_t *cuts, size_t cut_count, double least_seconds, bool is_restarted)
{
    mb_soak_rule rule;
    mb_soak_judgement judgement = {0};
    mb_soak_rule_init(&rule);
    rule.least_seconds = least_seconds;
    CU_ASSERT_TRUE_FATAL(
        mb_soak_judge_pieces(times, values, operations, SECONDS, cuts, cut_count, is_restarted, &rule, &judgement));
    return judgement;
}

/* Which piece is the one: the gravest, and of those the first; how long it has to be; and of more pieces than looks
 * the longest. Pieces are known by where they begin. */
static void test_which_piece(void)
{
    enum { PLATEAU, NOISE, LEAK }; /* kinds of pieces; noise is open */
    static const struct {
        int first, second;
        mb_soak_verdict verdict;
        double at_seconds;
    } rows[] = {{PLATEAU, NOISE, MB_SOAK_INCONCLUSIVE, 1800},
                {NOISE, PLATEAU, MB_SOAK_INCONCLUSIVE, 0},
                {NOISE, LEAK, MB_SOAK_LEAK, 1800},
                {LEAK, NOISE, MB_SOAK_LEAK, 0},
                {LEAK, PLATEAU, MB_SOAK_LEAK, 0},
                {PLATEAU, PLATEAU, MB_SOAK_PLATEAU, 0},
                {NOISE, NOISE, MB_SOAK_INCONCLUSIVE, 0},
                {LEAK, LEAK, MB_SOAK_LEAK, 0}};
    const size_t half[] = {1800};
    make_line(0, 0);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        for (size_t i = 0; i < SECONDS; i++) {
            int kind = i < 1800 ? rows[r].first : rows[r].second;
            double second = (double)(i % 1800);
            values[i] = 50.0 * MIB + (kind == LEAK    ? 1024 * second
                                      : kind == NOISE ? 24.0 * MIB * fmod(second * 0.6180339887, 1)
                                                      : 0);
        }
        mb_soak_judgement j = judge_pieces(half, 1, true);
        CU_ASSERT_EQUAL(j.verdict, rows[r].verdict);
        CU_ASSERT_EQUAL(j.piece_at_seconds, rows[r].at_seconds);
    }
    /* The first of two replaced workers that leaks is named; of a leak in neither it is said so. */
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 50.0 * MIB + 1024.0 * (double)(i % 1800);
    CU_ASSERT_EQUAL(judge_pieces(half, 1, false).piece_at_seconds, 0);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 50.0 * MIB + 2.0 * MIB * floor((double)i / 300);
    const size_t steps[] = {300, 600, 900, 1200, 1500, 1800, 2100, 2400, 2700, 3000, 3300};
    mb_soak_judgement j = judge_minutes(steps, 11, 200, false);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_INCONCLUSIVE);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_REPLACED);
    CU_ASSERT_EQUAL(j.piece_count, 12);
    CU_ASSERT_FALSE(j.is_restarted);
    /* Of more than four the longest: the leak is in the longest, the shortest, or one that just makes it. */
    const size_t uneven[] = {300, 700, 1200, 1800, 2500};
    for (size_t leaking = 0; leaking < 6; leaking++) {
        size_t from = leaking > 0 ? uneven[leaking - 1] : 0, to = leaking < 5 ? uneven[leaking] : SECONDS;
        for (size_t i = 0; i < SECONDS; i++)
            values[i] = 50.0 * MIB + (i >= from && i < to ? 8192.0 * (double)(i - from) : 0);
        j = judge_minutes(uneven, 5, 250, true);
        CU_ASSERT_EQUAL(j.verdict == MB_SOAK_LEAK, leaking >= 2);
        if (leaking >= 2)
            CU_ASSERT_EQUAL(j.piece_at_seconds, (double)from);
    }
    /* A piece has to be as long as a soak, but for rounding; where none is, the longest says how short it is. */
    make_line(50.0 * MIB, 0);
    const size_t thirds[] = {800, 2700};
    CU_ASSERT_EQUAL(judge_minutes(thirds, 2, 1900, true).verdict, MB_SOAK_PLATEAU); /* 1,899 s from end to end */
    j = judge_minutes(thirds, 2, 1910, true);
    CU_ASSERT_EQUAL(j.reason, MB_SOAK_TOO_SHORT);
    CU_ASSERT_EQUAL(j.piece_at_seconds, 800);
    /* … and those that are shorter have no say, those that are as long all have one. */
    const size_t first_short[] = {1400};
    CU_ASSERT_EQUAL(judge_minutes(first_short, 1, 1900, true).verdict, MB_SOAK_PLATEAU);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 50.0 * MIB + (i >= 1800 ? 1024.0 * (double)(i - 1800) : 0);
    const size_t before_half[] = {1700};
    for (size_t i = 0; i < SECONDS; i++) /* the shorter one of two that are long enough */
        values[i] = 50.0 * MIB + (i < 1700 ? 1024.0 * (double)i : 0);
    CU_ASSERT_EQUAL(judge_minutes(before_half, 1, 1500, true).verdict, MB_SOAK_LEAK);
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 50.0 * MIB + (i >= 1800 ? 1024.0 * (double)(i - 1800) : 0);
    j = judge_minutes(half, 1, 1500, true);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_LEAK);
    CU_ASSERT_EQUAL(j.piece_at_seconds, 1800);
    CU_ASSERT_DOUBLE_EQUAL(j.per_operation.value, 256, 5);
    /* Several share the error as several looks do, one alone does not. */
    for (size_t i = 0; i < SECONDS; i++)
        values[i] = 50.0 * MIB + 1024.0 * (double)(i % 1800) + 2.0 * MIB * fmod((double)i * 0.6180339887, 1);
    const size_t one_long[] = {1800, 2400, 3000};
    double lows[2];
    for (int is_repeated = 0; is_repeated < 2; is_repeated++) {
        mb_soak_rule rule;
        mb_soak_rule_init(&rule);
        rule.least_seconds = 1200;
        rule.is_repeated = is_repeated;
        CU_ASSERT_TRUE_FATAL(mb_soak_judge(times, values, operations, 1800, &rule, &j));
        lows[is_repeated] = j.slope.low;
    }
    CU_ASSERT_TRUE(lows[1] < lows[0]);
    CU_ASSERT_EQUAL(judge_minutes(half, 1, 1200, true).slope.low, lows[1]);
    CU_ASSERT_EQUAL(judge_minutes(one_long, 3, 1200, true).slope.low, lows[0]);
    make_line(50.0 * MIB, 0);
    j = judge_minutes(NULL, 0, 1200, true);
    CU_ASSERT_EQUAL(j.verdict, MB_SOAK_PLATEAU);
    CU_ASSERT_FALSE(j.is_restarted);
    CU_ASSERT_EQUAL(j.piece_count, 0);
}

/* Stairs by their treads, in cells of half a minute (120 are an hour), and by their heights, in MiB: each bound that
 * leak_steps.h names from both of its sides. */
static void test_treads(void)
{
    enum { TREADS = 12, CELL_SECONDS = 30 };
    static const struct {
        size_t cells[TREADS];
        double heights[TREADS];
        size_t rise_count;
        bool are_stairs, has_treads, are_leak;
        double last_rise;
        size_t last_cells;
        bool is_late;
    } rows[] = {
        {{40, 40, 40}, {50, 54, 60}, 2, true, true, false, 6, 40, true},
        {{30, 30, 30, 30}, {50, 54, 58, 62}, 3, true, true, true, 4, 30, true},
        /* the smallest rise is three quarters of the largest */
        {{30, 30, 30, 30}, {50, 54, 58, 61.1}, 3, true, true, true, 3.1, 30, true},
        {{30, 30, 30, 30}, {50, 54, 58, 60.9}, 3, true, true, false, 2.9, 30, true},
        /* treads between the first and the last differ by two cells */
        {{28, 30, 32, 30}, {50, 54, 58, 62}, 3, true, true, true, 4, 30, true},
        {{28, 29, 32, 31}, {50, 54, 58, 62}, 3, true, true, false, 4, 31, true},
        /* the last is at most twice as long as the longest, and a cell more */
        {{26, 26, 26, 42}, {50, 54, 58, 62}, 3, true, true, true, 4, 42, true},
        {{25, 25, 25, 45}, {50, 54, 58, 62}, 3, true, true, true, 4, 45, true},
        {{22, 22, 22, 54}, {50, 54, 58, 62}, 3, false, false, false, 4, 54, true},
        /* half of the record after the last rise */
        {{61, 59}, {50, 58}, 1, false, false, false, 8, 59, true},
        {{60, 60}, {50, 58}, 1, false, false, false, 8, 60, false},
        /* it falls by a tenth of the range; a tread in front of a fall is not a level one, and what rises to where it
         * was does not count */
        {{30, 30, 30, 30}, {50, 60, 59.1, 60}, 1, false, false, false, 10, 90, false},
        {{30, 30, 30, 30}, {50, 60, 58.9, 60}, 1, false, false, false, 8.9, 90, false},
        /* … and what rises above it, late, is one, whatever fell in between or falls a little behind */
        {{30, 20, 30, 40}, {50, 60, 50, 66}, 1, false, false, false, 16, 40, true},
        {{30, 40, 20, 30}, {50, 58, 66, 65.6}, 2, true, false, false, 7.6, 50, true},
        {{30, 40, 20, 30}, {50, 58, 57.3, 57.8}, 1, false, false, false, 7.8, 90, false},
        /* a job that needs more for a while, and loses some of it; at the end it may be at work, unless that is longer
         */
        {{20, 2, 28, 2, 28, 2, 38}, {50, 64, 54, 68, 58, 72, 62}, 3, true, true, false, 4, 40, true},
        {{20, 4, 40, 4, 52}, {50, 64, 50.1, 64, 50.2}, 0, false, false, false, 0, 0, false}, /* as good as level */
        {{20, 4, 40, 4, 52}, {50, 64, 50.3, 64, 50.3}, 1, false, false, false, 0.3, 100, false},
        {{50, 4, 59, 7}, {50, 60, 54, 64}, 1, false, false, false, 4, 70, false},
        {{50, 4, 58, 8}, {50, 60, 54, 64}, 2, true, true, false, 10, 8, true},
        {{40, 10, 49, 21}, {50, 60, 54, 64}, 2, true, true, false, 10, 21, true},
        {{40, 10, 54, 16}, {50, 60, 54, 64}, 1, false, false, false, 4, 80, false},
        /* a tread that falls a little is one tread */
        {{20, 16, 16, 68}, {50, 54, 53.5, 58}, 2, false, false, false, 4, 68, false},
        {{20, 16, 20, 64}, {50, 54, 53.5, 58}, 2, true, false, false, 4, 64, false},
        /* levels within 2 % of the range are one */
        {{40, 20, 20, 40}, {50, 55, 55.19, 60}, 2, true, true, false, 4.9, 40, true},
        {{40, 20, 20, 40}, {50, 55, 55.21, 60}, 3, true, true, false, 4.79, 40, true},
        /* treads of fewer than six cells are too short to tell whether they are level */
        {{96, 6, 6, 6, 6}, {50, 54, 58, 62, 66}, 4, true, true, true, 4, 6, true},
        {{100, 5, 5, 5, 5}, {50, 54, 58, 62, 66}, 4, true, false, false, 4, 5, true},
        /* eight rises on a line, and no more than half as long again at the end */
        {{10, 14, 8, 18, 9, 16, 8, 19, 18},
         {50, 55, 62, 66, 75, 79.5, 87.5, 91.5, 101},
         8,
         true,
         true,
         true,
         9.5,
         18,
         true},
        {{8, 12, 7, 16, 8, 14, 7, 19, 29},
         {50, 54.4, 61, 64.9, 73.7, 78, 85.8, 89.6, 100},
         8,
         true,
         true,
         true,
         10.4,
         29,
         true},
        {{8, 12, 7, 16, 8, 14, 6, 19, 30},
         {50, 54.4, 61, 64.9, 73.7, 78, 85.8, 89, 99.5},
         8,
         true,
         true,
         false,
         10.5,
         30,
         true},
        {{10, 14, 8, 18, 9, 16, 8, 37}, {50, 55, 62, 66, 75, 79.5, 87.5, 91.5}, 7, true, true, false, 4, 37, true},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        double scratch[SECONDS], expected_step = 0;
        size_t tread = 0, end = rows[r].cells[0], last = 0;
        mb_soak_stairs found;
        for (size_t i = 0; i < 120 * CELL_SECONDS; i++) {
            if (i / CELL_SECONDS >= end)
                end += rows[r].cells[++tread];
            last = tread;
            times[i] = (double)i;
            values[i] = MIB * rows[r].heights[tread];
        }
        mb_soak_stairs_find(times, values, 120 * CELL_SECONDS, false, 65536, INFINITY, scratch, &found);
        if (rows[r].are_stairs)
            expected_step = MIB * (rows[r].heights[last] - rows[r].heights[0]) / (double)rows[r].rise_count;
        bool is_right = found.rise_count == rows[r].rise_count && found.are_stairs == rows[r].are_stairs &&
                        found.has_treads == rows[r].has_treads && found.are_leak == rows[r].are_leak &&
                        found.is_late == rows[r].is_late && fabs(found.step_bytes - expected_step) < 1 &&
                        fabs(found.last_rise_bytes - MIB * rows[r].last_rise) < 0.15 * MIB &&
                        fabs(found.quiet_seconds - (double)rows[r].last_cells * 3599 / 120) < 1;
        if (!is_right) {
            CU_FAIL("stairs are found otherwise");
            printf("\n    row %zu: %zu rises of %g, stairs %d, treads %d, leak %d, last %g, quiet %g, late %d\n", r,
                   found.rise_count, found.step_bytes / MIB, found.are_stairs, found.has_treads, found.are_leak,
                   found.last_rise_bytes / MIB, found.quiet_seconds, found.is_late);
        }
    }
}

/* Growth from period to period with an interval by Student's t, as tables have it for 99 %; and of three periods by
 * their eighths, of whose sixteen increments four are left out at either end. */
static void test_period_fit(void)
{
    enum { PERIOD = 100, COUNT_MAX = 16, EIGHTHS = 8, PART = 10 };
    static const double t[] = {9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.250, 3.169};
    double scratch[SECONDS];
    for (size_t count = 4; count <= COUNT_MAX; count++) {
        double level = 0, mean = 0, squares = 0, n = (double)count - 1;
        for (size_t i = 0; i <= count * PERIOD; i++) {
            times[i] = 7 + (double)i;
            if (i > 0 && i % PERIOD == 0 && i < count * PERIOD)
                level += i / PERIOD % 2 == 0 ? 3000 : i / PERIOD % 3 == 0 ? 5000 : 1000;
            values[i] = level;
        }
        mean = level / n;
        for (size_t p = 1; p < count; p++) {
            double increment = values[p * PERIOD] - values[(p - 1) * PERIOD];
            squares += (increment - mean) * (increment - mean);
        }
        mb_soak_periods fit = mb_soak_periods_fit(times, values, count * PERIOD + 1, PERIOD, scratch);
        double width = t[count - 4 < 8 ? count - 4 : 8] * sqrt(squares / (n - 1) / n);
        CU_ASSERT_EQUAL(fit.count, count);
        CU_ASSERT_EQUAL(fit.first, 0);
        CU_ASSERT_EQUAL(fit.last, level);
        CU_ASSERT_DOUBLE_EQUAL(fit.rate, mean / PERIOD, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(fit.high - fit.rate, width / PERIOD, 0.002 * width / PERIOD);
        CU_ASSERT_DOUBLE_EQUAL(fit.rate - fit.low, width / PERIOD, 0.002 * width / PERIOD);
        CU_ASSERT_FALSE(fit.has_parts);
    }
    static const struct {
        double early, late; /* increments of the first eighth; each next one is by 1 more */
        double low, high;
        bool is_ending;
    } rows[] = {{1, 9, 5, 12, false}, {101, 71.3, 75.3, 104, false}, {101, 68.8, 72.8, 104, true}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        for (size_t i = 0; i <= 3 * EIGHTHS * PART; i++) {
            size_t part = i / PART < 3 * EIGHTHS ? i / PART : 3 * EIGHTHS - 1, eighth = part % EIGHTHS;
            times[i] = (double)i;
            values[i] = (part >= EIGHTHS ? rows[r].early + (double)eighth : 0) +
                        (part >= 2 * EIGHTHS ? rows[r].late + (double)eighth : 0);
        }
        mb_soak_periods fit = mb_soak_periods_fit(times, values, 3 * EIGHTHS * PART + 1, EIGHTHS * PART, scratch);
        CU_ASSERT_TRUE(fit.has_parts);
        CU_ASSERT_DOUBLE_EQUAL(fit.low, rows[r].low / (EIGHTHS * PART), 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(fit.high, rows[r].high / (EIGHTHS * PART), 1e-9);
        CU_ASSERT_EQUAL(fit.is_ending, rows[r].is_ending);
    }
    make_line(0, 1);
    CU_ASSERT_EQUAL(mb_soak_periods_fit(times, values, 299, 100, scratch).count, 3); /* a tick lost at either end */
    mb_soak_periods two = mb_soak_periods_fit(times, values, 296, 100, scratch);     /* 295 s */
    CU_ASSERT_EQUAL(two.count, 2);
    CU_ASSERT_EQUAL(two.rate, 0);
    /* Three, without an eighth of the second: the t interval of two increments. */
    size_t kept = 0;
    for (size_t i = 0; i <= 300; i++)
        if (i < 125 || i >= 150) {
            times[kept] = (double)i;
            values[kept++] = i < 100 ? 0 : i < 200 ? 100 : 400;
        }
    mb_soak_periods gap = mb_soak_periods_fit(times, values, kept, 100, scratch);
    CU_ASSERT_FALSE(gap.has_parts);
    CU_ASSERT_DOUBLE_EQUAL(gap.rate, 2, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(gap.high - gap.rate, 63.657, 0.01); /* deviation 141.4, of two: 100 a period */
}

/* The ends of a run are its first fiftieth and its last tenth, rounded up, and of what follows the last tenth. */
static void test_idle_ends(void)
{
    static const size_t counts[] = {1, 9, 10, 11, 50, 51, 190, 197, 200, 201};
    double run[201], scratch[201];
    for (size_t i = 0; i < 201; i++)
        run[i] = (double)i * MIB;
    for (size_t r = 0; r < sizeof counts / sizeof counts[0]; r++)
        for (size_t q = 0; q < sizeof counts / sizeof counts[0]; q++) {
            double n = (double)counts[r], m = (double)counts[q];
            double start = (ceil(n / 50) - 1) / 2, loaded = n - (ceil(n / 10) + 1) / 2;
            mb_soak_idle judged = mb_soak_idle_judge(run, counts[r], run, counts[q], scratch);
            CU_ASSERT_EQUAL(judged.rise_bytes, (loaded - start) * MIB);
            CU_ASSERT_EQUAL(judged.back_bytes, (loaded - (m - (ceil(m / 10) + 1) / 2)) * MIB);
        }
}

/* Four fifths of what the load added have to come back; a peak before the end and the way down do not decide. */
static void test_idle(void)
{
    static const struct {
        double start, loaded, idle;
        mb_soak_decline verdict;
    } rows[] = {
        {10, 50, 13.2, MB_SOAK_DECLINED},   {10, 50, 18, MB_SOAK_DECLINED},      {10, 50, 18.1, MB_SOAK_NOT_DECLINED},
        {10, 50, 60, MB_SOAK_NOT_DECLINED}, {10, 10.09, 10, MB_SOAK_NOT_RISEN},  /* below a hundredth */
        {10, 5, 5, MB_SOAK_NOT_RISEN},      {0.1, 0.16, 0.1, MB_SOAK_NOT_RISEN}, /* below 64 KiB */
        {0.1, 0.17, 0.1, MB_SOAK_DECLINED},
    };
    double run[200], idle[100], scratch[200];
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        for (size_t i = 0; i < 200; i++)
            run[i] = MIB * (i < 4 ? rows[r].start : i == 100 ? 999 : rows[r].loaded);
        for (size_t i = 0; i < 100; i++)
            idle[i] = MIB * (i < 80 ? rows[r].loaded : rows[r].idle);
        mb_soak_idle judged = mb_soak_idle_judge(run, 200, idle, 100, scratch);
        CU_ASSERT_EQUAL(judged.verdict, rows[r].verdict);
        CU_ASSERT_DOUBLE_EQUAL(judged.rise_bytes, MIB * (rows[r].loaded - rows[r].start), 1);
        CU_ASSERT_DOUBLE_EQUAL(judged.back_bytes, MIB * (rows[r].loaded - rows[r].idle), 1);
    }
    CU_ASSERT_EQUAL(mb_soak_idle_judge(run, 200, idle, 0, scratch).verdict, MB_SOAK_DECLINE_NONE);
    CU_ASSERT_EQUAL(mb_soak_idle_judge(run, 0, idle, 1, scratch).verdict, MB_SOAK_DECLINE_NONE);
}

/* Bytes alive after so many operations: the same whole number for each, from the second quarter on, or nothing is said.
 */
static void test_exact(void)
{
    static const struct {
        size_t count;
        double operations[8], live[8];
        bool is_exact;
        double bytes, operation_count;
    } rows[] = {
        {8, {0, 7, 20, 31, 45, 52, 60, 77}, {0, 840, 2400, 3720, 5400, 6240, 7200, 9240}, true, 120, 57},
        {8, {0, 7, 20, 31, 45, 52, 60, 77}, {9, 9, 9, 9, 9, 9, 9, 9}, true, 0, 57},
        {8, {0, 7, 20, 31, 45, 52, 60, 77}, {0, 640, 640, 640, 640, 640, 640, 640}, true, 0, 57}, /* made at first */
        {8, {0, 7, 20, 31, 45, 52, 60, 77}, {0, 0, 0, 0, 0, 0, 0, 16}, false, 0, 0},              /* by one of them */
        {8, {0, 7, 20, 31, 45, 52, 60, 77}, {0, 840, 2400, 3720, 5400, 6240, 7200, 9241}, false, 0, 0},
        {8, {0, 10, 20, 30, 40, 50, 60, 70}, {0, 5, 10, 15, 20, 25, 30, 35}, false, 0, 0}, /* half a byte each */
        {8, {0, 10, 20, 30, 40, 50, 60, 70}, {70, 60, 50, 40, 30, 20, 10, 0}, false, 0, 0},
        {8, {0, 7, 20, 31, 31, 31, 60, 77}, {0, 840, 2400, 3720, 3720, 3720, 7200, 9240}, true, 120, 57},
        {8, {0, 7, 20, 31, 31, 31, 60, 77}, {0, 840, 2400, 3720, 3736, 3720, 7200, 9240}, false, 0, 0},
        {8, {0, 7, 20, 31, 31, 31, 31, 31}, {0, 840, 2400, 3720, 3720, 3720, 3720, 3720}, false, 0, 0}, /* too few */
        {0, {0}, {0}, false, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_soak_exact exact = mb_soak_exact_find(rows[i].live, rows[i].operations, rows[i].count);
        CU_ASSERT_EQUAL(exact.is_exact, rows[i].is_exact);
        CU_ASSERT_EQUAL(exact.bytes, rows[i].bytes);
        CU_ASSERT_EQUAL(exact.operation_count, rows[i].operation_count);
    }
}

/* Processes from tick to tick: who stays keeps the name, who comes after one has gone took its place. */
static void test_family(void)
{
    static const struct {
        long pids[4];
        size_t count;
        double process_id, replaced_count;
    } rows[] = {
        {{10}, 1, 10, 0},         {{10, 11, 12}, 3, 10, 0}, {{12, 11, 10}, 3, 10, 0}, {{10, 11}, 2, 10, 0},
        {{10, 11, 13}, 3, 10, 1}, {{13, 14, 15}, 3, 10, 3}, {{20, 21}, 2, 20, 3},     {{20, 21, 22}, 3, 20, 3},
    };
    mb_soak_family family = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_soak_tick tick = {0};
        mb_soak_family_next(&family, rows[i].pids, rows[i].count, &tick);
        CU_ASSERT_EQUAL(tick.values[MB_SOAK_PROCESS_ID], rows[i].process_id);
        CU_ASSERT_EQUAL(tick.values[MB_SOAK_PROCESS_COUNT], (double)rows[i].count);
        CU_ASSERT_EQUAL(tick.values[MB_SOAK_REPLACED_COUNT], rows[i].replaced_count);
    }
}

/* A slope that one look calls is not called by one of four when its interval is near the tolerance: wider bounds. */
static void test_looks(void)
{
    mb_soak_rule rule;
    mb_soak_rule_init(&rule);
    make_line(10.0 * MIB, 300);
    uint64_t state = 7;
    for (size_t i = 0; i < SECONDS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values[i] += (double)(state >> 44); /* up to 1 MiB */
    }
    mb_soak_judgement once = judge(SECONDS, &rule);
    rule.is_repeated = true;
    mb_soak_judgement repeated = judge(SECONDS, &rule);
    CU_ASSERT_TRUE(repeated.slope.low < once.slope.low);
    CU_ASSERT_TRUE(repeated.slope.high > once.slope.high);
    CU_ASSERT_EQUAL(repeated.slope.value, once.slope.value);
}

static mb_soak_tick make_tick(double seconds, size_t phase, mb_soak_kind kind, double anon_bytes)
{
    mb_soak_tick tick = {.time_seconds = seconds, .phase_index = phase, .kind = kind};
    tick.values[MB_SOAK_ANON_BYTES] = anon_bytes;
    tick.is_known[MB_SOAK_ANON_BYTES] = true;
    tick.values[MB_SOAK_OPERATION_COUNT] = 10 * seconds;
    tick.is_known[MB_SOAK_OPERATION_COUNT] = true;
    return tick;
}

static const mb_soak_about about = {.target = "a \"case\"\n",
                                    .interval_seconds = 0.1,
                                    .time_scale = 1,
                                    .tolerance_bytes_per_hour = 1000,
                                    .phases = {{MB_SOAK_RUN, 2}, {MB_SOAK_IDLE, 1}, {MB_SOAK_RUN, 2}},
                                    .phase_count = 3};

static void fill(mb_soak_series *series)
{
    mb_error error;
    series->about = about;
    for (int i = 0; i < 50; i++) {
        size_t phase = i < 20 ? 0 : i < 30 ? 1 : 2;
        mb_soak_tick tick =
            make_tick(i * 0.1, phase, phase == 1 ? MB_SOAK_IDLE : MB_SOAK_RUN, (double)MIB + 4096.0 * i);
        CU_ASSERT_EQUAL_FATAL(mb_soak_series_add(series, &tick, &error), MB_OK);
    }
}

static bool is_same(const mb_soak_series *left, const mb_soak_series *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++) {
        const mb_soak_tick *a = &left->ticks[i], *b = &right->ticks[i];
        if (a->time_seconds != b->time_seconds || a->phase_index != b->phase_index || a->kind != b->kind ||
            memcmp(a->values, b->values, sizeof a->values) != 0 ||
            memcmp(a->is_known, b->is_known, sizeof a->is_known) != 0)
            return false;
    }
    return true;
}

/* What is written is read again, from NDJSON and from CSV; a disk that is full is an error and leaves no CSV. */
static void test_files(void)
{
    char folder[] = "/tmp/membench-soak-XXXXXX", record[64], csv[64];
    mb_soak_series series = {0}, read = {0};
    mb_soak_writer *writer = NULL;
    mb_error error;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(record, sizeof record, "%s/a.ndjson", folder);
    snprintf(csv, sizeof csv, "%s/a.csv", folder);
    fill(&series);
    CU_ASSERT_EQUAL_FATAL(mb_soak_writer_open(record, &about, &writer, &error), MB_OK);
    for (size_t i = 0; i < series.count; i++)
        CU_ASSERT_EQUAL(mb_soak_writer_tick(writer, &series.ticks[i], &error), MB_OK);
    CU_ASSERT_EQUAL(mb_soak_writer_end(writer, "done", "PLATEAU", &error), MB_OK);
    mb_soak_writer_close(writer);
    CU_ASSERT_EQUAL(mb_soak_writer_open(record, &about, &writer, &error), MB_FAILED); /* never overwritten */
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_USAGE);
    CU_ASSERT_EQUAL_FATAL(mb_soak_read(record, NULL, &read, &error), MB_OK);
    CU_ASSERT_TRUE(is_same(&series, &read));
    CU_ASSERT_STRING_EQUAL(read.about.target, about.target);
    CU_ASSERT_EQUAL(read.about.phase_count, 3);
    CU_ASSERT_EQUAL(read.about.phases[1].kind, MB_SOAK_IDLE);
    CU_ASSERT_STRING_EQUAL(read.end, "done");
    mb_soak_series_fini(&read);
    CU_ASSERT_EQUAL_FATAL(mb_soak_csv_write(csv, &series, &error), MB_OK);
    CU_ASSERT_EQUAL_FATAL(mb_soak_read(csv, NULL, &read, &error), MB_OK);
    CU_ASSERT_TRUE(is_same(&series, &read));
    mb_soak_series_fini(&read);
    unlink(csv);
    mb_file_fault = (mb_file_faults){-1, -1, 0, EIO};
    CU_ASSERT_EQUAL(mb_soak_csv_write(csv, &series, &error), MB_FAILED);
    mb_file_fault = (mb_file_faults){-1, -1, -1, 0};
    CU_ASSERT_NOT_EQUAL(access(csv, F_OK), 0);
    unlink(record);
    CU_ASSERT_EQUAL(rmdir(folder), 0); /* nothing was left behind */
    mb_soak_series_fini(&series);
}

/* Run phases are judged as if the idle one between them had not been; swapped memory is still in use. */
static void test_extract(void)
{
    mb_soak_series series = {0};
    double t[50], size[50], count[50];
    bool has_operations;
    fill(&series);
    series.ticks[0].values[MB_SOAK_SWAP_BYTES] = 1000;
    series.ticks[0].is_known[MB_SOAK_SWAP_BYTES] = true;
    CU_ASSERT_EQUAL(mb_soak_series_extract(&series, MB_SOAK_ANON_BYTES, t, size, count, &has_operations), 40);
    CU_ASSERT_TRUE(has_operations);
    CU_ASSERT_EQUAL(size[0], (double)MIB + 1000);
    CU_ASSERT_DOUBLE_EQUAL(t[19], 1.9, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(t[20], 1.9, 1e-9); /* the first of the second run phase */
    CU_ASSERT_DOUBLE_EQUAL(t[39], 3.8, 1e-9);
    CU_ASSERT_EQUAL(mb_soak_series_extract(&series, MB_SOAK_RSS_BYTES, t, size, count, &has_operations), 0);
    mb_soak_series_fini(&series);
}

/* Charts fit the width, in blocks and in ASCII, whatever the series; a short one is not a chart yet. */
static void test_chart(void)
{
    static char text[MB_SOAK_CHART_BYTES_MAX];
    mb_soak_series series = {0};
    fill(&series);
    for (int width = 21; width <= 300; width += 31)
        for (int unicode = 0; unicode <= 1; unicode++) {
            mb_soak_style style = {.width_columns = width, .unicode = unicode};
            mb_soak_chart_format(&series, MB_SOAK_ANON_BYTES, 8, &style, text);
            int lines = 0;
            for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
                CU_ASSERT_TRUE(mb_text_columns(line) <= width);
                for (const char *c = line; !unicode && *c != '\0'; c++)
                    CU_ASSERT_TRUE((unsigned char)*c < 0x80);
            }
            CU_ASSERT_EQUAL(lines, 8);
            mb_soak_status_format(&series, NULL, 5, &style, text);
            CU_ASSERT_TRUE(mb_text_columns(text) < width);
        }
    mb_soak_style style = {.width_columns = 60, .unicode = true};
    mb_soak_chart_format(&series, MB_SOAK_ANON_BYTES, 2, &style, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1.19 MiB ┤")); /* 1 MiB and 49 pages */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "▁▁"));         /* the first ticks are the lowest */
    CU_ASSERT_EQUAL(strncmp(strchr(text, '\n') - strlen("█"), "█", strlen("█")), 0); /* the last is the highest */
    mb_soak_chart_format(&series, MB_SOAK_RSS_BYTES, 2, &style, text);               /* not recorded */
    CU_ASSERT_STRING_EQUAL(text, "");
    series.count = 1;
    mb_soak_chart_format(&series, MB_SOAK_ANON_BYTES, 2, &style, text);
    CU_ASSERT_STRING_EQUAL(text, "");
    mb_soak_series_fini(&series);
}

static void test_words(void)
{
    static const struct {
        double seconds;
        const char *text, *clock;
    } rows[] = {{0, "0 s", "0:00:00"},       {45.4, "45 s", "0:00:45"},   {150, "2 min 30 s", "0:02:30"},
                {1800, "30 min", "0:30:00"}, {3600, "60 min", "1:00:00"}, {5700, "1 h 35 min", "1:35:00"},
                {7200, "2 h", "2:00:00"},    {36000, "10 h", "10:00:00"}};
    char text[MB_SOAK_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_STRING_EQUAL(mb_soak_time_format(rows[i].seconds, text), rows[i].text);
        CU_ASSERT_STRING_EQUAL(mb_soak_clock_format(rows[i].seconds, text), rows[i].clock);
    }
    CU_ASSERT_STRING_EQUAL(mb_soak_rate_format(262144, text), "+256 KiB/h");
    CU_ASSERT_STRING_EQUAL(mb_soak_rate_format(-262144, text), "-256 KiB/h");
}

/* Names from outside cannot leave their quotes in the script that is handed to gnuplot. */
static void test_plot(void)
{
    char *script = NULL;
    size_t length = 0;
    mb_soak_series series = {0};
    fill(&series);
    series.about.target = "it's `id`\n! rm \xff";
    mb_soak_rule rule = {0};
    mb_soak_result result = {.series = &series, .field = MB_SOAK_ANON_BYTES, .rule = &rule};
    result.judgement.verdict = MB_SOAK_LEAK;
    result.judgement.has_slope = true;
    result.judgement.slope.value = 1024 * 1024;
    result.judgement.seconds = 60;
    FILE *file = open_memstream(&script, &length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    mb_soak_plot_write(file, &result, "a'b.csv");
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL(strstr(script, "'a''b.csv' skip 1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(script, "noenhanced 'it''s `id` ! rm \xEF\xBF\xBD'"));
    CU_ASSERT_PTR_NOT_NULL(strstr(script, "'#d8d8d8'")); /* the idle phase is shaded */
    free(script);
    mb_soak_series_fini(&series);
}

/* A child is read from outside until it has ended; then never again, though its number may be another's. */
static void test_outside(void)
{
    int64_t count = 0;
    CU_ASSERT_TRUE(mb_threads_parse("Name:\tx\nThreads:\t17\nSig:\t1\n", 29, &count));
    CU_ASSERT_EQUAL(count, 17);
    CU_ASSERT_FALSE(mb_threads_parse("Threads:\t\n", 10, &count));
    CU_ASSERT_FALSE(mb_threads_parse("Threads:\t17", 11, &count));
    CU_ASSERT_FALSE(mb_threads_parse("", 0, &count));
    int hold[2];
    CU_ASSERT_EQUAL_FATAL(pipe(hold), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    mb_outside outside;
    mb_error error;
    mb_memory_reading reading;
    CU_ASSERT_EQUAL_FATAL(mb_outside_open(&outside, "", child, &error), MB_OK);
    CU_ASSERT_TRUE(mb_outside_read(&outside, &reading, &count));
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_TRUE((reading.valid & MB_READING_ANON) != 0 && reading.anon_bytes > 0);
    CU_ASSERT_TRUE(reading.anon_bytes <= reading.rss_bytes && reading.rss_bytes <= reading.peak_rss_bytes);
    close(hold[0]);
    close(hold[1]);
    waitpid(child, NULL, 0);
    CU_ASSERT_FALSE(mb_outside_read(&outside, &reading, &count));
    mb_outside_close(&outside);
    CU_ASSERT_EQUAL(mb_outside_open(&outside, "", child, &error), MB_FAILED);
}

MB_SUITE(soak, {"fit", test_fit}, {"line", test_line}, {"minimum", test_minimum}, {"shapes", test_shapes},
         {"stairs", test_stairs}, {"slow stairs", test_slow_stairs}, {"ends of stairs", test_ends_of_stairs},
         {"last values", test_last_values}, {"slow steps", test_slow_steps}, {"lower tenth", test_lower_tenth},
         {"periods", test_periods}, {"ends", test_ends}, {"accelerating", test_accelerating}, {"pieces", test_pieces},
         {"which piece", test_which_piece}, {"stairs by their treads", test_treads},
         {"fit of periods", test_period_fit}, {"ends of an idle soak", test_idle_ends}, {"family", test_family},
         {"exact", test_exact}, {"idle", test_idle}, {"looks", test_looks}, {"files", test_files},
         {"extract", test_extract}, {"chart", test_chart}, {"words", test_words}, {"plot", test_plot},
         {"outside", test_outside});
