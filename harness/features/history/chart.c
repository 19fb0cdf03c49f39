/* A curve as a terminal shows it. */
#include "features/history/curve.h"

#include "base/utf8.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

enum { ROWS = 8, LABEL_COLUMNS = 11, COLUMNS_MAX = 400, POINT_COLUMNS_MAX = 4, LISTED_MAX = 10, LEAST_COLUMNS = 8 };

typedef enum glyph { BLANK, LEVEL, UPRIGHT, RISES_FROM, RISES_TO, FALLS_FROM, FALLS_TO, GLYPH_COUNT } glyph;
static const char *const fine[GLYPH_COUNT] = {" ", "─", "│", "╯", "╭", "╮", "╰"};
static const char *const plain[GLYPH_COUNT] = {" ", "-", "|", "+", "+", "+", "+"};

typedef struct chart {
    unsigned char cells[ROWS][COLUMNS_MAX]; /* row 0 is the lowest */
    bool is_marked[COLUMNS_MAX];
    int columns; /* used */
    double low, high;
} chart;

static void fill(chart *c, int column, int from, int to, glyph kind)
{
    for (int row = from; row <= to; row++)
        c->cells[row][column] = (unsigned char)kind;
}

static int row_of(const chart *c, double value)
{
    return (int)lround((value - c->low) / (c->high - c->low) * (ROWS - 1));
}

/* Draws what lies between two rows, and the way from the column before, which ended between the last two. */
static void draw_column(chart *c, int column, int low, int high, int last_low, int last_high)
{
    if (low < high) {
        fill(c, column, low < last_high ? low : last_high, high > last_low ? high : last_low, UPRIGHT);
    } else if (low > last_high) {
        fill(c, column, last_high, low, UPRIGHT);
        c->cells[last_high][column] = RISES_FROM;
        c->cells[low][column] = RISES_TO;
    } else if (high < last_low) {
        fill(c, column, high, last_low, UPRIGHT);
        c->cells[last_low][column] = FALLS_FROM;
        c->cells[high][column] = FALLS_TO;
    } else {
        c->cells[low][column] = LEVEL;
    }
}

/* One point has one to four columns, or one column has several points: then it shows all that lies between them. */
static void draw(chart *c, const mb_history_series *series, int width)
{
    size_t count = series->count;
    size_t wide = count <= (size_t)width ? (size_t)width / count : 0;
    wide = wide > POINT_COLUMNS_MAX ? POINT_COLUMNS_MAX : wide;
    c->columns = wide > 0 ? (int)(count * wide) : width;
    int last_low = -1, last_high = -1;
    for (int column = 0; column < c->columns; column++) {
        size_t first = wide > 0 ? (size_t)column / wide : (size_t)column * count / (size_t)width;
        size_t end = wide > 0 ? first + 1 : (size_t)(column + 1) * count / (size_t)width;
        int low = ROWS, high = -1;
        for (size_t i = first; i < end; i++) {
            int row = row_of(c, series->points[i].value);
            low = row < low ? row : low;
            high = row > high ? row : high;
        }
        if (last_low < 0) {
            last_low = low;
            last_high = high;
        }
        draw_column(c, column, low, high, last_low, last_high);
        last_low = low;
        last_high = high;
    }
}

static void mark_changes(chart *c, const mb_curve *curve)
{
    size_t count = curve->series->count;
    for (size_t i = 0; i < curve->change_count; i++) {
        size_t column = curve->changes[i].point.index * (size_t)c->columns / count;
        c->is_marked[column] = true;
    }
}

static void write_label(FILE *out, const char *label, bool unicode)
{
    fprintf(out, "%*s %s", LABEL_COLUMNS - 1, label, label[0] != '\0' ? (unicode ? "┤" : "+") : (unicode ? "│" : "|"));
}

/* Where top and bottom read the same the top says how far it lies above. */
static void write_rows(FILE *out, const chart *c, mb_metric metric, bool unicode)
{
    char low[MB_WORDS_TEXT_MAX], high[MB_WORDS_TEXT_MAX];
    mb_words_value(metric, c->low, false, low);
    mb_words_value(metric, c->high, false, high);
    if (strcmp(low, high) == 0)
        mb_words_value(metric, c->high - c->low, true, high);
    for (int row = ROWS - 1; row >= 0; row--) {
        int end = c->columns;
        while (end > 0 && c->cells[row][end - 1] == BLANK)
            end--;
        write_label(out, row == ROWS - 1 ? high : row == 0 ? low : "", unicode);
        for (int column = 0; column < end; column++)
            fputs((unicode ? fine : plain)[c->cells[row][column]], out);
        fputc('\n', out);
    }
}

