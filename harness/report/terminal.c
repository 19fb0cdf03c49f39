#include "report/terminal.h"

#include "report/utf8.h"

#include <string.h>

enum { INDENT = 2, LABEL_VALUE_COLUMNS = 17, CELL_COLUMNS_MIN = 24, WORD_BYTES_MAX = 1024 };

static const char *ink_code(mb_ink ink)
{
    switch (ink) {
    case MB_INK_PLAIN:
        return "";
    case MB_INK_BOLD:
        return "\033[1m";
    case MB_INK_DIM:
        return "\033[2m";
    case MB_INK_RED:
        return "\033[1;31m";
    case MB_INK_YELLOW:
        return "\033[33m";
    case MB_INK_GREEN:
        return "\033[32m";
    }
    return "";
}

void mb_terminal_put(const mb_report *report, mb_ink ink, const char *text)
{
    bool is_colored = report->options.color && ink != MB_INK_PLAIN && text[0] != '\0';
    if (is_colored)
        fputs(ink_code(ink), report->file);
    mb_utf8_write(report->file, text, report->options.unicode);
    if (is_colored)
        fputs("\033[0m", report->file);
}

void mb_terminal_pad(const mb_report *report, int count)
{
    static const char spaces[] = "                                ";
    for (; count > 0; count -= (int)sizeof spaces - 1)
        fwrite(spaces, 1, (size_t)count < sizeof spaces - 1 ? (size_t)count : sizeof spaces - 1, report->file);
}

void mb_terminal_put_left(const mb_report *report, mb_ink ink, const char *text, int columns)
{
    mb_terminal_put(report, ink, text);
    mb_terminal_pad(report, columns - mb_text_columns(text));
}

void mb_terminal_put_right(const mb_report *report, mb_ink ink, const char *text, int columns)
{
    mb_terminal_pad(report, columns - mb_text_columns(text));
    mb_terminal_put(report, ink, text);
}

void mb_terminal_wrap(const mb_report *report, mb_ink ink, int at, int indent, const char *text)
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
        if (!is_line_empty && at + 1 + columns > report->options.width_columns) {
            fputc('\n', report->file);
            mb_terminal_pad(report, indent);
            at = indent;
        } else if (!is_line_empty) {
            fputc(' ', report->file);
            at++;
        }
        mb_terminal_put(report, ink, clean);
        at += columns;
        is_line_empty = false;
    }
    fputc('\n', report->file);
}

static int cell_columns(const mb_cell *cell)
{
    int columns = mb_text_columns(cell->label) + 1 + mb_text_columns(cell->value);
    if (columns < LABEL_VALUE_COLUMNS)
        columns = LABEL_VALUE_COLUMNS;
    return columns + (cell->spread[0] != '\0' ? 1 + mb_text_columns(cell->spread) : 0);
}

void mb_terminal_cells(const mb_report *report, const mb_cell *cells, size_t count)
{
    int available = report->options.width_columns - INDENT;
    int least = CELL_COLUMNS_MIN + (report->options.unicode ? 0 : 1); /* "+-" takes one column more */
    int per_line = available / least > 0 ? available / least : 1;
    int unit = available / per_line;
    int used = 0; /* columns taken on the current line */
    for (size_t i = 0; i < count; i++) {
        int columns = cell_columns(&cells[i]);
        int taken = (columns + unit) / unit * unit; /* at least one column stays free behind it */
        if (used > 0 && used + columns > available) {
            fputc('\n', report->file);
            used = 0;
        }
        if (used == 0)
            mb_terminal_pad(report, INDENT);
        mb_terminal_put(report, MB_INK_DIM, cells[i].label);
        fputc(' ', report->file);
        mb_terminal_put_right(report, MB_INK_BOLD, cells[i].value,
                              LABEL_VALUE_COLUMNS - 1 - mb_text_columns(cells[i].label));
        if (cells[i].spread[0] != '\0') {
            fputc(' ', report->file);
            mb_terminal_put(report, MB_INK_DIM, cells[i].spread);
        }
        used += taken;
        if (i + 1 < count && used + cell_columns(&cells[i + 1]) <= available)
            mb_terminal_pad(report, taken - columns);
    }
    if (count > 0)
        fputc('\n', report->file);
}

const char *mb_terminal_arrow(const mb_report *report) { return report->options.unicode ? "→" : "->"; }
const char *mb_terminal_at_most(const mb_report *report) { return report->options.unicode ? "≤" : "<="; }
