/* site_dump.h: what the collector has written in the measured process, read again. Addresses, no names yet.
 *
 *     membench-sites 1
 *     window 0                            the first is the cold one, the second the steady one
 *     counted MOMENT BLOCKS BYTES REQUESTED      what the counters say, of what they know
 *     module INDEX BUILD-ID|- PATH        each once in a file
 *     site INDEX whole|cut MODULE|-+OFFSET…      hexadecimal, innermost first; each once in a file
 *     pages KIND ANON LIVE ANON LIVE NAME        anonymous bytes, and live blocks' among them, at B and at E1
 *     mapped ANON ANON SITE               anonymous bytes that the program mapped itself, at B and at E1
 *     at MOMENT BLOCKS BYTES REQUESTED SITE      site 0: no stack is known
 *     end */
#ifndef MEMBENCH_SITES_SITE_DUMP_H
#define MEMBENCH_SITES_SITE_DUMP_H

#include "base/arena.h"
#include "base/error.h"
#include "model/metric.h"
#include "sites/site_amounts.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_dump_module {
    const char *path, *build_id; /* build_id: "" when it has none; path: NULL when the module was not told */
} mb_dump_module;

typedef struct mb_dump_frame {
    size_t module; /* SIZE_MAX: not known */
    uint64_t offset;
} mb_dump_frame;

typedef struct mb_dump_site {
    mb_dump_frame *frames; /* innermost first */
    size_t frame_count;
    bool is_cut;
} mb_dump_site;

typedef struct mb_dump_row {
    size_t site;
    mb_site_amounts amounts;
} mb_dump_row;

typedef struct mb_dump_view {
    mb_dump_row *rows;
    size_t row_count, row_capacity;
    mb_site_amounts counted;
} mb_dump_view;

typedef struct mb_dump_pages {
    mb_page_kind kind;
    const char *name; /* of data: the library's; else, and of the program, "" */
    size_t site;      /* of what is mapped; 0: not known */
    int64_t anon_bytes[2], live_bytes[2];
} mb_dump_pages;

typedef struct mb_site_dump {
    mb_dump_module *modules;
    size_t module_count;
    mb_dump_site *sites;
    size_t site_count;
    bool has_window[MB_WINDOW_COUNT];
    mb_dump_pages *pages[MB_WINDOW_COUNT];
    size_t page_count[MB_WINDOW_COUNT], page_capacity[MB_WINDOW_COUNT];
    mb_dump_view views[MB_WINDOW_COUNT][MB_SITE_MOMENT_COUNT];
} mb_site_dump; /* everything is in the arena */

/* Reads the text. Safe with any bytes: what is not of this form is MB_ERROR_FORMAT, with the line's number. */
MB_NODISCARD mb_status mb_site_dump_read(const char *text, size_t length, mb_arena *arena, mb_site_dump *dump,
                                         mb_error *error);

#endif
