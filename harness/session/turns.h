/* turns.h: samples of one session, or of two alternately: queued case by case, each time in another order. */
#ifndef MEMBENCH_SESSION_TURNS_H
#define MEMBENCH_SESSION_TURNS_H

#include "session/session.h"

enum { MB_SIDES_MAX = 2 };

/* One case of a session, or the same case of two that share a runner. */
typedef struct mb_turn {
    mb_session *sessions[MB_SIDES_MAX];
    size_t case_indices[MB_SIDES_MAX];
    size_t side_count;
} mb_turn;

/* Queues what is wanted and not yet submitted, sample by sample over all turns; the time pass last. Of two sides one
 * sample each, the first and the second going first alternately (ABBA); what ends badly on one side is over on both.
 * The order comes from the seed and the round of the first session. */
MB_NODISCARD mb_status mb_turns_submit(const mb_turn *turns, size_t count, mb_error *error);

/* Something is wanted and not yet submitted. */
bool mb_turns_want_more(const mb_turn *turns, size_t count);

/* Waits until nothing is queued and nothing runs; returns and keeps the signal that stopped it, or 0. */
int mb_session_drain(mb_session *session);

/* Queues and takes one run per program that is not recorded: it brings the program's pages into the page cache. */
MB_NODISCARD mb_status mb_session_warm_up(mb_session *session, mb_error *error);

#endif
