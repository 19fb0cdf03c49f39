#include "session/sides.h"

#include "judge/side_by_side.h"

#include <stdlib.h>
#include <string.h>

/* Growth that is certain but for other conditions; or is being judged by them. */
static bool wants_conditions(const mb_sides *sides, const mb_comparison *c)
{
    return sides->means->has_conditions && mb_comparison_wants_conditions(c);
}

static void want_conditions(const mb_turn *turn, mb_pass pass, size_t count)
{
    for (size_t side = 0; side < turn->side_count; side++) {
        mb_session_case *item = &turn->sessions[side]->cases[turn->case_indices[side]];
        if (item->conditions_wanted[pass] < count)
            item->conditions_wanted[pass] = count;
    }
}

static mb_case_result *result_of(const mb_sides *sides, size_t case_index, size_t side)
{
    const mb_turn *turn = &sides->turns[case_index];
    return &turn->sessions[side]->results[turn->case_indices[side]];
}

static const mb_gate_policy *policy_of(const mb_sides *sides, size_t case_index)
{
    return sides->sessions[MB_SIDE_NEW].cases[case_index].policy;
}

static bool can_fail(const mb_gate_policy *policy, mb_pass pass)
{
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        if (mb_metric_info(metric)->pass == pass && policy->gates[metric])
            return true;
    return false;
}

/* The first samples of every pass that can fail were taken; always so unless the run was cut short. */
static bool has_enough(const mb_sides *sides, size_t case_index)
{
    const mb_turn *turn = &sides->turns[case_index];
    for (size_t side = 0; side < turn->side_count; side++) {
        const mb_session_case *item = &turn->sessions[side]->cases[turn->case_indices[side]];
        for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
            if (item->wanted[pass] > 0 && item->finished[pass] < MB_SIDES_FIRST_SAMPLES &&
                can_fail(policy_of(sides, case_index), pass))
                return false;
    }
    return true;
}

/* Both sides have the case, it has not failed so far, and there is enough of it. */
static bool is_comparable(const mb_sides *sides, size_t case_index)
{
    return sides->turns[case_index].side_count == MB_SIDES_MAX &&
           result_of(sides, case_index, MB_SIDE_OLD)->outcome == MB_OUTCOME_OK &&
           result_of(sides, case_index, MB_SIDE_NEW)->outcome == MB_OUTCOME_OK && has_enough(sides, case_index);
}

static mb_pass pass_of(const mb_comparison *comparison) { return mb_metric_info(comparison->metric)->pass; }

/* Compares all pairs again and raises what is wanted to what the screening asks for. */
static mb_status screen(mb_sides *sides, size_t *scratch)
{
    const mb_run_info *old_run = &sides->sessions[MB_SIDE_OLD].run, *new_run = &sides->sessions[MB_SIDE_NEW].run;
    size_t case_count = sides->sessions[MB_SIDE_NEW].case_count, count = 0;
    for (size_t c = 0; c < case_count; c++) {
        sides->starts[c] = count;
        if (is_comparable(sides, c))
            count += mb_side_compare_case(result_of(sides, c, MB_SIDE_OLD), old_run, result_of(sides, c, MB_SIDE_NEW),
                                          new_run, policy_of(sides, c), c, &sides->arena, sides->comparisons + count);
    }
    sides->starts[case_count] = count;
    mb_side_screen(sides->comparisons, count, &sides->plan->policy, scratch);
    for (size_t i = 0; i < count; i++)
        if (sides->comparisons[i].gates && sides->comparisons[i].samples_wanted > sides->comparisons[i].current_count)
            mb_sides_want(&sides->turns[sides->comparisons[i].case_index], pass_of(&sides->comparisons[i]),
                          sides->comparisons[i].samples_wanted);
        else if (sides->comparisons[i].gates && wants_conditions(sides, &sides->comparisons[i]))
            want_conditions(&sides->turns[sides->comparisons[i].case_index], pass_of(&sides->comparisons[i]),
                            MB_CONDITIONS_FIRST);
    return MB_OK;
}

