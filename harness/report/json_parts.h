/* json_parts.h: the objects that json and ndjson are both made of. (json_reader.c) */
#ifndef MEMBENCH_REPORT_JSON_PARTS_H
#define MEMBENCH_REPORT_JSON_PARTS_H

#include "base/json_writer.h"
#include "report/report.h"

enum { MB_JSON_RATIO_DIGITS = 6, MB_JSON_P_DIGITS = 4 }; /* the samples they come from have no more */

/* The members of the object that is open: of the run and what it was compared with, of a case, and of the sum of all.
 * The report's options say which metrics. False when memory is out. */
void mb_json_write_runs(mb_json_writer *json, const mb_report_model *model);
MB_NODISCARD bool mb_json_write_case(mb_json_writer *json, const mb_report *report, const mb_report_case *item);
/* A member "comparisons". (json_comparison.c) */
void mb_json_write_comparisons(mb_json_writer *json, const mb_comparison *comparisons, size_t count);
/* One more object in the array that is open. (json_sweep.c) */
void mb_json_write_sweep(mb_json_writer *json, const mb_report *report, const mb_report_sweep *sweep);

void mb_json_write_sum(mb_json_writer *json, const mb_report *report);

#endif
