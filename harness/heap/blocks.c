/* The table of blocks. Nothing here calls malloc. */
#include "heap/blocks.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* Open addressing with linear probing, in shards by the upper bits of a multiplicative hash of the address, each with a
 * lock of its own, so that threads rarely meet. A place that is freed is closed by moving the entries behind it, so no
 * search passes graves. A shard doubles at half full, by mmap. Rejected: a header before each block, which moves the
 * blocks and with them the numbers; one table for all threads, whose lock would set their pace. Edges: without memory
 * for a larger shard a block is left out, and counted by its usable bytes; locks are wiped by fork, since a thread of
 * the parent may have held one. */
enum { SHARDS = 64, PLACES_FIRST = 256, LOCK_PAGE_BYTES = 4096 };

struct shard {
    mb_heap_block *places;
    size_t capacity, count;
};

bool mb_heap_blocks_keep_all;
_Atomic(uint8_t) mb_heap_blocks_filter[MB_HEAP_FILTER_PLACES];

static struct shard shards[SHARDS];
static atomic_uchar static_locks[SHARDS];
static atomic_uchar *locks = static_locks;
static _Atomic(int64_t) live_bytes, peak_bytes; /* requested, of the blocks in the table */
static _Atomic(int64_t) begin_bytes;
static _Atomic(uint64_t) lost_count; /* blocks for which there was no room, while all are kept */

void mb_heap_blocks_init(bool keep_all)
{
    int saved_errno = errno;
    void *page = mmap(NULL, LOCK_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (locks == static_locks && page != MAP_FAILED) {
        locks = page;
        madvise(page, LOCK_PAGE_BYTES, MADV_WIPEONFORK);
    }
    mb_heap_blocks_keep_all = keep_all;
    errno = saved_errno;
}

static size_t shard_of(uint64_t hash) { return hash >> 58; }

static struct shard *lock_shard(uint64_t hash)
{
    while (atomic_exchange_explicit(&locks[shard_of(hash)], 1, memory_order_acquire) != 0)
        sched_yield();
    return &shards[shard_of(hash)];
}

static void unlock_shard(uint64_t hash) { atomic_store_explicit(&locks[shard_of(hash)], 0, memory_order_release); }

/* Where the address is, or the free place where its search ends. */
static size_t find_place(const struct shard *shard, uintptr_t address)
{
    size_t mask = shard->capacity - 1, at = mb_heap_blocks_hash(address) & mask;
    while (shard->places[at].address != 0 && shard->places[at].address != address)
        at = (at + 1) & mask;
    return at;
}

static bool grow(struct shard *shard)
{
    size_t capacity = shard->capacity > 0 ? shard->capacity * 2 : PLACES_FIRST;
    int saved_errno = errno;
    void *memory =
        mmap(NULL, capacity * sizeof(mb_heap_block), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        errno = saved_errno;
        return false;
    }
    struct shard old = *shard;
    shard->places = memory;
    shard->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.places[i].address != 0)
            shard->places[find_place(shard, old.places[i].address)] = old.places[i];
    if (old.places != NULL)
        munmap(old.places, old.capacity * sizeof(mb_heap_block));
    errno = saved_errno;
    return true;
}

static void move_filter(uint64_t hash, int by)
{
    _Atomic(uint8_t) *place = &mb_heap_blocks_filter[hash >> 32 & (MB_HEAP_FILTER_PLACES - 1)];
    uint8_t count = atomic_load_explicit(place, memory_order_relaxed);
    while (count != UINT8_MAX && !atomic_compare_exchange_weak(place, &count, (uint8_t)(count + by))) {
    }
}

static void add_requested(uint64_t bytes)
{
    int64_t live = atomic_fetch_add(&live_bytes, (int64_t)bytes) + (int64_t)bytes;
    int64_t peak = atomic_load_explicit(&peak_bytes, memory_order_relaxed);
    while (live > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, live)) {
    }
}