/* Notes what the screening has left open, and asks for a first look at it. */
static mb_status name_suspects(mb_sides *sides, mb_error *error)
{
    size_t count = sides->starts[sides->sessions[MB_SIDE_NEW].case_count];
    sides->suspects = malloc((count + 1) * sizeof *sides->suspects);
    sides->suspect_comparisons = malloc((count + 1) * sizeof *sides->suspect_comparisons);
    if (sides->suspects == NULL || sides->suspect_comparisons == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const mb_comparison *c = &sides->comparisons[i];
        if (!mb_side_is_suspect(c))
            continue;
        sides->suspect_comparisons[sides->suspect_count] = *c;
        sides->suspects[sides->suspect_count++] = (mb_sides_suspect){
            .case_index = c->case_index,
            .comparison_index = i,
            .spent_counts = {c->baseline_count, c->current_count},
        };
    }
    return MB_OK;
}

/* The case with nothing but the fresh samples of one metric. */
static mb_case_result fresh_of(const mb_sides *sides, size_t index, size_t side)
{
    const mb_sides_suspect *suspect = &sides->suspects[index];
    mb_metric metric = sides->suspect_comparisons[index].metric;
    mb_case_result fresh = *result_of(sides, suspect->case_index, side);
    mb_series series = fresh.series[metric];
    size_t spent_count = suspect->spent_counts[side];
    memset(fresh.series, 0, sizeof fresh.series);
    if (series.count > spent_count)
        fresh.series[metric] = (mb_series){series.values + spent_count, series.count - spent_count};
    return fresh;
}

/* Of a case that ended badly meanwhile nothing more is said; it stays in the family. */
static void give_up(mb_comparison *c)
{
    c->p_fail = c->p_pass = c->p_tail = 1;
    c->verdict = MB_VERDICT_INCONCLUSIVE;
}

static void look(mb_sides *sides, size_t *scratch)
{
    const mb_run_info *old_run = &sides->sessions[MB_SIDE_OLD].run, *new_run = &sides->sessions[MB_SIDE_NEW].run;
    for (size_t i = 0; i < sides->suspect_count; i++) {
        mb_comparison *c = &sides->suspect_comparisons[i];
        size_t case_index = c->case_index;
        if (c->verdict != MB_VERDICT_INCONCLUSIVE && !wants_conditions(sides, c))
            continue;
        mb_comparison found[MB_METRIC_COUNT];
        mb_case_result old = fresh_of(sides, i, MB_SIDE_OLD), new = fresh_of(sides, i, MB_SIDE_NEW);
        if (!is_comparable(sides, case_index) ||
            mb_side_compare_case(&old, old_run, &new, new_run, policy_of(sides, case_index), case_index, &sides->arena,
                                 found) != 1)
            give_up(c);
        else
            *c = found[0];
    }
    mb_side_confirm(sides->suspect_comparisons, sides->suspect_count, &sides->plan->policy, scratch);
}

/* Asks for the fresh samples of the next look, of every suspect that is open still. */
static void want_look(mb_sides *sides, bool is_first)
{
    for (size_t i = 0; i < sides->suspect_count; i++) {
        const mb_comparison *c = &sides->suspect_comparisons[i];
        if (!is_first && wants_conditions(sides, c))
            want_conditions(&sides->turns[c->case_index], pass_of(c), c->conditions->wanted);
        else if (c->verdict == MB_VERDICT_INCONCLUSIVE)
            mb_sides_want(&sides->turns[c->case_index], pass_of(c),
                          sides->suspects[i].spent_counts[MB_SIDE_NEW] +
                              (is_first ? c->current_count : c->samples_wanted));
    }
}

static bool is_late(const mb_sides *sides)
{
    uint64_t budget_ns = sides->plan->time_budget_ns;
    return budget_ns > 0 && mb_now_ns() - sides->sessions[MB_SIDE_OLD].start_ns >= budget_ns;
}

