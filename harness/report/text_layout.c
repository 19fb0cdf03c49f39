/* The table of a group as lines: which columns the width holds, and what is where.
 *
 * Values are right-aligned below their heading, the spread behind them, the note at the end. Where the width is
 * short, spreads go first, then the columns of least priority; a note that does not fit goes on below its row. Columns
 * asked for by --metrics are all shown: those that do not fit come in a second table of the same rows. Widths only grow
 * from group to group, so that the tables of a report are below each other. */
#include "base/utf8.h"
#include "report/text_rows.h"
#include "report/words.h"

#include <limits.h>
#include <string.h>

enum {
    GAP = 2,
    INDENT = 2,
    VALUE_MIN = 8,
    COUNT_MIN = 7,
    NOTE_MIN = 26,
    NOTE_MAX = 34,
    LABEL_MIN = 12,
    WIDE_COLUMNS = 140
};

/* What of the table one pass writes. */
typedef struct layout {
    size_t columns[MB_METRIC_COUNT]; /* from left to right, column_count of them */
    size_t column_count;
    bool with_spreads;
    bool is_last; /* notes are in the last of several tables */
    bool all;
} layout;

static bool is_written(const mb_text_row *row, bool all)
{
    return all || row->note.standing == MB_TEXT_CHANGED || row->note.standing == MB_TEXT_MEASURED;
}

static bool is_visible(const mb_report *report, const mb_text_rows *table, size_t column)
{
    return report->options.metrics != NULL || table->columns[column].is_shown;
}

static int heading_columns(const mb_text_column *column) { return mb_text_columns(mb_words_label(column->metric)); }

/* Grows what is too narrow for these rows. */
static void widen(const mb_report *report, mb_text_rows *table, bool all)
{
    int label_limit = report->options.width_columns / 2, group = mb_text_columns(table->group);
    int widest = LABEL_MIN < label_limit ? LABEL_MIN : label_limit;
    if (group > widest && group <= label_limit)
        widest = group;
    for (size_t r = 0; r < table->count; r++) {
        int columns = INDENT + mb_text_columns(table->rows[r].label);
        if (is_written(&table->rows[r], all) && columns > widest && columns <= label_limit)
            widest = columns;
    }
    if (widest > table->label_columns)
        table->label_columns = widest;
    for (size_t c = 0; c < table->column_count; c++) {
        mb_text_column *column = &table->columns[c];
        int least = mb_metric_info(column->metric)->kind == MB_KIND_BYTES ? VALUE_MIN : COUNT_MIN;
        int heading = heading_columns(column);
        column->value_columns = column->value_columns < least ? least : column->value_columns;
        column->value_columns = column->value_columns < heading ? heading : column->value_columns;
        column->spread_columns = 0; /* most tables have none: no place is kept for it */
        for (size_t r = 0; r < table->count; r++) {
            const mb_text_cell *cell = &table->rows[r].cells[c];
            int value = mb_text_columns(cell->value), spread = mb_text_columns(cell->spread);
            if (!is_written(&table->rows[r], all))
                continue;
            column->value_columns = value > column->value_columns ? value : column->value_columns;
            column->spread_columns = spread > column->spread_columns ? spread : column->spread_columns;
        }
    }
}

static int column_width(const mb_text_column *column, bool with_spreads)
{
    int spread = with_spreads && column->spread_columns > 0 ? 1 + column->spread_columns : 0;
    return GAP + column->value_columns + spread;
}

static int layout_width(const mb_text_rows *table, const layout *made)
{
    int width = table->label_columns;
    for (size_t i = 0; i < made->column_count; i++)
        width += column_width(&table->columns[made->columns[i]], made->with_spreads);
    return width;
}

/* Columns that the notes of whole rows need. */
static int note_columns(const mb_report *report, const mb_text_rows *table, bool all)
{
    int widest = 0;
    for (size_t r = 0; r < table->count; r++) {
        const mb_text_row *row = &table->rows[r];
        int columns = mb_text_columns(row->note.text);
        bool counts = is_written(row, all) && !row->is_sweep && row->has_values;
        widest = counts && columns > widest ? columns : widest;
    }
    int most = report->options.width_columns / 2 < NOTE_MAX ? report->options.width_columns / 2 : NOTE_MAX;
    widest = widest > 0 && widest < NOTE_MIN && report->model->baseline_name != NULL ? NOTE_MIN : widest;
    return widest > most ? most : widest;
}

