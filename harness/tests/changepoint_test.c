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
    enum { COUNT = 24, ROUNDS = 80 };
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

/* Fourteen runs are enough for ranks: seven above seven have p = 2 / C(14, 7) at 13 places, whether they repeat or vary
 * so much that the gap is less than twice the range. */
static void test_ranks(void)
{
    for (int repeats = 0; repeats < 2; repeats++) {
        for (size_t i = 0; i < 14; i++)
            values[i] = (i < 7 ? 1000 : 1020) + (repeats ? 0 : 2 * (double)(i * 3 % 7));
        CU_ASSERT_EQUAL_FATAL(find(14, 0.99), 1);
        CU_ASSERT_EQUAL(changes[0].index, 7);
        CU_ASSERT_DOUBLE_EQUAL(changes[0].confidence, 1 - 2.0 * 13 / 3432, 1e-12);
    }
    for (size_t i = 0; i < 13; i++) /* of thirteen six above seven say too little: 2 · 12 / C(13, 6) = 0.014 */
        values[i] = (i < 7 ? 1000 : 1020) + 2 * (double)(i * 3 % 7);
    CU_ASSERT_EQUAL(find(13, 0.98), 0);
}

/* Gaps and ranges are those of logarithms, but for values that have none. */
static void test_scale(void)
{
    static const struct {
        double values[6];
        size_t found;
    } rows[] = {
        {{1, 2, 3, 20, 21, 22}, 0}, /* ln 3 in the range, ln 20/3 in the gap */
        {{0, 1, 2, 19, 20, 21}, 1}, /* 17 for 2 */
        {{-20, -21, -22, -1, -2, -3}, 1},
        {{1100, 1104, 1101, 1000, 1003, 998}, 1}, /* down */
        {{1000, 1010, 1003, 1004, 1014, 1007}, 0},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        memcpy(values, rows[r].values, sizeof rows[r].values);
        CU_ASSERT_EQUAL(find(6, 0.99), rows[r].found);
    }
    /* Hardly any range: half of the least change stands for it, so 1.1 % is apart and 0.9 % is too small anyway. */
    for (int is_far = 0; is_far < 2; is_far++) {
        mb_changepoint_rule rule;
        size_t found;
        mb_changepoint_rule_init(&rule);
        for (size_t i = 0; i < 6; i++)
            values[i] = (i < 3 ? 1000 : is_far ? 1011 : 1009) + 0.05 * (double)(i % 3);
        CU_ASSERT_TRUE_FATAL(mb_changepoint_noisy(values, 6, &rule, changes, &found));
        CU_ASSERT_EQUAL(found, (size_t)is_far);
    }
}

/* However far off a value is: nothing around it is rounded away. Values without logarithms. */
static void test_far_off(void)
{
    for (size_t i = 0; i < 60; i++)
        values[i] = (i % 2 == 0 ? 1 : -1) * (1 + (double)(i * 7 % 5) / 5) + (i < 30 ? 0 : 12);
    values[10] = 1e16;
    values[11] = 1e16 + 4;
    CU_ASSERT_EQUAL_FATAL(find(60, 0.99), 1);
    CU_ASSERT_EQUAL(changes[0].index, 30);
}

/* Half of all neighbours are equal, so sigma is √π / 2 of the mean difference of 119/239: 0.441. A level more costs
 * 2 ln 240 sigma² and saves 240 (shift / 2)²: it pays from a shift of 0.189 on. */
static void test_mean_difference(void)
{
    for (int is_large = 0; is_large < 2; is_large++) {
        for (size_t i = 0; i < 240; i++)
            values[i] = 1000 + (double)(i / 2 % 2) + (i < 120 ? 0 : is_large ? 0.22 : 0.16);
        CU_ASSERT_EQUAL(find(240, 0.99), (size_t)is_large);
    }
}

/* What 32 runs on either side leave open, 64 decide: of levels as wide as four shifts. */
static void test_windows(void)
{
    static const struct {
        size_t before, after;
        double shift;
        bool half_decides;
    } rows[] = {{64, 64, 1.05, false}, {200, 64, 0.95, false}, {64, 200, 1.05, false}, {30, 60, 1.15, false},
                {40, 40, 1.25, false}, {32, 80, 1.15, false},  {80, 32, 1.15, false},  {50, 30, 1.2, false},
                {30, 50, 1.2, false},  {64, 64, 1.35, true},   {200, 64, 1.2, true}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        size_t before = rows[r].before, count = before + rows[r].after;
        for (size_t i = 0; i < count; i++)
            values[i] = 1000 + (double)(i * 37 % 64) / 16 + (i < before ? 0 : rows[r].shift);
        CU_ASSERT_EQUAL_FATAL(find(count, 0.99), 1);
        CU_ASSERT_DOUBLE_EQUAL((double)changes[0].index, (double)before, 3);
        /* Of 32 against 32 p is some thousandths; of 64 it would be far below. */
        if (rows[r].half_decides) {
            CU_ASSERT_DOUBLE_EQUAL(changes[0].confidence, 0.9985, 0.0011);
        }
    }
}

