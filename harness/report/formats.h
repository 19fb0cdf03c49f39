/* formats.h: the formats there are, in the order of help. A new one is a file of its own, which defines
 * mb_report_NAME, and a line here: help, manual pages, completions and docs/formats.md follow. */
#ifndef MEMBENCH_REPORT_FORMATS_H
#define MEMBENCH_REPORT_FORMATS_H

#include "report/report.h"

/* clang-format off */
#define MB_REPORT_FORMATS(FORMAT) \
    FORMAT(text) \
    FORMAT(side) \
    FORMAT(markdown) \
    FORMAT(comment) \
    FORMAT(html) \
    FORMAT(svg) \
    FORMAT(png) \
    FORMAT(csv) \
    FORMAT(json) \
    FORMAT(ndjson) \
    FORMAT(junit) \
    FORMAT(github) \
    FORMAT(gbench) \
    FORMAT(smaller_is_better) \
    FORMAT(bencher) \
    FORMAT(gobench) \
    FORMAT(criterion) \
    FORMAT(openmetrics)
/* clang-format on */

#define MB_DECLARE_FORMAT(name) extern const mb_report_format mb_report_##name;
MB_REPORT_FORMATS(MB_DECLARE_FORMAT)
#undef MB_DECLARE_FORMAT

#endif
