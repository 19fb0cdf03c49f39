/* counters.h: what the heap hook counts, per thread and in total.
 *
 * Each thread owns a record that nobody else writes while it runs, so a malloc costs no atomic operation and no shared
 * cache line. Once a thread's live bytes have moved by FLUSH_STEP since its last flush it carries the difference, and
 * the highest point it passed on the way, into the totals under a lock. Readings sum over all records. */
#ifndef MEMBENCH_HEAP_COUNTERS_H
#define MEMBENCH_HEAP_COUNTERS_H

#include "heap/heap_hook.h"

#include <stdatomic.h>
#include <stdbool.h>

#pragma GCC visibility push(hidden)

/* Half of what the peak may be off for each thread: at a peak one thread can lack a whole step to each side. */
enum { MB_HEAP_FLUSH_STEP_BYTES = MB_HEAP_FLUSH_BYTES / 2 };

/* One thread's record. The first block is one cache line, written by the owner; upper and lower also by a begin(). */
typedef struct mb_heap_counters {
    _Alignas(64) _Atomic(uint64_t) alloc_count;
    _Atomic(uint64_t) alloc_bytes;
    _Atomic(uint64_t) free_count;
    _Atomic(int64_t) live_bytes;    /* since the thread started */
    _Atomic(int64_t) highest_bytes; /* of live_bytes since the last flush */
    _Atomic(int64_t) upper_bytes;   /* live_bytes at or beyond one of these: time to flush */
    _Atomic(int64_t) lower_bytes;
    int64_t flushed_bytes; /* live_bytes at the last flush; needs the lock, as all below */
    uint64_t begin_alloc_count;
    bool in_use;
    uint32_t process, next; /* where other processes have theirs next to it (tree.h) */
} mb_heap_counters;

/* Sums over calls, as a record holds them. */
typedef struct mb_heap_sums {
    uint64_t alloc_count;
    uint64_t alloc_bytes;
    uint64_t free_count;
    int64_t live_bytes;
} mb_heap_sums;

/* What the records of a process add up to. */
typedef struct mb_heap_totals {
    mb_heap_sums departed; /* threads that ended, and calls of threads without a record */
    mb_heap_sums begin;    /* everything up to the last begin() */
    int64_t live_bytes;    /* of all threads, as of their last flush */
    int64_t peak_bytes;    /* highest such figure since begin() */
    uint64_t departed_thread_count;
    uint64_t window; /* counts begin() calls, from 1; 0 before init */
} mb_heap_totals;

/* The calling thread's record; NULL before its first call and after its last destructor round. */
extern _Thread_local mb_heap_counters *mb_heap_self;

/* Prepares lock and thread-exit handling. Before any thread is created; again is harmless. */
void mb_heap_counters_init(void);

/* The same as mb_heap_count, for a thread without a record: makes one, or counts in the totals. */
void mb_heap_count_slowly(uint64_t alloc_count, uint64_t alloc_bytes, uint64_t free_count, int64_t live_bytes);

/* From here on the totals are those, to which what was counted so far is added, and a thread reports each call: then
 * the peak is exact for any number of threads. Records come from mb_heap_tree_record. In a child of fork counting
 * begins again, from the bytes that live there. */
void mb_heap_counters_share(mb_heap_totals *shared);
void mb_heap_counters_begin_child(mb_heap_totals *shared, int64_t live_bytes);
int64_t mb_heap_counters_live(void);

/* Whether a block of those functions is counted; it is not, afterwards. In a thread without a record. */
bool mb_heap_counters_see(void *(*allocate)(size_t), void (*release)(void *));

/* Carries the calling thread's record into the totals. */
void mb_heap_counters_flush(mb_heap_counters *self);

/* begin and read of the hook's table; heap_hook.h has their contract. */
void mb_heap_counters_begin(void);
void mb_heap_counters_read(mb_heap_reading *reading);

/* Owner's side of a counter that others only read: a plain add, no locked instruction. */
#define MB_HEAP_LOAD(counter) atomic_load_explicit(&(counter), memory_order_relaxed)
#define MB_HEAP_STORE(counter, value) atomic_store_explicit(&(counter), value, memory_order_relaxed)
#define MB_HEAP_ADD(counter, value) MB_HEAP_STORE(counter, MB_HEAP_LOAD(counter) + (value))

#define MB_HEAP_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define MB_HEAP_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Counts one call: alloc_count blocks of alloc_bytes requested bytes in all, free_count blocks given back, and by how
 * much usable bytes moved. Constants fold, so malloc and free each get only their own half. */
static inline __attribute__((always_inline)) void mb_heap_count(uint64_t alloc_count, uint64_t alloc_bytes,
                                                                uint64_t free_count, int64_t live_bytes)
{
    mb_heap_counters *self = mb_heap_self;
    if (MB_HEAP_UNLIKELY(self == NULL)) {
        mb_heap_count_slowly(alloc_count, alloc_bytes, free_count, live_bytes);
        return;
    }
    if (alloc_count > 0) {
        MB_HEAP_ADD(self->alloc_count, alloc_count);
        MB_HEAP_ADD(self->alloc_bytes, alloc_bytes);
    }
    if (free_count > 0)
        MB_HEAP_ADD(self->free_count, free_count);
    int64_t live = MB_HEAP_LOAD(self->live_bytes) + live_bytes;
    MB_HEAP_STORE(self->live_bytes, live);
    if (alloc_count > 0 && live > MB_HEAP_LOAD(self->highest_bytes)) {
        MB_HEAP_STORE(self->highest_bytes, live);
        if (MB_HEAP_UNLIKELY(live >= MB_HEAP_LOAD(self->upper_bytes)))
            mb_heap_counters_flush(self);
    } else if (free_count > 0 && MB_HEAP_UNLIKELY(live <= MB_HEAP_LOAD(self->lower_bytes))) {
        mb_heap_counters_flush(self);
    }
}

#pragma GCC visibility pop

#endif
