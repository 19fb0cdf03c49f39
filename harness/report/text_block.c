/* With --verbose: a block of aligned columns for each case, with every number that it has. */
#include "report/text.h"

#include "base/utf8.h"
#include "report/formats.h"
#include "report/paint.h"
#include "report/where_formats.h"

#include <math.h>
#include <string.h>

/* The numbers of a case as people ask for them. */
static const struct shown {
    mb_quantity quantity;
    bool is_signed;
} shown[] = {{MB_REAL_TIME_NS, false},
             {MB_RSS_DELTA_BYTES, true},
             {MB_ANON_DELTA_BYTES, true},
             {MB_PEAK_ANON_DELTA_BYTES, true},
             {MB_PEAK_RSS_AT_LEAST_BYTES, true},
             {MB_RETAINED_RSS_BYTES, true},
             {MB_HEAP_LIVE_BYTES, false},
             {MB_HEAP_ALLOC_COUNT, false},
             {MB_HEAP_RETAINED_BYTES, false},
             {MB_HEAP_REQUESTED_BYTES, false},
             {MB_HEAP_REQUESTED_PEAK_BYTES, false},
             {MB_BETWEEN_ANON_BYTES, true},
             {MB_BETWEEN_HEAP_BYTES, true},
             {MB_PROCESS_PEAK_RSS_BYTES, false},
             {MB_PROCESS_PEAK_ANON_BYTES, false},
             {MB_PROCESS_SAMPLED_PEAK_RSS_BYTES, false},
             {MB_TREE_PEAK_PSS_ANON_BYTES, false},
             {MB_PROCESS_EXIT_ANON_BYTES, false},
             {MB_TREE_PROCESS_COUNT, false},
             {MB_TREE_HEAP_ALLOC_COUNT, false},
             {MB_TREE_HEAP_ALLOC_BYTES, false},
             {MB_PROCESS_HEAP_PEAK_BYTES, false},
             {MB_TREE_HEAP_REST_BYTES, false},
             {MB_USER_TIME_NS, false},
             {MB_SYSTEM_TIME_NS, false}};
enum { SHOWN_COUNT = sizeof shown / sizeof shown[0] };

/* Appends " text" to a spread, or text when it is empty. */
static void append_spread(mb_cell *cell, const char *text)
{
    size_t used = strlen(cell->spread);
    snprintf(cell->spread + used, sizeof cell->spread - used, "%s%s", used > 0 ? " " : "", text);
}

/* "-" with the number of the note that says why. */
static void fill_missing(mb_notes *notes, mb_metric metric, const char *reason, mb_cell *cell)
{
    size_t number = mb_notes_add(notes, metric, reason);
    strcpy(cell->value, "-");
    if (number > 0)
        snprintf(cell->spread, sizeof cell->spread, "[%zu]", number);
}

/* "12.0 KiB → 0 B": what release keeps, and what the allocator's trim leaves of it. */
static MB_NODISCARD bool add_trimmed(const mb_report *report, mb_notes *notes, const mb_case_result *result,
                                     mb_window window, const mb_summary *retained, mb_cell *cell)
{
    mb_metric metric = mb_metric_of(MB_RETAINED_AFTER_TRIM_RSS_BYTES, window);
    mb_summary trimmed;
    if (!mb_summary_make(&result->series[metric], &trimmed))
        return false;
    char value[MB_WORDS_TEXT_MAX] = "-", before[MB_WORDS_TEXT_MAX];
    if (trimmed.count == 0) {
        const char *reason = result->missing[metric];
        if (reason == NULL || retained->maximum <= 0)
            return true;
        size_t number = mb_notes_add(notes, metric, reason);
        char note[MB_WORDS_TEXT_MAX];
        snprintf(note, sizeof note, "[%zu]", number);
        if (number > 0)
            append_spread(cell, note);
    } else if (retained->maximum == 0 && retained->minimum == 0 && trimmed.maximum == 0 && trimmed.minimum == 0) {
        return true;
    } else {
        mb_words_value(metric, trimmed.median, true, value);
    }
    strcpy(before, cell->value);
    snprintf(cell->value, sizeof cell->value, "%.40s %s %.40s after trim", before, mb_terminal_arrow(report), value);
    return true;
}

