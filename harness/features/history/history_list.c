/* Tables: the changes commit by commit, the runs. */
#include "features/history/curve.h"

#include "base/utf8.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

enum { CASE_COLUMNS_MAX = 44 };

static void write_commit(FILE *out, const mb_history_run *run, const mb_curve_style *style)
{
    char commit[MB_CURVE_TEXT_MAX], date[MB_CURVE_TEXT_MAX];
    fprintf(out, "%s%s%s %s  ", style->color ? "\033[1m" : "", mb_curve_commit(run->commit, commit),
            style->color ? "\033[0m" : "", mb_curve_date(run->time_s, date));
    mb_utf8_write(out, run->subject, style->unicode);
    fputc('\n', out);
}

static int case_columns(const mb_curve_changes *changes)
{
    int columns = 0;
    for (size_t i = 0; i < changes->count; i++) {
        int length = (int)strlen(changes->changes[i].case_id);
        columns = length > columns ? length : columns;
    }
    return columns < CASE_COLUMNS_MAX ? columns : CASE_COLUMNS_MAX;
}

/* "; machine 2, program wasm3" where there are several. */
static void write_cohort(FILE *out, const mb_history_log *log, const mb_history_run *run)
{
    if (log->cohort_count > 1)
        fprintf(out, "  (%s, machine %lld)", run->program, (long long)log->machines[run->machine].id);
}

void mb_curve_changes_write_text(FILE *out, const mb_history_log *log, const mb_curve_changes *changes,
                                 const mb_curve_style *style)
{
    int columns = case_columns(changes), label_columns = 0;
    for (size_t i = 0; i < changes->count; i++) {
        int length = (int)strlen(mb_words_label(changes->changes[i].metric));
        label_columns = length > label_columns ? length : label_columns;
    }
    for (size_t i = 0; i < changes->count; i++) {
        const mb_curve_change *change = &changes->changes[i];
        const mb_history_run *run = &log->runs[change->run];
        char before[MB_WORDS_TEXT_MAX], after[MB_WORDS_TEXT_MAX], difference[MB_CURVE_TEXT_MAX],
            text[MB_CURVE_TEXT_MAX], id[MB_ID_BYTES_MAX];
        const mb_history_run *last = i > 0 ? &log->runs[changes->changes[i - 1].run] : NULL;
        if (last == NULL || strcmp(last->commit, run->commit) != 0)
            write_commit(out, run, style);
        mb_utf8_clean(change->case_id, style->unicode, id, sizeof id);
        fprintf(out, "  %-*s  %-*s  %s%s %s %s, %s%s  %s", columns, id, label_columns, mb_words_label(change->metric),
                mb_curve_color(style, change), mb_words_value(change->metric, change->point.before, false, before),
                style->unicode ? "→" : "->", mb_words_value(change->metric, change->point.after, false, after),
                mb_curve_difference(change, difference), mb_curve_color_end(style), mb_curve_confidence(change, text));
        write_cohort(out, log, run);
        fputc('\n', out);
        if (mb_curve_note(log, change, style->unicode, text)[0] != '\0')
            fprintf(out, "    %s\n", text);
    }
}

static double growth_of(const mb_curve_change *change)
{
    return change->point.before > 0 ? change->point.after / change->point.before : change->point.after;
}

static int compare_totals(const void *left, const void *right)
{
    double a = growth_of(left), b = growth_of(right);
    return (a < b) - (a > b);
}

void mb_curve_totals_write_text(FILE *out, const mb_history_log *log, mb_curve_changes *totals,
                                const mb_curve_style *style)
{
    if (totals->count > 1)
        qsort(totals->changes, totals->count, sizeof *totals->changes, compare_totals);
    int columns = case_columns(totals);
    for (size_t i = 0; i < totals->count; i++) {
        const mb_curve_change *total = &totals->changes[i];
        char before[MB_WORDS_TEXT_MAX], after[MB_WORDS_TEXT_MAX], difference[MB_CURVE_TEXT_MAX], id[MB_ID_BYTES_MAX];
        mb_utf8_clean(total->case_id, style->unicode, id, sizeof id);
        fprintf(out, "  %-*s  %s  %s%s %s %s, %s%s in %zu change%s", columns, id, mb_words_label(total->metric),
                mb_curve_color(style, total), mb_words_value(total->metric, total->point.before, false, before),
                style->unicode ? "→" : "->", mb_words_value(total->metric, total->point.after, false, after),
                mb_curve_difference(total, difference), mb_curve_color_end(style), total->step_count,
                total->step_count == 1 ? "" : "s");
        write_cohort(out, log, &log->runs[total->run]);
        fputc('\n', out);
    }
}

