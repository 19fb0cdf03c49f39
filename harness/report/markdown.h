/* markdown.h: the parts of the markdown format: escaped text, the lists of findings, advice. */
#ifndef MEMBENCH_REPORT_MARKDOWN_H
#define MEMBENCH_REPORT_MARKDOWN_H

#include "judge/causes.h"
#include "report/advice.h"
#include "report/report.h"

/* First line of the comment format. */
#define MB_MARKDOWN_MARKER "<!-- membench: comment -->"

/* Text of unknown origin as plain text: nothing in it is taken for markup, HTML, a mention or a table's edge. */
void mb_markdown_text(FILE *file, const char *text);

/* The same as inline code in a table's cell. HTML's code element, as backquotes cannot hold every text. */
void mb_markdown_code(FILE *file, const char *text);

/* A table of regressions, then lists of the other findings, one line per cause. Each list ends after limit causes, and
 * all of them when about limit_bytes are written: what is left out is counted. */
void mb_markdown_findings(FILE *file, const mb_causes *causes, size_t limit, long limit_bytes);

/* markdown_sweep.c: what one more costs: a folded table's head, and the rows of one sweep, if it has any. */
void mb_markdown_sweep_head(FILE *file, const mb_report *report);
void mb_markdown_sweep(FILE *file, const mb_report *report, const mb_report_sweep *sweep);

void mb_markdown_advice(FILE *file, const mb_advice *advice);

#endif
