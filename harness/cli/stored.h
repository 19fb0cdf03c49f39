/* stored.h: what a run leaves behind: a results file, a baseline. */
#ifndef MEMBENCH_CLI_STORED_H
#define MEMBENCH_CLI_STORED_H

#include "cli/options.h"
#include "results/source.h"

/* Writes all cases as a results file, whole or not at all; "-" is standard output. */
MB_NODISCARD mb_status mb_stored_write(const mb_case_source *source, const char *path, mb_error *error);

/* Saves the run under the options' --save-baseline and says on stderr what became of the cases. Of an interrupted run
 * nothing is saved. */
MB_NODISCARD mb_status mb_stored_save_baseline(const mb_case_source *source, const mb_options *options,
                                               mb_error *error);

#endif