void mb_curve_changes_write(FILE *out, mb_records_format format, const mb_history_log *log,
                            const mb_curve_changes *changes)
{
    static const char *const names[] = {"commit", "time",  "branch", "machine",    "program",       "case", "metric",
                                        "before", "after", "exact",  "confidence", "commit_before", NULL};
    mb_records records;
    mb_records_begin(&records, out, format, names);
    for (size_t i = 0; i < changes->count; i++) {
        const mb_curve_change *change = &changes->changes[i];
        const mb_history_run *run = &log->runs[change->run];
        mb_records_text(&records, run->commit);
        mb_records_number(&records, (double)run->time_s);
        mb_records_text(&records, run->branch);
        mb_records_number(&records, (double)log->machines[run->machine].id);
        mb_records_text(&records, run->program);
        mb_records_text(&records, change->case_id);
        mb_records_text(&records, mb_metric_name(change->metric));
        mb_records_number(&records, change->point.before);
        mb_records_number(&records, change->point.after);
        mb_records_bool(&records, change->is_exact);
        mb_records_number(&records, change->point.confidence);
        mb_records_text(&records, log->runs[change->before_run].commit);
    }
    mb_records_end(&records);
}

/* Runs of one commit, branch and machine class that were recorded next to each other. */
static size_t row_start(const mb_history_log *log, size_t end)
{
    const mb_history_run *last = &log->runs[end - 1];
    size_t start = end - 1;
    for (; start > 0; start--) {
        const mb_history_run *run = &log->runs[start - 1];
        if (strcmp(run->commit, last->commit) != 0 || strcmp(run->branch, last->branch) != 0 ||
            run->machine != last->machine)
            break;
    }
    return start;
}

static size_t cases_in(const mb_history_log *log, size_t start, size_t end)
{
    size_t count = 0;
    for (size_t i = start; i < end; i++)
        count += log->runs[i].case_count;
    return count;
}

void mb_curve_list_write_text(FILE *out, const mb_history_log *log, const mb_curve_style *style)
{
    fprintf(out, "%-10s  %-10s  %-12s %7s %5s %6s  %s\n", "commit", "date", "branch", "machine", "runs", "cases",
            "subject");
    for (size_t end = log->run_count, start; end > 0; end = start) {
        const mb_history_run *run = &log->runs[end - 1];
        char commit[MB_CURVE_TEXT_MAX], date[MB_CURVE_TEXT_MAX], branch[MB_CURVE_TEXT_MAX];
        start = row_start(log, end);
        mb_utf8_clean(run->branch[0] != '\0' ? run->branch : "-", style->unicode, branch, sizeof branch);
        fprintf(out, "%-10s  %-10s  %-12s %7lld %5zu %6zu  ", mb_curve_commit(run->commit, commit),
                mb_curve_date(run->time_s, date), branch, (long long)log->machines[run->machine].id, end - start,
                cases_in(log, start, end));
        mb_utf8_write(out, run->subject, style->unicode);
        fputc('\n', out);
    }
    for (size_t m = 0; m < log->machine_count; m++) {
        char text[MB_CURVE_TEXT_MAX];
        fprintf(out, "%smachine %lld: %s\n", m == 0 ? "\n" : "", (long long)log->machines[m].id,
                mb_curve_machine(&log->machines[m], text));
    }
}

void mb_curve_list_write(FILE *out, mb_records_format format, const mb_history_log *log)
{
    static const char *const names[] = {"commit",   "time", "subject", "branch", "machine", "machine_id", "program",
                                        "build_id", "date", "kernel",  "host",   "cases",   NULL};
    mb_records records;
    mb_records_begin(&records, out, format, names);
    for (size_t i = log->run_count; i-- > 0;) {
        const mb_history_run *run = &log->runs[i];
        char machine[MB_CURVE_TEXT_MAX];
        mb_records_text(&records, run->commit);
        mb_records_number(&records, (double)run->time_s);
        mb_records_text(&records, run->subject);
        mb_records_text(&records, run->branch);
        mb_records_text(&records, mb_curve_machine(&log->machines[run->machine], machine));
        mb_records_number(&records, (double)log->machines[run->machine].id);
        mb_records_text(&records, run->program);
        mb_records_text(&records, run->build_id);
        mb_records_text(&records, run->date);
        mb_records_text(&records, run->kernel);
        mb_records_text(&records, run->host_name);
        mb_records_number(&records, (double)run->case_count);
    }
    mb_records_end(&records);
}
