/* outcome.h: a run compared with a baseline (or against none): compared, reported, and turned into the exit code. */
#ifndef MEMBENCH_COMMAND_OUTCOME_H
#define MEMBENCH_COMMAND_OUTCOME_H

#include "base/terminal.h"
#include "command/exit.h"
#include "command/options.h"
#include "model/case_source.h"
#include "session/verdicts.h"

typedef struct mb_gate_input {
    const mb_case_source *current;
    const mb_case_source *baseline; /* or NULL: nothing is compared */
    const mb_verdicts *verdicts;    /* of the two, settled; NULL: made here, by the rule for stored baselines */
    bool is_side_by_side;           /* the baseline was measured alternately with the run: what only it has is gone */
    bool is_stored;                 /* it was measured before, maybe elsewhere: nothing is advised to keep it */
    bool is_of_commands;            /* the cases are commands of exec */
    const char *command;            /* how advice calls membench; NULL: made from the options */
    const char *explain;            /* how advice has a case explained, or NULL */
    const char *baseline_name;      /* name or file, for the report; NULL without a baseline */
    const char *saved_name;         /* baseline that this run was just saved to, or NULL */
    const struct mb_soak_result *soaks; /* shown next to the cases, soak_count of them */
    size_t soak_count;
    const struct mb_wheres *wheres; /* call sites of what grew (report/where_words.h), or NULL */
    int signal_number;              /* that interrupted the run, or 0 */
    const char *run_name;           /* what the run is called, for formats that keep several; NULL: "new" */
    const char *report_path;        /* file or folder for the report, or NULL: the stream */
    const mb_options *options;
} mb_gate_input;

/* Writes the report to out, or report_path, in the format of the options, then those of --report, and says with which
 * code to exit. Cases are read one at a time, once for each report and once more where there is a baseline, so memory
 * grows with the number of comparisons, not of samples. */
MB_NODISCARD mb_status mb_gate_report(const mb_gate_input *given, FILE *out, mb_exit *code, mb_error *error);

#endif
