/* site_set.h: call sites with their names, of one sample of one case. Plain data; knows no file, process or debug
 * information, so a set may come from a sample or from a baseline. */
#ifndef MEMBENCH_SITES_SITE_SET_H
#define MEMBENCH_SITES_SITE_SET_H

#include "base/arena.h"
#include "model/metric.h"
#include "sites/site_amounts.h"

#include <stdbool.h>
#include <stddef.h>

/* A frame. */
typedef struct mb_site_place {
    const char *function; /* demangled; "+0x12ab" where there is no name */
    const char *module;   /* file name of the program or library; "" when not known */
    const char *file;     /* path of the source, or NULL */
    int line;             /* 0: not known */
    bool is_program;      /* the module is the program itself, whatever the file is called */
} mb_site_place;

/* Frames from the one that called malloc to the case's function; inlined ones are frames of their own. */
typedef struct mb_site_stack {
    const mb_site_place *const *places;
    size_t place_count; /* 0: no stack is known */
    bool is_cut;        /* deeper than was walked: its outer end is missing */
} mb_site_stack;

typedef struct mb_site_row {
    mb_site_stack stack;
    mb_site_amounts amounts;
} mb_site_row;

typedef struct mb_site_view {
    const mb_site_row *rows;
    size_t row_count;
    mb_site_amounts counted; /* by the heap hook's counters, of what they know at that moment; see mb_site_weight */
} mb_site_view;

/* Anonymous pages of one owner, at B and at E1, and how much of them is live blocks. Not kept in baselines. */
typedef struct mb_site_pages {
    mb_page_kind kind;
    const char *name;    /* of data: the library's file name; else, and of the program, "" */
    mb_site_stack stack; /* of what is mapped: of the call that did; without places: not known */
    int64_t anon_bytes[2], live_bytes[2];
} mb_site_pages;

typedef struct mb_site_set {
    const mb_site_pages *pages[MB_WINDOW_COUNT];
    size_t page_count[MB_WINDOW_COUNT];
    bool has_window[MB_WINDOW_COUNT];
    mb_site_view views[MB_WINDOW_COUNT][MB_SITE_MOMENT_COUNT];
} mb_site_set; /* in an arena of whoever made it */

/* Which of the amounts a metric is the sum of. */
typedef enum mb_site_weight { MB_SITE_BYTES, MB_SITE_REQUESTED, MB_SITE_BLOCKS } mb_site_weight;
int64_t mb_site_weigh(const mb_site_amounts *amounts, mb_site_weight weight);

/* Where and how a metric is explained by sites; false: not at all. Memory in pages (anon, peak) is explained by the
 * heap's part of it. */
typedef struct mb_site_question {
    mb_window window;
    mb_site_moment moment;
    mb_site_weight weight;
    bool is_of_pages; /* the heap's bytes are only a part of it */
} mb_site_question;
bool mb_site_question_of(mb_metric metric, mb_site_question *question);

bool mb_site_moment_find(const char *name, mb_site_moment *moment);
const char *mb_site_moment_name(mb_site_moment moment);
const char *mb_site_moment_summary(mb_site_moment moment);

/* Sum over the rows. */
mb_site_amounts mb_site_sum(const mb_site_view *view);

#endif
