/* Rows of a group: what each case has in the columns, and when a table is written. */
#include "report/text_rows.h"
#include "base/memory_file.h"

#include "base/utf8.h"
#include "report/sweep_words.h"
#include "report/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEPS_SHOWN_MAX = 6, CHANGED_SHOWN_MAX = 12 };

/* The columns that are shown without being asked for, from left to right. */
static const struct usual {
    mb_quantity quantity;
    mb_window window;
    mb_text_need need;
    int priority;
} usual[] = {{MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_ANY, 0},
             {MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_ANY, 1},
             {MB_PEAK_ANON_DELTA_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_ANY, 2},
             {MB_HEAP_RETAINED_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_NONZERO, 3},
             {MB_BETWEEN_HEAP_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_NONZERO, 8},
             {MB_BETWEEN_ANON_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_NONZERO, 9},
             {MB_ANON_DELTA_BYTES, MB_WINDOW_COLD, MB_TEXT_NEEDS_DEARER, 6},
             {MB_HEAP_LIVE_BYTES, MB_WINDOW_COLD, MB_TEXT_NEEDS_DEARER, 7},
             {MB_HEAP_REQUESTED_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 4},
             {MB_HEAP_REQUESTED_PEAK_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 4},
             {MB_PROCESS_PEAK_RSS_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 0},
             {MB_PROCESS_SAMPLED_PEAK_RSS_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 0},
             {MB_PROCESS_PEAK_ANON_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 1},
             {MB_PROCESS_HEAP_PEAK_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 2},
             {MB_TREE_HEAP_REST_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 3},
             {MB_TREE_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 4},
             {MB_PROCESS_EXIT_ANON_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 10},
             {MB_TREE_PEAK_PSS_ANON_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 9},
             {MB_TREE_PROCESS_COUNT, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 8},
             {MB_COUNTER_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 0},
             {MB_HEAP_ALLOC_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_ITERATIONS, 4},
             {MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 4},
             {MB_REAL_TIME_NS, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 5},
             {MB_USER_TIME_NS, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 11},
             {MB_SYSTEM_TIME_NS, MB_WINDOW_STEADY, MB_TEXT_NEEDS_VALUE, 11},
             {MB_RSS_DELTA_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_NONZERO, 12},
             {MB_RETAINED_RSS_BYTES, MB_WINDOW_STEADY, MB_TEXT_NEEDS_NONZERO, 13}};
enum { USUAL_COUNT = sizeof usual / sizeof usual[0] };

mb_status mb_text_rows_begin(mb_report *report, mb_error *error)
{
    mb_text_state *state = report->state;
    mb_text_rows *table = calloc(1, sizeof *table);
    if (table == NULL)
        return mb_error_no_memory(error);
    state->rows = table;
    const bool *wanted = report->options.metrics;
    for (mb_metric metric = 0; wanted != NULL && metric < MB_METRIC_COUNT; metric++)
        if (wanted[metric])
            table->columns[table->column_count++] = (mb_text_column){.metric = metric};
    for (size_t i = 0; wanted == NULL && i < USUAL_COUNT; i++)
        table->columns[table->column_count++] =
            (mb_text_column){.metric = mb_metric_of(usual[i].quantity, usual[i].window),
                             .need = usual[i].need,
                             .priority = usual[i].priority};
    if (report->model->baseline_name == NULL || report->options.quiet)
        return MB_OK;
    table->all = mb_memory_file_open(&table->all_text, &table->all_length);
    table->changed = mb_memory_file_open(&table->changed_text, &table->changed_length);
    return table->all != NULL && table->changed != NULL ? MB_OK : mb_error_no_memory(error);
}

static void clear_rows(mb_text_rows *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].label);
        free(table->rows[i].cells);
    }
    table->count = 0;
}

void mb_text_rows_drop(mb_text_state *state)
{
    mb_text_rows *table = state->rows;
    for (size_t i = 0; i < state->warning_count; i++) {
        free(state->warnings[i].text);
        free(state->warnings[i].case_id);
    }
    mb_notes_fini(&state->uncompared);
    if (table == NULL)
        return;
    clear_rows(table);
    if (table->all != NULL)
        fclose(table->all);
    if (table->changed != NULL)
        fclose(table->changed);
    free(table->all_text);
    free(table->changed_text);
    free(table);
}

