/* Curves for programs to read, and as a picture. */
#include "features/history/curve.h"

#include "base/csv_field.h"
#include "base/memory_file.h"
#include "features/history/samples.h"
#include "report/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_SHOWN_MAX = 1000, TICKS = 6 };

/* Samples of a point; 0 when it is exact or they were not read. */
static size_t samples_of(const mb_history_point *point, double samples[SAMPLES_SHOWN_MAX])
{
    size_t count =
        point->blob != NULL ? mb_samples_unpack(point->blob, point->blob_bytes, samples, SAMPLES_SHOWN_MAX) : 0;
    return count < SAMPLES_SHOWN_MAX ? count : SAMPLES_SHOWN_MAX;
}

void mb_curve_write_csv_head(FILE *out)
{
    fputs("case,metric,commit,time,branch,machine,program,value,exact,change_from,confidence,samples\n", out);
}

static const mb_curve_change *change_at(const mb_curve *curve, size_t index)
{
    for (size_t i = 0; i < curve->change_count; i++)
        if (curve->changes[i].point.index == index)
            return &curve->changes[i];
    return NULL;
}

void mb_curve_write_csv(FILE *out, const mb_curve *curve)
{
    const mb_history_series *series = curve->series;
    double samples[SAMPLES_SHOWN_MAX];
    for (size_t i = 0; i < series->count; i++) {
        const mb_history_point *point = &series->points[i];
        const mb_history_run *run = &curve->log->runs[point->run];
        const mb_curve_change *change = change_at(curve, i);
        mb_csv_text(out, series->case_id);
        mb_csv_next_text(out, mb_metric_name(series->metric));
        mb_csv_next_text(out, run->commit);
        mb_csv_next_number(out, (double)run->time_s);
        mb_csv_next_text(out, run->branch);
        mb_csv_next_number(out, (double)curve->log->machines[run->machine].id);
        mb_csv_next_text(out, run->program);
        mb_csv_next_number(out, point->value);
        fputs(point->is_exact ? ",1" : ",0", out);
        mb_csv_next_number(out, change != NULL ? change->point.before : NAN);
        mb_csv_next_number(out, change != NULL ? change->point.confidence : NAN);
        fputc(',', out);
        size_t count = samples_of(point, samples);
        for (size_t s = 0; s < count; s++)
            fprintf(out, "%s%.17g", s > 0 ? " " : "", samples[s]);
        fputc('\n', out);
    }
}

static void write_json_point(mb_json_writer *json, const mb_curve *curve, const mb_history_point *point)
{
    double samples[SAMPLES_SHOWN_MAX];
    const mb_history_run *run = &curve->log->runs[point->run];
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "commit", run->commit);
    mb_json_write_count(json, "time", (uint64_t)(run->time_s > 0 ? run->time_s : 0));
    mb_json_write_number(json, "value", point->value);
    mb_json_write_bool(json, "exact", point->is_exact);
    size_t count = samples_of(point, samples);
    if (count > 0) {
        mb_json_write_open(json, "samples", '[');
        for (size_t i = 0; i < count; i++)
            mb_json_write_number(json, NULL, samples[i]);
        mb_json_write_close(json, ']');
    }
    mb_json_write_close(json, '}');
}

void mb_curve_write_json(mb_json_writer *json, const mb_curve *curve)
{
    const mb_history_series *series = curve->series;
    const mb_history_run *run = &curve->log->runs[series->points[0].run];
    char machine[MB_CURVE_TEXT_MAX];
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "case", series->case_id);
    mb_json_write_text(json, "metric", mb_metric_name(series->metric));
    mb_json_write_text(json, "branch", run->branch);
    mb_json_write_text(json, "program", run->program);
    mb_json_write_text(json, "machine", mb_curve_machine(&curve->log->machines[run->machine], machine));
    mb_json_write_open(json, "points", '[');
    for (size_t i = 0; i < series->count; i++)
        write_json_point(json, curve, &series->points[i]);
    mb_json_write_close(json, ']');
    mb_json_write_open(json, "changes", '[');
    for (size_t i = 0; i < curve->change_count; i++) {
        const mb_curve_change *change = &curve->changes[i];
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "commit", curve->log->runs[change->run].commit);
        mb_json_write_number(json, "before", change->point.before);
        mb_json_write_number(json, "after", change->point.after);
        mb_json_write_number(json, "confidence", change->point.confidence);
        mb_json_write_bool(json, "exact", change->is_exact);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
    mb_json_write_close(json, '}');
}

