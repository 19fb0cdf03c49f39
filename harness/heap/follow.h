/* follow.h: what the hook tells whoever keeps each block with the place that asked for it (sites/collector.c). The hook
 * that counts alone is built without MB_HEAP_FOLLOW: there all of this is nothing.
 *
 * Bytes are those that the counters count, so that the sums over all blocks are the counters' own. */
#ifndef MEMBENCH_HEAP_FOLLOW_H
#define MEMBENCH_HEAP_FOLLOW_H

#include "heap/heap_hook.h"

/* A block that has ended, as it was kept. */
typedef struct mb_heap_followed {
    uintptr_t key; /* 0: it was not kept */
    uint32_t site;
    uint64_t requested_bytes;
} mb_heap_followed;

#ifdef MB_HEAP_FOLLOW

#pragma GCC visibility push(hidden)
enum { MB_HEAP_FOLLOW_THREAD_ENTRIES = 2 }; /* libraries with thread-local storage: the hook's own and libunwind */
/* Where the tables are written to. With "@" before it: those of the whole process, when it ends, to a file whose name
 * has the process's number behind it; then its children do the same. */
void mb_heap_follow_prepare(const char *path_or_null);
bool mb_heap_follow_is_whole(void);
void mb_heap_follow_begin(void);      /* a window opens: what lives counts from zero */
void mb_heap_follow_point(int point); /* see mb_heap_hook */
void mb_heap_follow_new(const void *block, size_t size, int64_t counted_bytes, bool is_pool);
void mb_heap_follow_end(const void *block, int64_t counted_bytes, bool is_pool, mb_heap_followed *followed_or_null);
void mb_heap_follow_put_back(const mb_heap_followed *followed, int64_t counted_bytes); /* it has not ended after all */
#pragma GCC visibility pop

#else

enum { MB_HEAP_FOLLOW_THREAD_ENTRIES = 1 };
#define mb_heap_follow_point NULL
static inline void mb_heap_follow_prepare(const char *path_or_null) { (void)path_or_null; }
static inline bool mb_heap_follow_is_whole(void) { return false; }
static inline void mb_heap_follow_begin(void) {}
static inline void mb_heap_follow_new(const void *block, size_t size, int64_t counted_bytes, bool is_pool)
{
    (void)block, (void)size, (void)counted_bytes, (void)is_pool;
}
static inline void mb_heap_follow_end(const void *block, int64_t counted_bytes, bool is_pool,
                                      mb_heap_followed *followed_or_null)
{
    (void)block, (void)counted_bytes, (void)is_pool, (void)followed_or_null;
}
static inline void mb_heap_follow_put_back(const mb_heap_followed *followed, int64_t counted_bytes)
{
    (void)followed, (void)counted_bytes;
}

#endif

#endif
