/* window_notes.c: what the author's calls note between the readings, from any thread of the case.
 *
 * One lock, taken for the whole of a note: its reading, its record and its sign of life belong together, and the
 * reader's buffer is one for all. It spins and yields, since a mutex of the C library needs a library of its own to be
 * linked on older systems, and a lock that is held for a reading of 5 to 50 us is rarely met. */
#include "readings/readings.h"
#include "worker/worker_parts.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static const mb_note_kind *const kinds[] = {&mb_marks, &mb_regions}; /* NULL: no call of that kind in this program */
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static atomic_flag lock = ATOMIC_FLAG_INIT;
static atomic_bool is_open;

void mb_notes_lock(void)
{
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
        sched_yield();
}

void mb_notes_unlock(void) { atomic_flag_clear_explicit(&lock, memory_order_release); }

void mb_notes_prepare(mb_pass pass, mb_reader *reader, const mb_heap_hook *heap_or_null)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i] != NULL)
            kinds[i]->prepare(pass, reader, heap_or_null);
    mb_notes_open(); /* the first call of each of these may bring in a page */
    mb_notes_close();
}

void mb_notes_open(void)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i] != NULL)
            kinds[i]->open();
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

void mb_notes_send_count(const char *name, int64_t value)
{
    mb_event_begin("count");
    mb_event_string("name", name);
    mb_event_integer("value", value);
    mb_event_send();
}

void mb_notes_send(const mb_bench *b, const mb_memory_reading *memory_at_b, int64_t heap_live_bytes_at_b)
{
    size_t lost_count = 0;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i] != NULL)
            lost_count += kinds[i]->send(b, memory_at_b, heap_live_bytes_at_b);
    if (lost_count > 0)
        mb_notes_send_count("marks_regions_and_counts_lost", (int64_t)lost_count);
}
