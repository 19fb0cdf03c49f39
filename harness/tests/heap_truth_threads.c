/* Programs of known truth for the heap hook: those with threads and processes. */
#include "heap_truth.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void start(pthread_t *thread, void *(*run)(void *), void *argument)
{
    EXPECT_EQUAL(pthread_create(thread, NULL, run, argument), 0);
}

static void join(pthread_t thread) { EXPECT_EQUAL(pthread_join(thread, NULL), 0); }

enum { THREADS = 8, BLOCKS_PER_THREAD = 10000, BLOCK_BYTES = 48 };
static void *blocks[THREADS][BLOCKS_PER_THREAD];

/* Four meetings: all are there, window open, all allocated, window read. */
static void *allocate_many(void *argument)
{
    void **own = argument;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < BLOCKS_PER_THREAD; i++)
        own[i] = malloc(BLOCK_BYTES);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

/* Totals are exact while the threads run and after they are gone; the peak, here the end, is within its bound. */
void truth_threads(void)
{
    pthread_t threads[THREADS];
    mb_heap_reading alive, joined;
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], allocate_many, blocks[i]);
    pthread_barrier_wait(&barrier);
    heap_hook->begin();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    heap_hook->read(&alive);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    heap_hook->read(&joined);

    int64_t live_bytes = 0;
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < BLOCKS_PER_THREAD; j++)
            live_bytes += usable(blocks[i][j]);
    EXPECT_EQUAL(alive.alloc_count, THREADS * BLOCKS_PER_THREAD);
    EXPECT_EQUAL(alive.alloc_bytes, THREADS * BLOCKS_PER_THREAD * BLOCK_BYTES);
    EXPECT_EQUAL(alive.free_count, 0);
    EXPECT_EQUAL(alive.live_bytes, live_bytes);
    EXPECT_EQUAL(alive.thread_count, THREADS);
    EXPECT_EQUAL(joined.alloc_count, alive.alloc_count);
    EXPECT_EQUAL(joined.alloc_bytes, alive.alloc_bytes);
    EXPECT_EQUAL(joined.thread_count, THREADS);
    EXPECT(joined.peak_bytes >= live_bytes && joined.peak_bytes <= live_bytes + THREADS * MB_HEAP_FLUSH_BYTES);
}

static mb_heap_reading expected_of_worker;

static void *play_in_window(void *argument)
{
    void *unflushed = opaque(malloc(5000)); /* before B, too little for a flush */
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    play_random(11, 3000, &expected_of_worker);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    free(unflushed);
    return argument;
}

/* The peak is exact for whichever thread is the only one, and nothing from before B is in it. */
void truth_peak_of_another_thread(void)
{
    pthread_t thread;
    mb_heap_reading reading;
    pthread_barrier_init(&barrier, NULL, 2);
    start(&thread, play_in_window, NULL);
    pthread_barrier_wait(&barrier);
    void *freed = opaque(malloc(3000));
    free(freed);
    heap_hook->begin();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    heap_hook->read(&reading);
    pthread_barrier_wait(&barrier);
    EXPECT_EQUAL(reading.alloc_count, expected_of_worker.alloc_count);
    EXPECT_EQUAL(reading.alloc_bytes, expected_of_worker.alloc_bytes);
    EXPECT_EQUAL(reading.free_count, expected_of_worker.free_count);
    EXPECT_EQUAL(reading.live_bytes, 0);
    EXPECT_EQUAL(reading.peak_bytes, expected_of_worker.peak_bytes);
    EXPECT_EQUAL(reading.thread_count, 1);
    join(thread);
}

enum { STEP_BLOCKS = 200 };

static void *rise_and_fall(void *argument)
{
    void *own[STEP_BLOCKS];
    int64_t *peak_bytes = argument;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < STEP_BLOCKS; i++) {
        own[i] = malloc(1000);
        *peak_bytes += usable(own[i]);
    }
    pthread_barrier_wait(&barrier); /* all are at their highest point here: the true peak is the sum */
    for (int i = 0; i < STEP_BLOCKS; i++)
        free(own[i]);
    pthread_barrier_wait(&barrier);
    return NULL;
}

