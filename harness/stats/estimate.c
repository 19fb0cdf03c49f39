#include "stats/stats.h"

#include "stats/untied.h"
#include "support/error.h"

enum { PAIRS_MAX = MB_STATS_SAMPLES_MAX * MB_STATS_SAMPLES_MAX, SMALL = 12 };

static double middle_of_three(double a, double b, double c)
{
    if (a > b) {
        double swapped = a;
        a = b;
        b = swapped;
    }
    return c < a ? a : c > b ? b : c;
}

/* Moves values[*low … *high] so that what is below, within and above the new bounds is in order, and all within
 * equals the pivot. */
static void partition(double *values, size_t *low, size_t *high)
{
    size_t i = *low, j = *high;
    double pivot = middle_of_three(values[i], values[i + (j - i) / 2], values[j]);
    do {
        while (values[i] < pivot)
            i++;
        while (values[j] > pivot)
            j--;
        if (i <= j) {
            double swapped = values[i];
            values[i++] = values[j];
            if (j == 0) {
                values[0] = swapped;
                break;
            }
            values[j--] = swapped;
        }
    } while (i <= j);
    *low = j;
    *high = i;
}

/* Puts the value of each of the ascending ranks at its place, all between low and high. Work is shared: a part that
 * holds no wanted rank is left as it is. */
static void select_ranks(double *values, size_t low, size_t high, const size_t *ranks, size_t rank_count)
{
    while (rank_count > 0 && high - low >= SMALL) {
        size_t left_end = low, right_start = high;
        partition(values, &left_end, &right_start);
        size_t left = 0, right = rank_count;
        while (left < rank_count && ranks[left] <= left_end)
            left++;
        while (right > left && ranks[right - 1] >= right_start)
            right--;
        if (left > 0 && left_end > low)
            select_ranks(values, low, left_end, ranks, left);
        low = right_start;
        ranks += right;
        rank_count -= right;
        if (low >= high)
            return;
    }
    if (rank_count > 0 && high > low)
        mb_sort(values + low, high - low + 1);
}

static mb_estimate estimate(double *pairs, size_t m, size_t n, double confidence_level)
{
    size_t count = m * n;
    size_t end_rank = mb_untied_interval_rank(mb_untied_get(m, n), (1 - confidence_level) / 2);
    size_t ranks[4] = {end_rank - 1, (count - 1) / 2, count / 2, count - end_rank};
    select_ranks(pairs, 0, count - 1, ranks, 4);
    double below = pairs[ranks[1]], above = pairs[ranks[2]];
    double middle = below == above ? below : below + (above - below) / 2; /* equal infinities have no difference */
    return (mb_estimate){middle, pairs[ranks[0]], pairs[ranks[3]]};
}

mb_estimate mb_shift_estimate(const double *x, size_t m, const double *y, size_t n, double confidence_level)
{
    double pairs[PAIRS_MAX];
    MB_ASSERT(m >= 1 && n >= 1 && m <= MB_STATS_SAMPLES_MAX && n <= MB_STATS_SAMPLES_MAX);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            pairs[i * n + j] = y[j] - x[i];
    return estimate(pairs, m, n, confidence_level);
}

mb_estimate mb_ratio_estimate(const double *x, size_t m, const double *y, size_t n, double confidence_level)
{
    double pairs[PAIRS_MAX];
    MB_ASSERT(m >= 1 && n >= 1 && m <= MB_STATS_SAMPLES_MAX && n <= MB_STATS_SAMPLES_MAX && x[0] > 0);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            pairs[i * n + j] = y[j] / x[i];
    return estimate(pairs, m, n, confidence_level);
}
