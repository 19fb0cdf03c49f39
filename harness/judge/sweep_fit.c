#include "judge/sweep_fit.h"

#include "judge/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 512 };

/* Sizes and what was measured there; and values that stand for all samples, a row of one a size after the other. */
typedef struct sized {
    size_t count;     /* different x */
    size_t row_count; /* rows */
    double *x, *medians;
    double *rows; /* row_count · count */
} sized;

/* Slopes of all pairs of one row into slopes; how many. */
static size_t pair_slopes(const double *x, const double *y, size_t count, double *slopes)
{
    size_t slope_count = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            slopes[slope_count++] = (y[j] - y[i]) / (x[j] - x[i]);
    return slope_count;
}

/* z with P(|Z| <= z) = level, Z normal: Newton's steps from 0, which stay below z, since P is concave there. */
static double normal_reach(double level)
{
    double z = 0;
    for (double step = 1; step > 1e-12 * (1 + z);) {
        step = (level - erf(z / sqrt(2))) * exp(z * z / 2) * sqrt(acos(-1) / 2);
        z += step;
    }
    return z;
}

/* Var(S) of Kendall's S without a trend, given the ties of one row. scratch: count values. */
static double kendall_variance(const double *y, size_t count, double *scratch)
{
    double n = (double)count;
    memcpy(scratch, y, count * sizeof *scratch);
    mb_sort(scratch, count);
    return fmax(0, n * (n - 1) * (2 * n + 5) - mb_tie_term(scratch, count)) / 18;
}

/* Slope and Sen's interval: from the spread of S without a trend to ranks among the slopes. A rank between the two
 * found first would split what selecting left in order, so they are looked for from the outside inwards. */
static void find_slope(const sized *of, double confidence_level, double *slopes, double *scratch, mb_sweep_fit *fit)
{
    size_t slope_count = 0;
    double variance = 0;
    for (size_t r = 0; r < of->row_count; r++) {
        const double *row = of->rows + r * of->count;
        slope_count += pair_slopes(of->x, row, of->count, slopes + slope_count);
        variance += kendall_variance(row, of->count, scratch);
    }
    double reach = normal_reach(confidence_level) * sqrt(variance);
    double low = floor(((double)slope_count - reach) / 2), high = ceil(((double)slope_count + reach) / 2);
    fit->has_interval = low >= 1;
    size_t first = low >= 1 ? (size_t)low - 1 : 0;
    size_t last = high < (double)slope_count ? (size_t)high : slope_count - 1;
    fit->slope_low = mb_select(slopes, slope_count, first);
    fit->slope_high = mb_select(slopes + first, slope_count - first, last - first);
    size_t middle = slope_count / 2;
    fit->slope = mb_select(slopes + first, last - first + 1, middle - first);
    if (slope_count % 2 == 0) {
        double below = mb_select(slopes + first, middle - first, middle - 1 - first);
        fit->slope = below + (fit->slope - below) / 2;
    }
}

static void find_steps(const double *at, const double *medians, size_t value_count, mb_sweep_fit *fit)
{
    for (size_t i = 1; i < value_count; i++) {
        double step = medians[i] - medians[i - 1], width = at[i] - at[i - 1];
        double local = step / width, excess = step - fit->slope * width;
        fit->local_low = i == 1 || local < fit->local_low ? local : fit->local_low;
        fit->local_high = i == 1 || local > fit->local_high ? local : fit->local_high;
        if (i > 1 && excess <= fit->step_excess)
            continue;
        fit->step = step;
        fit->step_from = at[i - 1];
        fit->step_to = at[i];
        fit->step_excess = excess;
    }
}

/* Median slope of the medians from one size to another; 0 where there is no pair. */
static double part_slope(const sized *of, size_t first, size_t last, double *slopes)
{
    size_t slope_count = pair_slopes(of->x + first, of->medians + first, last - first + 1, slopes);
    return slope_count > 0 ? mb_median_select(slopes, slope_count) : 0;
}

