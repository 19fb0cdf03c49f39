#include "session/policy.h"

#include "base/pattern.h"
#include "judge/allowance.h"
#include "session/pins.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BITS = 64, WORDS = MB_PROJECT_CASES_MAX / WORD_BITS };

typedef struct entry {
    const mb_project_case *said;
    regex_t expression;
    bool is_used;
} entry;

/* Cases that the same entries match share one policy: there are few of them, however many cases. */
typedef struct shared {
    struct shared *next;
    uint64_t matched[WORDS];
    mb_gate_policy policy;
} shared;

struct mb_policies {
    entry entries[MB_PROJECT_CASES_MAX];
    size_t entry_count;
    shared *shared;
};

mb_policies *mb_policies_new(void) { return calloc(1, sizeof(mb_policies)); }

void mb_policies_free(mb_policies *policies)
{
    if (policies == NULL)
        return;
    for (size_t i = 0; i < policies->entry_count; i++)
        regfree(&policies->entries[i].expression);
    for (shared *s = policies->shared; s != NULL;) {
        shared *next = s->next;
        free(s);
        s = next;
    }
    free(policies);
}

static mb_status fail_at(mb_project_place place, const char *metric, const char *problem, mb_error *error)
{
    return mb_error_set(error, MB_ERROR_USAGE, MB_PROJECT_FILE ":%d:%d: \"%.64s\" %s", place.line, place.column, metric,
                        problem);
}

static mb_status fail_unknown(mb_project_place place, const char *metric, mb_error *error)
{
    char text[MB_METRIC_UNKNOWN_BYTES];
    return mb_error_set(error, MB_ERROR_USAGE, MB_PROJECT_FILE ":%d:%d: %s", place.line, place.column,
                        mb_metric_unknown(metric, strlen(metric), text));
}

static mb_status apply_threshold(mb_gate_policy *policy, const mb_plan *plan, const mb_project_threshold *row,
                                 mb_error *error)
{
    bool selected[MB_METRIC_COUNT] = {false};
    if (row->metric == NULL)
        memset(selected, true, sizeof selected);
    else if (!mb_metric_select(row->metric, strlen(row->metric), selected))
        return fail_unknown(row->place, row->metric, error);
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (!selected[m] || plan->threshold_given[m])
            continue;
        if (!mb_policy_allow(policy, m, &row->said)) {
            if (row->metric == NULL)
                continue;
            return fail_at(row->place, row->metric, "is not measured in the unit of its threshold", error);
        }
        if (row->metric != NULL && mb_metric_can_gate(m) && !plan->metrics_chosen)
            policy->gates[m] = true;
    }
    return MB_OK;
}

/* A budget of "+25% of v1.0". */
static bool apply_relative(mb_gate_policy *policy, const mb_plan *plan, mb_metric metric, const mb_project_budget *row)
{
    mb_gate_policy trial = *policy;
    size_t pin = 0;
    if (!mb_policy_allow(&trial, metric, &row->allowed))
        return false;
    while (strcmp(plan->pins->pins[pin].name, row->pin) != 0)
        pin++;
    MB_ASSERT(pin < plan->pins->count); /* added before */
    policy->budget_pin[metric] = pin + 1;
    policy->budget_ratio[metric] = trial.threshold_ratio[metric];
    policy->budget[metric] = trial.threshold_extra[metric];
    return true;
}

static mb_status apply_budget(mb_gate_policy *policy, const mb_plan *plan, const mb_project_budget *row,
                              mb_error *error)
{
    bool selected[MB_METRIC_COUNT] = {false};
    if (!mb_metric_select(row->metric, strlen(row->metric), selected))
        return fail_unknown(row->place, row->metric, error);
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (!selected[m])
            continue;
        if (!mb_metric_can_gate(m) || mb_metric_info(m)->kind == MB_KIND_NS)
            return fail_at(row->place, row->metric, "cannot have a budget: only memory can", error);
        if (row->is_size && mb_metric_info(m)->kind == MB_KIND_COUNT)
            return fail_at(row->place, row->metric, "is a count: its budget is a whole number without quotes", error);
        policy->has_budget[m] = true;
        policy->budget[m] = row->value;
        policy->budget_pin[m] = 0;
        if (row->pin != NULL && !apply_relative(policy, plan, m, row))
            return fail_at(row->place, row->metric, "is not measured in the unit of its budget", error);
    }
    return MB_OK;
}

