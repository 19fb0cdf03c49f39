#include "judge/compare.h"

#include "judge/gate_levels.h"
#include "judge/ranks.h"

#include <math.h>

/* How many samples the next look takes, or as many as there are when there is none. */
static size_t next_look(const mb_comparison *c, const mb_gate_policy *policy)
{
    size_t wanted = c->current_count < MB_GATE_LOOK_FIRST_COUNT    ? MB_GATE_LOOK_FIRST_COUNT
                    : c->current_count < MB_GATE_LOOK_SECOND_COUNT ? MB_GATE_LOOK_SECOND_COUNT
                                                                   : policy->sample_limit;
    if (wanted > policy->sample_limit)
        wanted = policy->sample_limit;
    return wanted > c->current_count ? wanted : c->current_count;
}

static double smaller_doubled(double a, double b)
{
    double p = 2 * (a < b ? a : b);
    return p < 1 ? p : 1;
}

/* Could the case have drifted? What repeats exactly does not, and a ratio is needed to say by how much. */
static bool may_drift(const mb_comparison *c) { return c->has_ratio && !c->baseline_exact; }

/* How far cases drifted between the two sessions, as a ratio, judged by those that shrank: no pull request's growth is
 * among them. Reorders `order`. 1 when nothing shrank or too little to tell. */
static double observed_drift(const mb_comparison *comparisons, size_t *order, size_t count)
{
    size_t shrunk = 0;
    for (size_t i = 0; i < count; i++) {
        const mb_comparison *c = &comparisons[order[i]];
        if (!may_drift(c) || !(c->ratio > 0 && c->ratio < 1))
            continue;
        size_t index = order[i];
        order[i] = order[shrunk];
        order[shrunk++] = index;
    }
    if (shrunk < MB_GATE_DRIFT_LEAST_COUNT)
        return 1;
    mb_order_by(&comparisons[0].ratio, sizeof *comparisons, order, shrunk);
    /* The median of half a normal distribution lies at 0.6745 deviations; a few great improvements do not move it. */
    double deviation = -log(comparisons[order[shrunk / 2]].ratio) / 0.6745;
    return exp(MB_GATE_DRIFT_REACH(shrunk) * deviation);
}

static bool is_drift(const mb_comparison *c, double drift)
{
    return may_drift(c) && c->ratio_sure <= (1 + c->threshold_ratio) * drift;
}

static void settle(mb_comparison *c, double drift, const mb_gate_policy *policy)
{
    double p_beyond = smaller_doubled(c->p_fail, c->p_tail);
    bool constants = c->baseline_exact && c->current_exact;
    bool settled = true;
    c->reason = NULL;
    bool fails = c->p_adjusted < MB_GATE_FAIL_LEVEL;
    if (fails && c->current_count >= c->samples_to_fail && !is_drift(c, drift)) {
        c->verdict = MB_VERDICT_REGRESSED;
    } else if (c->p_pass < MB_GATE_PASS_LEVEL && c->p_tail > MB_GATE_TAIL_LEVEL) {
        c->verdict = c->p_improved < MB_GATE_FAIL_LEVEL ? MB_VERDICT_IMPROVED : MB_VERDICT_NOT_REGRESSED;
    } else if (constants || p_beyond < MB_GATE_PASS_LEVEL) {
        c->verdict = MB_VERDICT_SUSPECT;
        c->reason = c->current_count < c->samples_to_fail ? "too few samples to be sure"
                    : constants                           ? "too few samples of the baseline to be sure"
                    : fails                               ? "other cases moved as far between the two sessions"
                                                          : "within what may change from session to session";
        /* More samples would only say again that it lies between the two. */
        settled = p_beyond < MB_GATE_FAIL_LEVEL && c->p_pass_drift < MB_GATE_PASS_LEVEL &&
                  c->p_tail_drift > MB_GATE_TAIL_LEVEL;
    } else {
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->reason = c->current_count < policy->sample_limit ? "too few samples" : "too noisy";
        settled = false;
    }
    bool looked = c->current_count >= MB_GATE_LOOK_FIRST_COUNT || c->current_count >= policy->sample_limit;
    c->samples_wanted = settled && looked ? c->current_count : next_look(c, policy);
}

void mb_compare_settle(mb_comparison *comparisons, size_t count, const mb_gate_policy *policy, size_t *scratch)
{
    size_t family_count = 0;
    for (size_t i = 0; i < count; i++) {
        mb_comparison *c = &comparisons[i];
        if (c->path != MB_PATH_RANK || !c->gates)
            continue;
        c->p_adjusted = smaller_doubled(c->p_fail_drift, c->p_tail_drift);
        scratch[family_count++] = i;
    }
    if (family_count == 0)
        return;
    mb_holm(&comparisons[0].p_adjusted, sizeof *comparisons, scratch, family_count);
    double drift = 1;
    for (size_t i = 0; i < family_count; i++)
        if (comparisons[scratch[i]].p_adjusted < MB_GATE_FAIL_LEVEL) {
            drift = observed_drift(comparisons, scratch, family_count);
            break;
        }
    for (size_t i = 0; i < family_count; i++)
        settle(&comparisons[scratch[i]], drift, policy);
}
