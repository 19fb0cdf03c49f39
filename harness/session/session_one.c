/* A session of one case, for the verbs that take one. */
#include "session/session.h"

mb_status mb_session_open_one(mb_session *session, mb_plan *plan, const char *word, mb_error *error)
{
    plan->filter = mb_filter_new();
    if (plan->filter == NULL)
        return mb_error_no_memory(error);
    mb_status status = mb_filter_add_exact(plan->filter, word, error);
    if (status == MB_OK && mb_session_open(session, plan, error) == MB_OK)
        return MB_OK;
    if (status != MB_OK || error->kind != MB_ERROR_USAGE || session->signal_number != 0)
        return MB_FAILED;
    mb_filter_free(plan->filter);
    plan->filter = mb_filter_new();
    if (plan->filter == NULL)
        return mb_error_no_memory(error);
    status = mb_filter_add(plan->filter, word, error);
    if (status == MB_OK)
        status = mb_session_open(session, plan, error);
    if (status != MB_OK || session->case_count == 1)
        return status;
    mb_error_set(error, MB_ERROR_USAGE, "\"%s\" matches %zu cases, %s and %s among them: name one", word,
                 session->case_count, session->results[0].id, session->results[1].id);
    mb_session_close(session);
    return MB_FAILED;
}
