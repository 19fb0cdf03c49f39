/* Each block with the site that asked for it, and each site with what lives of it. */
#include "sites/collector.h"

#include "base/digits.h"
#include "heap/counters.h"
#include "heap/follow.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* One lock guards everything, since a window's sums must be exact at every moment; the stack, which takes most of the
 * time, is unwound before. The peak of all bytes cannot be kept by copying each site whenever there is a new highest:
 * instead a site remembers, at its first change after the last new highest, what it had then. A site that has not
 * changed since has what it has now. So a peak costs one addition, and the copy is right for every site at once.
 * Edges: what was allocated before the first call has no site (0); a block that the window frees and an earlier one
 * made takes from its site, which may go below zero, as the counters do. */
enum { PLACES_FIRST = 8192, LOCK_PAGE_BYTES = 4096, PATH_BYTES = 1024 };

typedef struct place {
    uintptr_t key; /* 0: free */
    uint32_t site;
    uint64_t requested_bytes;
    int64_t bytes;
} place;

static atomic_uchar static_lock;
static atomic_uchar *lock = &static_lock; /* wiped by fork */
static mb_site_store places;
static size_t place_count, place_capacity;
static int64_t live_bytes, peak_bytes;
static uint64_t peak_epoch = 1;
static size_t window_index;
static mb_site_amounts counted[MB_SITE_MOMENT_COUNT]; /* the same by the counters: what of it is known there */
static int64_t counted_at_trim_bytes;
static const char *dump_path;
static bool is_ready, is_whole;
static _Thread_local bool is_busy; /* what the unwinder allocates is not the program's */

void mb_collector_lock(void)
{
    while (atomic_exchange_explicit(lock, 1, memory_order_acquire) != 0)
        sched_yield();
}

void mb_collector_unlock(void) { atomic_store_explicit(lock, 0, memory_order_release); }

void mb_heap_follow_prepare(const char *path_or_null)
{
    if (is_ready)
        return;
    int saved_errno = errno;
    void *page = mmap(NULL, LOCK_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
        madvise(page, LOCK_PAGE_BYTES, MADV_WIPEONFORK);
        lock = page;
    }
    is_whole = path_or_null != NULL && path_or_null[0] == '@';
    dump_path = is_whole ? path_or_null + 1 : path_or_null;
    is_busy = true;
    mb_modules_prepare();
    mb_stacks_prepare();
    mb_mappings_prepare();
    mb_threads_prepare();
    mb_pages_prepare();
    is_busy = false;
    is_ready = true;
    errno = saved_errno;
}

/* A pool may hand out the address of the block that it lives in. */
static uintptr_t key_of(const void *block, bool is_pool)
{
    return (uintptr_t)block ^ (is_pool ? (uintptr_t)1 << (8 * sizeof(uintptr_t) - 1) : 0);
}

