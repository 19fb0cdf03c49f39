#include "report/sweep_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Unit and digits in which a slope and its bounds are written. */
typedef struct scale {
    double divisor;
    const char *unit;
    int decimals;
} scale;

static scale scale_of(mb_metric metric, double size)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
    bool is_bytes = mb_metric_info(metric)->kind == MB_KIND_BYTES;
    scale s = {1, is_bytes ? units[0] : "", 0};
    for (size_t i = 1; is_bytes && size / s.divisor >= (i == 1 ? 1023.5 : 999.5) && i < sizeof units / sizeof units[0];
         i++) {
        s.divisor *= 1024;
        s.unit = units[i];
    }
    double shown = size / s.divisor;
    while (shown > 0 && shown < 99.95 && s.decimals < 8) {
        s.decimals++;
        shown *= 10;
    }
    return s;
}

static double clean(double value, const scale *s)
{
    double shown = value / s->divisor;
    return fabs(shown) < 0.5 * pow(10, -s->decimals) ? 0 : shown; /* no "-0.00" */
}

const char *mb_sweep_words_slope(mb_metric metric, double slope, char text[MB_WORDS_TEXT_MAX])
{
    scale s = scale_of(metric, fabs(slope));
    snprintf(text, MB_WORDS_TEXT_MAX, "%.*f%s", s.decimals, clean(slope, &s), s.unit);
    return text;
}

const char *mb_sweep_words_line(const mb_sweep *sweep, const mb_sweep_metric *metric, char text[MB_SWEEP_LINE_MAX])
{
    const mb_sweep_fit *fit = &metric->current.fit;
    double size = fit->slope != 0 ? fabs(fit->slope) : fmax(fabs(fit->slope_low), fabs(fit->slope_high));
    scale s = scale_of(metric->metric, size);
    char overhead[MB_WORDS_TEXT_MAX];
    double fixed = fabs(fit->overhead) < 0.5 ? 0 : fit->overhead;
    mb_words_value(metric->metric, fabs(fixed), false, overhead);
    snprintf(text, MB_SWEEP_LINE_MAX, "%.*f%s per %.63s [%.*f, %.*f] %c %.60s", s.decimals, clean(fit->slope, &s),
             s.unit, sweep->unit_word, s.decimals, clean(fit->slope_low, &s), s.decimals, clean(fit->slope_high, &s),
             fixed < 0 ? '-' : '+', overhead);
    return text;
}

const char *mb_sweep_words_growth(const mb_sweep_fit *fit, char text[MB_WORDS_TEXT_MAX])
{
    const mb_growth_fit *growth = &fit->growth;
    text[0] = '\0';
    if (growth->has_exponent)
        snprintf(text, MB_WORDS_TEXT_MAX, "no class, about N^%.2f [%.2f, %.2f]", growth->exponent, growth->exponent_low,
                 growth->exponent_high);
    else if (growth->growth == MB_GROWTH_NONE && fit->value_count >= MB_GROWTH_VALUES_MIN)
        strcpy(text, fit->slope_high < 0 ? "shrinks" : "no class");
    size_t used = 0;
    for (int g = 0; g < MB_GROWTH_COUNT; g++)
        if (growth->is_possible[g])
            used += (size_t)snprintf(text + used, MB_WORDS_TEXT_MAX - used, "%sO(%s)", used > 0 ? " or " : "",
                                     mb_growth_name((mb_growth)g));
    if (growth->step_units > 0)
        snprintf(text + used, MB_WORDS_TEXT_MAX - used, ", in steps of %.3g", growth->step_units);
    return text;
}

const char *mb_sweep_words_range(const mb_sweep *sweep, char text[MB_SWEEP_LINE_MAX])
{
    char low[MB_UNITS_TEXT_MAX], high[MB_UNITS_TEXT_MAX];
    snprintf(text, MB_SWEEP_LINE_MAX, "for %.100s in [%s, %s]", sweep->param,
             mb_format_param(sweep->x_low, sweep->unit, low), mb_format_param(sweep->x_high, sweep->unit, high));
    return text;
}

bool mb_sweep_has_step(const mb_sweep_metric *metric)
{
    const mb_sweep_fit *fit = &metric->current.fit;
    double least = mb_metric_info(metric->metric)->per_page ? 4 * 4096 : 0;
    double reach = fabs(fit->slope) * (fit->x_high - fit->x_low);
    return fit->step_excess > least && fit->step_excess > 0.25 * fmax(reach, fabs(fit->overhead));
}