static bool put(const mb_heap_block *block)
{
    uint64_t hash = mb_heap_blocks_hash(block->address);
    struct shard *shard = lock_shard(hash);
    bool is_free = shard->count * 2 < shard->capacity || grow(shard) || shard->count + 1 < shard->capacity;
    if (is_free) {
        size_t at = find_place(shard, block->address);
        shard->count += shard->places[at].address == 0;
        shard->places[at] = *block;
    }
    unlock_shard(hash);
    if (!is_free) {
        atomic_fetch_add_explicit(&lost_count, 1, memory_order_relaxed);
        return false;
    }
    if (!mb_heap_blocks_keep_all)
        move_filter(hash, 1);
    else
        add_requested(block->requested_bytes);
    return true;
}

/* Closes the gap: moves each entry behind it that may lie there, up to the next free place. */
static void close_place(struct shard *shard, size_t gap)
{
    size_t mask = shard->capacity - 1;
    for (size_t at = (gap + 1) & mask; shard->places[at].address != 0; at = (at + 1) & mask) {
        size_t home = mb_heap_blocks_hash(shard->places[at].address) & mask;
        if (((at - home) & mask) < ((at - gap) & mask))
            continue;
        shard->places[gap] = shard->places[at];
        gap = at;
    }
    shard->places[gap].address = 0;
    shard->count--;
}

bool mb_heap_blocks_take(const void *pointer, mb_heap_block *block)
{
    *block = (mb_heap_block){.counted_bytes = -1};
    if (!mb_heap_blocks_may_have(pointer))
        return false;
    uint64_t hash = mb_heap_blocks_hash((uintptr_t)pointer);
    struct shard *shard = lock_shard(hash);
    size_t at = shard->capacity > 0 ? find_place(shard, (uintptr_t)pointer) : 0;
    bool is_there = shard->capacity > 0 && shard->places[at].address != 0;
    if (is_there) {
        *block = shard->places[at];
        close_place(shard, at);
    }
    unlock_shard(hash);
    if (is_there && mb_heap_blocks_keep_all)
        atomic_fetch_sub(&live_bytes, (int64_t)block->requested_bytes);
    else if (is_there)
        move_filter(hash, -1);
    return is_there;
}

void mb_heap_blocks_put_back(const mb_heap_block *block)
{
    if (block->address != 0)
        (void)put(block);
}

bool mb_heap_blocks_enter_as(const void *pointer, size_t size, int64_t counted_bytes)
{
    mb_heap_block block = {(uintptr_t)pointer, size, counted_bytes};
    return put(&block);
}

/* Above its mmap threshold glibc maps such a block with room to align it, and malloc_usable_size reaches to the end of
 * the mapping: how much of the room lies behind the block, whole pages, depends on where the mapping was placed. So
 * what counts is what was asked for, in whole pages. Less than a page more than that is no such slack: there the usable
 * bytes count, as they do everywhere. The block is remembered either way, since realloc keeps what lies before it. */
int64_t mb_heap_blocks_enter(void *pointer, size_t size, size_t alignment, int64_t usable_bytes)
{
    mb_heap_block block = {(uintptr_t)pointer, size, -1};
    int64_t page_bytes = sysconf(_SC_PAGESIZE);
    if (alignment > (size_t)page_bytes) {
        int64_t asked_bytes = ((int64_t)size + page_bytes - 1) / page_bytes * page_bytes;
        if (usable_bytes >= asked_bytes)
            block.counted_bytes = usable_bytes - asked_bytes >= page_bytes ? asked_bytes : usable_bytes;
    }
    if (!mb_heap_blocks_keep_all && block.counted_bytes < 0)
        return usable_bytes;
    return put(&block) && block.counted_bytes >= 0 ? block.counted_bytes : usable_bytes;
}

void mb_heap_blocks_begin(void)
{
    int64_t live = atomic_load(&live_bytes);
    atomic_store(&begin_bytes, live);
    atomic_store(&peak_bytes, live);
}

void mb_heap_blocks_read(mb_heap_requested *reading)
{
    int64_t begin = atomic_load(&begin_bytes), live = atomic_load(&live_bytes), peak = atomic_load(&peak_bytes);
    *reading = (mb_heap_requested){
        .is_known = mb_heap_blocks_keep_all && atomic_load(&lost_count) == 0,
        .live_bytes = live - begin,
        .peak_bytes = (peak > live ? peak : live) - begin,
    };
}
