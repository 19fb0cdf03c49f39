/* The svg and png formats: one plot for a paper or a README, drawn by gnuplot: a sweep, or the lifecycle of a case.
 *
 * --plot says which, by the sweep's name or the case's id; without it the run must hold just one. */
#include "base/memory_file.h"
#include "report/formats.h"
#include "report/gnuplot.h"
#include "report/sweep_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 6, PLOT_HEIGHT = 420, SERIES_MAX = 2 };

typedef struct plot_state {
    char *script; /* of what is drawn */
    size_t script_bytes;
    char *names[NAMES_MAX]; /* what could be drawn, for the message */
    size_t count;
    bool is_found; /* by --plot */
} plot_state;

/* Notes that name can be drawn; *file is where its script goes, or NULL when something else is drawn. */
static mb_status offer(plot_state *state, const char *wanted, const char *name, FILE **file, mb_error *error)
{
    *file = NULL;
    bool is_wanted = wanted != NULL ? strcmp(wanted, name) == 0 : state->count == 0;
    if (state->count < NAMES_MAX) {
        state->names[state->count] = strdup(name);
        if (state->names[state->count] == NULL)
            return mb_error_no_memory(error);
    }
    state->count++;
    if (!is_wanted || state->is_found)
        return MB_OK;
    state->is_found = wanted != NULL;
    *file = mb_memory_file_open(&state->script, &state->script_bytes);
    return *file != NULL ? MB_OK : mb_error_no_memory(error);
}

static mb_status finish_script(FILE *file, plot_state *state, mb_error *error)
{
    return mb_memory_file_close(file, &state->script) ? MB_OK : mb_error_no_memory(error);
}

static mb_status plot_begin(mb_report *report, mb_error *error)
{
    (void)report;
    return mb_gnuplot_find(error);
}

static void write_points(FILE *file, const char *name, const mb_sweep_side *side)
{
    fprintf(file, "$%s << EOD\n", name);
    for (size_t i = 0; i < side->count; i++)
        if (i == 0 || side->x[i] != side->x[i - 1] || side->y[i] != side->y[i - 1])
            fprintf(file, "%.17g %.17g\n", side->x[i], side->y[i]);
    fputs("EOD\n", file);
}

static double greatest_of(const mb_sweep_side *side)
{
    double greatest = 0;
    for (size_t i = 0; i < side->count; i++)
        greatest = fmax(greatest, side->y[i]);
    return greatest;
}

/* Metrics that are drawn together: those that text shows, as far as they are in one unit. */
static size_t choose_metrics(const mb_report *report, const mb_sweep *sweep, const mb_sweep_metric *chosen[SERIES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < sweep->metric_count && count < SERIES_MAX; i++) {
        const mb_sweep_metric *one = &sweep->metrics[i];
        if (one->current.is_fitted && mb_sweep_is_shown(sweep, one, report->options.metrics) &&
            (count == 0 || mb_metric_info(one->metric)->kind == mb_metric_info(chosen[0]->metric)->kind))
            chosen[count++] = one;
    }
    return count;
}

static void write_plot(FILE *file, const mb_sweep *sweep, const mb_sweep_metric *const *chosen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[MB_SWEEP_LINE_MAX];
        const mb_sweep_metric *one = chosen[i];
        const mb_sweep_fit *fit = &one->current.fit, *before = &one->baseline.fit;
        fprintf(file, "%s $now%zu using 1:2 with points linestyle %zu pointtype 7 title ", i == 0 ? "plot" : ",", i,
                i + 1);
        mb_gnuplot_label(file, mb_words_label(one->metric));
        if (one->warning == NULL) {
            fprintf(file, ", [%.17g:%.17g] %.17g + %.17g*x with lines linestyle %zu title ", fit->x_low, fit->x_high,
                    fit->overhead, fit->slope, i + 1);
            mb_gnuplot_label(file, mb_sweep_words_line(sweep, one, text));
        }
        if (!one->baseline.is_fitted)
            continue;
        fprintf(file, ", $was%zu using 1:2 with points linestyle %zu pointtype 6 title ", i, i + 3);
        snprintf(text, sizeof text, "%s, baseline", mb_words_label(one->metric));
        mb_gnuplot_label(file, text);
        if (one->warning == NULL)
            fprintf(file, ", [%.17g:%.17g] %.17g + %.17g*x with lines linestyle %zu dashtype 2 notitle", before->x_low,
                    before->x_high, before->overhead, before->slope, i + 3);
    }
    fputc('\n', file);
}

