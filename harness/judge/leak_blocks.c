#include "judge/leak_blocks.h"

#include "judge/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = MB_SOAK_BLOCKS * (MB_SOAK_BLOCKS - 1) / 2 };

/* Index of the first time that is not before `from`. */
static size_t find_time(const double *time_seconds, size_t count, double from)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (time_seconds[middle] < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Operations that go with what stands for the block: those of the first value that is its lower end, or, since they
 * only grow, their median. */
static double pick_operations(const double *value_bytes, const double *operation_count, size_t count, double low,
                              bool use_minimum, double *scratch)
{
    for (size_t i = 0; use_minimum && i < count; i++)
        if (value_bytes[i] == low)
            return operation_count[i];
    memcpy(scratch, operation_count, count * sizeof *scratch);
    return mb_median_select(scratch, count);
}

void mb_soak_blocks_cut(const double *time_seconds, const double *value_bytes, const double *operation_count,
                        size_t count, double from, double to, size_t wanted, bool use_minimum, double *scratch,
                        mb_soak_blocks *blocks)
{
    *blocks = (mb_soak_blocks){.block_seconds = (to - from) / (double)wanted};
    double ranges[MB_SOAK_BLOCKS];
    size_t used = 0, start = find_time(time_seconds, count, from);
    for (size_t b = 0; b < wanted; b++) {
        double end_seconds = from + (double)(b + 1) * blocks->block_seconds;
        /* The last value belongs to the last block. */
        size_t end = b + 1 == wanted ? count : find_time(time_seconds, count, end_seconds);
        if (end <= start)
            continue;
        size_t held = end - start;
        memcpy(scratch, value_bytes + start, held * sizeof *scratch);
        /* Tenths, since single values at the ends are dips and spikes. */
        double low = mb_select(scratch, held, (held - 1) / 10), high = mb_select(scratch, held, (held - 1) * 9 / 10);
        double median = mb_median_select(scratch, held);
        ranges[blocks->count] = high - low;
        blocks->at_seconds[blocks->count] = from + ((double)b + 0.5) * blocks->block_seconds;
        blocks->values[blocks->count] = use_minimum ? low : median;
        if (operation_count != NULL)
            blocks->operations[blocks->count] =
                pick_operations(value_bytes + start, operation_count + start, held, low, use_minimum, scratch);
        blocks->count++;
        used += held;
        start = end;
    }
    if (blocks->count > 0) {
        blocks->samples_per_block = (double)used / (double)blocks->count;
        blocks->median_range = mb_median(ranges, blocks->count);
    }
}

size_t mb_soak_cells_cut(const double *time_seconds, const double *value_bytes, size_t count, size_t wanted,
                         size_t part, double *scratch, double *cells)
{
    double from = time_seconds[0], seconds = time_seconds[count - 1] - from;
    size_t cell_count = 0;
    for (size_t cell = 0, start = 0, end; cell < wanted; cell++, start = end) {
        double limit = from + seconds * (double)(cell + 1) / (double)wanted;
        end = cell + 1 == wanted ? count : start + find_time(time_seconds + start, count - start, limit);
        if (end == start)
            continue;
        memcpy(scratch, value_bytes + start, (end - start) * sizeof *scratch);
        cells[cell_count++] = mb_select(scratch, end - start, (end - start - 1) / part);
    }
    return cell_count;
}

double mb_soak_noise(const double *time_seconds, const double *value_bytes, size_t count, double from, double *scratch)
{
    size_t start = find_time(time_seconds, count, from), difference_count = 0;
    for (size_t i = start + 1; i < count; i++)
        scratch[difference_count++] = fabs(value_bytes[i] - value_bytes[i - 1]);
    /* Of normal noise with deviation s the median of these is 0.954 s. */
    return difference_count > 0 ? mb_median_select(scratch, difference_count) / 0.954 : 0;
}

/* Σ t(t-1)(2t+5) over groups of t equal values. */
static double tie_sum(const double *values, size_t count)
{
    double sorted[MB_SOAK_BLOCKS];
    memcpy(sorted, values, count * sizeof *sorted);
    mb_sort(sorted, count);
    return mb_tie_term(sorted, count);
}

/* By how much residuals that resemble their neighbours widen the variance: (1 + r) / (1 - r). */
static double inflation(const double *x, const double *y, size_t count, double slope)
{
    double residuals[MB_SOAK_BLOCKS], mean = 0, products = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        residuals[i] = y[i] - slope * x[i];
        mean += residuals[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        residuals[i] -= mean;
        squares += residuals[i] * residuals[i];
        if (i > 0)
            products += residuals[i] * residuals[i - 1];
    }
    if (!(squares > 0))
        return 1;
    double n = (double)count, r = fmin(0.8, (products / squares * n + 1) / (n - 4));
    return r > 0 ? (1 + r) / (1 - r) : 1;
}

bool mb_soak_fit(const double *x, const double *y, size_t count, double z, mb_soak_slope *slope)
{
    double slopes[PAIRS_MAX], n = (double)count;
    size_t pair_count = 0, distinct_count = count > 0;
    for (size_t i = 0; i + 1 < count; i++) {
        distinct_count += x[i + 1] > x[i];
        for (size_t j = i + 1; j < count; j++)
            if (x[j] > x[i])
                slopes[pair_count++] = (y[j] - y[i]) / (x[j] - x[i]);
    }
    if (count < 5 || distinct_count < 4)
        return false;
    slope->value = mb_median(slopes, pair_count); /* sorts them */
    double variance = (n * (n - 1) * (2 * n + 5) - tie_sum(x, count) - tie_sum(y, count)) / 18;
    double width = z * sqrt(fmax(variance, 0) * inflation(x, y, count, slope->value));
    double low = floor(((double)pair_count - width) / 2), high = ceil(((double)pair_count + width) / 2) + 1;
    slope->low = slopes[low >= 1 ? (size_t)low - 1 : 0];
    slope->high = slopes[high <= (double)pair_count ? (size_t)high - 1 : pair_count - 1];
    return true;
}
