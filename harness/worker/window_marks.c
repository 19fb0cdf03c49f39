/* window_marks.c: the marks and counts of a window, from any thread of the case while it is open.
 *
 * In the program only where it calls mb_mark or mb_count, as with regions: a sample of others has four pages less. */
#include "readings/readings.h"
#include "worker/worker_parts.h"

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
    mark list[MB_MARKS_MAX];
    count counts[MB_COUNTS_MAX];
    size_t mark_count, count_count, lost_count;
} marks;

static void prepare_marks(mb_pass pass, mb_reader *reader, const mb_heap_hook *heap_or_null)
{
    if (pass == MB_PASS_PAGES) { /* where pages count, they are there before B */
        mb_populate_storage(&marks, sizeof marks);
        memset(&marks, 0, sizeof marks);
    }
    marks.reader = reader;
    marks.heap = heap_or_null;
}

static void open_marks(void) { marks.mark_count = marks.count_count = marks.lost_count = 0; }

static void add_mark(const mb_bench *b, const char *name)
{
    mb_event_sign('.');
    if (marks.mark_count == MB_MARKS_MAX) {
        marks.lost_count++;
        return;
    }
    mark *m = &marks.list[marks.mark_count++];
    mb_notes_name(m->name, name);
    if (b->pass == MB_PASS_PAGES) {
        mb_memory_read(marks.reader, &m->memory);
    } else if (marks.heap != NULL) {
        mb_heap_reading reading;
        marks.heap->read(&reading);
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
    while (i < marks.count_count && strncmp(marks.counts[i].name, name, MB_NAME_BYTES_MAX - 1) != 0)
        i++;
    if (i == MB_COUNTS_MAX) {
        marks.lost_count++;
        return;
    }
    if (i == marks.count_count) {
        mb_notes_name(marks.counts[i].name, name);
        marks.count_count++;
    }
    marks.counts[i].value = value;
}

void mb_count(mb_bench *b, const char *name, int64_t value)
{
    if (b->pass != MB_PASS_PAGES || !mb_notes_begin())
        return;
    set_count(name, value);
    mb_notes_unlock();
}

int64_t mb_marks_highest_rss_bytes(void)
{
    int64_t highest = 0;
    for (size_t i = 0; i < marks.mark_count; i++)
        if (marks.list[i].memory.rss_bytes > highest)
            highest = marks.list[i].memory.rss_bytes;
    return highest;
}

static void send_mark(const mb_bench *b, const mark *m, const mb_memory_reading *memory_at_b,
                      int64_t heap_live_bytes_at_b)
{
    mb_event_begin("mark");
    mb_event_string("name", m->name);
    mb_event_open("values", '{');
    if (b->pass == MB_PASS_HEAP) {
        if (marks.heap != NULL)
            mb_event_integer("heap_live_bytes", m->heap_live_bytes - heap_live_bytes_at_b);
    } else if (memory_at_b->valid & m->memory.valid & MB_READING_RSS) {
        mb_event_integer("rss_delta_bytes", m->memory.rss_bytes - memory_at_b->rss_bytes);
        mb_event_integer("anon_delta_bytes", m->memory.anon_bytes - memory_at_b->anon_bytes);
    }
    mb_event_close('}');
    mb_event_send();
}

static size_t send_marks(const mb_bench *b, const mb_memory_reading *memory_at_b, int64_t heap_live_bytes_at_b)
{
    for (size_t i = 0; i < marks.mark_count; i++)
        send_mark(b, &marks.list[i], memory_at_b, heap_live_bytes_at_b);
    for (size_t i = 0; i < marks.count_count; i++)
        mb_notes_send_count(marks.counts[i].name, marks.counts[i].value);
    return marks.lost_count;
}

const mb_note_kind mb_marks = {prepare_marks, open_marks, send_marks};
