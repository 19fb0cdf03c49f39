/* proposals.h: what the WebAssembly runtimes that were built load of the proposals beyond the first version. */
#ifndef MEMBENCH_CLI_PROPOSALS_H
#define MEMBENCH_CLI_PROPOSALS_H

#include "report/report.h"

/* Prints a line behind a label. */
typedef void mb_proposals_printer(const mb_report *output, const char *label, const char *text);

/* Loads a module for each proposal in each program that runs modules, and prints a line a program behind label, the
 * first time: which were loaded, which refused. Prints nothing without such a program; what goes wrong is said in
 * place of the lines. */
void mb_proposals_print(const char *label, mb_proposals_printer *print, const mb_report *output);

#endif
