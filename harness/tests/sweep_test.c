#include "judge/closest.h"
#include "judge/sweep.h"
#include "judge/sweep_fit.h"
#include "tests/suite.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

static mb_sweep_fit fit(const double *x, const double *y, size_t count, bool is_exact, double quantum)
{
    mb_sweep_fit made = {0};
    bool is_fitted;
    CU_ASSERT_TRUE_FATAL(mb_sweep_fit_points(x, y, count, is_exact, quantum, 0.95, &is_fitted, &made) && is_fitted);
    return made;
}

/* A perfect line: slope, overhead and every bound are the line's. */
static void test_exact_line(void)
{
    mb_sweep_fit line = fit((double[]){10, 50, 100, 200}, (double[]){1050, 5050, 10050, 20050}, 4, true, 1);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 100, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.overhead, 50, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.slope_low, 100, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.slope_high, 100, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.lower_slope, 100, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.upper_slope, 100, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.step_excess, 0, 1e-9);
    CU_ASSERT_TRUE(line.has_interval);
    CU_ASSERT_EQUAL(line.value_count, 4);
    CU_ASSERT_EQUAL(line.growth.growth, MB_GROWTH_LINEAR);
    CU_ASSERT_EQUAL(line.growth.possible_count, 1);
}

/* One wild point in nine moves neither slope nor overhead: least squares would give a slope of 143.3 here. */
static void test_outlier(void)
{
    double x[9], y[9];
    for (size_t i = 0; i < 9; i++) {
        x[i] = (double)i;
        y[i] = 3 + 10 * x[i];
    }
    y[8] += 2000;
    mb_sweep_fit line = fit(x, y, 9, true, 1);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 10, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.overhead, 3, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.slope_high, 2010, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.step, 2010, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.step_from, 7, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.step_to, 8, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.step_excess, 2000, 1e-9);
}

/* Repeats at one x make no slope with each other. */
static void test_repeats(void)
{
    mb_sweep_fit line = fit((double[]){1, 1, 1, 3, 3, 3}, (double[]){9, 10, 30, 19, 20, 40}, 6, false, 1);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.overhead, 5, 1e-9);
    CU_ASSERT_EQUAL(line.growth.growth, MB_GROWTH_NONE); /* two values name no class */
}

/* Pages come in steps: the slope is right in the middle, the range tells how far a step is off. */
static void test_staircase(void)
{
    double x[8], y[8];
    for (size_t i = 0; i < 8; i++) {
        x[i] = (double)(i + 1);
        y[i] = PAGE * floor(x[i] / 2);
    }
    mb_sweep_fit line = fit(x, y, 8, true, PAGE);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 2048, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.slope_low, 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.slope_high, 4096, 0);
}

/* Sen's interval by hand: 6 points without ties have Var(S) = 6·5·17/18 = 28.33, C = 1.96·5.323 = 10.43, so of the 15
 * slopes the 2nd bounds from below (rank (15 - 10.43)/2 = 2.28) and the 14th from above (rank 12.7, and one more). With
 * y tied in pairs Var is 28.33 - 3·2·1·9/18 = 25.33, C = 9.86: ranks 2.57 and 12.43. */
