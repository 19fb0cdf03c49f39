/* event.h: one line of docs/protocol.md as a plain structure. What comes from a worker may be garbage.
 *
 * Types are strict, unknown keys and unknown events are ignored, numbers are finite and at most 2^53 in size. */
#ifndef MEMBENCH_STORE_EVENT_H
#define MEMBENCH_STORE_EVENT_H

#include "base/error.h"
#include "model/result.h"
#include "worker/protocol.h"

enum { MB_EVENT_LINE_BYTES_MAX = 64 * 1024 };

typedef enum mb_event_kind {
    MB_EVENT_HELLO,
    MB_EVENT_CASE,
    MB_EVENT_BEGIN,
    MB_EVENT_MARK,
    MB_EVENT_REGION,
    MB_EVENT_COUNT,
    MB_EVENT_END,
    MB_EVENT_TIME,
    MB_EVENT_PROGRESS,
    MB_EVENT_DONE,
    MB_EVENT_UNKNOWN, /* to be ignored */
} mb_event_kind;

typedef struct mb_hello { /* strings are NULL when not said */
    const char *version;
    const char *libc;
    const char *allocator;
    const char *aslr;
    const char *thp;
    const char *entropy;   /* "fixed", "real" */
    const char *rss;       /* "inexact": a page that it touched did not read as one page */
    const char *libraries; /* digest of the program and all that it starts with */
    const char *framework; /* of a program of another one, as its samples are told; else NULL */
} mb_hello;

typedef struct mb_listed_case {
    mb_case_result result; /* id, group, function, params, flags; the rest is empty */
    const char *summary;   /* or NULL */
    uint64_t needs_bytes, cost_ns;
} mb_listed_case;

/* Strings and arrays live in the arena given to mb_event_parse. */
typedef struct mb_event {
    mb_event_kind kind;
    union {
        mb_hello hello;
        mb_listed_case listed;
        mb_window begin;
        struct {
            const char *name;
            bool is_known[MB_MARK_QUANTITY_COUNT];
            double values[MB_MARK_QUANTITY_COUNT];
        } mark;
        struct {
            const char *name;
            double nominal_bytes, resident_bytes;
            bool is_resident_known; /* false: its residency could not be read */
        } region;
        struct {
            const char *name;
            double value;
        } count;
        struct {
            bool is_known[MB_QUANTITY_COUNT];
            double values[MB_QUANTITY_COUNT];
            const char *missing[MB_QUANTITY_COUNT]; /* reasons, or NULL */
        } end;
        struct {
            mb_series real_ns, cpu_ns;
            const char *missing; /* or NULL */
        } time;
        struct {               /* of a soak */
            const char *state; /* "run", "idle", "trimmed", or NULL */
            double operation_count;
            double heap_live_bytes;
            bool has_heap;
        } progress;
        struct {
            mb_outcome outcome; /* ok, skipped, failed or out_of_memory */
            const char *message;
            uint64_t operation_count; /* 0: not said */
            uint64_t random_request_count;
        } done;
    };
} mb_event;

/* Parses line (length bytes, no newline needed). line_number, from 1, is in messages: `event line 3: "values" is
 * not an object`. */
MB_NODISCARD mb_status mb_event_parse(const char *line, size_t length, size_t line_number, mb_arena *arena,
                                      mb_event *event, mb_error *error);

#endif
