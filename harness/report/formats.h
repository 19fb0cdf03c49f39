/* formats.h: the formats there are; each is one file. report.c puts them into its table. */
#ifndef MEMBENCH_REPORT_FORMATS_H
#define MEMBENCH_REPORT_FORMATS_H

#include "report/report.h"

extern const mb_report_format mb_report_text;
extern const mb_report_format mb_report_side;
extern const mb_report_format mb_report_markdown;
extern const mb_report_format mb_report_csv;
extern const mb_report_format mb_report_json;

#endif
