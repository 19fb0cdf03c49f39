#include "judge/decide.h"

static mb_level level_of(const mb_finding_kind_info *info, const mb_decision_policy *policy)
{
    bool fails = info->fails == MB_FAILS_ALWAYS || (info->fails == MB_FAILS_UNLESS_LENIENT && !policy->is_lenient) ||
                 (info->fails == MB_FAILS_WHEN_STRICT && policy->is_strict);
    return fails ? MB_LEVEL_ERROR : info->otherwise;
}

mb_exit mb_decide_exit(mb_finding_kind kind, const mb_decision_policy *policy)
{
    const mb_finding_kind_info *info = mb_finding_kind_get(kind);
    return level_of(info, policy) == MB_LEVEL_ERROR ? info->exit_code : MB_EXIT_OK;
}

bool mb_decision_is_graver(const mb_decision *decision, mb_finding_kind left, mb_finding_kind right)
{
    mb_level a = decision->levels[left], b = decision->levels[right];
    return a != b ? a < b : left < right;
}

/* What is found of the run as a whole. Where cases that were lost or do not compare explain why nothing was judged,
 * they say it. */
static void count_whole(const mb_tally *tally, const mb_decision_policy *policy, size_t counts[MB_FINDING_KIND_COUNT])
{
    bool is_empty = tally->case_count == 0, may_be_empty = policy->is_part || policy->is_record;
    bool is_explained = counts[MB_FINDING_LOST] > 0 || counts[MB_FINDING_NOT_COMPARABLE] > 0;
    counts[MB_FINDING_INTERRUPTED] = policy->signal_number != 0;
    counts[MB_FINDING_NOTHING_RUN] = is_empty && !may_be_empty;
    counts[MB_FINDING_NOTHING_COMPARED] = !is_empty && policy->is_compared && tally->gated_count == 0 && !is_explained;
}

/* The kind whose exit code has precedence over the others', else the first that warns. */
static mb_finding_kind find_lead(const mb_decision *decision)
{
    mb_finding_kind lead = MB_FINDING_KIND_COUNT;
    mb_exit code = MB_EXIT_OK;
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        if (decision->counts[kind] == 0 || decision->levels[kind] != MB_LEVEL_ERROR)
            continue;
        mb_exit worse = mb_exit_worse(code, mb_finding_kind_get((mb_finding_kind)kind)->exit_code);
        if (worse != code)
            lead = (mb_finding_kind)kind;
        code = worse;
    }
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT && lead == MB_FINDING_KIND_COUNT; kind++)
        if (decision->counts[kind] > 0 && decision->levels[kind] == MB_LEVEL_WARNING)
            lead = (mb_finding_kind)kind;
    return lead;
}

static mb_calm calm_of(const mb_tally *tally, const mb_decision_policy *policy)
{
    if (policy->is_part)
        return MB_CALM_PART;
    if (!policy->is_compared)
        return MB_CALM_MEASURED;
    return tally->judged_growth.count > 0     ? MB_CALM_GREW_WITHIN
           : tally->unjudged_growth.count > 0 ? MB_CALM_UNJUDGED_GREW
           : tally->has_uncompared            ? MB_CALM_COMPARED
                                              : MB_CALM_NOTHING_GREW;
}

/* Verdict and reason of a run that does not fail. */
static void pass(const mb_tally *tally, const mb_decision_policy *policy, mb_decision *decision)
{
    decision->verdict = "ok";
    if (decision->lead != MB_FINDING_KIND_COUNT)
        decision->exit_reason = "the findings fail only with --strict";
    else if (policy->is_compared)
        decision->exit_reason = "no gating metric grew by more than is allowed";
    else if (tally->budget_count > 0)
        decision->exit_reason = "no budget was exceeded";
    else {
        decision->verdict = "measured";
        decision->exit_reason = policy->is_part ? "membench merge judges shards" : "nothing was compared";
    }
}

/* Where cases were lost by not being run alone, the interruption is the whole finding. */
static bool is_told_by_interruption(const mb_tally *tally, const mb_decision *decision, mb_finding_kind kind)
{
    return kind == MB_FINDING_LOST && decision->counts[MB_FINDING_INTERRUPTED] > 0 &&
           tally->outcome_counts[MB_OUTCOME_NOT_RUN] == decision->counts[MB_FINDING_LOST];
}

void mb_decide(const mb_tally *tally, const mb_decision_policy *policy, mb_decision *decision)
{
    *decision = (mb_decision){.exit_code = MB_EXIT_OK};
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        decision->levels[kind] = level_of(mb_finding_kind_get((mb_finding_kind)kind), policy);
        decision->counts[kind] = tally->finding_counts[kind];
    }
    count_whole(tally, policy, decision->counts);
    decision->lead = find_lead(decision);
    if (decision->lead != MB_FINDING_KIND_COUNT && decision->levels[decision->lead] == MB_LEVEL_ERROR) {
        const mb_finding_kind_info *info = mb_finding_kind_get(decision->lead);
        decision->verdict = info->verdict != NULL ? info->verdict : info->name;
        decision->exit_code =
            (mb_exit)(info->exit_code + (info->exit_code == MB_EXIT_SIGNAL ? policy->signal_number : 0));
        decision->exit_reason = info->reason;
    } else {
        pass(tally, policy, decision);
    }
    for (int level = MB_LEVEL_ERROR; level <= MB_LEVEL_WARNING; level++)
        for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++)
            if (decision->counts[kind] > 0 && decision->levels[kind] == (mb_level)level &&
                !is_told_by_interruption(tally, decision, (mb_finding_kind)kind))
                decision->advice[decision->advice_count++] = (mb_finding_kind)kind;
    if (decision->advice_count == 0)
        decision->calm = calm_of(tally, policy);
}