static size_t home_of(uintptr_t key) { return (size_t)((key >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20); }

static place *find_place(uintptr_t key)
{
    place *all = places.bytes;
    size_t at = home_of(key) & (place_capacity - 1);
    while (all[at].key != 0 && all[at].key != key)
        at = (at + 1) & (place_capacity - 1);
    return &all[at];
}

static bool reserve_values(void)
{
    if (2 * place_count < place_capacity)
        return true;
    mb_site_store old = places, larger = {0};
    size_t old_capacity = place_capacity, capacity = old_capacity > 0 ? 2 * old_capacity : PLACES_FIRST;
    if (mb_site_store_add(&larger, capacity * sizeof(place)) == NULL)
        return place_count + 1 < place_capacity;
    places = larger;
    place_capacity = capacity;
    const place *from = old.bytes;
    for (size_t i = 0; i < old_capacity; i++)
        if (from[i].key != 0)
            *find_place(from[i].key) = from[i];
    mb_site_store_free(&old);
    return true;
}

/* Closes the gap: moves each entry behind it that may lie there, up to the next free place. */
static void close_place(place *gap)
{
    place *all = places.bytes;
    size_t mask = place_capacity - 1, hole = (size_t)(gap - all);
    for (size_t at = (hole + 1) & mask; all[at].key != 0; at = (at + 1) & mask) {
        size_t home = home_of(all[at].key) & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        all[hole] = all[at];
        hole = at;
    }
    all[hole].key = 0;
    place_count--;
}

/* Changes what lives of a site, after keeping what it had at the last peak. */
static void move_site(uint32_t index, int64_t block_count, int64_t bytes, int64_t requested_bytes)
{
    size_t count;
    mb_site *all = mb_sites_all(&count);
    if (index >= count)
        return;
    mb_site *site = &all[index];
    if (site->epoch != peak_epoch) {
        site->peak = site->live;
        site->epoch = peak_epoch;
    }
    site->live.block_count += block_count;
    site->live.bytes += bytes;
    site->live.requested_bytes += requested_bytes;
    live_bytes += bytes;
    if (live_bytes > peak_bytes) {
        peak_bytes = live_bytes;
        peak_epoch++;
    }
}

bool mb_collector_keeps(void) { return (is_ready || is_busy) && !is_whole; }
bool mb_collector_is_busy(void) { return is_busy; }

/* 0 where there is no room. */
uint32_t mb_collector_site(bool *is_allocators)
{
    mb_stack stack;
    mb_site_frame frames[MB_STACK_FRAMES_MAX];
    int saved_errno = errno;
    is_busy = true;
    mb_stack_take(&stack);
    mb_collector_lock();
    uint32_t site = mb_sites_find(&stack);
    mb_collector_unlock();
    if (site == 0 && stack.count > 0) {
        mb_modules_find(&stack, frames);
        mb_collector_lock();
        site = mb_sites_find(&stack);
        if (site == 0)
            site = mb_sites_make(&stack, frames);
        mb_collector_unlock();
    }
    is_busy = false;
    errno = saved_errno;
    *is_allocators = stack.is_allocators;
    return site;
}

void mb_heap_follow_new(const void *block, size_t size, int64_t counted_bytes, bool is_pool)
{
    bool is_allocators; /* whoever it is, the block is the program's */
    uint32_t site = is_ready && !is_busy ? mb_collector_site(&is_allocators) : 0; /* the unwinder allocates too */
    mb_collector_lock();
    if (reserve_values()) {
        uintptr_t key = key_of(block, is_pool);
        place *at = find_place(key);
        place_count += at->key == 0;
        *at = (place){key, site, size, counted_bytes};
    }
    move_site(site, 1, counted_bytes, (int64_t)size);
    size_t count;
    mb_site *all = mb_sites_all(&count);
    if (site < count) {
        all[site].total.block_count++;
        all[site].total.requested_bytes += (int64_t)size;
        all[site].total.bytes += counted_bytes;
    }
    mb_collector_unlock();
}

void mb_heap_follow_end(const void *block, int64_t counted_bytes, bool is_pool, mb_heap_followed *followed_or_null)
{
    mb_heap_followed followed = {0};
    mb_collector_lock();
    place *at = place_capacity > 0 ? find_place(key_of(block, is_pool)) : NULL;
    if (at != NULL && at->key != 0) {
        followed = (mb_heap_followed){at->key, at->site, at->requested_bytes};
        close_place(at);
    }
    move_site(followed.site, -1, -counted_bytes, -(int64_t)followed.requested_bytes);
    mb_collector_unlock();
    if (followed_or_null != NULL)
        *followed_or_null = followed;
}

void mb_heap_follow_put_back(const mb_heap_followed *followed, int64_t counted_bytes)
{
    mb_collector_lock();
    if (followed->key != 0 && reserve_values()) {
        place *at = find_place(followed->key);
        place_count += at->key == 0;
        *at = (place){followed->key, followed->site, followed->requested_bytes, counted_bytes};
    }
    move_site(followed->site, 1, counted_bytes, (int64_t)followed->requested_bytes);
    mb_collector_unlock();
}

void mb_heap_follow_begin(void)
{
    size_t count;
    mb_collector_lock();
    mb_site *all = mb_sites_all(&count);
    for (size_t i = 0; i < count; i++) {
        all[i].live = all[i].peak = all[i].total = (mb_site_amounts){0};
        all[i].epoch = 0;
    }
    live_bytes = peak_bytes = 0;
    peak_epoch = 1;
    mb_collector_unlock();
}

static mb_site_amounts less(mb_site_amounts a, mb_site_amounts b)
{
    return (mb_site_amounts){a.block_count - b.block_count, a.bytes - b.bytes, a.requested_bytes - b.requested_bytes};
}

/* What the counters say at the same points. */
static void take_counters(int point)
{
    mb_heap_reading reading;
    mb_heap_counters_read(&reading);
    if (point == 0) {
        memset(counted, 0, sizeof counted);
        counted[MB_SITE_BETWEEN].bytes = window_index > 0 ? reading.live_bytes - counted_at_trim_bytes : 0;
    } else if (point == 1) {
        counted[MB_SITE_AT_RUN].bytes = reading.live_bytes;
        counted[MB_SITE_TOTAL].block_count = (int64_t)reading.alloc_count;
        counted[MB_SITE_TOTAL].requested_bytes = (int64_t)reading.alloc_bytes;
    } else if (point == 2) {
        counted[MB_SITE_AT_RELEASE].bytes = reading.live_bytes;
        counted[MB_SITE_AT_PEAK].bytes = reading.peak_bytes;
    } else {
        counted_at_trim_bytes = reading.live_bytes;
    }
}

void mb_collector_live_in(uintptr_t start, uintptr_t end, mb_live_blocks *live)
{
    live->bytes = 0;
    live->small_count = live->large_count = 0;
    mb_collector_lock();
    const place *all = places.bytes;
    for (size_t i = 0; i < place_capacity; i++) {
        if (all[i].key < start || all[i].key >= end)
            continue;
        live->bytes += all[i].bytes;
        if (all[i].bytes < MB_LARGE_BLOCK_BYTES) {
            live->small_count++;
        } else if (live->large_count < MB_LARGE_BLOCKS_MAX) {
            live->large[live->large_count].start = all[i].key;
            live->large[live->large_count++].end = all[i].key + (uintptr_t)all[i].bytes;
        }
    }
    mb_collector_unlock();
}

/* B, E1, E2, T in this order. */
void mb_heap_follow_point(int point)
{
    size_t count;
    take_counters(point);
    if (point <= 1 && !is_whole)
        mb_pages_take(point);
    mb_collector_lock();
    mb_site *all = mb_sites_all(&count);
    for (size_t i = 0; i < count; i++) {
        mb_site *site = &all[i];
        if (point == 0) {
            memset(site->moments, 0, sizeof site->moments);
            if (window_index > 0)
                site->moments[MB_SITE_BETWEEN] = less(site->live, site->at_trim);
        } else if (point == 1) {
            site->moments[MB_SITE_AT_RUN] = site->live;
            site->moments[MB_SITE_TOTAL] = site->total;
        } else if (point == 2) {
            site->moments[MB_SITE_AT_RELEASE] = site->live;
            site->moments[MB_SITE_AT_PEAK] = site->epoch == peak_epoch ? site->peak : site->live;
        } else {
            site->at_trim = site->live;
        }
    }
    mb_collector_unlock();
    if (point == 3 && dump_path != NULL && !is_whole)
        mb_collector_dump(dump_path, window_index++, counted);
}

bool mb_heap_follow_is_whole(void) { return is_whole; }

/* "/tmp/x/sites.4711" */
static const char *path_of_process(char path[PATH_BYTES])
{
    size_t length = strlen(dump_path);
    char digits[MB_DIGITS_BYTES];
    if (length + 1 + sizeof digits > PATH_BYTES)
        return NULL;
    memcpy(path, dump_path, length);
    path[length] = '.';
    strcpy(path + length + 1, mb_digits((uint64_t)getpid(), digits));
    return path;
}

/* Of a whole process: one window, from its start to its end. */
__attribute__((destructor)) static void finish(void)
{
    char path[PATH_BYTES];
    if (!is_whole || path_of_process(path) == NULL)
        return;
    mb_heap_follow_point(1);
    mb_heap_follow_point(2);
    mb_collector_dump(path, 0, counted);
}
