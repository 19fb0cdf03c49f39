/* compile.h: modules that the driver compiles ahead of time (engine.h, `compile`): in a process of its own, so that
 * nothing of the compiler is in the one that is measured, and once for all samples of a run. */
#ifndef BENCH_WASM_COMPILE_H
#define BENCH_WASM_COMPILE_H

#include "engine.h"

/* Puts what was compiled of the module in place of its bytes, with the path of a temporary file that has it. Skips or
 * fails as wasm_refuse does where the runtime refuses the module; the bytes are then as before. Before any window; one
 * at a time. */
MB_NODISCARD mb_status wasm_compile(mb_bench *b, wasm_bytes *bytes);

/* Removes the file, unless it is the run's. Bytes that were not compiled have none. */
void wasm_compile_forget(wasm_bytes *bytes);

#endif
