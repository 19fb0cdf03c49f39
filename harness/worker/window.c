#include "base/error.h"
#include "heap/heap_hook.h"
#include "readings/provenance.h"
#include "readings/readings.h"
#include "worker/worker_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { POINT_B, POINT_E1, POINT_E2, POINT_T, POINT_COUNT };

typedef struct mark {
    char name[MB_NAME_BYTES_MAX];
    mb_memory_reading memory; /* pages pass */
    int64_t heap_live_bytes;  /* heap pass */
} mark;

typedef struct region {
    char name[MB_NAME_BYTES_MAX];
    uint64_t nominal_bytes;
    int64_t resident_bytes; /* -1: could not be read */
} region;

typedef struct range { /* of addresses that a region holds */
    uint64_t from, to;
} range;

typedef struct count {
    char name[MB_NAME_BYTES_MAX];
    int64_t value;
} count;

/* Everything a window writes to. Static, and touched before the first B: no page of it appears inside a window. */
static struct {
    mb_reader reader;
    mb_allocator allocator;
    const mb_heap_hook *heap;
    int cpu_count; /* asked once: it opens a file */
    bool is_open;  /* between B and T */
    mb_memory_reading memory[POINT_COUNT];
    int64_t footprint_bytes[2], fault_count[2];
    bool has_footprint, has_faults, has_trim, peak_was_reset;
    bool is_inexact; /* a page that was touched did not read as one */
    mb_heap_reading heap_points[POINT_COUNT];
    mark marks[MB_MARKS_MAX];
    region regions[MB_REGIONS_MAX];
    range ranges[MB_RANGES_MAX];
    count counts[MB_COUNTS_MAX];
    size_t mark_count, region_count, range_count, count_count, lost_count;
    int64_t regions_sum_bytes;   /* resident bytes of all regions */
    int64_t regions_union_bytes; /* the same, each page once; -1: one could not be read */
} window;

/* What is missing in this window, and why; sent behind the values. */
static const char *missing[MB_QUANTITY_COUNT];

static void copy_name(char name[MB_NAME_BYTES_MAX], const char *text)
{
    size_t length = strnlen(text, MB_NAME_BYTES_MAX - 1);
    memcpy(name, text, length);
    name[length] = '\0';
}

/* An allocation of known size must move it. */
const mb_heap_hook *mb_window_find_hook(void)
{
    enum { KNOWN_BYTES = 4321 };
    const mb_heap_hook *hook = mb_heap_hook_take(getenv(MB_HEAP_HOOK_VARIABLE));
    if (hook == NULL)
        return NULL;
    mb_heap_reading reading;
    hook->begin();
    void *block = malloc(KNOWN_BYTES);
    mb_keep(block);
    hook->read(&reading);
    free(block);
    return reading.alloc_count == 1 && reading.alloc_bytes == KNOWN_BYTES ? hook : NULL;
}

/* The allocator sets itself up at its first call, before the first window: what that takes is no cost of the case. */
static void wake_allocator(void)
{
    void *block = malloc(1);
    mb_keep(block);
    free(block);
}

/* The coordinator calibrates once a session; each worker checks that one page it touches reads as one page. */
static bool reads_one_page(void)
{
    mb_memory_reading before, after;
    size_t page_bytes = window.reader.page_bytes;
    char *page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return true; /* nothing was learned: a limit on memory may be in force */
    bool has_both = mb_memory_read(&window.reader, &before);
    *(volatile char *)page = 1;
    has_both &= mb_memory_read(&window.reader, &after);
    munmap(page, page_bytes);
    return !has_both || after.anon_bytes - before.anon_bytes == (int64_t)page_bytes;
}

void mb_window_prepare(mb_bench *b)
{
    memset(&window, 0, sizeof window); /* writes, so that the pages are there */
    mb_allocator_find(&window.allocator);
    wake_allocator();
    if (b->pass == MB_PASS_HEAP)
        window.heap = mb_window_find_hook();
    if (b->pass != MB_PASS_PAGES)
        return;
    mb_rss_source source = MB_RSS_STATUS;
    const char *name = getenv("MEMBENCH_RSS");
    if (name != NULL)
        mb_rss_source_find(name, &source);
    const char *root = getenv("MEMBENCH_ROOT");
    if (strcmp(mb_aslr_describe(root), "on") == 0)
        mb_populate_files();
    window.cpu_count = (int)sysconf(_SC_NPROCESSORS_CONF);
    mb_reader_open(&window.reader, root, source);
    window.is_inexact = !reads_one_page();
}

/* Slow readings first at B and last at E1, the fault counter the other way round: so each sees least of the others. */
static void read_pages_begin(void)
{
    window.has_footprint = mb_footprint_read(&window.reader, &window.footprint_bytes[POINT_B]);
    window.peak_was_reset = mb_peak_reset(&window.reader);
    mb_memory_read(&window.reader, &window.memory[POINT_B]);
    window.has_faults = mb_faults_read(&window.fault_count[POINT_B]);
}

