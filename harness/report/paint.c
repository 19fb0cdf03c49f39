#include "report/paint.h"

#include "base/utf8.h"

#include <string.h>

/* A slot holds label, value, an ordinary spread and a space behind it; a wide one a peak with its bound, too. */
enum {
    INDENT = 2,
    LABEL_VALUE_COLUMNS = 17,
    LABEL_COLUMNS = 9,
    VALUE_COLUMNS = 8,
    SPREAD_COLUMNS = 8,
    SLACK_COLUMNS = 6,
    WORD_BYTES_MAX = 1024
};

static const char *color_code(mb_color color)
{
    switch (color) {
    case MB_COLOR_PLAIN:
        return "";
    case MB_COLOR_BOLD:
        return "\033[1m";
    case MB_COLOR_DIM:
        return "\033[2m";
    case MB_COLOR_RED:
        return "\033[1;31m";
    case MB_COLOR_YELLOW:
        return "\033[33m";
    case MB_COLOR_GREEN:
        return "\033[32m";
    }
    return "";
}

static void begin_color(const mb_report *report, mb_color color)
{
    if (report->options.color)
        fputs(color_code(color), report->file);
}

static void end_color(const mb_report *report, mb_color color)
{
    if (report->options.color && color != MB_COLOR_PLAIN)
        fputs("\033[0m", report->file);
}

mb_color mb_terminal_color(mb_role role)
{
    static const mb_color colors[] = {[MB_ROLE_BAD] = MB_COLOR_RED,
                                      [MB_ROLE_UNSURE] = MB_COLOR_YELLOW,
                                      [MB_ROLE_GOOD] = MB_COLOR_GREEN,
                                      [MB_ROLE_PLAIN] = MB_COLOR_PLAIN};
    return colors[role];
}

void mb_terminal_put(const mb_report *report, mb_color color, const char *text)
{
    if (text[0] == '\0')
        return;
    begin_color(report, color);
    mb_utf8_write(report->file, text, report->options.unicode);
    end_color(report, color);
}

void mb_terminal_pad(const mb_report *report, int count)
{
    static const char spaces[] = "                                ";
    for (; count > 0; count -= (int)sizeof spaces - 1)
        fwrite(spaces, 1, (size_t)count < sizeof spaces - 1 ? (size_t)count : sizeof spaces - 1, report->file);
}

void mb_terminal_put_left(const mb_report *report, mb_color color, const char *text, int columns)
{
    mb_terminal_put(report, color, text);
    mb_terminal_pad(report, columns - mb_text_columns(text));
}

void mb_terminal_put_right(const mb_report *report, mb_color color, const char *text, int columns)
{
    mb_terminal_pad(report, columns - mb_text_columns(text));
    mb_terminal_put(report, color, text);
}

void mb_terminal_wrap(const mb_report *report, mb_color color, int at, int indent, const char *text)
{
    bool is_line_empty = true;
    while (*text != '\0') {
        char word[WORD_BYTES_MAX], clean[3 * WORD_BYTES_MAX]; /* a bad byte becomes three */
        size_t length = strcspn(text, " \n\t\r");
        if (length >= sizeof word)
            length = sizeof word - 1;
        memcpy(word, text, length);
        word[length] = '\0';
        text += length;
        text += strspn(text, " \n\t\r");
        mb_utf8_clean(word, report->options.unicode, clean, sizeof clean);
        int columns = mb_text_columns(clean);
        if (is_line_empty) {
            begin_color(report, color);
        } else if (!report->options.unbroken && at + 1 + columns > report->options.width_columns) {
            end_color(report, color);
            fputc('\n', report->file);
            mb_terminal_pad(report, indent);
            begin_color(report, color);
            at = indent;
        } else {
            fputc(' ', report->file);
            at++;
        }
        mb_utf8_write(report->file, clean, report->options.unicode);
        at += columns;
        is_line_empty = false;
    }
    if (!is_line_empty)
        end_color(report, color);
    fputc('\n', report->file);
}

/* Columns of label and value together, so that the values of a block end below each other. */
static int label_value_columns(const mb_cell *cells, size_t count)
{
    int columns = LABEL_VALUE_COLUMNS;
    for (size_t i = 0; i < count; i++) {
        int label = mb_text_columns(cells[i].label);
        if (label > LABEL_COLUMNS && label + 1 + VALUE_COLUMNS > columns)
            columns = label + 1 + VALUE_COLUMNS;
    }
    return columns;
}

static int cell_columns(const mb_cell *cell, int label_value)
{
    int columns = mb_text_columns(cell->label) + 1 + mb_text_columns(cell->value);
    if (columns < label_value)
        columns = label_value;
    return columns + (cell->spread[0] != '\0' ? 1 + mb_text_columns(cell->spread) : 0);
}

static void write_cell(const mb_report *report, const mb_cell *cell, int label_value)
{
    mb_terminal_put(report, MB_COLOR_DIM, cell->label);
    fputc(' ', report->file);
    mb_terminal_put_right(report, MB_COLOR_BOLD, cell->value, label_value - 1 - mb_text_columns(cell->label));
    if (cell->spread[0] == '\0')
        return;
    fputc(' ', report->file);
    mb_terminal_put(report, MB_COLOR_DIM, cell->spread);
}

/* A cell that is wider than the report. Its line has ended afterwards. */
static void wrap_cell(const mb_report *report, const mb_cell *cell)
{
    char text[2 * MB_WORDS_TEXT_MAX];
    snprintf(text, sizeof text, "%s %s", cell->value, cell->spread);
    mb_terminal_put(report, MB_COLOR_DIM, cell->label);
    fputc(' ', report->file);
    mb_terminal_wrap(report, MB_COLOR_PLAIN, INDENT + mb_text_columns(cell->label) + 1, 2 * INDENT, text);
}

void mb_terminal_cells(const mb_report *report, const mb_cell *cells, size_t count)
{
    int available = report->options.width_columns - INDENT;
    int label_value = label_value_columns(cells, count);
    int slot = label_value + SPREAD_COLUMNS + !report->options.unicode; /* "+-" takes one column more */
    int wide = slot + SLACK_COLUMNS;
    if (3 * wide - 1 <= available)
        slot = wide;
    int used = 0; /* columns taken on the current line */
    for (size_t i = 0; i < count; i++) {
        int columns = cell_columns(&cells[i], label_value);
        int start = used > 0 ? (used + slot) / slot * slot : 0; /* at least one column stays free before it */
        if (used > 0 && start + columns > available) {
            fputc('\n', report->file);
            used = start = 0;
        }
        mb_terminal_pad(report, used == 0 ? INDENT : start - used);
        if (columns > available) {
            wrap_cell(report, &cells[i]);
            continue;
        }
        write_cell(report, &cells[i], label_value);
        used = start + columns;
    }
    if (used > 0)
        fputc('\n', report->file);
}

const char *mb_terminal_arrow(const mb_report *report) { return report->options.unicode ? "→" : "->"; }
