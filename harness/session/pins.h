/* pins.h: older baselines that a run is compared with besides the usual one, so that growth which passes
 * change by change is found by what it adds up to.
 *
 *     mb_pins_add_gate     each --baseline: the one that is compared with, and those nothing may have crept away from
 *     mb_pins_add_budget   those that budgets refer to
 *     mb_pins_open         before measuring, and before a report
 *     mb_plan_fini         closes them */
#ifndef MEMBENCH_SESSION_PINS_H
#define MEMBENCH_SESSION_PINS_H

#include "judge/budget.h"
#include "session/plan.h"
#include "store/baseline.h"
#include "store/results_reader.h"

enum { MB_PINS_MAX = 8 };

typedef struct mb_pin {
    char name[MB_BASELINE_NAME_MAX + 1];
    bool is_gate; /* of --baseline; else only budgets refer to it */
    bool has_threshold;
    mb_threshold allowed;      /* then: what every metric may have grown by since */
    mb_results_reader *reader; /* NULL: not opened */
    mb_case_source source;
    bool is_asked, has_answered; /* mb_pins_check_budgets: some budget refers to it; it had a number for one */
} mb_pin;

typedef struct mb_pins {
    mb_pin pins[MB_PINS_MAX]; /* those that gate first */
    size_t count, gate_count;
    char baseline[MB_BASELINE_NAME_MAX + 1]; /* plan->baseline, when it is set here */
} mb_pins;

mb_pins *mb_pins_new(void); /* NULL when memory is out */
void mb_pins_free(mb_pins *pins);

/* "main", or "v1.0=25%" with a threshold of its own. The first without such a threshold, or the first of all, becomes
 * plan->baseline, which reports are about; the others are pins. MB_ERROR_USAGE when it can be no baseline's name, has
 * no valid threshold, is given twice, or has no room. */
MB_NODISCARD mb_status mb_pins_add_gate(mb_plan *plan, const char *text, mb_error *error);

/* One that budgets refer to; again is fine. */
MB_NODISCARD mb_status mb_pins_add_budget(mb_pins *pins, const char *name, mb_error *error);

/* Opens those that are not open yet, in plan->baseline_dir. What budgets refer to is left out while the run saves just
 * that baseline. MB_ERROR_BASELINE when one does not exist. */
MB_NODISCARD mb_status mb_pins_open(const mb_plan *plan, mb_error *error);

/* By which policy a case is compared with a pin: *storage is filled in and returned. NULL when memory is out. */
const mb_gate_policy *mb_pins_policy(const mb_plan *plan, const mb_pin *pin, const char *case_id,
                                     mb_gate_policy *storage);

/* Reads the pin's case for that one of the current run. *exists is false, and *result untouched, when it has none. */
MB_NODISCARD mb_status mb_pins_read(const mb_plan *plan, const mb_pin *pin, const char *case_id, mb_arena *arena,
                                    mb_case_result *result, bool *exists, mb_error *error);

/* mb_budget_check_case with budgets that are relative to pins. */
MB_NODISCARD mb_status mb_pins_check_budgets(const mb_plan *plan, const mb_case_result *result,
                                             mb_budget_check checks[MB_METRIC_COUNT], size_t *count, mb_error *error);

#endif