static void read_pages_run(void)
{
    window.has_faults &= mb_faults_read(&window.fault_count[POINT_E1]);
    mb_memory_read(&window.reader, &window.memory[POINT_E1]);
    window.has_footprint &= mb_footprint_read(&window.reader, &window.footprint_bytes[POINT_E1]);
}

static void read_point(const mb_bench *b, int point)
{
    if (b->pass == MB_PASS_HEAP) {
        if (window.heap != NULL) {
            if (point == POINT_B)
                window.heap->begin();
            window.heap->read(&window.heap_points[point]);
        }
    } else if (point == POINT_B) {
        read_pages_begin();
    } else if (point == POINT_E1) {
        read_pages_run();
    } else {
        mb_memory_read(&window.reader, &window.memory[point]);
    }
}

static void put(mb_quantity quantity, bool is_valid, int64_t value, const char *why_not)
{
    if (is_valid)
        mb_event_integer(mb_quantity_get(quantity)->name, value);
    else
        missing[quantity] = why_not;
}

/* B's and `point`'s readings both hold what the bits say. */
static bool both_valid(int point, unsigned bits)
{
    return (window.memory[POINT_B].valid & window.memory[point].valid & bits) == bits;
}

static void put_peak(const char *why_not)
{
    int64_t highest = window.memory[POINT_B].rss_bytes;
    for (int point = POINT_E1; point <= POINT_E2; point++)
        if (window.memory[point].rss_bytes > highest)
            highest = window.memory[point].rss_bytes;
    for (size_t i = 0; i < window.mark_count; i++)
        if (window.marks[i].memory.rss_bytes > highest)
            highest = window.marks[i].memory.rss_bytes;
    int64_t high_water = window.memory[POINT_E2].peak_rss_bytes;
    int64_t peak = high_water > highest ? high_water : highest;
    int64_t bound = high_water + mb_peak_bound_bytes(window.cpu_count, window.reader.page_bytes) - peak;
    bool is_valid = why_not == NULL && window.peak_was_reset && both_valid(POINT_E2, MB_READING_RSS) &&
                    (window.memory[POINT_E2].valid & MB_READING_PEAK);
    if (why_not == NULL)
        why_not = "VmHWM could not be reset or read";
    put(MB_PEAK_RSS_DELTA_BYTES, is_valid, peak - window.memory[POINT_B].rss_bytes, why_not);
    put(MB_PEAK_RSS_BOUND_BYTES, is_valid, bound > 0 ? bound : 0, why_not);
}

static const char *pages_obstacle(void)
{
    if (window.is_inexact)
        return "a page that was touched did not read as one page: the source of RSS is not exact here";
    for (int point = POINT_B; point < POINT_T; point++)
        if ((window.memory[point].valid & MB_READING_SWAP) && window.memory[point].swap_bytes > 0)
            return "pages of the process were swapped out: add memory or turn swap off";
    return NULL;
}

static void put_pages(void)
{
    const mb_memory_reading *at = window.memory;
    const char *obstacle = pages_obstacle();
    const char *unread = obstacle != NULL ? obstacle : "the sizes in /proc/self could not be read";
    bool usable = obstacle == NULL;
    bool rss1 = usable && both_valid(POINT_E1, MB_READING_RSS), rss2 = usable && both_valid(POINT_E2, MB_READING_RSS);
    bool anon1 = usable && both_valid(POINT_E1, MB_READING_ANON),
         anon2 = usable && both_valid(POINT_E2, MB_READING_ANON);
    bool rss3 = usable && window.has_trim && both_valid(POINT_T, MB_READING_RSS);
    bool anon3 = usable && window.has_trim && both_valid(POINT_T, MB_READING_ANON);
    const char *untrimmed =
        window.has_trim ? unread : "the allocator is unknown: it cannot be asked to give memory back";
    put(MB_ANON_DELTA_BYTES, anon1, at[POINT_E1].anon_bytes - at[POINT_B].anon_bytes, unread);
    put(MB_RSS_DELTA_BYTES, rss1, at[POINT_E1].rss_bytes - at[POINT_B].rss_bytes, unread);
    put(MB_FOOTPRINT_BYTES, usable && window.has_footprint,
        window.footprint_bytes[POINT_E1] - window.footprint_bytes[POINT_B],
        obstacle != NULL ? obstacle : "neither PAGEMAP_SCAN nor smaps_rollup could be read");
    put_peak(obstacle);
    put(MB_RETAINED_RSS_BYTES, rss2, at[POINT_E2].rss_bytes - at[POINT_B].rss_bytes, unread);
    put(MB_RETAINED_ANON_BYTES, anon2, at[POINT_E2].anon_bytes - at[POINT_B].anon_bytes, unread);
    put(MB_RETAINED_AFTER_TRIM_RSS_BYTES, rss3, at[POINT_T].rss_bytes - at[POINT_B].rss_bytes, untrimmed);
    put(MB_RETAINED_AFTER_TRIM_ANON_BYTES, anon3, at[POINT_T].anon_bytes - at[POINT_B].anon_bytes, untrimmed);
    put(MB_PAGE_FAULT_MINOR_COUNT, window.has_faults, window.fault_count[POINT_E1] - window.fault_count[POINT_B],
        "getrusage failed");
}

