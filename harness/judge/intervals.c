#include "judge/ranks.h"

#include "base/error.h"
#include "judge/null_distinct.h"

enum { PAIRS_MAX = MB_STATS_SAMPLES_MAX * MB_STATS_SAMPLES_MAX, BUCKET_COUNT = 128, INSERTION_MAX = 32 };

static void sift_down(double *heap, size_t count, size_t at)
{
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child] < heap[child + 1])
            child++;
        if (heap[child] <= heap[at])
            return;
        double moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

static void sort_bucket(double *values, size_t count)
{
    if (count <= INSERTION_MAX) {
        mb_sort(values, count);
        return;
    }
    size_t equal_count = 1;
    while (equal_count < count && values[equal_count] == values[0])
        equal_count++;
    if (equal_count == count) /* most often: series of few values */
        return;
    for (size_t at = count / 2; at-- > 0;)
        sift_down(values, count, at);
    for (size_t end = count; end-- > 1;) {
        double largest = values[0];
        values[0] = values[end];
        values[end] = largest;
        sift_down(values, end, 0);
    }
}

/* Finds the values at ascending ranks without sorting all: deals the values out to buckets of equal width and sorts
 * only the buckets in which a wanted rank lies. */
static void select_ranks(const double *values, size_t count, double smallest, double largest, const size_t ranks[4],
                         double found[4])
{
    unsigned char bucket_of[PAIRS_MAX];
    uint16_t ends[BUCKET_COUNT + 1] = {0};
    double dealt[PAIRS_MAX];
    double scale = (BUCKET_COUNT - 1) / (largest - smallest);
    if (!(scale > 0 && scale < 1e300)) /* all equal, or a range beyond doubles: one bucket */
        scale = 0;
    for (size_t i = 0; i < count; i++) {
        double place = (values[i] - smallest) * scale;
        unsigned char bucket = place > 0 ? (unsigned char)(int)place : 0;
        bucket_of[i] = bucket;
        ends[bucket + 1]++;
    }
    for (size_t b = 0; b < BUCKET_COUNT; b++)
        ends[b + 1] = (uint16_t)(ends[b + 1] + ends[b]);
    /* ends[b] is where bucket b starts; dealing moves it to where the bucket ends. */
    for (size_t i = 0; i < count; i++)
        dealt[ends[bucket_of[i]]++] = values[i];
    size_t sorted_end = 0;
    for (size_t r = 0, b = 0; r < 4; r++) {
        while (ends[b] <= ranks[r])
            b++;
        size_t start = b == 0 ? 0 : ends[b - 1];
        if (ends[b] > sorted_end)
            sort_bucket(dealt + start, ends[b] - start);
        sorted_end = ends[b];
        found[r] = dealt[ranks[r]];
    }
}

/* Hodges and Lehmann's estimate (1963): by how much y lies above x is the median of all m * n pair differences
 * (ratios), and its interval ends at the differences whose ranks the null distribution of U cuts off, so interval and
 * rank test agree. Of the means neither would do: one sample with a page more moves a mean and no median. Only four
 * ranks are wanted, so the pairs are dealt into buckets of equal width and just the buckets with a wanted rank are
 * sorted: All pairs equal, or a range beyond doubles: one bucket. With too few samples for the
 * level the interval is the whole range. */
static mb_estimate estimate(const double *pairs, size_t m, size_t n, double confidence_level)
{
    size_t count = m * n;
    size_t end_rank = mb_distinct_interval_rank(mb_distinct_get(m, n), (1 - confidence_level) / 2);
    size_t ranks[4] = {end_rank - 1, (count - 1) / 2, count / 2, count - end_rank};
    double found[4], smallest = pairs[0], largest = pairs[0];
    /* Each row grows with y, so the extremes are at its ends. */
    for (size_t row = 0; row < count; row += n) {
        smallest = pairs[row] < smallest ? pairs[row] : smallest;
        largest = pairs[row + n - 1] > largest ? pairs[row + n - 1] : largest;
    }
    select_ranks(pairs, count, smallest, largest, ranks, found);
    double middle = found[1] == found[2] ? found[1] : found[1] + (found[2] - found[1]) / 2;
    return (mb_estimate){middle, found[0], found[3]};
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
