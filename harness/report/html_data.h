/* html_data.h: what the HTML report's script draws from: every case with its samples, as compact JSON.
 *
 * docs/report.md describes the object. Metrics are numbers (their place in "metrics"), texts that come again and again
 * are numbers, too (their place in "texts", which follows the cases). */
#ifndef MEMBENCH_REPORT_HTML_DATA_H
#define MEMBENCH_REPORT_HTML_DATA_H

#include "base/json_writer.h"
#include "report/report.h"

/* Texts that were written as a number. */
typedef struct mb_html_texts {
    const char **texts; /* copied */
    size_t count, capacity;
    mb_arena arena;
} mb_html_texts; /* zeroed is empty and ready; mb_html_texts_fini frees it */

void mb_html_texts_fini(mb_html_texts *texts);

/* What is kept from case to case. Samples are more than half of a page. So the first thousand cases have all of theirs,
 * later ones those of metrics that changed, and of the others the least, the median and the greatest. */
typedef struct mb_html_data {
    mb_html_texts texts;
    size_t case_count;
    bool leaves_out; /* some samples were left out */
} mb_html_data;

enum { MB_HTML_WHOLE_CASES = 1000 };

/* Members "metrics" and "verdicts", and what holds for the whole run. */
void mb_html_write_head(mb_json_writer *json, const mb_report *report);

/* One element of "cases". False when memory is out. */
MB_NODISCARD bool mb_html_write_case(mb_json_writer *json, const mb_report *report, const mb_report_case *item,
                                     mb_html_data *data);

void mb_html_write_texts(mb_json_writer *json, const mb_html_texts *texts);

/* Samples: nothing where there are none; [value, count] when all are equal; else [least, unit, width, "characters"],
 * where each sample is width characters, a number to the base 90 of units above the least. Whole numbers come back
 * exactly unless they spread over more than 90^5 units, others to a thousandth of their range. key: see json_writer.h;
 * inside an array an empty series is null. */
void mb_html_write_series(mb_json_writer *json, const char *key, const mb_series *series);

#endif