static void write_axis(FILE *out, const chart *c, const mb_curve *curve, bool unicode)
{
    char first[MB_CURVE_TEXT_MAX], last[MB_CURVE_TEXT_MAX], date[MB_CURVE_TEXT_MAX], left[MB_CURVE_TEXT_MAX],
        right[MB_CURVE_TEXT_MAX];
    int end = c->columns;
    while (end > 0 && !c->is_marked[end - 1])
        end--;
    if (end > 0) {
        fprintf(out, "%*s", LABEL_COLUMNS + 1, "");
        for (int column = 0; column < end; column++)
            fputs(!c->is_marked[column] ? " " : unicode ? "▲" : "^", out);
        fputc('\n', out);
    }
    const mb_history_run *runs = curve->log->runs, *from = &runs[curve->series->points[0].run],
                         *to = &runs[curve->series->points[curve->series->count - 1].run];
    mb_curve_commit(from->commit, first);
    mb_curve_commit(to->commit, last);
    snprintf(left, sizeof left, "%.40s %.12s", first, mb_curve_date(from->time_s, date));
    snprintf(right, sizeof right, "%.40s %.12s", last, mb_curve_date(to->time_s, date));
    int gap = c->columns - (int)strlen(left) - (int)strlen(right);
    if (gap < 2) { /* no room for dates */
        snprintf(left, sizeof left, "%.40s", first);
        snprintf(right, sizeof right, "%.40s", last);
        gap = c->columns - (int)strlen(left) - (int)strlen(right);
    }
    fprintf(out, "%*s%s%*s%s\n", LABEL_COLUMNS + 1, "", left, gap < 2 ? 2 : gap, "", right);
}

static void write_changes(FILE *out, const mb_curve *curve, const mb_curve_style *style)
{
    size_t skipped = curve->change_count > LISTED_MAX ? curve->change_count - LISTED_MAX : 0;
    if (skipped > 0)
        fprintf(out, "  %zu earlier changes: membench history changes\n", skipped);
    for (size_t i = skipped; i < curve->change_count; i++) {
        const mb_curve_change *change = &curve->changes[i];
        const mb_history_run *run = &curve->log->runs[change->run];
        char difference[MB_CURVE_TEXT_MAX], commit[MB_CURVE_TEXT_MAX], date[MB_CURVE_TEXT_MAX],
            confidence[MB_CURVE_TEXT_MAX], note[MB_CURVE_TEXT_MAX];
        fprintf(out, "  %s%-22s%s %-9s %s %s  ", mb_curve_color(style, change), mb_curve_difference(change, difference),
                mb_curve_color_end(style), mb_curve_confidence(change, confidence),
                mb_curve_commit(run->commit, commit), mb_curve_date(run->time_s, date));
        mb_utf8_write(out, run->subject, style->unicode);
        fputc('\n', out);
        if (mb_curve_note(curve->log, change, style->unicode, note)[0] != '\0')
            fprintf(out, "    %s\n", note);
    }
}

/* "heap  167 KiB now, 149 to 180 KiB in 42 runs" */
static void write_head(FILE *out, const mb_curve *curve, const chart *c)
{
    char now[MB_WORDS_TEXT_MAX], low[MB_WORDS_TEXT_MAX], high[MB_WORDS_TEXT_MAX];
    const mb_history_series *series = curve->series;
    const mb_history_point *last = &series->points[series->count - 1];
    fprintf(out, "%s  %s now", mb_words_label(series->metric), mb_words_value(series->metric, last->value, false, now));
    if (c->low == c->high)
        fprintf(out, ", the same in %zu run%s\n", series->count, series->count == 1 ? "" : "s");
    else
        fprintf(out, ", %s to %s in %zu runs%s\n", mb_words_value(series->metric, c->low, false, low),
                mb_words_value(series->metric, c->high, false, high), series->count,
                series->is_exact ? "" : " (medians)");
}

void mb_curve_write_text(FILE *out, const mb_curve *curve, const mb_curve_style *style)
{
    chart c = {0};
    const mb_history_series *series = curve->series;
    int width = style->width_columns > 0 ? style->width_columns : 80;
    int plot_width = width - LABEL_COLUMNS - 2;
    plot_width = plot_width > COLUMNS_MAX ? COLUMNS_MAX : plot_width < LEAST_COLUMNS ? LEAST_COLUMNS : plot_width;
    c.low = c.high = series->points[0].value;
    for (size_t i = 1; i < series->count; i++) {
        c.low = fmin(c.low, series->points[i].value);
        c.high = fmax(c.high, series->points[i].value);
    }
    write_head(out, curve, &c);
    if (c.low == c.high)
        return;
    draw(&c, series, plot_width);
    mark_changes(&c, curve);
    write_rows(out, &c, series->metric, style->unicode);
    write_axis(out, &c, curve, style->unicode);
    write_changes(out, curve, style);
}
