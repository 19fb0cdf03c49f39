/* What calls between the two windows leave behind. Built twice: as it is each cache fills in the first call; with
 * KEPT_CALLS those calls each keep as much more. The first call is 1 and is that of the cold window. */
#include <membench/membench.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1000, THREAD_COUNT = 4 };

#ifdef KEPT_CALLS
static const unsigned kept_calls[] = {KEPT_CALLS};
#else
static const unsigned kept_calls[] = {1};
#endif
static unsigned call_number;

static bool keeps_now(void)
{
    call_number++;
    for (size_t i = 0; i < sizeof kept_calls / sizeof kept_calls[0]; i++)
        if (kept_calls[i] == call_number)
            return true;
    return false;
}

static mb_status run_empty(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

static mb_status run_pages(mb_bench *b)
{
    size_t byte_count = mb_param(b, "pages") * (size_t)sysconf(_SC_PAGESIZE);
    if (!keeps_now())
        return MB_OK;
    char *pages = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return mb_out_of_memory(b, "no pages");
    memset(pages, 1, byte_count);
    return MB_OK;
}

static mb_status run_blocks(mb_bench *b)
{
    for (uint64_t i = 0, count = keeps_now() ? mb_param(b, "blocks") : 0; i < count; i++)
        mb_keep(malloc(BLOCK_BYTES));
    return MB_OK;
}

/* A pool whose threads each touch a page of a stack of their own, and wait. */
static pthread_barrier_t started;

static void *wait_for_ever(void *unused)
{
    pthread_barrier_wait(&started);
    for (;;)
        pause();
    return unused;
}

static mb_status run_pool(mb_bench *b)
{
    if (!keeps_now())
        return MB_OK;
    pthread_barrier_init(&started, NULL, THREAD_COUNT + 1);
    for (int i = 0; i < THREAD_COUNT; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
            return mb_fail(b, "no thread");
    }
    pthread_barrier_wait(&started);
    return MB_OK;
}

static const mb_case empty = {MB_CASE_INIT, .group = "between_empty", .run = run_empty};
static const mb_case pages = {MB_CASE_INIT, .group = "between_pages",
                              .params = MB_PARAMS(MB_PARAM("pages", 10, 100, 1000, 2000)), .run = run_pages};
static const mb_case blocks = {MB_CASE_INIT, .group = "between_blocks",
                               .params = MB_PARAMS(MB_PARAM("blocks", 10, 100, 1000, 2000)), .run = run_blocks};
static const mb_case pool = {MB_CASE_INIT, .group = "between_pool", .flags = MB_CASE_THREADS, .run = run_pool};

MB_MAIN(&empty, &pages, &blocks, &pool)
