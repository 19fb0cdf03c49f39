#include "stats/line.h"
#include "tests/suite.h"

#include <math.h>

static void check(const double *x, const double *y, size_t count, mb_line wanted)
{
    mb_line line;
    CU_ASSERT_TRUE_FATAL(mb_line_fit(x, y, count, &line));
    CU_ASSERT_DOUBLE_EQUAL(line.slope, wanted.slope, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.intercept, wanted.intercept, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.local_low, wanted.local_low, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.local_high, wanted.local_high, 1e-9);
}

static void test_exact_line(void)
{
    check((double[]){10, 50, 100, 200}, (double[]){1050, 5050, 10050, 20050}, 4, (mb_line){100, 50, 100, 100});
    check((double[]){1, 2}, (double[]){7, 3}, 2, (mb_line){-4, 11, -4, -4});
    check((double[]){1, 2, 3}, (double[]){5, 5, 5}, 3, (mb_line){0, 5, 0, 0});
}

/* One wild point in nine moves neither slope nor intercept: least squares would give a slope of 143.3 here. */
static void test_outlier(void)
{
    double x[9], y[9];
    for (size_t i = 0; i < 9; i++) {
        x[i] = (double)i;
        y[i] = 3 + 10 * x[i];
    }
    y[8] += 2000;
    check(x, y, 9, (mb_line){10, 3, 10, 2010});
}

/* Repeats at one x make no slope with each other; the local slopes go by their medians. */
static void test_repeats(void)
{
    check((double[]){1, 1, 1, 3, 3, 3}, (double[]){9, 10, 30, 19, 20, 40}, 6, (mb_line){5, 5, 5, 5});
}

/* Pages come in steps: the slope is right in the middle, the local ones tell how far a step is off. */
static void test_staircase(void)
{
    double x[8], y[8];
    for (size_t i = 0; i < 8; i++) {
        x[i] = (double)(i + 1);
        y[i] = 4096 * floor(x[i] / 2);
    }
    mb_line line;
    CU_ASSERT_TRUE_FATAL(mb_line_fit(x, y, 8, &line));
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 2048, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(line.local_low, 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(line.local_high, 4096, 0);
}

static void test_no_line(void)
{
    mb_line line = {.slope = 7};
    CU_ASSERT_FALSE(mb_line_fit((double[]){1}, (double[]){1}, 1, &line));
    CU_ASSERT_FALSE(mb_line_fit((double[]){2, 2, 2}, (double[]){1, 2, 3}, 3, &line));
    CU_ASSERT_FALSE(mb_line_fit(NULL, NULL, 0, &line));
    CU_ASSERT_DOUBLE_EQUAL(line.slope, 7, 0);
}

MB_SUITE(line, {"exact line", test_exact_line}, {"outlier", test_outlier}, {"repeats", test_repeats},
         {"staircase", test_staircase}, {"no line", test_no_line});
