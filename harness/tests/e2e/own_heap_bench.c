/* Memory past malloc: a pool that maps its own and notes its blocks or not, and allocators called by their own names.
 */
#include <membench/membench.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_BYTES = 1000, POOL_BYTES = 4 << 20 };

static char *pool;
static size_t used_bytes;

static mb_status open_pool(mb_bench *b)
{
    pool = mmap(NULL, POOL_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pool != MAP_FAILED ? MB_OK : mb_out_of_memory(b, "no pool");
}

static mb_status run_pool(mb_bench *b, bool is_noted)
{
    for (uint64_t i = 0, count = mb_param(b, "blocks"); i < count; i++) {
        memset(pool + used_bytes, 1, BLOCK_BYTES);
        if (is_noted)
            mb_heap_add(pool + used_bytes, BLOCK_BYTES);
        used_bytes += BLOCK_BYTES;
    }
    return MB_OK;
}

static mb_status run_noted(mb_bench *b) { return run_pool(b, true); }
static mb_status run_silent(mb_bench *b) { return run_pool(b, false); }

static void drop_pool(mb_bench *b)
{
    (void)b;
    for (; used_bytes > 0; used_bytes -= BLOCK_BYTES)
        mb_heap_remove(pool + used_bytes - BLOCK_BYTES);
    madvise(pool, POOL_BYTES, MADV_DONTNEED);
}

#define BLOCKS .params = MB_PARAMS(MB_PARAM("blocks", 1, 1000)), .setup = open_pool, .release = drop_pool
static const mb_case noted = {MB_CASE_INIT, .group = "pool_noted", .run = run_noted, BLOCKS};
static const mb_case silent = {MB_CASE_INIT, .group = "pool_silent", .run = run_silent, BLOCKS};

#ifdef OWN_MALLOC
void *OWN_MALLOC(size_t size OWN_FLAGS);
void OWN_FREE(void *block OWN_FLAGS);
void *OWN_REALLOC(void *block, size_t size OWN_FLAGS);

static void *blocks[1000];

static mb_status run_own(mb_bench *b)
{
    for (uint64_t i = 0, count = mb_param(b, "blocks"); i < count; i++) {
        blocks[i] = OWN_MALLOC(BLOCK_BYTES / 2 OWN_NO_FLAGS);
        blocks[i] = OWN_REALLOC(blocks[i], BLOCK_BYTES OWN_NO_FLAGS);
        memset(blocks[i], 1, BLOCK_BYTES);
    }
    return MB_OK;
}

static void drop_own(mb_bench *b)
{
    for (uint64_t i = 0, count = mb_param(b, "blocks"); i < count; i++)
        OWN_FREE(blocks[i] OWN_NO_FLAGS);
}

static const mb_case own = {MB_CASE_INIT, .group = "own_names", .params = MB_PARAMS(MB_PARAM("blocks", 1, 1000)),
                            .run = run_own, .release = drop_own};

MB_MAIN(&noted, &silent, &own)
#else
MB_MAIN(&noted, &silent)
#endif
