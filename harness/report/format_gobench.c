/* The gobench format: Go's text of benchmarks, a line for each sample, for benchstat.
 *
 * A line is parted at white space and one with a field too few is dropped, so names hold none: what would part a name
 * is written as %20 and the like. Lines "key: value" part benchstat's tables: there is none that differs between two
 * runs that can be compared. What repeats exactly in every case is said to be exact at the end, in lines of unit
 * metadata; benchstat then needs no more than one sample of it. */
#include "base/number_text.h"
#include "base/utf8.h"
#include "report/formats.h"
#include "report/tool_formats.h"

#include <string.h>

typedef struct gobench_state {
    bool is_seen[MB_METRIC_COUNT], is_varied[MB_METRIC_COUNT];
} gobench_state;

/* Go's own unit where it has one for the same thing; else the metric's name, its parts joined by hyphens so that the
 * last one is seen to be "bytes". */
static const char *go_unit(mb_metric metric, char unit[MB_METRIC_NAME_BYTES_MAX])
{
    if (mb_metric_quantity(metric) == MB_REAL_TIME_NS)
        return "ns/op";
    if (metric == mb_metric_of(MB_HEAP_ALLOC_BYTES, MB_WINDOW_STEADY))
        return "B/op";
    if (metric == mb_metric_of(MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY))
        return "allocs/op";
    snprintf(unit, MB_METRIC_NAME_BYTES_MAX, "%s", mb_metric_name(metric));
    for (char *c = unit; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    return unit;
}

static bool is_space(uint32_t point)
{
    return point <= ' ' || (point >= 0x7F && point <= 0xA0) || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 || point == 0x202F ||
           point == 0x205F || point == 0x3000;
}

static void put_name(FILE *file, const char *name)
{
    while (*name != '\0') {
        uint32_t point;
        size_t length = mb_utf8_decode(name, &point);
        if (point == MB_UTF8_INVALID || point == '%' || is_space(point))
            for (size_t i = 0; i < length; i++)
                fprintf(file, "%%%02X", (unsigned char)name[i]);
        else
            fwrite(name, 1, length, file);
        name += length;
    }
}

static mb_status gobench_begin(mb_report *report, mb_error *error)
{
    (void)error;
    const mb_run_info *run = report->model->run;
    fputs("goos: linux\ngoarch: ", report->file);
    put_name(report->file, run->architecture != NULL ? run->architecture : "unknown");
    fputs("\npkg: membench\n", report->file);
    return MB_OK;
}

static mb_status gobench_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    gobench_state *state = report->state;
    size_t sample_count = 0;
    (void)error;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && item->presence != MB_PRESENCE_GONE; metric++) {
        const mb_series *series = &item->result->series[metric];
        if (series->count == 0 || !mb_report_tracks(report, metric))
            continue;
        state->is_seen[metric] = true;
        if (!mb_series_is_exact(series))
            state->is_varied[metric] = true;
        if (series->count > sample_count)
            sample_count = series->count;
    }
    for (size_t i = 0; i < sample_count; i++) {
        fputs("Benchmark", report->file);
        put_name(report->file, item->result->id);
        fputs(" 1", report->file);
        for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
            const mb_series *series = &item->result->series[metric];
            char unit[MB_METRIC_NAME_BYTES_MAX], number[MB_NUMBER_TEXT_MAX];
            if (mb_report_tracks(report, metric) && i < series->count && mb_number_format(series->values[i], number))
                fprintf(report->file, " %s %s", number, go_unit(metric, unit));
        }
        fputc('\n', report->file);
    }
    return MB_OK;
}

static mb_status gobench_end(mb_report *report, mb_error *error)
{
    const gobench_state *state = report->state;
    (void)error;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        char unit[MB_METRIC_NAME_BYTES_MAX];
        if (state->is_seen[metric])
            fprintf(report->file, "Unit %s better=lower%s\n", go_unit(metric, unit),
                    state->is_varied[metric] ? "" : " assume=exact");
    }
    return MB_OK;
}

const mb_report_format mb_report_gobench = {.name = "gobench",
                                            .summary =
                                                "Go's benchmark text format, a line for each sample; for benchstat",
                                            .state_bytes = sizeof(gobench_state),
                                            .begin = gobench_begin,
                                            .add = gobench_add,
                                            .end = gobench_end};
