/* formats.h: the formats there are; each is one file. report.c puts them into its table. */
#ifndef MEMBENCH_REPORT_FORMATS_H
#define MEMBENCH_REPORT_FORMATS_H

#include "report/report.h"

extern const mb_report_format mb_report_text;
extern const mb_report_format mb_report_side;
extern const mb_report_format mb_report_markdown;
extern const mb_report_format mb_report_comment;
extern const mb_report_format mb_report_html;
extern const mb_report_format mb_report_svg;
extern const mb_report_format mb_report_png;
extern const mb_report_format mb_report_csv;
extern const mb_report_format mb_report_json;
extern const mb_report_format mb_report_ndjson;
extern const mb_report_format mb_report_junit;
extern const mb_report_format mb_report_github;
extern const mb_report_format mb_report_gbench;
extern const mb_report_format mb_report_smaller_is_better;
extern const mb_report_format mb_report_bencher;
extern const mb_report_format mb_report_gobench;
extern const mb_report_format mb_report_criterion;
extern const mb_report_format mb_report_openmetrics;

#endif
