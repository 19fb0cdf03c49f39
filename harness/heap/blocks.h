/* blocks.h: a table of blocks, address -> what the program asked for and what the hook counts for it.
 *
 * Most blocks need none: what malloc_usable_size says at free is what it said at malloc. In the table are the rare ones
 * for which something else is counted, and, where the process is asked to keep all (MB_HEAP_BLOCKS_VARIABLE), every
 * block, which gives the requested bytes that are alive and their peak. */
#ifndef MEMBENCH_HEAP_BLOCKS_H
#define MEMBENCH_HEAP_BLOCKS_H

#include "heap/heap_hook.h"

#include <stdatomic.h>

#pragma GCC visibility push(hidden)

/* One block. counted_bytes: what it adds to live bytes and takes from them when it is freed; -1: its usable bytes. */
typedef struct mb_heap_block {
    uintptr_t address; /* 0: a free place */
    uint64_t requested_bytes;
    int64_t counted_bytes;
} mb_heap_block;

enum { MB_HEAP_FILTER_PLACES = 1024, MB_HEAP_PAGE_BYTES_LEAST = 4096 };

extern bool mb_heap_blocks_keep_all; /* set before the first thread */
/* How many blocks of the table fall on each place, up to 255, where it stays: 0 says that a block is not in it. */
extern _Atomic(uint8_t) mb_heap_blocks_filter[MB_HEAP_FILTER_PLACES];

/* Before any thread is created; again is harmless. */
void mb_heap_blocks_init(bool keep_all);

/* Enters a new block of that size, and returns what to count for it: its usable bytes, or less. alignment: what the
 * caller asked for, 0: nothing. */
int64_t mb_heap_blocks_enter(void *pointer, size_t size, size_t alignment, int64_t usable_bytes);
/* Enters a block for which something else than its usable bytes is counted. False: there was no room. */
bool mb_heap_blocks_enter_as(const void *pointer, size_t size, int64_t counted_bytes);
/* Takes a block out, before it is freed or moved. False: it is not in the table, and *block is all zeros but for
 * counted_bytes, which is -1. */
bool mb_heap_blocks_take(const void *pointer, mb_heap_block *block);
/* Puts a block back that could not be moved. */
void mb_heap_blocks_put_back(const mb_heap_block *block);

/* What the table says of requested bytes since begin; heap_hook.h has their contract. */
void mb_heap_blocks_begin(void);
void mb_heap_blocks_read(mb_heap_requested *reading);

static inline uint64_t mb_heap_blocks_hash(uintptr_t address)
{
    return (uint64_t)(address >> 4) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline bool mb_heap_blocks_may_have(const void *pointer)
{
    uint64_t place = mb_heap_blocks_hash((uintptr_t)pointer) >> 32 & (MB_HEAP_FILTER_PLACES - 1);
    return mb_heap_blocks_keep_all ||
           __builtin_expect(atomic_load_explicit(&mb_heap_blocks_filter[place], memory_order_relaxed) != 0, 0);
}

#pragma GCC visibility pop

#endif
