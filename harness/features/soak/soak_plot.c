/* The gnuplot script behind a soak's diagrams. */
#include "features/soak/soak_view.h"
#include "report/gnuplot.h"
#include "report/soak_words.h"

#include <math.h>
#include <string.h>

/* A path as it is: mb_gnuplot_label would replace what is not UTF-8. */
static void put_quoted(FILE *file, const char *text)
{
    fputc('\'', file);
    for (; *text != '\0'; text++)
        if (*text == '\'')
            fputs("''", file);
        else
            fputc((unsigned char)*text < ' ' ? ' ' : *text, file);
    fputc('\'', file);
}

#define IDLE_COLOR "#d8d8d8"

static bool has_kind(const mb_soak_series *series, mb_soak_kind kind)
{
    for (size_t i = 0; i < series->count; i++)
        if (series->ticks[i].kind == kind)
            return true;
    return false;
}

/* One rectangle behind the curves for each phase but the first kind: every second run phase lightly, idle ones more. */
static void put_phases(FILE *file, const mb_soak_series *series, double unit_seconds)
{
    int object = 1;
    for (size_t start = 0, end; start < series->count; start = end) {
        const mb_soak_tick *first = &series->ticks[start];
        for (end = start; end < series->count && series->ticks[end].phase_index == first->phase_index &&
                          series->ticks[end].kind == first->kind;
             end++)
            continue;
        double from = first->time_seconds, to = series->ticks[end < series->count ? end : end - 1].time_seconds;
        const char *color = first->kind == MB_SOAK_IDLE   ? IDLE_COLOR
                            : first->kind == MB_SOAK_TRIM ? "#b8b8b8"
                            : first->phase_index % 2 == 1 ? "#eef3fb"
                                                          : "#ffffff";
        fprintf(file,
                "set object %d rectangle from first %.9g, graph 0 to first %.9g, graph 1 behind fillcolor rgb '%s' "
                "fillstyle solid noborder\n",
                object++, from / unit_seconds, to / unit_seconds, color);
    }
}

static bool has_field(const mb_soak_series *series, mb_soak_field field)
{
    for (size_t i = 0; i < series->count; i++)
        if (series->ticks[i].is_known[field])
            return true;
    return false;
}

/* One curve: of a column that the CSV has behind time, phase and kind. */
static void put_curve(FILE *file, const char *csv_path, mb_soak_field field, double unit_seconds, double unit,
                      const char *title, const char *color, bool is_first)
{
    fputs(is_first ? "plot " : ", \\\n     ", file);
    put_quoted(file, csv_path);
    fprintf(
        file,
        " skip 1 using ($1/%.9g):(valid(%d) ? $%d/%.9g : NaN) with lines linewidth 1.5 linecolor rgb '%s' title '%s'",
        unit_seconds, (int)field + 4, (int)field + 4, unit, color, title);
}

/* Target, verdict and reason above the curves. A title that is wider than the picture would be cut at both ends. */
static void put_title(FILE *file, const mb_soak_result *result)
{
    enum { LINE_BYTES_MAX = 120 };
    const char *target = result->series->about.target != NULL ? result->series->about.target : "soak";
    char reason[1024], text[2048], line[LINE_BYTES_MAX + 1];
    mb_soak_reason_format(result, reason, sizeof reason);
    snprintf(text, sizeof text, "%s: %s", mb_soak_verdict_name(result->judgement.verdict), reason);
    fprintf(file, "set label 1 at screen 0.5, screen 0.975 center noenhanced ");
    mb_gnuplot_label(file, target);
    fputc('\n', file);
    for (int row = 0; row < 2 && *text != '\0'; row++) {
        size_t length = strlen(text), cut = length;
        if (length > LINE_BYTES_MAX)
            for (cut = LINE_BYTES_MAX; cut > 0 && text[cut] != ' '; cut--)
                continue;
        cut = cut > 0 ? cut : LINE_BYTES_MAX;
        snprintf(line, sizeof line, "%.*s", (int)cut, text);
        fprintf(file, "set label %d at screen 0.5, screen %.3f center noenhanced ", row + 2, 0.942 - 0.033 * row);
        mb_gnuplot_label(file, line);
        fputc('\n', file);
        memmove(text, text + cut + (text[cut] == ' '), length - cut - (text[cut] == ' ') + 1);
    }
}

