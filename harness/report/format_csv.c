/* The csv format: a header, then one row for each case and metric; a case without any metric has one row of its own.
 *
 * RFC 4180 with lines ended by LF alone, so that cut, awk and diff see no stray carriage return. Raw numbers in the
 * unit of the metric's name, as exact as a double holds them; an empty field is a missing number. */
#include "base/csv_field.h"
#include "report/formats.h"
#include "report/words.h"

#include <string.h>

static const char header[] =
    "id,group,function,outcome,message,pass,window,metric,unit,n,median,min,max,mad,exact,missing,"
    "gates,verdict,reason,baseline_n,baseline_median,difference,difference_low,"
    "difference_high,ratio,ratio_low,ratio_high\n";
enum { METRIC_FIELDS = 11, COMPARISON_FIELDS = 11 };

static void write_case(FILE *file, const mb_report_case *item)
{
    const mb_case_result *result = item->result;
    mb_csv_text(file, result->id);
    mb_csv_next_text(file, result->group);
    mb_csv_next_text(file, result->function);
    mb_csv_next_text(file, item->presence == MB_PRESENCE_GONE ? "gone" : mb_outcome_name(result->outcome));
    mb_csv_next_text(file, result->message);
}

static void write_comparison(FILE *file, const mb_comparison *comparison)
{
    fputs(comparison->gates ? ",yes" : ",no", file);
    mb_csv_next_text(file, mb_verdict_name(comparison->verdict));
    mb_csv_next_text(file, comparison->reason);
    mb_csv_next_number(file, (double)comparison->baseline_count);
    bool is_known = comparison->verdict != MB_VERDICT_NO_BASELINE && comparison->verdict != MB_VERDICT_NOT_COMPARABLE;
    if (comparison->baseline_count > 0)
        mb_csv_next_number(file, comparison->baseline_median);
    else
        fputc(',', file);
    if (!is_known) {
        fputs(",,,,,,", file);
        return;
    }
    mb_csv_next_number(file, comparison->difference);
    mb_csv_next_number(file, comparison->difference_low);
    mb_csv_next_number(file, comparison->difference_high);
    if (!comparison->has_ratio) {
        fputs(",,,", file);
        return;
    }
    mb_csv_next_number(file, comparison->ratio);
    mb_csv_next_number(file, comparison->ratio_low);
    mb_csv_next_number(file, comparison->ratio_high);
}

static void write_empty(FILE *file, int fields)
{
    for (int i = 0; i < fields; i++)
        fputc(',', file);
}

static void write_row(FILE *file, const mb_report_case *item, mb_metric metric, const mb_summary *summary,
                      const mb_comparison *comparison)
{
    const mb_quantity_info *info = mb_metric_info(metric);
    write_case(file, item);
    mb_csv_next_text(file, mb_pass_name(info->pass));
    mb_csv_next_text(file, !mb_metric_has_window(metric) ? NULL : mb_window_name(mb_metric_window(metric)));
    mb_csv_next_text(file, mb_metric_name(metric));
    mb_csv_next_text(file, mb_metric_unit(metric));
    mb_csv_next_number(file, (double)summary->count);
    if (summary->count > 0) {
        mb_csv_next_number(file, summary->median);
        mb_csv_next_number(file, summary->minimum);
        mb_csv_next_number(file, summary->maximum);
        mb_csv_next_number(file, summary->deviation);
        fputs(summary->exact ? ",yes" : ",no", file);
    } else {
        write_empty(file, 5);
    }
    mb_csv_next_text(file, summary->count > 0 ? NULL : item->result->missing[metric]);
    if (comparison != NULL)
        write_comparison(file, comparison);
    else
        write_empty(file, COMPARISON_FIELDS);
    fputc('\n', file);
}

static mb_status csv_begin(mb_report *report, mb_error *error)
{
    (void)error;
    fputs(header, report->file);
    return MB_OK;
}

static mb_status csv_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    const mb_comparison *of_metric[MB_METRIC_COUNT] = {NULL};
    bool has_row = false;
    for (size_t i = 0; i < item->comparison_count; i++)
        of_metric[item->comparisons[i].metric] = &item->comparisons[i];
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && item->presence != MB_PRESENCE_GONE; metric++) {
        mb_summary summary;
        if (report->options.metrics != NULL && !report->options.metrics[metric])
            continue;
        if (!mb_summary_make(&item->result->series[metric], &summary))
            return mb_error_no_memory(error);
        if (summary.count == 0 && item->result->missing[metric] == NULL && of_metric[metric] == NULL)
            continue;
        write_row(report->file, item, metric, &summary, of_metric[metric]);
        has_row = true;
    }
    if (!has_row) {
        write_case(report->file, item);
        write_empty(report->file, METRIC_FIELDS + COMPARISON_FIELDS);
        fputc('\n', report->file);
    }
    return MB_OK;
}

static mb_status csv_end(mb_report *report, mb_error *error)
{
    (void)report;
    (void)error;
    return MB_OK;
}

const mb_report_format mb_report_csv = {.name = "csv",
                                        .summary = "a row for each case and metric; for spreadsheets",
                                        .begin = csv_begin,
                                        .add = csv_add,
                                        .end = csv_end};
