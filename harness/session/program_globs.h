/* program_globs.h: the programs that membench.json lists, found. */
#ifndef MEMBENCH_SESSION_PROGRAM_GLOBS_H
#define MEMBENCH_SESSION_PROGRAM_GLOBS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

/* Replaces a pattern such as "build/bench_*" by all executable files that it matches, sorted by name, each
 * program once. A path without one stays as it is, and so does a pattern that matches no program: who runs it fails.
 * Lives in the arena. */
MB_NODISCARD mb_status mb_programs_expand(const char *const *given, size_t given_count, mb_arena *arena,
                                          const char *const **programs, size_t *count, mb_error *error);

/* Whether it is a pattern, and nothing is there by that very name. */
bool mb_program_is_pattern(const char *path);

#endif
