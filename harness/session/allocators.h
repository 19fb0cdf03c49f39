/* allocators.h: running the programs under another allocator. */
#ifndef MEMBENCH_SESSION_ALLOCATORS_H
#define MEMBENCH_SESSION_ALLOCATORS_H

#include "session/session.h"

/* Makes workers of sessions opened from now on run under an allocator: sets LD_PRELOAD and GLIBC_TUNABLES of this
 * process, which workers and the results' settings take from there. NULL: nothing. MB_ERROR_USAGE for an unknown name,
 * MB_ERROR_SYSTEM with the package to install when its library is missing. */
MB_NODISCARD mb_status mb_allocator_choose(const char *name, mb_error *error);

/* Whether the session's programs say that they have the allocator chosen: a static program cannot be given one. */
MB_NODISCARD mb_status mb_allocator_check(const mb_session *session, const char *name, mb_error *error);

#endif