/* The same, but waits at its highest point until it has been read. */
static void *rise_and_wait(void *argument)
{
    void *own[STEP_BLOCKS];
    int64_t *peak_bytes = argument;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < STEP_BLOCKS; i++) {
        own[i] = malloc(1003);
        *peak_bytes += usable(own[i]);
    }
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < STEP_BLOCKS; i++)
        free(own[i]);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return NULL;
}

void truth_peak_bound(void)
{
    pthread_t threads[THREADS];
    int64_t peaks_bytes[THREADS] = {0}, peak_bytes = 0;
    mb_heap_reading reading;
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        start(&threads[i], rise_and_fall, &peaks_bytes[i]);
    pthread_barrier_wait(&barrier);
    heap_hook->begin();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    heap_hook->read(&reading);
    for (int i = 0; i < THREADS; i++) {
        join(threads[i]);
        peak_bytes += peaks_bytes[i];
    }
    EXPECT_EQUAL(reading.live_bytes, 0);
    EXPECT(llabs(reading.peak_bytes - peak_bytes) <= THREADS * MB_HEAP_FLUSH_BYTES);
}

/* At a reading the peak is at least what is alive then, and stays so: of four threads that each hold less than a flush,
 * and with all in the totals. */
void truth_peak_at_reading(void)
{
    enum { ROUNDS = 50 };
    pthread_t threads[THREADS];
    mb_heap_reading at_top, after;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t peaks_bytes[THREADS] = {0}, live_bytes = 0;
        pthread_barrier_init(&barrier, NULL, THREADS + 1);
        for (int i = 0; i < THREADS; i++)
            start(&threads[i], rise_and_wait, &peaks_bytes[i]);
        pthread_barrier_wait(&barrier);
        heap_hook->begin();
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
        heap_hook->read(&at_top);
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
        heap_hook->read(&after);
        pthread_barrier_wait(&barrier);
        for (int i = 0; i < THREADS; i++) {
            join(threads[i]);
            live_bytes += peaks_bytes[i];
        }
        EXPECT_EQUAL(at_top.live_bytes, live_bytes);
        EXPECT(at_top.peak_bytes >= live_bytes);
        EXPECT_EQUAL(after.live_bytes, 0);
        EXPECT(after.peak_bytes >= live_bytes);
    }
}

static void *allocate_ten_free_five(void *argument)
{
    void *own[10];
    for (int i = 0; i < 10; i++)
        own[i] = opaque(malloc(200));
    for (int i = 0; i < 5; i++)
        free(own[i]);
    return argument;
}

/* Threads that are gone stay in the totals, and their places are used again. Thread stacks come from a cache after the
 * first thread, so creating one allocates nothing. */
void truth_thread_exit(void)
{
    enum { RUNS = 2000 };
    pthread_t thread;
    mb_heap_reading reading;
    void *sample = opaque(malloc(200));
    start(&thread, allocate_ten_free_five, NULL);
    join(thread);
    heap_hook->begin();
    for (int i = 0; i < RUNS; i++) {
        start(&thread, allocate_ten_free_five, NULL);
        join(thread);
    }
    heap_hook->read(&reading);
    EXPECT_EQUAL(reading.alloc_count, RUNS * 10);
    EXPECT_EQUAL(reading.alloc_bytes, RUNS * 10 * 200);
    EXPECT_EQUAL(reading.free_count, RUNS * 5);
    EXPECT_EQUAL(reading.live_bytes, RUNS * 5 * usable(sample));
    EXPECT_EQUAL(reading.peak_bytes, (RUNS - 1) * 5 * usable(sample) + 10 * usable(sample));
    EXPECT_EQUAL(reading.thread_count, RUNS);
}

static void *allocate_and_free(void *argument)
{
    free(opaque(malloc(200)));
    return argument;
}

static long mapped_pages(void)
{
    char text[128] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    EXPECT(file >= 0 && read(file, text, sizeof text - 1) > 0);
    close(file);
    return atol(text);
}

