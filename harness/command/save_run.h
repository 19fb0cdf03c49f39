/* save_run.h: the baseline that a run leaves behind. (Its results: mb_results_write of store/results_writer.h.) */
#ifndef MEMBENCH_COMMAND_SAVE_RUN_H
#define MEMBENCH_COMMAND_SAVE_RUN_H

#include "command/options.h"
#include "model/case_source.h"

/* Saves the run under the options' --save-baseline and says on stderr what became of the cases. Of an interrupted run
 * nothing is saved. */
MB_NODISCARD mb_status mb_stored_save_baseline(const mb_case_source *source, const mb_options *options,
                                               mb_error *error);

#endif
