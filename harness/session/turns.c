#include "session/turns.h"

#include "model/shuffle.h"
#include "session/sampling.h"

#include <stdlib.h>

static mb_session_case *case_of(const mb_turn *turn, size_t side)
{
    return &turn->sessions[side]->cases[turn->case_indices[side]];
}

static bool wants(const mb_turn *turn, mb_pass pass)
{
    for (size_t side = 0; side < turn->side_count; side++)
        if (case_of(turn, side)->is_over)
            return false;
    return case_of(turn, 0)->submitted[pass] < case_of(turn, 0)->wanted[pass];
}

static bool wants_moved(const mb_turn *turn, mb_pass pass)
{
    for (size_t side = 0; side < turn->side_count; side++)
        if (case_of(turn, side)->is_over || case_of(turn, side)->has_failed_moved)
            return false;
    return case_of(turn, 0)->conditions_submitted[pass] < case_of(turn, 0)->conditions_wanted[pass];
}

/* One sample of each side under the next condition. */
static mb_status submit_moved(const mb_turn *turn, mb_pass pass, mb_error *error)
{
    mb_status status = MB_OK;
    for (size_t side = 0; side < turn->side_count && status == MB_OK; side++) {
        size_t condition = ++case_of(turn, side)->conditions_submitted[pass];
        status = mb_sample_submit_moved(turn->sessions[side], turn->case_indices[side], pass, condition, error);
    }
    return status;
}

static mb_status submit_all_moved(const mb_turn *turns, size_t count, mb_error *error)
{
    for (size_t i = 0; i < count; i++)
        for (mb_pass pass = 0; pass < MB_PASS_TIME; pass++)
            while (wants_moved(&turns[i], pass)) {
                mb_status status = submit_moved(&turns[i], pass, error);
                if (status != MB_OK)
                    return status;
            }
    return MB_OK;
}

/* One sample of each side. */
static mb_status submit(const mb_turn *turn, mb_pass pass, mb_error *error)
{
    size_t first = case_of(turn, 0)->submitted[pass] % turn->side_count;
    mb_status status = MB_OK;
    for (size_t k = 0; k < turn->side_count && status == MB_OK; k++) {
        size_t side = (first + k) % turn->side_count;
        status = mb_sample_submit(turn->sessions[side], turn->case_indices[side], pass, false, error);
        case_of(turn, side)->submitted[pass]++;
    }
    return status;
}

mb_status mb_turns_submit(const mb_turn *turns, size_t count, mb_error *error)
{
    if (count == 0)
        return MB_OK;
    mb_session *leader = turns[0].sessions[0];
    size_t *order = malloc(count * sizeof *order);
    mb_status status = order != NULL ? MB_OK : mb_error_no_memory(error);
    for (int is_time = 0; is_time <= 1; is_time++) {
        bool is_submitted = true;
        while (status == MB_OK && is_submitted) {
            is_submitted = false;
            mb_order_shuffle(order, count, leader->run.seed, leader->round++);
            for (size_t i = 0; i < count && status == MB_OK; i++) {
                const mb_turn *turn = &turns[order[i]];
                for (mb_pass pass = is_time ? MB_PASS_TIME : MB_PASS_PAGES;
                     pass < (is_time ? MB_PASS_COUNT : MB_PASS_TIME) && status == MB_OK; pass++) {
                    if (!wants(turn, pass))
                        continue;
                    status = submit(turn, pass, error);
                    is_submitted = true;
                }
            }
        }
    }
    free(order);
    if (status == MB_OK)
        status = submit_all_moved(turns, count, error);
    return status;
}

bool mb_turns_want_more(const mb_turn *turns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
            if (wants(&turns[i], pass) || wants_moved(&turns[i], pass))
                return true;
    return false;
}

int mb_session_drain(mb_session *session)
{
    session->signal_number = mb_runner_drain(session->runner);
    return session->signal_number;
}

mb_status mb_session_warm_up(mb_session *session, mb_error *error)
{
    for (size_t c = 0, next; c < session->case_count; c = next) {
        size_t cheapest = c;
        for (next = c + 1; next < session->case_count && session->results[next].program == session->results[c].program;
             next++)
            if (session->cases[next].cost_ns < session->cases[cheapest].cost_ns)
                cheapest = next;
        mb_status status = mb_sample_submit(session, cheapest, MB_PASS_PAGES, true, error);
        if (status != MB_OK)
            return status;
    }
    mb_session_drain(session);
    return MB_OK;
}
