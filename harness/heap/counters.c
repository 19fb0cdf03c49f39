/* Records, totals and their lock. Nothing here calls malloc while the lock is held, and nothing needs it. */
#include "heap/counters.h"
#include "heap/blocks.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* What the hook counts, and why that is cheap: each thread has a record of its own, so a call of malloc adds to three
 * words of one cache line and takes no lock. Calls, bytes and frees are sums, for which it does not matter which thread
 * added what; live bytes may be freed by another thread, so a record alone may go below 0 and only the sum means
 * something. The peak of all threads would need every call to see all records: instead a thread reports its live bytes
 * when they have moved by MB_HEAP_FLUSH_STEP_BYTES, and its highest since then, which makes the peak exact for one
 * thread and right to a step for each further one. Records outlive their threads and are used again. Edges: fork wipes
 * the lock; thread exit runs destructors after ours, whose calls find no record and take the slow way; the first call
 * of a thread may come before its storage exists. */
enum { POOL_RECORDS = 31, LOCK_PAGE_BYTES = 4096 };

/* glibc keeps the values of so many keys in the thread itself; for a later one it would allocate, in each thread, a
 * block that nobody but the hook asked for. */
enum { KEYS_WITHOUT_ALLOCATION = 32 };

/* Records outlive their threads and are used again, so a program that starts a million threads keeps one pool. */
struct pool {
    _Alignas(64) struct pool *next;
    mb_heap_counters records[POOL_RECORDS];
};

/* Sums over calls, as a record holds them. */
struct sums {
    uint64_t alloc_count;
    uint64_t alloc_bytes;
    uint64_t free_count;
    int64_t live_bytes;
};

static struct {
    struct pool first_pool;
    struct sums departed; /* threads that ended, and calls of threads without a record */
    struct sums begin;    /* everything up to the last begin() */
    int64_t live_bytes;   /* of all threads, as of their last flush */
    int64_t peak_bytes;   /* highest such figure since begin() */
    uint64_t departed_thread_count;
    uint64_t window; /* counts begin() calls, from 1; 0 before init */
    pthread_key_t exit_key;
    bool has_exit_key;
    bool is_ready;
} heap;

/* The lock is wiped by fork: a child starts with it free though another thread of the parent may have held it, and no
 * order of atfork handlers, in some of which other libraries allocate, has to be right. */
static pthread_mutex_t static_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *lock = &static_lock;

_Thread_local mb_heap_counters *mb_heap_self;
static _Thread_local bool is_known;           /* had its chance of a record */
static _Thread_local uint64_t counted_window; /* the window that already counts this thread as departed */

static void flush_locked(mb_heap_counters *record)
{
    int64_t live = MB_HEAP_LOAD(record->live_bytes);
    int64_t highest = MB_HEAP_LOAD(record->highest_bytes);
    if (highest < live)
        highest = live;
    int64_t peak = heap.live_bytes + (highest - record->flushed_bytes);
    if (peak > heap.peak_bytes)
        heap.peak_bytes = peak;
    heap.live_bytes += live - record->flushed_bytes;
    record->flushed_bytes = live;
    MB_HEAP_STORE(record->highest_bytes, live);
    MB_HEAP_STORE(record->upper_bytes, live + MB_HEAP_FLUSH_STEP_BYTES);
    MB_HEAP_STORE(record->lower_bytes, live - MB_HEAP_FLUSH_STEP_BYTES);
}

void mb_heap_counters_flush(mb_heap_counters *self)
{
    pthread_mutex_lock(lock);
    flush_locked(self);
    pthread_mutex_unlock(lock);
}

static void add_record(struct sums *sums, const mb_heap_counters *record, int64_t live_bytes)
{
    sums->alloc_count += MB_HEAP_LOAD(record->alloc_count);
    sums->alloc_bytes += MB_HEAP_LOAD(record->alloc_bytes);
    sums->free_count += MB_HEAP_LOAD(record->free_count);
    sums->live_bytes += live_bytes;
}

/* The thread is counted once a window, with its record or without. */
static void count_departed_thread(void)
{
    if (counted_window == heap.window)
        return;
    counted_window = heap.window;
    heap.departed_thread_count++;
}

/* Destructor of exit_key. Destructors that run later may still allocate and free: those calls find no record. */
static void thread_exit(void *value)
{
    mb_heap_counters *record = value;
    mb_heap_self = NULL;
    pthread_mutex_lock(lock);
    flush_locked(record);
    add_record(&heap.departed, record, record->flushed_bytes);
    if (MB_HEAP_LOAD(record->alloc_count) != record->begin_alloc_count)
        count_departed_thread();
    *record = (mb_heap_counters){.in_use = false};
    pthread_mutex_unlock(lock);
}

static mb_heap_counters *find_free_record(struct pool *pool)
{
    for (int i = 0; i < POOL_RECORDS; i++)
        if (!pool->records[i].in_use)
            return &pool->records[i];
    return NULL;
}

