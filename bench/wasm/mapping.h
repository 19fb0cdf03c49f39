/* mapping.h: one line of /proc/self/maps. */
#ifndef BENCH_WASM_MAPPING_H
#define BENCH_WASM_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

/* What of a line of /proc/self/maps is used. */
typedef struct mapping {
    uintptr_t start, end;
    bool is_readable, is_writable;
    bool is_anonymous, is_heap, is_stack;
} mapping;

/* False: it has another form. Allocates nothing. */
bool wasm_mapping_parse(const char *line, mapping *m);

#endif
