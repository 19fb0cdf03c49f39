/* text.h: the parts of the text format: the block of a case, its changes, and the end of the report. */
#ifndef MEMBENCH_REPORT_TEXT_H
#define MEMBENCH_REPORT_TEXT_H

#include "report/notes.h"
#include "report/report.h"
#include "support/units.h"

enum { MB_SWEEP_POINTS_MAX = 512, MB_SWEEP_SERIES_COUNT = 4 };

/* Cases that differ in their last parameter alone, as far as they have been written. */
typedef struct mb_text_sweep {
    char key[MB_ID_BYTES_MAX];                              /* their id without that parameter; "" for none */
    char unit[MB_NAME_BYTES_MAX];                           /* one of what the parameter counts: "job" */
    char first[MB_UNITS_TEXT_MAX], last[MB_UNITS_TEXT_MAX]; /* the parameter, as in ids */
    uint64_t last_value;
    bool is_broken; /* its values do not ascend, or there are too many: nothing is said of it */
    struct mb_sweep_series {
        double x[MB_SWEEP_POINTS_MAX], y[MB_SWEEP_POINTS_MAX];
        size_t count, value_count; /* points, and different x among them */
    } series[MB_SWEEP_SERIES_COUNT];
} mb_text_sweep;

typedef struct mb_text_state {
    char group[MB_ID_BYTES_MAX]; /* of the last case written */
    bool has_case;
    mb_notes notes;
    mb_text_sweep sweep;
} mb_text_state;

/* text_sweep.c: what one more job, byte or instance costs. next ends the sweep under way if result (NULL: none follows)
 * is of another, and writes what is to be said of it; add takes the case's samples into the one under way. */
void mb_text_sweep_next(const mb_report *report, mb_text_sweep *sweep, const mb_case_result *result);
void mb_text_sweep_add(mb_text_sweep *sweep, const mb_case_result *result);

/* text_table.c: with --verbose, every metric, then marks, regions and counts. False when memory is out. */
MB_NODISCARD bool mb_text_table(const mb_report *report, const mb_case_result *result);

/* text_change.c: what the comparisons say, and nothing when there are none. */
void mb_text_changes(const mb_report *report, const mb_report_case *item);

/* text_end.c: notes, counts, findings, advice. */
void mb_text_end(const mb_report *report, const mb_notes *notes);

#endif