/* All but the growth class. slopes: room for a slope of each pair of each row; scratch: as many values as points. */
static void fit_line(const sized *of, const double *x, const double *y, size_t count, double confidence_level,
                     double *slopes, double *scratch, mb_sweep_fit *fit)
{
    fit->point_count = count;
    fit->value_count = of->count;
    fit->x_low = x[0];
    fit->x_high = x[count - 1];
    find_slope(of, confidence_level, slopes, scratch, fit);
    for (size_t i = 0; i < count; i++)
        scratch[i] = y[i] - fit->slope * x[i];
    fit->overhead = mb_median_select(scratch, count);
    find_steps(of->x, of->medians, of->count, fit);
    if (fit->is_exact) {
        fit->has_interval = true;
        fit->slope_low = fit->local_low;
        fit->slope_high = fit->local_high;
    }
    fit->lower_slope = fit->upper_slope = fit->slope;
    if (of->count < 4) /* two values a half are the least */
        return;
    /* With an odd number of values the middle one belongs to both halves. */
    fit->lower_slope = part_slope(of, 0, (of->count - 1) / 2, slopes);
    fit->upper_slope = part_slope(of, of->count / 2, of->count - 1, slopes);
}

/* No class falls, so what does looks constant; turned upside down it grows. y is turned. */
static bool falls(const double *x, double *y, size_t count, double quantum)
{
    double highest = y[0];
    for (size_t i = 1; i < count; i++)
        highest = fmax(highest, y[i]);
    for (size_t i = 0; i < count; i++)
        y[i] = highest - y[i];
    return mb_growth_find(x, y, count, quantum).growth != MB_GROWTH_CONSTANT;
}

/* Takes over points of at most MB_FIT_POINTS_MAX sizes, spread over all, and as many samples of each as a test takes;
 * how many points, of how many sizes, and the fewest samples of one. */
static size_t take_points(const double *x, const double *y, size_t count, double *some_x, double *some_y,
                          size_t *size_count, size_t *least_samples)
{
    size_t all = 1, taken = 0;
    for (size_t i = 1; i < count; i++)
        all += x[i] != x[i - 1];
    *size_count = all < MB_FIT_POINTS_MAX ? all : MB_FIT_POINTS_MAX;
    *least_samples = MB_STATS_SAMPLES_MAX;
    for (size_t start = 0, end, at = 0, wanted = 0; start < count; start = end, at++) {
        for (end = start; end < count && x[end] == x[start]; end++)
            continue;
        if (at != wanted * (all - 1) / (*size_count - 1))
            continue;
        size_t held = end - start < MB_STATS_SAMPLES_MAX ? end - start : MB_STATS_SAMPLES_MAX;
        *least_samples = held < *least_samples ? held : *least_samples;
        wanted++;
        for (size_t i = 0; i < held; i++) {
            some_x[taken] = x[start];
            some_y[taken++] = y[start + i];
        }
    }
    return taken;
}

/* As many rows as there are samples of the size with the fewest, or fewer, so that the pairs stay within their
 * limit; where a size has more samples than rows, the median of its share of them. */
static void make_rows(const double *x, const double *y, size_t count, sized *of)
{
    double scratch[MB_STATS_SAMPLES_MAX];
    size_t n = 0;
    for (size_t start = 0, end; start < count; start = end, n++) {
        for (end = start; end < count && x[end] == x[start]; end++)
            scratch[end - start] = y[end];
        size_t held = end - start;
        of->x[n] = x[start];
        of->medians[n] = mb_median(scratch, held);
        for (size_t r = 0; r < of->row_count; r++) {
            size_t first = held * r / of->row_count, next = held * (r + 1) / of->row_count;
            memcpy(scratch, y + start + first, (next - first) * sizeof *scratch);
            of->rows[r * of->count + n] = mb_median(scratch, next - first);
        }
    }
}