/* What is too short belongs to the level before it, at the start to the one behind; unsure levels go, others stay. */
static void test_short_levels(void)
{
    state = SEED;
    for (size_t i = 0; i < 200; i++)
        values[i] = (i < 100 ? 1000 : 1100) + next_normal();
    values[198] = values[199] = 3000;
    CU_ASSERT_EQUAL_FATAL(find(200, 0.99), 1);
    CU_ASSERT_EQUAL(changes[0].index, 100);
    for (size_t i = 0; i < 72; i++)
        values[i] = i < 2 ? 5000 : (i < 32 ? 1000 : 1500) + (double)(i * 7 % 30) / 10;
    CU_ASSERT_EQUAL_FATAL(find(72, 0.99), 1);
    CU_ASSERT_EQUAL(changes[0].index, 32);
    CU_ASSERT_DOUBLE_EQUAL(changes[0].before, 1001.55, 1e-9); /* with the two: of 32, between the 16th and the 17th */
    for (size_t i = 0; i < 300; i++)
        values[i] = (i < 203   ? 1000
                     : i < 240 ? 1100
                     : i < 270 ? 1250
                               : 1400) +
                    (i >= 100 && i < 104 ? 30 : 0) + next_normal();
    CU_ASSERT_EQUAL(find(300, 0.99), 5);
    CU_ASSERT_EQUAL_FATAL(find(300, 0.9999), 3); /* four of sixty-eight: 2 · 67 / C(68, 4) = 0.0002 */
    CU_ASSERT_EQUAL(changes[0].index, 203);
    CU_ASSERT_DOUBLE_EQUAL(changes[0].after, 1100, 1);
    CU_ASSERT_EQUAL(changes[1].index, 240);
    CU_ASSERT_DOUBLE_EQUAL(changes[1].after, 1250, 1);
    CU_ASSERT_EQUAL(changes[2].index, 270);
    CU_ASSERT_DOUBLE_EQUAL(changes[2].after, 1400, 1);
    for (size_t i = 0; i < 200; i++)
        values[i] = i < 198 ? 1000 + next_normal() : 3000;
    CU_ASSERT_EQUAL(find(200, 0.99), 0); /* two at the end are not a level */
}

/* The gap between the runs from `from` and those from `start`, in larger ranges of the two. */
static double gap_of(size_t from, size_t start, size_t end)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = from; i < end; i++) {
        low[i >= start] = fmin(low[i >= start], log(values[i]));
        high[i >= start] = fmax(high[i >= start], log(values[i]));
    }
    return fmax(low[1] - high[0], low[0] - high[1]) / fmax(high[0] - low[0], high[1] - low[1]);
}

/* A few runs: of all splits into levels of three or more, each two neighbours more than twice the larger range apart,
 * one with the most levels, and of these the one whose least gap is the largest. */
static void test_short_series(void)
{
    size_t found_counts[5] = {0};
    state = SEED;
    for (int trial = 0; trial < 500; trial++) {
        size_t count = 6 + (size_t)(next_random() * 8), best[8], best_count = 0;
        double level = 1000, best_gap = 0;
        for (size_t i = 0; i < count; i++) {
            if (i % 3 == 0 && next_random() < 0.7)
                level *= exp(0.2 * (next_random() - 0.5));
            values[i] = level * exp(0.01 * (next_random() - 0.5));
        }
        for (unsigned cuts = 1; cuts < 1u << count; cuts += 2) { /* bit i: a level starts at i */
            size_t starts[16], level_count = 0;
            double least = INFINITY;
            for (size_t i = 0; i < count; i++)
                if ((cuts >> i & 1) != 0)
                    starts[level_count++] = i;
            starts[level_count] = count;
            for (size_t l = 0; l < level_count; l++)
                least = starts[l + 1] - starts[l] < 3 ? 0 : least;
            for (size_t l = 1; l < level_count && least > 2; l++)
                least = fmin(least, gap_of(starts[l - 1], starts[l], starts[l + 1]));
            if (least <= 2 || level_count < best_count || (level_count == best_count && least <= best_gap))
                continue;
            best_count = level_count;
            best_gap = least;
            memcpy(best, starts, level_count * sizeof *starts);
        }
        CU_ASSERT_EQUAL_FATAL(find(count, 0.99), best_count - 1);
        for (size_t l = 1; l < best_count; l++)
            CU_ASSERT_EQUAL(changes[l - 1].index, best[l]);
        found_counts[best_count]++;
    }
    CU_ASSERT_TRUE(found_counts[1] > 50 && found_counts[2] > 50 && found_counts[3] > 50 && found_counts[4] > 5);
}

/* A level that the partition finds and the rule leaves out, in front of four that it does not: these stay as they are.
 */
static void test_left_out_first(void)
{
    static const double levels[] = {10000, 10050, 12000, 15000, 19000, 25000};
    enum { RUNS = 20, LEVELS = sizeof levels / sizeof levels[0] };
    mb_changepoint_rule rule;
    size_t found = 0;
    mb_changepoint_rule_init(&rule);
    for (size_t i = 0; i < RUNS * LEVELS; i++)
        values[i] = levels[i / RUNS] + (double)(i * 7 % 5);
    CU_ASSERT_TRUE_FATAL(mb_changepoint_noisy(values, RUNS * LEVELS, &rule, changes, &found));
    CU_ASSERT_EQUAL_FATAL(found, LEVELS - 2);
    for (size_t k = 0; k < found; k++) {
        CU_ASSERT_EQUAL(changes[k].index, RUNS * (k + 2));
        CU_ASSERT_DOUBLE_EQUAL(changes[k].after, levels[k + 2], 5);
    }
}

MB_SUITE(changepoint, {"left out first", test_left_out_first}, {"exact", test_exact}, {"optimal", test_optimal},
         {"levels", test_levels}, {"outliers", test_outliers}, {"nearly exact", test_nearly_exact},
         {"small changes", test_small_changes}, {"few runs", test_few}, {"ranks", test_ranks}, {"scale", test_scale},
         {"far off", test_far_off}, {"mean difference", test_mean_difference}, {"windows", test_windows},
         {"short levels", test_short_levels}, {"short series", test_short_series}, {"false alarms", test_false_alarms},
         {"power", test_power});