/* Whether the first use costs more than later ones by so much that one should know. */
static bool is_dearer(const mb_case_result *result, mb_metric metric, double cold)
{
    mb_summary steady;
    mb_metric other = mb_metric_of(mb_metric_quantity(metric), MB_WINDOW_STEADY);
    if (mb_case_is_of_iterations(result) || !mb_summary_make(&result->series[other], &steady) || steady.count == 0)
        return false;
    double least = mb_metric_info(metric)->kind == MB_KIND_COUNT ? 8 : 4096;
    return cold - steady.median >= least && cold - steady.median > 0.02 * fabs(steady.median);
}

/* "≥160 KiB" where the peak is not known exactly. */
static bool fill_low_end(const mb_report *report, const mb_case_result *result, mb_metric metric, mb_text_cell *cell)
{
    mb_summary summary;
    mb_metric low = mb_metric_of(MB_PEAK_RSS_AT_LEAST_BYTES, mb_metric_window(metric));
    char value[MB_WORDS_TEXT_MAX];
    if (mb_metric_quantity(metric) != MB_PEAK_ANON_DELTA_BYTES || result->series[low].count == 0 ||
        !mb_summary_make(&result->series[low], &summary))
        return false;
    mb_words_value(low, summary.median, false, value);
    snprintf(cell->value, sizeof cell->value, "%s%.18s", report->options.unicode ? "≥" : ">=", value);
    return true;
}

static MB_NODISCARD bool fill_cell(const mb_report *report, const mb_case_result *result, mb_metric metric,
                                   mb_text_column *column, mb_text_cell *cell)
{
    mb_text_state *state = report->state;
    mb_summary summary;
    char text[MB_WORDS_TEXT_MAX];
    if (!mb_summary_make(&result->series[metric], &summary))
        return false;
    if (summary.count == 0 && result->missing[metric] != NULL) {
        size_t number = mb_notes_add(&state->notes, metric, result->missing[metric]);
        snprintf(text, sizeof text, number > 0 ? "[%zu]" : "-", number);
        bool has_low_end = fill_low_end(report, result, metric, cell);
        snprintf(has_low_end ? cell->spread : cell->value, MB_TEXT_CELL_BYTES, "%.23s", text);
        column->is_shown = column->is_shown || column->need == MB_TEXT_NEEDS_ANY;
    }
    if (summary.count == 0)
        return true;
    snprintf(cell->value, sizeof cell->value, "%.23s", mb_words_value(metric, summary.median, false, text));
    if (summary.count > 1 && !summary.exact)
        snprintf(cell->spread, sizeof cell->spread, "%.23s",
                 mb_words_spread(metric, &summary, report->options.unicode, text));
    bool is_needed = column->need == MB_TEXT_NEEDS_NONZERO      ? summary.minimum != 0 || summary.maximum != 0
                     : column->need == MB_TEXT_NEEDS_DEARER     ? is_dearer(result, metric, summary.median)
                     : column->need == MB_TEXT_NEEDS_ITERATIONS ? mb_case_is_of_iterations(result)
                                                                : true;
    column->is_shown = column->is_shown || is_needed;
    return true;
}

static bool has_window(const mb_text_rows *table, const mb_case_result *result, mb_window window)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (mb_metric_has_window(table->columns[i].metric) &&
            result->series[mb_metric_of(mb_metric_quantity(table->columns[i].metric), window)].count > 0)
            return true;
    return false;
}

/* The id without its group, which is above. */
static const char *label_of(const char *group, const char *id)
{
    size_t length = strlen(group);
    return length > 0 && strncmp(id, group, length) == 0 && id[length] == '/' ? id + length + 1 : id;
}

static mb_text_row *add_row(mb_text_rows *table, const char *label)
{
    mb_text_row *row = &table->rows[table->count];
    *row = (mb_text_row){.label = strdup(label), .cells = calloc(table->column_count + 1, sizeof *row->cells)};
    table->count++;
    return row->label != NULL && row->cells != NULL ? row : NULL;
}

static void note_warning(mb_text_state *state, const mb_case_result *result)
{
    for (size_t i = 0; i < state->warning_count; i++)
        if (strcmp(state->warnings[i].text, result->warning) == 0) {
            state->warnings[i].count++;
            return;
        }
    if (state->warning_count == MB_TEXT_WARNINGS_MAX)
        return;
    mb_text_warning made = {.text = strdup(result->warning), .case_id = strdup(result->id), .count = 1};
    if (made.text == NULL || made.case_id == NULL) {
        free(made.text);
        free(made.case_id);
        return;
    }
    state->warnings[state->warning_count++] = made;
}

