/* Records, totals and their lock. Nothing here calls malloc while the lock is held, and nothing needs it. */
#include "heap/counters.h"
#include "heap/blocks.h"
#include "heap/tree.h"

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

static struct pool first_pool;
static mb_heap_totals own_totals;
static mb_heap_totals *totals = &own_totals;
static int64_t flush_step_bytes = MB_HEAP_FLUSH_STEP_BYTES;
static pthread_key_t exit_key;
static bool has_exit_key, is_ready;

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
    int64_t peak = totals->live_bytes + (highest - record->flushed_bytes);
    if (peak > totals->peak_bytes)
        totals->peak_bytes = peak;
    totals->live_bytes += live - record->flushed_bytes;
    record->flushed_bytes = live;
    MB_HEAP_STORE(record->highest_bytes, live);
    MB_HEAP_STORE(record->upper_bytes, live + flush_step_bytes);
    MB_HEAP_STORE(record->lower_bytes, live - flush_step_bytes);
}

void mb_heap_counters_flush(mb_heap_counters *self)
{
    pthread_mutex_lock(lock);
    flush_locked(self);
    pthread_mutex_unlock(lock);
}

static void add_record(mb_heap_sums *sums, const mb_heap_counters *record, int64_t live_bytes)
{
    sums->alloc_count += MB_HEAP_LOAD(record->alloc_count);
    sums->alloc_bytes += MB_HEAP_LOAD(record->alloc_bytes);
    sums->free_count += MB_HEAP_LOAD(record->free_count);
    sums->live_bytes += live_bytes;
}

/* The thread is counted once a window, with its record or without. */
static void count_departed_thread(void)
{
    if (counted_window == totals->window)
        return;
    counted_window = totals->window;
    totals->departed_thread_count++;
}

/* Destructor of exit_key. Destructors that run later may still allocate and free: those calls find no record. */
static void thread_exit(void *value)
{
    mb_heap_counters *record = value;
    mb_heap_self = NULL;
    pthread_mutex_lock(lock);
    flush_locked(record);
    add_record(&totals->departed, record, record->flushed_bytes);
    if (MB_HEAP_LOAD(record->alloc_count) != record->begin_alloc_count)
        count_departed_thread();
    *record = (mb_heap_counters){.in_use = false, .process = record->process, .next = record->next};
    pthread_mutex_unlock(lock);
}

static mb_heap_counters *find_free_record(struct pool *pool)
{
    for (int i = 0; i < POOL_RECORDS; i++)
        if (!pool->records[i].in_use)
            return &pool->records[i];
    return NULL;
}

/* NULL when there is no memory for another one. */
static mb_heap_counters *take_record(void)
{
    struct pool *pool = &first_pool;
    bool is_shared = totals != &own_totals;
    mb_heap_counters *record = is_shared ? mb_heap_tree_record() : find_free_record(pool);
    if (is_shared && record == NULL)
        return NULL;
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
    record->upper_bytes = flush_step_bytes;
    record->lower_bytes = -flush_step_bytes;
    return record;
}

void mb_heap_counters_init(void)
{
    if (is_ready)
        return;
    is_ready = true;
    totals->window = 1;
    int saved_errno = errno;
    void *page = mmap(NULL, LOCK_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) {
        lock = page;
        *lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
        madvise(page, LOCK_PAGE_BYTES, MADV_WIPEONFORK);
    }
    has_exit_key = pthread_key_create(&exit_key, thread_exit) == 0;
    if (has_exit_key && exit_key >= KEYS_WITHOUT_ALLOCATION) {
        pthread_key_delete(exit_key);
        has_exit_key = false;
    }
    errno = saved_errno;
}

/* A thread without a record, for lack of an exit key or memory, counts in the totals: slower and just as exact. */
static void register_thread(void)
{
    mb_heap_counters_init();
    if (!mb_heap_tree_settle()) /* it cannot be said yet where the record is to be */
        return;
    is_known = true;
    if (!has_exit_key)
        return;
    int saved_errno = errno;
    pthread_mutex_lock(lock);
    mb_heap_counters *record = take_record();
    pthread_mutex_unlock(lock);
    errno = saved_errno;
    if (record == NULL)
        return;
    if (pthread_setspecific(exit_key, record) != 0) {
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
        totals->departed.alloc_count += alloc_count;
        totals->departed.alloc_bytes += alloc_bytes;
        totals->departed.free_count += free_count;
        totals->departed.live_bytes += live_bytes;
        totals->live_bytes += live_bytes;
        if (totals->live_bytes > totals->peak_bytes)
            totals->peak_bytes = totals->live_bytes;
        if (alloc_count > 0)
            count_departed_thread();
        pthread_mutex_unlock(lock);
    }
}

