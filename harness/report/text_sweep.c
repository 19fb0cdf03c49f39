/* text_sweep.c: what a further unit costs, under the cases of a group: "memory_jobs: 1.56 KiB per job [1.55, 1.57] + …"
 */
#include "base/utf8.h"
#include "report/paint.h"
#include "report/sweep_words.h"
#include "report/text.h"

#include <string.h>

enum { NOTE_BYTES_MAX = 2 * MB_SWEEP_LINE_MAX };

static bool needs_look(const mb_sweep_metric *metric)
{
    return metric->gates && mb_verdict_role(metric->verdict) != MB_ROLE_PLAIN;
}

static bool is_shown(const mb_report *report, const mb_sweep *sweep, const mb_sweep_metric *metric)
{
    const mb_sweep_fit *fit = &metric->current.fit;
    bool is_nothing = fit->slope == 0 && fit->overhead == 0; /* needs no word unless it was asked for */
    if (report->options.metrics == NULL)
        return metric->current.is_fitted && (!is_nothing || needs_look(metric));
    return needs_look(metric) || mb_sweep_is_shown(sweep, metric, report->options.metrics);
}

/* A line of its own; the rest is named among the notes. */
static bool has_line(const mb_report *report, const mb_sweep *sweep, const mb_sweep_metric *metric)
{
    const mb_sweep_fit *fit = &metric->current.fit;
    if (!is_shown(report, sweep, metric))
        return false;
    return needs_look(metric) || metric->is_resolved || fit->growth.growth == MB_GROWTH_CONSTANT;
}

static const char *make_line(const mb_sweep *sweep, const mb_sweep_metric *metric, char text[2 * MB_SWEEP_LINE_MAX])
{
    char line[MB_SWEEP_LINE_MAX], growth[MB_WORDS_TEXT_MAX];
    mb_sweep_words_growth(&metric->current.fit, growth);
    snprintf(text, 2 * MB_SWEEP_LINE_MAX, "%s  %s%s%s", mb_sweep_words_line(sweep, metric, line),
             mb_words_label(metric->metric), growth[0] != '\0' ? ", " : "", growth);
    return text;
}

/* "    heap 1.16 KiB → 1.30 KiB per job (+12.0%)  REGRESSED" */
static void write_change(const mb_report *report, const mb_sweep *sweep, const mb_sweep_metric *metric, int indent)
{
    char change[MB_SWEEP_LINE_MAX];
    const char *verdict = mb_verdict_name(metric->verdict);
    mb_sweep_words_change(sweep, metric, mb_terminal_arrow(report), change);
    bool is_fitting = indent + mb_text_columns(change) + 2 + (int)strlen(verdict) <= report->options.width_columns;
    mb_terminal_pad(report, indent);
    if (is_fitting) {
        mb_terminal_put(report, MB_COLOR_PLAIN, change);
        fputs("  ", report->file);
    } else {
        mb_terminal_wrap(report, MB_COLOR_PLAIN, indent, indent + 2, change);
        mb_terminal_pad(report, indent + 2);
    }
    mb_terminal_put(report, mb_terminal_color(mb_verdict_role(metric->verdict)), verdict);
    fputc('\n', report->file);
    if (metric->reason != NULL) {
        mb_terminal_pad(report, indent);
        mb_terminal_wrap(report, MB_COLOR_DIM, indent, indent, metric->reason);
    }
}

/* The plain check, and the step that leaves the line most. */
static void write_details(const mb_report *report, const mb_sweep *sweep, const mb_sweep_metric *metric, int indent)
{
    const mb_sweep_fit *fit = &metric->current.fit;
    if (fit->lower_slope == fit->slope && fit->upper_slope == fit->slope) /* a straight line has none of it */
        return;
    char lower[MB_WORDS_TEXT_MAX], upper[MB_WORDS_TEXT_MAX], step[MB_SWEEP_LINE_MAX], line[2 * MB_SWEEP_LINE_MAX];
    snprintf(line, sizeof line, "%s; lower half %s, upper half %s; largest step %s", fit->is_exact ? "exact" : "varies",
             mb_sweep_words_slope(metric->metric, fit->lower_slope, lower),
             mb_sweep_words_slope(metric->metric, fit->upper_slope, upper), mb_sweep_words_step(sweep, metric, step));
    mb_terminal_pad(report, indent);
    mb_terminal_wrap(report, MB_COLOR_DIM, indent, indent, line);
}