const char *mb_sweep_words_step(const mb_sweep *sweep, const mb_sweep_metric *metric, char text[MB_SWEEP_LINE_MAX])
{
    const mb_sweep_fit *fit = &metric->current.fit;
    char step[MB_WORDS_TEXT_MAX], line[MB_WORDS_TEXT_MAX], from[MB_UNITS_TEXT_MAX], to[MB_UNITS_TEXT_MAX];
    snprintf(text, MB_SWEEP_LINE_MAX, "%.60s from %s to %s, %.60s on the line",
             mb_words_value(metric->metric, fit->step, true, step),
             mb_format_param((uint64_t)fit->step_from, sweep->unit, from),
             mb_format_param((uint64_t)fit->step_to, sweep->unit, to),
             mb_words_value(metric->metric, round(fit->step - fit->step_excess), true, line));
    return text;
}

const char *mb_sweep_words_change(const mb_sweep *sweep, const mb_sweep_metric *metric, const char *arrow,
                                  char text[MB_SWEEP_LINE_MAX])
{
    char was[MB_WORDS_TEXT_MAX], is[MB_WORDS_TEXT_MAX], ratio[MB_WORDS_TEXT_MAX];
    mb_sweep_words_slope(metric->metric, metric->baseline.fit.slope, was);
    mb_sweep_words_slope(metric->metric, metric->current.fit.slope, is);
    int used = snprintf(text, MB_SWEEP_LINE_MAX, "%.40s %s %.40s per %.63s", was, arrow, is, sweep->unit_word);
    if (metric->has_ratio)
        snprintf(text + used, (size_t)(MB_SWEEP_LINE_MAX - used), " (%.40s)", mb_words_ratio(metric->ratio, ratio));
    return text;
}

const char *mb_sweep_words_findings(size_t finding_count, size_t slope_count, char text[MB_WORDS_TEXT_MAX])
{
    char cases[MB_WORDS_TEXT_MAX] = "", slopes[MB_WORDS_TEXT_MAX] = "";
    if (finding_count > slope_count)
        mb_words_number(finding_count - slope_count, "case", "cases", cases);
    if (slope_count > 0)
        mb_words_number(slope_count, "slope", "slopes", slopes);
    snprintf(text, MB_WORDS_TEXT_MAX, "%.40s%s%.40s", cases, cases[0] != '\0' && slopes[0] != '\0' ? " and " : "",
             slopes);
    return text;
}

const char *mb_sweep_words_finding(mb_metric metric, double ratio, double difference, char text[MB_WORDS_TEXT_MAX])
{
    char percent[MB_WORDS_TEXT_MAX] = "", slope[MB_WORDS_TEXT_MAX];
    if (ratio > 0)
        mb_words_ratio(ratio, percent);
    snprintf(text, MB_WORDS_TEXT_MAX, "slope %.30s%s%s%.30s a unit%s", percent, ratio > 0 ? " (" : "",
             difference > 0 ? "+" : "", mb_sweep_words_slope(metric, difference, slope), ratio > 0 ? ")" : "");
    return text;
}

/* How many values of N the sweep has for a metric; 0 when none. */
static size_t values_of(const mb_sweep *sweep, mb_metric metric)
{
    for (size_t i = 0; i < sweep->metric_count; i++)
        if (sweep->metrics[i].metric == metric && sweep->metrics[i].current.is_fitted)
            return sweep->metrics[i].current.fit.value_count;
    return 0;
}

/* As mb_case_is_of_iterations says of one case. */
static bool is_of_iterations(const mb_sweep *sweep)
{
    return values_of(sweep, mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY)) > 0 &&
           values_of(sweep, mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)) == 0 &&
           values_of(sweep, mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)) > 0;
}

bool mb_sweep_is_shown(const mb_sweep *sweep, const mb_sweep_metric *metric, const bool *wanted)
{
    if (!metric->current.is_fitted)
        return false;
    if (wanted != NULL)
        return wanted[metric->metric];
    mb_quantity quantity = mb_metric_quantity(metric->metric);
    if (is_of_iterations(sweep))
        return metric->metric == mb_metric_of(MB_HEAP_ALLOC_BYTES, MB_WINDOW_STEADY) ||
               metric->metric == mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY) ||
               metric->metric == mb_metric_of(MB_HEAP_RETAINED_BYTES, MB_WINDOW_STEADY);
    if (quantity != MB_HEAP_LIVE_BYTES && quantity != MB_ANON_DELTA_BYTES)
        return false;
    mb_metric cold = mb_metric_of(quantity, MB_WINDOW_COLD), steady = mb_metric_of(quantity, MB_WINDOW_STEADY);
    return metric->metric == (values_of(sweep, steady) >= values_of(sweep, cold) ? steady : cold);
}
