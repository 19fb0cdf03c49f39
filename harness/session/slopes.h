/* slopes.h: the sweeps of a run, fitted, compared with those of a baseline, and added to a report group by group.
 *
 *     mb_slopes_init
 *     mb_slopes_compare     with a baseline: reads all cases once, so that all slopes share the error
 *     mb_slopes_add         each case in the order of its run, after it was added to the report
 *     mb_slopes_end         after the last
 *     mb_slopes_fini        always */
#ifndef MEMBENCH_SESSION_SLOPES_H
#define MEMBENCH_SESSION_SLOPES_H

#include "report/report.h"
#include "session/verdicts.h"

typedef struct mb_slopes {
    mb_gate_policy policy;
    bool is_side_by_side;       /* both runs took turns: no drift is allowed for, and nothing is suspect */
    mb_sweep_set set;           /* the group under way */
    mb_slope_verdict *verdicts; /* settled, in the order of groups */
    size_t count, capacity, used;
} mb_slopes;

void mb_slopes_init(mb_slopes *slopes, const mb_gate_policy *policy, bool is_side_by_side);

/* On failure mb_slopes_fini is still the caller's to call. */
MB_NODISCARD mb_status mb_slopes_compare(mb_slopes *slopes, const mb_verdicts *verdicts, const mb_case_source *current,
                                         const mb_case_source *baseline, mb_error *error);

/* item: as the report got it, with the baseline's case where there is one. */
MB_NODISCARD mb_status mb_slopes_add(mb_slopes *slopes, mb_report *report, const mb_report_case *item, mb_error *error);
MB_NODISCARD mb_status mb_slopes_end(mb_slopes *slopes, mb_report *report, mb_error *error);

void mb_slopes_fini(mb_slopes *slopes);

#endif
