/* Change points: each change of an exact series, the levels of a noisy one, and no more than chance allows. */
#include "judge/changepoint.h"
#include "tests/suite.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { COUNT_MAX = 2000, SEED = 20261122 };

static double values[COUNT_MAX];
static mb_changepoint changes[COUNT_MAX];
static uint64_t state;

static double next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

static double next_normal(void) { return sqrt(-2 * log(next_random())) * cos(2 * acos(-1) * next_random()); }

static size_t find(size_t count, double confidence_level)
{
    mb_changepoint_rule rule;
    size_t found = SIZE_MAX;
    mb_changepoint_rule_init(&rule);
    rule.confidence_level = confidence_level;
    rule.least_ratio = 0;
    CU_ASSERT_TRUE_FATAL(mb_changepoint_noisy(values, count, &rule, changes, &found));
    return found;
}

static void test_exact(void)
{
    static const double series[] = {100, 100, 104, 104, 104, 96, 100};
    CU_ASSERT_EQUAL(mb_changepoint_exact(series, 7, changes), 3);
    CU_ASSERT_EQUAL(changes[0].index, 2);
    CU_ASSERT_EQUAL(changes[0].before, 100);
    CU_ASSERT_EQUAL(changes[0].after, 104);
    CU_ASSERT_EQUAL(changes[0].confidence, 1);
    CU_ASSERT_EQUAL(changes[1].index, 5);
    CU_ASSERT_EQUAL(changes[2].index, 6);
    CU_ASSERT_EQUAL(mb_changepoint_exact(series, 1, changes), 0);
    CU_ASSERT_EQUAL(mb_changepoint_exact(series, 2, changes), 0);
}

/* Proves that nothing is pruned that is needed: the cost found is the least by brute force, over all starts of the last
 * level, with levels tried on a grid. */
static double brute_cost(size_t from, size_t end, double sigma)
{
    double least = INFINITY;
    for (double level = -60; level <= 60; level += 0.125) {
        double sum = 0;
        for (size_t i = from; i < end; i++)
            sum += fmin((values[i] - level) * (values[i] - level), 9 * sigma * sigma);
        least = fmin(least, sum);
    }
    return least / (sigma * sigma);
}

static double cost_of(const size_t *starts, size_t level_count, size_t count, double sigma)
{
    double sum = 0;
    for (size_t l = 0; l < level_count; l++)
        sum += brute_cost(starts[l], l + 1 < level_count ? starts[l + 1] : count, sigma);
    return sum + (double)(level_count - 1) * 2 * log((double)count);
}

static void test_optimal(void)
{
    enum { COUNT = 24, ROUNDS = 20 };
    state = SEED;
    for (int round = 0; round < ROUNDS; round++) {
        double differences[COUNT], best[COUNT + 1] = {0}, sorted[COUNT];
        for (size_t i = 0; i < COUNT; i++)
            values[i] = floor(8 * next_normal()) + (i >= 9 ? 20 : 0) - (i >= 16 ? 33 : 0);
        for (size_t i = 1; i < COUNT; i++)
            differences[i - 1] = fabs(values[i] - values[i - 1]);
        memcpy(sorted, differences, sizeof sorted);
        for (size_t i = 1; i < COUNT - 1; i++)
            for (size_t j = i; j > 0 && sorted[j - 1] > sorted[j]; j--) {
                double swapped = sorted[j];
                sorted[j] = sorted[j - 1];
                sorted[j - 1] = swapped;
            }
        double sigma = sorted[(COUNT - 1) / 2] * 1.4826 / sqrt(2), penalty = 2 * log(COUNT);
        best[0] = -penalty;
        for (size_t end = 1; end <= COUNT; end++) {
            best[end] = INFINITY;
            for (size_t from = 0; from < end; from++)
                best[end] = fmin(best[end], best[from] + penalty + brute_cost(from, end, sigma));
        }
        size_t starts[COUNT], level_count;
        CU_ASSERT_TRUE_FATAL(mb_changepoint_levels(values, COUNT, starts, &level_count));
        CU_ASSERT_EQUAL(starts[0], 0);
        /* The best level is at most half a step off the grid, which costs that much, squared, a value. */
        double slack = COUNT * 0.0625 * 0.0625 / (sigma * sigma) + 1e-6;
        CU_ASSERT_TRUE(cost_of(starts, level_count, COUNT, sigma) <= best[COUNT] + slack);
    }
}

static void test_levels(void)
{
    state = SEED;
    for (size_t i = 0; i < 300; i++)
        values[i] = (i < 100 ? 1000 : i < 180 ? 1100 : 1050) + 5 * next_normal();
    CU_ASSERT_EQUAL_FATAL(find(300, 0.99), 2);
    CU_ASSERT_EQUAL(changes[0].index, 100);
    CU_ASSERT_EQUAL(changes[1].index, 180);
    CU_ASSERT_DOUBLE_EQUAL(changes[0].before, 1000, 3);
    CU_ASSERT_DOUBLE_EQUAL(changes[0].after, 1100, 3);
    CU_ASSERT_DOUBLE_EQUAL(changes[1].after, 1050, 3);
    CU_ASSERT_TRUE(changes[0].confidence > 0.9999 && changes[0].confidence <= 1);
}

