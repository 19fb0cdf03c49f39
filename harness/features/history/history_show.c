#include "features/history/history_show.h"
#include "features/history/history_options.h"
#include "features/history/history_view.h"

#include "command/outcome.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const format_names[MB_HISTORY_FORMAT_COUNT] = {"text", "csv", "json", "html", "svg", "png"};

enum { COHORT_TEXT_MAX = 2 * MB_CURVE_TEXT_MAX };

mb_status mb_history_find_format(mb_history_view *v, bool has_pictures, mb_error *error)
{
    const char *name = v->options->format != NULL ? v->options->format : "text";
    for (int i = 0; i < (has_pictures ? MB_HISTORY_FORMAT_COUNT : MB_HISTORY_HTML); i++)
        if (strcmp(name, format_names[i]) == 0) {
            v->format = (mb_history_format)i;
            return MB_OK;
        }
    return mb_error_set(error, MB_ERROR_USAGE, "--format: \"%s\" is not text, csv%s json%s", name,
                        has_pictures ? "," : " or", has_pictures ? ", html, svg or png" : "");
}

static mb_status choose_branch(mb_history_view *v, mb_error *error)
{
    const char *named = mb_history_of(v->options)->branch;
    if (named == NULL)
        return mb_history_main_branch(v->history, &v->arena, &v->branch, error);
    v->branch = strcmp(named, "all") == 0 ? NULL : named;
    return MB_OK;
}

mb_status mb_history_open_view(mb_history_view *v, const mb_options *options, bool is_all, mb_error *error)
{
    const mb_history_options *wanted = mb_history_of(options);
    const char *path = wanted->db != NULL ? wanted->db : MB_HISTORY_PATH;
    mb_changepoint_rule_init(&v->rule);
    if (wanted->least_given)
        v->rule.least_ratio = wanted->least_ratio;
    if (wanted->confidence_given)
        v->rule.confidence_level = wanted->confidence_level;
    mb_status status = mb_history_open(path, MB_HISTORY_READ, &v->history, error);
    if (status == MB_OK && (!is_all || wanted->branch != NULL))
        status = choose_branch(v, error);
    mb_history_filter filter = {
        .branch = v->branch,
        .program = wanted->program,
        .machine_id = wanted->machine != NULL ? strtoll(wanted->machine, NULL, 10) : 0,
    };
    if (status == MB_OK)
        status = mb_history_log_read(v->history, &filter, &v->log, error);
    if (status == MB_OK && v->log.run_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "%s: no run of that branch, machine and program: see membench history list", path);
    return status;
}

mb_status mb_history_open_output(mb_history_view *v, mb_error *error)
{
    const char *path = v->options->out != NULL ? v->options->out : "-";
    mb_status status = mb_output_open(&v->output, path, error);
    if (status == MB_OK)
        v->style = (mb_curve_style){
            .width_columns = mb_terminal_width(v->output.file),
            .color = mb_terminal_wants_color(v->output.file, v->options->color),
            .unicode = mb_terminal_is_unicode(),
        };
    return status;
}

mb_status mb_history_close_view(mb_history_view *v, mb_status status, mb_error *error)
{
    if (status == MB_OK && v->output.file != NULL)
        status = mb_output_close(&v->output, error);
    else
        mb_output_abandon(&v->output);
    mb_curve_changes_fini(&v->changes);
    mb_curve_changes_fini(&v->totals);
    mb_history_log_fini(&v->log);
    mb_history_close(v->history);
    mb_arena_fini(&v->arena);
    free(v->cohort_counts);
    free(v->steady_cases);
    return status;
}

/* Leaves small changes of exact metrics out, where that was asked for. */
void mb_history_drop_small(mb_history_view *v, size_t first)
{
    size_t kept = first;
    for (size_t i = first; i < v->changes.count; i++) {
        mb_curve_change *change = &v->changes.changes[i];
        double before = change->point.before, difference = change->point.after - before;
        difference = difference < 0 ? -difference : difference;
        bool is_small =
            mb_history_of(v->options)->least_given && before > 0 && difference < v->rule.least_ratio * before;
        if (!is_small)
            v->changes.changes[kept++] = *change;
    }
    v->changes.count = kept;
}

