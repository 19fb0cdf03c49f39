/* The smaller-is-better format: a flat list of numbers, as benchmark-action/github-action-benchmark takes it
 * (tool: customSmallerIsBetter) and others after it: [{name, unit, value, range, extra}]. */
#include "base/json_writer.h"
#include "base/memory_file.h"
#include "base/number_text.h"
#include "report/formats.h"
#include "report/tool_formats.h"
#include "report/words.h"

#include <stdlib.h>

typedef struct list_state {
    mb_json_writer json;
} list_state;

static mb_status list_begin(mb_report *report, mb_error *error)
{
    (void)error;
    list_state *state = report->state;
    state->json.file = report->file;
    mb_json_write_open(&state->json, NULL, '[');
    return MB_OK;
}

/* The name is the key under which numbers are followed over time: it may never depend on the value. */
static MB_NODISCARD bool write_name(mb_json_writer *json, const char *id, mb_metric metric)
{
    char *name = NULL;
    size_t length;
    FILE *file = mb_memory_file_open(&name, &length);
    if (file == NULL)
        return false;
    fprintf(file, "%s %s", id, mb_metric_name(metric));
    bool is_whole = mb_memory_file_close(file, &name);
    if (is_whole)
        mb_json_write_text(json, "name", name);
    free(name);
    return is_whole;
}

static mb_status list_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    mb_json_writer *json = &((list_state *)report->state)->json;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        mb_summary summary;
        char low[MB_NUMBER_TEXT_MAX], high[MB_NUMBER_TEXT_MAX], text[128];
        if (item->presence == MB_PRESENCE_GONE || !mb_report_tracks(report, metric))
            continue;
        if (!mb_summary_make(&item->result->series[metric], &summary))
            return mb_error_no_memory(error);
        if (summary.count == 0)
            continue;
        mb_json_write_open(json, NULL, '{');
        if (!write_name(json, item->result->id, metric))
            return mb_error_no_memory(error);
        mb_json_write_text(json, "unit", mb_metric_unit(metric));
        mb_json_write_number(json, "value", summary.median);
        mb_number_format((summary.maximum - summary.minimum) / 2, low);
        snprintf(text, sizeof text, "± %s", low);
        mb_json_write_text(json, "range", text);
        mb_number_format(summary.minimum, low);
        mb_number_format(summary.maximum, high);
        snprintf(text, sizeof text, "%zu samples, %s to %s", summary.count, low, high);
        mb_json_write_text(json, "extra", text);
        mb_json_write_close(json, '}');
    }
    return MB_OK;
}

static mb_status list_end(mb_report *report, mb_error *error)
{
    (void)error;
    mb_json_write_close(&((list_state *)report->state)->json, ']');
    return MB_OK;
}

const mb_report_format mb_report_smaller_is_better = {
    .name = "smaller-is-better",
    .summary = "a flat list of name, unit and value; for github-action-benchmark",
    .state_bytes = sizeof(list_state),
    .begin = list_begin,
    .add = list_add,
    .end = list_end};
