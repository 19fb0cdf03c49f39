/* Pages of known numbers in mappings of known lines (SITE …), and what is done to mappings afterwards. -DMORE=n: the
 * pool has so many pages more. */
#define _GNU_SOURCE
#include <membench/membench.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MORE
#define MORE 0
#endif
/* Each function stays one of its own, even where two do the same. */
#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone, no_icf))
#endif

enum { PAGE = 4096, ACCESS = PROT_READ | PROT_WRITE, ANON = MAP_PRIVATE | MAP_ANONYMOUS };

static char bss[8 * PAGE] __attribute__((aligned(4096)));

static void touch(char *start, size_t page_count)
{
    for (size_t i = 0; i < page_count; i++)
        ((volatile char *)start)[i * PAGE] = 1;
}

static void look(const char *start, size_t page_count)
{
    for (size_t i = 0; i < page_count; i++)
        (void)((volatile const char *)start)[i * PAGE];
}

/* Room in which neighbours are chosen, so that the kernel merges them. */
static NOINLINE char *reserve(size_t page_count) { return mmap(NULL, page_count * PAGE, PROT_NONE, ANON, -1, 0); }

static NOINLINE char *map_first(char *at, size_t page_count)
{
    char *made = mmap(at, page_count * PAGE, ACCESS, ANON | MAP_FIXED, -1, 0); /* SITE first */
    mb_keep(made);
    return made;
}

static NOINLINE char *map_second(char *at, size_t page_count)
{
    char *made = mmap(at, page_count * PAGE, ACCESS, ANON | MAP_FIXED, -1, 0); /* SITE second */
    mb_keep(made);
    return made;
}

/* 5 of 16 pages, 3 of 8, and 10 of 12 that are only read, side by side: one mapping to the kernel. */
static mb_status run_neighbours(mb_bench *b)
{
    (void)b;
    char *room = reserve(36);
    touch(map_first(room, 16), 5);
    touch(map_second(room + 16 * PAGE, 8), 3);
    look(map_first(room + 24 * PAGE, 12), 10);
    return MB_OK;
}

/* All of 16 pages; then 4 in the middle are given back, 2 more are mapped again by another call, of which 1 is used. */
static mb_status run_cut(mb_bench *b)
{
    (void)b;
    char *room = reserve(16);
    touch(map_first(room, 16), 16);
    munmap(room + 4 * PAGE, 4 * PAGE);
    touch(map_second(room + 10 * PAGE, 2), 1);
    return MB_OK;
}

static NOINLINE char *grow(char *block, size_t page_count, size_t new_count, char *to)
{
    char *made = mremap(block, page_count * PAGE, new_count * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to); /* SITE grow */
    mb_keep(made);
    return made;
}

/* 4 pages that move, and 6 more behind them. Another 8 shrink to 3. */
static mb_status run_moved(mb_bench *b)
{
    (void)b;
    char *from = reserve(4), *to = reserve(32), *shrunk = reserve(8);
    touch(map_first(from, 4), 4);
    touch(grow(from, 4, 32, to) + 4 * PAGE, 6);
    touch(map_second(shrunk, 8), 8);
    mb_keep(mremap(shrunk, 8 * PAGE, 3 * PAGE, 0));
    return MB_OK;
}

/* 7 pages of shared memory, 2 of a private copy of a file. */
static mb_status run_shared(mb_bench *b)
{
    int fd = memfd_create("mapped", 0); /* mkstemp draws a name: glibc 2.41 maps a page for that */
    if (fd < 0 || ftruncate(fd, 8 * PAGE) != 0)
        return mb_fail(b, "no file");
    char *shared = mmap(NULL, 16 * PAGE, ACCESS, MAP_SHARED | MAP_ANONYMOUS, -1, 0); /* SITE shared */
    char *copied = mmap(NULL, 8 * PAGE, ACCESS, MAP_PRIVATE, fd, 0);                 /* SITE copied */
    touch(shared, 7);
    touch(copied, 2);
    close(fd);
    return MB_OK;
}

/* 3 pages of the break, which malloc then goes on behind, and 6 of zeroed data. */
static mb_status run_break(mb_bench *b)
{
    (void)b;
    char *start = sbrk(8 * PAGE); /* SITE break */
    touch((char *)(((size_t)start + PAGE - 1) & ~(size_t)(PAGE - 1)), 3);
    touch(bss + 2 * PAGE, 6);
    return MB_OK;
}

static pthread_barrier_t barrier;

static void *use_stack(void *argument)
{
    char room[40 * PAGE];
    touch(room, 40);
    mb_keep(room);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return argument;
}

/* 40 pages of another thread's stack and what its start takes, at E1. */
static pthread_t thread;

static mb_status run_thread(mb_bench *b)
{
    (void)b;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, use_stack, NULL);
    pthread_barrier_wait(&barrier);
    return MB_OK;
}

static void release_thread(mb_bench *b)
{
    (void)b;
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
}

static NOINLINE char *pool_map(size_t page_count)
{
    char *made = mmap(NULL, page_count * PAGE, ACCESS, ANON, -1, 0); /* SITE pool */
    mb_keep(made);
    return made;
}

static mb_status run_pool(mb_bench *b)
{
    (void)b;
    touch(pool_map(64 + MORE), 48 + MORE);
    return MB_OK;
}

/* 100 blocks that are written to: whoever the allocator is, the pages are the heap's. */
static mb_status run_blocks(mb_bench *b)
{
    enum { BLOCKS = 100, BLOCK_BYTES = 10000 };
    (void)b;
    for (int i = 0; i < BLOCKS; i++) {
        char *block = malloc(BLOCK_BYTES);
        memset(block, 1, BLOCK_BYTES);
        mb_keep(block);
    }
    return MB_OK;
}

#define CASE(name) static const mb_case case_##name = {MB_CASE_INIT, .group = #name, .run = run_##name}
CASE(neighbours);
CASE(cut);
CASE(moved);
CASE(shared);
CASE(break);
CASE(pool);
CASE(blocks);
static const mb_case case_thread = {MB_CASE_INIT, .group = "thread", .run = run_thread, .release = release_thread};

MB_MAIN(&case_neighbours, &case_cut, &case_moved, &case_shared, &case_break, &case_thread, &case_pool, &case_blocks)
