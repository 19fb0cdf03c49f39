/* window.h: what a window has read, between the code that reads it (window.c) and the code that says what each metric
 * is (window_values.c). */
#ifndef MEMBENCH_WORKER_WINDOW_H
#define MEMBENCH_WORKER_WINDOW_H

#include "heap/heap_hook.h"
#include "readings/lowering.h"
#include "readings/provenance.h"
#include "readings/readings.h"
#include "worker/worker_parts.h"

/* Where memory is read: before run, after it, after release, after the allocator was asked to give back. */
enum { MB_POINT_B, MB_POINT_E1, MB_POINT_E2, MB_POINT_T, MB_POINT_COUNT };

/* Everything a window writes to. */
typedef struct mb_window_data {
    mb_reader reader;
    mb_allocator allocator;
    const mb_heap_hook *heap;
    int cpu_count; /* asked once: it opens a file */
    mb_memory_reading memory[MB_POINT_COUNT];
    int64_t footprint_bytes[2], fault_count[2];
    bool is_steady;
    int64_t between_anon_bytes, between_heap_bytes; /* at B since T of the window before: of a steady window only */
    bool has_between_anon;
    int filter_errnum;   /* of the filter of readings/lowering.h; 0: it is in place, and the peak read by our tracer */
    bool is_untraced;    /* nobody traces this process */
    mb_peak_answer peak; /* between B and E2 */
    bool has_footprint, has_faults, has_trim, peak_was_reset;
    bool is_inexact; /* a page that was touched did not read as one */
    bool was_read;   /* memory, at the point before */
    mb_heap_reading heap_points[MB_POINT_COUNT];
    int64_t heap_pages_bytes[2]; /* anonymous memory at B and E1 of the heap pass, roughly; 0: not known */
    mb_heap_requested requested_points[MB_POINT_COUNT];
} mb_window_data;

/* The event that a window begins; it goes out with the first sign. */
void mb_window_begin(mb_window which);
/* What happens between it and the window's end: calls `run` and reads memory from B to T, and sends nothing but signs.
 * What was read is static. After a run that failed nothing more is read. */
const mb_window_data *mb_window_take(mb_bench *b, mb_window which, mb_status *status_of_run);

void mb_window_values_prepare(void); /* touches what the next function writes to: it does between two windows */
/* Sends the events of a window that has ended: what was noted in it, each metric or why it is missing. */
void mb_window_send(const mb_bench *b, const mb_window_data *window);

#endif
