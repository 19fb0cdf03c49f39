/* helper.h: the known truth behind calibrate.c: pages are touched, and sources asked about it. */
#ifndef MEMBENCH_READINGS_HELPER_H
#define MEMBENCH_READINGS_HELPER_H

#include "readings/calibrate.h"

enum { MB_HELPER_STEPS = 5 }; /* before anything, then after 1, 3, 25 and 257 pages more */

/* Pages touched between step i - 1 and step i; [0] is 0. */
extern const int64_t mb_helper_touched_pages[MB_HELPER_STEPS];

/* What the sources said; plain data, goes through a pipe in one write. */
typedef struct mb_helper_report {
    int64_t value_pages[MB_HELPER_STEPS][MB_SOURCE_COUNT];
    unsigned valid[MB_HELPER_STEPS]; /* 1u << source */
    /* Of a helper process alone: */
    int64_t cost_ns[MB_SOURCE_COUNT];
    int64_t rss_bytes;         /* at the end, for ps to compare with; -1: not known */
    int64_t peak_missed_pages; /* of a transient of 257 pages, MB_SOURCE_PEAK */
} mb_helper_report;

/* Which sources to ask: 1u << source, or'ed. */
typedef unsigned mb_source_set;

/* Asks status or smaps_rollup about pages that this process touches and gives back; no other thread may do so
 * meanwhile. Its peak is not reset: whoever measures membench sees it. 0.15 ms. */
void mb_helper_ask(const char *root, mb_source_set sources, mb_helper_report *report);

/* Runs a helper process and waits for its report; when inspect is not NULL it is called with the helper's id while
 * the helper holds still. */
MB_NODISCARD mb_status mb_helper_run(const char *root, mb_source_set sources, void (*inspect)(pid_t pid, void *context),
                                     void *context, mb_helper_report *report, mb_error *error);

/* The same out of files recorded below root/step-0 … root/step-4, which stand in for a kernel of another kind. */
void mb_helper_replay(const char *root, mb_source_set sources, mb_helper_report *report);

/* True when root holds such a recording. */
bool mb_helper_is_recorded(const char *root);

#endif
