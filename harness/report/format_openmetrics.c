/* The openmetrics format: OpenMetrics text, for Prometheus: a gauge for each metric, the case in its labels.
 *
 * All samples of a metric have to be together, so each metric has a buffer of its own until the end. Values carry
 * the time of the run: a file can be imported long after. Units are the base units, so times are in seconds. */
#include "base/memory_file.h"
#include "base/number_text.h"
#include "base/utf8.h"
#include "report/formats.h"
#include "report/tool_formats.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STAMP_BYTES = 24, FAMILY_BYTES = MB_METRIC_NAME_BYTES_MAX + 24 };

typedef struct buffer {
    FILE *file; /* open_memstream's, or NULL */
    char *text;
    size_t length;
} buffer;

typedef struct open_state {
    buffer metrics[MB_METRIC_COUNT], ratios[MB_METRIC_COUNT], outcomes;
    char stamp[STAMP_BYTES]; /* " 1735787045", or "" */
} open_state;

/* " SECONDS" of a date such as 2026-01-02T03:04:05+00:00; "" when it is no such date. */
static void format_stamp(const char *date, char stamp[STAMP_BYTES])
{
    struct tm tm = {0};
    stamp[0] = '\0';
    const char *zone = date != NULL ? strptime(date, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    if (zone == NULL)
        return;
    long long seconds = (long long)timegm(&tm);
    int hours, minutes;
    if (sscanf(zone, "%3d:%2d", &hours, &minutes) == 2)
        seconds -= (hours * 60 + (*zone == '-' ? -minutes : minutes)) * 60;
    snprintf(stamp, STAMP_BYTES, " %lld", seconds);
}

/* "membench_steady_anon_delta_bytes"; times in seconds. */
static void format_family(mb_metric metric, char family[FAMILY_BYTES])
{
    int length = snprintf(family, FAMILY_BYTES, "membench_%s", mb_metric_name(metric));
    if (mb_metric_info(metric)->kind == MB_KIND_NS)
        snprintf(family + length - 2, FAMILY_BYTES - (size_t)length + 2, "seconds");
}

static void put_label(FILE *file, const char *text)
{
    fputc('"', file);
    while (*text != '\0') {
        uint32_t point;
        size_t length = mb_utf8_decode(text, &point);
        if (point == MB_UTF8_INVALID)
            fputs("\xEF\xBF\xBD", file);
        else if (point == '\n')
            fputs("\\n", file);
        else if (point == '"' || point == '\\')
            fprintf(file, "\\%c", (char)point);
        else
            fwrite(text, 1, length, file);
        text += length;
    }
    fputc('"', file);
}

static FILE *open_buffer(buffer *of)
{
    if (of->file == NULL)
        of->file = mb_memory_file_open(&of->text, &of->length);
    return of->file;
}

static void put_case(FILE *file, const mb_case_result *result)
{
    fputs("{case=", file);
    put_label(file, result->id);
    fputs(",group=", file);
    put_label(file, result->group);
}

static void put_sample(const open_state *state, FILE *file, mb_metric metric, const mb_case_result *result,
                       const char *statistic, double value)
{
    char family[FAMILY_BYTES], number[MB_NUMBER_TEXT_MAX];
    if (!mb_number_format(mb_metric_info(metric)->kind == MB_KIND_NS ? value / 1e9 : value, number))
        return;
    format_family(metric, family);
    fputs(family, file);
    put_case(file, result);
    fprintf(file, ",statistic=\"%s\"} %s%s\n", statistic, number, state->stamp);
}

static MB_NODISCARD bool add_metric(mb_report *report, const mb_case_result *result, mb_metric metric)
{
    open_state *state = report->state;
    mb_summary summary;
    if (!mb_summary_make(&result->series[metric], &summary))
        return false;
    if (summary.count == 0)
        return true;
    FILE *file = open_buffer(&state->metrics[metric]);
    if (file == NULL)
        return false;
    put_sample(state, file, metric, result, "median", summary.median);
    put_sample(state, file, metric, result, "min", summary.minimum);
    put_sample(state, file, metric, result, "max", summary.maximum);
    return !ferror(file);
}

static MB_NODISCARD bool add_ratio(open_state *state, const mb_case_result *result, const mb_comparison *comparison)
{
    char number[MB_NUMBER_TEXT_MAX];
    if (!comparison->has_ratio || comparison->verdict == MB_VERDICT_NO_BASELINE ||
        comparison->verdict == MB_VERDICT_NOT_COMPARABLE || !mb_number_format(comparison->ratio, number))
        return true;
    FILE *file = open_buffer(&state->ratios[comparison->metric]);
    if (file == NULL)
        return false;
    fputs("membench_baseline_ratio", file);
    put_case(file, result);
    fprintf(file, ",metric=\"%s\",verdict=", mb_metric_name(comparison->metric));
    put_label(file, mb_verdict_name(comparison->verdict));
    fprintf(file, "} %s%s\n", number, state->stamp);
    return !ferror(file);
}

static mb_status open_begin(mb_report *report, mb_error *error)
{
    (void)error;
    open_state *state = report->state;
    const mb_run_info *run = report->model->run;
    const struct {
        const char *name, *value;
    } labels[] = {{"version", run->membench_version},
                  {"host", run->host_name},
                  {"kernel", run->kernel},
                  {"architecture", run->architecture},
                  {"baseline", report->model->baseline_name}};
    format_stamp(run->date, state->stamp);
    fputs("# HELP membench_run The run these numbers come from.\n# TYPE membench_run info\nmembench_run_info{",
          report->file);
    const char *comma = "";
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (labels[i].value == NULL)
            continue;
        fprintf(report->file, "%s%s=", comma, labels[i].name);
        put_label(report->file, labels[i].value);
        comma = ",";
    }
    fprintf(report->file, "} 1%s\n", state->stamp);
    return MB_OK;
}