static mb_status count_cohort(void *context, const mb_history_series *series, mb_error *error)
{
    mb_history_view *v = context;
    (void)error;
    v->cohort_counts[series->cohort] += series->count;
    v->metrics[series->metric] = true;
    return MB_OK;
}

/* What is shown when nothing is asked for: anonymous memory and the heap, or the only figures there are. */
static void choose_metrics(mb_history_view *v)
{
    static const mb_quantity wanted[] = {MB_ANON_DELTA_BYTES, MB_HEAP_LIVE_BYTES, MB_PROCESS_PEAK_RSS_BYTES};
    bool chosen[MB_METRIC_COUNT] = {false}, has_any = false;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        mb_metric steady = mb_metric_of(wanted[i], MB_WINDOW_STEADY), cold = mb_metric_of(wanted[i], MB_WINDOW_COLD);
        mb_metric metric = v->metrics[steady] ? steady : cold;
        chosen[metric] = v->metrics[metric];
        has_any = has_any || chosen[metric];
    }
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        bool is_wanted = v->options->plan.metrics_chosen ? v->options->plan.metrics[m] : has_any ? chosen[m] : true;
        v->metrics[m] = v->metrics[m] && is_wanted;
    }
}

/* Which cohort has most values. */
static mb_status choose_cohort(mb_history_view *v, mb_error *error)
{
    v->cohort_counts = calloc(v->log.cohort_count, sizeof *v->cohort_counts);
    if (v->cohort_counts == NULL)
        return mb_error_no_memory(error);
    const bool *asked = v->options->plan.metrics_chosen ? v->options->plan.metrics : NULL;
    mb_history_scan scan = {
        .log = &v->log, .case_id = v->case_id, .metrics = asked, .visit = count_cohort, .context = v};
    mb_status status = mb_history_scan_run(v->history, &scan, error);
    if (status != MB_OK)
        return status;
    for (size_t cohort = 1; cohort < v->log.cohort_count; cohort++)
        if (v->cohort_counts[cohort] > v->cohort_counts[v->cohort])
            v->cohort = cohort;
    if (v->cohort_counts[v->cohort] == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "%s has no value here of %s: see membench history list", v->case_id,
                            asked != NULL ? "these metrics" : "that branch, machine and program");
    choose_metrics(v);
    return MB_OK;
}

static mb_status show_series(void *context, const mb_history_series *series, mb_error *error)
{
    mb_history_view *v = context;
    size_t first = 0;
    if (series->cohort != v->cohort)
        return MB_OK;
    mb_status status = mb_curve_changes_find(&v->changes, series, &v->rule, &first, error);
    if (status != MB_OK)
        return status;
    mb_history_drop_small(v, first);
    size_t count = v->changes.count - first;
    mb_curve curve = {&v->log, series, count > 0 ? v->changes.changes + first : NULL, count};
    v->series_count++;
    switch (v->format) {
    case MB_HISTORY_TEXT:
        fputc('\n', v->output.file);
        mb_curve_write_text(v->output.file, &curve, &v->style);
        return MB_OK;
    case MB_HISTORY_CSV:
        mb_curve_write_csv(v->output.file, &curve);
        return MB_OK;
    case MB_HISTORY_JSON:
        mb_curve_write_json(&v->json, &curve);
        return MB_OK;
    case MB_HISTORY_HTML:
        mb_curve_page_add(v->output.file, &curve);
        return MB_OK;
    case MB_HISTORY_SVG:
    case MB_HISTORY_PNG:
    case MB_HISTORY_FORMAT_COUNT:
        break;
    }
    return v->series_count > 1 ? MB_OK
                               : mb_curve_draw(v->output.file, &curve,
                                               v->format == MB_HISTORY_PNG ? MB_PICTURE_PNG : MB_PICTURE_SVG, error);
}

