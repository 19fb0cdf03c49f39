/* inside.h: where WAMR keeps things that no function of its own tells; the only code here that sees WAMR's structures.
 *
 * Compiled as a part of each WAMR library, with that library's settings, so that the structures are the same. */
#ifndef BENCH_WASM_WAMR_INSIDE_H
#define BENCH_WASM_WAMR_INSIDE_H

#include <wasm_export.h>

#include <stddef.h>
#include <stdint.h>

typedef struct wamr_range {
    const char *name;    /* "wasm stack" …, static */
    const void *address; /* valid until the instance, or the module, or its environment goes */
    uint64_t bytes;
} wamr_range;

enum { WAMR_RANGES_MAX = 8 };

/* Fills ranges (room for WAMR_RANGES_MAX) with what exists and is not empty: "loaded code", "table", "memory: app
 * heap", which is a part of linear memory, and "wasm stack". environment may be NULL: then there is no wasm stack.
 * Returns their number. */
size_t wamr_inside_ranges(wasm_module_inst_t instance, wasm_exec_env_t environment, wamr_range *ranges);

#endif
