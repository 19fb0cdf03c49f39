/* diagnosis.h: what memcheck, massif, DHAT and heaptrack wrote, as numbers. Pure: text in, structs out.
 *
 * A tool watches the whole life of a process. Which part belongs to the case is recognised by the call stacks:
 * everything that `run` and `release` do is called by mb_window_measure. A process without that name in it (a server, a
 * stripped program, a thread's own stack) has no such figures: in_window is then false, and window_bytes mean nothing.
 *
 * Sizes are in bytes as requested from malloc. On failure *result is untouched and the error says what is missing in
 * the text; `name` is the file's, for that message. */
#ifndef MEMBENCH_FEATURES_DIAGNOSE_DIAGNOSIS_H
#define MEMBENCH_FEATURES_DIAGNOSE_DIAGNOSIS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_SITES_MAX = 10, MB_SITE_TEXT_BYTES = 160 };

/* The function whose stacks belong to the case, and one that every stack of a worker has. */
#define MB_WINDOW_FUNCTION "mb_window_measure"
#define MB_WORKER_FUNCTION "mb_worker_run"

/* One place in the source that allocated: "job_new (job_queue.c:29)". */
typedef struct mb_call_site {
    uint64_t bytes, window_bytes;
    char text[MB_SITE_TEXT_BYTES]; /* without the address, cut when too long */
} mb_call_site;

/* The largest ones, largest first; equal ones in the tool's order. Zeroed is empty. */
typedef struct mb_call_sites {
    mb_call_site sites[MB_SITES_MAX];
    size_t count;
    size_t total_count; /* with those that found no place */
} mb_call_sites;

/* Takes a site, if it is among the largest so far; text is copied without a leading address. */
void mb_call_sites_add(mb_call_sites *sites, const char *text, size_t length, uint64_t bytes, uint64_t window_bytes);

/* Whether text names the function: "0x10E552: mb_window_measure (window.c:321)", "mb_window_measure (window.c)". */
bool mb_call_names(const char *text, size_t length, const char *function);

/* Whether a stack's innermost frame is malloc or one of its kind, put there by the tool. */
bool mb_call_is_allocator(const char *text, size_t length);

/* memcheck's log, as --log-file writes it with --leak-check=full --show-leak-kinds=all. */
typedef enum mb_leak_kind {
    MB_LEAK_DEFINITE,
    MB_LEAK_INDIRECT,
    MB_LEAK_POSSIBLE,
    MB_LEAK_REACHABLE,
    MB_LEAK_SUPPRESSED,
    MB_LEAK_KIND_COUNT
} mb_leak_kind;

const char *mb_leak_kind_name(mb_leak_kind kind); /* "definitely lost", as memcheck says it */

typedef struct mb_leak {
    uint64_t bytes, block_count;
    uint64_t window_bytes; /* of it, allocated in the case's window; not known of suppressed ones */
} mb_leak;

typedef struct mb_memcheck {
    mb_leak leaks[MB_LEAK_KIND_COUNT];
    uint64_t alloc_count, free_count, alloc_bytes; /* total heap usage */
    uint64_t error_count, context_count;
    bool in_window;
    mb_call_sites sites; /* of what was definitely, indirectly or possibly lost */
} mb_memcheck;

MB_NODISCARD mb_status mb_memcheck_parse(const char *text, size_t length, const char *name, mb_memcheck *result,
                                         mb_error *error);

/* massif's output file. */
typedef struct mb_massif {
    uint64_t peak_bytes, peak_overhead_bytes; /* requested, and what massif takes the allocator to add */
    uint64_t end_bytes;                       /* at the last snapshot */
    bool is_marked; /* as the peak by massif, which only sees one when something is freed after it; else it is the
                     * largest of the snapshots, and between two of them there may have been more */
    uint64_t window_bytes; /* of the peak */
    bool in_window;
    mb_call_sites sites; /* of the peak, in the order of ms_print */
} mb_massif;

MB_NODISCARD mb_status mb_massif_parse(const char *text, size_t length, const char *name, mb_massif *result,
                                       mb_error *error);

/* The graph in what ms_print wrote: *graph points into text, lines between the heading and the list of snapshots.
 * False when there is none. */
bool mb_massif_graph(const char *text, size_t length, const char **graph, size_t *graph_length);

/* DHAT's JSON; bytes[length] must be 0. */
typedef struct mb_dhat {
    uint64_t total_bytes, total_block_count;
    uint64_t peak_bytes, peak_block_count;
    uint64_t end_bytes, end_block_count;
    uint64_t window_total_bytes, window_peak_bytes, window_end_bytes;
    bool in_window;
    mb_call_sites sites; /* of the peak */
} mb_dhat;

MB_NODISCARD mb_status mb_dhat_parse(const char *bytes, size_t length, const char *name, mb_dhat *result,
                                     mb_error *error);

/* heaptrack: the summary of heaptrack_print, and the stacks of its --print-flamegraph at the peak and of what leaked,
 * whose bytes are exact where the summary's are rounded. */
enum { MB_LIBSTDCXX_POOL_BYTES = 72704 }; /* libstdc++'s pool for exceptions, which heaptrack's library brings in */

typedef struct mb_heaptrack {
    uint64_t peak_bytes, leaked_bytes;
    uint64_t window_peak_bytes, window_leaked_bytes;
    uint64_t pool_peak_bytes, pool_leaked_bytes; /* of these libstdc++'s pool: 0 or MB_LIBSTDCXX_POOL_BYTES */
    uint64_t alloc_count, temporary_count;
    bool in_window;
    mb_call_sites sites; /* of the peak */
} mb_heaptrack;

MB_NODISCARD mb_status mb_heaptrack_parse(const char *summary, const char *peak_stacks, const char *leaked_stacks,
                                          mb_heaptrack *result, mb_error *error);

#endif
