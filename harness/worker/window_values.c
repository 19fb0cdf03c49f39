/* What each metric of a window is, from what was read at its points. A new metric is one put() here. */
#include "worker/window.h"

#include <stdlib.h>
#include <string.h>

/* What is missing in this window, and why; sent behind the values. */
static const char *missing[MB_QUANTITY_COUNT];

static void put(mb_quantity quantity, bool is_valid, int64_t value, const char *why_not)
{
    if (is_valid)
        mb_event_integer(mb_quantity_get(quantity)->name, value);
    else
        missing[quantity] = why_not;
}

/* B's and `point`'s readings both hold what the bits say. */
static bool both_valid(const mb_window_data *window, int point, unsigned bits)
{
    return (window->memory[MB_POINT_B].valid & window->memory[point].valid & bits) == bits;
}

static void put_peak(const mb_window_data *window, const char *why_not)
{
    int64_t highest = window->memory[MB_POINT_B].rss_bytes;
    for (int point = MB_POINT_E1; point <= MB_POINT_E2; point++)
        if (window->memory[point].rss_bytes > highest)
            highest = window->memory[point].rss_bytes;
    if (mb_notes_highest_rss_bytes() > highest)
        highest = mb_notes_highest_rss_bytes();
    int64_t high_water = window->memory[MB_POINT_E2].peak_rss_bytes;
    int64_t peak = high_water > highest ? high_water : highest;
    int64_t bound = high_water + mb_peak_bound_bytes(window->cpu_count, window->reader.page_bytes) - peak;
    bool is_valid = why_not == NULL && window->peak_was_reset && both_valid(window, MB_POINT_E2, MB_READING_RSS) &&
                    (window->memory[MB_POINT_E2].valid & MB_READING_PEAK);
    if (why_not == NULL)
        why_not = "VmHWM could not be reset or read";
    put(MB_PEAK_RSS_DELTA_BYTES, is_valid, peak - window->memory[MB_POINT_B].rss_bytes, why_not);
    put(MB_PEAK_RSS_BOUND_BYTES, is_valid, bound > 0 ? bound : 0, why_not);
}

static const char *pages_obstacle(const mb_window_data *window)
{
    if (window->is_inexact)
        return "a page that was touched did not read as one page: the source of RSS is not exact here";
    for (int point = MB_POINT_B; point < MB_POINT_T; point++)
        if ((window->memory[point].valid & MB_READING_SWAP) && window->memory[point].swap_bytes > 0)
            return "pages of the process were swapped out: add memory or turn swap off";
    return NULL;
}

static void put_pages(const mb_window_data *window)
{
    const mb_memory_reading *at = window->memory;
    const char *obstacle = pages_obstacle(window);
    const char *unread = obstacle != NULL ? obstacle : "the sizes in /proc/self could not be read";
    bool usable = obstacle == NULL;
    bool rss1 = usable && both_valid(window, MB_POINT_E1, MB_READING_RSS),
         rss2 = usable && both_valid(window, MB_POINT_E2, MB_READING_RSS);
    bool anon1 = usable && both_valid(window, MB_POINT_E1, MB_READING_ANON),
         anon2 = usable && both_valid(window, MB_POINT_E2, MB_READING_ANON);
    bool rss3 = usable && window->has_trim && both_valid(window, MB_POINT_T, MB_READING_RSS);
    bool anon3 = usable && window->has_trim && both_valid(window, MB_POINT_T, MB_READING_ANON);
    const char *untrimmed =
        window->has_trim ? unread : "the allocator is unknown: it cannot be asked to give memory back";
    put(MB_ANON_DELTA_BYTES, anon1, at[MB_POINT_E1].anon_bytes - at[MB_POINT_B].anon_bytes, unread);
    put(MB_RSS_DELTA_BYTES, rss1, at[MB_POINT_E1].rss_bytes - at[MB_POINT_B].rss_bytes, unread);
    put(MB_FOOTPRINT_BYTES, usable && window->has_footprint,
        window->footprint_bytes[MB_POINT_E1] - window->footprint_bytes[MB_POINT_B],
        obstacle != NULL ? obstacle : "neither PAGEMAP_SCAN nor smaps_rollup could be read");
    put_peak(window, obstacle);
    put(MB_RETAINED_RSS_BYTES, rss2, at[MB_POINT_E2].rss_bytes - at[MB_POINT_B].rss_bytes, unread);
    put(MB_RETAINED_ANON_BYTES, anon2, at[MB_POINT_E2].anon_bytes - at[MB_POINT_B].anon_bytes, unread);
    put(MB_RETAINED_AFTER_TRIM_RSS_BYTES, rss3, at[MB_POINT_T].rss_bytes - at[MB_POINT_B].rss_bytes, untrimmed);
    put(MB_RETAINED_AFTER_TRIM_ANON_BYTES, anon3, at[MB_POINT_T].anon_bytes - at[MB_POINT_B].anon_bytes, untrimmed);
    if (window->is_steady)
        put(MB_BETWEEN_ANON_BYTES, usable && window->has_between_anon, window->between_anon_bytes, unread);
    put(MB_PAGE_FAULT_MINOR_COUNT, window->has_faults,
        window->fault_count[MB_POINT_E1] - window->fault_count[MB_POINT_B], "getrusage failed");
}

