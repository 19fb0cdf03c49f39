/* needed_calls.h: system calls without which no process would be seen to end, or none could be made to. */
#ifndef MEMBENCH_PROCESS_NEEDED_CALLS_H
#define MEMBENCH_PROCESS_NEEDED_CALLS_H

#include "base/error.h"

/* Fails, naming the call, where one of them is refused, as a container's seccomp filter may. */
MB_NODISCARD mb_status mb_needed_calls_check(mb_error *error);

#endif