/* A value far off is not a level, however far; nor are two. Three in a row are one. */
static void test_outliers(void)
{
    state = SEED;
    for (size_t i = 0; i < 200; i++)
        values[i] = 1000 + next_normal();
    values[50] = 5000;
    values[120] = 1e9;
    values[121] = 1e9;
    CU_ASSERT_EQUAL(find(200, 0.99), 0);
    for (size_t i = 197; i < 200; i++)
        values[i] += 30;
    CU_ASSERT_EQUAL_FATAL(find(200, 0.99), 1);
    CU_ASSERT_EQUAL(changes[0].index, 197);
}

/* Exact but for some values: what most neighbours differ by says nothing then. */
static void test_nearly_exact(void)
{
    for (size_t i = 0; i < 60; i++)
        values[i] = (i < 30 ? 4096 : 8192) + (i == 7 || i == 44 ? 512 : 0);
    CU_ASSERT_EQUAL_FATAL(find(60, 0.99), 1);
    CU_ASSERT_EQUAL(changes[0].index, 30);
    CU_ASSERT_EQUAL(changes[0].before, 4096);
    CU_ASSERT_EQUAL(changes[0].after, 8192);
    for (size_t i = 0; i < 60; i++)
        values[i] = 4096;
    CU_ASSERT_EQUAL(find(60, 0.99), 0);
}

static void test_small_changes(void)
{
    mb_changepoint_rule rule;
    size_t found;
    state = SEED;
    for (size_t i = 0; i < 400; i++)
        values[i] = (i < 200 ? 1000 : 1008) + next_normal();
    CU_ASSERT_EQUAL(find(400, 0.99), 1);
    mb_changepoint_rule_init(&rule); /* 0.8 % is below its 1 % */
    CU_ASSERT_TRUE_FATAL(mb_changepoint_noisy(values, 400, &rule, changes, &found));
    CU_ASSERT_EQUAL(found, 0);
    CU_ASSERT_EQUAL(find(3, 0.99), 0); /* too few to say anything */
    CU_ASSERT_EQUAL(find(1, 0.99), 0);
}

/* Of series in which nothing changes at most one in a hundred shows a change at 99 %; here at most five times that of
 * the sum, which chance exceeds once in millions. Heavy tails and two-valued series as well. */
static void test_false_alarms(void)
{
    enum { ROUNDS = 300, COUNT = 150 };
    printf("seed %d ", SEED);
    for (int kind = 0; kind < 3; kind++) {
        size_t alarms = 0;
        state = SEED + (uint64_t)kind;
        for (int round = 0; round < ROUNDS; round++) {
            for (size_t i = 0; i < COUNT; i++) {
                double noise = next_normal();
                values[i] = kind == 2 ? (next_random() < 0.3 ? 1040 : 1000)
                                      : 1000 + (kind == 1 ? noise * noise * noise : noise);
            }
            alarms += find(COUNT, 0.99) > 0;
        }
        CU_ASSERT_TRUE(alarms <= 15);
    }
}

/* Steps of three standard deviations are found nearly always, and near where they are. */
static void test_power(void)
{
    enum { ROUNDS = 200, COUNT = 100 };
    size_t found = 0, near = 0;
    state = SEED;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < COUNT; i++)
            values[i] = 1000 + next_normal() + (i >= 60 ? 3 : 0);
        if (find(COUNT, 0.99) == 0)
            continue;
        found++;
        near += changes[0].index >= 58 && changes[0].index <= 62;
    }
    CU_ASSERT_TRUE(found >= ROUNDS * 97 / 100);
    CU_ASSERT_TRUE(near >= ROUNDS * 90 / 100);
}

/* Three runs after a step, of six runs and of thirty, where ranks are sure of nothing. */
static void test_few(void)
{
    static const double six[] = {1000, 1003, 998, 1100, 1104, 1101};
    memcpy(values, six, sizeof six);
    CU_ASSERT_EQUAL_FATAL(find(6, 0.99), 1);
    CU_ASSERT_EQUAL(changes[0].index, 3);
    CU_ASSERT_EQUAL(changes[0].before, 1000);
    CU_ASSERT_EQUAL(changes[0].after, 1101);
    CU_ASSERT_DOUBLE_EQUAL(changes[0].confidence, 0.99, 0);
    CU_ASSERT_EQUAL(find(5, 0.99), 0); /* two runs are not a level */
    values[3] = 1007;                  /* the gap is less than twice the range */
    values[4] = 1011;
    values[5] = 1006;
    CU_ASSERT_EQUAL(find(6, 0.99), 0);
    /* Three levels of four runs. */
    for (size_t i = 0; i < 12; i++)
        values[i] = 1000 * (double)(1 + i / 4) + (double)(i % 3);
    CU_ASSERT_EQUAL_FATAL(find(12, 0.99), 2);
    CU_ASSERT_EQUAL(changes[0].index, 4);
    CU_ASSERT_EQUAL(changes[1].index, 8);
    state = SEED;
    for (size_t i = 0; i < 30; i++)
        values[i] = 1000 + next_normal() + (i >= 27 ? 40 : 0);
    CU_ASSERT_EQUAL_FATAL(find(30, 0.99), 1);
    CU_ASSERT_EQUAL(changes[0].index, 27);
    /* The same share is the same change, at any level. */
    for (size_t i = 0; i < 6; i++)
        values[i] = six[i] * 1e-3;
    CU_ASSERT_EQUAL(find(6, 0.99), 1);
}

MB_SUITE(changepoint, {"exact", test_exact}, {"optimal", test_optimal}, {"levels", test_levels},
         {"outliers", test_outliers}, {"nearly exact", test_nearly_exact}, {"small changes", test_small_changes},
         {"few runs", test_few}, {"false alarms", test_false_alarms}, {"power", test_power});
