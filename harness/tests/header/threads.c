/* Threads that mark, name regions and count at the same time, and one that never stops doing so. */
#include <membench/membench.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

enum { THREADS = 6, MARKS_EACH = 10, COUNTS_EACH = 5, REGION_BYTES = 4096 };

struct worker {
    mb_bench *b;
    pthread_t thread;
    int index;
    pthread_barrier_t *start;
    char region[REGION_BYTES];
};

static void *note(void *context)
{
    struct worker *w = context;
    char name[MB_NAME_BYTES_MAX];
    pthread_barrier_wait(w->start);
    for (int i = 0; i < MARKS_EACH; i++) {
        snprintf(name, sizeof name, "thread %d mark %d", w->index, i);
        mb_mark(w->b, name);
        snprintf(name, sizeof name, "thread %d count %d", w->index, i % COUNTS_EACH);
        mb_count(w->b, name, (int64_t)mb_param(w->b, "factor") * i);
    }
    snprintf(name, sizeof name, "thread %d region", w->index);
    mb_region(w->b, name, w->region, sizeof w->region);
    return NULL;
}

static mb_status run(mb_bench *b)
{
    struct worker *workers = mb_state(b);
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        workers[i].b = b;
        workers[i].index = i;
        workers[i].start = &start;
        if (pthread_create(&workers[i].thread, NULL, note, &workers[i]) != 0)
            return mb_fail(b, "no thread");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    pthread_barrier_destroy(&start);
    return MB_OK;
}

static atomic_bool is_over;
static pthread_t restless_thread;

static void *note_always(void *context)
{
    while (!atomic_load(&is_over)) {
        mb_mark(context, "restless");
        mb_count(context, "restless", 1);
    }
    return NULL;
}

static mb_status start_restless(mb_bench *b)
{
    return pthread_create(&restless_thread, NULL, note_always, b) == 0 ? MB_OK : mb_fail(b, "no thread");
}

static mb_status run_nothing(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

static void stop_restless(mb_bench *b)
{
    (void)b;
    atomic_store(&is_over, true);
    pthread_join(restless_thread, NULL);
}

static const mb_case together = {
    MB_CASE_INIT,
    .group = "together",
    .params = MB_PARAMS(MB_PARAM("factor", 3)),
    .state_bytes = THREADS * sizeof(struct worker),
    .flags = MB_CASE_THREADS,
    .run = run,
};

static const mb_case restless = {
    MB_CASE_INIT,
    .group = "restless",
    .summary = "a thread that marks before, in and after the windows, and while their events are written",
    .flags = MB_CASE_THREADS,
    .setup = start_restless,
    .run = run_nothing,
    .teardown = stop_restless,
};

MB_MAIN(&together, &restless)
