/* markdown.h: the parts of the markdown format: escaped text, the lists of findings, advice. */
#ifndef MEMBENCH_REPORT_MARKDOWN_H
#define MEMBENCH_REPORT_MARKDOWN_H

#include "report/advice.h"
#include "report/report.h"

/* Text of unknown origin as plain text: nothing in it is taken for markup, HTML, a mention or a table's edge. */
void mb_markdown_text(FILE *file, const char *text);

/* The same as inline code in a table's cell. HTML's code element, as backquotes cannot hold every text. */
void mb_markdown_code(FILE *file, const char *text);

/* A table of regressions, then lists of the other findings, each of at most limit cases. */
void mb_markdown_findings(const mb_report *report, size_t limit);

void mb_markdown_advice(FILE *file, const mb_advice *advice);

#endif
