/* The ndjson format: the objects of the json format, one a line: the run, each case, the sum. For jq and log stores. */
#include "report/formats.h"
#include "report/json_parts.h"

static mb_json_writer begin_line(const mb_report *report, const char *type)
{
    mb_json_writer json = {.file = report->file, .is_compact = true};
    mb_json_write_open(&json, NULL, '{');
    mb_json_write_text(&json, "type", type);
    return json;
}

static mb_status ndjson_begin(mb_report *report, mb_error *error)
{
    (void)error;
    mb_json_writer json = begin_line(report, "run");
    mb_json_write_runs(&json, report->model);
    mb_json_write_close(&json, '}');
    return MB_OK;
}

static mb_status ndjson_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    mb_json_writer json = begin_line(report, "case");
    if (!mb_json_write_case(&json, report, item))
        return mb_error_no_memory(error);
    mb_json_write_close(&json, '}');
    return MB_OK;
}

static mb_status ndjson_end(mb_report *report, mb_error *error)
{
    (void)error;
    mb_json_writer json = begin_line(report, "sum");
    mb_json_write_sum(&json, report);
    mb_json_write_close(&json, '}');
    return MB_OK;
}

const mb_report_format mb_report_ndjson = {.name = "ndjson",
                                           .summary = "the json format's objects, one per line; for jq",
                                           .begin = ndjson_begin,
                                           .add = ndjson_add,
                                           .end = ndjson_end};
