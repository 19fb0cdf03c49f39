/* soak_truth: programs whose memory over time is known, to prove what `membench soak` says of them.
 *
 * Each call brings the process to the size that its shape has by now. Time goes on only while the case is called, and
 * MEMBENCH_TIME_SCALE times as fast as the clock, so that an hour takes seconds. */
#include "chance.h"
#include "truth.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { MIB = 1024 * 1024, SPACE_BYTES = 1024 * MIB, NOISE_PAGES = 16 };

static const double PAUSE_MAX_SECONDS = 0.2; /* between two calls, else it was idle */

struct truth {
    unsigned char *space;
    uint64_t page_count; /* touched from its start */
    double seconds;      /* of the shape */
    double scale, last_clock_seconds, due_seconds;
    uint64_t chance;
};

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* As many calls a second on a busy machine: after one that came late the next ones are not kept waiting. */
static void sleep_until_due(struct truth *t)
{
    double now = clock_seconds(), seconds = fmin(0.02, fmax(0.001, 0.1 / t->scale));
    t->due_seconds = now - t->due_seconds > PAUSE_MAX_SECONDS ? now + seconds : t->due_seconds + seconds;
    if (t->due_seconds <= now)
        return;
    struct timespec pause = {.tv_nsec = (long)((t->due_seconds - now) * 1e9)};
    nanosleep(&pause, NULL);
}

