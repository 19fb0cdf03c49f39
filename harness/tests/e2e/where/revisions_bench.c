/* One program in two revisions (-DREVISION=1, 2): each case changes in one way. */
#include <membench/membench.h>

#include <stdlib.h>

/* Each function stays one of its own, even where two do the same. */
#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone, no_icf))
#endif

enum { BLOCKS_MAX = 1000, ROWS = 50 };

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

/* grown: a struct has one more member */
struct row {
    char name[40];
#if REVISION == 2
    void *owner;
#endif
};

static NOINLINE void *row_new(void)
{
    void *row = malloc(sizeof(struct row)); /* SITE row */
    mb_keep(row);
    return row;
}

static mb_status run_grown(mb_bench *b)
{
    keep(b, malloc(64));
    for (int i = 0; i < ROWS; i++)
        keep(b, row_new());
    return MB_OK;
}
CASE(grown);

/* wrapped: malloc goes through a function that is new; of the two who call it one asks for more */
#if REVISION == 2
static NOINLINE void *checked(size_t size)
{
    void *block = malloc(size);
    if (block == NULL)
        abort();
    return block;
}
#else
#define checked malloc
#endif

static NOINLINE void *list_new(void)
{
    void *list = checked(120);
    mb_keep(list);
    return list;
}

static NOINLINE void *node_new(void)
{
    void *node = checked(REVISION == 2 ? 200 : 100); /* SITE node */
    mb_keep(node);
    return node;
}

static mb_status run_wrapped(mb_bench *b)
{
    keep(b, list_new());
    for (int i = 0; i < ROWS; i++)
        keep(b, node_new());
    return MB_OK;
}
CASE(wrapped);

/* renamed: a function has another name, and asks for more */
#if REVISION == 2
#define entry_new entry_create
#endif
static NOINLINE void *entry_new(void)
{
    void *entry = malloc(REVISION == 2 ? 96 : 48); /* SITE entry */
    mb_keep(entry);
    return entry;
}

static mb_status run_renamed(mb_bench *b)
{
    for (int i = 0; i < ROWS; i++)
        keep(b, entry_new());
    return MB_OK;
}
CASE(renamed);

/* moved: a function is in another file */
#if REVISION == 2
#include "moved.h"
#else
static NOINLINE void *moved_new(void)
{
    void *block = malloc(48);
    mb_keep(block);
    return block;
}
#endif

static mb_status run_moved(mb_bench *b)
{
    for (int i = 0; i < ROWS; i++)
        keep(b, moved_new());
    keep(b, malloc(REVISION == 2 ? 4000 : 40)); /* SITE moved */
    return MB_OK;
}
CASE(moved);

/* cached: what was freed is kept in a cache that nobody empties */
static void *cache[16 * ROWS];
static size_t cache_count;

static NOINLINE void cache_put(mb_bench *b, int i)
{
    char *text = malloc(64); /* SITE cache */
    mb_keep(text);
#if REVISION == 2
    cache[cache_count++] = text;
#else
    free(text);
#endif
    (void)b, (void)i;
}

static mb_status run_cached(mb_bench *b)
{
    keep(b, malloc(200));
    for (int i = 0; i < ROWS; i++)
        cache_put(b, i);
    mb_keep(cache);
    mb_keep(&cache_count);
    return MB_OK;
}
CASE(cached);

/* shifted: lines moved, and nothing else but what the last line allocates */
#if REVISION == 2
/*
 *
 *
 */
#endif
static mb_status run_shifted(mb_bench *b)
{
    keep(b, malloc(48));
    keep(b, malloc(480));
    keep(b, malloc(REVISION == 2 ? 4800 : 480)); /* SITE shifted */
    return MB_OK;
}
CASE(shifted);

/* table: zeroed data of the program, of which more is written to */
static char table[64 * 4096];

static mb_status run_table(mb_bench *b)
{
    (void)b;
    for (size_t at = 0; at < (REVISION == 2 ? sizeof table : sizeof table / 4); at += 4096)
        table[at] = 1;
    mb_keep(table);
    return MB_OK;
}
CASE(table);

MB_MAIN(&case_table, &case_grown, &case_wrapped, &case_renamed, &case_moved, &case_cached, &case_shifted)
