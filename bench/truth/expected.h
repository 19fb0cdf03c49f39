/* expected.h: the exact numbers of the truth programs, for tests.
 *
 * Each row gives one metric of one family of cases as offset + factor × parameter, in pages or in single units. What
 * no row names is not known exactly: a cold resident set also holds file pages, heap figures come from the heap pass.
 * Families whose rows say `glibc` depend on how glibc 2.36 lays out its heap. */
#ifndef BENCH_TRUTH_EXPECTED_H
#define BENCH_TRUTH_EXPECTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes that cases and table share. */
enum {
    TRUTH_BLOCK_BYTES = 1000,    /* one small block as requested; glibc makes exactly 1000 usable */
    TRUTH_LARGE_BYTES = 1 << 20, /* one block that malloc maps by itself */
    TRUTH_PEAK_PAGES = 500,
    TRUTH_MARK_PAGES_FIRST = 3,
    TRUTH_MARK_PAGES_SECOND = 8,
    TRUTH_REGION_PAGES = 16,
    TRUTH_COUNT_VALUE = 12345,
    TRUTH_THREAD_BLOCKS = 100,
    TRUTH_TWO_VALUED_LOW_PAGES = 100,
    TRUTH_TWO_VALUED_HIGH_PAGES = 110,
    TRUTH_NOISY_MEAN_PAGES = 1000,
    TRUTH_NOISY_DEVIATION_PAGES = 50,
    TRUTH_WARMUP_COUNT_MIN = 1 /* steady numbers hold from this many warm-up iterations on */
};

typedef enum truth_unit { TRUTH_SINGLE, TRUTH_PAGES } truth_unit;

typedef struct truth_expected {
    const char *family; /* case id up to the parameter */
    const char *metric; /* full name: "cold_anon_delta_bytes" */
    bool glibc;
    truth_unit unit;
    int64_t offset, factor;
} truth_expected;

#define TRUTH_BOTH(family, metric, glibc, unit, offset, factor)                                                        \
    {family, "cold_" metric, glibc, unit, offset, factor}, { family, "steady_" metric, glibc, unit, offset, factor }

/* Mapped and unmapped memory: nothing is left after release. Of its heap nothing is known where the mapping is large:
 * no call of malloc was seen. */
#define TRUTH_MAPPED(family, offset, factor)                                                                           \
    {family, "between_anon_bytes", false, TRUTH_PAGES, 0, 0},                                                          \
        {family, "between_heap_bytes", false, TRUTH_SINGLE, 0, 0},                                                     \
        TRUTH_BOTH(family, "anon_delta_bytes", false, TRUTH_PAGES, offset, factor),                                    \
        TRUTH_BOTH(family, "footprint_bytes", false, TRUTH_PAGES, offset, factor),                                     \
        TRUTH_BOTH(family, "retained_anon_bytes", false, TRUTH_PAGES, 0, 0),                                           \
        TRUTH_BOTH(family, "retained_after_trim_anon_bytes", false, TRUTH_PAGES, 0, 0),                                \
        {family, "steady_rss_delta_bytes", false, TRUTH_PAGES, offset, factor},                                        \
    {                                                                                                                  \
        family, "steady_page_fault_minor_count", false, TRUTH_SINGLE, offset, factor                                   \
    }

/* Blocks from malloc: requested and usable bytes are the same when `usable` is `requested`. */
#define TRUTH_HEAP(family, count_offset, count_factor, requested, usable)                                              \
    TRUTH_BOTH(family, "heap_alloc_count", false, TRUTH_SINGLE, count_offset, count_factor),                           \
        TRUTH_BOTH(family, "heap_alloc_bytes", false, TRUTH_SINGLE, (int64_t)(requested) * (count_offset),             \
                   (int64_t)(requested) * (count_factor)),                                                             \
        TRUTH_BOTH(family, "heap_live_bytes", true, TRUTH_SINGLE, (int64_t)(usable) * (count_offset),                  \
                   (int64_t)(usable) * (count_factor))

