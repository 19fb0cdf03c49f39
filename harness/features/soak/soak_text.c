/* The verdict of a soak in words, and the figures behind it. */
#include "features/soak/soak_view.h"

#include "base/units.h"
#include "base/utf8.h"
#include "report/paint.h"
#include "report/soak_where.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LABEL_COLUMNS = 18, UNLIMITED_COLUMNS = 10000 };

typedef struct writing {
    FILE *file;
    const mb_soak_result *result;
    const mb_soak_style *style;
    mb_report output; /* the same file, for what wraps lines: not in a pipe */
} writing;

static void put_row(const writing *w, const char *label, const char *value)
{
    fprintf(w->file, "  %-*s", LABEL_COLUMNS, label);
    mb_terminal_wrap(&w->output, MB_COLOR_PLAIN, 2 + LABEL_COLUMNS, 2 + LABEL_COLUMNS, value);
}

static void put_interval(const writing *w, const char *label, const mb_soak_slope *slope, double factor,
                         const char *unit)
{
    char value[MB_UNITS_TEXT_MAX], low[MB_UNITS_TEXT_MAX], high[MB_UNITS_TEXT_MAX], text[MB_SOAK_TEXT_MAX];
    bool is_small = fabs(slope->value * factor) < 10 && fmax(fabs(slope->low), fabs(slope->high)) * factor < 1000;
    const char *format = is_small ? "%.3g B" : NULL;
    if (is_small) {
        snprintf(value, sizeof value, format, slope->value * factor);
        snprintf(low, sizeof low, format, slope->low * factor);
        snprintf(high, sizeof high, format, slope->high * factor);
    } else {
        mb_format_bytes(slope->value * factor, value);
        mb_format_bytes(slope->low * factor, low);
        mb_format_bytes(slope->high * factor, high);
    }
    snprintf(text, sizeof text, "%s%s%s [%s, %s]", slope->value > 0 ? "+" : "", value, unit, low, high);
    put_row(w, label, text);
}

