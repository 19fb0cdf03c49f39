/* where_formats.h: call sites in each format: one function a format, called from one place of it. Nothing is written of
 * what nothing is known of. */
#ifndef MEMBENCH_REPORT_WHERE_FORMATS_H
#define MEMBENCH_REPORT_WHERE_FORMATS_H

#include "judge/causes.h"
#include "report/report.h"
#include "report/where_words.h"

/* With --verbose under the changes of a case. */
void mb_where_text(const mb_report *report, const mb_report_case *item);

/* Under a cause in the findings of text: of the first of its cases of which something is known. */
void mb_where_cause(const mb_report *report, const mb_cause *cause);

/* For each case whether its call sites are left to another one of the same cause, the first of which something is
 * known, and it is the first of no cause. The caller frees it; NULL when memory is out: then all are shown. */
bool *mb_where_left_out(const mb_wheres *wheres, const mb_causes *causes);

/* Behind the findings: a folded list for each cause, of its first case of which something is known, and for each case
 * with none, as long as the stream is shorter than that. */
void mb_where_markdown(FILE *file, const mb_report *report, const mb_causes *causes, long limit_bytes);

/* The same lines as text has, for formats that escape them: they live until *kept is freed. NULL: there are none; where
 * memory is out, one that says so. */
const char *mb_where_lines(const mb_report *report, const char *case_id, char **kept);

/* The first frame of the largest site of a case that is in a source of the project, by mb_where_own_path. False: none
 * is. */
bool mb_where_source(const mb_report *report, const char *case_id, char path[MB_WHERE_TEXT_BYTES], int *line);

#endif
