/* A sweep as a small plot of characters: what was measured now and in the baseline, and the line through it. */
#include "base/utf8.h"
#include "report/paint.h"
#include "report/sweep_words.h"
#include "report/text.h"

#include <math.h>
#include <string.h>

enum { ROWS = 8, COLUMNS_MAX = 64, COLUMNS_MIN = 12, LABEL_COLUMNS = 10 };

typedef enum plot_mark { PLOT_NOTHING, PLOT_FIT, PLOT_BASELINE, PLOT_NOW, PLOT_MARK_COUNT } plot_mark;

typedef struct plot {
    unsigned char cells[ROWS][COLUMNS_MAX]; /* plot_mark; the first row is the lowest */
    int columns;
    double x_low, x_high, y_low, y_high;
} plot;

static const char *glyph(plot_mark mark, bool unicode)
{
    static const char *const fine[PLOT_MARK_COUNT] = {" ", "·", "○", "●"};
    static const char *const plain[PLOT_MARK_COUNT] = {" ", ".", "o", "*"};
    return (unicode ? fine : plain)[mark];
}

/* A mark hides those of lower rank. */
static void set_cell(plot *made, double x, double y, plot_mark mark)
{
    long column = lround((x - made->x_low) / (made->x_high - made->x_low) * (made->columns - 1));
    long row = lround((y - made->y_low) / (made->y_high - made->y_low) * (ROWS - 1));
    if (column < 0 || column >= made->columns || row < 0 || row >= ROWS || made->cells[row][column] >= mark)
        return;
    made->cells[row][column] = (unsigned char)mark;
}

static void widen(plot *made, double y)
{
    made->y_low = fmin(made->y_low, y);
    made->y_high = fmax(made->y_high, y);
}

static double fit_at(const mb_sweep_fit *fit, double x) { return fit->overhead + fit->slope * x; }

/* The scales: all of N; from 0 up, so that what is there at every N is seen as such. False when all is one point. */
static bool find_scales(plot *made, const mb_sweep *sweep, const mb_sweep_metric *metric)
{
    made->x_low = (double)sweep->x_low;
    made->x_high = (double)sweep->x_high;
    for (size_t i = 0; i < metric->current.count; i++)
        widen(made, metric->current.y[i]);
    for (size_t i = 0; i < metric->baseline.count; i++)
        widen(made, metric->baseline.y[i]);
    return made->x_high > made->x_low && made->y_high > made->y_low;
}

static void fill(plot *made, const mb_sweep_metric *metric)
{
    for (int column = 0; metric->current.is_fitted && column < made->columns; column++) {
        double x = made->x_low + (made->x_high - made->x_low) * column / (made->columns - 1);
        set_cell(made, x, fit_at(&metric->current.fit, x), PLOT_FIT);
    }
    for (size_t i = 0; i < metric->baseline.count; i++)
        set_cell(made, metric->baseline.x[i], metric->baseline.y[i], PLOT_BASELINE);
    for (size_t i = 0; i < metric->current.count; i++)
        set_cell(made, metric->current.x[i], metric->current.y[i], PLOT_NOW);
}

static void write_rows(const mb_report *report, const plot *made, mb_metric metric)
{
    bool unicode = report->options.unicode;
    for (int row = ROWS - 1; row >= 0; row--) {
        char label[MB_WORDS_TEXT_MAX] = "";
        bool has_label = row == ROWS - 1 || row == 0;
        if (has_label)
            mb_words_value(metric, row == 0 ? made->y_low : made->y_high, false, label);
        mb_terminal_put_right(report, MB_COLOR_DIM, label, LABEL_COLUMNS);
        mb_terminal_put(report, MB_COLOR_DIM, unicode ? (has_label ? " ┤" : " │") : " |");
        int last = made->columns;
        while (last > 0 && made->cells[row][last - 1] == PLOT_NOTHING)
            last--;
        for (int column = 0; column < last; column++) {
            plot_mark mark = (plot_mark)made->cells[row][column];
            mb_terminal_put(report, mark == PLOT_NOW ? MB_COLOR_BOLD : MB_COLOR_DIM, glyph(mark, unicode));
        }
        fputc('\n', report->file);
    }
}

