/* paint.h: colours, columns and wrapped lines of the text format. */
#ifndef MEMBENCH_REPORT_PAINT_H
#define MEMBENCH_REPORT_PAINT_H

#include "report/report.h"
#include "report/words.h"

typedef enum mb_color {
    MB_COLOR_PLAIN,
    MB_COLOR_BOLD,
    MB_COLOR_DIM,
    MB_COLOR_RED,
    MB_COLOR_YELLOW,
    MB_COLOR_GREEN
} mb_color;

/* The colour of what is bad, unsure or good. */
mb_color mb_terminal_color(mb_role role);

/* Writes text, made printable, in that colour if the report has colours. */
void mb_terminal_put(const mb_report *report, mb_color color, const char *text);

/* count spaces; none when negative. */
void mb_terminal_pad(const mb_report *report, int count);

/* text padded to columns, at its right side or (put_right) at its left. A longer one is written whole. */
void mb_terminal_put_left(const mb_report *report, mb_color color, const char *text, int columns);
void mb_terminal_put_right(const mb_report *report, mb_color color, const char *text, int columns);

/* text in lines no wider than the report, broken at spaces; the first line begins at column `at` (where the cursor
 * is), the others are indented by `indent`. Ends with a line break. */
void mb_terminal_wrap(const mb_report *report, mb_color color, int at, int indent, const char *text);

/* One value with its label and spread, as a block of aligned columns shows it. */
typedef struct mb_cell {
    const char *label;
    char value[MB_WORDS_TEXT_MAX];
    char spread[MB_WORDS_TEXT_MAX];
} mb_cell;

/* Writes cells in as many equal columns as the width holds, indented by two. */
void mb_terminal_cells(const mb_report *report, const mb_cell *cells, size_t count);

/* Glyphs with their ASCII stand-ins. */
const char *mb_terminal_arrow(const mb_report *report); /* → */

#endif
