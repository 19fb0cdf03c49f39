/* modules.h: WebAssembly modules of the user's own, for the bench programs that run any module: those of the runtimes
 * (bench/wasm). What is to be done with them reaches the programs by MEMBENCH_WASM, whose form bench/wasm/given.h says,
 * and with it a session's fingerprint: each module's hash is in it. */
#ifndef MEMBENCH_SESSION_MODULES_H
#define MEMBENCH_SESSION_MODULES_H

#include "session/plan.h"

enum {
    MB_MODULES_MAX = 16,
    MB_MODULE_INSTANCES_MAX = 1000,
    MB_MODULE_LOADS_MAX = 64,
    MB_MODULE_STACK_BYTES_MAX = 1 << 30,
    MB_MODULE_ARGUMENTS_MAX = 8,
    MB_MODULE_WASI_MAX = 16
};

/* Whether the file begins as modules do. False also for one that cannot be read. */
bool mb_module_is(const char *path);

/* A module's name in case ids: the file's, without folder and ending, other characters than letters, digits, ".", "-"
 * and "_" replaced. Lives in the arena; NULL when memory is out. */
const char *mb_module_name(const char *path, mb_arena *arena);

/* Whether text is a call: a function's name, or NAME=1,-2 with at most MB_MODULE_ARGUMENTS_MAX numbers of 32 bits. The
 * last "=" separates them. */
bool mb_module_call_is(const char *text);

/* Gives the plan's programs these modules, under the name of another file or, NULL, their own, and where the plan has
 * no program yet those of the runtimes that --runtime names, or all. What is put into the plan lives in the arena.
 * MB_ERROR_USAGE when a file is not a module, two have one name, or no runtime is there. */
MB_NODISCARD mb_status mb_modules_give(mb_plan *plan, const char *const *files, size_t count, const char *named_like,
                                       mb_arena *arena, mb_error *error);

/* MB_ERROR_USAGE when the plan says how modules are called, or what they find by WASI, and there is none. */
MB_NODISCARD mb_status mb_modules_check(const mb_plan *plan, mb_error *error);

/* For commands that take one case: gives the plan the modules that are named before it and takes them out of the
 * operands. MB_ERROR_USAGE as above, and where a module is all there is. */
MB_NODISCARD mb_status mb_modules_take(mb_plan *plan, const char **operands, size_t *count, mb_arena *arena,
                                       mb_error *error);

#endif