/* Fills a cell; *filled is false when there is nothing to show, not even a reason. */
static MB_NODISCARD bool fill_cell(const mb_report *report, mb_notes *notes, const mb_case_result *result,
                                   mb_metric metric, bool is_signed, mb_cell *cell, bool *filled)
{
    mb_summary summary;
    if (!mb_summary_make(&result->series[metric], &summary))
        return false;
    *cell = (mb_cell){.label = mb_words_label(metric)};
    *filled = summary.count > 0 || result->missing[metric] != NULL;
    if (summary.count == 0) {
        if (*filled)
            fill_missing(notes, metric, result->missing[metric], cell);
        return true;
    }
    mb_words_value(metric, summary.median, is_signed, cell->value);
    mb_words_spread(metric, &summary, report->options.unicode, cell->spread);
    mb_window window = mb_metric_window(metric);
    if (report->options.metrics != NULL)
        return true;
    if (mb_metric_quantity(metric) == MB_RETAINED_RSS_BYTES)
        return add_trimmed(report, notes, result, window, &summary, cell);
    return true;
}

/* Nothing lay between the windows, as in most cases, or the peak is known exactly: not worth a cell. */
static bool is_left_out(const mb_case_result *result, mb_metric metric)
{
    mb_quantity quantity = mb_metric_quantity(metric);
    if (quantity == MB_PEAK_RSS_AT_LEAST_BYTES)
        return result->series[mb_metric_of(MB_PEAK_RSS_DELTA_BYTES, mb_metric_window(metric))].count > 0;
    if (quantity < MB_QUANTITY_WINDOWED_COUNT || quantity >= MB_QUANTITY_OF_WINDOWS_COUNT)
        return false;
    for (size_t i = 0; i < result->series[metric].count; i++)
        if (result->series[metric].values[i] != 0)
            return false;
    return true;
}

/* The cells of the block: the metrics asked for, else the usual ones of a window. False when memory is out. */
static MB_NODISCARD bool collect_cells(const mb_report *report, mb_notes *notes, const mb_case_result *result,
                                       mb_window window, mb_cell cells[MB_METRIC_COUNT], size_t *count)
{
    const bool *wanted = report->options.metrics;
    bool filled;
    *count = 0;
    if (wanted != NULL) {
        for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
            if (!wanted[metric])
                continue;
            if (!fill_cell(report, notes, result, metric, false, &cells[*count], &filled))
                return false;
            *count += filled;
        }
        return true;
    }
    for (size_t i = 0; i < SHOWN_COUNT; i++) {
        mb_metric metric = mb_metric_of(shown[i].quantity, window);
        if (is_left_out(result, metric))
            continue;
        if (!fill_cell(report, notes, result, metric, shown[i].is_signed, &cells[*count], &filled))
            return false;
        if (filled && shown[i].quantity != MB_REAL_TIME_NS) /* the heading of the block says which window it is */
            cells[*count].label = mb_quantity_get(shown[i].quantity)->heading;
        *count += filled;
    }
    return true;
}

/* Whether the first use costs more than later ones by so much that one should know. */
static bool is_first_use_dearer(mb_quantity quantity, double cold, double steady)
{
    const mb_quantity_info *info = mb_quantity_get(quantity);
    double least = info->kind == MB_KIND_COUNT ? 8 : 4096;
    double difference = cold - steady;
    return difference >= least && difference > 0.02 * fabs(steady);
}

/* "first use: anon +180 KiB, heap 153 KiB", where it differs from the steady window. */
static MB_NODISCARD bool write_first_use(const mb_report *report, const mb_case_result *result)
{
    static const struct shown first[] = {{MB_RSS_DELTA_BYTES, true},
                                         {MB_ANON_DELTA_BYTES, true},
                                         {MB_HEAP_LIVE_BYTES, false},
                                         {MB_HEAP_ALLOC_COUNT, false}};
    char line[4 * (2 * MB_WORDS_TEXT_MAX + 16)];
    size_t used = 0;
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        mb_metric metric = mb_metric_of(first[i].quantity, MB_WINDOW_COLD);
        mb_summary cold, steady;
        if (!mb_summary_make(&result->series[metric], &cold) ||
            !mb_summary_make(&result->series[mb_metric_of(first[i].quantity, MB_WINDOW_STEADY)], &steady))
            return false;
        if (cold.count == 0 || steady.count == 0 || !is_first_use_dearer(first[i].quantity, cold.median, steady.median))
            continue;
        char value[MB_WORDS_TEXT_MAX], spread[MB_WORDS_TEXT_MAX];
        used += (size_t)snprintf(line + used, sizeof line - used, "%s %s %s %s", used > 0 ? "," : "",
                                 mb_quantity_get(first[i].quantity)->heading,
                                 mb_words_value(metric, cold.median, first[i].is_signed, value),
                                 mb_words_spread(metric, &cold, report->options.unicode, spread));
    }
    if (used > 0) {
        mb_terminal_put(report, MB_COLOR_DIM, "  first use:");
        mb_terminal_wrap(report, MB_COLOR_PLAIN, 12, 4, line);
    }
    return true;
}

