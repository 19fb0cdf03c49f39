/* aot.h: what a load is: with WASMEDGE_AOT on the compiler's command line of a shared object, compiled before by
 * WasmEdge on LLVM; else of the module, which is interpreted. */
#ifndef BENCH_WASM_ENGINES_WASMEDGE_AOT_H
#define BENCH_WASM_ENGINES_WASMEDGE_AOT_H

#include "engine.h"

#include <wasmedge/wasmedge.h>

#ifdef WASMEDGE_AOT
#define WASMEDGE_VARIANT "aot"
#define WASMEDGE_PARSE_NAME "WasmEdge_LoaderParseFromFile"
#define WASMEDGE_COMPILE wasmedge_driver_compile
#define WASMEDGE_COMPILE_NS_PER_KIB 65000000
#define WASMEDGE_ABILITIES WASM_IN_BRIEF
#else
#define WASMEDGE_VARIANT NULL
#define WASMEDGE_PARSE_NAME "WasmEdge_LoaderParseFromBuffer"
#define WASMEDGE_COMPILE NULL
#define WASMEDGE_COMPILE_NS_PER_KIB 0
#define WASMEDGE_ABILITIES 0
#endif

/* Calls WASMEDGE_PARSE_NAME; *module is the caller's. */
WasmEdge_Result wasmedge_driver_parse(WasmEdge_LoaderContext *loader, const wasm_bytes *bytes,
                                      WasmEdge_ASTModuleContext **module);

/* For wasm_driver_table's `compile`. */
const char *wasmedge_driver_compile(const wasm_bytes *bytes, const char *path);

#endif
