/* A program of a pool's library, of one that it opens later, and with a static pool of its own. */
#include <membench/membench.h>

#include <stddef.h>
#include <string.h>

void *pool_get(size_t size);
void pool_put(void *block);
void *pool_copy(const void *from, size_t size);

enum { BLOCK_BYTES = 700, BLOCKS_MAX = 2000 };

static void *blocks[BLOCKS_MAX];
static size_t block_count;
static void *(*volatile by_pointer)(size_t) = pool_get; /* an address in data */

static char own_pool[1 << 20];
static size_t own_used;

static __attribute__((noinline)) void *own_get(size_t size)
{
    char *block = own_pool + own_used;
    own_used += size;
    mb_keep(block);
    return block;
}

/* Of each three blocks one is asked for by its name, one by the pool itself, one by an address. */
static mb_status run_pool(mb_bench *b)
{
    static const char text[BLOCK_BYTES];
    for (uint64_t i = 0, count = mb_param(b, "blocks"); i < count; i++) {
        void *block = i % 3 == 0   ? pool_get(BLOCK_BYTES)
                      : i % 3 == 1 ? pool_copy(text, BLOCK_BYTES)
                                   : by_pointer(BLOCK_BYTES);
        memset(block, 1, BLOCK_BYTES);
        blocks[block_count++] = block;
    }
    return MB_OK;
}

static void drop_pool(mb_bench *b)
{
    (void)b;
    while (block_count > 0)
        pool_put(blocks[--block_count]);
}

static mb_status run_own(mb_bench *b)
{
    (void)b;
    own_used = 0;
    for (int i = 0; i < 1000; i++)
        memset(own_get(BLOCK_BYTES), 1, BLOCK_BYTES);
    return MB_OK;
}

static const mb_case named = {MB_CASE_INIT, .group = "named_pool", .params = MB_PARAMS(MB_PARAM("blocks", 3, 1500)),
                              .run = run_pool, .release = drop_pool};
static const mb_case own = {MB_CASE_INIT, .group = "own_pool", .run = run_own};

MB_MAIN(&named, &own)
