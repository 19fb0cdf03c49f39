/* Programs of known truth for the heap hook: heap_truth SCENARIO exits 0 when every figure is what it must be, 1 with a
 * line on standard error when one is not, 77 when no hook counts in this process. */
#include "heap_truth.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const mb_heap_hook *heap_hook;

void expect_equal(int64_t actual, int64_t expected, const char *text, const char *file, int line)
{
    if (actual == expected)
        return;
    dprintf(STDERR_FILENO, "%s:%d: %s is %" PRId64 ", not %" PRId64 "\n", file, line, text, actual, expected);
    _exit(1);
}

int64_t usable(void *pointer) { return (int64_t)malloc_usable_size(pointer); }

void *opaque(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

/* A size that the compiler cannot call too large in advance. */
static size_t too_large(void)
{
    volatile size_t size = PTRDIFF_MAX;
    return size;
}

static mb_heap_reading take_reading(void)
{
    mb_heap_reading reading;
    heap_hook->read(&reading);
    return reading;
}

static void expect_reading(const mb_heap_reading *expected)
{
    mb_heap_reading reading = take_reading();
    EXPECT_EQUAL(reading.alloc_count, expected->alloc_count);
    EXPECT_EQUAL(reading.alloc_bytes, expected->alloc_bytes);
    EXPECT_EQUAL(reading.free_count, expected->free_count);
    EXPECT_EQUAL(reading.live_bytes, expected->live_bytes);
    EXPECT_EQUAL(reading.peak_bytes, expected->peak_bytes);
}

static void move_live(mb_heap_reading *expected, int64_t bytes)
{
    expected->live_bytes += bytes;
    if (expected->peak_bytes < expected->live_bytes)
        expected->peak_bytes = expected->live_bytes;
}

static void expect_new_block(mb_heap_reading *expected, size_t size, void *block)
{
    EXPECT(block != NULL);
    expected->alloc_count++;
    expected->alloc_bytes += size;
    move_live(expected, usable(block));
}

enum { RANDOM_BLOCKS = 64 };

void play_random(unsigned seed, int operation_count, mb_heap_reading *expected)
{
    void *blocks[RANDOM_BLOCKS] = {NULL};
    uint32_t state = seed;
    for (int i = 0; i < operation_count; i++) {
        state = state * 1664525u + 1013904223u;
        unsigned choice = state >> 28, at = state >> 16 & (RANDOM_BLOCKS - 1);
        size_t size = (state >> 6 & 1023) * ((state >> 4 & 31) == 0 ? 100 : 1);
        if (blocks[at] != NULL && choice < 12) {
            expected->free_count++;
            move_live(expected, -usable(blocks[at]));
            free(blocks[at]);
            blocks[at] = NULL;
        } else if (blocks[at] != NULL) {
            int64_t old_bytes = usable(blocks[at]);
            blocks[at] = realloc(blocks[at], size + 1);
            expected->free_count++;
            expected->live_bytes -= old_bytes;
            expect_new_block(expected, size + 1, blocks[at]);
        } else {
            blocks[at] = choice == 0 ? calloc(3, size) : choice == 1 ? memalign(256, size) : malloc(size);
            expect_new_block(expected, choice == 0 ? 3 * size : size, blocks[at]);
        }
    }
    for (int i = 0; i < RANDOM_BLOCKS; i++)
        if (blocks[i] != NULL) {
            expected->free_count++;
            move_live(expected, -usable(blocks[i]));
            free(blocks[i]);
        }
}

static void truth_nothing(void)
{
    for (int i = 0; i < 100; i++) {
        heap_hook->begin();
        expect_reading(&(mb_heap_reading){0});
        EXPECT_EQUAL(take_reading().thread_count, 0);
    }
}

static void truth_calls(void)
{
    enum { CALLS = 1000, BYTES = 100 };
    static void *blocks[CALLS];
    heap_hook->begin();
    for (int i = 0; i < CALLS; i++)
        blocks[i] = opaque(malloc(BYTES));
    int64_t each_bytes = usable(blocks[0]);
    mb_heap_reading expected = {.alloc_count = CALLS, .alloc_bytes = CALLS * BYTES, .live_bytes = CALLS * each_bytes};
    expected.peak_bytes = expected.live_bytes;
    expect_reading(&expected);
    EXPECT_EQUAL(take_reading().thread_count, 1);
    for (int i = 0; i < CALLS / 2; i++)
        free(blocks[i]);
    expected.free_count = CALLS / 2;
    expected.live_bytes = CALLS / 2 * each_bytes;
    expect_reading(&expected);

    heap_hook->begin();
    for (int i = CALLS / 2; i < CALLS; i++)
        free(blocks[i]);
    expect_reading(&(mb_heap_reading){.free_count = CALLS / 2, .live_bytes = -CALLS / 2 * each_bytes});
}

static void truth_transient_peak(void)
{
    static const size_t sizes[] = {1, 40, 8000, 8192, 16384, 16385, 100000, 5000000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        heap_hook->begin();
        void *kept = opaque(malloc(3000));
        void *transient = opaque(malloc(sizes[i]));
        mb_heap_reading expected = {.alloc_count = 3, .alloc_bytes = 3010 + sizes[i], .free_count = 2};
        expected.peak_bytes = usable(kept) + usable(transient);
        int64_t kept_bytes = usable(kept);
        free(transient);
        void *after = opaque(malloc(10));
        if (expected.peak_bytes < kept_bytes + usable(after))
            expected.peak_bytes = kept_bytes + usable(after);
        expected.live_bytes = usable(after);
        free(kept);
        expect_reading(&expected);
        free(after);
    }
}

static void truth_random(void)
{
    for (unsigned seed = 1; seed <= 50; seed++) {
        mb_heap_reading expected = {0};
        heap_hook->begin();
        play_random(seed, 2000, &expected);
        expect_reading(&expected);
    }
}

static void truth_realloc(void)
{
    heap_hook->begin();
    mb_heap_reading expected = {0};
    char *block = NULL;
    for (size_t size = 1; size <= 1 << 20; size *= 2) {
        expected.free_count += block != NULL;
        expected.live_bytes -= block != NULL ? usable(block) : 0;
        block = opaque(realloc(block, size));
        expect_new_block(&expected, size, block);
        expect_reading(&expected);
    }
    EXPECT(opaque(realloc(opaque(block), too_large())) == NULL);
    EXPECT(opaque(reallocarray(opaque(block), too_large(), 16)) == NULL);
    expect_reading(&expected);

    expected.free_count++;
    expected.live_bytes -= usable(block);
    block = opaque(reallocarray(block, 10, 30));
    expect_new_block(&expected, 300, block);
    expect_reading(&expected);

    expected.free_count++;
    expected.live_bytes -= usable(block);
    void *nothing = opaque(realloc(block, 0));
    if (nothing != NULL)
        expect_new_block(&expected, 0, nothing);
    expect_reading(&expected);
    free(nothing);
}

static void truth_failures(void)
{
    heap_hook->begin();
    void *untouched = &untouched;
    EXPECT(opaque(malloc(too_large())) == NULL);
    EXPECT(opaque(calloc(too_large(), 4)) == NULL);
    EXPECT(opaque(calloc(too_large(), 1)) == NULL);
    EXPECT(opaque(realloc(NULL, too_large())) == NULL);
    EXPECT(opaque(pvalloc(SIZE_MAX - 1)) == NULL);
    EXPECT_EQUAL(posix_memalign(&untouched, 3, 100), EINVAL);
    EXPECT_EQUAL(posix_memalign(&untouched, 64, too_large()), ENOMEM);
    EXPECT(untouched == &untouched);
    free(opaque(NULL));
    expect_reading(&(mb_heap_reading){0});
}

static void truth_aligned(void)
{
    void *blocks[5] = {NULL};
    heap_hook->begin();
    mb_heap_reading expected = {0};
    blocks[0] = opaque(memalign(64, 100));
    expect_new_block(&expected, 100, blocks[0]);
    EXPECT_EQUAL(posix_memalign(&blocks[1], 4096, 200), 0);
    expect_new_block(&expected, 200, blocks[1]);
    blocks[2] = opaque(aligned_alloc(256, 512));
    expect_new_block(&expected, 512, blocks[2]);
    blocks[3] = opaque(valloc(10));
    expect_new_block(&expected, 10, blocks[3]);
    blocks[4] = opaque(pvalloc(5000));
    expect_new_block(&expected, 5000, blocks[4]);
    EXPECT(usable(blocks[4]) >= 8192);
    EXPECT_EQUAL((uintptr_t)blocks[3] % 4096 + (uintptr_t)blocks[4] % 4096, 0);
    expect_reading(&expected);
    for (int i = 0; i < 5; i++) {
        expected.free_count++;
        expected.live_bytes -= usable(blocks[i]);
        free(blocks[i]);
    }
    EXPECT_EQUAL(expected.live_bytes, 0);
    expect_reading(&expected);
}

/* Blocks that glibc maps with room to align them count as what was asked for, in whole pages, wherever they
 * are placed, and take off as much again; realloc keeps to it. */
static void truth_aligned_large(void)
{
    enum { BLOCKS = 6, MIB = 1 << 20 };
    static const struct {
        size_t alignment, size, larger;
    } rows[BLOCKS] = {{2 * MIB, 2 * MIB, 3 * MIB}, {2 * MIB, 2 * MIB, 2 * MIB + 1}, {65536, MIB, 5 * MIB},
                      {4 * MIB, 3 * MIB + 5, 100}, {8192, 300000, 300001},          {MIB, 40 * MIB, 39 * MIB}};
    void *blocks[BLOCKS];
    heap_hook->begin();
    int64_t expected_bytes = 0, larger_bytes = 0;
    for (int i = 0; i < BLOCKS; i++) {
        if (i % 3 == 0)
            blocks[i] = opaque(memalign(rows[i].alignment, rows[i].size));
        else if (i % 3 == 1)
            blocks[i] = opaque(aligned_alloc(rows[i].alignment, rows[i].size));
        else
            EXPECT_EQUAL(posix_memalign(&blocks[i], rows[i].alignment, rows[i].size), 0);
        EXPECT(blocks[i] != NULL);
        expected_bytes += ((int64_t)rows[i].size + 4095) / 4096 * 4096;
        larger_bytes += ((int64_t)rows[i].larger + 4095) / 4096 * 4096;
        EXPECT_EQUAL(take_reading().live_bytes, expected_bytes);
    }
    EXPECT_EQUAL(take_reading().peak_bytes, expected_bytes);
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = opaque(realloc(blocks[i], rows[i].larger));
        EXPECT(blocks[i] != NULL);
    }
    EXPECT_EQUAL(take_reading().live_bytes, larger_bytes);
    EXPECT(opaque(realloc(blocks[0], too_large())) == NULL);
    EXPECT_EQUAL(take_reading().live_bytes, larger_bytes);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    EXPECT_EQUAL(take_reading().live_bytes, 0);
}