static mb_status plot_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    const mb_sweep_metric *chosen[SERIES_MAX];
    size_t count = choose_metrics(report, sweep, chosen);
    FILE *file = NULL;
    if (count == 0)
        return MB_OK;
    mb_status status = offer(report->state, report->options.plot, sweep->name, &file, error);
    if (status != MB_OK || file == NULL)
        return status;
    double greatest = 0;
    for (size_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "now%zu", i);
        write_points(file, name, &chosen[i]->current);
        snprintf(name, sizeof name, "was%zu", i);
        if (chosen[i]->baseline.is_fitted)
            write_points(file, name, &chosen[i]->baseline);
        greatest = fmax(greatest, fmax(greatest_of(&chosen[i]->current), greatest_of(&chosen[i]->baseline)));
    }
    fputs("set title ", file);
    mb_gnuplot_label(file, sweep->name);
    fputs("\nset xlabel ", file);
    mb_gnuplot_label(file, sweep->param);
    fputs("\nset autoscale xfix\nset offsets graph 0.03, graph 0.03, 0, 0\n", file);
    if (mb_metric_info(chosen[0]->metric)->kind == MB_KIND_BYTES)
        mb_gnuplot_bytes_axis(file, "y", 0, greatest);
    fprintf(file, "set yrange [0:%.17g]\n", greatest > 0 ? greatest * 1.08 : 1);
    write_plot(file, sweep, chosen, count);
    return finish_script(file, report->state, error);
}

/* The marks of a window as steps from 0, one data block for each quantity that was read. */
static MB_NODISCARD bool write_marks(FILE *file, const mb_case_result *result, mb_window window, double *lowest,
                                     double *highest, bool has[MB_MARK_QUANTITY_COUNT])
{
    for (int quantity = 0; quantity < MB_MARK_QUANTITY_COUNT; quantity++) {
        fprintf(file, "$mark%d << EOD\n0 0\n", quantity);
        size_t place = 0;
        double last = 0;
        for (size_t i = 0; i < result->mark_count; i++) {
            mb_summary summary;
            if (result->marks[i].window != window)
                continue;
            place++;
            if (!mb_summary_make(&result->marks[i].series[quantity], &summary))
                return false;
            if (summary.count == 0)
                continue;
            last = summary.median;
            has[quantity] = true;
            *lowest = fmin(*lowest, last);
            *highest = fmax(*highest, last);
            fprintf(file, "%zu %.17g\n", place, last);
        }
        fprintf(file, "%.1f %.17g\nEOD\n", (double)place + 0.5, last);
    }
    return true;
}

/* "rss", "anon", "heap". */
static const char *mark_label(mb_mark_quantity quantity)
{
    char name[MB_METRIC_NAME_BYTES_MAX];
    snprintf(name, sizeof name, "steady_%s", mb_mark_quantity_name(quantity));
    mb_metric metric = mb_metric_find(name, strlen(name));
    return metric >= 0 ? mb_words_label(metric) : mb_mark_quantity_name(quantity);
}

static void write_mark_names(FILE *file, const mb_case_result *result, mb_window window)
{
    size_t place = 0;
    fputs("set xtics rotate by -40 ('start' 0", file);
    for (size_t i = 0; i < result->mark_count; i++)
        if (result->marks[i].window == window) {
            fputs(", ", file);
            mb_gnuplot_label(file, result->marks[i].name);
            fprintf(file, " %zu", ++place);
        }
    fputs(")\n", file);
}