static int id_columns(const mb_report *report, const char *id)
{
    char clean[3 * MB_ID_BYTES_MAX]; /* a bad byte becomes three */
    mb_utf8_clean(id, report->options.unicode, clean, sizeof clean);
    return mb_text_columns(clean);
}

/* Id of the case and, behind it, how many processes were asked. */
static void write_heading(const mb_report *report, const mb_case_result *result, bool is_cold_only)
{
    size_t sample_count = 0;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        if (mb_metric_info(metric)->pass != MB_PASS_TIME && result->series[metric].count > sample_count)
            sample_count = result->series[metric].count;
    mb_terminal_put(report, MB_COLOR_BOLD, result->id);
    if (sample_count > 0) {
        char number[MB_WORDS_TEXT_MAX], text[2 * MB_WORDS_TEXT_MAX];
        mb_words_number(sample_count, "sample", "samples", number);
        snprintf(text, sizeof text, "  (%s%s)", number, is_cold_only ? ", first use only" : "");
        if (id_columns(report, result->id) + mb_text_columns(text) > report->options.width_columns)
            fputc('\n', report->file); /* the id stays whole: people copy it */
        mb_terminal_put(report, MB_COLOR_DIM, text);
    }
    fputc('\n', report->file);
}

/* What became of a case that failed, and what was odd in one that did. */
static void write_outcome(const mb_report *report, const mb_report_case *item)
{
    const mb_case_result *result = item->result;
    if (result->outcome != MB_OUTCOME_OK) {
        bool is_bad = result->outcome != MB_OUTCOME_SKIPPED || item->baseline_ok;
        const char *outcome = mb_words_outcome(result->outcome);
        mb_terminal_pad(report, 2);
        mb_terminal_put(report, is_bad ? MB_COLOR_RED : MB_COLOR_YELLOW, outcome);
        fputs(result->message != NULL ? ": " : "", report->file);
        mb_terminal_wrap(report, MB_COLOR_PLAIN, 4 + (int)strlen(outcome), 4,
                         result->message != NULL ? result->message : "");
    }
    if (result->warning != NULL) {
        mb_terminal_put(report, MB_COLOR_YELLOW, "  warning: ");
        mb_terminal_wrap(report, MB_COLOR_PLAIN, 11, 4, result->warning);
    }
}

static bool has_window(const mb_case_result *result, mb_window window)
{
    for (size_t i = 0; i < SHOWN_COUNT; i++)
        if (shown[i].quantity < MB_QUANTITY_WINDOWED_COUNT &&
            result->series[mb_metric_of(shown[i].quantity, window)].count > 0)
            return true;
    return false;
}

mb_status mb_text_block(mb_report *report, const mb_report_case *item, mb_error *error)
{
    mb_text_state *state = report->state;
    const mb_case_result *result = item->result;
    char group[MB_ID_BYTES_MAX];
    snprintf(group, sizeof group, "%s", result->group != NULL ? result->group : "");
    if (state->has_case && strcmp(group, state->group) != 0)
        fputc('\n', report->file);
    memcpy(state->group, group, sizeof group);
    state->has_case = true;

    bool is_cold_only = !has_window(result, MB_WINDOW_STEADY) && has_window(result, MB_WINDOW_COLD);
    mb_cell cells[MB_METRIC_COUNT];
    size_t count;
    write_heading(report, result, is_cold_only);
    write_outcome(report, item);
    if (!collect_cells(report, &state->notes, result, is_cold_only ? MB_WINDOW_COLD : MB_WINDOW_STEADY, cells, &count))
        return mb_error_no_memory(error);
    mb_terminal_cells(report, cells, count);
    if (report->options.metrics == NULL && !is_cold_only && !write_first_use(report, result))
        return mb_error_no_memory(error);
    mb_text_changes(report, item);
    mb_where_text(report, item);
    return mb_text_table(report, result) ? MB_OK : mb_error_no_memory(error);
}