static void put_heap(void)
{
    const mb_heap_reading *at = window.heap_points;
    bool is_valid = window.heap != NULL;
    const char *why_not = "no malloc hook answered in this process";
    put(MB_HEAP_LIVE_BYTES, is_valid, at[POINT_E1].live_bytes - at[POINT_B].live_bytes, why_not);
    put(MB_HEAP_PEAK_BYTES, is_valid, at[POINT_E2].peak_bytes - at[POINT_B].live_bytes, why_not);
    put(MB_HEAP_ALLOC_BYTES, is_valid, (int64_t)(at[POINT_E1].alloc_bytes - at[POINT_B].alloc_bytes), why_not);
    put(MB_HEAP_ALLOC_COUNT, is_valid, (int64_t)(at[POINT_E1].alloc_count - at[POINT_B].alloc_count), why_not);
    put(MB_HEAP_RETAINED_BYTES, is_valid, at[POINT_E2].live_bytes - at[POINT_B].live_bytes, why_not);
}

static void send_marks(const mb_bench *b)
{
    for (size_t i = 0; i < window.mark_count; i++) {
        const mark *m = &window.marks[i];
        mb_event_begin("mark");
        mb_event_string("name", m->name);
        mb_event_open("values", '{');
        if (b->pass == MB_PASS_HEAP) {
            if (window.heap != NULL)
                mb_event_integer("heap_live_bytes", m->heap_live_bytes - window.heap_points[POINT_B].live_bytes);
        } else if (window.memory[POINT_B].valid & m->memory.valid & MB_READING_RSS) {
            mb_event_integer("rss_delta_bytes", m->memory.rss_bytes - window.memory[POINT_B].rss_bytes);
            mb_event_integer("anon_delta_bytes", m->memory.anon_bytes - window.memory[POINT_B].anon_bytes);
        }
        mb_event_close('}');
        mb_event_send();
    }
}

static void send_regions_and_counts(void)
{
    for (size_t i = 0; i < window.region_count; i++) {
        mb_event_begin("region");
        mb_event_string("name", window.regions[i].name);
        mb_event_unsigned("nominal_bytes", window.regions[i].nominal_bytes);
        if (window.regions[i].resident_bytes >= 0)
            mb_event_integer("resident_bytes", window.regions[i].resident_bytes);
        mb_event_send();
    }
    for (size_t i = 0; i < window.count_count; i++) {
        mb_event_begin("count");
        mb_event_string("name", window.counts[i].name);
        mb_event_integer("value", window.counts[i].value);
        mb_event_send();
    }
    if (window.regions_union_bytes >= 0 && window.regions_union_bytes != window.regions_sum_bytes) {
        mb_event_begin("count");
        mb_event_string("name", MB_REGIONS_TOGETHER_NAME);
        mb_event_integer("value", window.regions_union_bytes);
        mb_event_send();
    }
    if (window.lost_count == 0)
        return;
    mb_event_begin("count");
    mb_event_string("name", "marks_regions_and_counts_lost");
    mb_event_unsigned("value", window.lost_count);
    mb_event_send();
}

static void send_window(const mb_bench *b)
{
    memset(missing, 0, sizeof missing);
    send_marks(b);
    if (b->pass == MB_PASS_PAGES)
        send_regions_and_counts();
    mb_event_begin("end");
    mb_event_open("values", '{');
    if (b->pass == MB_PASS_PAGES)
        put_pages();
    else
        put_heap();
    mb_event_close('}');
    mb_event_open("missing", '{');
    for (int q = 0; q < MB_QUANTITY_COUNT; q++)
        mb_event_string(mb_quantity_get((mb_quantity)q)->name, missing[q]);
    mb_event_close('}');
    mb_event_send();
}