static void append(char notes[NOTE_BYTES_MAX], const char *separator, const char *label, const char *text)
{
    size_t used = strlen(notes);
    snprintf(notes + used, NOTE_BYTES_MAX - used, "%s%s%s", used > 0 ? separator : "", label, text);
}

/* "for jobs in [10, 200]; anon: too small to measure in pages; heap: +1.00 MiB from 50 to 100, +58.0 KiB on the line"
 */
static void write_notes(const mb_report *report, const mb_sweep *sweep)
{
    char notes[NOTE_BYTES_MAX] = "", text[MB_SWEEP_LINE_MAX];
    append(notes, "", "", mb_sweep_words_range(sweep, text));
    bool is_noted[MB_METRIC_COUNT] = {false};
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *metric = &sweep->metrics[i];
        if (metric->warning == NULL || is_noted[i] || !is_shown(report, sweep, metric))
            continue;
        char labels[MB_SWEEP_LINE_MAX] = "";
        for (size_t k = i; k < sweep->metric_count; k++) {
            const mb_sweep_metric *other = &sweep->metrics[k];
            if (other->warning != metric->warning || !is_shown(report, sweep, other))
                continue;
            is_noted[k] = true;
            size_t used = strlen(labels);
            snprintf(labels + used, sizeof labels - used, "%s%s", used > 0 ? ", " : "", mb_words_label(other->metric));
        }
        append(notes, "; ", labels, ": ");
        append(notes, "", metric->warning, "");
    }
    mb_terminal_pad(report, 2);
    mb_terminal_wrap(report, MB_COLOR_DIM, 2, 2, notes);
}

/* Wrapped only where it must be: its two parts are two spaces apart. */
static void write_line(const mb_report *report, const char *line, int indent)
{
    if (indent + mb_text_columns(line) > report->options.width_columns) {
        mb_terminal_wrap(report, MB_COLOR_PLAIN, indent, indent + 2, line);
        return;
    }
    mb_terminal_put(report, MB_COLOR_PLAIN, line);
    fputc('\n', report->file);
}

static void write_sweep(const mb_report *report, const mb_sweep *sweep)
{
    char line[2 * MB_SWEEP_LINE_MAX];
    mb_terminal_put(report, MB_COLOR_BOLD, sweep->name);
    fputs(":\n", report->file);
    /* The heap is exact and counts bytes: it comes before pages. */
    for (int heap = 1; heap >= 0; heap--)
        for (size_t i = 0; i < sweep->metric_count; i++) {
            const mb_sweep_metric *metric = &sweep->metrics[i];
            if (!has_line(report, sweep, metric) || (mb_metric_info(metric->metric)->pass == MB_PASS_HEAP) != heap)
                continue;
            mb_terminal_pad(report, 2);
            write_line(report, make_line(sweep, metric, line), 2);
            if (needs_look(metric) || metric->is_compared)
                write_change(report, sweep, metric, 4);
            write_details(report, sweep, metric, 4);
        }
    write_notes(report, sweep);
}

/* The metric that is drawn: of those with a line the heap's, which is exact, else that of pages; of the steady window
 * where there is one. */
static const mb_sweep_metric *find_plotted(const mb_report *report, const mb_sweep *sweep)
{
    const mb_metric wanted[] = {
        mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY), mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY),
        mb_metric_of(MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD), mb_metric_of(MB_ANON_DELTA_BYTES, MB_WINDOW_COLD)};
    const mb_sweep_metric *any = NULL;
    for (size_t i = sweep->metric_count; i-- > 0;)
        if (has_line(report, sweep, &sweep->metrics[i]))
            any = &sweep->metrics[i];
    for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++)
        for (size_t i = 0; i < sweep->metric_count; i++)
            if (sweep->metrics[i].metric == wanted[w] && has_line(report, sweep, &sweep->metrics[i]))
                return &sweep->metrics[i];
    return any;
}

mb_status mb_text_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    (void)error;
    bool has_look = false, has_any = false;
    for (size_t i = 0; i < sweep->metric_count; i++) {
        has_look = has_look || needs_look(&sweep->metrics[i]);
        has_any = has_any || has_line(report, sweep, &sweep->metrics[i]) ||
                  (is_shown(report, sweep, &sweep->metrics[i]) && sweep->metrics[i].current.fit.slope != 0);
    }
    if (!has_any || (report->options.quiet && !has_look))
        return MB_OK;
    write_sweep(report, sweep);
    const mb_sweep_metric *plotted = find_plotted(report, sweep);
    if (plotted != NULL && !report->options.quiet)
        mb_text_plot(report, sweep, plotted);
    return MB_OK;
}
