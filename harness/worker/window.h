/* window.h: what a window has read, between the code that reads it (window.c) and the code that says what each metric
 * is (window_values.c). */
#ifndef MEMBENCH_WORKER_WINDOW_H
#define MEMBENCH_WORKER_WINDOW_H

#include "heap/heap_hook.h"
#include "readings/provenance.h"
#include "readings/readings.h"
#include "worker/worker_parts.h"

/* Where memory is read: before run, after it, after release, after the allocator was asked to give back. */
enum { MB_POINT_B, MB_POINT_E1, MB_POINT_E2, MB_POINT_T, MB_POINT_COUNT };

typedef struct mb_window_mark {
    char name[MB_NAME_BYTES_MAX];
    mb_memory_reading memory; /* pages pass */
    int64_t heap_live_bytes;  /* heap pass */
} mb_window_mark;

typedef struct mb_window_region {
    char name[MB_NAME_BYTES_MAX];
    uint64_t nominal_bytes;
    int64_t resident_bytes; /* -1: could not be read */
} mb_window_region;

typedef struct mb_window_range { /* of addresses that a region holds */
    uint64_t from, to;
} mb_window_range;

typedef struct mb_window_count {
    char name[MB_NAME_BYTES_MAX];
    int64_t value;
} mb_window_count;

/* Everything a window writes to. */
typedef struct mb_window_data {
    mb_reader reader;
    mb_allocator allocator;
    const mb_heap_hook *heap;
    int cpu_count; /* asked once: it opens a file */
    bool is_open;  /* between B and T */
    mb_memory_reading memory[MB_POINT_COUNT];
    int64_t footprint_bytes[2], fault_count[2];
    bool has_footprint, has_faults, has_trim, peak_was_reset;
    bool is_inexact; /* a page that was touched did not read as one */
    mb_heap_reading heap_points[MB_POINT_COUNT];
    mb_window_mark marks[MB_MARKS_MAX];
    mb_window_region regions[MB_REGIONS_MAX];
    mb_window_range ranges[MB_RANGES_MAX];
    mb_window_count counts[MB_COUNTS_MAX];
    size_t mark_count, region_count, range_count, count_count, lost_count;
    int64_t regions_sum_bytes;   /* resident bytes of all regions */
    int64_t regions_union_bytes; /* the same, each page once; -1: one could not be read */
} mb_window_data;

/* Sends the events of a window that has ended: marks, regions, counts, each metric or why it is missing. */
void mb_window_send(const mb_bench *b, const mb_window_data *window);

#endif
