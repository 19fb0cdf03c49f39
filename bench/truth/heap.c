/* Memory from malloc. What the heap pass counts is known everywhere; what glibc keeps is known to the page. */
#include "truth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS_MAX = 4000,
    PAD_BYTES = 24,            /* the smallest block: 32 bytes with its header */
    PADS_MAX = 1 << 16,        /* free places below the heap's end that pads may fill first */
    AWAY_BYTES = 100000,       /* larger than any place left free before, smaller than what is mapped by itself */
    CACHED_MAX = 7,            /* blocks of one size that a thread's cache holds */
    PAGE_BLOCK_BYTES = 4080,   /* takes 4,096 with its header */
    QUARTER_BLOCK_BYTES = 1008 /* takes 1,024 with its header */
};

struct blocks {
    void *blocks[BLOCKS_MAX];
    size_t block_count;
    void *kept;
    void *away, *pads, *drained[CACHED_MAX];
};

static mb_status take(mb_bench *b, struct blocks *held, size_t count, size_t bytes)
{
    for (; held->block_count < count; held->block_count++) {
        void *block = malloc(bytes);
        if (block == NULL)
            return mb_out_of_memory(b, "malloc: %s", strerror(errno));
        memset(block, 1, bytes);
        held->blocks[held->block_count] = block;
    }
    return MB_OK;
}

static void release_blocks(mb_bench *b)
{
    struct blocks *held = mb_state(b);
    for (size_t i = 0; i < held->block_count; i++)
        free(held->blocks[i]);
    held->block_count = 0;
}

/* k calls, k × 1000 bytes requested and usable. */
static mb_status run_malloc(mb_bench *b) { return take(b, mb_state(b), mb_param(b, "calls"), TRUTH_BLOCK_BYTES); }

const mb_case truth_malloc = {
    MB_CASE_INIT,
    .group = "truth_malloc",
    .summary = "N blocks of 1000 bytes",
    .params = MB_PARAMS(MB_PARAM("calls", 1, 10, 1000)),
    .state_bytes = sizeof(struct blocks),
    .run = run_malloc,
    .release = release_blocks,
};

/* One call, 1 MiB, not written to. */
static mb_status run_malloc_large(mb_bench *b)
{
    struct blocks *held = mb_state(b);
    held->blocks[0] = malloc(TRUTH_LARGE_BYTES);
    if (held->blocks[0] == NULL)
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    mb_keep(held->blocks[0]);
    held->block_count = 1;
    return MB_OK;
}

const mb_case truth_malloc_large = {
    MB_CASE_INIT,
    .group = "truth_malloc_large",
    .summary = "one block of 1 MiB that is not touched",
    .state_bytes = sizeof(struct blocks),
    .run = run_malloc_large,
    .release = release_blocks,
};

/* One block of 1000 bytes a window is lost: on purpose. */
static mb_status run_leak(mb_bench *b)
{
    void *block = malloc(TRUTH_BLOCK_BYTES);
    if (block == NULL)
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    mb_keep(block);
    return MB_OK;
}

const mb_case truth_leak = {MB_CASE_INIT, .group = "truth_leak", .summary = "loses one block of 1000 bytes",
                            .run = run_leak};

/* Brings the heap's end to the start of a page. Pads fill every free place below first: they are the smallest blocks
 * there are, so one that lies above `away` was cut from the end. The thread's cache is emptied of the size that will
 * be used. */
static mb_status setup_retain(mb_bench *b, size_t block_bytes)
{
    struct blocks *held = mb_state(b);
    for (size_t i = 0; i < CACHED_MAX; i++)
        held->drained[i] = malloc(block_bytes);
    held->away = malloc(AWAY_BYTES);
    size_t bytes = PAD_BYTES;
    for (size_t i = 0; i < PADS_MAX; i++) {
        void **pad = malloc(bytes);
        if (pad == NULL)
            return mb_out_of_memory(b, "malloc: %s", strerror(errno));
        *pad = held->pads;
        held->pads = pad;
        uintptr_t next_block = (uintptr_t)pad + bytes - 8; /* where its header will start */
        if (next_block < (uintptr_t)held->away)
            continue;
        if (next_block % page_bytes_get() == 0)
            return MB_OK;
        /* Pads of 32 bytes never meet a page's start when one of them begins at an odd multiple of 16. */
        bytes = next_block % 32 == 0 ? PAD_BYTES : PAD_BYTES + 16;
    }
    return mb_skip(b, "this allocator's heap is not laid out like glibc's");
}

