/* The tables that --verbose puts under a case: every metric, then marks, regions and the subject's own counts. */
#include "report/paint.h"
#include "report/regions.h"
#include "report/text.h"

#include <string.h>

enum { NAME_COLUMNS = 20, COUNT_NAME_COLUMNS = 32, VALUE_COLUMNS = 11 };

#define ESTIMATE_PREFIX "estimated_"

static void write_row_name(const mb_report *report, const char *name)
{
    mb_terminal_pad(report, 4);
    mb_terminal_put_left(report, MB_COLOR_DIM, name, NAME_COLUMNS);
}

static void write_heads(const mb_report *report, const char *first, const char *const *heads, size_t count)
{
    write_row_name(report, first);
    for (size_t i = 0; i < count; i++)
        mb_terminal_put_right(report, MB_COLOR_DIM, heads[i], VALUE_COLUMNS);
    fputc('\n', report->file);
}

static void write_value(const mb_report *report, mb_metric metric, double value, bool is_known)
{
    char text[MB_WORDS_TEXT_MAX];
    fputc(' ', report->file);
    mb_terminal_put_right(report, MB_COLOR_PLAIN, is_known ? mb_words_value(metric, value, false, text) : "-",
                          VALUE_COLUMNS - 1);
}

static MB_NODISCARD bool write_metrics(const mb_report *report, const mb_case_result *result)
{
    static const char *const heads[] = {"median", "min", "max", "mad", "samples"};
    bool has_head = false;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        const char *reason = result->missing[metric];
        mb_summary summary;
        if (report->options.metrics != NULL && !report->options.metrics[metric])
            continue;
        if (!mb_summary_make(&result->series[metric], &summary))
            return false;
        if (summary.count == 0 && reason == NULL)
            continue;
        if (!has_head)
            write_heads(report, "metric", heads, sizeof heads / sizeof heads[0]);
        has_head = true;
        write_row_name(report, mb_words_label(metric));
        if (summary.count == 0) {
            mb_terminal_put_right(report, MB_COLOR_PLAIN, "-  ", VALUE_COLUMNS + 2);
            mb_terminal_wrap(report, MB_COLOR_DIM, 4 + NAME_COLUMNS + VALUE_COLUMNS + 2,
                             4 + NAME_COLUMNS + VALUE_COLUMNS + 2, reason);
            continue;
        }
        write_value(report, metric, summary.median, true);
        write_value(report, metric, summary.minimum, true);
        write_value(report, metric, summary.maximum, true);
        write_value(report, metric, summary.deviation, true);
        fprintf(report->file, "%*zu\n", VALUE_COLUMNS, summary.count);
    }
    return true;
}

/* Metrics that stand for the unit of the marks' quantities. */
static const mb_metric mark_units[MB_MARK_QUANTITY_COUNT] = {
    [MB_MARK_RSS] = MB_RSS_DELTA_BYTES, [MB_MARK_ANON] = MB_ANON_DELTA_BYTES, [MB_MARK_HEAP_LIVE] = MB_HEAP_LIVE_BYTES};

static MB_NODISCARD bool write_marks(const mb_report *report, const mb_case_result *result)
{
    for (int window = 0; window < MB_WINDOW_COUNT; window++) {
        bool has_head = false;
        for (size_t i = 0; i < result->mark_count; i++) {
            const mb_mark_result *mark = &result->marks[i];
            if (mark->window != (mb_window)window)
                continue;
            static const char *const heads[] = {"rss", "anon", "heap"};
            if (!has_head)
                write_heads(report, window == MB_WINDOW_COLD ? "mark (first use)" : "mark", heads,
                            MB_MARK_QUANTITY_COUNT);
            has_head = true;
            write_row_name(report, mark->name);
            for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++) {
                mb_summary summary;
                if (!mb_summary_make(&mark->series[q], &summary))
                    return false;
                write_value(report, mark_units[q], summary.median, summary.count > 0);
            }
            fputc('\n', report->file);
        }
    }
    return true;
}

static bool has_estimates(const mb_case_result *result)
{
    for (size_t i = 0; i < result->count_count; i++)
        if (strncmp(result->counts[i].name, ESTIMATE_PREFIX, strlen(ESTIMATE_PREFIX)) == 0)
            return true;
    return false;
}

