/* What each metric of a window is, from what was read at its points. A new metric is one put() here. */
#include "worker/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is missing in this window, and why; sent behind the values. */
static const char *missing[MB_QUANTITY_COUNT];

void mb_window_values_prepare(void) { memset(missing, 0, sizeof missing); }

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

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* Why the peak is not exact, or NULL. */
static const char *peak_obstacle(const mb_window_data *window)
{
    if (window->is_untraced)
        switch (window->filter_errnum) {
        case 0:
            return "this process is not traced: --no-trace, run by hand or by a tool, or sizes are asked from outside";
        case EPERM:
            return "membench may not trace this process: ptrace or seccomp is refused (EPERM), as under another "
                   "tracer, "
                   "Yama or a container's profile";
        case EBUSY:
            return "a thread of this process has its own seccomp filter";
        default:
            return "this kernel has no seccomp filters that stop for a tracer";
        }
    if (window->peak.state == 0)
        return "the tracer of this process gave no answer";
    return window->peak.state == 1 ? NULL : "other threads ran while memory was given back";
}

/* Resident sizes fall only inside of calls before which the tracer reads them, so of these and of the readings at the
 * ends the highest is the peak. Where it is not exact, what was surely reached: any reading, and VmHWM less all that it
 * may be off by. */
static void put_peaks(const mb_bench *b, const mb_window_data *window, const char *why_not)
{
    const mb_memory_reading *at_b = &window->memory[MB_POINT_B];
    int64_t anon_bytes = larger(at_b->anon_bytes, window->peak.anon_bytes);
    int64_t rss_bytes = larger(at_b->rss_bytes, window->peak.rss_bytes);
    for (int point = MB_POINT_E1; point <= MB_POINT_E2; point++) {
        anon_bytes = larger(anon_bytes, window->memory[point].anon_bytes);
        rss_bytes = larger(rss_bytes, window->memory[point].rss_bytes);
    }
    bool is_read = why_not == NULL && both_valid(window, MB_POINT_E2, MB_READING_RSS | MB_READING_ANON);
    if (why_not == NULL)
        why_not = is_read ? peak_obstacle(window) : "the sizes in /proc/self could not be read";
    bool is_exact = is_read && why_not == NULL;
    put(MB_PEAK_ANON_DELTA_BYTES, is_exact, anon_bytes - at_b->anon_bytes, why_not);
    put(MB_PEAK_RSS_DELTA_BYTES, is_exact, rss_bytes - at_b->rss_bytes, why_not);
    if (window->peak_was_reset && (window->memory[MB_POINT_E2].valid & MB_READING_PEAK))
        rss_bytes = larger(rss_bytes, window->memory[MB_POINT_E2].peak_rss_bytes -
                                          mb_peak_bound_bytes(window->cpu_count, window->reader.page_bytes));
    int64_t highest_mark_bytes = mb_marks_highest_rss_bytes != NULL ? mb_marks_highest_rss_bytes() : 0;
    /* Of threads always: one sample may be exact and another not. */
    put(MB_PEAK_RSS_AT_LEAST_BYTES, is_read && (!is_exact || (b->definition.flags & MB_CASE_THREADS)),
        larger(rss_bytes, highest_mark_bytes) - at_b->rss_bytes, NULL);
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

static void put_pages(const mb_bench *b, const mb_window_data *window)
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
        window->has_trim ? unread : "the allocator is unknown: it cannot be asked to return free memory";
    put(MB_ANON_DELTA_BYTES, anon1, at[MB_POINT_E1].anon_bytes - at[MB_POINT_B].anon_bytes, unread);
    put(MB_RSS_DELTA_BYTES, rss1, at[MB_POINT_E1].rss_bytes - at[MB_POINT_B].rss_bytes, unread);
    put(MB_FOOTPRINT_BYTES, usable && window->has_footprint,
        window->footprint_bytes[MB_POINT_E1] - window->footprint_bytes[MB_POINT_B],
        obstacle != NULL ? obstacle : "the sizes in /proc/self could not be read");
    put_peaks(b, window, obstacle);
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
    const char *why_not = "the heap hook ran out of memory for its table of blocks";
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
    const char *obstacle = window->heap != NULL ? mb_heap_hook_obstacle(window->heap) : NULL;
    bool is_valid = window->heap != NULL && obstacle == NULL && !is_blind_here;
    const char *why_not =
        obstacle != NULL ? obstacle
        : is_blind_here
            ? "memory grew, but malloc was not called: count the program's own allocator with --heap-functions "
              "or HEAP_FUNCTIONS, a pool with mb_heap_add"
            : "no malloc hook answered in this process";
    put(MB_HEAP_LIVE_BYTES, is_valid, at[MB_POINT_E1].live_bytes - at[MB_POINT_B].live_bytes, why_not);
    put(MB_HEAP_PEAK_BYTES, is_valid, at[MB_POINT_E2].peak_bytes - at[MB_POINT_B].live_bytes, why_not);
    put(MB_HEAP_ALLOC_BYTES, is_valid, (int64_t)(at[MB_POINT_E1].alloc_bytes - at[MB_POINT_B].alloc_bytes), why_not);
    put(MB_HEAP_ALLOC_COUNT, is_valid, (int64_t)(at[MB_POINT_E1].alloc_count - at[MB_POINT_B].alloc_count), why_not);
    put_requested(window);
    if (window->is_steady)
        put(MB_BETWEEN_HEAP_BYTES, window->heap != NULL && obstacle == NULL, window->between_heap_bytes, why_not);
    put(MB_HEAP_RETAINED_BYTES, is_valid, at[MB_POINT_E2].live_bytes - at[MB_POINT_B].live_bytes, why_not);
}

void mb_window_send(const mb_bench *b, const mb_window_data *window)
{
    memset(missing, 0, sizeof missing);
    mb_notes_send(b, &window->memory[MB_POINT_B], window->heap_points[MB_POINT_B].live_bytes);
    mb_event_begin("end");
    mb_event_open("values", '{');
    if (b->pass == MB_PASS_PAGES)
        put_pages(b, window);
    else
        put_heap(window);
    mb_event_close('}');
    mb_event_open("missing", '{');
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        mb_event_string(mb_quantity_get((mb_quantity)q)->name, missing[q]);
    mb_event_close('}');
    mb_event_hold(); /* a sign or the last line follows */
}