/* What gates and could not be compared, each reason once. */
static void note_uncompared(mb_text_state *state, const mb_report_case *item)
{
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        bool is_one = comparison->verdict == MB_VERDICT_NOT_COMPARABLE || comparison->verdict == MB_VERDICT_NO_BASELINE;
        if (comparison->gates && is_one && item->result->outcome == MB_OUTCOME_OK)
            mb_notes_add(&state->uncompared, comparison->metric,
                         comparison->reason != NULL ? comparison->reason : "not comparable");
    }
}

static void note_run(mb_text_state *state, const mb_report *report, const mb_report_case *item)
{
    const mb_case_result *result = item->result;
    size_t samples = 0;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        if (mb_metric_info(metric)->pass != MB_PASS_TIME && result->series[metric].count > samples)
            samples = result->series[metric].count;
    if (samples > 0) {
        state->samples_low = state->samples_low == 0 || samples < state->samples_low ? samples : state->samples_low;
        state->samples_high = samples > state->samples_high ? samples : state->samples_high;
    }
    for (size_t i = 0; i < item->comparison_count && report->model->is_side_by_side; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        if (mb_metric_quantity(comparison->metric) != MB_REAL_TIME_NS || !comparison->has_ratio)
            continue;
        state->time_low = state->time_low == 0 ? comparison->ratio : fmin(state->time_low, comparison->ratio);
        state->time_high = fmax(state->time_high, comparison->ratio);
    }
}

/* Writes the rows that are there, of a comparison as far as they changed. */
static void flush_rows(mb_report *report)
{
    mb_text_state *state = report->state;
    mb_text_rows *table = state->rows;
    if (table->count == 0)
        return;
    if (table->all != NULL) {
        FILE *file = report->file;
        int label_columns = table->label_columns;
        report->file = table->all;
        mb_text_layout(report, table, true);
        table->label_columns = label_columns;
        report->file = table->changed;
        mb_text_layout(report, table, false);
        report->file = file;
    } else {
        mb_text_layout(report, table, report->model->baseline_name == NULL || report->options.quiet);
        state->has_table = true; /* of a large comparison none but changed rows are kept */
    }
    clear_rows(table);
    table->is_continued = true;
}

/* Ends the doubt whether a comparison is small: one of the two texts is what has been written so far. */
static mb_status settle(mb_report *report, bool is_small, mb_error *error)
{
    mb_text_state *state = report->state;
    mb_text_rows *table = state->rows;
    if (table->all == NULL)
        return MB_OK;
    bool is_whole = mb_memory_file_close(table->all, &table->all_text);
    is_whole = mb_memory_file_close(table->changed, &table->changed_text) && is_whole;
    table->all = table->changed = NULL;
    const char *text = is_small ? table->all_text : table->changed_text;
    if (!is_whole || text == NULL)
        return mb_error_no_memory(error);
    state->has_table = state->has_table || text[0] != '\0';
    fputs(text, report->file);
    return MB_OK;
}

/* Begins the table of another group, which ends the one before. */
static mb_status begin_group(mb_report *report, const char *group, mb_error *error)
{
    mb_text_state *state = report->state;
    mb_text_rows *table = state->rows;
    bool is_same = state->has_case && strcmp(group, table->group) == 0;
    if (!is_same || table->count == MB_TEXT_ROWS_MAX)
        flush_rows(report);
    if (table->case_count > MB_TEXT_SMALL_CASES_MAX && settle(report, false, error) != MB_OK)
        return MB_FAILED;
    if (is_same)
        return MB_OK;
    snprintf(table->group, sizeof table->group, "%s", group);
    table->is_continued = false;
    state->sweep_count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        table->columns[i].is_shown = false;
    state->has_case = true;
    return MB_OK;
}

