/* tool_formats.h: what the formats for other tools share: which metrics they take, and what a finding says. */
#ifndef MEMBENCH_REPORT_TOOL_FORMATS_H
#define MEMBENCH_REPORT_TOOL_FORMATS_H

#include "report/report.h"

enum { MB_FINDING_TEXT_MAX = 1024 };

/* A tool that follows numbers over time wants a few a case: those that were asked for by name, else those that gate,
 * and the time. */
bool mb_report_tracks(const mb_report *report, mb_metric metric);

/* What is to be said of a finding without its case: "heap +12.0% (+15.0 KiB), anon +3.0% (+12.0 KiB) [+2.9%, +3.1%]",
 * "crashed: SIGSEGV", "not in the baseline". An interval without width goes without saying. Printable UTF-8 on one
 * line, cut where it gets too long. */
const char *mb_finding_sentence(const mb_finding *finding, char text[MB_FINDING_TEXT_MAX]);

#endif
