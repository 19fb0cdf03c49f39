/* `membench history changes` and `list`: what changed over all curves, and which runs there are. */
#include "features/builds/git.h"

#include "base/grown.h"
#include "features/history/history_options.h"
#include "features/history/history_show.h"
#include "features/history/history_view.h"

#include <stdlib.h>
#include <string.h>

static mb_status note_steady(mb_history_view *v, const char *case_id, mb_error *error)
{
    if (v->steady_count > 0 && strcmp(v->steady_cases[v->steady_count - 1], case_id) == 0)
        return MB_OK;
    const char **grown = mb_grown(v->steady_cases, v->steady_count, &v->steady_capacity, sizeof *grown);
    if (grown == NULL)
        return mb_error_no_memory(error);
    v->steady_cases = grown;
    const char *copy = mb_arena_copy(&v->arena, case_id);
    if (copy == NULL)
        return mb_error_no_memory(error);
    v->steady_cases[v->steady_count++] = copy;
    return MB_OK;
}

/* Both scans go through the cases in one order, so the next steady case is this one or comes later. */
static bool has_steady(mb_history_view *v, const char *case_id)
{
    for (size_t i = v->steady_next; i < v->steady_count; i++)
        if (strcmp(v->steady_cases[i], case_id) == 0) {
            v->steady_next = i;
            return true;
        }
    return false;
}

static mb_status take_changes(void *context, const mb_history_series *series, mb_error *error)
{
    mb_history_view *v = context;
    size_t first = 0;
    if (v->is_cold && has_steady(v, series->case_id))
        return MB_OK;
    mb_status status = v->is_cold ? MB_OK : note_steady(v, series->case_id, error);
    if (status == MB_OK)
        status = mb_curve_changes_find(&v->changes, series, &v->rule, &first, error);
    v->series_count++;
    if (status == MB_OK)
        mb_history_drop_small(v, first);
    if (status == MB_OK && v->has_since)
        status = mb_curve_changes_since(&v->changes, first, v->since_run, &v->totals, error);
    return status;
}

/* All metrics that were asked for; else those that gate by themselves, in the steady window where a case has one. */
static mb_status find_changes(mb_history_view *v, mb_error *error)
{
    const mb_options *options = v->options;
    mb_history_scan scan = {
        .log = &v->log, .case_id = v->case_id, .metrics = v->metrics, .visit = take_changes, .context = v};
    if (options->plan.metrics_chosen || options->verbose) {
        scan.metrics = options->plan.metrics_chosen ? options->plan.metrics : NULL;
        return mb_history_scan_run(v->history, &scan, error);
    }
    mb_status status = MB_OK;
    for (int cold = 0; cold < 2 && status == MB_OK; cold++) {
        v->is_cold = cold == 1;
        for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
            v->metrics[m] = mb_metric_info(m)->gates && (mb_metric_window(m) == MB_WINDOW_COLD) == v->is_cold;
        status = mb_history_scan_run(v->history, &scan, error);
    }
    return status;
}

/* Of lists, which have no other formats than these and text. */
static mb_records_format records_format(const mb_history_view *v)
{
    return v->format == MB_HISTORY_CSV ? MB_RECORDS_CSV : MB_RECORDS_JSON;
}

static void write_changes(mb_history_view *v)
{
    FILE *out = v->output.file;
    mb_curve_changes_sort(&v->changes);
    if (v->format != MB_HISTORY_TEXT) {
        mb_curve_changes_write(out, records_format(v), &v->log, &v->changes);
        return;
    }
    fprintf(out, "branch %s: %zu change%s in %zu curve%s over %zu runs\n", mb_history_branch_name(v), v->changes.count,
            v->changes.count == 1 ? "" : "s", v->series_count, v->series_count == 1 ? "" : "s", v->log.run_count);
    if (v->has_since) {
        char commit[MB_CURVE_TEXT_MAX];
        fprintf(out, "since %s, in all %zu curve%s:\n", mb_curve_commit(v->log.runs[v->since_run].commit, commit),
                v->totals.count, v->totals.count == 1 ? "" : "s");
        mb_curve_totals_write_text(out, &v->log, &v->totals, &v->style);
        fputc('\n', out);
    }
    mb_curve_changes_write_text(out, &v->log, &v->changes, &v->style);
}

/* The last run of a commit that was recorded by that name or is one of git's; of one without runs, the last run of a
 * commit made before it. */
static mb_status find_since(mb_history_view *v, const char *word, mb_error *error)
{
    bool found;
    mb_git_commit commit;
    mb_status status = mb_git_find_commit(word, &found, &commit, error);
    if (status != MB_OK)
        return status;
    for (int by_time = 0; by_time < 2 && !v->has_since; by_time++)
        for (size_t i = 0; i < v->log.run_count; i++) {
            const mb_history_run *run = &v->log.runs[i];
            bool is_it = by_time ? found && run->time_s <= commit.time_s
                                 : strcmp(run->commit, word) == 0 || (found && strcmp(run->commit, commit.name) == 0);
            if (!is_it)
                continue;
            v->has_since = true;
            v->since_run = i;
        }
    if (!v->has_since)
        return mb_error_set(error, MB_ERROR_USAGE, "--since %s: no run of that commit, or of one before it", word);
    return MB_OK;
}

mb_status mb_history_changes(const mb_options *options, const char *word, mb_error *error)
{
    mb_history_view v = {.options = options};
    mb_status status = mb_history_find_format(&v, false, error);
    if (status == MB_OK)
        status = mb_history_open_view(&v, options, false, error);
    if (status == MB_OK && word != NULL)
        status = mb_history_case_find(v.history, word, &v.arena, &v.case_id, error);
    if (status == MB_OK && mb_history_of(options)->since != NULL)
        status = find_since(&v, mb_history_of(options)->since, error);
    if (status == MB_OK)
        status = find_changes(&v, error);
    if (status == MB_OK)
        status = mb_history_open_output(&v, error);
    if (status == MB_OK)
        write_changes(&v);
    return mb_history_close_view(&v, status, error);
}

mb_status mb_history_list(const mb_options *options, mb_error *error)
{
    mb_history_view v = {.options = options};
    mb_status status = mb_history_find_format(&v, false, error);
    if (status == MB_OK)
        status = mb_history_open_view(&v, options, true, error);
    if (status == MB_OK)
        status = mb_history_open_output(&v, error);
    if (status == MB_OK && v.format == MB_HISTORY_TEXT)
        mb_curve_list_write_text(v.output.file, &v.log, &v.style);
    else if (status == MB_OK)
        mb_curve_list_write(v.output.file, records_format(&v), &v.log);
    return mb_history_close_view(&v, status, error);
}
