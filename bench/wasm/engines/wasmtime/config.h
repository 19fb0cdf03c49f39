/* config.h: how Wasmtime compiles, and where instances come from, told apart by the compiler's command line:
 *
 *   WASMTIME_PARALLEL           compile on all processors; else on the calling thread, which repeats to the byte
 *   WASMTIME_STRATEGY           the compiler: WASMTIME_STRATEGY_WINCH; not defined: Wasmtime's choice, Cranelift
 *   WASMTIME_TARGET             what code is compiled for: "pulley64", which is interpreted; not defined: this machine
 *   WASMTIME_POOL_INSTANCES     instances come out of a pool of so many, reserved when the engine opens
 *   WASMTIME_KEPT_BYTES         so much of each pooled memory stays resident, cleared, for the next instance */
#ifndef BENCH_WASM_ENGINES_WASMTIME_CONFIG_H
#define BENCH_WASM_ENGINES_WASMTIME_CONFIG_H

#include <wasmtime.h>

/* For wasm_engine_new_with_config, which takes it. NULL: this library has no WASMTIME_TARGET. */
wasm_config_t *wasmtime_driver_configure(void);

#endif
