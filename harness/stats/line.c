#include "stats/line.h"

#include "stats/stats.h"

#include <stdlib.h>

/* Slopes of all pairs with different x into slopes; how many. */
static size_t pair_slopes(const double *x, const double *y, size_t count, double *slopes)
{
    size_t slope_count = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (x[j] > x[i])
                slopes[slope_count++] = (y[j] - y[i]) / (x[j] - x[i]);
    return slope_count;
}

static int compare_values(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_values);
    return mb_median_sorted(values, count);
}

/* The least and the greatest slope between neighbouring x. room holds count values. */
static void local_slopes(const double *x, const double *y, size_t count, double *room, mb_line *line)
{
    double last_x = 0, last_median = 0;
    size_t step_count = 0;
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start; end < count && x[end] == x[start]; end++)
            room[end - start] = y[end];
        double median = median_of(room, end - start);
        if (start > 0) {
            double slope = (median - last_median) / (x[start] - last_x);
            line->local_low = step_count == 0 || slope < line->local_low ? slope : line->local_low;
            line->local_high = step_count == 0 || slope > line->local_high ? slope : line->local_high;
            step_count++;
        }
        last_x = x[start];
        last_median = median;
    }
}

bool mb_line_fit(const double *x, const double *y, size_t count, mb_line *line)
{
    if (count < 2 || x[count - 1] == x[0])
        return false;
    double *room = malloc(count * (count - 1) / 2 * sizeof *room + count * sizeof *room);
    if (room == NULL)
        return false;
    mb_line fit = {0};
    size_t slope_count = pair_slopes(x, y, count, room);
    fit.slope = median_of(room, slope_count);
    for (size_t i = 0; i < count; i++)
        room[i] = y[i] - fit.slope * x[i];
    fit.intercept = median_of(room, count);
    local_slopes(x, y, count, room, &fit);
    free(room);
    *line = fit;
    return true;
}
