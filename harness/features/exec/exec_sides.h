/* exec_sides.h: two commands measured alternately, one run of each in turn, for `membench ab --exec`. */
#ifndef MEMBENCH_FEATURES_EXEC_EXEC_SIDES_H
#define MEMBENCH_FEATURES_EXEC_EXEC_SIDES_H

#include "features/exec/exec.h"
#include "features/exec/exec_options.h"
#include "session/sides.h"

typedef struct mb_exec_sides {
    mb_sides sides; /* whose sessions are views of those of the commands */
    mb_options options[MB_SIDES_MAX];
    mb_exec_options parts[MB_SIDES_MAX];
    mb_exec execs[MB_SIDES_MAX];
} mb_exec_sides;

/* Opens both commands, options->operands, as one case. Signals are the caller's to block (exec.h). On failure nothing
 * is left open. The structure, which is large, must not move while it is open. */
MB_NODISCARD mb_status mb_exec_sides_open(mb_exec_sides *pair, const mb_options *options, mb_error *error);
void mb_exec_sides_close(mb_exec_sides *pair);

#endif
