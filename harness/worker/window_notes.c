/* window_notes.c: marks, regions and counts of a window, from any thread of the case.
 *
 * One lock, taken for the whole of a note: its reading, its record and its sign of life belong together, and the
 * reader's buffer is one for all. It spins and yields, since a mutex of the C library needs a library of its own to be
 * linked on older systems, and a lock that is held for a reading of 5 to 50 us is rarely met. */
#include "readings/readings.h"
#include "worker/worker_parts.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

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

/* Static, and touched before the first B: no page of it appears inside a window. */
static struct {
    mb_reader *reader;
    const mb_heap_hook *heap;
    mark marks[MB_MARKS_MAX];
    region regions[MB_REGIONS_MAX];
    range ranges[MB_RANGES_MAX];
    count counts[MB_COUNTS_MAX];
    size_t mark_count, region_count, range_count, count_count, lost_count;
    int64_t regions_sum_bytes;   /* resident bytes of all regions */
    int64_t regions_union_bytes; /* the same, each page once; -1: one could not be read */
} notes;

static atomic_flag lock = ATOMIC_FLAG_INIT;
static atomic_bool is_open;

void mb_notes_lock(void)
{
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
        sched_yield();
}

void mb_notes_unlock(void) { atomic_flag_clear_explicit(&lock, memory_order_release); }

void mb_notes_prepare(mb_reader *reader, const mb_heap_hook *heap_or_null)
{
    if (heap_or_null == NULL) { /* where pages count, they are there before B */
        mb_populate_storage(&notes, sizeof notes);
        memset(&notes, 0, sizeof notes);
    }
    notes.reader = reader;
    notes.heap = heap_or_null;
    mb_notes_open(); /* the first call of each of these may bring in a page */
    mb_notes_close();
}

void mb_notes_open(void)
{
    notes.mark_count = notes.region_count = notes.range_count = notes.count_count = notes.lost_count = 0;
    notes.regions_sum_bytes = notes.regions_union_bytes = 0;
    atomic_store(&is_open, true);
}

void mb_notes_close(void)
{
    mb_notes_lock();
    atomic_store(&is_open, false);
    mb_notes_unlock();
}

/* Takes the lock when the window is open. The first look spares those who mark in the time pass the lock. */
static bool begin_note(void)
{
    if (!atomic_load(&is_open))
        return false;
    mb_notes_lock();
    if (atomic_load(&is_open))
        return true;
    mb_notes_unlock();
    return false;
}

static void copy_name(char name[MB_NAME_BYTES_MAX], const char *text)
{
    size_t length = strnlen(text, MB_NAME_BYTES_MAX - 1);
    memcpy(name, text, length);
    name[length] = '\0';
}

static void add_mark(const mb_bench *b, const char *name)
{
    mb_event_sign('.');
    if (notes.mark_count == MB_MARKS_MAX) {
        notes.lost_count++;
        return;
    }
    mark *m = &notes.marks[notes.mark_count++];
    copy_name(m->name, name);
    if (b->pass == MB_PASS_PAGES) {
        mb_memory_read(notes.reader, &m->memory);
    } else if (notes.heap != NULL) {
        mb_heap_reading reading;
        notes.heap->read(&reading);
        m->heap_live_bytes = reading.live_bytes;
    }
}

void mb_mark(mb_bench *b, const char *name)
{
    if (!begin_note())
        return;
    add_mark(b, name);
    mb_notes_unlock();
}

/* Where the part of [at, to) ends that lies in no region, or in one; *is_covered says which. */
static uint64_t find_part_end(uint64_t at, uint64_t to, bool *is_covered)
{
    *is_covered = false;
    for (size_t i = 0; i < notes.range_count; i++) {
        const range *other = &notes.ranges[i];
        if (other->from <= at && at < other->to) {
            *is_covered = true;
            return other->to < to ? other->to : to;
        }
    }
    for (size_t i = 0; i < notes.range_count; i++)
        if (notes.ranges[i].from > at && notes.ranges[i].from < to)
            to = notes.ranges[i].from;
    return to;
}

/* Adds to the union what of the new range no earlier one holds; resident_bytes is all of it, -1: not known. */
static void join_range(range added, int64_t resident_bytes)
{
    bool is_valid = resident_bytes >= 0 && notes.regions_union_bytes >= 0;
    int64_t new_bytes = 0, part_bytes = 0;
    for (uint64_t at = added.from, end; is_valid && at < added.to; at = end) {
        bool is_covered;
        end = find_part_end(at, added.to, &is_covered);
        if (!is_covered) {
            is_valid = mb_region_read(notes.reader, (const void *)(uintptr_t)at, end - at, &part_bytes);
            new_bytes += part_bytes;
        }
    }
    notes.regions_sum_bytes += resident_bytes;
    notes.regions_union_bytes = is_valid ? notes.regions_union_bytes + new_bytes : -1;
    if (resident_bytes >= 0)
        notes.ranges[notes.range_count++] = added;
}

