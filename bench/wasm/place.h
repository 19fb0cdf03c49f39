/* place.h: the parts of the process that no runtime tells of: the native stack and the host heap (malloc with brk).
 * What of them is new since the start of the window is found in /proc/self/pagemap, so that regions do not count what
 * was there before.
 *
 * For the main thread. Nothing here allocates or opens once wasm_place_init is done. */
#ifndef BENCH_WASM_PLACE_H
#define BENCH_WASM_PLACE_H

#include <membench/membench.h>

/* In setup: opens what is read later, for the life of the process. Skips when it cannot. */
MB_NODISCARD mb_status wasm_place_init(mb_bench *b);

/* First in run: notes which pages of stack and heap are there already. */
void wasm_place_begin(void);

/* Region "native stack": from the end of the stack's limit to the lowest page that was there at begin. */
void wasm_place_region_stack(mb_bench *b);

/* Regions "host heap", of what malloc has by brk: each stretch whose pages were not there at begin, the 32 largest,
 * and what was added since. And, of glibc, what its allocator says of itself: host_heap_mapped_bytes in blocks with a
 * mapping each, which are in no region of these, and host_heap_free_bytes held for later. */
void wasm_place_region_heap(mb_bench *b);

/* What the process had at begin, before any of the runtime's work: main_resident_bytes and, of that, main_file_bytes;
 * and file_growth_bytes, which files' pages came since: code and libraries. */
void wasm_place_count_files(mb_bench *b);

#endif
