/* aot.h: with WAMR_AOT on the compiler's command line, what is loaded was compiled ahead of time: by wamr-aotc, whose
 * path is WAMR_AOTC, or the file MODULE.aot that the user has next to a module. */
#ifndef BENCH_WASM_ENGINES_WAMR_AOT_H
#define BENCH_WASM_ENGINES_WAMR_AOT_H

#include "../../engine.h"

#ifdef WAMR_AOT
#define WAMR_SUFFIX ".aot"
#define WAMR_COMPILE wamr_compile
#define WAMR_COMPILE_NS_PER_KIB 58000000 /* 38 s for harfbuzz-subset */
#else
#define WAMR_SUFFIX NULL
#define WAMR_COMPILE NULL
#define WAMR_COMPILE_NS_PER_KIB 0
#endif

/* For wasm_driver_table's `compile`. */
const char *wamr_compile(const wasm_bytes *bytes, const char *path);

#endif
