/* delta.h: one plain sentence a case, "Memory delta for 100 jobs: 156 KB, 164 KB at first use", as --verbose prints it
 * on stderr. */
#ifndef MEMBENCH_REPORT_DELTA_H
#define MEMBENCH_REPORT_DELTA_H

#include "model/result.h"

enum { MB_DELTA_LINE_BYTES_MAX = 512 };

/* Writes the sentence without a newline; false, with "" written, when the case has no anonymous memory measured.
 *
 * The figures are the median anonymous memory of the steady window and of the first use, which is what small cases
 * take where the steady window finds memory to use again; in units of 1,024 bytes, with one decimal unless whole. The
 * subject is the case's parameters: number and parameter name, "50 clients"; for a parameter in bytes its size and the
 * name without "_bytes", "100KB payload"; a case without parameters is called by its id. */
bool mb_delta_format(const mb_case_result *result, char line[MB_DELTA_LINE_BYTES_MAX]);

#endif