mb_status mb_policy_apply(mb_gate_policy *policy, const mb_plan *plan, const mb_project_rules *rules, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t i = 0; i < rules->threshold_count && status == MB_OK; i++)
        status = apply_threshold(policy, plan, &rules->thresholds[i], error);
    for (size_t i = 0; i < rules->budget_count && status == MB_OK; i++)
        status = apply_budget(policy, plan, &rules->budgets[i], error);
    if (rules->advisory != MB_ADVISORY_UNSAID)
        policy->is_advisory = rules->advisory == MB_ADVISORY_YES;
    return status;
}

mb_status mb_policies_add(const mb_plan *plan, const mb_project_case *said, mb_error *error)
{
    mb_policies *policies = plan->policies;
    mb_gate_policy trial = plan->policy;
    mb_status status = mb_policy_apply(&trial, plan, &said->rules, error);
    if (status != MB_OK)
        return status;
    MB_ASSERT(policies->entry_count < MB_PROJECT_CASES_MAX);
    entry *e = &policies->entries[policies->entry_count];
    int code = mb_pattern_compile(&e->expression, said->pattern, 0);
    if (code == REG_ESPACE)
        return mb_error_no_memory(error);
    if (code != 0) {
        char reason[128], problem[192];
        regerror(code, &e->expression, reason, sizeof reason);
        snprintf(problem, sizeof problem, "is neither an id nor a regular expression: %s", reason);
        return fail_at(said->place, said->pattern, problem, error);
    }
    e->said = said;
    policies->entry_count++;
    return MB_OK;
}

/* An id is one case's name, as it is; else the expression must take in all of the id, so that "queue/1" is not said
 * of queue/10 as well. POSIX finds the leftmost and longest: if any match is whole, that one is. */
static MB_NODISCARD bool find_match(const entry *e, const char *id, bool *is_match)
{
    regmatch_t match;
    *is_match = strcmp(e->said->pattern, id) == 0;
    if (*is_match)
        return true;
    if (mb_pattern_match(&e->expression, id, 1, &match, is_match) != MB_OK)
        return false; /* a rule that cannot be asked about must not be left out */
    *is_match = *is_match && match.rm_so == 0 && id[match.rm_eo] == '\0';
    return true;
}

static const mb_gate_policy *make_shared(const mb_plan *plan, const uint64_t matched[WORDS])
{
    mb_policies *policies = plan->policies;
    for (const shared *s = policies->shared; s != NULL; s = s->next)
        if (memcmp(s->matched, matched, sizeof s->matched) == 0)
            return &s->policy;
    shared *made = malloc(sizeof *made);
    if (made == NULL)
        return NULL;
    made->policy = plan->policy;
    memcpy(made->matched, matched, sizeof made->matched);
    for (size_t i = 0; i < policies->entry_count; i++)
        if (matched[i / WORD_BITS] >> (i % WORD_BITS) & 1) {
            mb_status status = mb_policy_apply(&made->policy, plan, &policies->entries[i].said->rules, NULL);
            MB_ASSERT(status == MB_OK); /* tried when it was added */
        }
    made->next = policies->shared;
    policies->shared = made;
    return &made->policy;
}

const mb_gate_policy *mb_policy_of(const mb_plan *plan, const char *case_id)
{
    mb_policies *policies = plan->policies;
    uint64_t matched[WORDS] = {0};
    bool is_any = false;
    for (size_t i = 0; i < policies->entry_count; i++) {
        bool is_match;
        if (!find_match(&policies->entries[i], case_id, &is_match))
            return NULL;
        if (!is_match)
            continue;
        policies->entries[i].is_used = is_any = true;
        matched[i / WORD_BITS] |= (uint64_t)1 << (i % WORD_BITS);
    }
    return is_any ? make_shared(plan, matched) : &plan->policy;
}

bool mb_policies_have_budgets(const mb_plan *plan)
{
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (plan->policy.has_budget[m])
            return true;
    for (size_t i = 0; i < plan->policies->entry_count; i++)
        if (plan->policies->entries[i].said->rules.budget_count > 0)
            return true;
    return false;
}

bool mb_policies_differ(const mb_plan *plan)
{
    for (size_t i = 0; i < plan->policies->entry_count; i++)
        if (plan->policies->entries[i].said->rules.threshold_count > 0)
            return true;
    return false;
}

mb_status mb_policies_check_used(const mb_plan *plan, mb_error *error)
{
    const mb_policies *policies = plan->policies;
    for (size_t i = 0; i < policies->entry_count; i++)
        if (!policies->entries[i].is_used)
            return fail_at(policies->entries[i].said->place, policies->entries[i].said->pattern,
                           "matches no case: see membench --list (.* stands for any text)", error);
    return MB_OK;
}
