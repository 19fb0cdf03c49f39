/* place.h: the parts of the process that no runtime tells of: stacks, and the memory of malloc. What of them is new
 * since the start of the window is found in /proc/self/maps and pagemap, so that regions do not count what was there
 * before: at the start of the window each stretch without pages is noted, the 400 largest.
 *
 * For the main thread. Nothing here allocates, and what is opened is opened in wasm_place_init, but for threads. */
#ifndef BENCH_WASM_PLACE_H
#define BENCH_WASM_PLACE_H

#include <membench/membench.h>

/* In setup: opens what is read later, for the life of the process. Skips when it cannot. */
MB_NODISCARD mb_status wasm_place_init(mb_bench *b);

/* First in run: notes which pages of stack and heap are there already. */
void wasm_place_begin(void);

/* Region "native stack": from the end of the stack's limit to the lowest page that was there at begin. And "signal
 * stack", where signals of the calling thread are handled, if that is another one. */
void wasm_place_region_stack(mb_bench *b);

/* Regions "thread stacks", of threads that wait, and of what malloc has: "host heap" by brk, and where malloc is
 * glibc's, "host heap: arenas" for threads, and "host heap: mapped" for blocks with a mapping each, told by what malloc
 * writes before a block; linear memory may be among them. Each told page is counted where it was not there at begin.
 * And, of glibc, what its allocator says of itself: host_heap_mapped_bytes, and host_heap_free_bytes held for later. */
void wasm_place_region_heap(mb_bench *b);

/* All addresses that the process has mapped or reserved, resident or not; -1 when they cannot be read. */
int64_t wasm_place_address_bytes(void);

/* What the process had at begin, before any of the runtime's work: main_resident_bytes and, of that, main_file_bytes;
 * and file_growth_bytes, which files' pages came since: code and libraries. */
void wasm_place_count_files(mb_bench *b);

#endif
