/* policy.h: the gate's policy of each case: that of the plan, changed by what membench.json says of the case.
 *
 *     mb_options_init      makes an empty table (plan->policies), mb_options_fini frees it
 *     mb_plan_apply_project ─▶ mb_policies_add, each entry of "cases", in the order of the file
 *     mb_policy_of         each case id
 *
 * Of several entries that match an id the later one decides, metric by metric. The command line overrides all. */
#ifndef MEMBENCH_SESSION_POLICY_H
#define MEMBENCH_SESSION_POLICY_H

#include "session/plan.h"
#include "store/project_file.h"

typedef struct mb_policies mb_policies;

mb_policies *mb_policies_new(void); /* NULL when memory is out */
void mb_policies_free(mb_policies *policies);

/* Changes a policy by rules, but for what the command line said. MB_ERROR_USAGE with line and column when a metric or a
 * unit is wrong. */
MB_NODISCARD mb_status mb_policy_apply(mb_gate_policy *policy, const mb_plan *plan, const mb_project_rules *rules,
                                       mb_error *error);

/* Adds an entry, whose strings stay borrowed. All of it is checked here: looking up cannot fail by it. */
MB_NODISCARD mb_status mb_policies_add(const mb_plan *plan, const mb_project_case *entry, mb_error *error);

/* The policy of a case, alive as long as the plan. plan->policy must not change after the first call. NULL when
 * memory is out. */
const mb_gate_policy *mb_policy_of(const mb_plan *plan, const char *case_id);

/* Some entry sets a threshold. */
bool mb_policies_differ(const mb_plan *plan);

/* Some case may have a budget. */
bool mb_policies_have_budgets(const mb_plan *plan);

/* MB_ERROR_USAGE when an entry matched no id that mb_policy_of was asked for: it would guard nothing. */
MB_NODISCARD mb_status mb_policies_check_used(const mb_plan *plan, mb_error *error);

#endif
