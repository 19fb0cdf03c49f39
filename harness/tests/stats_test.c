/* Proves the statistics against counting all cases by hand, tables and closed forms. */
#include "judge/ranks.h"
#include "tests/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_NEAR(actual, expected, tolerance) CU_ASSERT_DOUBLE_EQUAL(actual, expected, tolerance)

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state += 0x9e3779b97f4a7c15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void random_start(uint64_t seed)
{
    random_state = seed;
    printf(" seed %llu ", (unsigned long long)seed);
}

static void random_series(double *values, size_t count, size_t distinct)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(random_next() % distinct);
    mb_sort(values, count);
}

static mb_rank_sum sum_of(const double *x, size_t m, const double *y, size_t n)
{
    mb_rank_sum sum;
    mb_rank_sum_of(x, m, y, n, &sum);
    return sum;
}

/* P(W' >= W) and P(W' <= W) by trying every choice of n of the pooled values, W from midranks by their definition. */
static mb_rank_p brute_force(const double *x, size_t m, const double *y, size_t n)
{
    double pooled[32], midranks[32], w = 0;
    size_t total = m + n, greater = 0, less = 0, choices = 0;
    memcpy(pooled, x, m * sizeof *x);
    memcpy(pooled + m, y, n * sizeof *y);
    for (size_t i = 0; i < total; i++) {
        double below = 0, equal = 0;
        for (size_t k = 0; k < total; k++) {
            below += pooled[k] < pooled[i];
            equal += pooled[k] == pooled[i];
        }
        midranks[i] = below + (equal + 1) / 2;
        if (i >= m)
            w += midranks[i];
    }
    for (unsigned chosen = 0; chosen < 1u << total; chosen++) {
        double sum = 0;
        size_t size = 0;
        for (size_t i = 0; i < total; i++)
            if (chosen & (1u << i)) {
                sum += midranks[i];
                size++;
            }
        if (size != n)
            continue;
        choices++;
        greater += sum >= w;
        less += sum <= w;
    }
    return (mb_rank_p){(double)greater / (double)choices, (double)less / (double)choices};
}

static void test_median(void)
{
    CHECK_NEAR(mb_median_sorted((double[]){7}, 1), 7, 0);
    CHECK_NEAR(mb_median_sorted((double[]){1, 2, 40}, 3), 2, 0);
    CHECK_NEAR(mb_median_sorted((double[]){1, 2, 5, 40}, 4), 3.5, 0);
    CHECK_NEAR(mb_median_sorted((double[]){-3, 9007199254740991.0}, 2), 4503599627370494.0, 0);
}

static void test_sort(void)
{
    double values[64];
    random_start(11);
    for (size_t i = 0; i < 64; i++)
        values[i] = (double)(random_next() % 50) - 25;
    mb_sort(values, 64);
    for (size_t i = 1; i < 64; i++)
        CU_ASSERT(values[i - 1] <= values[i]);
}

/* The example of the design: ties on both sides, where a well-known library says 0.0278. */
static void test_rank_oracle(void)
{
    mb_rank_sum sum = sum_of((double[]){1, 1, 2, 2, 3}, 5, (double[]){2, 3, 3, 4, 4}, 5);
    CHECK_NEAR(mb_rank_exact(&sum).greater, 10.0 / 252, 1e-15);
    CU_ASSERT_EQUAL(sum.group_count, 4);
    CU_ASSERT_EQUAL(sum.u2, 2 * 22);
    sum = sum_of((double[]){2, 3, 3, 4, 4}, 5, (double[]){1, 1, 2, 2, 3}, 5);
    CHECK_NEAR(mb_rank_exact(&sum).less, 10.0 / 252, 1e-15);
}

/* Published critical values of the rank sum without ties: P(U <= u) just at or below 0.025, one more is above. */
static void test_rank_table(void)
{
    static const struct {
        size_t m, n, u;
    } rows[] = {{5, 5, 2}, {8, 8, 13}, {10, 10, 23}, {20, 20, 127}, {20, 10, 55}, {12, 7, 18}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_rank_sum sum = {.m = rows[i].m, .n = rows[i].n, .u2 = (uint32_t)(2 * rows[i].u)};
        CU_ASSERT(mb_rank_exact(&sum).less <= 0.025);
        sum.u2 += 2;
        CU_ASSERT(mb_rank_exact(&sum).less > 0.025);
    }
}

