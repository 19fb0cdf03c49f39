/* Sweeps in the HTML report: the fits; their points are the samples of the cases. */
#include "report/html_write.h"
#include "report/words.h"

#include <math.h>
#include <stdlib.h>

/* What the page can plot; the other metrics of a sweep are in the text report with --verbose. */
static bool is_plotted(mb_metric metric)
{
    static const mb_quantity plotted[] = {MB_ANON_DELTA_BYTES, MB_RSS_DELTA_BYTES,  MB_HEAP_LIVE_BYTES,
                                          MB_HEAP_PEAK_BYTES,  MB_HEAP_ALLOC_COUNT, MB_REAL_TIME_NS};
    for (size_t i = 0; i < sizeof plotted / sizeof plotted[0]; i++)
        if (mb_metric_quantity(metric) == plotted[i])
            return true;
    return false;
}

static double rounded(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", value);
    return strtod(text, NULL);
}

/* [slope, low, high, overhead, is exact, growth], or null. */
static void write_fit(mb_json *json, const char *key, const mb_sweep_side *side)
{
    if (!side->is_fitted) {
        mb_json_write_null(json, key);
        return;
    }
    const mb_sweep_fit *fit = &side->fit;
    mb_json_write_open(json, key, '[');
    mb_json_write_number(json, NULL, rounded(fit->slope));
    mb_json_write_number(json, NULL, rounded(fit->slope_low));
    mb_json_write_number(json, NULL, rounded(fit->slope_high));
    mb_json_write_number(json, NULL, rounded(fit->overhead));
    mb_json_write_count(json, NULL, fit->is_exact);
    mb_json_write_text(json, NULL, mb_growth_name(fit->growth.growth));
    mb_json_write_text(json, NULL,
                       fit->growth.alternate != MB_GROWTH_NONE ? mb_growth_name(fit->growth.alternate) : NULL);
    mb_json_write_close(json, ']');
}

void mb_html_write_sweep(mb_json *json, const mb_report_sweep *sweep)
{
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "name", sweep->name);
    mb_json_write_text(json, "group", sweep->group);
    mb_json_write_text_if(json, "function", sweep->function);
    mb_json_write_text(json, "param", sweep->param);
    mb_json_write_text(json, "unitWord", sweep->unit_word);
    mb_json_write_open(json, "metrics", '[');
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *one = &sweep->metrics[i];
        if (!is_plotted(one->metric))
            continue;
        mb_json_write_open(json, NULL, '{');
        mb_json_write_count(json, "metric", (uint64_t)one->metric);
        write_fit(json, "current", &one->current);
        if (one->baseline.is_fitted)
            write_fit(json, "baseline", &one->baseline);
        if (one->is_compared)
            mb_json_write_count(json, "verdict", (uint64_t)one->verdict);
        mb_json_write_text_if(json, "warning", one->warning);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
}

/* Anonymous memory and heap, of the steady window where it was measured. */
static bool is_listed(const mb_report_sweep *sweep, mb_metric metric)
{
    mb_quantity quantity = mb_metric_quantity(metric);
    if (quantity != MB_ANON_DELTA_BYTES && quantity != MB_HEAP_LIVE_BYTES)
        return false;
    if (mb_metric_window(metric) == MB_WINDOW_STEADY)
        return true;
    for (size_t i = 0; i < sweep->metric_count; i++)
        if (sweep->metrics[i].metric == mb_metric_of(quantity, MB_WINDOW_STEADY))
            return false;
    return true;
}

/* A slope with decimals where a unit costs few bytes. */
static const char *format_slope(mb_metric metric, double slope, char text[MB_WORDS_TEXT_MAX])
{
    if (mb_metric_info(metric)->kind == MB_KIND_BYTES && fabs(slope) < 1000)
        snprintf(text, MB_WORDS_TEXT_MAX, "%.4g B", slope);
    else
        mb_words_value(metric, slope, false, text);
    return text;
}

void mb_html_write_sweep_rows(FILE *file, const mb_report_sweep *sweep)
{
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *one = &sweep->metrics[i];
        const mb_sweep_fit *fit = &one->current.fit;
        char slope[MB_WORDS_TEXT_MAX], low[MB_WORDS_TEXT_MAX], high[MB_WORDS_TEXT_MAX];
        if (!is_listed(sweep, one->metric) || !one->current.is_fitted)
            continue;
        fputs("<tr><th scope=\"row\">", file);
        mb_html_put(file, sweep->name);
        mb_html_printf(file, " (%s)", sweep->param);
        fprintf(file, "<td>%s", mb_words_label(one->metric));
        if (one->warning != NULL) {
            fputs("<td colspan=\"6\">", file);
            mb_html_put(file, one->warning);
            fputc('\n', file);
            continue;
        }
        fprintf(file, "<td class=\"n\">%s<td class=\"n\">%s to %s", format_slope(one->metric, fit->slope, slope),
                format_slope(one->metric, fit->slope_low, low), format_slope(one->metric, fit->slope_high, high));
        fprintf(file, "<td class=\"n\">%s<td>O(%s)", mb_words_value(one->metric, fit->overhead, false, slope),
                mb_growth_name(fit->growth.growth));
        fprintf(file, "<td class=\"n\">%s<td>%s\n",
                one->baseline.is_fitted ? format_slope(one->metric, one->baseline.fit.slope, slope) : "",
                one->is_compared ? mb_verdict_name(one->verdict) : "");
    }
}
