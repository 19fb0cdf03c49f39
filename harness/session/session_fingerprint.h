/* session_fingerprint.h: what decides what a session measures, as it is: the environment that its processes get, their
 * arguments and limits, the programs' identity, the cases. An option is in it by what it does, not by a list of
 * options. */
#ifndef MEMBENCH_SESSION_SESSION_FINGERPRINT_H
#define MEMBENCH_SESSION_SESSION_FINGERPRINT_H

#include "model/fingerprint.h"
#include "session/session.h"

/* Of a run that is gone on with in the same folder. Parts live in the session's arena. */
MB_NODISCARD mb_status mb_session_fingerprint(mb_session *session, mb_fingerprint *result, mb_error *error);

/* Of a plan whose shards may run on several machines: programs by name instead of path, no PATH, HOME and TMPDIR; and
 * what decides how many samples there are. Before any case is taken out. */
MB_NODISCARD mb_status mb_session_plan_fingerprint(mb_session *session, mb_fingerprint *result, mb_error *error);

#endif
