/* Growth classes against the rule as docs/sweeps.md has it, written down once more with every line tried: slow, plain,
 * and sharing nothing with the code but the class's terms. */
#include "judge/closest.h"
#include "judge/growth_points.h"
#include "tests/suite.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SIZES_MAX = 10, ROUNDS = 3000 };

static uint64_t state;

static double next_random(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) / 9007199254740992.0;
}

static uint64_t next_below(uint64_t limit) { return (uint64_t)(next_random() * (double)limit); }

/* The least distance of any rising line: no line can do better than over the worst three points, or with a given
 * overhead over the worst two. */
static double least_distance(const double *f, const double *y, double tolerance, size_t count, double overhead_least)
{
    double worst = -1, coefficient = 0, overhead = 0;
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++)
            for (size_t c = b + 1; c < count; c++) {
                double slope = (y[c] - y[a]) / (f[c] - f[a]), rest = y[b] - y[a] - slope * (f[b] - f[a]);
                if (fabs(rest) / 2 > worst) {
                    worst = fabs(rest) / 2;
                    coefficient = slope;
                    overhead = y[a] + rest / 2 - slope * f[a];
                }
            }
    if (overhead < overhead_least) {
        worst = -1;
        for (size_t a = 0; a < count; a++)
            for (size_t b = a + 1; b < count; b++) {
                double ya = y[a] - overhead_least, yb = y[b] - overhead_least;
                double rest = fabs(ya * f[b] - yb * f[a]) / (f[a] + f[b]);
                if (f[a] + f[b] > 0 && rest > worst) {
                    worst = rest;
                    coefficient = (ya + yb) / (f[a] + f[b]);
                }
            }
    }
    return coefficient > 0 ? worst / tolerance : INFINITY;
}

static void draw_sizes(double *x, size_t count)
{
    double at = 0;
    for (size_t i = 0; i < count; i++)
        x[i] = at += 1 + (double)next_below(i < 2 ? 9 : (uint64_t)at + 9);
}

/* The line that is found is as close as the closest, and as far from its points as it says. */
static void test_closest(void)
{
    state = 1;
    for (int trial = 0; trial < ROUNDS; trial++) {
        double f[SIZES_MAX], y[SIZES_MAX], tolerance[SIZES_MAX], farthest = 0;
        size_t count = 3 + next_below(SIZES_MAX - 3);
        double even = 1 + next_random(), least = trial % 2 == 0 ? -1e9 : (double)next_below(60) - 30;
        draw_sizes(f, count);
        for (size_t i = 0; i < count; i++) {
            tolerance[i] = even;
            y[i] = f[i] * (0.5 + next_random()) + (double)next_below(40) - 20;
        }
        double wanted = least_distance(f, y, even, count, least);
        mb_closest line = mb_closest_line(f, y, tolerance, count, least);
        if (isinf(wanted) || isinf(line.distance)) {
            CU_ASSERT_TRUE(isinf(wanted) && isinf(line.distance));
            continue;
        }
        for (size_t i = 0; i < count; i++)
            farthest = fmax(farthest, fabs(y[i] - line.overhead - line.coefficient * f[i]) / even);
        CU_ASSERT_DOUBLE_EQUAL(line.distance, wanted, 1e-7 * (1 + wanted));
        CU_ASSERT_DOUBLE_EQUAL(line.distance, farthest, 1e-9 * (1 + farthest));
        CU_ASSERT_TRUE(line.overhead >= least && line.coefficient > 0);
    }
}

/* With tolerances that differ no small step away from the line is closer. */
static void test_tolerances(void)
{
    state = 2;
    for (int trial = 0; trial < ROUNDS; trial++) {
        double f[SIZES_MAX], y[SIZES_MAX], tolerance[SIZES_MAX];
        size_t count = 3 + next_below(SIZES_MAX - 3);
        draw_sizes(f, count);
        for (size_t i = 0; i < count; i++) {
            tolerance[i] = 0.5 + 3 * next_random();
            y[i] = f[i] * (0.5 + next_random()) + (double)next_below(9);
        }
        mb_closest line = mb_closest_line(f, y, tolerance, count, -1e9);
        for (int step = 0; step < 16 && !isinf(line.distance); step++) {
            double turn = 0.01 * cos(step * acos(-1) / 8), lift = 0.1 * sin(step * acos(-1) / 8), here = 0;
            for (size_t i = 0; i < count; i++)
                here = fmax(here, fabs(y[i] - line.overhead - lift - (line.coefficient + turn) * f[i]) / tolerance[i]);
            CU_ASSERT_TRUE(here >= line.distance * (1 - 1e-7));
        }
    }
}