static int least_priority(const mb_text_rows *table, const layout *made)
{
    int least = 0;
    for (size_t i = 0; i < made->column_count; i++)
        if (table->columns[made->columns[i]].priority > least)
            least = table->columns[made->columns[i]].priority;
    return least;
}

/* Leaves off the column of least priority, of equal ones the last. */
static void drop_column(const mb_text_rows *table, layout *made)
{
    size_t least = made->column_count - 1;
    for (size_t i = made->column_count; i-- > 0;)
        if (table->columns[made->columns[i]].priority > table->columns[made->columns[least]].priority)
            least = i;
    made->column_count--;
    memmove(&made->columns[least], &made->columns[least + 1], (made->column_count - least) * sizeof made->columns[0]);
}

/* Leaves off columns of priority `least` and beyond until the table fits, and those of `never` whatever fits. */
static void drop_columns(const mb_text_rows *table, layout *made, int width, int least, int never)
{
    while (made->column_count > 1 && least_priority(table, made) >= least &&
           (layout_width(table, made) > width || least_priority(table, made) >= never))
        drop_column(table, made);
}

static void put_label(const mb_report *report, const mb_text_rows *table, mb_color color, const char *text, int indent)
{
    char clean[3 * MB_ID_BYTES_MAX];
    mb_utf8_clean(text, report->options.unicode, clean, sizeof clean);
    int columns = indent + mb_text_columns(clean);
    mb_terminal_pad(report, indent);
    mb_terminal_put(report, color, clean);
    if (columns > table->label_columns) { /* it stays whole: people copy it */
        fputc('\n', report->file);
        columns = 0;
    }
    mb_terminal_pad(report, table->label_columns - columns);
}

static bool is_first_use_only(const mb_text_rows *table, bool all)
{
    size_t count = 0, first_use_count = 0;
    for (size_t r = 0; r < table->count; r++) {
        bool counts = is_written(&table->rows[r], all) && !table->rows[r].is_sweep;
        count += counts;
        first_use_count += counts && table->rows[r].is_first_use;
    }
    return count > 0 && first_use_count == count;
}

static void write_head(const mb_report *report, const mb_text_rows *table, const layout *made)
{
    char baseline[MB_WORDS_TEXT_MAX];
    const char *note = is_first_use_only(table, made->all) ? "first use" : "";
    put_label(report, table, MB_COLOR_BOLD, table->group[0] != '\0' ? table->group : "case", 0);
    for (size_t i = 0; i < made->column_count; i++) {
        const mb_text_column *column = &table->columns[made->columns[i]];
        mb_terminal_pad(report, GAP);
        mb_terminal_put_right(report, MB_COLOR_DIM, mb_words_label(column->metric), column->value_columns);
        bool is_end = i + 1 == made->column_count && report->model->baseline_name == NULL && note[0] == '\0';
        mb_terminal_pad(report, is_end ? 0 : column_width(column, made->with_spreads) - GAP - column->value_columns);
    }
    if (report->model->baseline_name != NULL && made->is_last) {
        snprintf(baseline, sizeof baseline, "vs %.60s", report->model->baseline_name);
        note = baseline;
    }
    if (note[0] != '\0' && layout_width(table, made) + GAP + mb_text_columns(note) <= report->options.width_columns) {
        mb_terminal_pad(report, GAP);
        mb_terminal_put(report, MB_COLOR_DIM, note);
    }
    fputc('\n', report->file);
}

/* The cells of a row; returns at which column the cursor is. A row does not end in spaces: places of what is empty
 * are made good before the next value. */