/* "jobs on machine 1: x86_64, …", or "" where no run is shown. */
static void describe_cohort(const mb_history_view *v, char *text, size_t size)
{
    const mb_history_run *shown = NULL;
    char machine[MB_CURVE_TEXT_MAX];
    for (size_t i = 0; i < v->log.run_count && shown == NULL; i++)
        shown = v->log.runs[i].cohort == v->cohort ? &v->log.runs[i] : NULL;
    text[0] = '\0';
    if (shown != NULL)
        snprintf(text, size, "%s on machine %lld: %s", shown->program, (long long)v->log.machines[shown->machine].id,
                 mb_curve_machine(&v->log.machines[shown->machine], machine));
}

const char *mb_history_branch_name(const mb_history_view *v)
{
    return v->branch == NULL ? "all" : v->branch[0] != '\0' ? v->branch : "unknown";
}

static void write_head(const mb_history_view *v)
{
    FILE *out = v->output.file;
    size_t others = 0;
    char cohort[COHORT_TEXT_MAX];
    describe_cohort(v, cohort, sizeof cohort);
    for (size_t i = 0; i < v->log.cohort_count; i++)
        others += i != v->cohort && v->cohort_counts[i] > 0;
    fprintf(out, "%s%s%s  branch %s\n", v->style.color ? "\033[1m" : "", v->case_id, v->style.color ? "\033[0m" : "",
            mb_history_branch_name(v));
    if (cohort[0] != '\0')
        fprintf(out, "%s\n", cohort);
    if (others > 0)
        fprintf(out, "%zu more machine class%s or program%s: --machine, --program; see membench history list\n", others,
                others == 1 ? "" : "es", others == 1 ? "" : "s");
}

static void write_page_head(const mb_history_view *v)
{
    char cohort[COHORT_TEXT_MAX], where[2 * COHORT_TEXT_MAX];
    describe_cohort(v, cohort, sizeof cohort);
    snprintf(where, sizeof where, "Branch %s; %s", mb_history_branch_name(v), cohort);
    mb_curve_page_begin(v->output.file, v->case_id, where);
}

static void begin_format(mb_history_view *v)
{
    v->json = (mb_json_writer){.file = v->output.file};
    if (v->format == MB_HISTORY_TEXT)
        write_head(v);
    else if (v->format == MB_HISTORY_CSV)
        mb_curve_write_csv_head(v->output.file);
    else if (v->format == MB_HISTORY_JSON)
        mb_json_write_open(&v->json, NULL, '[');
    else if (v->format == MB_HISTORY_HTML)
        write_page_head(v);
}

static void end_format(mb_history_view *v)
{
    if (v->format == MB_HISTORY_HTML)
        mb_curve_page_end(v->output.file);
    if (v->format != MB_HISTORY_JSON)
        return;
    mb_json_write_close(&v->json, ']');
    fputc('\n', v->output.file);
}

mb_status mb_history_show(const mb_options *options, const char *word, mb_error *error)
{
    mb_history_view v = {.options = options};
    mb_status status = mb_history_find_format(&v, true, error);
    if (status == MB_OK && v.format >= MB_HISTORY_SVG)
        status = mb_gnuplot_find(error);
    if (status == MB_OK)
        status = mb_history_open_view(&v, options, false, error);
    if (status == MB_OK)
        status = mb_history_case_find(v.history, word, &v.arena, &v.case_id, error);
    if (status == MB_OK)
        status = choose_cohort(&v, error);
    if (status == MB_OK)
        status = mb_history_open_output(&v, error);
    if (status == MB_OK) {
        mb_history_scan scan = {.log = &v.log,
                                .case_id = v.case_id,
                                .metrics = v.metrics,
                                .with_samples = v.format == MB_HISTORY_CSV || v.format == MB_HISTORY_JSON,
                                .visit = show_series,
                                .context = &v};
        begin_format(&v);
        status = mb_history_scan_run(v.history, &scan, error);
        end_format(&v);
    }
    return mb_history_close_view(&v, status, error);
}
