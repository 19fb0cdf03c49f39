/* soak_view.h: what people see of a soak: the chart while it runs, the verdict when it is over, a script that draws it.
 */
#ifndef MEMBENCH_FEATURES_SOAK_SOAK_VIEW_H
#define MEMBENCH_FEATURES_SOAK_SOAK_VIEW_H

#include "report/soak_words.h"

#include <stdio.h>

enum { MB_SOAK_CHART_ROWS_MAX = 32, MB_SOAK_CHART_BYTES_MAX = 32 * 1024 };

typedef struct mb_soak_style {
    int width_columns; /* 0: 80 */
    bool unicode;      /* false: ASCII alone */
    bool color;
} mb_soak_style;

/* Writes a chart of the last ticks' sizes to text: rows lines of blocks with the scale at their left, each ended by a
 * line break, none wider than the style says. A column stands for at least the interval and the last column for the
 * last ticks; what is more than an hour back has scrolled away. Nothing is written before the second tick. */
void mb_soak_chart_format(const mb_soak_series *series, mb_soak_field field, int rows, const mb_soak_style *style,
                          char text[MB_SOAK_CHART_BYTES_MAX]);

/* The line under the chart, without a line break: where it is, how long it will take, sizes, growth (judgement: of what
 * there is so far, or NULL). end_seconds: of the last phase. */
void mb_soak_status_format(const mb_soak_series *series, const mb_soak_judgement *judgement, double end_seconds,
                           const mb_soak_style *style, char text[MB_SOAK_CHART_BYTES_MAX]);

/* The whole report. */
void mb_soak_text_write(FILE *file, const mb_soak_result *result, const mb_soak_style *style);

enum { MB_SOAK_PLOT_WIDTH = 1000, MB_SOAK_PLOT_HEIGHT = 640 }; /* pixels */

/* A script for mb_gnuplot_draw that draws the CSV of a soak: resident set and share of the machine's memory over time,
 * with idle phases shaded, the verdict above and the line of growth. Pure text, any characters in the path; it must not
 * begin with "<". */
void mb_soak_plot_write(FILE *file, const mb_soak_result *result, const char *csv_path);

#endif