static void test_rank_brute_force(void)
{
    random_start(20240601);
    for (size_t round = 0; round < 1500; round++) {
        double x[8], y[8];
        size_t m = 1 + random_next() % 7, n = 1 + random_next() % 7;
        size_t distinct = 1 + random_next() % 12;
        random_series(x, m, distinct);
        random_series(y, n, distinct);
        mb_rank_p expected = brute_force(x, m, y, n);
        mb_rank_sum sum = sum_of(x, m, y, n);
        mb_rank_p p = mb_rank_exact(&sum), low, high;
        CHECK_NEAR(p.greater, expected.greater, 1e-12);
        CHECK_NEAR(p.less, expected.less, 1e-12);
        CU_ASSERT(p.less <= 1 && p.greater <= 1);
        mb_rank_bounds(&sum, &low, &high);
        CU_ASSERT(low.greater <= p.greater + 1e-12 && p.greater <= high.greater + 1e-12);
        CU_ASSERT(low.less <= p.less + 1e-12 && p.less <= high.less + 1e-12);
    }
}

/* By hand: doubled U lies so much off that of broken ties, in each of the choices, as a quarter of the squared groups
 * says; so p lies between P(2U <= u2 - slack) and P(2U <= u2 + slack). */
static void test_rank_bounds(void)
{
    static const struct {
        double x[4], y[4];
        size_t m, n;
        mb_rank_p low, high; /* greater, less */
    } rows[] = {
        {{1, 1}, {1, 1}, 2, 2, {1.0 / 6, 1.0 / 6}, {1, 1}},    /* 4 ± 4 */
        {{1, 1, 1}, {1}, 3, 1, {0, 0}, {1, 1}},                /* 3 ± 4 */
        {{0, 1, 1, 1}, {1}, 4, 1, {0, 1.0 / 5}, {4.0 / 5, 1}}, /* 5 ± 4 */
        {{1, 1, 1, 2}, {1}, 4, 1, {1.0 / 5, 0}, {1, 4.0 / 5}}, /* 3 ± 4 */
        {{0, 3}, {1, 2}, 2, 2, {4.0 / 6, 4.0 / 6}, {4.0 / 6, 4.0 / 6}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mb_rank_sum sum = sum_of(rows[i].x, rows[i].m, rows[i].y, rows[i].n);
        mb_rank_p low, high;
        mb_rank_bounds(&sum, &low, &high);
        CHECK_NEAR(low.greater, rows[i].low.greater, 1e-12);
        CHECK_NEAR(low.less, rows[i].low.less, 1e-12);
        CHECK_NEAR(high.greater, rows[i].high.greater, 1e-12);
        CHECK_NEAR(high.less, rows[i].high.less, 1e-12);
    }
}

/* t(t - 1)(2t + 5) for each group: 2·1·9 and 3·2·11. */
static void test_tie_term(void)
{
    CU_ASSERT_EQUAL(mb_tie_term((double[]){1, 2, 2, 3, 3, 3, 4}, 7), 18 + 66);
    CU_ASSERT_EQUAL(mb_tie_term((double[]){1, 2, 4}, 3), 0);
}

/* At the gate's sizes nobody can try all choices: exchange of the sides and of the direction must mirror the two p,
 * and the p of every possible W must add up to one. */
static void test_rank_symmetry(void)
{
    static const size_t sizes[] = {3, 10, 20, 40, 64};
    random_start(7);
    for (size_t round = 0; round < 40; round++) {
        double x[64], y[64], minus_x[64], minus_y[64];
        size_t m = sizes[random_next() % 5], n = sizes[random_next() % 5], distinct = 2 + random_next() % 60;
        random_series(x, m, distinct);
        random_series(y, n, distinct);
        for (size_t i = 0; i < m; i++)
            minus_x[i] = -x[m - 1 - i];
        for (size_t i = 0; i < n; i++)
            minus_y[i] = -y[n - 1 - i];
        mb_rank_sum sum = sum_of(x, m, y, n), exchanged = sum_of(y, n, x, m);
        mb_rank_sum negated = sum_of(minus_x, m, minus_y, n);
        mb_rank_p p = mb_rank_exact(&sum), other = mb_rank_exact(&exchanged), mirrored = mb_rank_exact(&negated);
        CHECK_NEAR(p.greater, other.less, 1e-11);
        CHECK_NEAR(p.less, other.greater, 1e-11);
        CHECK_NEAR(p.greater, mirrored.less, 1e-11);
        CHECK_NEAR(p.less, mirrored.greater, 1e-11);
        CU_ASSERT(p.greater + p.less >= 1);
        CU_ASSERT_EQUAL(sum.u2 + exchanged.u2, 2 * m * n);
    }
}

/* Complete separation has a closed form, at every size and with ties within the sides; all tied says nothing. */
static void test_rank_extremes(void)
{
    double low[40], high[40], same[40];
    for (size_t i = 0; i < 40; i++) {
        low[i] = (double)(i / 3);
        high[i] = 1000 + (double)(i / 4);
        same[i] = 5;
    }
    for (size_t m = 1; m <= 40; m += 13)
        for (size_t n = 1; n <= 40; n += 13) {
            double one_in_all = 1;
            for (size_t k = 1; k <= n; k++)
                one_in_all *= (double)k / (double)(m + k);
            mb_rank_sum sum = sum_of(low, m, high, n);
            mb_rank_p p = mb_rank_exact(&sum);
            CHECK_NEAR(p.greater / one_in_all, 1, 1e-11);
            CHECK_NEAR(p.less, 1, 1e-12);
            CHECK_NEAR(mb_tail_p(m, n, n) / one_in_all, 1, 1e-11);
            CU_ASSERT(p.less <= 1);
            sum = sum_of(same, m, same, n);
            p = mb_rank_exact(&sum);
            CU_ASSERT(p.greater <= 1 && p.less <= 1);
            CHECK_NEAR(p.greater, 1, 1e-12);
            CHECK_NEAR(p.less, 1, 1e-12);
        }
}

static void test_tail(void)
{
    CHECK_NEAR(mb_tail_p(20, 10, 0), 1, 0);
    CHECK_NEAR(mb_tail_p(20, 10, 1), 1.0 / 3, 1e-15);
    CHECK_NEAR(mb_tail_p(20, 20, 2), 380.0 / 1560, 1e-15);
    CHECK_NEAR(mb_tail_p(3, 3, 3), 1.0 / 20, 1e-15);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The estimate against sorting all pairs, for sizes and shapes that reach every branch of the selection. */
static void test_estimates_by_sorting(void)
{
    random_start(99);
    for (size_t round = 0; round < 400; round++) {
        double x[64], y[64];
        static double shifts[64 * 64], ratios[64 * 64];
        size_t m = 1 + random_next() % 64, n = 1 + random_next() % 64, distinct = 1 + random_next() % 1000;
        random_series(x, m, distinct);
        random_series(y, n, distinct);
        if (round % 5 == 0)
            y[n - 1] *= 1e12; /* one value far off leaves the rest in one bucket */
        for (size_t i = 0; i < m; i++)
            x[i] += 1;
        for (size_t i = 0; i < m * n; i++) {
            shifts[i] = y[i % n] - x[i / n];
            ratios[i] = y[i % n] / x[i / n];
        }
        qsort(shifts, m * n, sizeof *shifts, compare_doubles);
        qsort(ratios, m * n, sizeof *ratios, compare_doubles);
        mb_estimate shift = mb_shift_estimate(x, m, y, n, 0.95), ratio = mb_ratio_estimate(x, m, y, n, 0.95);
        CU_ASSERT_EQUAL(shift.value, mb_median_sorted(shifts, m * n));
        CU_ASSERT_EQUAL(ratio.value, mb_median_sorted(ratios, m * n));
        /* The ends are equally far from both ends of the sorted pairs, as far in as the level allows. */
        size_t c = 1;
        for (mb_rank_sum sum = {.m = m, .n = n, .u2 = 2}; c < m * n / 2 && mb_rank_exact(&sum).less <= 0.025;
             sum.u2 += 2)
            c++;
        CU_ASSERT_EQUAL(shift.low, shifts[c - 1]);
        CU_ASSERT_EQUAL(shift.high, shifts[m * n - c]);
        CU_ASSERT_EQUAL(ratio.low, ratios[c - 1]);
        CU_ASSERT_EQUAL(ratio.high, ratios[m * n - c]);
    }
}

/* 95 % intervals of 20 against 20 hold the true shift in 94.5 to 97 % of 20,000 draws (the exact level is 95.2 %). */
static void test_interval_coverage(void)
{
    enum { ROUNDS = 20000, M = 20, N = 20 };
    size_t covered = 0, covered_ratio = 0;
    random_start(4);
    for (size_t round = 0; round < ROUNDS; round++) {
        double x[M], y[N];
        for (size_t i = 0; i < M; i++)
            x[i] = 100 + (double)(random_next() >> 11) / 9007199254740992.0 * 50;
        for (size_t i = 0; i < N; i++)
            y[i] = 100 + (double)(random_next() >> 11) / 9007199254740992.0 * 50;
        mb_sort(x, M);
        mb_sort(y, N);
        mb_estimate ratio = mb_ratio_estimate(x, M, y, N, 0.95);
        for (size_t i = 0; i < N; i++)
            y[i] += 30;
        mb_estimate shift = mb_shift_estimate(x, M, y, N, 0.95);
        covered += shift.low <= 30 && 30 <= shift.high;
        covered_ratio += ratio.low <= 1 && 1 <= ratio.high;
    }
    CU_ASSERT(covered >= 18900 && covered <= 19400);
    CU_ASSERT(covered_ratio >= 18900 && covered_ratio <= 19400);
}

static void test_estimate_extremes(void)
{
    double x[2] = {5, 5}, huge[2] = {-1e300, 1e300}, tiny[1] = {5e-324};
    mb_estimate e = mb_shift_estimate(x, 2, x, 2, 0.95);
    CU_ASSERT(e.value == 0 && e.low == 0 && e.high == 0);
    e = mb_ratio_estimate(x, 2, x, 2, 0.95);
    CU_ASSERT(e.value == 1 && e.low == 1 && e.high == 1);
    e = mb_shift_estimate(huge, 2, huge, 2, 0.95);
    CU_ASSERT(e.value == 0 && e.low == -2e300 && e.high == 2e300);
    e = mb_ratio_estimate(tiny, 1, huge, 2, 0.95);
    CU_ASSERT(e.low == -INFINITY && e.high == INFINITY);
}

/* Adjusted by hand: sorted 0.001·6, 0.01·5, 0.02·4 (0.08), 0.03·3 (0.09), 0.04·2 raised to 0.09, and the NaN as 1. */
static void test_holm(void)
{
    struct {
        int other;
        double p;
    } rows[] = {{0, 0.04}, {0, 0.001}, {0, NAN}, {0, 0.02}, {0, 0.03}, {0, 0.01}, {0, 0.5}};
    size_t order[6] = {0, 1, 2, 3, 4, 5};
    mb_holm(&rows[0].p, sizeof rows[0], order, 6);
    static const double expected[] = {0.09, 0.006, 1, 0.08, 0.09, 0.05, 0.5 /* not of the family */};
    for (size_t i = 0; i < 7; i++)
        CHECK_NEAR(rows[i].p, expected[i], 1e-15);
    mb_holm(&rows[0].p, sizeof rows[0], order, 0);
}

/* Against the definition, in quadratic time; any order of the family gives the same. */
static void test_holm_ends_at_one(void)
{
    double p[] = {0.6, 0.7, 1.5};
    size_t order[] = {0, 1, 2};
    mb_holm(p, sizeof *p, order, 3);
    CU_ASSERT(p[0] == 1 && p[1] == 1 && p[2] == 1);
}

static void test_holm_brute_force(void)
{
    enum { COUNT = 60 };
    random_start(5);
    for (size_t round = 0; round < 50; round++) {
        double p[COUNT], adjusted[COUNT];
        size_t order[COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            p[i] = adjusted[i] = random_next() % 3 == 0 ? 1 : (double)(random_next() % 40) / 4000;
            order[i] = (i * 7 + round) % COUNT;
        }
        mb_holm(adjusted, sizeof *adjusted, order, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            double expected = 0;
            for (size_t k = 0; k < COUNT; k++) {
                size_t before = 0;
                for (size_t l = 0; l < COUNT; l++)
                    before += p[l] < p[k];
                if (p[k] <= p[i])
                    expected = fmax(expected, fmin(1, p[k] * (double)(COUNT - before)));
            }
            CHECK_NEAR(adjusted[i], expected, 1e-15);
        }
    }
}

/* Every rank of rows with many and with few different values, ascending, falling and mixed; and what is around it. */
static void test_select(void)
{
    for (size_t count = 1; count < 130; count += 7)
        for (unsigned kinds = 1; kinds < 200; kinds = kinds * 3 + 1)
            for (size_t rank = 0; rank < count; rank++) {
                double values[130], sorted[130];
                for (size_t i = 0; i < count; i++)
                    values[i] = (double)((kinds % 2 == 0 ? i : i * 7919 + rank) % kinds);
                memcpy(sorted, values, count * sizeof *values);
                mb_sort(sorted, count);
                CU_ASSERT_EQUAL(mb_select(values, count, rank), sorted[rank]);
                for (size_t i = 0; i < count; i++)
                    CU_ASSERT_TRUE(i < rank ? values[i] <= sorted[rank] : values[i] >= sorted[rank]);
                CU_ASSERT_EQUAL(mb_median_select(values, count), mb_median_sorted(sorted, count));
            }
}

MB_SUITE(stats, {"median", test_median}, {"sort", test_sort}, {"rank test: oracle with ties", test_rank_oracle},
         {"rank test: published table", test_rank_table}, {"rank test: brute force", test_rank_brute_force},
         {"rank test: bounds", test_rank_bounds}, {"ties", test_tie_term}, {"rank test: symmetry", test_rank_symmetry},
         {"rank test: extremes", test_rank_extremes}, {"tail", test_tail},
         {"estimates: brute force", test_estimates_by_sorting}, {"estimates: coverage", test_interval_coverage},
         {"estimates: extremes", test_estimate_extremes}, {"holm: by hand", test_holm},
         {"holm: brute force", test_holm_brute_force}, {"holm: 1 is the most", test_holm_ends_at_one},
         {"select: every rank", test_select});
