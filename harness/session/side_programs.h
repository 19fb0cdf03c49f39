/* side_programs.h: which bench programs one side of `membench ab` means. */
#ifndef MEMBENCH_SESSION_SIDE_PROGRAMS_H
#define MEMBENCH_SESSION_SIDE_PROGRAMS_H

#include "session/plan.h"

/* Fills plan->programs with those of the operand: of a file the file itself; of a folder those that its
 * membench.json lists, else all bench programs found in it and below. In folders only programs named (by file name)
 * count, if name_count is not 0, and none of plan->unchanged. Paths live in the arena. MB_ERROR_USAGE when there are
 * none (but with plan->unchanged), or too many. */
MB_NODISCARD mb_status mb_side_programs_find(const char *operand, const char *const *names, size_t name_count,
                                             mb_plan *plan, mb_arena *arena, mb_error *error);

/* What a program of that operand is called on both sides: its path below the folder, "" of a program itself. */
const char *mb_side_program_name(const char *operand, const char *path);

#endif
