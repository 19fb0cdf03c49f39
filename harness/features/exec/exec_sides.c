#include "features/exec/exec_sides.h"

#include "session/policy.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 320 };

/* Both commands are the same case: it has the name given, or that of the new one. */
static mb_status open_side(mb_exec_sides *pair, const mb_options *options, size_t side, mb_error *error)
{
    mb_options *own = &pair->options[side];
    mb_exec_options *part = &pair->parts[side];
    mb_exec *exec = &pair->execs[side];
    *own = *options;
    *part = *mb_exec_of(options);
    own->part = part;
    own->operands[0] = options->operands[side];
    own->operand_count = 1;
    own->is_command = false;
    if (part->name_count == 0)
        part->names[part->name_count++] = options->operands[MB_SIDE_NEW];
    mb_status status = mb_exec_open(exec, own, error);
    if (status != MB_OK)
        return status;
    mb_session *session = &exec->session;
    session->results = exec->results;
    session->case_count = exec->count;
    session->cases = mb_arena_alloc(&session->arena, exec->count * sizeof *session->cases);
    if (session->cases == NULL)
        return mb_error_no_memory(error);
    memset(session->cases, 0, exec->count * sizeof *session->cases);
    for (size_t c = 0; c < exec->count; c++) {
        session->cases[c].policy = mb_policy_of(&options->plan, exec->results[c].id);
        if (session->cases[c].policy == NULL)
            return mb_error_no_memory(error);
    }
    pair->sides.sessions[side] = *session;
    return MB_OK;
}

static mb_status begin(mb_sides *sides, bool *goes_on, mb_error *error)
{
    (void)error;
    *goes_on = true;
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        ((mb_exec_sides *)sides->context)->execs[side].session.start_ns = sides->sessions[MB_SIDE_OLD].start_ns;
    for (size_t c = 0; c < sides->sessions[MB_SIDE_NEW].case_count; c++)
        mb_sides_want(&sides->turns[c], MB_PASS_EXEC, MB_SIDES_FIRST_SAMPLES);
    return MB_OK;
}

/* One run of a side, its warm-ups before it; nothing after a failure of either side, or a signal. */
static mb_status run_side(mb_exec_sides *pair, size_t side, size_t case_index, size_t wanted, mb_error *error)
{
    mb_exec *exec = &pair->execs[side];
    mb_session *lead = &pair->sides.sessions[MB_SIDE_OLD];
    mb_exec_command *command = &exec->commands[case_index];
    mb_status status = MB_OK;
    exec->session.progress = lead->progress;
    command->wanted = wanted;
    while (status == MB_OK && command->done < wanted && !command->is_over && exec->signal_number == 0)
        status = mb_exec_run_next(exec, case_index, error);
    lead->progress = exec->session.progress;
    lead->sample_done++;
    if (exec->signal_number != 0)
        lead->signal_number = exec->signal_number;
    return status;
}

/* A metric that only some runs have is none. */
static void drop_incomplete(mb_exec *exec, size_t index)
{
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        if (exec->results[index].series[metric].count < exec->commands[index].done)
            exec->results[index].series[metric].count = 0;
}

/* A run gives the values of every pass at once. */
static mb_status take_case(mb_exec_sides *pair, size_t case_index, mb_error *error)
{
    mb_session_case *items[MB_SIDES_MAX];
    size_t wanted = 0, done = pair->execs[MB_SIDE_OLD].commands[case_index].done;
    mb_status status = MB_OK;
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        items[side] = &pair->sides.sessions[side].cases[case_index];
    for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
        wanted = items[0]->wanted[pass] > wanted ? items[0]->wanted[pass] : wanted;
    for (; done < wanted && status == MB_OK; done++)
        for (size_t k = 0; k < MB_SIDES_MAX && status == MB_OK; k++) {
            size_t side = (done + k) % MB_SIDES_MAX;
            bool is_over = items[0]->is_over || items[1]->is_over || pair->sides.sessions[0].signal_number != 0;
            if (!is_over)
                status = run_side(pair, side, case_index, done + 1, error);
            items[side]->is_over = pair->execs[side].commands[case_index].is_over;
        }
    for (size_t side = 0; side < MB_SIDES_MAX; side++) {
        drop_incomplete(&pair->execs[side], case_index);
        for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
            if (items[side]->wanted[pass] > 0) {
                items[side]->submitted[pass] = items[side]->wanted[pass];
                items[side]->finished[pass] = pair->execs[side].commands[case_index].done;
            }
    }
    return status;
}

static mb_status take(mb_sides *sides, bool *goes_on, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t c = 0; c < sides->sessions[MB_SIDE_NEW].case_count && status == MB_OK; c++)
        status = take_case(sides->context, c, error);
    *goes_on = status == MB_OK && sides->sessions[MB_SIDE_OLD].signal_number == 0;
    return status;
}

/* A report is about the new side, which was not run again when the old one failed: it says why. */
static mb_status blame(mb_exec_sides *pair, size_t case_index, mb_error *error)
{
    const mb_case_result *was = &pair->execs[MB_SIDE_OLD].results[case_index];
    mb_case_result *is = &pair->execs[MB_SIDE_NEW].results[case_index];
    mb_arena *arena = &pair->execs[MB_SIDE_NEW].session.arena;
    char text[MESSAGE_BYTES];
    if (!pair->execs[MB_SIDE_OLD].commands[case_index].is_over || is->outcome != MB_OUTCOME_OK)
        return MB_OK;
    snprintf(text, sizeof text, "the old command: %s", was->message != NULL ? was->message : "");
    is->outcome = was->outcome;
    is->message = mb_arena_copy(arena, text);
    return is->message != NULL ? MB_OK : mb_error_no_memory(error);
}

static mb_status end(mb_sides *sides, size_t side, mb_error *error)
{
    mb_exec *exec = &((mb_exec_sides *)sides->context)->execs[side];
    mb_status status = MB_OK;
    for (size_t c = 0; c < exec->count && status == MB_OK; c++) {
        const mb_session_case *item = &sides->sessions[side].cases[c];
        exec->commands[c].wanted = 0;
        for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
            if (item->wanted[pass] > exec->commands[c].wanted)
                exec->commands[c].wanted = item->wanted[pass];
        status = side == MB_SIDE_NEW ? blame(sides->context, c, error) : MB_OK;
        if (status == MB_OK)
            status = mb_exec_settle(exec, c, error);
    }
    return status;
}

static const mb_sides_means of_commands = {.begin = begin, .take = take, .end = end};

mb_status mb_exec_sides_open(mb_exec_sides *pair, const mb_options *options, mb_error *error)
{
    memset(pair, 0, sizeof *pair);
    pair->sides = (mb_sides){.plan = &options->plan, .means = &of_commands, .context = pair};
    mb_status status = MB_OK;
    for (size_t side = 0; side < MB_SIDES_MAX && status == MB_OK; side++)
        status = open_side(pair, options, side, error);
    mb_progress_start(&pair->sides.sessions[MB_SIDE_OLD].progress, options->plan.is_quiet);
    if (status == MB_OK)
        status = mb_sides_pair(&pair->sides, error);
    if (status != MB_OK)
        mb_exec_sides_close(pair);
    return status;
}

void mb_exec_sides_close(mb_exec_sides *pair)
{
    for (size_t side = 0; side < MB_SIDES_MAX; side++)
        if (pair->execs[side].options != NULL)
            mb_exec_close(&pair->execs[side]);
    mb_sides_close(&pair->sides);
}