void mb_heap_counters_share(mb_heap_totals *shared)
{
    pthread_mutex_lock(lock);
    *shared = own_totals;
    totals = shared;
    flush_step_bytes = 0;
    pthread_mutex_unlock(lock);
}

void mb_heap_counters_begin_child(mb_heap_totals *shared, int64_t live_bytes)
{
    totals = shared != NULL ? shared : &own_totals;
    *totals = (mb_heap_totals){
        .departed.live_bytes = live_bytes, .live_bytes = live_bytes, .peak_bytes = live_bytes, .window = 1};
    mb_heap_self = NULL;
    is_known = false;
    if (has_exit_key)
        pthread_setspecific(exit_key, NULL);
}

int64_t mb_heap_counters_live(void)
{
    pthread_mutex_lock(lock);
    int64_t live_bytes = totals->live_bytes;
    pthread_mutex_unlock(lock);
    return live_bytes;
}

bool mb_heap_counters_see(void *(*allocate)(size_t), void (*release)(void *))
{
    const mb_heap_totals before = *totals;
    release(allocate(1));
    bool is_seen = totals->departed.alloc_count != before.departed.alloc_count;
    *totals = before;
    return is_seen;
}

void mb_heap_counters_begin(void)
{
    mb_heap_counters_init();
    pthread_mutex_lock(lock);
    mb_heap_sums sums = totals->departed;
    for (struct pool *pool = &first_pool; pool != NULL; pool = pool->next)
        for (int i = 0; i < POOL_RECORDS; i++) {
            mb_heap_counters *record = &pool->records[i];
            if (!record->in_use)
                continue;
            record->begin_alloc_count = MB_HEAP_LOAD(record->alloc_count);
            flush_locked(record);
            add_record(&sums, record, record->flushed_bytes);
        }
    totals->begin = sums;
    /* Already so, but in a child of fork, where a thread of the parent may have stopped between two figures. */
    totals->live_bytes = sums.live_bytes;
    totals->peak_bytes = sums.live_bytes;
    totals->departed_thread_count = 0;
    totals->window++;
    mb_heap_blocks_begin();
    pthread_mutex_unlock(lock);
}

void mb_heap_counters_read(mb_heap_reading *reading)
{
    mb_heap_counters_init();
    pthread_mutex_lock(lock);
    mb_heap_sums sums = totals->departed;
    int64_t peak = totals->peak_bytes;
    uint64_t thread_count = totals->departed_thread_count;
    for (const struct pool *pool = &first_pool; pool != NULL; pool = pool->next)
        for (int i = 0; i < POOL_RECORDS; i++) {
            const mb_heap_counters *record = &pool->records[i];
            if (!record->in_use)
                continue;
            add_record(&sums, record, MB_HEAP_LOAD(record->live_bytes));
            thread_count += MB_HEAP_LOAD(record->alloc_count) != record->begin_alloc_count;
            int64_t passed = totals->live_bytes + (MB_HEAP_LOAD(record->highest_bytes) - record->flushed_bytes);
            if (peak < passed)
                peak = passed;
        }
    if (peak < sums.live_bytes)
        peak = sums.live_bytes;
    totals->peak_bytes = peak; /* later readings of this window are not below what this one says */
    *reading = (mb_heap_reading){
        .alloc_count = sums.alloc_count - totals->begin.alloc_count,
        .alloc_bytes = sums.alloc_bytes - totals->begin.alloc_bytes,
        .free_count = sums.free_count - totals->begin.free_count,
        .live_bytes = sums.live_bytes - totals->begin.live_bytes,
        .peak_bytes = peak - totals->begin.live_bytes,
        .thread_count = thread_count,
    };
    pthread_mutex_unlock(lock);
}
