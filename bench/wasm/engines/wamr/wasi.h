/* wasi.h: WASI of the variants that are built with it, for modules of the user's own: WAMR_WASI, which is there for it,
 * and WAMR_THREADS, as wasi-threads come with it. */
#ifndef BENCH_WASM_WAMR_WASI_H
#define BENCH_WASM_WAMR_WASI_H

#include "../../engine.h"

#include <wasm_export.h>

#ifdef WAMR_WASI
#define WAMR_WASI_ABILITIES (WASM_CAN_WASI | WASM_WASI_ALONE)
#elif defined WAMR_THREADS
#define WAMR_WASI_ABILITIES WASM_CAN_WASI
#else
#define WAMR_WASI_ABILITIES 0
#endif

/* Whether the runtime gave the instance WASI. */
bool wamr_wasi_is_in(wasm_module_inst_t instance);

/* wasm_driver_table.set_wasi */
MB_NODISCARD mb_status wamr_wasi_set(mb_bench *b, const wasm_wasi *wasi);

/* Gives an instance to be made what was set. */
void wamr_wasi_give(struct InstantiationArgs2 *arguments);

/* Whether the call that has just failed was the module's exit; then *code is the exit code, and no exception is left.
 */
bool wamr_wasi_has_exited(wasm_module_inst_t instance, int32_t *code);

#endif