static MB_NODISCARD bool write_unexplained(const mb_report *report, const mb_case_result *result, mb_window window)
{
    const mb_metric anon = mb_metric_of(MB_ANON_DELTA_BYTES, window);
    double bytes;
    bool is_known;
    if (!mb_regions_unexplained(result, window, &bytes, &is_known))
        return false;
    if (!is_known)
        return true;
    write_row_name(report, "unexplained");
    write_value(report, anon, 0, false);
    write_value(report, anon, bytes, true);
    if (has_estimates(result))
        write_value(report, anon, 0, false);
    fputs(window == MB_WINDOW_COLD ? "  first use\n" : "\n", report->file);
    return true;
}

/* What was predicted of a region: the count "estimated_linear_memory_bytes" for "linear memory" or "x: linear memory".
 */
static MB_NODISCARD bool write_estimate(const mb_report *report, const mb_case_result *result,
                                        const mb_region_result *region)
{
    const char *part = strstr(region->name, ": ");
    char name[MB_NAME_BYTES_MAX + sizeof ESTIMATE_PREFIX "_bytes"];
    snprintf(name, sizeof name, ESTIMATE_PREFIX "%s_bytes", part != NULL ? part + 2 : region->name);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == ' ' ? '_' : *c;
    mb_summary summary = {0};
    for (size_t i = 0; i < result->count_count; i++)
        if (result->counts[i].window == region->window && strcmp(result->counts[i].name, name) == 0 &&
            !mb_summary_make(&result->counts[i].values, &summary))
            return false;
    write_value(report, MB_RSS_DELTA_BYTES, summary.median, summary.count > 0);
    return true;
}

/* One row for all regions of that name. */
static MB_NODISCARD bool write_region(const mb_report *report, const mb_case_result *result, size_t place)
{
    const mb_region_result *first = &result->regions[place];
    double nominal_bytes, resident_bytes;
    bool is_known;
    if (!mb_region_sum(result, place, &nominal_bytes, &resident_bytes, &is_known))
        return false;
    write_row_name(report, first->name);
    write_value(report, MB_RSS_DELTA_BYTES, nominal_bytes, true);
    write_value(report, MB_RSS_DELTA_BYTES, resident_bytes, is_known);
    if (has_estimates(result) && !write_estimate(report, result, first))
        return false;
    fputs(first->window == MB_WINDOW_COLD ? "  first use\n" : "\n", report->file);
    return true;
}

static MB_NODISCARD bool write_regions(const mb_report *report, const mb_case_result *result)
{
    static const char *const heads[] = {"nominal", "resident", "estimated"};
    if (result->region_count > 0)
        write_heads(report, "region", heads, has_estimates(result) ? 3 : 2);
    for (size_t i = 0; i < result->region_count; i++) {
        mb_window window = result->regions[i].window;
        if (mb_region_is_first(result, i) && !write_region(report, result, i))
            return false;
        bool is_last = i + 1 == result->region_count || result->regions[i + 1].window != window;
        if (is_last && !write_unexplained(report, result, window))
            return false;
    }
    return true;
}

static MB_NODISCARD bool write_counts(const mb_report *report, const mb_case_result *result)
{
    if (result->count_count > 0) {
        mb_terminal_pad(report, 4);
        mb_terminal_put_left(report, MB_COLOR_DIM, "own count", COUNT_NAME_COLUMNS);
        mb_terminal_put_right(report, MB_COLOR_DIM, "value", VALUE_COLUMNS);
        fputc('\n', report->file);
    }
    for (size_t i = 0; i < result->count_count; i++) {
        const mb_count_result *count = &result->counts[i];
        mb_summary summary;
        if (!mb_summary_make(&count->values, &summary))
            return false;
        char spread[MB_WORDS_TEXT_MAX];
        mb_terminal_pad(report, 4);
        mb_terminal_put_left(report, MB_COLOR_DIM, count->name, COUNT_NAME_COLUMNS);
        write_value(report, MB_HEAP_ALLOC_COUNT, summary.median, summary.count > 0);
        if (summary.count > 0)
            fprintf(report->file, "  %s",
                    mb_words_spread(MB_HEAP_ALLOC_COUNT, &summary, report->options.unicode, spread));
        fputs(count->window == MB_WINDOW_COLD ? "  first use\n" : "\n", report->file);
    }
    return true;
}

bool mb_text_table(const mb_report *report, const mb_case_result *result)
{
    return write_metrics(report, result) && write_marks(report, result) && write_regions(report, result) &&
           write_counts(report, result);
}
