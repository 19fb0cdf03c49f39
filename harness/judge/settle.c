#include "judge/compare.h"

#include "judge/allowance.h"
#include "judge/gate_levels.h"
#include "judge/ranks.h"

#include <math.h>

size_t mb_gate_next_look(size_t count, const mb_gate_policy *policy)
{
    size_t wanted = count < MB_GATE_LOOK_FIRST_COUNT    ? MB_GATE_LOOK_FIRST_COUNT
                    : count < MB_GATE_LOOK_SECOND_COUNT ? MB_GATE_LOOK_SECOND_COUNT
                                                        : policy->sample_limit;
    if (wanted > policy->sample_limit)
        wanted = policy->sample_limit;
    return wanted > count ? wanted : count;
}

double mb_gate_either(double p, double p_other) { return 2 * fmin(p, p_other); }

bool mb_gate_is_of_tail(const mb_comparison *c)
{
    return fmin(c->p_tail, c->p_tail_drift) < fmin(c->p_fail, c->p_fail_drift);
}

/* Memory that is freed late shows up now above and now below: its spread grew, not its amount. So growth that shows in
 * the upper tail alone counts only if the lower one did not move out by half as many values. */
bool mb_gate_swings(const mb_comparison *c) { return mb_gate_is_of_tail(c) && 2 * c->below_count >= c->above_count; }

/* The bulk is within the bound, and the upper tail is no more than chance. Two values of ten beyond it are not yet
 * improbable, and are what a mode that one run in three falls into looks like: only more samples tell. */
bool mb_gate_passes(const mb_comparison *c, const mb_gate_policy *policy)
{
    bool is_last = c->current_count >= policy->sample_limit;
    return c->p_pass < MB_GATE_PASS_LEVEL && c->p_tail > MB_GATE_TAIL_LEVEL &&
           (c->above_count < MB_GATE_SCREEN_TAIL_COUNT || is_last);
}

const char mb_gate_swing_reason[] = "swings both ways around the same median: freed late, rather than grown";

bool mb_gate_improves(const mb_comparison *c, size_t family_count, const mb_gate_policy *policy)
{
    size_t share = policy->is_two_sided ? family_count : 1;
    return c->p_improved * (double)share < MB_GATE_FAIL_LEVEL;
}

bool mb_gate_may_have_shrunk(const mb_comparison *c, const mb_gate_policy *policy)
{
    return policy->is_two_sided && c->p_improved < MB_GATE_SCREEN_LEVEL;
}

static void settle(mb_comparison *c, size_t family_count, const mb_gate_policy *policy)
{
    double p_beyond = mb_gate_either(c->p_fail, c->p_tail);
    bool constants = c->baseline_exact && c->current_exact;
    bool settled = true;
    c->reason = NULL;
    bool fails = c->p_adjusted < MB_GATE_FAIL_LEVEL;
    if (fails && c->current_count >= c->samples_to_fail && mb_gate_swings(c)) {
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->reason = mb_gate_swing_reason;
        settled = false;
    } else if (fails && c->current_count >= c->samples_to_fail) {
        c->verdict = MB_VERDICT_REGRESSED;
    } else if (mb_gate_passes(c, policy)) {
        bool improves = mb_gate_improves(c, family_count, policy);
        settled = improves || !mb_gate_may_have_shrunk(c, policy);
        c->verdict = improves  ? mb_verdict_of_less(policy)
                     : settled ? MB_VERDICT_NOT_REGRESSED
                               : MB_VERDICT_INCONCLUSIVE;
        if (!settled)
            c->reason = c->current_count < policy->sample_limit ? "too few samples" : "may have shrunk";
    } else if (constants || p_beyond < MB_GATE_PASS_LEVEL) {
        c->verdict = MB_VERDICT_SUSPECT;
        c->reason = c->current_count < c->samples_to_fail ? "too few samples to be sure"
                    : constants                           ? "too few samples of the baseline to be sure"
                                                          : "within the drift between sessions";
        /* More samples would only say again that it lies between the two. */
        settled = p_beyond < MB_GATE_FAIL_LEVEL && c->p_pass_drift < MB_GATE_PASS_LEVEL &&
                  c->p_tail_drift > MB_GATE_TAIL_LEVEL;
    } else {
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->reason = c->current_count < policy->sample_limit ? "too few samples" : "too noisy";
        settled = false;
    }
    bool looked = c->current_count >= MB_GATE_LOOK_FIRST_COUNT || c->current_count >= policy->sample_limit;
    c->samples_wanted = settled && looked ? c->current_count : mb_gate_next_look(c->current_count, policy);
}

void mb_compare_settle(mb_comparison *comparisons, size_t count, const mb_gate_policy *policy, size_t *scratch)
{
    size_t family_count = 0;
    for (size_t i = 0; i < count; i++) {
        mb_comparison *c = &comparisons[i];
        if (c->path != MB_PATH_RANK || !c->gates)
            continue;
        c->p_adjusted = mb_gate_either(c->p_fail_drift, c->p_tail_drift);
        scratch[family_count++] = i;
    }
    if (family_count > 0)
        mb_holm(&comparisons[0].p_adjusted, sizeof *comparisons, scratch, family_count);
    for (size_t i = 0; i < family_count; i++)
        settle(&comparisons[scratch[i]], family_count, policy);
    mb_conditions_settle(comparisons, count, scratch);
}
