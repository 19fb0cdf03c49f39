/* window_regions.c: what of a range of addresses is resident, asked from any thread of the case while a window is open.
 *
 * Asking about addresses takes a file and some calls at the start that few cases need. */
#include "readings/readings.h"
#include "worker/worker_parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct region {
    char name[MB_NAME_BYTES_MAX];
    uint64_t nominal_bytes;
    int64_t resident_bytes; /* -1: could not be read */
} region;

typedef struct range { /* of addresses that a region holds */
    uint64_t from, to;
} range;

/* Static, and touched before the first B: no page of it appears inside a window. */
static struct {
    mb_reader *reader;
    region list[MB_REGIONS_MAX];
    range ranges[MB_RANGES_MAX];
    size_t count, range_count, lost_count;
    int64_t sum_bytes;   /* resident bytes of all regions */
    int64_t union_bytes; /* the same, each page once; -1: one could not be read */
} regions;

static void prepare_regions(mb_pass pass, mb_reader *reader, const mb_heap_hook *heap_or_null)
{
    (void)heap_or_null;
    if (pass != MB_PASS_PAGES)
        return;
    mb_populate_storage(&regions, sizeof regions);
    memset(&regions, 0, sizeof regions);
    regions.reader = reader;
    mb_reader_open_addresses(reader, getenv("MEMBENCH_ROOT"));
}

static void open_regions(void)
{
    regions.count = regions.range_count = regions.lost_count = 0;
    regions.sum_bytes = regions.union_bytes = 0;
}

/* Where the part of [at, to) ends that lies in no region, or in one; *is_covered says which. */
static uint64_t find_part_end(uint64_t at, uint64_t to, bool *is_covered)
{
    *is_covered = false;
    for (size_t i = 0; i < regions.range_count; i++) {
        const range *other = &regions.ranges[i];
        if (other->from <= at && at < other->to) {
            *is_covered = true;
            return other->to < to ? other->to : to;
        }
    }
    for (size_t i = 0; i < regions.range_count; i++)
        if (regions.ranges[i].from > at && regions.ranges[i].from < to)
            to = regions.ranges[i].from;
    return to;
}

/* Adds to the union what of the new range no earlier one holds; resident_bytes is all of it, -1: not known. */
static void join_range(range added, int64_t resident_bytes)
{
    bool is_valid = resident_bytes >= 0 && regions.union_bytes >= 0;
    int64_t new_bytes = 0, part_bytes = 0;
    for (uint64_t at = added.from, end; is_valid && at < added.to; at = end) {
        bool is_covered;
        end = find_part_end(at, added.to, &is_covered);
        if (!is_covered) {
            is_valid = mb_region_read(regions.reader, (const void *)(uintptr_t)at, end - at, &part_bytes);
            new_bytes += part_bytes;
        }
    }
    regions.sum_bytes += resident_bytes;
    regions.union_bytes = is_valid ? regions.union_bytes + new_bytes : -1;
    if (resident_bytes >= 0)
        regions.ranges[regions.range_count++] = added;
}

/* The region of that name, a new one when there is none yet; NULL when there is no room. */
static region *find_region(const char *name)
{
    char wanted[MB_NAME_BYTES_MAX];
    mb_notes_name(wanted, name);
    for (size_t i = 0; i < regions.count; i++)
        if (strcmp(regions.list[i].name, wanted) == 0)
            return &regions.list[i];
    if (regions.count == MB_REGIONS_MAX)
        return NULL;
    region *r = &regions.list[regions.count++];
    *r = (region){0};
    memcpy(r->name, wanted, sizeof r->name);
    return r;
}

static void add_region(const char *name, const void *address, uint64_t nominal_bytes)
{
    region *r = regions.range_count < MB_RANGES_MAX ? find_region(name) : NULL;
    if (r == NULL) {
        regions.lost_count++;
        return;
    }
    int64_t resident_bytes;
    if (!mb_region_read(regions.reader, address, nominal_bytes, &resident_bytes))
        resident_bytes = -1;
    r->nominal_bytes += nominal_bytes;
    r->resident_bytes = r->resident_bytes >= 0 && resident_bytes >= 0 ? r->resident_bytes + resident_bytes : -1;
    uint64_t from = (uint64_t)(uintptr_t)address;
    join_range((range){from, from + nominal_bytes}, resident_bytes);
}

void mb_region(mb_bench *b, const char *name, const void *address, uint64_t nominal_bytes)
{
    if (b->pass != MB_PASS_PAGES || !mb_notes_begin())
        return;
    add_region(name, address, nominal_bytes);
    mb_notes_unlock();
}

static size_t send_regions(const mb_bench *b, const mb_memory_reading *memory_at_b, int64_t heap_live_bytes_at_b)
{
    (void)b, (void)memory_at_b, (void)heap_live_bytes_at_b;
    for (size_t i = 0; i < regions.count; i++) {
        mb_event_begin("region");
        mb_event_string("name", regions.list[i].name);
        mb_event_unsigned("nominal_bytes", regions.list[i].nominal_bytes);
        if (regions.list[i].resident_bytes >= 0)
            mb_event_integer("resident_bytes", regions.list[i].resident_bytes);
        mb_event_send();
    }
    if (regions.union_bytes >= 0 && regions.union_bytes != regions.sum_bytes)
        mb_notes_send_count(MB_REGIONS_TOGETHER_NAME, regions.union_bytes);
    return regions.lost_count;
}

const mb_note_kind mb_regions = {prepare_regions, open_regions, send_regions};
