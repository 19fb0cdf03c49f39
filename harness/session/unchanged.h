/* unchanged.h: bench programs that are the same on both sides of `membench ab`: with --changed-only they are left out.
 */
#ifndef MEMBENCH_SESSION_UNCHANGED_H
#define MEMBENCH_SESSION_UNCHANGED_H

#include "session/turns.h"

typedef struct mb_unchanged {
    const char *const *names; /* as both sides call them (mb_side_program_name), sorted */
    size_t count;
    size_t changed_count, one_sided_count; /* of the others: those that both sides have, and those that one has */
} mb_unchanged;

/* Compares the programs of both operands. Strings live in the arena. */
MB_NODISCARD mb_status mb_unchanged_find(const mb_plan *plan, const char *const operands[MB_SIDES_MAX], mb_arena *arena,
                                         mb_unchanged *found, mb_error *error);

bool mb_unchanged_has(const mb_unchanged *unchanged, const char *name);

#endif
