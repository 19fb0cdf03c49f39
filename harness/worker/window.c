#include "worker/window.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Static, and touched before the first B: no page of it appears inside a window. */
static mb_window_data window;

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
    window.has_footprint = mb_footprint_read(&window.reader, &window.footprint_bytes[MB_POINT_B]);
    window.peak_was_reset = mb_peak_reset(&window.reader);
    mb_memory_read(&window.reader, &window.memory[MB_POINT_B]);
    window.has_faults = mb_faults_read(&window.fault_count[MB_POINT_B]);
}

static void read_pages_run(void)
{
    window.has_faults &= mb_faults_read(&window.fault_count[MB_POINT_E1]);
    mb_memory_read(&window.reader, &window.memory[MB_POINT_E1]);
    window.has_footprint &= mb_footprint_read(&window.reader, &window.footprint_bytes[MB_POINT_E1]);
}

static void read_point(const mb_bench *b, int point)
{
    if (b->pass == MB_PASS_HEAP) {
        if (window.heap != NULL) {
            if (point == MB_POINT_B)
                window.heap->begin();
            window.heap->read(&window.heap_points[point]);
        }
    } else if (point == MB_POINT_B) {
        read_pages_begin();
    } else if (point == MB_POINT_E1) {
        read_pages_run();
    } else {
        mb_memory_read(&window.reader, &window.memory[point]);
    }
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
    read_point(b, MB_POINT_B);
    mb_status status = b->definition->run(b);
    if (status != MB_OK) {
        window.is_open = false;
        return status;
    }
    read_point(b, MB_POINT_E1);
    mb_event_sign('x');
    if (b->definition->release != NULL)
        b->definition->release(b);
    read_point(b, MB_POINT_E2);
    mb_event_sign('t');
    window.has_trim = mb_allocator_trim(&window.allocator);
    read_point(b, MB_POINT_T);
    window.is_open = false;
    mb_window_send(b, &window);
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
    mb_window_mark *m = &window.marks[window.mark_count++];
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
        const mb_window_range *other = &window.ranges[i];
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
static void join_range(mb_window_range added, int64_t resident_bytes)
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
static mb_window_region *find_region(const char *name)
{
    char wanted[MB_NAME_BYTES_MAX];
    copy_name(wanted, name);
    for (size_t i = 0; i < window.region_count; i++)
        if (strcmp(window.regions[i].name, wanted) == 0)
            return &window.regions[i];
    if (window.region_count == MB_REGIONS_MAX)
        return NULL;
    mb_window_region *r = &window.regions[window.region_count++];
    *r = (mb_window_region){0};
    memcpy(r->name, wanted, sizeof r->name);
    return r;
}

void mb_region(mb_bench *b, const char *name, const void *address, uint64_t nominal_bytes)
{
    if (!window.is_open || b->pass != MB_PASS_PAGES)
        return;
    mb_window_region *r = window.range_count < MB_RANGES_MAX ? find_region(name) : NULL;
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
    join_range((mb_window_range){from, from + nominal_bytes}, resident_bytes);
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