mb_status mb_window_measure(mb_bench *b, mb_window which)
{
    mb_event_begin("begin");
    mb_event_string("window", mb_window_name(which));
    mb_event_send();
    window.mark_count = window.region_count = window.range_count = window.count_count = window.lost_count = 0;
    window.regions_sum_bytes = window.regions_union_bytes = 0;
    mb_event_sign('r');
    errno = 0;
    window.is_open = true;
    read_point(b, POINT_B);
    mb_status status = b->definition->run(b);
    if (status != MB_OK) {
        window.is_open = false;
        return status;
    }
    read_point(b, POINT_E1);
    mb_event_sign('x');
    if (b->definition->release != NULL)
        b->definition->release(b);
    read_point(b, POINT_E2);
    mb_event_sign('t');
    window.has_trim = mb_allocator_trim(&window.allocator);
    read_point(b, POINT_T);
    window.is_open = false;
    send_window(b);
    return MB_OK;
}

void mb_window_trim(void) { mb_allocator_trim(&window.allocator); }

void mb_mark(mb_bench *b, const char *name)
{
    if (!window.is_open)
        return;
    mb_event_sign('.');
    if (window.mark_count == MB_MARKS_MAX) {
        window.lost_count++;
        return;
    }
    mark *m = &window.marks[window.mark_count++];
    copy_name(m->name, name);
    if (b->pass == MB_PASS_PAGES) {
        mb_memory_read(&window.reader, &m->memory);
    } else if (window.heap != NULL) {
        mb_heap_reading reading;
        window.heap->read(&reading);
        m->heap_live_bytes = reading.live_bytes;
    }
}

/* Where the part of [at, to) ends that lies in no region, or in one; *is_covered says which. */
static uint64_t find_part_end(uint64_t at, uint64_t to, bool *is_covered)
{
    *is_covered = false;
    for (size_t i = 0; i < window.range_count; i++) {
        const range *other = &window.ranges[i];
        if (other->from <= at && at < other->to) {
            *is_covered = true;
            return other->to < to ? other->to : to;
        }
    }
    for (size_t i = 0; i < window.range_count; i++)
        if (window.ranges[i].from > at && window.ranges[i].from < to)
            to = window.ranges[i].from;
    return to;
}

/* Adds to the union what of the new range no earlier one holds; resident_bytes is all of it, -1: not known. */
static void join_range(range added, int64_t resident_bytes)
{
    bool is_valid = resident_bytes >= 0 && window.regions_union_bytes >= 0;
    int64_t new_bytes = 0, part_bytes = 0;
    for (uint64_t at = added.from, end; is_valid && at < added.to; at = end) {
        bool is_covered;
        end = find_part_end(at, added.to, &is_covered);
        if (!is_covered) {
            is_valid = mb_region_read(&window.reader, (const void *)(uintptr_t)at, end - at, &part_bytes);
            new_bytes += part_bytes;
        }
    }
    window.regions_sum_bytes += resident_bytes;
    window.regions_union_bytes = is_valid ? window.regions_union_bytes + new_bytes : -1;
    if (resident_bytes >= 0)
        window.ranges[window.range_count++] = added;
}

/* The region of that name, a new one when there is none yet; NULL when there is no room. */
static region *find_region(const char *name)
{
    char wanted[MB_NAME_BYTES_MAX];
    copy_name(wanted, name);
    for (size_t i = 0; i < window.region_count; i++)
        if (strcmp(window.regions[i].name, wanted) == 0)
            return &window.regions[i];
    if (window.region_count == MB_REGIONS_MAX)
        return NULL;
    region *r = &window.regions[window.region_count++];
    *r = (region){0};
    memcpy(r->name, wanted, sizeof r->name);
    return r;
}

void mb_region(mb_bench *b, const char *name, const void *address, uint64_t nominal_bytes)
{
    if (!window.is_open || b->pass != MB_PASS_PAGES)
        return;
    region *r = window.range_count < MB_RANGES_MAX ? find_region(name) : NULL;
    if (r == NULL) {
        window.lost_count++;
        return;
    }
    int64_t resident_bytes;
    if (!mb_region_read(&window.reader, address, nominal_bytes, &resident_bytes))
        resident_bytes = -1;
    r->nominal_bytes += nominal_bytes;
    r->resident_bytes = r->resident_bytes >= 0 && resident_bytes >= 0 ? r->resident_bytes + resident_bytes : -1;
    uint64_t from = (uint64_t)(uintptr_t)address;
    join_range((range){from, from + nominal_bytes}, resident_bytes);
}

void mb_count(mb_bench *b, const char *name, int64_t value)
{
    if (!window.is_open || b->pass != MB_PASS_PAGES)
        return;
    size_t i = 0;
    while (i < window.count_count && strncmp(window.counts[i].name, name, MB_NAME_BYTES_MAX - 1) != 0)
        i++;
    if (i == MB_COUNTS_MAX) {
        window.lost_count++;
        return;
    }
    if (i == window.count_count) {
        copy_name(window.counts[i].name, name);
        window.count_count++;
    }
    window.counts[i].value = value;
}