bool mb_sweep_fit_points(const double *x, const double *y, size_t count, bool is_exact, double quantum,
                         double confidence_level, bool *is_fitted, mb_sweep_fit *fit)
{
    *is_fitted = false;
    if (count == 0 || x[count - 1] == x[0])
        return true;
    double *some_x = malloc(2 * count * sizeof *some_x), *some_y = some_x + count;
    if (some_x == NULL)
        return false;
    sized of = {0};
    size_t least_samples, taken = take_points(x, y, count, some_x, some_y, &of.count, &least_samples);
    size_t pairs = of.count * (of.count - 1) / 2, rows_most = PAIRS_MAX / pairs > 0 ? PAIRS_MAX / pairs : 1;
    of.row_count = least_samples < rows_most ? least_samples : rows_most;
    double *scratch = malloc((of.count * (of.row_count + 2) + of.row_count * pairs + taken) * sizeof *scratch);
    if (scratch == NULL) {
        free(some_x);
        return false;
    }
    of.x = scratch;
    of.medians = of.x + of.count;
    of.rows = of.medians + of.count;
    double *slopes = of.rows + of.row_count * of.count;
    make_rows(some_x, some_y, taken, &of);
    mb_sweep_fit made = {.is_exact = is_exact};
    fit_line(&of, some_x, some_y, taken, confidence_level, slopes, slopes + of.row_count * pairs, &made);
    made.growth.growth = MB_GROWTH_NONE;
    if (quantum > 0) {
        made.growth = mb_growth_find(some_x, some_y, taken, quantum);
        if (made.slope_high < 0 && falls(some_x, some_y, taken, quantum))
            made.growth = (mb_growth_fit){.growth = MB_GROWTH_NONE};
    }
    free(scratch);
    free(some_x);
    *fit = made;
    *is_fitted = true;
    return true;
}

/* P(T >= t) for t > 0 with a whole number of degrees of freedom: the finite sums of Abramowitz and Stegun, 26.7.3-4. */
static double t_tail(double t, size_t freedom)
{
    double angle = atan2(t, sqrt((double)freedom)), cosine = cos(angle), sum = 0;
    double term = freedom % 2 == 1 ? cosine : 1;
    for (size_t k = freedom % 2 == 1 ? 3 : 2; k <= freedom; k += 2) {
        sum += term;
        term *= cosine * cosine * (double)(k - 1) / (double)k;
    }
    double inside = sin(angle) * sum;
    if (freedom % 2 == 1)
        inside = 2 / acos(-1) * (angle + inside);
    return fmax(0, (1 - inside) / 2);
}

/* The t test for weights in proportion to 1 / (scatter at x)². */
static double weighted_rise_p(const double *x, const double *shift, const double *weights, size_t count, double quantum)
{
    double w = 0, wx = 0, ws = 0, xx = 0, xs = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        w += weights[i];
        wx += weights[i] * x[i];
        ws += weights[i] * shift[i];
    }
    double x_mean = wx / w, s_mean = ws / w;
    for (size_t i = 0; i < count; i++) {
        xx += weights[i] * (x[i] - x_mean) * (x[i] - x_mean);
        xs += weights[i] * (x[i] - x_mean) * (shift[i] - s_mean);
    }
    double slope = xs / xx;
    if (!(slope > 0))
        return 1;
    for (size_t i = 0; i < count; i++) {
        double rest = shift[i] - s_mean - slope * (x[i] - x_mean);
        squares += weights[i] * rest * rest;
    }
    /* Both sides of a shift are rounded to quanta. */
    double variance = fmax(squares / (double)(count - 2), w / (double)count * quantum * quantum / 6);
    return t_tail(slope / sqrt(variance / xx), count - 2);
}

double mb_sweep_rise_p(const double *x, const double *shift, const double *level, size_t count, double quantum)
{
    if (count < 4 || count > MB_FIT_POINTS_MAX)
        return 1;
    double weights[MB_FIT_POINTS_MAX];
    for (size_t i = 0; i < count; i++)
        weights[i] = 1;
    double p = weighted_rise_p(x, shift, weights, count, quantum);
    for (size_t i = 0; i < count; i++) {
        double size = fmax(fabs(level[i]), quantum);
        weights[i] = 1 / (size * size);
    }
    return fmax(p, weighted_rise_p(x, shift, weights, count, quantum));
}