static MB_NODISCARD bool write_lifecycle(FILE *file, const mb_case_result *result, mb_window window)
{
    bool has[MB_MARK_QUANTITY_COUNT] = {false}, is_first = true;
    double lowest = 0, highest = 1;
    if (!write_marks(file, result, window, &lowest, &highest, has))
        return false;
    fputs("set title ", file);
    mb_gnuplot_label(file, result->id);
    fputs("\nset key above center horizontal\n", file);
    write_mark_names(file, result, window);
    mb_gnuplot_bytes_axis(file, "y", lowest, highest);
    fprintf(file, "set yrange [%.17g:%.17g]\n", lowest, highest * 1.08);
    for (int quantity = 0; quantity < MB_MARK_QUANTITY_COUNT; quantity++) {
        if (!has[quantity])
            continue;
        fprintf(file, "%s $mark%d using 1:2 with steps linestyle %d dashtype %d title ", is_first ? "plot" : ",",
                quantity, quantity + 1, quantity + 1);
        mb_gnuplot_label(file, mark_label((mb_mark_quantity)quantity));
        is_first = false;
    }
    fputs(is_first ? "plot 0 notitle\n" : "\n", file);
    return true;
}

static mb_status plot_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    const mb_case_result *result = item->result;
    FILE *file = NULL;
    if (item->presence == MB_PRESENCE_GONE || result->outcome != MB_OUTCOME_OK || result->mark_count == 0)
        return MB_OK;
    mb_status status = offer(report->state, report->options.plot, result->id, &file, error);
    if (status != MB_OK || file == NULL)
        return status;
    bool is_whole = write_lifecycle(file, result, result->marks[0].window);
    status = finish_script(file, report->state, error);
    return is_whole ? status : mb_error_no_memory(error);
}

/* ": --plot a, --plot b, …" */
static void list_names(const plot_state *state, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < state->count && i < NAMES_MAX && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%.60s", i > 0 ? ", " : "", state->names[i]);
    if (state->count > NAMES_MAX && used < size)
        snprintf(text + used, size - used, " and %zu more", state->count - NAMES_MAX);
}

static mb_status draw(mb_report *report, mb_picture picture, mb_error *error)
{
    const plot_state *state = report->state;
    char names[400];
    list_names(state, names, sizeof names);
    if (state->count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "nothing to plot: the run has no sweep and no case with marks");
    if (report->options.plot != NULL && !state->is_found)
        return mb_error_set(error, MB_ERROR_USAGE, "--plot: no sweep or lifecycle of that name; there are %s", names);
    if (report->options.plot == NULL && state->count > 1)
        return mb_error_set(error, MB_ERROR_USAGE, "more than one plot: choose one with --plot: %s", names);
    return mb_gnuplot_draw(state->script, state->script_bytes, picture, MB_GNUPLOT_WIDTH, PLOT_HEIGHT, report->file,
                           error);
}

static mb_status end_svg(mb_report *report, mb_error *error) { return draw(report, MB_PICTURE_SVG, error); }
static mb_status end_png(mb_report *report, mb_error *error) { return draw(report, MB_PICTURE_PNG, error); }

static void plot_drop(mb_report *report)
{
    plot_state *state = report->state;
    free(state->script);
    for (size_t i = 0; i < NAMES_MAX; i++)
        free(state->names[i]);
}

const mb_report_format mb_report_svg = {.name = "svg",
                                        .summary = "one sweep or lifecycle, see --plot; drawn by gnuplot",
                                        .state_bytes = sizeof(plot_state),
                                        .begin = plot_begin,
                                        .add = plot_add,
                                        .add_sweep = plot_add_sweep,
                                        .end = end_svg,
                                        .drop = plot_drop};
const mb_report_format mb_report_png = {.name = "png",
                                        .summary = "the same as pixels",
                                        .state_bytes = sizeof(plot_state),
                                        .begin = plot_begin,
                                        .add = plot_add,
                                        .add_sweep = plot_add_sweep,
                                        .end = end_png,
                                        .drop = plot_drop};