/* 2,000 threads one after another need one record, not 65 pages full of them. */
void truth_record_reuse(void)
{
    pthread_t thread;
    long before_pages = 0;
    for (int i = 0; i < 2100; i++) {
        if (i == 100)
            before_pages = mapped_pages();
        start(&thread, allocate_and_free, NULL);
        join(thread);
    }
    EXPECT_EQUAL(mapped_pages(), before_pages);
}

static void *wait_then_allocate(void *argument)
{
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    void *block = opaque(malloc(1000));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    free(block);
    return argument;
}

/* More threads at a time than one pool of records holds. */
void truth_many_threads(void)
{
    enum { MANY = 200 };
    static pthread_t threads[MANY];
    pthread_attr_t attributes;
    mb_heap_reading reading;
    void *sample = opaque(malloc(1000));
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    pthread_barrier_init(&barrier, NULL, MANY + 1);
    for (int i = 0; i < MANY; i++)
        EXPECT_EQUAL(pthread_create(&threads[i], &attributes, wait_then_allocate, NULL), 0);
    pthread_barrier_wait(&barrier);
    heap_hook->begin();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    heap_hook->read(&reading);
    EXPECT_EQUAL(reading.alloc_count, MANY);
    EXPECT_EQUAL(reading.live_bytes, MANY * usable(sample));
    EXPECT_EQUAL(reading.peak_bytes, MANY * usable(sample));
    EXPECT_EQUAL(reading.thread_count, MANY);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < MANY; i++)
        join(threads[i]);
}

static void replace_block(void *block)
{
    free(block);
    free(opaque(malloc(700)));
    (void)opaque(malloc(900)); /* stays */
}

static void *leave_work_for_destructor(void *argument)
{
    EXPECT_EQUAL(pthread_setspecific(*(pthread_key_t *)argument, opaque(malloc(500))), 0);
    return NULL;
}

/* The program's destructor runs after the hook's own, when the thread has no record any more. */
void truth_late_destructor(void)
{
    pthread_key_t key;
    pthread_t thread;
    mb_heap_reading reading;
    void *sample = opaque(malloc(900));
    EXPECT_EQUAL(pthread_key_create(&key, replace_block), 0);
    start(&thread, leave_work_for_destructor, &key);
    join(thread);
    heap_hook->begin();
    for (int i = 0; i < 3; i++) {
        start(&thread, leave_work_for_destructor, &key);
        join(thread);
    }
    heap_hook->read(&reading);
    EXPECT_EQUAL(reading.alloc_count, 9);
    EXPECT_EQUAL(reading.alloc_bytes, 3 * (500 + 700 + 900));
    EXPECT_EQUAL(reading.free_count, 6);
    EXPECT_EQUAL(reading.live_bytes, 3 * usable(sample));
    EXPECT_EQUAL(reading.thread_count, 3);
}

static volatile bool is_over;

/* Every call flushes, so that forks find the lock taken about as often as not. */
static void *flush_all_the_time(void *argument)
{
    while (!is_over)
        free(opaque(malloc(20000)));
    return argument;
}

static int measure_in_child(void)
{
    pthread_t thread;
    mb_heap_reading expected = {0}, reading;
    alarm(20); /* a lock that nobody will ever release ends here */
    heap_hook->begin();
    play_random(3, 500, &expected);
    heap_hook->read(&reading);
    bool is_exact = reading.alloc_count == expected.alloc_count && reading.alloc_bytes == expected.alloc_bytes &&
                    reading.free_count == expected.free_count && reading.live_bytes == 0 &&
                    reading.peak_bytes == expected.peak_bytes && reading.thread_count == 1;
    start(&thread, allocate_ten_free_five, NULL);
    join(thread);
    return is_exact ? 0 : 1;
}

void truth_fork(void)
{
    pthread_t thread;
    start(&thread, flush_all_the_time, NULL);
    for (int i = 0; i < 200; i++) {
        pid_t child = fork();
        EXPECT(child >= 0);
        if (child == 0)
            _exit(measure_in_child());
        int status;
        EXPECT_EQUAL(waitpid(child, &status, 0), child);
        EXPECT_EQUAL(status, 0);
    }
    is_over = true;
    join(thread);
}
