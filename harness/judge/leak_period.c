#include "judge/leak_period.h"

#include "base/sort.h"
#include "judge/leak_blocks.h"

#include <math.h>
#include <string.h>

enum { CELLS = 480, LAGS_MAX = CELLS / 3 + 4, PERIOD_CELLS_LEAST = 4, REFINE_CELLS = 2 };
static const double PEAK_LEAST = 0.6, TROUGH_MOST = 0.2, ENDING_RATIO = 0.7;

/* Student's t for 99 %, both sides, by degrees of freedom from 1; below 3.0 nobody needs to be. */
static const double t_table[] = {63.66, 9.92, 5.84, 4.60, 4.03, 3.71, 3.50, 3.36, 3.25, 3.17};

/* Takes the line of least squares off; the variance of the rest. */
static double take_line(double *cells, size_t count)
{
    double n = (double)count, x = 0, y = 0, xx = 0, xy = 0, variance = 0;
    for (size_t i = 0; i < count; i++) {
        x += (double)i;
        y += cells[i];
        xx += (double)i * (double)i;
        xy += (double)i * cells[i];
    }
    double slope = (n * xy - x * y) / (n * xx - x * x), overhead = (y - slope * x) / n;
    for (size_t i = 0; i < count; i++) {
        cells[i] -= overhead + slope * (double)i;
        variance += cells[i] * cells[i] / n;
    }
    return variance;
}

static double correlate(const double *cells, size_t count, size_t lag, double variance)
{
    double sum = 0;
    for (size_t i = 0; i + lag < count; i++)
        sum += cells[i] * cells[i + lag];
    return sum / (double)(count - lag) / variance;
}

mb_soak_period mb_soak_period_find(const double *time_seconds, const double *value_bytes, size_t count, double *scratch)
{
    double cells[CELLS], at[LAGS_MAX + 1];
    mb_soak_period none = {0};
    size_t cell_count = mb_soak_cells_cut(time_seconds, value_bytes, count, CELLS, 2, scratch, cells), lag = 1;
    if (cell_count < CELLS) /* cells that are missing would shift all lags */
        return none;
    double variance = take_line(cells, cell_count);
    if (!(variance > 0))
        return none;
    for (size_t l = 1; l <= LAGS_MAX; l++)
        at[l] = correlate(cells, cell_count, l, variance);
    while (lag <= LAGS_MAX && at[lag] > TROUGH_MOST)
        lag++;
    lag = lag < PERIOD_CELLS_LEAST ? PERIOD_CELLS_LEAST : lag;
    while (lag < LAGS_MAX && !(at[lag] > PEAK_LEAST && at[lag] >= at[lag - 1] && at[lag] >= at[lag + 1]))
        lag++;
    if (lag >= LAGS_MAX)
        return none;
    double period = (double)lag;
    for (size_t multiple = 2; multiple <= (LAGS_MAX - REFINE_CELLS) / (lag + 1); multiple++) {
        size_t near = (size_t)(period * (double)multiple + 0.5), best = near;
        if (near > LAGS_MAX) /* the period has grown with each multiple */
            break;
        for (size_t l = near - REFINE_CELLS; l <= near + REFINE_CELLS && l <= LAGS_MAX; l++)
            best = at[l] > at[best] ? l : best;
        period = (double)best / (double)multiple;
    }
    /* The line takes part of a wave along, which moves the peak: one a little beyond a third is that of a third. */
    period = fmin(period, CELLS / 3.0);
    double seconds = time_seconds[count - 1] - time_seconds[0];
    return (mb_soak_period){period * seconds / (double)cell_count, sqrt(variance)};
}

/* Of three periods there are two increments, over which no interval means anything. But each part of a period can be
 * compared with the same part of the next: low and high leave a quarter of these increments out at either end, since
 * those in which a tooth falls back are off. Growth that gets less from period to period is one that ends. */
static void fit_parts(const double *time_seconds, const double *value_bytes, size_t count, double period_seconds,
                      double from, double *scratch, mb_soak_periods *fit)
{
    enum { PARTS = 8, PERIODS = 3, INCREMENTS = (PERIODS - 1) * PARTS };
    double medians[PERIODS * PARTS], increments[INCREMENTS], early = 0, late = 0;
    size_t start = 0;
    while (start < count && time_seconds[start] < from)
        start++;
    for (size_t p = 0; p < PERIODS * PARTS; p++) {
        double end = from + (double)(p + 1) * period_seconds / PARTS;
        size_t next = start;
        while (next < count && (p + 1 == PERIODS * PARTS || time_seconds[next] < end))
            next++;
        if (next == start)
            return;
        memcpy(scratch, value_bytes + start, (next - start) * sizeof *scratch);
        medians[p] = mb_select(scratch, next - start, (next - start) / 2);
        start = next;
    }
    for (size_t i = 0; i < INCREMENTS; i++)
        increments[i] = medians[i + PARTS] - medians[i];
    early = mb_median((double[PARTS]){increments[0], increments[1], increments[2], increments[3], increments[4],
                                      increments[5], increments[6], increments[7]},
                      PARTS);
    late = mb_median(increments + PARTS, PARTS); /* sorts, each half by itself */
    mb_sort(increments, INCREMENTS);
    fit->low = increments[INCREMENTS / 4] / period_seconds;
    fit->high = increments[INCREMENTS - 1 - INCREMENTS / 4] / period_seconds;
    fit->has_parts = true;
    fit->is_ending = late < ENDING_RATIO * early;
}

mb_soak_periods mb_soak_periods_fit(const double *time_seconds, const double *value_bytes, size_t count,
                                    double period_seconds, double *scratch)
{
    double levels[MB_SOAK_PERIODS_MAX], mean = 0, squares = 0, end = time_seconds[count - 1];
    size_t wanted = (size_t)(MB_SOAK_WHOLE * (end - time_seconds[0]) / period_seconds), start = 0;
    mb_soak_periods fit = {0};
    wanted = wanted < MB_SOAK_PERIODS_MAX ? wanted : MB_SOAK_PERIODS_MAX;
    double from = end - (double)wanted * period_seconds;
    while (start < count && time_seconds[start] < from)
        start++;
    for (size_t p = 0; p < wanted; p++) {
        size_t next = start;
        while (next < count && (p + 1 == wanted || time_seconds[next] < from + (double)(p + 1) * period_seconds))
            next++;
        if (next == start)
            continue;
        memcpy(scratch, value_bytes + start, (next - start) * sizeof *scratch);
        levels[fit.count++] = mb_select(scratch, next - start, (next - start) / 2);
        start = next;
    }
    if (fit.count < 3)
        return fit;
    double n = (double)fit.count - 1;
    fit.first = levels[0];
    fit.last = levels[fit.count - 1];
    mean = (fit.last - fit.first) / n;
    for (size_t i = 1; i < fit.count; i++)
        squares += (levels[i] - levels[i - 1] - mean) * (levels[i] - levels[i - 1] - mean);
    size_t freedom = fit.count - 2, entries = sizeof t_table / sizeof t_table[0];
    double t = freedom <= entries ? t_table[freedom - 1] : t_table[entries - 1];
    double width = t * sqrt(squares / (n - 1)) / sqrt(n);
    fit.rate = mean / period_seconds;
    fit.low = (mean - width) / period_seconds;
    fit.high = (mean + width) / period_seconds;
    if (fit.count == 3)
        fit_parts(time_seconds, value_bytes, count, period_seconds, from, scratch, &fit);
    return fit;
}
