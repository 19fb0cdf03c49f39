/* A number of pages touched and a number of blocks allocated: built against several C libraries, static and dynamic. */
#include <membench/membench.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1000, BLOCKS_MAX = 100 };

struct held {
    unsigned char *pages;
    size_t mapped_bytes;
    void *blocks[BLOCKS_MAX];
};

static mb_status run_pages(mb_bench *b)
{
    struct held *held = mb_state(b);
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    held->mapped_bytes = mb_param(b, "pages") * page_bytes;
    held->pages = mmap(NULL, held->mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (held->pages == MAP_FAILED)
        return mb_out_of_memory(b, "no memory for %zu bytes", held->mapped_bytes);
    for (size_t at = 0; at < held->mapped_bytes; at += page_bytes)
        held->pages[at] = 1;
    return MB_OK;
}

static void release_pages(mb_bench *b)
{
    struct held *held = mb_state(b);
    munmap(held->pages, held->mapped_bytes);
}

static mb_status run_blocks(mb_bench *b)
{
    struct held *held = mb_state(b);
    uint64_t block_count = mb_param(b, "blocks");
    for (uint64_t i = 0; i < block_count; i++) {
        held->blocks[i] = malloc(BLOCK_BYTES);
        if (held->blocks[i] == NULL)
            return mb_out_of_memory(b, "no memory for block %d", (int)i);
        memset(held->blocks[i], 1, BLOCK_BYTES);
        mb_keep(held->blocks[i]);
    }
    return MB_OK;
}

static void release_blocks(mb_bench *b)
{
    struct held *held = mb_state(b);
    uint64_t block_count = mb_param(b, "blocks");
    for (uint64_t i = 0; i < block_count; i++)
        free(held->blocks[i]);
}

static const mb_case known_pages = {
    MB_CASE_INIT,
    .group = "known_pages",
    .params = MB_PARAMS(MB_PARAM("pages", 1, 7, 300)),
    .state_bytes = sizeof(struct held),
    .run = run_pages,
    .release = release_pages,
};

static const mb_case known_blocks = {
    MB_CASE_INIT,
    .group = "known_blocks",
    .params = MB_PARAMS(MB_PARAM("blocks", 1, 100)),
    .state_bytes = sizeof(struct held),
    .run = run_blocks,
    .release = release_blocks,
};

MB_MAIN(&known_pages, &known_blocks)
