/* wasi.h: WASI in Wasm3, as far as its library has it: arguments, the standard streams, clocks, random numbers, exit.
 */
#ifndef BENCH_WASM_ENGINES_WASM3_WASI_H
#define BENCH_WASM_ENGINES_WASM3_WASI_H

#include "engine.h"

#include <wasm3.h>

/* wasm_driver.set_wasi; a skip where variables or folders are asked for. */
mb_status wasm3_wasi_set(mb_bench *b, const wasm_wasi *wasi);

/* Links the functions of WASI that the module imports; none without wasm3_wasi_set. */
mb_status wasm3_wasi_give(mb_bench *b, IM3Module parsed);

/* Whether a call ended because the module has ended itself; *code gets its exit code. */
bool wasm3_wasi_has_exited(M3Result why, int32_t *code);

#endif
