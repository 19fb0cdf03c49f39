#include "judge/sweep_fit.h"

#include "judge/ranks.h"

#include <math.h>
#include <stdlib.h>

/* Slopes of all pairs with different x into slopes, sorted; how many. */
static size_t pair_slopes(const double *x, const double *y, size_t count, double *slopes)
{
    size_t slope_count = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (x[j] > x[i])
                slopes[slope_count++] = (y[j] - y[i]) / (x[j] - x[i]);
    mb_sort(slopes, slope_count);
    return slope_count;
}

/* z with P(|Z| <= z) = level, Z normal, by halving: exact to the last digits and called once a fit. */
static double normal_reach(double level)
{
    double low = 0, high = 40;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) > 1 - level)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Sen's interval: from the spread of Kendall's S without a trend to ranks of the sorted slopes. room: count values. */
static void find_interval(const double *x, const double *y, size_t count, const double *slopes, size_t slope_count,
                          double confidence_level, double *room, mb_sweep_fit *fit)
{
    double n = (double)count;
    for (size_t i = 0; i < count; i++)
        room[i] = y[i];
    mb_sort(room, count);
    double variance = (n * (n - 1) * (2 * n + 5) - mb_tie_term(x, count) - mb_tie_term(room, count)) / 18;
    double reach = normal_reach(confidence_level) * sqrt(fmax(variance, 0));
    double low = floor(((double)slope_count - reach) / 2), high = ceil(((double)slope_count + reach) / 2);
    fit->has_interval = low >= 1;
    size_t first = low >= 1 ? (size_t)low - 1 : 0;
    size_t last = low >= 1 && high < (double)slope_count ? (size_t)high : slope_count - 1;
    fit->slope_low = slopes[first];
    fit->slope_high = slopes[last];
}

/* The different x with the medians there into at and medians (count values of room each); how many. */
static size_t find_medians(const double *x, const double *y, size_t count, double *at, double *medians, double *room)
{
    size_t value_count = 0;
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start; end < count && x[end] == x[start]; end++)
            room[end - start] = y[end];
        at[value_count] = x[start];
        medians[value_count++] = mb_median(room, end - start);
    }
    return value_count;
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

/* Median slope over the points with x from low to high; 0 where no two x differ. */
static double part_slope(const double *x, const double *y, size_t count, double low, double high, double *slopes)
{
    size_t start = 0, end = count;
    while (start < count && x[start] < low)
        start++;
    while (end > start && x[end - 1] > high)
        end--;
    size_t slope_count = pair_slopes(x + start, y + start, end - start, slopes);
    return slope_count > 0 ? mb_median_sorted(slopes, slope_count) : 0;
}

/* All but the growth class. slopes: count² / 2 values of room; room: 3 · count. */
static void fit_line(const double *x, const double *y, size_t count, double confidence_level, double *slopes,
                     double *room, mb_sweep_fit *fit)
{
    double *at = room + count, *medians = room + 2 * count;
    size_t slope_count = pair_slopes(x, y, count, slopes);
    fit->point_count = count;
    fit->x_low = x[0];
    fit->x_high = x[count - 1];
    fit->slope = mb_median_sorted(slopes, slope_count);
    find_interval(x, y, count, slopes, slope_count, confidence_level, room, fit);
    for (size_t i = 0; i < count; i++)
        room[i] = y[i] - fit->slope * x[i];
    fit->overhead = mb_median(room, count);
    fit->value_count = find_medians(x, y, count, at, medians, room);
    find_steps(at, medians, fit->value_count, fit);
    if (fit->is_exact) {
        fit->has_interval = true;
        fit->slope_low = fit->local_low;
        fit->slope_high = fit->local_high;
    }
    /* With an odd number of values the middle one belongs to both halves. */
    fit->lower_slope = part_slope(x, y, count, at[0], at[(fit->value_count - 1) / 2], slopes);
    fit->upper_slope = part_slope(x, y, count, at[fit->value_count / 2], at[fit->value_count - 1], slopes);
    if (fit->value_count < 4) /* two values a half are the least */
        fit->lower_slope = fit->upper_slope = fit->slope;
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

bool mb_sweep_fit_points(const double *x, const double *y, size_t count, bool is_exact, double quantum,
                         double confidence_level, mb_sweep_fit *fit)
{
    if (count < 2 || x[count - 1] == x[0])
        return false;
    size_t taken = count < MB_FIT_POINTS_MAX ? count : MB_FIT_POINTS_MAX;
    double *room = malloc((taken * (taken - 1) / 2 + 5 * taken) * sizeof *room);
    if (room == NULL)
        return false;
    double *some_x = room, *some_y = some_x + taken, *rest = some_y + taken;
    for (size_t i = 0; i < taken; i++) {
        size_t from = taken > 1 ? i * (count - 1) / (taken - 1) : 0;
        some_x[i] = x[from];
        some_y[i] = y[from];
    }
    mb_sweep_fit made = {.is_exact = is_exact};
    fit_line(some_x, some_y, taken, confidence_level, rest + 3 * taken, rest, &made);
    made.growth = mb_growth_find(some_x, some_y, taken, quantum);
    if (made.slope_high < 0 && falls(some_x, some_y, taken, quantum))
        made.growth = (mb_growth_fit){.growth = MB_GROWTH_NONE};
    free(room);
    *fit = made;
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
