/* sample.h: what one worker said, as the collector sees it. Internal to results/. */
#ifndef MEMBENCH_STORE_SAMPLE_H
#define MEMBENCH_STORE_SAMPLE_H

#include "store/collect.h"

/* Those of the program, and the library's own: how much all regions take together, and how many notes were lost. */
enum { MB_SAMPLE_COUNTS_MAX = MB_COUNTS_MAX + 2 };

typedef struct mb_sample_mark {
    const char *name;
    bool is_known[MB_MARK_QUANTITY_COUNT];
    double values[MB_MARK_QUANTITY_COUNT];
} mb_sample_mark;

typedef struct mb_sample_region {
    const char *name;
    double nominal_bytes, resident_bytes;
    bool is_resident_known;
} mb_sample_region;

typedef struct mb_sample_count {
    const char *name;
    double value;
} mb_sample_count;

typedef struct mb_sample_window {
    bool is_begun, is_ended;
    bool is_known[MB_QUANTITY_COUNT];
    double values[MB_QUANTITY_COUNT];
    const char *missing[MB_QUANTITY_COUNT];
    mb_sample_mark marks[MB_MARKS_MAX];
    size_t mark_count;
    mb_sample_region regions[MB_REGIONS_MAX];
    size_t region_count;
    mb_sample_count counts[MB_SAMPLE_COUNTS_MAX]; /* names are unique: the last value counts */
    size_t count_count;
} mb_sample_window;

struct mb_sample {
    mb_pass pass;
    mb_arena arena;
    char *text; /* all lines */
    size_t text_length, text_capacity;
    size_t line_count;
    bool said_hello, said_time, said_done, is_spoiled;
    mb_window open; /* MB_WINDOW_COUNT: none */
    mb_sample_window windows[MB_WINDOW_COUNT];
    mb_series real_ns, cpu_ns;
    const char *time_missing;
    mb_outcome outcome;
    const char *message;
    uint64_t operation_count;
    uint64_t random_request_count;
    mb_error error; /* when spoiled */
};

#endif
