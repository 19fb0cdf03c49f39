/* window_notes.c: marks and counts of a window, from any thread of the case.
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

typedef struct count {
    char name[MB_NAME_BYTES_MAX];
    int64_t value;
} count;

/* Static, and touched before the first B: no page of it appears inside a window. */
static struct {
    mb_reader *reader;
    const mb_heap_hook *heap;
    mark marks[MB_MARKS_MAX];
    count counts[MB_COUNTS_MAX];
    size_t mark_count, count_count, lost_count;
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
    notes.mark_count = notes.count_count = notes.lost_count = 0;
    if (mb_regions_open != NULL)
        mb_regions_open();
    atomic_store(&is_open, true);
}

void mb_notes_close(void)
{
    mb_notes_lock();
    atomic_store(&is_open, false);
    mb_notes_unlock();
}

/* The first look spares those who mark in the time pass the lock. */
bool mb_notes_begin(void)
{
    if (!atomic_load(&is_open))
        return false;
    mb_notes_lock();
    if (atomic_load(&is_open))
        return true;
    mb_notes_unlock();
    return false;
}

void mb_notes_name(char name[MB_NAME_BYTES_MAX], const char *text)
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
    mb_notes_name(m->name, name);
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
    if (!mb_notes_begin())
        return;
    add_mark(b, name);
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
        mb_notes_name(notes.counts[i].name, name);
        notes.count_count++;
    }
    notes.counts[i].value = value;
}

void mb_count(mb_bench *b, const char *name, int64_t value)
{
    if (b->pass != MB_PASS_PAGES || !mb_notes_begin())
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

void mb_notes_send_count(const char *name, int64_t value)
{
    mb_event_begin("count");
    mb_event_string("name", name);
    mb_event_integer("value", value);
    mb_event_send();
}

static void send_counts(void)
{
    size_t lost_count = notes.lost_count;
    for (size_t i = 0; i < notes.count_count; i++)
        mb_notes_send_count(notes.counts[i].name, notes.counts[i].value);
    if (mb_regions_send != NULL)
        lost_count += mb_regions_send();
    if (lost_count > 0)
        mb_notes_send_count("marks_regions_and_counts_lost", (int64_t)lost_count);
}

void mb_notes_send(const mb_bench *b, const mb_memory_reading *memory_at_b, int64_t heap_live_bytes_at_b)
{
    for (size_t i = 0; i < notes.mark_count; i++)
        send_mark(b, &notes.marks[i], memory_at_b, heap_live_bytes_at_b);
    if (b->pass == MB_PASS_PAGES)
        send_counts();
}
