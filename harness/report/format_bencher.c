/* The bencher format: Bencher Metric Format, {case: {measure: {value, lower_value, upper_value}}}. */
#include "base/json_writer.h"
#include "report/formats.h"
#include "report/tool_formats.h"
#include "report/words.h"

typedef struct bencher_state {
    mb_json_writer json;
} bencher_state;

static mb_status bencher_begin(mb_report *report, mb_error *error)
{
    (void)error;
    bencher_state *state = report->state;
    state->json.file = report->file;
    mb_json_write_open(&state->json, NULL, '{');
    return MB_OK;
}

/* A case without numbers is left out: to Bencher an empty one is an error. */
static mb_status bencher_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    mb_json_writer *json = &((bencher_state *)report->state)->json;
    bool has_any = false;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        mb_summary summary;
        if (item->presence == MB_PRESENCE_GONE || !mb_report_tracks(report, metric))
            continue;
        if (!mb_summary_make(&item->result->series[metric], &summary))
            return mb_error_no_memory(error);
        if (summary.count == 0)
            continue;
        if (!has_any)
            mb_json_write_open(json, item->result->id, '{');
        has_any = true;
        mb_json_write_open(json, mb_metric_name(metric), '{');
        mb_json_write_number(json, "value", summary.median);
        mb_json_write_number(json, "lower_value", summary.minimum);
        mb_json_write_number(json, "upper_value", summary.maximum);
        mb_json_write_close(json, '}');
    }
    if (has_any)
        mb_json_write_close(json, '}');
    return MB_OK;
}

static mb_status bencher_end(mb_report *report, mb_error *error)
{
    (void)error;
    mb_json_write_close(&((bencher_state *)report->state)->json, '}');
    return MB_OK;
}

const mb_report_format mb_report_bencher = {.name = "bencher",
                                            .summary = "Bencher Metric Format; for bencher run --adapter json",
                                            .state_bytes = sizeof(bencher_state),
                                            .begin = bencher_begin,
                                            .add = bencher_add,
                                            .end = bencher_end};