static void test_terms(void)
{
    static const struct {
        double n, terms[MB_GROWTH_COUNT];
    } rows[] = {{0.5, {1, 0, 0.5, 0, 0.25}}, {1, {1, 0, 1, 0, 1}}, {2, {1, 1, 2, 2, 4}}, {8, {1, 3, 8, 24, 64}}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (int g = 0; g < MB_GROWTH_COUNT; g++)
            CU_ASSERT_EQUAL(mb_growth_term((mb_growth)g, rows[r].n), rows[r].terms[g]);
    CU_ASSERT_TRUE(isnan(mb_growth_term(MB_GROWTH_NONE, 3)));
}

/* Four samples at each of 1, 2, 4, 8, at -3, -1, 1, 3 times so much around the median: s is so much times √(20/3), the
 * standard error of the median 1.25 · s / √4. */
static void test_points(void)
{
    static const double medians[] = {100, 200, 400, 900};
    static const struct {
        double scatter[4], deviations[4]; /* in units of √(20/3) */
    } rows[] = {
        {{1, 1, 1, 1}, {1, 1, 1, 1}},
        {{1, 2, 4, 9}, {1, 2, 4, 9}},  /* in proportion to the value */
        {{30, 3, 3, 3}, {3, 3, 3, 3}}, /* one that is far off does not count */
        {{0, 0, 0, 0}, {0, 0, 0, 0}},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        double x[16], y[16], most = 0;
        for (size_t i = 0; i < 16; i++) {
            x[i] = (double)(1 << i / 4);
            y[i] = medians[i / 4] + rows[r].scatter[i / 4] * (2 * (double)(i % 4) - 3);
        }
        mb_growth_points points;
        memset(&points, 0xff, sizeof points);
        mb_growth_points_make(x, y, 16, 1, &points);
        CU_ASSERT_EQUAL_FATAL(points.count, 4);
        CU_ASSERT_EQUAL(points.is_exact, r == 3);
        for (size_t i = 0; i < 4; i++) {
            double error = 1.25 * rows[r].deviations[i] * sqrt(20.0 / 3) / 2;
            most = fmax(most, error);
            CU_ASSERT_DOUBLE_EQUAL(points.tight[i], 2 + 3 * error, 1e-9);
            CU_ASSERT_EQUAL(points.x[i], (double)(1 << i));
            CU_ASSERT_EQUAL(points.y[i], medians[i]);
            CU_ASSERT_DOUBLE_EQUAL(points.log_x[i], log((double)(1 << i) / 8), 1e-12);
        }
        CU_ASSERT_DOUBLE_EQUAL(points.tight_most, 2 + 3 * most, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(points.range_constant, 2 + 5 * most, 1e-9);
        CU_ASSERT_EQUAL(points.lowest, 100);
        CU_ASSERT_EQUAL(points.range, 800);
        CU_ASSERT_EQUAL(points.overhead_least, -40); /* a twentieth of the range */
    }
    /* Two samples a size, as far apart as at the others, and none apart at half of them: a quarter of a quantum there.
     */
    mb_growth_points points;
    mb_growth_points_make((double[]){1, 1, 2, 2, 3, 3, 4, 4}, (double[]){90, 110, 100, 100, 100, 100, 90, 110}, 8, 4,
                          &points);
    double deviation = sqrt(1 * 20 / sqrt(2));
    CU_ASSERT_FALSE(points.is_exact);
    CU_ASSERT_DOUBLE_EQUAL(points.tight[0], 8 + 3 * 1.25 * deviation / sqrt(2), 1e-9);
    CU_ASSERT_EQUAL(points.overhead_least, -64); /* 16 quanta */
    mb_growth_points_make((double[]){1, 2, 3, 4}, (double[]){5, 6, 7, 8}, 4, 1, &points);
    CU_ASSERT_TRUE(points.is_exact);
    CU_ASSERT_EQUAL(points.tight_most, 2);
}

static void test_steps(void)
{
    static const struct {
        double y[5], step;
        double slope;
        bool has_treads;
    } rows[] = {
        {{0, 5, 10, 15, 15}, 5, 5, true},      {{0, 4, 8, 12, 16}, 0, 5, false},  /* not above 4 quanta */
        {{0, 50, 100, 50, 0}, 0, 5, false},    {{0, 6, 15, 21, 27}, 0, 7, false}, /* 3 */
        {{0, 50, 100, 100, 150}, 50, 1, true}, {{0, 10, 12, 22, 24}, 0, 5, true}, /* above, below, above, below */
        {{0, 10, 12, 22, 32}, 0, 5, false},    {{0, 2, 12, 14, 24}, 0, 5, true},  /* the first is not a change */
        {{0, 20, 50, 80, 90}, 10, 22, false},  {{3, 3, 3, 3, 3}, 0, 0, true},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        mb_growth_points points;
        mb_growth_points_make((double[]){1, 2, 3, 4, 5}, rows[r].y, 5, 1, &points);
        CU_ASSERT_EQUAL(mb_growth_step(&points, 1), rows[r].step);
        CU_ASSERT_EQUAL(mb_growth_has_treads(&points, rows[r].slope), rows[r].has_treads);
    }
    mb_growth_points points;
    mb_growth_points_make((double[]){1, 2, 3, 3}, (double[]){0, 50, 200, 210}, 4, 1, &points);
    CU_ASSERT_EQUAL(mb_growth_step(&points, 1), 0); /* only of exact values */
}

/* The rule. Exact values, one a size, so tight is 2 quanta everywhere. */
typedef struct expected {
    bool is_possible[MB_GROWTH_COUNT], has_exponent, is_unsure; /* too near to a bound of the rule to be checked */
    size_t count;
    double exponent, low, high;
} expected;

static double power_distance(const double *x, const double *y, size_t count, double tolerance, double least, double e)
{
    double f[SIZES_MAX];
    for (size_t i = 0; i < count; i++)
        f[i] = pow(x[i] / x[count - 1], e);
    return least_distance(f, y, tolerance, count, least);
}

static bool is_near(double value, double bound) { return fabs(value - bound) < 1e-6 * bound; }

static void put(expected *e, int g)
{
    e->is_possible[g] = true;
    e->count++;
}

static void find_power(expected *e, const double *x, const double *y, size_t count, double tight, double least,
                       double range)
{
    double closest = INFINITY;
    double from = 0.05, to = 4.4;
    for (double width = 0.002; width > 1e-9; width /= 40) { /* finer and finer around the closest */
        for (double p = from; p < to; p += width) {
            double here = power_distance(x, y, count, tight, least, p);
            e->exponent = here < closest ? p : e->exponent;
            closest = fmin(closest, here);
        }
        from = fmax(0.05, e->exponent - width);
        to = e->exponent + width;
    }
    double most = fmax(1, 1.5 * closest);
    e->low = e->high = e->exponent;
    while (e->low > 0.05 && power_distance(x, y, count, tight, least, e->low) <= most)
        e->low -= 0.002;
    while (e->high < 4.4 && power_distance(x, y, count, tight, least, e->high) <= most)
        e->high += 0.002;
    e->has_exponent = closest * tight <= 0.25 * range;
    e->is_unsure = e->is_unsure || fabs(closest * tight - 0.25 * range) < 0.05 * range || fabs(closest - 1) < 0.05 ||
                   e->exponent > 4;
    if (e->count > 0 && closest > 1)
        e->has_exponent = false;
    else
        memset(e->is_possible, 0, sizeof e->is_possible);
}

static expected expect(const double *x, const double *y, size_t count, double quantum)
{
    expected e = {0};
    double low = INFINITY, high = -INFINITY, tight = 2 * quantum, step = 0, f[SIZES_MAX];
    double distances[MB_GROWTH_COUNT] = {0}, closest = INFINITY;
    size_t level_count = 0;
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, y[i]);
        high = fmax(high, y[i]);
    }
    double range = high - low, least = -fmax(16 * quantum, 0.05 * range);
    if (range <= tight) {
        put(&e, MB_GROWTH_CONSTANT);
        return e;
    }
    for (uint64_t s = (uint64_t)(4 * quantum) + 1; (double)s * 3 <= range; s++) {
        bool is_step = true;
        for (size_t i = 0; i < count; i++)
            is_step = is_step && fmod(y[i] - low, (double)s) == 0;
        step = is_step ? (double)s : step;
    }
    for (int g = MB_GROWTH_LOG; g < MB_GROWTH_COUNT; g++) {
        for (size_t i = 0; i < count; i++)
            f[i] = mb_growth_term((mb_growth)g, x[i]);
        distances[g] = least_distance(f, y, 1, count, least);
        closest = fmin(closest, distances[g] / tight);
    }
    if (step > 0 && distances[MB_GROWTH_LINEAR] <= step / 2 * (1 + 1e-9)) {
        e.is_unsure = true; /* test_steps has treads; here only what is nothing of the kind */
        return e;
    }
    for (size_t i = 0; i < count; i++)
        level_count += y[i] - low > 3 * tight;
    bool is_tight = closest <= 1 && tight <= 0.1 * range && level_count >= 3, is_close = closest <= 3;
    if (range <= 6 * tight)
        put(&e, MB_GROWTH_CONSTANT);
    for (int g = MB_GROWTH_LOG; g < MB_GROWTH_COUNT; g++) {
        e.is_unsure = e.is_unsure || is_near(distances[g], tight) || is_near(distances[g], 3 * tight) ||
                      is_near(distances[g], 0.03 * range);
        if (distances[g] <= 3 * tight || (!is_tight && distances[g] <= 0.03 * range))
            put(&e, g);
    }
    if (is_tight && e.count == 1 && e.is_possible[MB_GROWTH_SQUARE] &&
        power_distance(x, y, count, tight, least, 3) <= 3)
        e = (expected){.is_unsure = e.is_unsure};
    if (!is_tight && e.count == 1)
        e = (expected){.is_unsure = e.is_unsure};
    if (e.count == 0 || !(is_tight || is_close))
        find_power(&e, x, y, count, tight, least, range);
    return e;
}

