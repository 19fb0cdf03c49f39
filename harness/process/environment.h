/* environment.h: the environment of a worker: an allow-list of the caller's, padded so that every stack is alike.
 *
 *     mb_environment_new ─▶ for each process: mb_environment_set … ─▶ mb_environment_seal ─▶ start ─▶ _reset
 *
 * The kernel puts on a new stack, from its top: the path given to execve, the environment's strings, the arguments'
 * strings, then the pointers to both. Where the stack pointer starts, and with it the number of stack pages a
 * program touches, so depends on the length of a case's name. seal fills MEMBENCH_PAD until path, arguments and
 * environment have one size in bytes, and adds empty MEMBENCH_PAD_nnnn until arguments and environment have one number
 * of strings: a multiple of 8 KiB, mostly the first, which each new process has to copy, and of 64. What the runner
 * adds (MEMBENCH_FD, MEMBENCH_WORKER, MEMBENCH_TRACED) has a fixed size. */
#ifndef MEMBENCH_PROCESS_ENVIRONMENT_H
#define MEMBENCH_PROCESS_ENVIRONMENT_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_environment mb_environment; /* owned by the caller from new to free */

enum {
    MB_ENVIRONMENT_OWN_BYTES = 6 * 1024, /* room for path, arguments and what is set, all together */
    MB_ENVIRONMENT_OWN_COUNT = 24,       /* arguments and set variables, all together */
};

/* Takes from variables (as environ: NULL-terminated "NAME=value") what the allow-list names: PATH HOME LANG LC_ALL TZ
 * TMPDIR LD_LIBRARY_PATH PYTHONPATH GLIBC_TUNABLES LD_PRELOAD MALLOC_* and the names in allowed (a trailing * stands
 * for any rest). Variables named MEMBENCH_* are never taken. Everything is copied. NULL when memory is out. */
mb_environment *mb_environment_new(char *const *variables, const char *const *allowed, size_t allowed_count);
void mb_environment_free(mb_environment *environment);

/* The value of a variable taken or set, or NULL; borrowed until the next set, reset or free. */
const char *mb_environment_get(const mb_environment *environment, const char *name);

/* The index-th variable taken or set, "NAME=value", or NULL behind the last; borrowed like the value. */
const char *mb_environment_at(const mb_environment *environment, size_t index);

/* Whether a variable ("NAME=value") is one of those that are always taken. */
bool mb_environment_is_usual(const char *variable);

/* Sets a variable until the next reset; it replaces one of the same name. Fails when the room is used up. */
MB_NODISCARD mb_status mb_environment_set(mb_environment *environment, const char *name, const char *value,
                                          mb_error *error);

/* Pads for a process started from path with argv (NULL-terminated; NULL: the runner's default). *strings:
 * NULL-terminated, valid until the next set, seal, reset or free. Fails when the room is used up. */
MB_NODISCARD mb_status mb_environment_seal(mb_environment *environment, const char *path, char *const *argv,
                                           char *const **strings, mb_error *error);

/* Forgets what was set, back to what _new took. */
void mb_environment_reset(mb_environment *environment);

/* All of the variables (NULL-terminated; NULL: this process's own) with one more, and a library before whatever they
 * preload already, in an arena: for commands, whose environment is the caller's. library NULL: the variables as they
 * are. NULL when memory is out. */
char **mb_environment_preloading(char *const *variables, const char *library, const char *variable, const char *value,
                                 mb_arena *arena);

#endif