/* Nothing more is taken: what has not been settled stays open and says why; the rest is as it was found. */
static void cut(mb_sides *sides, const char *reason)
{
    size_t case_count = sides->sessions[MB_SIDE_NEW].case_count;
    sides->is_cut = true;
    for (size_t c = 0; c < case_count; c++) {
        const mb_turn *turn = &sides->turns[c];
        if (!is_comparable(sides, c))
            continue;
        sides->judged_count++;
        for (size_t side = 0; side < turn->side_count; side++) {
            mb_session_case *item = &turn->sessions[side]->cases[turn->case_indices[side]];
            memcpy(item->wanted, item->finished, sizeof item->wanted);
        }
        for (size_t i = sides->starts[c]; i < sides->starts[c + 1]; i++)
            if (sides->comparisons[i].gates && (sides->comparisons[i].verdict == MB_VERDICT_INCONCLUSIVE ||
                                                wants_conditions(sides, &sides->comparisons[i]))) {
                sides->comparisons[i].verdict = MB_VERDICT_INCONCLUSIVE;
                sides->comparisons[i].reason = reason;
            }
    }
}

static mb_status confirm(mb_sides *sides, size_t *scratch, bool *goes_on, mb_error *error)
{
    size_t case_count = sides->sessions[MB_SIDE_NEW].case_count;
    mb_status status = name_suspects(sides, error);
    if (status != MB_OK)
        return status;
    want_look(sides, true); /* as many as the screening took: 10 */
    while (status == MB_OK && *goes_on && !is_late(sides) && mb_turns_want_more(sides->turns, case_count)) {
        status = sides->means->take(sides, goes_on, error);
        if (status == MB_OK && *goes_on) {
            look(sides, scratch);
            want_look(sides, false);
        }
    }
    for (size_t i = 0; i < sides->suspect_count; i++)
        sides->comparisons[sides->suspects[i].comparison_index] = sides->suspect_comparisons[i];
    return status;
}

mb_status mb_sides_measure(mb_sides *sides, mb_error *error)
{
    mb_session *old = &sides->sessions[MB_SIDE_OLD], *new = &sides->sessions[MB_SIDE_NEW];
    bool goes_on = true;
    size_t *scratch = malloc((sides->pair_count * MB_METRIC_COUNT + 1) * sizeof *scratch);
    mb_status status = scratch != NULL ? MB_OK : mb_error_no_memory(error);
    old->start_ns = mb_now_ns();
    if (status == MB_OK)
        status = sides->means->begin(sides, &goes_on, error);
    do { /* the first samples are taken whatever the budget: without them nothing could be said */
        if (status == MB_OK && goes_on)
            status = sides->means->take(sides, &goes_on, error);
        if (status == MB_OK)
            status = screen(sides, scratch);
    } while (status == MB_OK && goes_on && !is_late(sides) && mb_turns_want_more(sides->turns, new->case_count));
    if (status == MB_OK && goes_on)
        status = confirm(sides, scratch, &goes_on, error);
    if (status == MB_OK && !goes_on)
        cut(sides, "interrupted before it was settled");
    else if (status == MB_OK && mb_turns_want_more(sides->turns, new->case_count))
        cut(sides, "the time budget ended before it was settled");
    free(scratch);
    mb_progress_clear(&old->progress);
    if (new->signal_number != 0)
        old->signal_number = new->signal_number;
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++) {
        sides->sessions[side].run.complete = goes_on;
        status = sides->means->end(sides, side, error);
    }
    return status;
}

mb_status mb_sides_verdicts(const mb_sides *sides, mb_verdicts *verdicts, mb_error *error)
{
    size_t case_count = sides->sessions[MB_SIDE_NEW].case_count;
    mb_status status = mb_verdicts_init(verdicts, case_count, sides->sessions[MB_SIDE_OLD].case_count, error);
    for (size_t c = 0; c < case_count && status == MB_OK; c++) {
        const mb_turn *turn = &sides->turns[c];
        bool is_pair = turn->side_count == MB_SIDES_MAX;
        mb_verdicts_begin(verdicts, c, is_pair ? turn->case_indices[MB_SIDE_OLD] : MB_VERDICTS_UNRECORDED);
        size_t count = sides->starts[c + 1] - sides->starts[c];
        if (is_comparable(sides, c) && count > 0)
            status =
                mb_verdicts_append(verdicts, sides->comparisons + sides->starts[c], count, sides->plan->metrics, error);
    }
    if (status == MB_OK)
        mb_verdicts_end(verdicts);
    return status;
}
