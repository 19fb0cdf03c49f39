/* text.h: the parts of the text format: the block of a case, its changes, and the end of the report. */
#ifndef MEMBENCH_REPORT_TEXT_H
#define MEMBENCH_REPORT_TEXT_H

#include "base/units.h"
#include "report/notes.h"
#include "report/report.h"

/* Sweeps of the group under way. */
typedef struct mb_text_sweeps {
    size_t count;   /* more than a few are told only with --verbose */
    size_t plotted; /* drawn, or kept for the end */
    char *plots;    /* of the first group, malloc'd: shown at the end if no other group came; else NULL */
    size_t plot_bytes;
    bool has_groups; /* more than one */
} mb_text_sweeps;

typedef struct mb_text_state {
    char group[MB_ID_BYTES_MAX]; /* of the last case written */
    bool has_case;
    mb_notes notes;
    mb_text_sweeps sweeps;
} mb_text_state;

/* text_sweep.c: what one more job, byte or instance costs, under the cases of its group; end says how many were left
 * out of a group. */
mb_status mb_text_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error);
void mb_text_sweep_end(const mb_report *report, mb_text_sweeps *sweeps);

/* text_plot.c: one metric of a sweep as a plot of eight lines; nothing where the report is too narrow or there is but
 * one point. */
void mb_text_plot(const mb_report *report, const mb_report_sweep *sweep, const mb_sweep_metric *metric);

/* text_table.c: with --verbose, every metric, then marks, regions and counts. False when memory is out. */
MB_NODISCARD bool mb_text_table(const mb_report *report, const mb_case_result *result);

/* text_change.c: what the comparisons say, and nothing when there are none. */
void mb_text_changes(const mb_report *report, const mb_report_case *item);

/* text_end.c: notes, counts, findings, advice. */
void mb_text_end(const mb_report *report, const mb_notes *notes);

#endif
