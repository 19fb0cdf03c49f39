/* verdicts.h: the comparisons of all cases of a run with those of a baseline, one slice a case, ready for the report.
 *
 *     mb_verdicts_compare      the rule for stored baselines, over everything
 *
 * or, by another rule:
 *
 *     mb_verdicts_init ─▶ mb_verdicts_begin, mb_verdicts_append case by case, in their order ─▶ mb_verdicts_end
 *
 * Both end with mb_verdicts_fini. */
#ifndef MEMBENCH_SESSION_VERDICTS_H
#define MEMBENCH_SESSION_VERDICTS_H

#include "model/case_source.h"
#include "session/plan.h"

typedef struct mb_verdicts {
    mb_comparison *comparisons; /* settled */
    mb_arena arena;             /* what they point to */
    size_t count, capacity;
    size_t case_count, baseline_case_count;
    size_t *starts;           /* of each current case, and the end of the last */
    size_t *baseline_indices; /* of each current case, MB_VERDICTS_UNRECORDED when the baseline has none */
    bool *is_run;             /* of each baseline case: it is in the current run */
    /* Of the older baselines that gate (pins.h), behind those above in one family: as starts, one after another. */
    size_t *pin_starts;
    size_t pin_count;
} mb_verdicts; /* zeroed is empty */

#define MB_VERDICTS_UNRECORDED SIZE_MAX

/* On failure mb_verdicts_fini is still the caller's to call. */
MB_NODISCARD mb_status mb_verdicts_init(mb_verdicts *verdicts, size_t case_count, size_t baseline_case_count,
                                        mb_error *error);

/* The next current case, and which case of the baseline it is compared with. */
void mb_verdicts_begin(mb_verdicts *verdicts, size_t case_index, size_t baseline_index);

/* What was compared of a current case: *count comparisons, valid as long as verdicts stays as it is; NULL when none. */
const mb_comparison *mb_verdicts_of_case(const mb_verdicts *verdicts, size_t index, size_t *count);

/* The same with an older baseline. */
const mb_comparison *mb_verdicts_of_pin(const mb_verdicts *verdicts, size_t pin, size_t index, size_t *count);

/* Whether some gating metric came to a verdict against that older baseline. */
bool mb_verdicts_use_pin(const mb_verdicts *verdicts, size_t pin);

/* Comparisons of the case begun last; those of metrics that are not shown are left out. */
MB_NODISCARD mb_status mb_verdicts_append(mb_verdicts *verdicts, const mb_comparison *comparisons, size_t count,
                                          const bool shown[MB_METRIC_COUNT], mb_error *error);

void mb_verdicts_end(mb_verdicts *verdicts);

/* Looks at a case of the run that was read to be compared, for whoever would else have to read it again. baseline: the
 * same case there, or NULL. The comparisons are not settled; all are borrowed for the call. */
typedef struct mb_verdicts_visitor {
    mb_status (*visit)(void *context, const mb_case_result *current, const mb_case_result *baseline,
                       const mb_comparison *comparisons, size_t count, mb_error *error);
    void *context;
} mb_verdicts_visitor;

/* Compares and settles all cases that both have, and those that the plan's opened older baselines have, reading one at
 * a time. *verdicts is zeroed before. visitor: sees each case of the run in its order, or NULL. */
MB_NODISCARD mb_status mb_verdicts_compare(mb_verdicts *verdicts, const mb_case_source *current,
                                           const mb_case_source *baseline, const mb_plan *plan,
                                           const mb_verdicts_visitor *visitor, mb_error *error);

/* Those that gate and vary: Holm's correction is over all of them. */
size_t mb_verdicts_count_noisy(const mb_verdicts *verdicts);

void mb_verdicts_fini(mb_verdicts *verdicts);

#endif
