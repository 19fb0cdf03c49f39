/* The gnuplot script behind a soak's diagrams. */
#include "features/soak/soak_view.h"
#include "report/gnuplot.h"

#include <math.h>

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
        const char *color = first->kind == MB_SOAK_IDLE   ? "#d8d8d8"
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

void mb_soak_plot_write(FILE *file, const mb_soak_series *series, const char *csv_path)
{
    double length = series->count > 0 ? series->ticks[series->count - 1].time_seconds : 0;
    bool in_hours = length > 3 * 3600, has_percent = has_field(series, MB_SOAK_MEMORY_PERCENT);
    double unit_seconds = in_hours ? 3600 : 60;
    const double mib = 1024.0 * 1024;
    bool is_first = true;
    fputs("set datafile separator ','\nset grid xtics ytics linecolor rgb '#c0c0c0'\n"
          "set key outside top center horizontal noreverse Right\nset lmargin 12\nset rmargin 4\n",
          file);
    put_phases(file, series, unit_seconds);
    fprintf(file, "set multiplot layout %d,1 title ", has_percent ? 2 : 1);
    mb_gnuplot_label(file, series->about.target != NULL ? series->about.target : "soak");
    fprintf(file, " noenhanced\nset xrange [0:%.9g]\nset ylabel 'MiB'\nset yrange [0:*]\n",
            fmax(length, 1) / unit_seconds);
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
    fputc('\n', file);
    if (has_percent) {
        fprintf(file, "set xlabel '%s'\nset ylabel '%%'\n", in_hours ? "hours" : "minutes");
        put_curve(file, csv_path, MB_SOAK_MEMORY_PERCENT, unit_seconds, 1, "share of the machine''s memory (MCP)",
                  "#1f4e9c", true);
        fputc('\n', file);
    }
    fputs("unset multiplot\n", file);
}