static void test_interval(void)
{
    double x[6], y[6], slopes[15];
    for (int tied = 0; tied < 2; tied++) {
        size_t count = 0;
        for (size_t i = 0; i < 6; i++) {
            x[i] = (double)(i * i + 1);
            y[i] = tied ? (double)(i / 2) : (double)(i * i * i % 11);
        }
        for (size_t i = 0; i < 6; i++)
            for (size_t j = i + 1; j < 6; j++)
                slopes[count++] = (y[j] - y[i]) / (x[j] - x[i]);
        for (size_t i = 1; i < 15; i++)
            for (size_t k = i; k > 0 && slopes[k - 1] > slopes[k]; k--) {
                double held = slopes[k];
                slopes[k] = slopes[k - 1];
                slopes[k - 1] = held;
            }
        mb_sweep_fit line = fit(x, y, 6, false, 1);
        CU_ASSERT_TRUE(line.has_interval);
        CU_ASSERT_DOUBLE_EQUAL(line.slope, slopes[7], 0);
        CU_ASSERT_DOUBLE_EQUAL(line.slope_low, slopes[1], 0);
        CU_ASSERT_DOUBLE_EQUAL(line.slope_high, slopes[13], 0);
    }
    /* Three points never carry an interval of 95 %: the whole range, and it is said. */
    mb_sweep_fit few = fit((double[]){1, 2, 3}, (double[]){1, 2, 9}, 3, false, 1);
    CU_ASSERT_FALSE(few.has_interval);
    CU_ASSERT_DOUBLE_EQUAL(few.slope_low, 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(few.slope_high, 7, 0);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The slopes of one sample of each size after another, sorted; how many. */
static size_t all_slopes(const double *x, const double *y, size_t sizes, size_t samples, double *slopes)
{
    size_t count = 0;
    for (size_t k = 0; k < samples; k++)
        for (size_t i = 0; i < sizes; i++)
            for (size_t j = i + 1; j < sizes; j++)
                slopes[count++] = (y[j * samples + k] - y[i * samples + k]) / (x[j * samples] - x[i * samples]);
    qsort(slopes, count, sizeof *slopes, compare_doubles);
    return count;
}

/* Random sizes and values, with ties: everything as its definition says, in its plainest form. */
static void test_definitions(void)
{
    uint64_t state = 5;
    for (int trial = 0; trial < 2000; trial++) {
        double x[40], y[40], medians[8], slopes[400], rests[40], at = 0, variance = 0;
        size_t sizes = 3 + (size_t)(trial % 5), samples = 1 + (size_t)(trial / 5 % 5), half = (sizes - 1) / 2;
        for (size_t i = 0; i < sizes; i++) {
            at += 1 + (double)(trial * 7 % (3 + (int)i));
            for (size_t k = 0; k < samples; k++) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                x[i * samples + k] = at;
                y[i * samples + k] = 10 + 3 * at + (double)((state >> 33) % (2 + (uint64_t)trial % 40));
            }
        }
        for (size_t k = 0; k < samples; k++) { /* Var(S), with every group of ties counted by each of its members */
            double ties = 0, n = (double)sizes;
            for (size_t i = 0; i < sizes; i++) {
                double t = 0;
                for (size_t j = 0; j < sizes; j++)
                    t += y[i * samples + k] == y[j * samples + k];
                ties += (t - 1) * (2 * t + 5);
            }
            variance += (n * (n - 1) * (2 * n + 5) - ties) / 18;
        }
        mb_sweep_fit line = fit(x, y, sizes * samples, false, 0);
        size_t count = all_slopes(x, y, sizes, samples, slopes);
        double reach = 1.959963984540054 * sqrt(variance), low = floor(((double)count - reach) / 2);
        double high = ceil(((double)count + reach) / 2) + 1;
        CU_ASSERT_EQUAL(line.point_count, sizes * samples);
        CU_ASSERT_EQUAL(line.value_count, sizes);
        CU_ASSERT_EQUAL(line.x_low, x[0]);
        CU_ASSERT_EQUAL(line.x_high, at);
        CU_ASSERT_EQUAL(line.has_interval, low >= 1);
        CU_ASSERT_DOUBLE_EQUAL(line.slope, (slopes[(count - 1) / 2] + slopes[count / 2]) / 2, 1e-12);
        CU_ASSERT_EQUAL(line.slope_low, slopes[low >= 1 ? (size_t)low - 1 : 0]);
        CU_ASSERT_EQUAL(line.slope_high, slopes[low >= 1 && high <= (double)count ? (size_t)high - 1 : count - 1]);
        for (size_t i = 0; i < sizes * samples; i++)
            rests[i] = y[i] - line.slope * x[i];
        qsort(rests, sizes * samples, sizeof *rests, compare_doubles);
        CU_ASSERT_DOUBLE_EQUAL(line.overhead, (rests[(sizes * samples - 1) / 2] + rests[sizes * samples / 2]) / 2,
                               1e-9);
        double local_low = INFINITY, local_high = -INFINITY, excess = -INFINITY, step = 0, sorted[5];
        for (size_t i = 0; i < sizes; i++) {
            memcpy(sorted, y + i * samples, samples * sizeof *sorted);
            qsort(sorted, samples, sizeof *sorted, compare_doubles);
            medians[i] = (sorted[(samples - 1) / 2] + sorted[samples / 2]) / 2;
            rests[i] = x[i * samples]; /* the sizes, once each */
            if (i == 0)
                continue;
            double rise = medians[i] - medians[i - 1], width = rests[i] - rests[i - 1];
            local_low = fmin(local_low, rise / width);
            local_high = fmax(local_high, rise / width);
            step = rise - line.slope * width > excess ? rise : step;
            excess = fmax(excess, rise - line.slope * width);
        }
        CU_ASSERT_DOUBLE_EQUAL(line.local_low, local_low, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(line.local_high, local_high, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(line.step_excess, excess, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(line.step, step, 1e-9);
        if (sizes < 4) {
            CU_ASSERT_EQUAL(line.lower_slope, line.slope);
            CU_ASSERT_EQUAL(line.upper_slope, line.slope);
            continue;
        }
        count = all_slopes(rests, medians, half + 1, 1, slopes);
        CU_ASSERT_DOUBLE_EQUAL(line.lower_slope, (slopes[(count - 1) / 2] + slopes[count / 2]) / 2, 1e-12);
        count = all_slopes(rests + sizes / 2, medians + sizes / 2, sizes - sizes / 2, 1, slopes);
        CU_ASSERT_DOUBLE_EQUAL(line.upper_slope, (slopes[(count - 1) / 2] + slopes[count / 2]) / 2, 1e-12);
    }
}

/* Two sizes are a line; what falls has no class, and what falls by less than scatter is constant. */
static void test_ends(void)
{
    mb_sweep_fit line = fit((double[]){1, 3}, (double[]){10, 30}, 2, true, 1);
    CU_ASSERT_EQUAL(line.slope, 10);
    CU_ASSERT_EQUAL(fit((double[]){1, 2, 3, 4}, (double[]){9, 8, 8, 7}, 4, true, 1).growth.growth, MB_GROWTH_CONSTANT);
    CU_ASSERT_EQUAL(fit((double[]){1, 2, 3, 4}, (double[]){900, 800, 700, 600}, 4, true, 1).growth.growth,
                    MB_GROWTH_NONE);
    double x[16], y[16]; /* each size between two levels, as often as not: it falls, but not beyond 5 standard errors */
    for (size_t i = 0; i < 16; i++) {
        x[i] = (double)(i / 4);
        y[i] = 1000 - 20 * x[i] + (i % 2 == 0 ? 200 : -200);
    }
    CU_ASSERT_EQUAL(fit(x, y, 16, false, 1).growth.growth, MB_GROWTH_CONSTANT);
}

/* Each class over each overhead is named, from the values that it gives in whole pages. */
static void test_growth(void)
{
    static const double overheads[] = {0, 2 << 20, 32 << 20};
    for (size_t f = 0; f < 3; f++)
        for (int g = 0; g < MB_GROWTH_COUNT; g++) {
            double x[7], y[7];
            for (size_t i = 0; i < 7; i++) {
                double share = mb_growth_term((mb_growth)g, (double)(1 << i)) / mb_growth_term((mb_growth)g, 64);
                x[i] = (double)(1 << i);
                y[i] = overheads[f] + PAGE * round(share * 1024);
            }
            mb_sweep_fit line = fit(x, y, 7, true, PAGE);
            CU_ASSERT_EQUAL(line.growth.growth, (mb_growth)g);
            CU_ASSERT_EQUAL(line.growth.possible_count, 1);
        }
}

/* What falls is not a class; three values name none; an overhead slightly below 0 is still a line. */
static void test_no_class(void)
{
    CU_ASSERT_EQUAL(fit((double[]){1, 2, 3, 4, 5}, (double[]){9e6, 8e6, 7e6, 6e6, 5e6}, 5, true, PAGE).growth.growth,
                    MB_GROWTH_NONE);
    mb_growth_fit few = fit((double[]){1, 2, 3}, (double[]){1, 2, 3}, 3, true, 1).growth;
    CU_ASSERT_EQUAL(few.possible_count, 0);
    CU_ASSERT_FALSE(few.has_exponent);
    double pages[] = {1 * PAGE, 13 * PAGE, 28 * PAGE, 56 * PAGE};
    CU_ASSERT_EQUAL(fit((double[]){10, 50, 100, 200}, pages, 4, true, PAGE).growth.growth, MB_GROWTH_LINEAR);
}

/* Slabs of 16 at 10 … 50 and at powers of two: N is possible, and nothing else alone. */
static void test_slabs(void)
{
    double tens[] = {10, 20, 30, 40, 50}, powers[] = {1, 2, 4, 8, 16, 32, 64, 128}, y[8];
    for (size_t i = 0; i < 5; i++)
        y[i] = 500 + 1040 * ceil(tens[i] / 16);
    mb_growth_fit found = mb_growth_find(tens, y, 5, 1);
    CU_ASSERT_TRUE(found.is_possible[MB_GROWTH_LINEAR]);
    for (size_t i = 0; i < 8; i++)
        y[i] = 500 + 1040 * ceil(powers[i] / 16);
    found = mb_growth_find(powers, y, 8, 1);
    CU_ASSERT_TRUE(found.is_possible[MB_GROWTH_LINEAR]);
    CU_ASSERT_TRUE(found.is_possible[MB_GROWTH_LINEAR_LOG]);
    CU_ASSERT_FALSE(found.is_possible[MB_GROWTH_SQUARE]);
    CU_ASSERT_FALSE(found.has_exponent);
    /* Many treads leave only the line, and say how long one is. */
    double x[20], many[20];
    for (size_t i = 0; i < 20; i++) {
        x[i] = 1 + 7 * (double)i;
        many[i] = 1040 * ceil(x[i] / 16);
    }
    found = mb_growth_find(x, many, 20, 1);
    CU_ASSERT_EQUAL(found.growth, MB_GROWTH_LINEAR);
    CU_ASSERT_EQUAL(found.possible_count, 1);
    CU_ASSERT_DOUBLE_EQUAL(found.step_units, 16, 0.7);
}

/* A power that is not a class is named with its exponent, exactly as far as rounding to whole bytes lets it. */
static void test_powers(void)
{
    static const double powers[] = {0.5, 1.1, 1.5, 2.5, 3};
    double x[] = {3, 7, 19, 53, 151, 433}, y[6];
    for (size_t p = 0; p < 5; p++) {
        for (size_t i = 0; i < 6; i++)
            y[i] = round(70000 + 4000 * pow(x[i], powers[p]));
        mb_growth_fit found = mb_growth_find(x, y, 6, 1);
        CU_ASSERT_EQUAL(found.possible_count, 0);
        CU_ASSERT_TRUE(found.has_exponent);
        CU_ASSERT_DOUBLE_EQUAL(found.exponent, powers[p], 0.01);
        CU_ASSERT_TRUE(found.exponent_low <= powers[p] && powers[p] <= found.exponent_high);
        CU_ASSERT_TRUE(found.exponent_high - found.exponent_low < 0.05);
    }
}

/* A vector that grows by half, at 10 … 50: 13, 28, 42, 42, 63 records are not a class. */
static void test_vector(void)
{
    mb_growth_fit found = mb_growth_find((double[]){10, 20, 30, 40, 50}, (double[]){832, 1792, 2688, 2688, 4032}, 5, 1);
    CU_ASSERT_NOT_EQUAL(found.possible_count, 1);
}

/* A line that touches three points with alternating signs, by hand: 0, 3, 2 at 0, 1, 2 are 1 from 1·f + 1 each. */
static void test_closest(void)
{
    double f[] = {0, 1, 2}, y[] = {0, 3, 2}, same[] = {1, 1, 1};
    mb_closest line = mb_closest_line(f, y, same, 3, -100);
    CU_ASSERT_DOUBLE_EQUAL(line.coefficient, 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(line.overhead, 0.5 + 0.5, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(line.distance, 1, 1e-12);
    /* Held at 0 or above: 1·f - 3 becomes b·f; the points at 3 and 5 are equally far off. */
    double far[] = {1, 3, 5}, below[] = {-2, 0, 2};
    line = mb_closest_line(far, below, same, 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.overhead, 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.coefficient, 0, 1e-9);
    double falling[] = {5, 3, 1};
    CU_ASSERT_TRUE(isinf(mb_closest_line(f, falling, same, 3, -100).distance));
}

static void test_no_line(void)
{
    mb_sweep_fit line = {.slope = 7};
    bool is_fitted;
    CU_ASSERT_TRUE(mb_sweep_fit_points((double[]){1}, (double[]){1}, 1, true, 1, 0.95, &is_fitted, &line) &&
                   !is_fitted);
    CU_ASSERT_TRUE(mb_sweep_fit_points((double[]){2, 2, 2}, (double[]){1, 2, 3}, 3, true, 1, 0.95, &is_fitted, &line) &&
                   !is_fitted);
    CU_ASSERT_TRUE(mb_sweep_fit_points(NULL, NULL, 0, true, 1, 0.95, &is_fitted, &line) && !is_fitted);
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 7, 0);
}

/* Two degrees of freedom have a closed form: P(T >= t) = 1/2 - t / (2·sqrt(2 + t²)). */
static void test_rise(void)
{
    double x[] = {1, 2, 3, 4}, shift[] = {0, 1, 2, 3.4}, flat[] = {1, 1, 1, 1};
    double slope = 1.12, squares = 0.048; /* least squares, by hand */
    double t = slope / sqrt(squares / 2 / 5);
    CU_ASSERT_DOUBLE_EQUAL(mb_sweep_rise_p(x, shift, flat, 4, 1e-9), 0.5 - t / (2 * sqrt(2 + t * t)), 1e-12);
    /* More of them by Simpson's rule: P(T >= t) is the share of cos(a)^(m - 1) beyond the angle whose tangent is t/√m.
     */
    for (size_t count = 4; count <= 9; count++) {
        double sizes[9], line[9], ones[9], x_mean = ((double)count + 1) / 2, mean = 0, xy = 0, xx = 0, rests = 0;
        for (size_t i = 0; i < count; i++) {
            sizes[i] = (double)(i + 1);
            ones[i] = 1;
            line[i] = sizes[i] + (double)(i * i * 5 % 7);
            mean += line[i] / (double)count;
        }
        for (size_t i = 0; i < count; i++) {
            xx += (sizes[i] - x_mean) * (sizes[i] - x_mean);
            xy += (sizes[i] - x_mean) * (line[i] - mean);
        }
        for (size_t i = 0; i < count; i++)
            rests += pow(line[i] - mean - xy / xx * (sizes[i] - x_mean), 2);
        double freedom = (double)count - 2, from = atan(xy / xx / sqrt(rests / freedom / xx) / sqrt(freedom));
        double sums[2] = {0}, starts[2] = {from, -acos(0)};
        for (int s = 0; s < 2; s++)
            for (int i = 0; i <= 20000; i++) {
                double here = starts[s] + (acos(0) - starts[s]) * i / 20000;
                sums[s] += pow(fmax(0, cos(here)), freedom - 1) *
                           (i % 20000 == 0 ? 1
                            : i % 2 == 1   ? 4
                                           : 2) *
                           (acos(0) - starts[s]);
            }
        CU_ASSERT_DOUBLE_EQUAL(mb_sweep_rise_p(sizes, line, ones, count, 1e-9), sums[0] / sums[1], 1e-6);
    }
    /* A perfect line of whole quanta: both sides are rounded, each with variance quantum²/12. */
    double even[] = {0, 10, 20, 30};
    t = 10 / sqrt(36.0 / 6 / 5);
    CU_ASSERT_DOUBLE_EQUAL(mb_sweep_rise_p(x, even, flat, 4, 6), 0.5 - t / (2 * sqrt(2 + t * t)), 1e-12);
    double falling[] = {3, 2, 1, 0};
    CU_ASSERT_DOUBLE_EQUAL(mb_sweep_rise_p(x, falling, flat, 4, 1e-9), 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(mb_sweep_rise_p(x, shift, flat, 3, 1e-9), 1, 0);
    /* Where the scatter grows with the level, a far value says little: unweighted it would be sure. */
    double far[] = {1, 2, 4, 64}, drifted[] = {0.1, -0.1, 0.2, 9.6};
    CU_ASSERT_TRUE(mb_sweep_rise_p(far, drifted, flat, 4, 1e-9) < 0.001);
    CU_ASSERT_TRUE(mb_sweep_rise_p(far, drifted, far, 4, 1e-9) > 0.05);
}

static void test_unit_words(void)
{
    static const char *const words[][2] = {{"jobs", "job"},
                                           {"payload_bytes", "payload byte"},
                                           {"entries", "entry"},
                                           {"passes", "pass"},
                                           {"class", "class"},
                                           {"is", "i"},
                                           {"n", "n"},
                                           {"s", "s"},
                                           {"instances", "instance"},
                                           {"modules", "module"},
                                           {"engines", "engine"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char word[MB_NAME_BYTES_MAX];
        mb_sweep_unit_word(words[i][0], word);
        CU_ASSERT_STRING_EQUAL(word, words[i][1]);
    }
}

MB_SUITE(sweep, {"exact line", test_exact_line}, {"outlier", test_outlier}, {"repeats", test_repeats},
         {"staircase", test_staircase}, {"interval", test_interval}, {"definitions", test_definitions},
         {"ends", test_ends}, {"growth classes", test_growth}, {"no class", test_no_class}, {"slabs", test_slabs},
         {"powers", test_powers}, {"vector", test_vector}, {"closest", test_closest}, {"no line", test_no_line},
         {"rise", test_rise}, {"unit words", test_unit_words});