static const truth_expected truth_table[] = {
    /* Nothing at all. */
    TRUTH_BOTH("truth_empty", "anon_delta_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "rss_delta_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "footprint_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "peak_anon_delta_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "peak_rss_delta_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "retained_rss_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "retained_anon_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "retained_after_trim_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "retained_after_trim_anon_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_empty", "page_fault_minor_count", false, TRUTH_SINGLE, 0, 0),
    {"truth_empty", "between_anon_bytes", false, TRUTH_PAGES, 0, 0},
    {"truth_empty", "between_heap_bytes", false, TRUTH_SINGLE, 0, 0},
    TRUTH_BOTH("truth_empty", "heap_live_bytes", false, TRUTH_SINGLE, 0, 0),
    TRUTH_BOTH("truth_empty", "heap_peak_bytes", false, TRUTH_SINGLE, 0, 0),
    TRUTH_BOTH("truth_empty", "heap_alloc_bytes", false, TRUTH_SINGLE, 0, 0),
    TRUTH_BOTH("truth_empty", "heap_alloc_count", false, TRUTH_SINGLE, 0, 0),
    TRUTH_BOTH("truth_empty", "heap_retained_bytes", false, TRUTH_SINGLE, 0, 0),

    TRUTH_MAPPED("truth_touch", 0, 1),
    TRUTH_MAPPED("truth_huge", 0, 1),

    /* Shared memory is not a file, but no anonymous page of the process either. */
    TRUTH_BOTH("truth_shared", "anon_delta_bytes", false, TRUTH_PAGES, 0, 1),
    TRUTH_BOTH("truth_shared", "retained_anon_bytes", false, TRUTH_PAGES, 0, 0),
    {"truth_shared", "steady_rss_delta_bytes", false, TRUTH_PAGES, 0, 1},

    /* Pages of a file count as resident, not as anonymous. */
    TRUTH_BOTH("truth_file", "anon_delta_bytes", false, TRUTH_PAGES, 0, 0),
    TRUTH_BOTH("truth_file", "footprint_bytes", false, TRUTH_PAGES, 0, 0),
    {"truth_file", "steady_rss_delta_bytes", false, TRUTH_PAGES, 0, 1},

    TRUTH_HEAP("truth_malloc", 0, 1, TRUTH_BLOCK_BYTES, TRUTH_BLOCK_BYTES),
    {"truth_malloc", "between_anon_bytes", true, TRUTH_PAGES, 0, 0},
    {"truth_malloc", "between_heap_bytes", false, TRUTH_SINGLE, 0, 0},
    TRUTH_BOTH("truth_malloc", "heap_peak_bytes", true, TRUTH_SINGLE, 0, TRUTH_BLOCK_BYTES),
    TRUTH_BOTH("truth_malloc", "heap_retained_bytes", false, TRUTH_SINGLE, 0, 0),

    /* The first such block is mapped by itself: page-aligned, with a 16 byte header whose page is the only one touched.
     * Dropping it raises glibc's threshold, so that the next ones come from the heap. */
    TRUTH_BOTH("truth_malloc_large", "heap_alloc_count", false, TRUTH_SINGLE, 1, 0),
    TRUTH_BOTH("truth_malloc_large", "heap_alloc_bytes", false, TRUTH_SINGLE, TRUTH_LARGE_BYTES, 0),
    {"truth_malloc_large", "cold_heap_live_bytes", true, TRUTH_SINGLE, TRUTH_LARGE_BYTES + 4096 - 16, 0},
    {"truth_malloc_large", "steady_heap_live_bytes", true, TRUTH_SINGLE, TRUTH_LARGE_BYTES + 8, 0},
    {"truth_malloc_large", "cold_anon_delta_bytes", true, TRUTH_PAGES, 1, 0},

    /* The peak is the same with a mark at its top and without. */
    TRUTH_BOTH("truth_transient/marked", "anon_delta_bytes", false, TRUTH_PAGES, 0, 0),
    {"truth_transient/marked", "steady_peak_rss_delta_bytes", false, TRUTH_PAGES, TRUTH_PEAK_PAGES, 0},
    TRUTH_BOTH("truth_transient/marked", "peak_anon_delta_bytes", false, TRUTH_PAGES, TRUTH_PEAK_PAGES, 0),
    TRUTH_BOTH("truth_transient/unmarked", "peak_anon_delta_bytes", false, TRUTH_PAGES, TRUTH_PEAK_PAGES, 0),
    {"truth_transient/unmarked", "steady_peak_rss_delta_bytes", false, TRUTH_PAGES, TRUTH_PEAK_PAGES, 0},
    TRUTH_BOTH("truth_transient/unmarked", "anon_delta_bytes", false, TRUTH_PAGES, 0, 0),
    {"truth_transient/unmarked", "steady_page_fault_minor_count", false, TRUTH_SINGLE, TRUTH_PEAK_PAGES, 0},

    TRUTH_HEAP("truth_leak", 1, 0, TRUTH_BLOCK_BYTES, TRUTH_BLOCK_BYTES),
    TRUTH_BOTH("truth_leak", "heap_retained_bytes", true, TRUTH_SINGLE, TRUTH_BLOCK_BYTES, 0),

    /* One block a page. The topmost is kept: all pages below stay until the trim. From the second window on, its page
     * and that of the heap's end are there already. */
    {"truth_retain/topmost", "cold_anon_delta_bytes", true, TRUTH_PAGES, 0, 1},
    {"truth_retain/topmost", "cold_retained_anon_bytes", true, TRUTH_PAGES, 0, 1},
    {"truth_retain/topmost", "cold_retained_after_trim_anon_bytes", true, TRUTH_PAGES, 2, 0},
    {"truth_retain/topmost", "steady_anon_delta_bytes", true, TRUTH_PAGES, -2, 1},
    {"truth_retain/topmost", "steady_retained_anon_bytes", true, TRUTH_PAGES, -2, 1},
    {"truth_retain/topmost", "steady_retained_after_trim_anon_bytes", true, TRUTH_PAGES, 0, 0},

    {"truth_trim", "cold_anon_delta_bytes", true, TRUTH_PAGES, 2, 0},
    {"truth_trim", "steady_anon_delta_bytes", true, TRUTH_PAGES, 0, 0},

    /* Four blocks a page, last in first out. The seven blocks freed first go to the thread's cache and hold the heap's
     * end: their two pages and the end's own stay even after the trim. */
    {"truth_retain/lifo", "cold_anon_delta_bytes", true, TRUTH_PAGES, 0, 1},
    {"truth_retain/lifo", "cold_retained_anon_bytes", true, TRUTH_PAGES, 0, 1},
    {"truth_retain/lifo", "cold_retained_after_trim_anon_bytes", true, TRUTH_PAGES, 3, 0},
    {"truth_retain/lifo", "steady_anon_delta_bytes", true, TRUTH_PAGES, -3, 1},
    {"truth_retain/lifo", "steady_retained_anon_bytes", true, TRUTH_PAGES, -3, 1},
    {"truth_retain/lifo", "steady_retained_after_trim_anon_bytes", true, TRUTH_PAGES, 0, 0},

    /* Page counts depend on the arenas; the heap's do not. */
    TRUTH_HEAP("truth_threads", 0, TRUTH_THREAD_BLOCKS, TRUTH_BLOCK_BYTES, TRUTH_BLOCK_BYTES),
    TRUTH_BOTH("truth_threads", "heap_retained_bytes", false, TRUTH_SINGLE, 0, 0),

    /* Marks: "first" at 3 pages, "second" at 8, which are those resident of the region "buffer" (16 pages); count
     * "own_units" 12345. */
    TRUTH_MAPPED("truth_marks", TRUTH_MARK_PAGES_SECOND, 0),
};

enum { TRUTH_TABLE_COUNT = sizeof truth_table / sizeof truth_table[0] };

/* What the row says for a case with this parameter (0 when it has none). */
static inline int64_t truth_expected_value(const truth_expected *row, uint64_t parameter, int64_t page_bytes)
{
    int64_t value = row->offset + row->factor * (int64_t)parameter;
    return row->unit == TRUTH_PAGES ? value * page_bytes : value;
}

#endif