static mb_status open_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    open_state *state = report->state;
    bool is_whole = true;
    if (item->presence == MB_PRESENCE_GONE)
        return MB_OK;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && is_whole; metric++)
        if (mb_report_tracks(report, metric))
            is_whole = add_metric(report, item->result, metric);
    for (size_t i = 0; i < item->comparison_count && is_whole; i++)
        if (item->comparisons[i].gates)
            is_whole = add_ratio(state, item->result, &item->comparisons[i]);
    FILE *outcomes = is_whole ? open_buffer(&state->outcomes) : NULL;
    if (outcomes == NULL)
        return mb_error_no_memory(error);
    fputs("membench_case_ok", outcomes);
    put_case(outcomes, item->result);
    fprintf(outcomes, ",outcome=\"%s\"} %d%s\n", mb_outcome_name(item->result->outcome),
            item->result->outcome == MB_OUTCOME_OK, state->stamp);
    if (ferror(outcomes))
        return mb_error_no_memory(error);
    return MB_OK;
}

static MB_NODISCARD bool put_buffer(FILE *to, buffer *from)
{
    if (from->file == NULL)
        return true;
    if (!mb_memory_file_flush(from->file))
        return false;
    fwrite(from->text, 1, from->length, to);
    return true;
}

static MB_NODISCARD bool put_family(FILE *to, mb_metric metric, buffer *from)
{
    static const char *const units[] = {[MB_KIND_BYTES] = "bytes", [MB_KIND_COUNT] = NULL, [MB_KIND_NS] = "seconds"};
    char family[FAMILY_BYTES];
    const mb_quantity_info *info = mb_metric_info(metric);
    if (from->file == NULL)
        return true;
    format_family(metric, family);
    fprintf(to, "# HELP %s %s\n# TYPE %s gauge\n", family, info->summary, family);
    if (units[info->kind] != NULL)
        fprintf(to, "# UNIT %s %s\n", family, units[info->kind]);
    return put_buffer(to, from);
}

static mb_status open_end(mb_report *report, mb_error *error)
{
    open_state *state = report->state;
    bool is_whole = true, has_ratios = false;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && is_whole; metric++) {
        is_whole = put_family(report->file, metric, &state->metrics[metric]);
        has_ratios = has_ratios || state->ratios[metric].file != NULL;
    }
    if (has_ratios)
        fputs("# HELP membench_baseline_ratio Current value relative to the baseline's.\n"
              "# TYPE membench_baseline_ratio gauge\n",
              report->file);
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && is_whole; metric++)
        is_whole = put_buffer(report->file, &state->ratios[metric]);
    if (state->outcomes.file != NULL)
        fputs("# HELP membench_case_ok Whether the case succeeded.\n# TYPE membench_case_ok gauge\n", report->file);
    if (!is_whole || !put_buffer(report->file, &state->outcomes))
        return mb_error_no_memory(error);
    fputs("# EOF\n", report->file);
    return MB_OK;
}

static void drop_buffer(buffer *of)
{
    if (of->file != NULL)
        fclose(of->file);
    free(of->text);
}

static void open_drop(mb_report *report)
{
    open_state *state = report->state;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        drop_buffer(&state->metrics[metric]);
        drop_buffer(&state->ratios[metric]);
    }
    drop_buffer(&state->outcomes);
}

const mb_report_format mb_report_openmetrics = {.name = "openmetrics",
                                                .summary = "OpenMetrics text; for Prometheus",
                                                .state_bytes = sizeof(open_state),
                                                .begin = open_begin,
                                                .add = open_add,
                                                .end = open_end,
                                                .drop = open_drop};