static void truth_errno(void)
{
    errno = EXDEV;
    heap_hook->begin();
    void *small = opaque(malloc(10)), *large = opaque(calloc(1, 1 << 20)), *aligned = opaque(memalign(64, 10));
    small = opaque(realloc(small, 100000));
    free(small);
    free(large);
    free(aligned);
    (void)take_reading();
    EXPECT_EQUAL(errno, EXDEV);
}

/* The hook's constructor ran first, so a program's own may already be measured. */
static bool was_early_exact;

__attribute__((constructor)) static void allocate_early(void)
{
    heap_hook = mb_heap_hook_take(getenv(MB_HEAP_HOOK_VARIABLE));
    if (heap_hook == NULL)
        return;
    heap_hook->begin();
    free(opaque(malloc(50)));
    mb_heap_reading reading = take_reading();
    was_early_exact = reading.alloc_count == 1 && reading.alloc_bytes == 50 && reading.live_bytes == 0;
}

static bool is_late_expected;

__attribute__((destructor)) static void allocate_late(void)
{
    if (!is_late_expected)
        return;
    heap_hook->begin();
    mb_heap_reading expected = {0};
    play_random(7, 1000, &expected);
    expect_reading(&expected);
    is_late_expected = false;
    _exit(0);
}

/* Exit code 3 says that the destructor, which ends the process with 0, did not come. */
static void truth_early_and_late(void)
{
    EXPECT(was_early_exact);
    EXPECT(strcmp(getenv(MB_HEAP_HOOK_VARIABLE), "0000000000000000") == 0);
    is_late_expected = true;
    exit(3);
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"nothing", truth_nothing},
    {"calls", truth_calls},
    {"transient_peak", truth_transient_peak},
    {"random", truth_random},
    {"realloc", truth_realloc},
    {"failures", truth_failures},
    {"aligned", truth_aligned},
    {"aligned_large", truth_aligned_large},
    {"errno", truth_errno},
    {"early_and_late", truth_early_and_late},
    {"threads", truth_threads},
    {"peak_of_another_thread", truth_peak_of_another_thread},
    {"peak_bound", truth_peak_bound},
    {"peak_at_reading", truth_peak_at_reading},
    {"thread_exit", truth_thread_exit},
    {"record_reuse", truth_record_reuse},
    {"many_threads", truth_many_threads},
    {"late_destructor", truth_late_destructor},
    {"fork", truth_fork},
};

int main(int argc, char **argv)
{
    if (heap_hook == NULL) /* musl runs constructors without setting environ up for all of them */
        heap_hook = mb_heap_hook_take(getenv(MB_HEAP_HOOK_VARIABLE));
    if (heap_hook == NULL)
        return 77;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        if (argc == 2 && strcmp(argv[1], scenarios[i].name) == 0) {
            scenarios[i].run();
            return 0;
        }
    return 2;
}
