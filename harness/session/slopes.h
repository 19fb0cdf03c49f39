/* slopes.h: the sweeps of a run, fitted, compared with those of a baseline, and added to a report group by group.
 *
 *     mb_slopes_init        one for the baseline, one for each older one
 *     mb_slopes_visit       with a baseline: each case while the run is compared, or
 *     mb_slopes_compare     … all of them, read once more
 *     mb_slopes_settle      then all slopes of all baselines share the error
 *     mb_slopes_begin       for each report:
 *     mb_slopes_add             each case in the order of its run, after it was added to the report
 *     mb_slopes_end             after the last
 *     mb_slopes_fini        always */
#ifndef MEMBENCH_SESSION_SLOPES_H
#define MEMBENCH_SESSION_SLOPES_H

#include "report/report.h"
#include "session/pins.h"
#include "session/verdicts.h"

typedef struct mb_slopes {
    mb_gate_policy policy;
    bool is_side_by_side;       /* both runs took turns: no drift is allowed for, and nothing is suspect */
    const mb_plan *plan;        /* with pin: how its cases are found */
    const mb_pin *pin;          /* the older baseline they are compared with; NULL: the usual one */
    mb_sweep_set set;           /* the group under way */
    mb_slope_verdict *verdicts; /* settled, in the order of groups */
    size_t count, capacity, used;
} mb_slopes;

/* pin: one of the plan's, or NULL. Both are borrowed. */
void mb_slopes_init(mb_slopes *slopes, const mb_plan *plan, const mb_pin *pin, bool is_side_by_side);

/* Of whatever fails here mb_slopes_fini is still the caller's to call. */
MB_NODISCARD mb_status mb_slopes_compare(mb_slopes *slopes, const mb_verdicts *verdicts, const mb_case_source *current,
                                         const mb_case_source *baseline, mb_error *error);

/* Is an mb_verdicts_visitor's, whose context is an mb_slopes: of the usual baseline only. */
MB_NODISCARD mb_status mb_slopes_visit(void *slopes, const mb_case_result *current, const mb_case_result *baseline,
                                       const mb_comparison *comparisons, size_t count, mb_error *error);

MB_NODISCARD mb_status mb_slopes_settle(mb_slopes *all, size_t slopes_count, mb_error *error);

void mb_slopes_begin(mb_slopes *slopes);

/* item: as the report got it, with the baseline's case where there is one. */
MB_NODISCARD mb_status mb_slopes_add(mb_slopes *slopes, mb_report *report, const mb_report_case *item, mb_error *error);
MB_NODISCARD mb_status mb_slopes_end(mb_slopes *slopes, mb_report *report, mb_error *error);

/* Reads what a case is compared with into *was; *exists is false where the baseline has no such case. */
MB_NODISCARD mb_status mb_slopes_read(const mb_slopes *slopes, const mb_verdicts *verdicts,
                                      const mb_case_source *baseline, size_t index, const char *id, mb_arena *arena,
                                      mb_case_result *was, bool *exists, mb_error *error);

void mb_slopes_fini(mb_slopes *slopes);

#endif
