/* Sweeps in the HTML report: the fits; their points are the samples of the cases. */
#include "report/html_write.h"
#include "report/sweep_words.h"

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

/* [slope, overhead, low, high], or null; the page draws no interval of the baseline. */
static void write_fit(mb_json_writer *json, const mb_sweep_side *side, bool has_interval)
{
    if (!side->is_fitted) {
        mb_json_write_null(json, NULL);
        return;
    }
    const mb_sweep_fit *fit = &side->fit;
    mb_json_write_open(json, NULL, '[');
    mb_json_write_number(json, NULL, rounded(fit->slope));
    mb_json_write_number(json, NULL, rounded(fit->overhead));
    if (has_interval) {
        mb_json_write_number(json, NULL, rounded(fit->slope_low));
        mb_json_write_number(json, NULL, rounded(fit->slope_high));
    }
    mb_json_write_close(json, ']');
}

/* What text says of it: "1.56 KiB per job [1.55, 1.57] + 12.0 KiB, O(N)", or why it says nothing. */
static void make_sentence(const mb_sweep *sweep, const mb_sweep_metric *one, char text[2 * MB_SWEEP_LINE_MAX])
{
    char line[MB_SWEEP_LINE_MAX], growth[MB_WORDS_TEXT_MAX];
    if (one->warning != NULL || !one->current.is_fitted) {
        snprintf(text, 2 * MB_SWEEP_LINE_MAX, "%s", one->warning != NULL ? one->warning : "");
        return;
    }
    mb_sweep_words_growth(&one->current.fit, growth);
    snprintf(text, 2 * MB_SWEEP_LINE_MAX, "%s%s%s", mb_sweep_words_line(sweep, one, line), *growth != '\0' ? ", " : "",
             growth);
}

/* Its metrics are [metric, 1 if the sentence is a warning, sentence, fit, baseline's fit, and if that was judged
 * verdict and change]. */
void mb_html_write_sweep(mb_json_writer *json, const mb_report_sweep *sweep)
{
    char text[2 * MB_SWEEP_LINE_MAX];
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "name", sweep->name);
    mb_json_write_text(json, "group", sweep->group);
    mb_json_write_text_if(json, "function", sweep->function);
    mb_json_write_text(json, "param", sweep->param);
    mb_json_write_open(json, "metrics", '[');
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *one = &sweep->metrics[i];
        if (!is_plotted(one->metric))
            continue;
        make_sentence(sweep, one, text);
        mb_json_write_open(json, NULL, '[');
        mb_json_write_count(json, NULL, (uint64_t)one->metric);
        mb_json_write_count(json, NULL, one->warning != NULL);
        mb_json_write_text(json, NULL, text);
        write_fit(json, &one->current, true);
        write_fit(json, &one->baseline, false);
        if (one->is_compared && one->verdict != MB_VERDICT_SHOWN) {
            mb_json_write_count(json, NULL, (uint64_t)one->verdict);
            mb_json_write_text(json, NULL, mb_sweep_words_change(sweep, one, "→", text));
        }
        mb_json_write_close(json, ']');
    }
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
}

void mb_html_write_sweep_rows(FILE *file, const mb_report_sweep *sweep)
{
    char text[2 * MB_SWEEP_LINE_MAX];
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *one = &sweep->metrics[i];
        if (!mb_sweep_is_shown(sweep, one, NULL) || !one->current.is_fitted)
            continue;
        fputs("<tr><th scope=\"row\">", file);
        mb_html_put(file, sweep->name);
        fprintf(file, "<td>%s<td>", mb_words_label(one->metric));
        make_sentence(sweep, one, text);
        mb_html_put(file, text);
        fputs(", ", file);
        mb_html_put(file, mb_sweep_words_range(sweep, text));
        fputs("<td>", file);
        mb_html_put(file, one->is_compared ? mb_sweep_words_change(sweep, one, "→", text) : "");
        fprintf(file, "<td>%s\n", one->is_compared ? mb_verdict_name(one->verdict) : "");
    }
}