mb_status mb_text_rows_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    mb_text_state *state = report->state;
    mb_text_rows *table = state->rows;
    const mb_case_result *result = item->result;
    mb_text_note note;
    table->case_count++;
    if (begin_group(report, result->group != NULL ? result->group : "", error) != MB_OK)
        return MB_FAILED;
    mb_text_note_case(report, item, &note);
    state->standing_counts[note.standing]++;
    note_run(state, report, item);
    if (result->warning != NULL)
        note_warning(state, result);
    note_uncompared(state, item);
    if (report->options.quiet && result->outcome == MB_OUTCOME_OK)
        return MB_OK;
    bool is_changed = note.standing == MB_TEXT_CHANGED || note.standing == MB_TEXT_MEASURED;
    if (table->all == NULL && !is_changed)
        return MB_OK;
    if (report->model->baseline_name != NULL && is_changed && state->shown_count == CHANGED_SHOWN_MAX) {
        state->hidden_count++;
        return MB_OK;
    }
    state->shown_count += is_changed;
    mb_text_row *row = add_row(table, label_of(table->group, result->id));
    if (row == NULL)
        return mb_error_no_memory(error);
    row->note = note;
    row->is_first_use = report->options.metrics == NULL && !has_window(table, result, MB_WINDOW_STEADY) &&
                        has_window(table, result, MB_WINDOW_COLD);
    for (size_t i = 0; i < table->column_count; i++) {
        mb_metric metric = table->columns[i].metric;
        if (row->is_first_use && mb_metric_has_window(metric) && mb_metric_window(metric) == MB_WINDOW_COLD)
            continue;
        if (row->is_first_use && mb_metric_has_window(metric)) {
            if (result->missing[metric] != NULL && table->columns[i].need == MB_TEXT_NEEDS_VALUE)
                mb_notes_add(&state->notes, metric, result->missing[metric]);
            metric = mb_metric_of(mb_metric_quantity(metric), MB_WINDOW_COLD);
        }
        if (!fill_cell(report, result, metric, &table->columns[i], &row->cells[i]))
            return mb_error_no_memory(error);
        row->has_values = row->has_values || row->cells[i].value[0] != '\0';
    }
    return MB_OK;
}

/* "per job", with what tells the sweeps of a group apart. */
static void label_sweep(const mb_text_rows *table, const mb_sweep *sweep, char label[2 * MB_ID_BYTES_MAX])
{
    bool is_group = strcmp(sweep->name, table->group) == 0;
    snprintf(label, 2 * MB_ID_BYTES_MAX, "%s%sper %s", is_group ? "" : label_of(table->group, sweep->name),
             is_group ? "" : " ", sweep->unit_word);
}

mb_status mb_text_rows_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    mb_text_state *state = report->state;
    mb_text_rows *table = state->rows;
    mb_text_note note;
    char label[2 * MB_ID_BYTES_MAX];
    bool has_value = false;
    mb_text_note_sweep(report, sweep, &note);
    bool has_look = note.standing == MB_TEXT_CHANGED;
    if (table->count == MB_TEXT_ROWS_MAX)
        flush_rows(report);
    if (!has_look && (report->options.quiet || report->model->baseline_name != NULL))
        return MB_OK;
    if (++state->sweep_count > SWEEPS_SHOWN_MAX && !has_look) {
        state->hidden_sweep_count++;
        return MB_OK;
    }
    label_sweep(table, sweep, label);
    mb_text_row *row = add_row(table, label);
    if (row == NULL)
        return mb_error_no_memory(error);
    row->note = note;
    row->is_sweep = true;
    for (size_t c = 0; c < table->column_count; c++)
        for (size_t i = 0; i < sweep->metric_count; i++) {
            const mb_sweep_metric *metric = &sweep->metrics[i];
            char slope[MB_WORDS_TEXT_MAX];
            if (metric->metric != table->columns[c].metric || !metric->is_resolved ||
                !mb_sweep_is_shown(sweep, metric, report->options.metrics))
                continue;
            mb_sweep_words_slope(metric->metric, metric->current.fit.slope, slope);
            snprintf(row->cells[c].value, MB_TEXT_CELL_BYTES, "%.23s", slope);
            has_value = has_value || metric->current.fit.slope != 0 || metric->current.fit.overhead != 0;
        }
    if (!has_value && !has_look) { /* nothing is known of it */
        free(row->label);
        free(row->cells);
        table->count--;
    }
    return MB_OK;
}

mb_status mb_text_rows_end(mb_report *report, mb_error *error)
{
    mb_text_state *state = report->state;
    flush_rows(report);
    return settle(report, state->rows->case_count <= MB_TEXT_SMALL_CASES_MAX, error);
}