/* Only where the process was asked to keep all blocks: then no room for one is a reason. */
static void put_requested(const mb_window_data *window)
{
    const mb_heap_requested *at = window->requested_points;
    const char *asked = getenv(MB_HEAP_BLOCKS_VARIABLE);
    if (window->heap == NULL || asked == NULL || strcmp(asked, "1") != 0)
        return;
    const char *why_not = "the heap hook had no memory for its table of blocks";
    put(MB_HEAP_REQUESTED_BYTES, at[MB_POINT_E1].is_known, at[MB_POINT_E1].live_bytes, why_not);
    put(MB_HEAP_REQUESTED_PEAK_BYTES, at[MB_POINT_E2].is_known, at[MB_POINT_E2].peak_bytes, why_not);
}

/* Memory came from somewhere, and the hook saw no call: an allocator that it does not know, or mappings. Its zeros
 * would say that nothing is held. A stack or a static buffer is mostly less than the limit. An allocator may have kept
 * its pages from the window before: what was not seen there is not seen here. */
static bool is_blind(const mb_window_data *window)
{
    enum { BLIND_BYTES = 256 * 1024 };
    static bool was_blind;
    const mb_heap_reading *end = &window->heap_points[MB_POINT_E1];
    const int64_t *pages_bytes = window->heap_pages_bytes;
    bool has_grown = pages_bytes[MB_POINT_B] > 0 && pages_bytes[MB_POINT_E1] - pages_bytes[MB_POINT_B] >= BLIND_BYTES;
    was_blind = end->alloc_count == 0 && end->free_count == 0 && (has_grown || was_blind);
    return was_blind;
}

static void put_heap(const mb_window_data *window)
{
    const mb_heap_reading *at = window->heap_points;
    bool is_blind_here = window->heap != NULL && is_blind(window);
    bool is_valid = window->heap != NULL && !is_blind_here;
    const char *why_not = is_blind_here
                              ? "memory grew, and malloc was not called: an allocator of the program's own is "
                                "counted by HEAP_FUNCTIONS, a pool by mb_heap_add"
                              : "no malloc hook answered in this process";
    put(MB_HEAP_LIVE_BYTES, is_valid, at[MB_POINT_E1].live_bytes - at[MB_POINT_B].live_bytes, why_not);
    put(MB_HEAP_PEAK_BYTES, is_valid, at[MB_POINT_E2].peak_bytes - at[MB_POINT_B].live_bytes, why_not);
    put(MB_HEAP_ALLOC_BYTES, is_valid, (int64_t)(at[MB_POINT_E1].alloc_bytes - at[MB_POINT_B].alloc_bytes), why_not);
    put(MB_HEAP_ALLOC_COUNT, is_valid, (int64_t)(at[MB_POINT_E1].alloc_count - at[MB_POINT_B].alloc_count), why_not);
    put_requested(window);
    if (window->is_steady)
        put(MB_BETWEEN_HEAP_BYTES, window->heap != NULL, window->between_heap_bytes, why_not);
    put(MB_HEAP_RETAINED_BYTES, is_valid, at[MB_POINT_E2].live_bytes - at[MB_POINT_B].live_bytes, why_not);
}

void mb_window_send(const mb_bench *b, const mb_window_data *window)
{
    memset(missing, 0, sizeof missing);
    mb_notes_send(b, &window->memory[MB_POINT_B], window->heap_points[MB_POINT_B].live_bytes);
    mb_event_begin("end");
    mb_event_open("values", '{');
    if (b->pass == MB_PASS_PAGES)
        put_pages(window);
    else
        put_heap(window);
    mb_event_close('}');
    mb_event_open("missing", '{');
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        mb_event_string(mb_quantity_get((mb_quantity)q)->name, missing[q]);
    mb_event_close('}');
    mb_event_send();
}
