/* text_sweep.c: bytes per unit under the cases of a sweep: the line through them, robust against outliers. */
#include "report/terminal.h"
#include "report/text.h"
#include "stats/line.h"

#include <math.h>
#include <string.h>

enum { VALUES_MIN = 3, RESOLVED_PAGES = 64 };

/* Anonymous memory and heap, first use and steady. */
static const struct swept {
    mb_quantity quantity;
    mb_window window;
} swept[MB_SWEEP_SERIES_COUNT] = {{MB_ANON_DELTA_BYTES, MB_WINDOW_COLD},
                                  {MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY},
                                  {MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD},
                                  {MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY}};

/* The id without its last parameter, if that is a number; else "". */
static void make_key(const mb_case_result *result, char key[MB_ID_BYTES_MAX])
{
    key[0] = '\0';
    if (result == NULL || result->param_count == 0 || result->params[result->param_count - 1].label != NULL)
        return;
    const char *slash = strrchr(result->id, '/');
    if (slash != NULL && slash - result->id < MB_ID_BYTES_MAX)
        snprintf(key, MB_ID_BYTES_MAX, "%.*s", (int)(slash - result->id), result->id);
}

/* "jobs" → "job", "payload_bytes" → "payload byte". */
static void make_unit(const char *name, char unit[MB_NAME_BYTES_MAX])
{
    snprintf(unit, MB_NAME_BYTES_MAX, "%s", name);
    size_t length = strlen(unit);
    if (length > 1 && unit[length - 1] == 's')
        unit[length - 1] = '\0';
    for (char *c = unit; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
}

static bool is_shown(const mb_report *report, mb_metric metric)
{
    return report->options.metrics == NULL || report->options.metrics[metric];
}

/* Like any value, with decimals where a unit costs a few bytes. */
static const char *format_slope(mb_metric metric, double slope, char text[MB_WORDS_TEXT_MAX])
{
    if (slope <= -1000 || slope >= 1000)
        return mb_words_value(metric, slope, false, text);
    snprintf(text, MB_WORDS_TEXT_MAX, "%.2f B", slope);
    return text;
}

static void write_line(const mb_report *report, mb_metric metric, const struct mb_sweep_series *series)
{
    mb_line line;
    if (!mb_line_fit(series->x, series->y, series->count, &line))
        return;
    char slope[MB_WORDS_TEXT_MAX], low[MB_WORDS_TEXT_MAX], high[MB_WORDS_TEXT_MAX], fixed[MB_WORDS_TEXT_MAX];
    char text[4 * MB_WORDS_TEXT_MAX];
    double reach = line.slope * series->x[series->count - 1];
    fputs("    ", report->file);
    mb_terminal_put_left(report, MB_INK_DIM, mb_words_label(metric), 10);
    if (mb_metric_info(metric)->per_page && reach < (double)report->model->run->page_bytes * RESOLVED_PAGES) {
        fputs(" too little for pages to tell\n", report->file);
        return;
    }
    snprintf(text, sizeof text, " %.60s [%.60s, %.60s], fixed %.60s", format_slope(metric, line.slope, slope),
             format_slope(metric, line.local_low, low), format_slope(metric, line.local_high, high),
             mb_words_value(metric, fabs(line.intercept) < 0.5 ? 0 : line.intercept, false, fixed));
    fprintf(report->file, "%s\n", text);
}

static void write_sweep(const mb_report *report, const mb_text_sweep *sweep)
{
    bool has_heading = false;
    for (size_t cold = 0; cold < MB_SWEEP_SERIES_COUNT; cold += 2) {
        /* Large cases may be measured on first use only: then the whole sweep is told of that window. */
        size_t at = sweep->series[cold + 1].value_count >= sweep->series[cold].value_count ? cold + 1 : cold;
        mb_metric metric = mb_metric_of(swept[at].quantity, swept[at].window);
        if (sweep->series[at].value_count < VALUES_MIN || !is_shown(report, metric))
            continue;
        if (!has_heading)
            fprintf(report->file, "  each %s (%s to %s)\n", sweep->unit, sweep->first, sweep->last);
        has_heading = true;
        write_line(report, metric, &sweep->series[at]);
    }
}

void mb_text_sweep_next(const mb_report *report, mb_text_sweep *sweep, const mb_case_result *result)
{
    char key[MB_ID_BYTES_MAX];
    make_key(result, key);
    if (sweep->key[0] != '\0' && strcmp(sweep->key, key) == 0)
        return;
    if (sweep->key[0] != '\0' && !sweep->is_broken)
        write_sweep(report, sweep);
    memset(sweep, 0, sizeof *sweep);
    memcpy(sweep->key, key, sizeof key);
    if (key[0] != '\0')
        make_unit(result->params[result->param_count - 1].name, sweep->unit);
}

/* A series that repeats exactly enters once: repeats of a staircase are no evidence. */
static bool add_points(struct mb_sweep_series *to, double x, const mb_series *series)
{
    size_t count = mb_series_is_exact(series) ? 1 : series->count;
    if (count > MB_SWEEP_POINTS_MAX - to->count)
        return false;
    for (size_t i = 0; i < count; i++) {
        to->x[to->count] = x;
        to->y[to->count++] = series->values[i];
    }
    to->value_count += count > 0;
    return true;
}

void mb_text_sweep_add(mb_text_sweep *sweep, const mb_case_result *result)
{
    if (sweep->key[0] == '\0' || result->outcome != MB_OUTCOME_OK)
        return;
    const mb_param_value *param = &result->params[result->param_count - 1];
    if (sweep->first[0] == '\0')
        mb_format_param(param->value, param->unit, sweep->first);
    else if (param->value <= sweep->last_value)
        sweep->is_broken = true;
    mb_format_param(param->value, param->unit, sweep->last);
    sweep->last_value = param->value;
    for (size_t i = 0; i < MB_SWEEP_SERIES_COUNT; i++)
        if (!add_points(&sweep->series[i], (double)param->value,
                        &result->series[mb_metric_of(swept[i].quantity, swept[i].window)]))
            sweep->is_broken = true;
}
