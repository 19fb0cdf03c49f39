#include "judge/side_by_side.h"

#include "judge/allowance.h"
#include "judge/gate_levels.h"
#include "judge/ranks.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t mb_side_compare_case(const mb_case_result *old_case, const mb_run_info *old_run, const mb_case_result *new_case,
                            const mb_run_info *new_run, const mb_gate_policy *policy, size_t case_index,
                            mb_arena *arena, mb_comparison comparisons[MB_METRIC_COUNT])
{
    mb_gate_policy side = *policy;
    side.drift_allowance_ratio = 0;
    side.times_gate = true;
    return mb_compare_case(old_case, old_run, new_case, new_run, &side, case_index, arena, comparisons);
}

/* It gates and has numbers to be judged by. */
static bool is_judged(const mb_comparison *c) { return c->gates && c->path != MB_PATH_NONE; }

static bool is_settled(const mb_comparison *c)
{
    return c->verdict == MB_VERDICT_NOT_REGRESSED || c->verdict == MB_VERDICT_IMPROVED ||
           c->verdict == MB_VERDICT_SHRANK || c->verdict == MB_VERDICT_REGRESSED;
}

static size_t samples_of(const mb_comparison *c) { return least(c->baseline_count, c->current_count); }

static bool is_unchanged(const mb_comparison *c)
{
    return c->path == MB_PATH_EXACT && c->difference == 0 && samples_of(c) >= MB_GATE_UNCHANGED_COUNT;
}

/* Verdict of the first stage; IMPROVED is left to Holm. */
static void screen(mb_comparison *c, const mb_gate_policy *policy)
{
    size_t first_look = least(MB_GATE_LOOK_FIRST_COUNT, policy->sample_limit);
    c->samples_wanted = samples_of(c);
    if (is_unchanged(c))
        return;
    if (samples_of(c) < first_look) {
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->reason = "too few samples";
        c->samples_wanted = first_look;
        return;
    }
    if (c->path == MB_PATH_EXACT && c->verdict != MB_VERDICT_REGRESSED)
        return;
    c->verdict = MB_VERDICT_INCONCLUSIVE;
    c->reason = "too few samples";
    if (c->path == MB_PATH_RANK && c->p_pass < MB_GATE_SCREEN_LEVEL && c->p_tail >= MB_GATE_TAIL_LEVEL &&
        c->above_count < MB_GATE_SCREEN_TAIL_COUNT && !mb_gate_may_have_shrunk(c, policy)) {
        c->verdict = MB_VERDICT_NOT_REGRESSED;
        c->reason = NULL;
    }
}

void mb_side_screen(mb_comparison *comparisons, size_t count, const mb_gate_policy *policy, size_t *scratch)
{
    size_t family_count = 0;
    for (size_t i = 0; i < count; i++) {
        mb_comparison *c = &comparisons[i];
        if (!is_judged(c))
            continue;
        screen(c, policy);
        if (c->path != MB_PATH_RANK || c->verdict != MB_VERDICT_NOT_REGRESSED)
            continue;
        c->p_adjusted = c->p_improved;
        scratch[family_count++] = i;
    }
    if (family_count > 0)
        mb_holm(&comparisons[0].p_adjusted, sizeof *comparisons, scratch, family_count);
    for (size_t i = 0; i < family_count; i++) {
        mb_comparison *c = &comparisons[scratch[i]];
        if (c->p_adjusted < (policy->is_two_sided ? MB_GATE_FAIL_LEVEL : MB_GATE_IMPROVED_LEVEL))
            c->verdict = mb_verdict_of_less(policy);
        c->p_adjusted = 1; /* of regressing: nothing has been tested */
    }
    mb_conditions_settle(comparisons, count, scratch);
}

bool mb_side_is_suspect(const mb_comparison *comparison)
{
    return is_judged(comparison) && comparison->verdict == MB_VERDICT_INCONCLUSIVE &&
           comparison->samples_wanted == samples_of(comparison);
}

/* Verdict of a look at a suspect. */
static void confirm(mb_comparison *c, size_t family_count, const mb_gate_policy *policy)
{
    size_t count = samples_of(c);
    bool is_look = count >= least(MB_GATE_LOOK_FIRST_COUNT, policy->sample_limit);
    bool fails = c->p_adjusted < MB_GATE_FAIL_LEVEL;
    c->reason = NULL;
    c->samples_wanted = count;
    if (is_look && fails && count >= c->samples_to_fail && mb_gate_swings(c)) {
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->reason = mb_gate_swing_reason;
        c->samples_wanted = mb_gate_next_look(count, policy);
    } else if (is_look && fails && count >= c->samples_to_fail) {
        c->verdict = MB_VERDICT_REGRESSED;
    } else if (is_look && mb_gate_passes(c, policy) && mb_gate_improves(c, family_count, policy)) {
        c->verdict = mb_verdict_of_less(policy);
    } else if (is_look && mb_gate_passes(c, policy) && !mb_gate_may_have_shrunk(c, policy)) {
        c->verdict = MB_VERDICT_NOT_REGRESSED;
    } else {
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->samples_wanted = mb_gate_next_look(count, policy);
        c->reason = c->samples_wanted > count || fails ? "too few samples" : "too close to the threshold, or too noisy";
    }
}

void mb_side_confirm(mb_comparison *suspects, size_t count, const mb_gate_policy *policy, size_t *scratch)
{
    size_t family_count = 0;
    for (size_t i = 0; i < count; i++) {
        mb_comparison *c = &suspects[i];
        if (!c->gates)
            continue;
        c->p_adjusted = c->path == MB_PATH_RANK ? mb_gate_either(c->p_fail, c->p_tail) : 1;
        scratch[family_count++] = i;
    }
    if (family_count == 0)
        return;
    mb_holm(&suspects[0].p_adjusted, sizeof *suspects, scratch, family_count);
    for (size_t i = 0; i < count; i++) {
        mb_comparison *c = &suspects[i];
        if (!is_judged(c) || is_settled(c))
            continue;
        confirm(c, family_count, policy);
    }
    mb_conditions_settle(suspects, count, scratch);
}