static mb_status setup(mb_bench *b)
{
    struct truth *t = mb_state(b);
    const char *scale = getenv("MEMBENCH_TIME_SCALE");
    t->scale = scale != NULL && atof(scale) >= 1 ? atof(scale) : 1;
    t->chance = chance_seed();
    t->last_clock_seconds = clock_seconds();
    t->space = mmap(NULL, SPACE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return t->space != MAP_FAILED ? MB_OK : mb_out_of_memory(b, "mmap: out of memory");
}

static double pass_time(struct truth *t)
{
    double now = clock_seconds();
    t->seconds += fmin(now - t->last_clock_seconds, PAUSE_MAX_SECONDS) * t->scale;
    t->last_clock_seconds = now;
    return t->seconds;
}

static void resize(struct truth *t, double size_bytes)
{
    uint64_t page_bytes = page_bytes_get(), most = SPACE_BYTES / page_bytes;
    uint64_t wanted = (uint64_t)(size_bytes / (double)page_bytes);
    wanted = wanted > most ? most : wanted;
    if (wanted > t->page_count)
        pages_touch(t->space + t->page_count * page_bytes, wanted - t->page_count);
    else if (wanted < t->page_count)
        madvise(t->space + wanted * page_bytes, (t->page_count - wanted) * page_bytes, MADV_DONTNEED);
    t->page_count = wanted;
}

static double noise(struct truth *t) { return (double)((chance_next(&t->chance) % NOISE_PAGES) * page_bytes_get()); }

static mb_status be(struct truth *t, double size_bytes)
{
    resize(t, 4.0 * MIB + noise(t) + size_bytes);
    sleep_until_due(t);
    return MB_OK;
}

static mb_status run_flat(mb_bench *b)
{
    struct truth *t = mb_state(b);
    pass_time(t);
    return be(t, 0);
}

static mb_status run_climb(mb_bench *b)
{
    struct truth *t = mb_state(b);
    return be(t, 16.0 * MIB * (1 - exp(-pass_time(t) / 300)));
}

static mb_status run_leak(mb_bench *b)
{
    struct truth *t = mb_state(b);
    return be(t, (double)mb_param(b, "bytes_per_second") * pass_time(t));
}

static double tooth_bytes(double seconds) { return 8.0 * MIB * fmod(seconds / 20, 1); }

static mb_status run_sawtooth(mb_bench *b)
{
    struct truth *t = mb_state(b);
    return be(t, tooth_bytes(pass_time(t)));
}

static mb_status run_sawtooth_leak(mb_bench *b)
{
    struct truth *t = mb_state(b);
    double seconds = pass_time(t);
    return be(t, tooth_bytes(seconds) + 1024 * seconds);
}

/* 2 MiB at 3, 6 and 9 minutes. */
static mb_status run_steps(mb_bench *b)
{
    struct truth *t = mb_state(b);
    return be(t, 2.0 * MIB * fmin(3, floor(pass_time(t) / 180)));
}

/* A block of 112 bytes is never freed: glibc takes 128 for it. */
static mb_status run_blocks(mb_bench *b)
{
    enum { BLOCK_COUNT = 100, BLOCK_BYTES = 112 };
    struct truth *t = mb_state(b);
    for (int i = 0; i < BLOCK_COUNT; i++) {
        char *block = malloc(BLOCK_BYTES);
        if (block == NULL)
            return mb_out_of_memory(b, "malloc: out of memory");
        mb_keep(block);
    }
    mb_operations(b, BLOCK_COUNT);
    sleep_until_due(t);
    return MB_OK;
}

/* Two call sites leak: a block of each operation, and another of every tenth. A third fills a cache, once. */
static mb_status run_kept(mb_bench *b)
{
    enum { BLOCK_BYTES = 104, OPERATION_COUNT = 10, CACHE_COUNT = 32 };
    static char *cache[CACHE_COUNT];
    static size_t cached_count;
    struct truth *t = mb_state(b);
    for (int i = 0; i < OPERATION_COUNT; i++) {
        char *of_each = malloc(BLOCK_BYTES); /* each */
        mb_keep(of_each);
        if (cached_count < CACHE_COUNT)
            cache[cached_count++] = malloc(BLOCK_BYTES);
    }
    char *of_tenth = malloc(BLOCK_BYTES); /* tenth */
    mb_keep(of_tenth);
    mb_keep(cache);
    mb_operations(b, OPERATION_COUNT);
    sleep_until_due(t);
    return MB_OK;
}

/* Keeps 8 MiB that only a trim gives back: the block at the top of the heap is alive. */
static mb_status run_trim(mb_bench *b)
{
    enum { BLOCK_BYTES = 64 * 1024, BLOCK_COUNT = 128 };
    static char *blocks[BLOCK_COUNT + 1];
    struct truth *t = mb_state(b);
    for (int i = 0; i <= BLOCK_COUNT; i++) {
        if (blocks[i] == NULL)
            blocks[i] = malloc(BLOCK_BYTES);
        if (blocks[i] == NULL)
            return mb_out_of_memory(b, "malloc: out of memory");
        for (int at = 0; at < BLOCK_BYTES; at += 4096)
            ((volatile char *)blocks[i])[at] = 1;
    }
    for (int i = 0; i < BLOCK_COUNT; i++) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
    sleep_until_due(t);
    return MB_OK;
}

static mb_status run_failing(mb_bench *b)
{
    struct truth *t = mb_state(b);
    if (pass_time(t) > 60)
        return mb_fail(b, "as it was told, after a minute");
    return be(t, 0);
}

#define TRUTH(name, text)                                                                                              \
    static const mb_case name = {MB_CASE_INIT,                                                                         \
                                 .group = "soak_truth",                                                                \
                                 .function = #name,                                                                    \
                                 .summary = text,                                                                      \
                                 .state_bytes = sizeof(struct truth),                                                  \
                                 .setup = setup,                                                                       \
                                 .run = run_##name}

TRUTH(flat, "4 MiB and a little noise");
TRUTH(climb, "16 MiB more, ever more slowly: time constant 5 minutes");
TRUTH(sawtooth, "8 MiB every 20 seconds, then given back");
TRUTH(sawtooth_leak, "the same, and 1 KB a second is lost");
TRUTH(steps, "2 MiB more at 3, 6 and 9 minutes, then level");
TRUTH(blocks, "100 blocks of 112 bytes are lost with each call");
TRUTH(kept, "a block of 104 bytes is lost with each operation, and another with every tenth");
TRUTH(trim, "8 MiB are free, and given back by a trim alone");
TRUTH(failing, "fails after a minute");

static const mb_case leak = {MB_CASE_INIT,
                             .group = "soak_truth",
                             .function = "leak",
                             .summary = "so much is lost each second",
                             .params = MB_PARAMS(MB_PARAM_BYTES("bytes_per_second", 102, 1024, 10240)),
                             .state_bytes = sizeof(struct truth),
                             .setup = setup,
                             .run = run_leak};

MB_MAIN(&flat, &climb, &leak, &sawtooth, &sawtooth_leak, &steps, &blocks, &kept, &trim, &failing)
