/* compiled.h: what a load is, told apart by the compiler's command line:
 *
 *   WASMTIME_LOADS_COMPILED     what was compiled before: WASMTIME_BYTES of it are copied, WASMTIME_FILE is mapped; not
 *                               defined: the module, which is compiled */
#ifndef BENCH_WASM_ENGINES_WASMTIME_COMPILED_H
#define BENCH_WASM_ENGINES_WASMTIME_COMPILED_H

#include "engine.h"

#include <wasmtime.h>

#define WASMTIME_BYTES 1
#define WASMTIME_FILE 2

/* Whether pages of a module's image are the file's. */
#if defined WASMTIME_LOADS_COMPILED && WASMTIME_LOADS_COMPILED == WASMTIME_FILE
enum { WASMTIME_IMAGE_IS_FILE = 1 };
#else
enum { WASMTIME_IMAGE_IS_FILE = 0 };
#endif

#ifdef WASMTIME_LOADS_COMPILED
#define WASMTIME_COMPILE wasmtime_driver_compile
#else
#define WASMTIME_COMPILE NULL
#endif

/* *module is the caller's, as is the error. */
wasmtime_error_t *wasmtime_driver_load(wasm_engine_t *engine, const wasm_bytes *bytes, wasmtime_module_t **module);

/* For wasm_driver_table's `compile`. */
const char *wasmtime_driver_compile(const wasm_bytes *bytes, const char *path);

#endif