static int write_cells(const mb_report *report, const mb_text_rows *table, const layout *made, const mb_text_row *row)
{
    int at = table->label_columns, owed = 0;
    for (size_t i = 0; i < made->column_count; i++) {
        const mb_text_column *column = &table->columns[made->columns[i]];
        const mb_text_cell *cell = &row->cells[made->columns[i]];
        int width = column_width(column, made->with_spreads);
        if (cell->value[0] == '\0') {
            owed += width;
            continue;
        }
        int value = GAP + column->value_columns, spread = made->with_spreads ? mb_text_columns(cell->spread) : 0;
        mb_terminal_pad(report, owed + GAP);
        mb_terminal_put_right(report, row->is_sweep ? MB_COLOR_PLAIN : MB_COLOR_BOLD, cell->value,
                              column->value_columns);
        if (spread > 0) {
            fputc(' ', report->file);
            mb_terminal_put(report, MB_COLOR_DIM, cell->spread);
            value += 1 + spread;
        }
        at += owed + value;
        owed = width - value;
    }
    return at;
}

static void write_note(const mb_report *report, const mb_text_rows *table, const layout *made, const mb_text_row *row,
                       int at)
{
    const mb_text_note *note = &row->note;
    int end = layout_width(table, made), width = report->options.width_columns;
    const char *text = note->text;
    if (text[0] == '\0' && row->is_first_use && !is_first_use_only(table, made->all))
        text = "first use only";
    if (text[0] == '\0') {
        fputc('\n', report->file);
        return;
    }
    int columns = mb_text_columns(text);
    bool is_aligned = !row->is_sweep || note->standing == MB_TEXT_CHANGED;
    int start = is_aligned && (row->has_values || row->is_sweep) && end + GAP + columns <= width ? end + GAP : at + GAP;
    if (start + columns > width && at + GAP + columns > width && at > table->label_columns) {
        fputc('\n', report->file); /* below the numbers */
        mb_terminal_pad(report, 2 * INDENT);
        mb_terminal_wrap(report, note->color, 2 * INDENT, 2 * INDENT, text);
        return;
    }
    mb_terminal_pad(report, start - at);
    mb_terminal_wrap(report, note->color, start, 2 * INDENT, text);
}

static void write_row(const mb_report *report, const mb_text_rows *table, const layout *made, const mb_text_row *row)
{
    put_label(report, table, row->is_sweep ? MB_COLOR_DIM : MB_COLOR_PLAIN, row->label, INDENT);
    int at = write_cells(report, table, made, row);
    if (!made->is_last) {
        fputc('\n', report->file);
        return;
    }
    write_note(report, table, made, row, at);
    if (row->note.tail[0] != '\0') {
        mb_terminal_pad(report, 2 * INDENT);
        mb_terminal_wrap(report, MB_COLOR_DIM, 2 * INDENT, 2 * INDENT, row->note.tail);
    }
}

static void write_table(const mb_report *report, const mb_text_rows *table, const layout *made)
{
    if (!table->is_continued)
        write_head(report, table, made);
    for (size_t r = 0; r < table->count; r++)
        if (is_written(&table->rows[r], made->all))
            write_row(report, table, made, &table->rows[r]);
}

void mb_text_layout(const mb_report *report, mb_text_rows *table, bool all)
{
    layout made = {.all = all, .with_spreads = true, .is_last = true};
    size_t written_count = 0;
    for (size_t r = 0; r < table->count; r++)
        written_count += is_written(&table->rows[r], all);
    if (written_count == 0)
        return;
    widen(report, table, all);
    for (size_t c = 0; c < table->column_count; c++)
        if (is_visible(report, table, c))
            made.columns[made.column_count++] = c;
    int note = note_columns(report, table, all);
    int width = report->options.width_columns - (note > 0 ? GAP + note : 0);
    if (report->options.metrics == NULL) {
        int limit = report->options.width_columns < WIDE_COLUMNS ? MB_TEXT_PRIORITY_WIDE : INT_MAX;
        drop_columns(table, &made, width, MB_TEXT_PRIORITY_EXTRA, limit);
        made.with_spreads = layout_width(table, &made) <= width;
        drop_columns(table, &made, width, 0, INT_MAX);
        write_table(report, table, &made);
        return;
    }
    if (layout_width(table, &made) > width)
        made.with_spreads = false;
    layout rest = made;
    while (rest.column_count > 0) {
        made = rest;
        while (made.column_count > 1 && layout_width(table, &made) > width)
            made.column_count--;
        made.is_last = made.column_count == rest.column_count;
        write_table(report, table, &made);
        rest.column_count -= made.column_count;
        memmove(rest.columns, rest.columns + made.column_count, rest.column_count * sizeof rest.columns[0]);
    }
}
