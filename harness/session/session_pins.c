/* A session and the older baselines that it is also compared with. */
#include "session/pins.h"
#include "session/session.h"

mb_status mb_session_take_pins(mb_session *session, mb_error *error)
{
    const mb_pins *pins = session->plan->pins;
    for (size_t c = 0; c < session->case_count; c++) {
        const mb_case_result **pinned = mb_arena_alloc(&session->arena, (pins->gate_count + 1) * sizeof *pinned);
        if (pinned == NULL)
            return mb_error_no_memory(error);
        for (size_t p = 0; p < pins->gate_count; p++) {
            bool exists;
            mb_case_result *was = mb_arena_alloc(&session->arena, sizeof *was);
            mb_status status = was == NULL ? mb_error_no_memory(error)
                                           : mb_pins_read(session->plan, &pins->pins[p], session->results[c].id,
                                                          &session->arena, was, &exists, error);
            if (status != MB_OK)
                return status;
            pinned[p] = exists ? was : NULL;
        }
        session->cases[c].pinned = pinned;
    }
    return MB_OK;
}

size_t mb_session_compare_pinned(const mb_session *session, size_t case_index, size_t pin_index, mb_arena *arena,
                                 mb_comparison *comparisons)
{
    const mb_pin *pin = &session->plan->pins->pins[pin_index];
    const mb_case_result *was = session->cases[case_index].pinned[pin_index], *is = &session->results[case_index];
    mb_gate_policy storage;
    const mb_gate_policy *policy = was != NULL ? mb_pins_policy(session->plan, pin, is->id, &storage) : NULL;
    return policy != NULL
               ? mb_compare_case(was, pin->source.run, is, &session->run, policy, case_index, arena, comparisons)
               : 0;
}
