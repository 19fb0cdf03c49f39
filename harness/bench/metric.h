/* metric.h: the one table of everything membench measures: names, units, passes, gates and floors.
 *
 * Worker, results, gate, reports and help all read this table; docs/measuring.md defines each metric.
 * A metric measured in both windows has two entries, "cold_…" and "steady_…". */
#ifndef MEMBENCH_BENCH_METRIC_H
#define MEMBENCH_BENCH_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum mb_pass {
    MB_PASS_PAGES,
    MB_PASS_HEAP,
    MB_PASS_TIME,
    MB_PASS_EXEC, /* any command under `membench exec`: no worker takes it */
    MB_PASS_COUNT,
    MB_PASS_WORKER_COUNT = MB_PASS_EXEC
} mb_pass;
typedef enum mb_window { MB_WINDOW_COLD, MB_WINDOW_STEADY, MB_WINDOW_COUNT } mb_window;

/* What is read, without the window. The order is that of reports. */
typedef enum mb_quantity {
    MB_ANON_DELTA_BYTES,
    MB_RSS_DELTA_BYTES,
    MB_FOOTPRINT_BYTES,
    MB_PEAK_RSS_DELTA_BYTES,
    MB_PEAK_RSS_BOUND_BYTES, /* how far the peak may lie above what was read; 0: it is exact */
    MB_RETAINED_RSS_BYTES,
    MB_RETAINED_ANON_BYTES,
    MB_RETAINED_AFTER_TRIM_RSS_BYTES,
    MB_RETAINED_AFTER_TRIM_ANON_BYTES,
    MB_PAGE_FAULT_MINOR_COUNT,
    MB_HEAP_LIVE_BYTES,
    MB_HEAP_PEAK_BYTES,
    MB_HEAP_ALLOC_BYTES,
    MB_HEAP_ALLOC_COUNT,
    MB_HEAP_RETAINED_BYTES,
    MB_REAL_TIME_NS,
    MB_CPU_TIME_NS,
    MB_USER_TIME_NS, /* from here on of commands (exec) alone */
    MB_SYSTEM_TIME_NS,
    MB_PROCESS_PEAK_RSS_BYTES,
    MB_PROCESS_SAMPLED_PEAK_RSS_BYTES, /* in its place where processes cannot be traced */
    MB_PROCESS_EXIT_ANON_BYTES,
    MB_TREE_PEAK_PSS_ANON_BYTES,
    MB_TREE_PROCESS_COUNT,
    MB_QUANTITY_COUNT
} mb_quantity;

/* The count that a worker adds when its regions overlap: resident bytes of all of them, each page counted once. */
#define MB_REGIONS_TOGETHER_NAME "regions_together_bytes"

typedef enum mb_kind { MB_KIND_BYTES, MB_KIND_COUNT, MB_KIND_NS } mb_kind;

typedef struct mb_quantity_info {
    const char *name;    /* JSON name without the window's prefix, e.g. "anon_delta_bytes" */
    const char *alias;   /* short name on the command line, e.g. "anon" */
    const char *heading; /* column of the text report, e.g. "anon" */
    const char *summary; /* one line for help and documents */
    mb_pass pass;
    mb_kind kind;
    bool gates;          /* by default; the rest is shown and gates on request */
    bool per_page;       /* moves in whole pages */
    int64_t floor_exact; /* growth up to this never regresses, exact path; in pages when per_page, else in its unit */
    int64_t floor_rank;  /* the same on the rank path; always in its unit */
} mb_quantity_info;

/* A metric: a quantity in a window, as one index. Times, and what is measured of commands, have no window: each of
 * them (MB_REAL_TIME_NS and all behind it) appears once. */
enum { MB_METRIC_COUNT = MB_REAL_TIME_NS * 2 + (MB_QUANTITY_COUNT - MB_REAL_TIME_NS), MB_METRIC_NAME_BYTES_MAX = 48 };
typedef int mb_metric; /* 0 … MB_METRIC_COUNT - 1: all cold ones, all steady ones, those without a window */

const mb_quantity_info *mb_quantity_get(mb_quantity quantity);
const char *mb_pass_name(mb_pass pass);       /* "pages" */
const char *mb_window_name(mb_window window); /* "cold" */

mb_metric mb_metric_of(mb_quantity quantity, mb_window window);
mb_quantity mb_metric_quantity(mb_metric metric);
bool mb_metric_has_window(mb_metric metric);
mb_window mb_metric_window(mb_metric metric); /* MB_WINDOW_STEADY for those without one */
const mb_quantity_info *mb_metric_info(mb_metric metric);

/* Full JSON name, "cold_anon_delta_bytes" or "real_time_ns"; static storage. */
const char *mb_metric_name(mb_metric metric);

/* Index of a full name, or -1. */
mb_metric mb_metric_find(const char *name, size_t length);

/* Marks in selected[MB_METRIC_COUNT] all metrics that a word of the command line names: a full name, a name without
 * its window, an alias ("anon"), or a window with an alias ("steady_anon"). False when it names none. */
bool mb_metric_select(const char *word, size_t length, bool selected[]);

#endif
