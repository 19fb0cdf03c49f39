/* Two builds: their programs found, their cases paired; and what is left when they are closed. */
#include "session/modules.h"
#include "session/side_programs.h"
#include "session/sides.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const side_names[MB_SIDES_MAX] = {"old", "new"};

void mb_sides_want(const mb_turn *turn, mb_pass pass, size_t count)
{
    for (size_t side = 0; side < turn->side_count; side++) {
        mb_session_case *item = &turn->sessions[side]->cases[turn->case_indices[side]];
        if (item->wanted[pass] < count)
            item->wanted[pass] = count;
    }
}

static void want_first(mb_sides *sides)
{
    const mb_plan *plan = sides->plan;
    bool has_timer = sides->sessions[MB_SIDE_NEW].paths.timer != NULL;
    for (size_t c = 0; c < sides->sessions[MB_SIDE_NEW].case_count; c++)
        for (mb_pass pass = 0; pass <= MB_PASS_TIME; pass++)
            if (plan->passes[pass] && (pass != MB_PASS_TIME || (has_timer && !plan->no_time)))
                mb_sides_want(&sides->turns[c], pass, MB_SIDES_FIRST_SAMPLES);
}

static mb_status settle_series(const mb_sides *sides, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        for (size_t c = 0; c < sides->sessions[side].case_count && status == MB_OK; c++)
            status = mb_collector_settle(&sides->sessions[side].cases[c].collector, error);
    return status;
}

static mb_status take(mb_sides *sides, bool *goes_on, mb_error *error)
{
    mb_status status = mb_turns_submit(sides->turns, sides->sessions[MB_SIDE_NEW].case_count, error);
    *goes_on = mb_session_drain(&sides->sessions[MB_SIDE_OLD]) == 0 && status == MB_OK;
    return status == MB_OK ? settle_series(sides, error) : status;
}

static mb_status begin(mb_sides *sides, bool *goes_on, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++)
        status = mb_session_open_journal(&sides->sessions[side], error);
    sides->sessions[MB_SIDE_OLD].start_ns = mb_now_ns();
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK && *goes_on; side++) {
        status = mb_session_warm_up(&sides->sessions[side], error);
        *goes_on = sides->sessions[side].signal_number == 0;
    }
    want_first(sides);
    return status;
}

static mb_status end(mb_sides *sides, size_t side, mb_error *error)
{
    return mb_session_settle(&sides->sessions[side], error);
}

static const mb_sides_means of_programs = {.has_conditions = true, .begin = begin, .take = take, .end = end};

mb_case_source mb_sides_source(const mb_sides *sides, size_t side)
{
    const mb_session *session = &sides->sessions[side];
    return mb_case_source_of_array(&session->run, session->results, session->case_count);
}

/* Says in front of a message which side it is about. */
static mb_status on_side(mb_status status, size_t side, const mb_plan *plan, mb_error *error)
{
    if (status != MB_OK) {
        mb_error reason = *error;
        mb_error_set(error, reason.kind, "%s side: %s%s", side_names[side], reason.message,
                     plan->program_count > 1 ? " (--program NAME takes just that program of a folder)" : "");
    }
    return status;
}

static mb_status open_session(mb_sides *sides, size_t side, const char *const *operands, mb_error *error)
{
    const char *operand = operands[side];
    mb_plan *plan = &sides->side_plans[side];
    *plan = *sides->plan;
    plan->is_project_whole = false; /* a side may lack a case that membench.json speaks of */
    /* Two modules are run by the same programs; that cases can be matched, both have the new one's name. */
    mb_status status = mb_module_is(operand)
                           ? mb_modules_give(plan, &operand, 1, operands[MB_SIDE_NEW], &sides->arena, error)
                           : mb_side_programs_find(operand, sides->plan->programs, sides->plan->program_count, plan,
                                                   &sides->arena, error);
    if (status != MB_OK)
        return status;
    status = side == MB_SIDE_OLD
                 ? mb_session_open(&sides->sessions[side], plan, error)
                 : mb_session_open_beside(&sides->sessions[side], &sides->sessions[MB_SIDE_OLD], plan, error);
    sides->sessions[side].side = side_names[side];
    return on_side(status, side, plan, error);
}

mb_status mb_sides_pair(mb_sides *sides, mb_error *error)
{
    mb_session *old = &sides->sessions[MB_SIDE_OLD], *new = &sides->sessions[MB_SIDE_NEW];
    mb_case_source source = mb_sides_source(sides, MB_SIDE_OLD);
    sides->turns = mb_arena_alloc(&sides->arena, new->case_count * sizeof *sides->turns);
    sides->starts = mb_arena_alloc(&sides->arena, (new->case_count + 1) * sizeof *sides->starts);
    if (sides->turns == NULL || sides->starts == NULL)
        return mb_error_no_memory(error);
    for (size_t c = 0; c < new->case_count; c++) {
        size_t old_index;
        if (mb_map_find(&sides->plan->map, &source, new->results[c].id, &old_index)) {
            sides->turns[c] = (mb_turn){{old, new}, {old_index, c}, MB_SIDES_MAX};
            sides->pair_count++;
        } else {
            sides->turns[c] = (mb_turn){{new}, {c}, 1};
        }
    }
    if (sides->pair_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "the two sides have no case in common: nothing can be compared");
    size_t capacity = sides->pair_count * MB_METRIC_COUNT;
    sides->comparisons = malloc(capacity * sizeof *sides->comparisons);
    return sides->comparisons != NULL ? MB_OK : mb_error_no_memory(error);
}

mb_status mb_sides_open(mb_sides *sides, const mb_plan *plan, const char *const operands[MB_SIDES_MAX],
                        int *signal_number, mb_error *error)
{
    *sides = (mb_sides){.plan = plan, .means = &of_programs};
    *signal_number = 0;
    mb_status status = MB_OK;
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++) {
        status = open_session(sides, side, operands, error);
        if (status != MB_OK)
            *signal_number = sides->sessions[side].signal_number;
    }
    if (status == MB_OK)
        status = mb_sides_pair(sides, error);
    if (status != MB_OK)
        mb_sides_close(sides);
    return status;
}

void mb_sides_close(mb_sides *sides)
{
    for (size_t side = MB_SIDES_MAX; side-- > 0;) /* the second uses the runner of the first */
        if (sides->sessions[side].runner != NULL)
            mb_session_close(&sides->sessions[side]);
    free(sides->comparisons);
    free(sides->suspect_comparisons);
    free(sides->suspects);
    mb_arena_fini(&sides->arena);
    *sides = (mb_sides){0};
}

void mb_sides_forget(mb_sides *sides)
{
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        if (sides->sessions[side].journal_path != NULL)
            unlink(sides->sessions[side].journal_path);
}