/* Random sizes, shapes, heights and errors: what is named is what the rule names, and powers to two digits. */
static void test_rule(void)
{
    size_t checked = 0, powers = 0, alone = 0;
    state = 3;
    for (int trial = 0; trial < ROUNDS / 2; trial++) {
        double x[SIZES_MAX], y[SIZES_MAX], quantum = 1, height = 4 * pow(2, 9 * next_random());
        size_t count = 4 + next_below(5);
        int shape = (int)next_below(8);
        uint64_t error = next_below(3) == 0 ? 1 + next_below(12) : 1, overhead = next_below(50);
        draw_sizes(x, count);
        double near_line = 1.05 + 0.1 * next_random(), step = 20 + (double)next_below(30);
        for (size_t i = 0; i < count; i++) {
            double share = shape < MB_GROWTH_COUNT
                               ? mb_growth_term((mb_growth)shape, x[i]) / mb_growth_term((mb_growth)shape, x[count - 1])
                               : pow(x[i] / x[count - 1], (double)(shape - 4) - 0.5 * next_random());
            y[i] = (double)overhead + round(height * share) + (double)next_below(error);
            if (trial % 4 == 1) /* a power that is nearly a class, a few bytes off */
                y[i] = round(1e5 * pow(x[i] / x[count - 1], near_line)) + (double)next_below(8);
            if (trial % 4 == 2) /* steps that are too far from a line for treads */
                y[i] = step * floor(x[i] / 4 + 2 * next_random());
        }
        expected e = expect(x, y, count, quantum);
        if (e.is_unsure)
            continue;
        mb_growth_fit found = mb_growth_find(x, y, count, quantum);
        bool is_same = found.has_exponent == e.has_exponent &&
                       memcmp(found.is_possible, e.is_possible, sizeof found.is_possible) == 0;
        if (is_same && e.has_exponent)
            is_same = fabs(found.exponent - e.exponent) < 0.02 && fabs(found.exponent_low - e.low) < 0.02 &&
                      fabs(found.exponent_high - e.high) < 0.02;
        if (!is_same) {
            printf("\ntrial %d: found %d%d%d%d%d power %d %g [%g, %g], expected %d%d%d%d%d power %d %g [%g, %g]\n",
                   trial, found.is_possible[0], found.is_possible[1], found.is_possible[2], found.is_possible[3],
                   found.is_possible[4], found.has_exponent, found.exponent, found.exponent_low, found.exponent_high,
                   e.is_possible[0], e.is_possible[1], e.is_possible[2], e.is_possible[3], e.is_possible[4],
                   e.has_exponent, e.exponent, e.low, e.high);
        }
        CU_ASSERT_TRUE(is_same);
        checked++;
        powers += e.has_exponent;
        alone += found.possible_count == 1;
    }
    CU_ASSERT_TRUE(checked > ROUNDS / 4 && powers > 50 && alone > 100);
}

MB_SUITE(growth, {"closest", test_closest}, {"tolerances", test_tolerances}, {"terms", test_terms},
         {"points", test_points}, {"steps", test_steps}, {"rule", test_rule});