/* The axis of N: its ends, and what it counts. */
static void write_axis(const mb_report *report, const plot *made, const mb_sweep *sweep)
{
    bool unicode = report->options.unicode;
    char low[MB_UNITS_TEXT_MAX], high[MB_UNITS_TEXT_MAX], name[MB_NAME_BYTES_MAX + 1];
    mb_terminal_pad(report, LABEL_COLUMNS);
    mb_terminal_put(report, MB_COLOR_DIM, unicode ? " └" : " +");
    for (int column = 0; column < made->columns; column++)
        mb_terminal_put(report, MB_COLOR_DIM, unicode ? "─" : "-");
    fputc('\n', report->file);
    mb_format_param(sweep->x_low, sweep->unit, low);
    mb_format_param(sweep->x_high, sweep->unit, high);
    mb_utf8_shorten(sweep->param, made->columns - mb_text_columns(low) - mb_text_columns(high) - 2, unicode, name,
                    sizeof name);
    int gap = made->columns - mb_text_columns(low) - mb_text_columns(name) - mb_text_columns(high), before = gap / 2;
    mb_terminal_pad(report, LABEL_COLUMNS + 2);
    mb_terminal_put(report, MB_COLOR_DIM, low);
    mb_terminal_pad(report, before);
    mb_terminal_put(report, MB_COLOR_DIM, name);
    mb_terminal_pad(report, gap - before);
    mb_terminal_put(report, MB_COLOR_DIM, high);
    fputc('\n', report->file);
}

/* "  memory_job_creation, heap  ● now  ○ baseline  · line" */
static void write_legend(const mb_report *report, const mb_sweep *sweep, const mb_sweep_metric *metric)
{
    bool unicode = report->options.unicode;
    char marks[MB_WORDS_TEXT_MAX], name[MB_ID_BYTES_MAX], clean[MB_ID_BYTES_MAX];
    snprintf(marks, sizeof marks, "  %s now%s%s%s%s%s", glyph(PLOT_NOW, unicode),
             metric->baseline.count > 0 ? "  " : "", metric->baseline.count > 0 ? glyph(PLOT_BASELINE, unicode) : "",
             metric->baseline.count > 0 ? " baseline" : "", metric->current.is_fitted ? "  " : "",
             metric->current.is_fitted ? glyph(PLOT_FIT, unicode) : "");
    const char *end = metric->current.is_fitted ? " line" : "", *label = mb_words_label(metric->metric);
    int taken = 2 + 2 + mb_text_columns(label) + mb_text_columns(marks) + mb_text_columns(end);
    mb_utf8_clean(sweep->name, unicode, clean, sizeof clean);
    mb_utf8_shorten(clean, report->options.width_columns - taken, unicode, name, sizeof name);
    mb_terminal_pad(report, 2);
    mb_terminal_put(report, MB_COLOR_DIM, name);
    mb_terminal_put(report, MB_COLOR_DIM, name[0] != '\0' ? ", " : "");
    mb_terminal_put(report, MB_COLOR_DIM, label);
    fprintf(report->file, "%s%s\n", marks, end);
}

void mb_text_plot(const mb_report *report, const mb_report_sweep *sweep, const mb_sweep_metric *metric)
{
    plot made = {.columns = report->options.width_columns - LABEL_COLUMNS - 3};
    if (made.columns > COLUMNS_MAX)
        made.columns = COLUMNS_MAX;
    if (made.columns < COLUMNS_MIN || !find_scales(&made, sweep, metric))
        return;
    fill(&made, metric);
    write_legend(report, sweep, metric);
    write_rows(report, &made, metric->metric);
    write_axis(report, &made, sweep);
}
