/* Call sites that are known: a case for each way to get to malloc. Lines are found by their marks, "SITE name". */
#include <membench/membench.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each function stays one of its own, even where two do the same. */
#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone, no_icf))
#endif

enum { BLOCKS_MAX = 1000 };

typedef struct blocks {
    void *all[BLOCKS_MAX];
    size_t count;
} blocks;

static void keep(mb_bench *b, void *block)
{
    blocks *kept = mb_state(b);
    mb_keep(block);
    kept->all[kept->count++] = block;
}

static void release(mb_bench *b)
{
    blocks *kept = mb_state(b);
    while (kept->count > 0)
        free(kept->all[--kept->count]);
}

#define CASE(name)                                                                                                     \
    static const mb_case case_##name = {MB_CASE_INIT, .group = #name, .state_bytes = sizeof(blocks),                   \
                                        .run = run_##name, .release = release}

/* direct: run itself */
static mb_status run_direct(mb_bench *b)
{
    for (int i = 0; i < 3; i++)
        keep(b, malloc(100)); /* SITE direct */
    keep(b, calloc(2, 50));   /* SITE direct_calloc */
    return MB_OK;
}
CASE(direct);

/* deep: a hundred functions, which the test writes: level_100 calls level_99 … calls level_1 */
#include "levels.h"

static mb_status run_deep(mb_bench *b)
{
    keep(b, level_10());
    keep(b, level_100());
    return MB_OK;
}
CASE(deep);

/* inlined: two functions that have no frame of their own, at any level of optimization */
static inline __attribute__((always_inline)) void *inlined_inner(size_t size)
{
    void *block = malloc(size); /* SITE inlined_inner */
    mb_keep(block);
    return block;
}

static inline __attribute__((always_inline)) void *inlined_middle(size_t size)
{
    void *block = inlined_inner(size);
    mb_keep(block);
    return block;
}

static NOINLINE void *inlined_outer(size_t size)
{
    void *block = inlined_middle(size);
    mb_keep(block);
    return block;
}

static mb_status run_inlined(mb_bench *b)
{
    keep(b, inlined_outer(200));
    return MB_OK;
}
CASE(inlined);

/* wrapper: who calls it, not the wrapper, has the memory */
static NOINLINE void *checked_malloc(size_t size)
{
    void *block = malloc(size); /* SITE checked_malloc */
    if (block == NULL)
        abort();
    return block;
}

static NOINLINE void *wrapped_one(void)
{
    void *block = checked_malloc(300);
    mb_keep(block);
    return block;
}

static NOINLINE void *wrapped_two(void)
{
    void *block = checked_malloc(400);
    mb_keep(block);
    return block;
}

static mb_status run_wrapper(mb_bench *b)
{
    for (int i = 0; i < 2; i++)
        keep(b, wrapped_one());
    for (int i = 0; i < 5; i++)
        keep(b, wrapped_two());
    return MB_OK;
}
CASE(wrapper);

/* pointer: a function that nobody calls by name */
static NOINLINE void *pointed_to(size_t size)
{
    void *block = malloc(size); /* SITE pointed_to */
    mb_keep(block);
    return block;
}

static mb_status run_pointer(mb_bench *b)
{
    void *(*volatile function)(size_t) = pointed_to;
    keep(b, function(500));
    return MB_OK;
}
CASE(pointer);

/* library: one that the program is linked with */
void *library_make(size_t size);

static mb_status run_library(mb_bench *b)
{
    keep(b, library_make(600));
    return MB_OK;
}
CASE(library);

/* closed: two libraries, one after the other where the first was */
static void *make_by(const char *library, const char *function)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", getenv("WHERE_FOLDER"), library);
    void *handle = dlopen(path, RTLD_NOW);
    if (handle == NULL)
        return NULL;
    void *(*make)(size_t), *symbol = dlsym(handle, function);
    memcpy(&make, &symbol, sizeof make);
    void *block = make(700);
    mb_keep(block);
    dlclose(handle);
    return block;
}

static mb_status run_closed(mb_bench *b)
{
    void *first = make_by("first.so", "first_make"), *second = make_by("second.so", "second_make");
    if (first == NULL || second == NULL)
        return mb_fail(b, "no library: %s", dlerror());
    keep(b, first);
    keep(b, second);
    return MB_OK;
}
CASE(closed);

/* recursion: value and object alternately, to a depth of 12 */
static NOINLINE void parse_object(mb_bench *b, int depth);

static NOINLINE void parse_value(mb_bench *b, int depth)
{
    if (depth > 0)
        parse_object(b, depth - 1);
    mb_keep(b);
}

static NOINLINE void parse_object(mb_bench *b, int depth)
{
    keep(b, malloc(40)); /* SITE recursion */
    parse_value(b, depth);
    mb_keep(b);
}

static mb_status run_recursion(mb_bench *b)
{
    parse_value(b, 12);
    return MB_OK;
}
CASE(recursion);

/* chain: moved as it grows; one block is left, of the last who asked */
static NOINLINE void *chain_start(void)
{
    void *block = malloc(16);
    mb_keep(block);
    return block;
}

static NOINLINE void *chain_grow(void *block, size_t size)
{
    void *larger = realloc(block, size); /* SITE chain_grow */
    mb_keep(larger);
    return larger;
}

static mb_status run_chain(mb_bench *b)
{
    void *block = chain_start();
    for (size_t size = 100; size <= 1000; size += 100)
        block = chain_grow(block, size);
    keep(b, block);
    return MB_OK;
}
CASE(chain);

/* threads: what one thread allocates another one frees */
static NOINLINE void *thread_make(size_t size)
{
    void *block = malloc(size); /* SITE thread_make */
    mb_keep(block);
    return block;
}

static void *thread_run(void *argument)
{
    blocks *kept = argument;
    free(kept->all[0]); /* of the first thread */
    kept->all[0] = NULL;
    kept->all[1] = thread_make(900);
    kept->all[2] = thread_make(900);
    kept->count = 3;
    return NULL;
}

static NOINLINE void *first_make(void)
{
    void *block = malloc(800);
    mb_keep(block);
    return block;
}

static mb_status run_threads(mb_bench *b)
{
    blocks *kept = mb_state(b);
    pthread_t thread;
    keep(b, first_make());
    if (pthread_create(&thread, NULL, thread_run, kept) != 0)
        return mb_fail(b, "no thread");
    pthread_join(thread, NULL);
    free(kept->all[1]); /* of the other */
    kept->all[1] = NULL;
    return MB_OK;
}
static const mb_case case_threads = {
    MB_CASE_INIT,       .group = "threads", .flags = MB_CASE_THREADS, .state_bytes = sizeof(blocks),
    .run = run_threads, .release = release};

/* moments: what is there at the peak only, what is left after release */
static void *left[16];
static size_t left_count;

static NOINLINE void *passing(void)
{
    void *block = malloc(5000); /* SITE passing */
    mb_keep(block);
    return block;
}

static NOINLINE void *leaking(void)
{
    void *block = malloc(60); /* SITE leaking */
    mb_keep(block);
    return block;
}

static mb_status run_moments(mb_bench *b)
{
    keep(b, malloc(1000)); /* SITE staying */
    free(passing());
    left[left_count++ % 16] = leaking();
    mb_keep(left);
    return MB_OK;
}
CASE(moments);

MB_MAIN(&case_direct, &case_deep, &case_inlined, &case_wrapper, &case_pointer, &case_library, &case_closed,
        &case_recursion, &case_chain, &case_threads, &case_moments)
