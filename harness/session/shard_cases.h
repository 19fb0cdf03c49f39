/* shard_cases.h: --shard I/N: of the cases of a session just those that fall to one of several runs. */
#ifndef MEMBENCH_SESSION_SHARD_CASES_H
#define MEMBENCH_SESSION_SHARD_CASES_H

#include "session/session.h"

/* Takes the cases of the other shards out of an opened session and describes the shard in its run. Without a seed of
 * its own the plan gives one, so that every shard has the same. Without --shard nothing changes. */
MB_NODISCARD mb_status mb_session_take_shard(mb_session *session, mb_error *error);

#endif