/* Commits are told apart by their place; some of them are named under the axis. */
static void write_names(FILE *script, const mb_curve *curve)
{
    const mb_history_series *series = curve->series;
    size_t shown = series->count < TICKS ? series->count : TICKS;
    fputs("set xtics (", script);
    for (size_t i = 0; i < shown; i++) {
        size_t place = shown > 1 ? i * (series->count - 1) / (shown - 1) : 0;
        const mb_history_run *run = &curve->log->runs[series->points[place].run];
        char commit[MB_CURVE_TEXT_MAX];
        fputs(i > 0 ? ", " : "", script);
        mb_gnuplot_label(script, mb_curve_commit(run->commit, commit));
        fprintf(script, " %zu", place);
    }
    fputs(")\n", script);
}

static void write_levels(FILE *script, const mb_curve *curve)
{
    size_t count = curve->series->count;
    fputs("$levels << EOD\n", script);
    for (size_t i = 0; i < curve->change_count; i++) {
        const mb_changepoint *point = &curve->changes[i].point;
        size_t from = i > 0 ? curve->changes[i - 1].point.index : 0;
        size_t end = i + 1 < curve->change_count ? curve->changes[i + 1].point.index : count;
        fprintf(script, "%zu %.17g\n%zu %.17g\n\n", from, point->before, point->index - 1, point->before);
        if (i + 1 == curve->change_count)
            fprintf(script, "%zu %.17g\n%zu %.17g\n", point->index, point->after, end - 1, point->after);
    }
    fputs("EOD\n", script);
}

static void write_script(FILE *script, const mb_curve *curve)
{
    const mb_history_series *series = curve->series;
    double high = 0;
    char title[MB_CURVE_TEXT_MAX + MB_ID_BYTES_MAX];
    fputs("$points << EOD\n", script);
    for (size_t i = 0; i < series->count; i++) {
        fprintf(script, "%zu %.17g\n", i, series->points[i].value);
        high = fmax(high, series->points[i].value);
    }
    fputs("EOD\n", script);
    write_levels(script, curve);
    snprintf(title, sizeof title, "%s: %s", series->case_id, mb_words_label(series->metric));
    fputs("set title ", script);
    mb_gnuplot_label(script, title);
    fputc('\n', script);
    if (mb_metric_info(series->metric)->kind == MB_KIND_BYTES)
        mb_gnuplot_bytes_axis(script, "y", 0, high);
    write_names(script, curve);
    fprintf(script, "set yrange [%s:%.17g]\nset offsets graph 0.02, graph 0.05, 0, 0\nset key off\n",
            high > 0 ? "0" : "*", high > 0 ? high * 1.08 : 1);
    fprintf(script, "plot $points using 1:2 with %s%s\n",
            series->is_exact ? "steps linestyle 1" : "points linestyle 1 pointtype 7 pointsize 0.4",
            curve->change_count > 0 && !series->is_exact ? ", $levels using 1:2 with lines linestyle 2" : "");
}

mb_status mb_curve_draw(FILE *out, const mb_curve *curve, mb_picture picture, mb_error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *script = mb_memory_file_open(&text, &length);
    if (script == NULL)
        return mb_error_no_memory(error);
    write_script(script, curve);
    mb_status status = mb_memory_file_close(script, &text)
                           ? mb_gnuplot_draw(text, length, picture, MB_GNUPLOT_WIDTH, MB_GNUPLOT_HEIGHT, out, error)
                           : mb_error_no_memory(error);
    free(text);
    return status;
}
