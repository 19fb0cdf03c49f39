/* modules.h: the modules that are measured: where they are, and how each is called once so that its instance is real.
 *
 * The files are in the folder wasm-modules next to the program. One that could not be made has a NAME.why in its
 * place, whose text is the reason. Modules that are given (given.h) take the place of all of these. */
#ifndef BENCH_WASM_MODULES_H
#define BENCH_WASM_MODULES_H

#include "engine.h"

typedef struct wasm_module_info {
    const char *name;
    uint32_t size_kib;    /* about: what compiling it costs goes by that */
    const char *function; /* what an instance is called by once; NULL: only ever loaded */
    int32_t argument;     /* the one parameter of that function */
    unsigned abilities;   /* WASM_CAN_… that an instance needs of its driver */
    /* Of a given one: its file, the hash of its bytes, and what of memory it declares, 0 when that is not known. */
    const char *path;
    uint64_t hash, memory_bytes;
} wasm_module_info;

/* Place in the list of the module of that name; an unknown one is a bug and aborts. */
size_t wasm_module_find(const char *name);

/* The module at a place. Static storage. */
const wasm_module_info *wasm_module_at(size_t place);

/* Whether the user has a file of that suffix, which may be NULL, next to a given module. */
bool wasm_module_has(const wasm_module_info *info, const char *suffix);

/* Reads the file NAME + suffix (".wasm" when suffix is NULL), or one that is given, into pages of its own: outside of
 * every window. The pages are released by wasm_module_forget. Skips when there is no such file, with the reason. _path:
 * any file. */
MB_NODISCARD mb_status wasm_module_read(mb_bench *b, const wasm_module_info *info, const char *suffix,
                                        wasm_bytes *result);
MB_NODISCARD mb_status wasm_module_read_path(mb_bench *b, const char *path, wasm_bytes *result);
void wasm_module_forget(wasm_bytes *bytes);

#endif
