/* metric.h: what membench measures, as metric_table.h lists it: names, units, passes, gates and floors.
 *
 * A metric measured in both windows has two entries, "cold_…" and "steady_…". */
#ifndef MEMBENCH_MODEL_METRIC_H
#define MEMBENCH_MODEL_METRIC_H

#include "model/metric_table.h"

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

/* What is read, without the window: the rows of metric_table.h. The enumerators that only count or go on are not
 * quantities. */
#define MB_ENUMERATOR(id, ...) id,
typedef enum mb_quantity {
    MB_WINDOWED_QUANTITIES(MB_ENUMERATOR) /* in each window of a process */
    MB_QUANTITY_WINDOWED_COUNT,
    MB_QUANTITY_BEFORE_BETWEEN = MB_QUANTITY_WINDOWED_COUNT - 1,
    MB_BETWEEN_QUANTITIES(MB_ENUMERATOR) /* once, between the windows */
    MB_QUANTITY_OF_WINDOWS_COUNT,        /* all that a process with windows measures */
    MB_QUANTITY_BEFORE_TIMES = MB_QUANTITY_OF_WINDOWS_COUNT - 1,
    MB_TIME_QUANTITIES(MB_ENUMERATOR) /* of a process without windows */
    MB_QUANTITY_WORKER_COUNT,
    MB_QUANTITY_BEFORE_COMMANDS = MB_QUANTITY_WORKER_COUNT - 1,
    MB_COMMAND_QUANTITIES(MB_ENUMERATOR) /* of commands (exec) alone */
    MB_QUANTITY_COUNT
} mb_quantity;
#undef MB_ENUMERATOR

/* Up to 0.2.0 the RSS peak was read from VmHWM and had a metric of this name: no figure to compare with. */
#define MB_PEAK_BOUND_NAME "peak_rss_bound_bytes"
#define MB_PEAK_WAS_BOUND "the peak was a bound, not an exact figure, in this version of membench"

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
    bool is_low_end;     /* replaces it where another cannot be measured: never gates, has no slope */
    bool is_optional;    /* not of every case: where it is not told, nothing is missing */
    bool is_unsigned;    /* no difference: below 0 it is wrong */
    int64_t floor_exact; /* growth up to this never regresses, exact path; in pages when per_page, else in its unit */
    int64_t floor_rank;  /* the same on the rank path; always in its unit */
    const char *source;  /* of documents, in Markdown: what it is read from, and at which point */
    const char *repeats; /* of documents, in Markdown: how exactly it repeats */
} mb_quantity_info;

/* A metric: a quantity in a window, as one index. What lies between the windows, times, and what is measured of
 * commands have no window: each of them appears once. */
enum { MB_METRIC_COUNT = MB_QUANTITY_COUNT + MB_QUANTITY_WINDOWED_COUNT, MB_METRIC_NAME_BYTES_MAX = 48 };
typedef int mb_metric; /* 0 … MB_METRIC_COUNT - 1: all cold ones, all steady ones, those without a window */

const mb_quantity_info *mb_quantity_get(mb_quantity quantity);
const char *mb_pass_name(mb_pass pass);       /* "pages" */
const char *mb_window_name(mb_window window); /* "cold" */

mb_metric mb_metric_of(mb_quantity quantity, mb_window window);
mb_quantity mb_metric_quantity(mb_metric metric);
bool mb_metric_has_window(mb_metric metric);
bool mb_metric_is_of_worker(mb_metric metric); /* measured by a process of a bench program */
mb_window mb_metric_window(mb_metric metric);  /* MB_WINDOW_STEADY for those without one */
const mb_quantity_info *mb_metric_info(mb_metric metric);

bool mb_metric_can_gate(mb_metric metric); /* a low end is not a size */

const char *mb_metric_unit(mb_metric metric); /* "bytes", "count" or "ns" */

/* Full JSON name, "cold_anon_delta_bytes" or "real_time_ns"; static storage. */
const char *mb_metric_name(mb_metric metric);

/* Index of a full name, or -1. */
mb_metric mb_metric_find(const char *name, size_t length);

/* "unknown metric "haep"; did you mean "heap"? (see membench --help)" for a word that mb_metric_select does not know,
 * of length bytes. */
enum { MB_METRIC_UNKNOWN_BYTES = 384 };
const char *mb_metric_unknown(const char *word, size_t length, char text[MB_METRIC_UNKNOWN_BYTES]);

/* Marks in selected[MB_METRIC_COUNT] all metrics that a word of the command line names: a full name, a name without
 * its window, an alias ("anon"), or a window with an alias ("steady_anon"). False when it names none. */
bool mb_metric_select(const char *word, size_t length, bool selected[]);

#endif
