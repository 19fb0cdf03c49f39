/* given.h: modules of the user's own, which `membench wasm` gives in place of the bundled ones, and what is done with
 * them. They come by variables of the environment, of which the coordinator's session/modules.c writes:
 *
 *     MEMBENCH_WASM         lines "instances=1,10,100", "loads=1,10", "stack=8192", "call=1,2:add",
 *                           "module=HASH:NAME"
 *     MEMBENCH_WASM_FILES   the modules' paths, in their order, a line each
 *     MEMBENCH_WASI         only with WASI: lines "arg=A", "env=NAME=VALUE", "dir=GUEST::HOST"
 *
 * HASH is that of the file's bytes (base/hash.h), 16 hexadecimal digits: a file that has changed since is refused. */
#ifndef BENCH_WASM_GIVEN_H
#define BENCH_WASM_GIVEN_H

#include "cases.h"

enum { WASM_GIVEN_MAX = 16, WASM_CALLS_MAX = 16, WASM_ARGUMENTS_MAX = 8 };

typedef struct wasm_given_call {
    const char *function;
    int32_t arguments[WASM_ARGUMENTS_MAX];
    size_t argument_count;
} wasm_given_call;

typedef struct wasm_given {
    wasm_module_info modules[WASM_GIVEN_MAX]; /* with a path and a hash */
    size_t module_count;
    uint64_t instances[WASM_COUNTS_MAX], loads[WASM_COUNTS_MAX]; /* end at the first 0; at least one each */
    uint32_t stack_bytes;                                        /* by set_sizes; 0: the driver's usual */
    wasm_given_call calls[WASM_CALLS_MAX];                       /* made of each instance, in this order */
    size_t call_count;
    bool has_wasi;
    wasm_wasi wasi; /* without the module's name, which is the first argument's place */
} wasm_given;

/* What was given; NULL: nothing, so the bundled modules are measured. A text that is not understood ends the process:
 * it is the coordinator's, which is of another version then. The first call reads it, before any window; strings stay
 * in the environment, which is written to. */
const wasm_given *wasm_given_get(void);

/* What that module finds by WASI; one at a time. */
const wasm_wasi *wasm_given_wasi(const wasm_module_info *info);

#endif
