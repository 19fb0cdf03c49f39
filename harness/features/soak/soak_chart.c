#include "features/soak/soak_view.h"

#include "base/units.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_COLUMNS = 12, COLUMNS_MAX = 400, EIGHTHS = 8, WINDOW_SECONDS = 3600 };

typedef struct column {
    bool is_filled;
    double size_bytes; /* the greatest: a short peak is to be seen */
} column;

/* Sorts the last ticks into columns from the right; how many columns there are in all. */
static void fill_columns(const mb_soak_series *series, mb_soak_field field, column *columns, int count)
{
    const mb_soak_tick *last = &series->ticks[series->count - 1];
    double shown = fmin(last->time_seconds - series->ticks[0].time_seconds, WINDOW_SECONDS);
    double column_seconds = fmax(shown / count, series->about.interval_seconds);
    for (size_t i = series->count; i-- > 0;) {
        const mb_soak_tick *tick = &series->ticks[i];
        double back = (last->time_seconds - tick->time_seconds) / column_seconds, size_bytes;
        if (back >= count)
            break;
        column *place = &columns[count - 1 - (int)back];
        if (!mb_soak_tick_size(tick, field, &size_bytes))
            continue;
        if (!place->is_filled || size_bytes > place->size_bytes)
            place->size_bytes = size_bytes;
        place->is_filled = true;
    }
}

/* The scale; false when no column is filled. */
static bool find_scale(const column *columns, int count, double *low, double *high)
{
    bool has_any = false;
    for (int i = 0; i < count; i++) {
        if (!columns[i].is_filled)
            continue;
        *low = !has_any || columns[i].size_bytes < *low ? columns[i].size_bytes : *low;
        *high = !has_any || columns[i].size_bytes > *high ? columns[i].size_bytes : *high;
        has_any = true;
    }
    /* At least 64 KiB from bottom to top: a few pages are not a mountain. */
    double least = 64 * 1024;
    if (has_any && *high - *low < least) {
        *low = fmax(0, *low - (least - (*high - *low)) / 2);
        *high = *low + least;
    }
    return has_any;
}

typedef struct writing {
    char *text;
    size_t used;
} writing;

static void put(writing *w, const char *piece)
{
    size_t length = strlen(piece);
    if (w->used + length >= MB_SOAK_CHART_BYTES_MAX)
        return;
    memcpy(w->text + w->used, piece, length + 1);
    w->used += length;
}

static void put_label(writing *w, bool has_label, double size_bytes, bool unicode)
{
    char size[MB_UNITS_TEXT_MAX], label[MB_UNITS_TEXT_MAX + LABEL_COLUMNS];
    snprintf(label, sizeof label, "%*s ", LABEL_COLUMNS - 3, has_label ? mb_format_bytes(size_bytes, size) : "");
    put(w, label);
    put(w, unicode ? (has_label ? "┤ " : "│ ") : "| ");
}

/* How full the row is, 0 … 8. */
static int eighths_of(const column *column, double low, double high, int row, int rows)
{
    if (!column->is_filled)
        return 0;
    double filled = (column->size_bytes - low) / (high - low) * (rows * EIGHTHS - 1) + 1; /* the lowest shows, too */
    double in_row = filled - (double)(row * EIGHTHS);
    return in_row < 0 ? 0 : in_row > EIGHTHS ? EIGHTHS : (int)in_row;
}

void mb_soak_chart_format(const mb_soak_series *series, mb_soak_field field, int rows, const mb_soak_style *style,
                          char text[MB_SOAK_CHART_BYTES_MAX])
{
    static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {" ", "_", "_", ".", "-", "-", "=", "#", "#"};
    column columns[COLUMNS_MAX] = {0};
    writing w = {.text = text};
    int width = style->width_columns > 0 ? style->width_columns : 80, count = width - LABEL_COLUMNS - 1;
    double low = 0, high = 0;
    text[0] = '\0';
    count = count > COLUMNS_MAX ? COLUMNS_MAX : count;
    if (series->count < 2 || count < 8 || rows < 1)
        return;
    fill_columns(series, field, columns, count);
    if (!find_scale(columns, count, &low, &high))
        return;
    for (int row = rows - 1; row >= 0; row--) {
        bool has_label = row == rows - 1 || row == 0;
        put_label(&w, has_label, row == 0 ? low : high, style->unicode);
        for (int i = 0; i < count; i++)
            put(&w, (style->unicode ? blocks : plain)[eighths_of(&columns[i], low, high, row, rows)]);
        put(&w, "\n");
    }
}

static void append_piece(char *line, size_t size, int width_columns, const char *piece)
{
    size_t used = strlen(line);
    if (used + strlen(piece) <= (size_t)width_columns) /* ASCII: a byte a column */
        snprintf(line + used, size - used, "%s", piece);
}

void mb_soak_status_format(const mb_soak_series *series, const mb_soak_judgement *judgement, double end_seconds,
                           const mb_soak_style *style, char text[MB_SOAK_CHART_BYTES_MAX])
{
    char line[1024] = "", piece[2 * MB_SOAK_TEXT_MAX], time[MB_SOAK_TEXT_MAX], other[MB_SOAK_TEXT_MAX];
    char size[MB_UNITS_TEXT_MAX];
    const mb_soak_about *about = &series->about;
    const mb_soak_tick *last = &series->ticks[series->count - 1];
    double left_seconds = fmax(0, end_seconds - last->time_seconds) / (about->time_scale > 0 ? about->time_scale : 1);
    /* The last column stays free: a terminal may begin a new line after writing it. */
    int width = (style->width_columns > 0 && style->width_columns < 1000 ? style->width_columns : 80) - 1;
    snprintf(piece, sizeof piece, " %s", mb_soak_kind_name(last->kind));
    append_piece(line, sizeof line, width, piece);
    snprintf(piece, sizeof piece, " %zu/%zu", last->phase_index + 1, about->phase_count);
    append_piece(line, sizeof line, width, last->kind != MB_SOAK_TRIM ? piece : "");
    snprintf(piece, sizeof piece, "  %s of %s", mb_soak_clock_format(last->time_seconds, time),
             mb_soak_clock_format(end_seconds, other));
    append_piece(line, sizeof line, width, piece);
    snprintf(piece, sizeof piece, "  %s left", mb_soak_time_format(left_seconds, time));
    append_piece(line, sizeof line, width, piece);
    snprintf(piece, sizeof piece, "  RSS %s", mb_format_bytes(last->values[MB_SOAK_RSS_BYTES], size));
    append_piece(line, sizeof line, width, last->is_known[MB_SOAK_RSS_BYTES] ? piece : "");
    snprintf(piece, sizeof piece, "  MCP %.2f %%", last->values[MB_SOAK_MEMORY_PERCENT]);
    append_piece(line, sizeof line, width, last->is_known[MB_SOAK_MEMORY_PERCENT] ? piece : "");
    if (judgement != NULL && judgement->has_slope) {
        snprintf(piece, sizeof piece, "  %s", mb_soak_rate_format(judgement->slope.value, time));
        append_piece(line, sizeof line, width, piece);
    }
    snprintf(piece, sizeof piece, "  %s op", mb_format_count(last->values[MB_SOAK_OPERATION_COUNT], size));
    append_piece(line, sizeof line, width, last->is_known[MB_SOAK_OPERATION_COUNT] ? piece : "");
    mb_utf8_clean(line, style->unicode, text, (size_t)width + 1);
}