static void teardown_retain(mb_bench *b)
{
    struct blocks *held = mb_state(b);
    release_blocks(b);
    free(held->kept);
    while (held->pads != NULL) {
        void **pad = held->pads;
        held->pads = *pad;
        free(pad);
    }
    free(held->away);
    for (size_t i = 0; i < CACHED_MAX; i++)
        free(held->drained[i]);
}

static mb_status setup_topmost(mb_bench *b) { return setup_retain(b, PAGE_BLOCK_BYTES); }

/* N blocks of a page each: N pages, since the page of the heap's end moves up by as many. */
static mb_status run_topmost(mb_bench *b)
{
    struct blocks *held = mb_state(b);
    free(held->kept);
    held->kept = NULL;
    return take(b, held, mb_param(b, "pages"), PAGE_BLOCK_BYTES);
}

/* The block at the heap's end stays and holds down all that is free below. */
static void release_topmost(mb_bench *b)
{
    struct blocks *held = mb_state(b);
    if (held->block_count > 0)
        held->kept = held->blocks[--held->block_count];
    release_blocks(b);
}

const mb_case truth_retain_topmost = {
    MB_CASE_INIT,
    .group = "truth_retain",
    .function = "topmost",
    .summary = "N pages of blocks, dropped but for the topmost",
    .params = MB_PARAMS(MB_PARAM("pages", 16, 1000)),
    .state_bytes = sizeof(struct blocks),
    .setup = setup_topmost,
    .run = run_topmost,
    .release = release_topmost,
    .teardown = teardown_retain,
};

/* The same, dropped inside of the window and given back before it ends. */
static mb_status run_trimmed(mb_bench *b)
{
    mb_status status = run_topmost(b);
    if (status != MB_OK)
        return status;
    release_topmost(b);
    mb_mark(b, "dropped");
    mb_trim(b);
    return MB_OK;
}

const mb_case truth_trim = {
    MB_CASE_INIT,
    .group = "truth_trim",
    .summary = "N pages of blocks, all but one dropped and trimmed in the window",
    .params = MB_PARAMS(MB_PARAM("pages", 16, 1000)),
    .state_bytes = sizeof(struct blocks),
    .setup = setup_topmost,
    .run = run_trimmed,
    .teardown = teardown_retain,
};

static mb_status setup_lifo(mb_bench *b) { return setup_retain(b, QUARTER_BLOCK_BYTES); }

static mb_status run_lifo(mb_bench *b) { return take(b, mb_state(b), mb_param(b, "pages") * 4, QUARTER_BLOCK_BYTES); }

/* From the highest address down. The first blocks of a run may come from the thread's cache and lie above the rest:
 * the order of the addresses is that of the array, turned. */
static void release_lifo(mb_bench *b)
{
    struct blocks *held = mb_state(b);
    size_t lowest = 0;
    for (size_t i = 1; i < held->block_count; i++)
        if ((uintptr_t)held->blocks[i] < (uintptr_t)held->blocks[lowest])
            lowest = i;
    for (size_t i = held->block_count; i > 0; i--)
        free(held->blocks[(lowest + i - 1) % held->block_count]);
    held->block_count = 0;
}

const mb_case truth_retain_lifo = {
    MB_CASE_INIT,
    .group = "truth_retain",
    .function = "lifo",
    .summary = "N pages of small blocks, dropped last in first out",
    .params = MB_PARAMS(MB_PARAM("pages", 16, 1000)),
    .state_bytes = sizeof(struct blocks),
    .setup = setup_lifo,
    .run = run_lifo,
    .release = release_lifo,
    .teardown = teardown_retain,
};
