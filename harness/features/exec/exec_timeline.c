/* `--timeline`: commands run once more, and what they held written to files. */
#include "features/exec/exec_timeline.h"
#include "features/exec/exec_options.h"

#include "base/csv_field.h"
#include "base/output_file.h"
#include "base/signals.h"
#include "report/gnuplot.h"

#include <stdlib.h>
#include <string.h>

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), wanted = strlen(ending);
    return length > wanted && strcmp(path + length - wanted, ending) == 0;
}

mb_status mb_exec_timeline_check(const mb_options *options, mb_error *error)
{
    const mb_exec_options *exec = mb_exec_of(options);
    mb_status status = MB_OK;
    for (size_t i = 0; i < exec->timeline_count && status == MB_OK; i++) {
        status = mb_output_check(exec->timelines[i], error);
        if (status == MB_OK && has_ending(exec->timelines[i], ".svg"))
            status = mb_gnuplot_find(error);
    }
    return status;
}

/* A row a reading, in the order of time; sizes in bytes. */
static void write_csv(FILE *file, const mb_timeline_records *records)
{
    fputs("command,time_seconds,kind,pid,program,resident_bytes,anon_bytes\n", file);
    for (size_t r = 0; r < records->count; r++) {
        const mb_timeline *timeline = &records->records[r].timeline;
        for (size_t i = 0; i < timeline->point_count; i++) {
            const mb_timeline_point *point = &timeline->points[i];
            const mb_timeline_stage *stage = &timeline->stages[point->stage_index];
            mb_csv_text(file, records->records[r].label);
            fprintf(file, ",%.6f,%s", (double)point->time_ns / 1e9, mb_timeline_kind_name(point->kind));
            if (point->kind == MB_TIMELINE_TREE) {
                fprintf(file, ",,,,%lld\n", (long long)point->anon_bytes);
                continue;
            }
            fprintf(file, ",%ld", (long)stage->pid);
            mb_csv_next_text(file, stage->name);
            fprintf(file, ",%lld,%lld\n", (long long)point->rss_bytes, (long long)point->anon_bytes);
        }
    }
}

static mb_status write_file(const char *path, const mb_timeline_records *records, mb_error *error)
{
    mb_output output;
    mb_status status = mb_output_open(&output, path, error);
    if (status != MB_OK)
        return status;
    if (has_ending(path, ".svg"))
        status = mb_timeline_draw(output.file, records, error);
    else if (has_ending(path, ".html"))
        mb_timeline_page_write(output.file, records);
    else
        write_csv(output.file, records);
    if (status == MB_OK)
        return mb_output_close(&output, error);
    mb_output_abandon(&output);
    return status;
}

static void say(FILE *out, const mb_timeline_record *record)
{
    char text[MB_TIMELINE_TEXT_BYTES], gaps[MB_TIMELINE_GAPS_MAX][MB_TIMELINE_TEXT_BYTES];
    fprintf(out, "\n%s, over time, in a separate run\n", record->label);
    if (record->has_run)
        fprintf(out, "  peak           %s\n", mb_timeline_say_peak(record, text));
    if (mb_timeline_say_tree(record, text)[0] != '\0')
        fprintf(out, "  all processes  %s\n", text);
    if (record->has_run)
        fprintf(out, "  at its end     %s\n", mb_timeline_say_end(record, text));
    size_t gap_count = mb_timeline_say_gaps(record, gaps);
    for (size_t i = 0; i < gap_count; i++)
        fprintf(out, "  note           %s\n", gaps[i]);
}

/* A command that ends badly has a timeline all the same. */
static void say_outcome(const mb_exec *exec, char text[MB_TIMELINE_TEXT_BYTES])
{
    char signal_text[MB_SIGNAL_TEXT_BYTES], killed[MB_CGROUP_TEXT_BYTES];
    const mb_trace_end *end = exec->end;
    if (!end->timed_out && end->signal_number == 0 && end->exit_code == 0)
        return;
    const char *gap = *mb_exec_say_killed(exec, killed) != '\0' ? "; " : "";
    if (end->timed_out)
        snprintf(text, MB_TIMELINE_TEXT_BYTES, "it timed out (--timeout)");
    else if (end->signal_number != 0)
        snprintf(text, MB_TIMELINE_TEXT_BYTES, "it was ended by %s%s%.400s",
                 mb_signal_text(end->signal_number, signal_text), gap, killed);
    else if (end->exit_code != 0)
        snprintf(text, MB_TIMELINE_TEXT_BYTES, "it exited with code %d%s%.400s", end->exit_code, gap, killed);
}

static mb_status record_one(mb_exec *exec, size_t index, const char *label, mb_timeline_record *record, mb_error *error)
{
    if (label != NULL)
        snprintf(record->label, sizeof record->label, "%s: %s", label, exec->commands[index].text);
    else
        snprintf(record->label, sizeof record->label, "%s", exec->results[index].id);
    mb_timeline_init(&record->timeline);
    if (exec->commands[index].path == NULL) {
        snprintf(record->outcome, sizeof record->outcome, "%s", exec->results[index].message);
        return MB_OK;
    }
    const mb_exec_extra extra = {.timeline = &record->timeline};
    mb_status status =
        mb_exec_run_extra(exec, index, &extra, &record->has_run, record->outcome, sizeof record->outcome, error);
    const mb_trace_end *end = exec->end;
    if (record->has_run)
        say_outcome(exec, record->outcome);
    memcpy(record->refusal, end->refusal, sizeof record->refusal);
    record->is_traced = end->is_traced;
    record->wall_ns = end->wall_ns;
    record->unread_count = end->unread_count;
    record->inexact_count = end->inexact_count;
    return status;
}

static mb_status record_all(mb_exec *const *execs, const char *const *labels, size_t count,
                            mb_timeline_records *records, bool *goes_on, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t e = 0; e < count; e++)
        for (size_t i = 0; i < execs[e]->count && *goes_on && status == MB_OK; i++) {
            status =
                record_one(execs[e], i, labels != NULL ? labels[e] : NULL, &records->records[records->count++], error);
            *goes_on = execs[e]->signal_number == 0;
        }
    return status;
}

mb_status mb_exec_timeline(mb_exec *const *execs, const char *const *labels, size_t count, FILE *out, mb_error *error)
{
    const mb_exec_options *options = mb_exec_of(execs[0]->options);
    size_t capacity = 0;
    bool goes_on = true;
    if (options->timeline_count == 0)
        return MB_OK;
    for (size_t e = 0; e < count; e++)
        capacity += execs[e]->count;
    mb_timeline_records records = {.records = calloc(capacity + 1, sizeof *records.records)};
    if (records.records == NULL)
        return mb_error_no_memory(error);
    mb_status status = record_all(execs, labels, count, &records, &goes_on, error);
    for (size_t i = 0; i < options->timeline_count && status == MB_OK && goes_on; i++)
        status = write_file(options->timelines[i], &records, error);
    for (size_t r = 0; r < records.count; r++) {
        if (status == MB_OK && goes_on && out != NULL)
            say(out, &records.records[r]);
        mb_timeline_fini(&records.records[r].timeline);
    }
    free(records.records);
    return status;
}