/* NULL when the system gives no memory for another pool. */
static mb_heap_counters *take_record(void)
{
    struct pool *pool = &heap.first_pool;
    mb_heap_counters *record = find_free_record(pool);
    while (record == NULL) {
        if (pool->next == NULL) {
            void *memory = mmap(NULL, sizeof *pool, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (memory == MAP_FAILED)
                return NULL;
            pool->next = memory;
        }
        pool = pool->next;
        record = find_free_record(pool);
    }
    record->in_use = true;
    record->upper_bytes = MB_HEAP_FLUSH_STEP_BYTES;
    record->lower_bytes = -MB_HEAP_FLUSH_STEP_BYTES;
    return record;
}

void mb_heap_counters_init(void)
{
    if (heap.is_ready)
        return;
    heap.is_ready = true;
    heap.window = 1;
    int saved_errno = errno;
    void *page = mmap(NULL, LOCK_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
        lock = page;
        *lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        madvise(page, LOCK_PAGE_BYTES, MADV_WIPEONFORK);
    }
    heap.has_exit_key = pthread_key_create(&heap.exit_key, thread_exit) == 0;
    if (heap.has_exit_key && heap.exit_key >= KEYS_WITHOUT_ALLOCATION) {
        pthread_key_delete(heap.exit_key);
        heap.has_exit_key = false;
    }
    errno = saved_errno;
}

/* A thread without a record, for want of an exit key or memory, counts in the totals: slower and just as exact. */
static void register_thread(void)
{
    mb_heap_counters_init();
    is_known = true;
    if (!heap.has_exit_key)
        return;
    int saved_errno = errno;
    pthread_mutex_lock(lock);
    mb_heap_counters *record = take_record();
    pthread_mutex_unlock(lock);
    errno = saved_errno;
    if (record == NULL)
        return;
    if (pthread_setspecific(heap.exit_key, record) != 0) {
        pthread_mutex_lock(lock);
        record->in_use = false;
        pthread_mutex_unlock(lock);
        return;
    }
    mb_heap_self = record;
}

void mb_heap_count_slowly(uint64_t alloc_count, uint64_t alloc_bytes, uint64_t free_count, int64_t live_bytes)
{
    if (!is_known)
        register_thread();
    if (mb_heap_self != NULL) {
        mb_heap_count(alloc_count, alloc_bytes, free_count, live_bytes);
    } else {
        pthread_mutex_lock(lock);
        heap.departed.alloc_count += alloc_count;
        heap.departed.alloc_bytes += alloc_bytes;
        heap.departed.free_count += free_count;
        heap.departed.live_bytes += live_bytes;
        heap.live_bytes += live_bytes;
        if (heap.live_bytes > heap.peak_bytes)
            heap.peak_bytes = heap.live_bytes;
        if (alloc_count > 0)
            count_departed_thread();
        pthread_mutex_unlock(lock);
    }
}

void mb_heap_counters_begin(void)
{
    mb_heap_counters_init();
    pthread_mutex_lock(lock);
    struct sums sums = heap.departed;
    for (struct pool *pool = &heap.first_pool; pool != NULL; pool = pool->next)
        for (int i = 0; i < POOL_RECORDS; i++) {
            mb_heap_counters *record = &pool->records[i];
            if (!record->in_use)
                continue;
            record->begin_alloc_count = MB_HEAP_LOAD(record->alloc_count);
            flush_locked(record);
            add_record(&sums, record, record->flushed_bytes);
        }
    heap.begin = sums;
    /* Already so, but in a child of fork, where a thread of the parent may have stopped between two figures. */
    heap.live_bytes = sums.live_bytes;
    heap.peak_bytes = sums.live_bytes;
    heap.departed_thread_count = 0;
    heap.window++;
    mb_heap_blocks_begin();
    pthread_mutex_unlock(lock);
}

void mb_heap_counters_read(mb_heap_reading *reading)
{
    mb_heap_counters_init();
    pthread_mutex_lock(lock);
    struct sums sums = heap.departed;
    int64_t peak = heap.peak_bytes;
    uint64_t thread_count = heap.departed_thread_count;
    for (const struct pool *pool = &heap.first_pool; pool != NULL; pool = pool->next)
        for (int i = 0; i < POOL_RECORDS; i++) {
            const mb_heap_counters *record = &pool->records[i];
            if (!record->in_use)
                continue;
            add_record(&sums, record, MB_HEAP_LOAD(record->live_bytes));
            thread_count += MB_HEAP_LOAD(record->alloc_count) != record->begin_alloc_count;
            int64_t passed = heap.live_bytes + (MB_HEAP_LOAD(record->highest_bytes) - record->flushed_bytes);
            if (peak < passed)
                peak = passed;
        }
    if (peak < sums.live_bytes)
        peak = sums.live_bytes;
    heap.peak_bytes = peak; /* later readings of this window are not below what this one says */
    *reading = (mb_heap_reading){
        .alloc_count = sums.alloc_count - heap.begin.alloc_count,
        .alloc_bytes = sums.alloc_bytes - heap.begin.alloc_bytes,
        .free_count = sums.free_count - heap.begin.free_count,
        .live_bytes = sums.live_bytes - heap.begin.live_bytes,
        .peak_bytes = peak - heap.begin.live_bytes,
        .thread_count = thread_count,
    };
    pthread_mutex_unlock(lock);
}
