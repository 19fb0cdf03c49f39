/* exit.h: the exit code of an error. Those of findings are judge/finding_kinds.h's. */
#ifndef MEMBENCH_COMMAND_EXIT_H
#define MEMBENCH_COMMAND_EXIT_H

#include "base/error.h"
#include "judge/exit_code.h"

mb_exit mb_exit_of_error(const mb_error *error);

#endif