static void put_head(const writing *w)
{
    const mb_soak_series *series = w->result->series;
    const mb_soak_about *about = &series->about;
    char time[MB_SOAK_TEXT_MAX], text[1024];
    double length = series->ticks[series->count - 1].time_seconds - series->ticks[0].time_seconds;
    size_t used = (size_t)snprintf(text, sizeof text, "soak of %.400s: %s",
                                   about->target != NULL ? about->target : "a recorded series",
                                   mb_soak_time_format(length, time));
    const mb_soak_tick *last = &series->ticks[series->count - 1];
    for (size_t i = 0; i < about->phase_count && i <= last->phase_index && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s", i == 0 ? " (" : ", ",
                                 mb_soak_kind_name(about->phases[i].kind),
                                 mb_soak_time_format(about->phases[i].length_seconds, time));
    if (used < sizeof text)
        snprintf(text + used, sizeof text - used, "%s, %zu tick%s%s", about->phase_count > 0 ? ")" : "", series->count,
                 series->count == 1 ? "" : "s", about->time_scale > 0 && about->time_scale != 1 ? ", scaled time" : "");
    mb_terminal_wrap(&w->output, MB_COLOR_PLAIN, 0, 2, text);
    fputc('\n', w->file);
}

static void put_verdict(const writing *w)
{
    static const mb_color colors[] = {
        [MB_SOAK_LEAK] = MB_COLOR_RED, [MB_SOAK_PLATEAU] = MB_COLOR_GREEN, [MB_SOAK_INCONCLUSIVE] = MB_COLOR_YELLOW};
    const mb_soak_judgement *j = &w->result->judgement;
    char reason[1024], least[MB_SOAK_TEXT_MAX];
    mb_soak_reason_format(w->result, reason, sizeof reason);
    const char *verdict = mb_soak_verdict_name(j->verdict);
    mb_terminal_put(&w->output, colors[j->verdict], verdict);
    fputs(": ", w->file);
    mb_terminal_wrap(&w->output, MB_COLOR_PLAIN, (int)strlen(verdict) + 2, 2, reason);
    if (j->is_short && j->reason != MB_SOAK_TOO_SHORT)
        fprintf(w->file, "  forced, below the minimum duration of %s: do not rely on it\n",
                mb_soak_time_format(mb_soak_least_seconds(w->result->rule), least));
    mb_soak_idle_format(&w->result->idle, reason, sizeof reason);
    if (reason[0] != '\0') {
        fputs("  idle: ", w->file);
        mb_terminal_wrap(&w->output, MB_COLOR_PLAIN, 8, 8, reason);
    }
    const mb_soak_judgement *rss = &w->result->rss;
    if (w->result->has_rss && rss->verdict == MB_SOAK_LEAK && j->verdict != MB_SOAK_LEAK)
        fprintf(w->file, "  the resident set as a whole would be a LEAK of %s: file pages; --metric rss judges it\n",
                mb_soak_rate_format(rss->slope.value, least));
    if (w->result->series->where != NULL)
        mb_soak_where_print(w->file, w->result->series->where, w->style->unicode);
    fputc('\n', w->file);
}

static void put_growth(const writing *w)
{
    const mb_soak_judgement *j = &w->result->judgement;
    char text[MB_SOAK_TEXT_MAX], size[MB_UNITS_TEXT_MAX];
    if (w->result->exact.is_exact && w->result->exact.bytes == 0) {
        snprintf(text, sizeof text, "none of %s operations keeps anything",
                 mb_format_count(w->result->exact.operation_count, size));
        put_row(w, "heap", text);
    }
    if (!j->has_slope)
        return;
    put_interval(w, "growth", &j->slope, 1, "/h");
    snprintf(text, sizeof text, "%s%s", j->slope.value > 0 ? "+" : "", mb_format_bytes(24 * j->slope.value, size));
    put_row(w, "a day", text);
    if (j->has_per_operation)
        put_interval(w, "per operation", &j->per_operation, 1, "");
    put_row(w, "level", mb_format_bytes(j->level_bytes, size));
}

static double greatest(const mb_soak_series *series, mb_soak_field field, bool *is_known)
{
    double most = 0;
    *is_known = false;
    for (size_t i = 0; i < series->count; i++)
        if (series->ticks[i].is_known[field] && (!*is_known || series->ticks[i].values[field] > most)) {
            most = series->ticks[i].values[field];
            *is_known = true;
        }
    return most;
}

static void put_sizes(const writing *w)
{
    const mb_soak_series *series = w->result->series;
    const mb_soak_tick *last = &series->ticks[series->count - 1];
    char text[MB_SOAK_TEXT_MAX], size[MB_UNITS_TEXT_MAX];
    bool has_peak, has_rss, has_percent, has_threads, unused;
    double peak = greatest(series, MB_SOAK_PEAK_RSS_BYTES, &has_peak);
    double rss = greatest(series, MB_SOAK_RSS_BYTES, &has_rss);
    double percent = greatest(series, MB_SOAK_MEMORY_PERCENT, &has_percent);
    double threads = greatest(series, MB_SOAK_THREAD_COUNT, &has_threads);
    double processes = greatest(series, MB_SOAK_PROCESS_COUNT, &unused);
    has_peak = has_peak && !(processes > 1); /* that of a tree nobody knows */
    if (has_peak || has_rss) {
        snprintf(text, sizeof text, "%s resident%s", mb_format_bytes(has_peak ? peak : rss, size),
                 has_peak ? ", since the process was started" : " at a tick");
        put_row(w, "peak", text);
    }
    if (has_percent) {
        snprintf(text, sizeof text, "%.2f %% of the machine's memory at most (MCP)", percent);
        put_row(w, "share", text);
    }
    if (has_threads) {
        snprintf(text, sizeof text, "%.0f at most", threads);
        put_row(w, "threads", text);
    }
    if (processes > 1) {
        snprintf(text, sizeof text, "%.0f at most, added up; %.0f replaced by others", processes,
                 greatest(series, MB_SOAK_REPLACED_COUNT, &unused));
        put_row(w, "processes", text);
    }
    if (last->is_known[MB_SOAK_OPERATION_COUNT])
        put_row(w, "operations", mb_format_count(last->values[MB_SOAK_OPERATION_COUNT], size));
}

/* What an idle phase or the trim at the end gave back: the size at its end against that before it. */
static void put_given_back(const writing *w)
{
    const mb_soak_series *series = w->result->series;
    for (size_t i = 1; i < series->count; i++) {
        const mb_soak_tick *before = &series->ticks[i - 1], *first = &series->ticks[i];
        double before_bytes, after_bytes;
        if (first->kind == MB_SOAK_RUN || (first->kind == before->kind && first->phase_index == before->phase_index))
            continue;
        size_t end = i;
        while (end + 1 < series->count && series->ticks[end + 1].kind == first->kind &&
               series->ticks[end + 1].phase_index == first->phase_index)
            end++;
        if (!mb_soak_tick_size(before, w->result->field, &before_bytes) ||
            !mb_soak_tick_size(&series->ticks[end], w->result->field, &after_bytes))
            continue;
        char text[MB_SOAK_TEXT_MAX], label[32], size[MB_UNITS_TEXT_MAX], from[MB_UNITS_TEXT_MAX];
        bool has_grown = after_bytes > before_bytes; /* what hears of no phase goes on in an idle one */
        snprintf(text, sizeof text, "%s of %s", mb_format_bytes(fabs(before_bytes - after_bytes), size),
                 mb_format_bytes(before_bytes, from));
        snprintf(label, sizeof label, "%s %s", mb_soak_kind_name(first->kind), has_grown ? "grew by" : "gave back");
        put_row(w, label, text);
    }
}

void mb_soak_text_write(FILE *file, const mb_soak_result *result, const mb_soak_style *style)
{
    mb_report_options look = {.width_columns = style->width_columns > 0 ? style->width_columns : UNLIMITED_COLUMNS,
                              .color = style->color,
                              .unicode = style->unicode};
    writing w = {.file = file, .result = result, .style = style, .output = {.file = file, .options = look}};
    put_head(&w);
    put_verdict(&w);
    put_growth(&w);
    put_sizes(&w);
    put_given_back(&w);
}
