/* soak.h: what people see of a soak: the chart while it runs, the verdict when it is over, a script that draws it. */
#ifndef MEMBENCH_REPORT_SOAK_H
#define MEMBENCH_REPORT_SOAK_H

#include "judge/leak.h"
#include "model/soak_series.h"

#include <stdio.h>

enum { MB_SOAK_CHART_ROWS_MAX = 32, MB_SOAK_CHART_BYTES_MAX = 32 * 1024, MB_SOAK_TEXT_MAX = 256 };

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

/* "0:12:34", of a time. */
const char *mb_soak_clock_format(double seconds, char text[MB_SOAK_TEXT_MAX]);

/* "30 min", "1 h 35 min", "45 s". */
const char *mb_soak_time_format(double seconds, char text[MB_SOAK_TEXT_MAX]);

/* "+12.0 KiB/h". */
const char *mb_soak_rate_format(double bytes_per_hour, char text[MB_SOAK_TEXT_MAX]);

/* The line under the chart, without a line break: where it is, how long it will take, sizes, growth (judgement: of what
 * there is so far, or NULL). end_seconds: of the last phase. */
void mb_soak_status_format(const mb_soak_series *series, const mb_soak_judgement *judgement, double end_seconds,
                           const mb_soak_style *style, char text[MB_SOAK_CHART_BYTES_MAX]);

typedef struct mb_soak_result {
    const mb_soak_series *series;
    mb_soak_field field; /* that was judged */
    mb_soak_judgement judgement;
    bool has_rss;
    mb_soak_judgement rss; /* of the resident set, to be mentioned when it differs */
    const mb_soak_rule *rule;
} mb_soak_result;

/* "memory grew steadily by …": the reason in a sentence, and what to do next. */
void mb_soak_reason_format(const mb_soak_result *result, char *text, size_t size);

/* The whole report. */
void mb_soak_text_write(FILE *file, const mb_soak_result *result, const mb_soak_style *style);

enum { MB_SOAK_PLOT_WIDTH = 1000, MB_SOAK_PLOT_HEIGHT = 640 }; /* pixels */

/* A script for mb_gnuplot_draw that draws the CSV of a soak: resident set and share of the machine's memory over time
 * with idle phases shaded. Pure text, any characters in the path; it must not begin with "<". */
void mb_soak_plot_write(FILE *file, const mb_soak_series *series, const char *csv_path);

#endif