/* Run phases are judged as if they followed each other; only where they do has the growth a place in the picture. */
static bool is_one_run(const mb_soak_series *series)
{
    bool has_rested = false;
    for (size_t i = 0; i < series->count; i++) {
        has_rested = has_rested || series->ticks[i].kind != MB_SOAK_RUN;
        if (has_rested && series->ticks[i].kind == MB_SOAK_RUN)
            return false;
    }
    return true;
}

/* The line that growth was read from, through the level of the judged blocks in their middle: [T/4, T]. */
static void put_slope(FILE *file, const mb_soak_judgement *judgement, double unit_seconds, double unit)
{
    char rate[MB_SOAK_TEXT_MAX];
    double from = judgement->seconds / 4, middle = (from + judgement->seconds) / 2;
    fprintf(file,
            ", \\\n     [%.9g:%.9g] (%.9g + %.9g * (x - %.9g)) with lines linewidth 1.5 dashtype 2 linecolor rgb ",
            from / unit_seconds, judgement->seconds / unit_seconds, judgement->level_bytes / unit,
            judgement->slope.value * unit_seconds / 3600 / unit, middle / unit_seconds);
    fprintf(file, "'#222222' title 'growth %s'", mb_soak_rate_format(judgement->slope.value, rate));
}

void mb_soak_plot_write(FILE *file, const mb_soak_result *result, const char *csv_path)
{
    const mb_soak_series *series = result->series;
    double length = series->count > 0 ? series->ticks[series->count - 1].time_seconds : 0;
    bool in_hours = length > 3 * 3600, has_percent = has_field(series, MB_SOAK_MEMORY_PERCENT);
    double unit_seconds = in_hours ? 3600 : 60;
    const double mib = 1024.0 * 1024;
    bool is_first = true;
    fputs("set datafile separator ','\nset grid xtics ytics linecolor rgb '#c0c0c0'\n"
          "set key bottom center at graph 0.5, graph 1.03 horizontal noreverse Right\n",
          file);
    put_phases(file, series, unit_seconds);
    put_title(file, result);
    fprintf(file,
            "set multiplot layout %d,1 margins 0.1,0.96,0.09,0.84 spacing 0.13\nset xrange [0:%.9g]\nset ylabel "
            "'MiB'\nset yrange [0:*]\n",
            has_percent ? 2 : 1, fmax(length, 1) / unit_seconds);
    if (!has_percent)
        fprintf(file, "set xlabel '%s'\n", in_hours ? "hours" : "minutes");
    static const struct {
        mb_soak_field field;
        const char *title, *color;
    } curves[] = {{MB_SOAK_RSS_BYTES, "resident (RSS)", "#1f4e9c"},
                  {MB_SOAK_ANON_BYTES, "anonymous", "#c05a1a"},
                  {MB_SOAK_HEAP_LIVE_BYTES, "heap in use", "#2f7d32"}};
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (!has_field(series, curves[i].field))
            continue;
        put_curve(file, csv_path, curves[i].field, unit_seconds, mib, curves[i].title, curves[i].color, is_first);
        is_first = false;
    }
    if (has_kind(series, MB_SOAK_IDLE) && !is_first)
        fprintf(file, ", \\\n     NaN with filledcurves fillcolor rgb '%s' title 'idle'", IDLE_COLOR);
    if (result->judgement.has_slope && result->judgement.piece_count == 0 && is_one_run(series) && !is_first)
        put_slope(file, &result->judgement, unit_seconds, mib);
    fputs("\nunset label\n", file);
    if (has_percent) {
        fprintf(file, "set xlabel '%s'\nset ylabel '%%'\n", in_hours ? "hours" : "minutes");
        put_curve(file, csv_path, MB_SOAK_MEMORY_PERCENT, unit_seconds, 1, "share of the machine''s memory (MCP)",
                  "#1f4e9c", true);
        fputc('\n', file);
    }
    fputs("unset multiplot\n", file);
}