/* The region of that name, a new one when there is none yet; NULL when there is no room. */
static region *find_region(const char *name)
{
    char wanted[MB_NAME_BYTES_MAX];
    copy_name(wanted, name);
    for (size_t i = 0; i < notes.region_count; i++)
        if (strcmp(notes.regions[i].name, wanted) == 0)
            return &notes.regions[i];
    if (notes.region_count == MB_REGIONS_MAX)
        return NULL;
    region *r = &notes.regions[notes.region_count++];
    *r = (region){0};
    memcpy(r->name, wanted, sizeof r->name);
    return r;
}

static void add_region(const char *name, const void *address, uint64_t nominal_bytes)
{
    region *r = notes.range_count < MB_RANGES_MAX ? find_region(name) : NULL;
    if (r == NULL) {
        notes.lost_count++;
        return;
    }
    int64_t resident_bytes;
    if (!mb_region_read(notes.reader, address, nominal_bytes, &resident_bytes))
        resident_bytes = -1;
    r->nominal_bytes += nominal_bytes;
    r->resident_bytes = r->resident_bytes >= 0 && resident_bytes >= 0 ? r->resident_bytes + resident_bytes : -1;
    uint64_t from = (uint64_t)(uintptr_t)address;
    join_range((range){from, from + nominal_bytes}, resident_bytes);
}

void mb_region(mb_bench *b, const char *name, const void *address, uint64_t nominal_bytes)
{
    if (b->pass != MB_PASS_PAGES || !begin_note())
        return;
    add_region(name, address, nominal_bytes);
    mb_notes_unlock();
}

static void set_count(const char *name, int64_t value)
{
    size_t i = 0;
    while (i < notes.count_count && strncmp(notes.counts[i].name, name, MB_NAME_BYTES_MAX - 1) != 0)
        i++;
    if (i == MB_COUNTS_MAX) {
        notes.lost_count++;
        return;
    }
    if (i == notes.count_count) {
        copy_name(notes.counts[i].name, name);
        notes.count_count++;
    }
    notes.counts[i].value = value;
}

void mb_count(mb_bench *b, const char *name, int64_t value)
{
    if (b->pass != MB_PASS_PAGES || !begin_note())
        return;
    set_count(name, value);
    mb_notes_unlock();
}

int64_t mb_notes_highest_rss_bytes(void)
{
    int64_t highest = 0;
    for (size_t i = 0; i < notes.mark_count; i++)
        if (notes.marks[i].memory.rss_bytes > highest)
            highest = notes.marks[i].memory.rss_bytes;
    return highest;
}

static void send_mark(const mb_bench *b, const mark *m, const mb_memory_reading *memory_at_b,
                      int64_t heap_live_bytes_at_b)
{
    mb_event_begin("mark");
    mb_event_string("name", m->name);
    mb_event_open("values", '{');
    if (b->pass == MB_PASS_HEAP) {
        if (notes.heap != NULL)
            mb_event_integer("heap_live_bytes", m->heap_live_bytes - heap_live_bytes_at_b);
    } else if (memory_at_b->valid & m->memory.valid & MB_READING_RSS) {
        mb_event_integer("rss_delta_bytes", m->memory.rss_bytes - memory_at_b->rss_bytes);
        mb_event_integer("anon_delta_bytes", m->memory.anon_bytes - memory_at_b->anon_bytes);
    }
    mb_event_close('}');
    mb_event_send();
}

static void send_count(const char *name, int64_t value)
{
    mb_event_begin("count");
    mb_event_string("name", name);
    mb_event_integer("value", value);
    mb_event_send();
}

static void send_regions_and_counts(void)
{
    for (size_t i = 0; i < notes.region_count; i++) {
        mb_event_begin("region");
        mb_event_string("name", notes.regions[i].name);
        mb_event_unsigned("nominal_bytes", notes.regions[i].nominal_bytes);
        if (notes.regions[i].resident_bytes >= 0)
            mb_event_integer("resident_bytes", notes.regions[i].resident_bytes);
        mb_event_send();
    }
    for (size_t i = 0; i < notes.count_count; i++)
        send_count(notes.counts[i].name, notes.counts[i].value);
    if (notes.regions_union_bytes >= 0 && notes.regions_union_bytes != notes.regions_sum_bytes)
        send_count(MB_REGIONS_TOGETHER_NAME, notes.regions_union_bytes);
    if (notes.lost_count > 0)
        send_count("marks_regions_and_counts_lost", (int64_t)notes.lost_count);
}

void mb_notes_send(const mb_bench *b, const mb_memory_reading *memory_at_b, int64_t heap_live_bytes_at_b)
{
    for (size_t i = 0; i < notes.mark_count; i++)
        send_mark(b, &notes.marks[i], memory_at_b, heap_live_bytes_at_b);
    if (b->pass == MB_PASS_PAGES)
        send_regions_and_counts();
}
