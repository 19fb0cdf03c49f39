#include "judge/growth_points.h"

#include "base/sort.h"

#include <math.h>
#include <string.h>

/* A line may start below 0 by so many quanta, or by a share of the range: the first units take what was free in pages
 * that were there before. */
enum { QUANTA_BELOW = 16, STEP_QUANTA = 4, STEPS_LEAST = 3, ALTERNATIONS_LEAST = 3 };

static const double BELOW_RATIO = 0.05, MEDIAN_ERROR = 1.25, TIGHT_QUANTA = 2, TIGHT_ERRORS = 3, CONSTANT_ERRORS = 5;

/* Deviation of held values, 0 of one. */
static double deviation_of(const double *values, size_t held)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < held; i++)
        mean += values[i] / (double)held;
    for (size_t i = 0; i < held; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return held > 1 ? sqrt(squares / (double)(held - 1)) : 0;
}

/* Medians at each x, the deviations there and how many samples. */
static void find_medians(const double *x, const double *y, size_t count, mb_growth_points *points, double *deviations,
                         size_t *held_counts)
{
    double scratch[MB_FIT_POINTS_MAX];
    for (size_t start = 0, end; start < count; start = end) {
        size_t n = points->count++;
        for (end = start; end < count && x[end] == x[start]; end++)
            scratch[end - start] = y[end];
        held_counts[n] = end - start;
        deviations[n] = deviation_of(scratch, end - start);
        points->x[n] = x[start];
        points->y[n] = mb_median(scratch, end - start);
        points->is_exact = points->is_exact && deviations[n] == 0;
    }
}

/* How far logarithms of deviations are from their median, in all; the median into logs[0]. */
static double spread_of(double *logs, size_t count)
{
    double scratch[MB_FIT_POINTS_MAX], spread = 0;
    memcpy(scratch, logs, count * sizeof *scratch);
    double median = mb_median(scratch, count);
    for (size_t i = 0; i < count; i++)
        spread += fabs(logs[i] - median);
    logs[0] = median;
    return spread;
}

/* Replaces each deviation by what all of them say of that x. */
static void pool(const mb_growth_points *points, double quantum, double *deviations)
{
    double same[MB_FIT_POINTS_MAX], scaled[MB_FIT_POINTS_MAX];
    for (size_t i = 0; i < points->count; i++) {
        same[i] = log(fmax(deviations[i], quantum / 4));
        scaled[i] = same[i] - log(fmax(fabs(points->y[i]), quantum));
    }
    bool is_scaled = spread_of(scaled, points->count) < spread_of(same, points->count);
    for (size_t i = 0; i < points->count; i++)
        deviations[i] = is_scaled ? exp(scaled[0]) * fmax(fabs(points->y[i]), quantum) : exp(same[0]);
}

void mb_growth_points_make(const double *x, const double *y, size_t count, double quantum, mb_growth_points *points)
{
    double deviations[MB_FIT_POINTS_MAX], low = INFINITY, high = -INFINITY, error_most = 0;
    size_t held_counts[MB_FIT_POINTS_MAX];
    points->count = 0;
    points->is_exact = true;
    find_medians(x, y, count, points, deviations, held_counts);
    if (!points->is_exact)
        pool(points, quantum, deviations);
    for (size_t i = 0; i < points->count; i++) {
        double error = MEDIAN_ERROR * deviations[i] / sqrt((double)held_counts[i]);
        points->log_x[i] = log(points->x[i] / x[count - 1]);
        points->tight[i] = TIGHT_QUANTA * quantum + TIGHT_ERRORS * error;
        error_most = fmax(error_most, error);
        low = fmin(low, points->y[i]);
        high = fmax(high, points->y[i]);
    }
    points->tight_most = TIGHT_QUANTA * quantum + TIGHT_ERRORS * error_most;
    points->lowest = low;
    points->range = high - low;
    points->range_constant = TIGHT_QUANTA * quantum + CONSTANT_ERRORS * error_most;
    points->overhead_least = -fmax(QUANTA_BELOW * quantum, BELOW_RATIO * points->range);
}

double mb_growth_step(const mb_growth_points *points, double quantum)
{
    double step = 0;
    if (!points->is_exact)
        return 0;
    for (size_t i = 1; i < points->count; i++)
        for (double rest = fabs(points->y[i] - points->y[i - 1]); rest >= 0.5;) {
            double next = fmod(step, rest);
            step = rest;
            rest = next;
        }
    return step > STEP_QUANTA * quantum && points->range >= STEPS_LEAST * step ? step : 0;
}

bool mb_growth_has_treads(const mb_growth_points *points, double slope)
{
    size_t alternations = 0;
    bool was_above = false;
    for (size_t i = 1; i < points->count; i++) {
        double step = points->y[i] - points->y[i - 1];
        bool is_above = step > slope * (points->x[i] - points->x[i - 1]);
        if (step == 0)
            return true;
        alternations += i > 1 && is_above != was_above;
        was_above = is_above;
    }
    return alternations >= ALTERNATIONS_LEAST;
}
