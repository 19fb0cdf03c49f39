/* text.h: the parts of the text format: the block of a case, its changes, and the end of the report. */
#ifndef MEMBENCH_REPORT_TEXT_H
#define MEMBENCH_REPORT_TEXT_H

#include "report/notes.h"
#include "report/report.h"

typedef struct mb_text_state {
    char group[MB_ID_BYTES_MAX]; /* of the last case written */
    bool has_case;
    mb_notes notes;
} mb_text_state;

/* text_table.c: with --verbose, every metric, then marks, regions and counts. False when memory is out. */
MB_NODISCARD bool mb_text_table(const mb_report *report, const mb_case_result *result);

/* text_change.c: what the comparisons say, and nothing when there are none. */
void mb_text_changes(const mb_report *report, const mb_report_case *item);

/* text_end.c: notes, counts, findings, advice. */
void mb_text_end(const mb_report *report, const mb_notes *notes);

#endif
