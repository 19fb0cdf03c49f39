/* timeline.h: what a command's processes held, reading by reading, while trace.h ran it.
 *
 *     mb_trace_spec.timeline ─▶ mb_trace_run adds each reading it takes ─▶ the caller draws them ─▶ mb_timeline_fini */
#ifndef MEMBENCH_PROCESS_TIMELINE_H
#define MEMBENCH_PROCESS_TIMELINE_H

#include "process/trace.h"

#include <sys/types.h>

typedef enum mb_timeline_kind {
    MB_TIMELINE_LOOK, /* of one process, at an interval */
    MB_TIMELINE_STOP, /* before a call that can lower its memory, exec included */
    MB_TIMELINE_END,  /* where it ended */
    MB_TIMELINE_TREE, /* of all processes together */
    MB_TIMELINE_KIND_COUNT
} mb_timeline_kind;

/* "look", "stop", "end", "tree". */
const char *mb_timeline_kind_name(mb_timeline_kind kind);

typedef struct mb_timeline_point {
    uint64_t time_ns;   /* since the command began */
    size_t stage_index; /* not of a tree */
    mb_timeline_kind kind;
    int64_t rss_bytes;  /* VmRSS; of a tree -1 */
    int64_t anon_bytes; /* RssAnon + RssShmem; of a tree the sum of Pss_Anon */
} mb_timeline_point;

/* One program in one process: from its start or exec to its end or the next exec. */
typedef struct mb_timeline_stage {
    pid_t pid;
    char name[MB_TRACE_NAME_BYTES];
    uint64_t begin_ns, last_ns, peak_ns; /* of its readings; peak_ns: of the highest anon_bytes, the first of these */
    int64_t peak_anon_bytes, peak_rss_bytes, last_anon_bytes;
    bool has_end; /* it was read where it ended */
} mb_timeline_stage;

enum { MB_TIMELINE_POINTS_MAX = 1 << 20 };

typedef struct mb_timeline {
    mb_timeline_point *points; /* in the order of time */
    size_t point_count, point_capacity;
    mb_timeline_stage *stages; /* in the order of their first reading */
    size_t stage_count, stage_capacity;
    mb_timeline_point tree_peak; /* time_ns of the first highest; anon_bytes -1: never seen */
    size_t dropped_count;        /* beyond MB_TIMELINE_POINTS_MAX only what raises a peak is kept */
    bool is_memory_out;          /* readings are missing for that */
} mb_timeline;                   /* mb_timeline_init makes it ready */

void mb_timeline_init(mb_timeline *timeline);
void mb_timeline_fini(mb_timeline *timeline);

/* A process, or one that runs another program from here on: returns its stage plus one, 0 when memory is out. */
size_t mb_timeline_begin(mb_timeline *timeline, pid_t pid, const char *name, uint64_t time_ns);

/* A reading of the stage, which mb_timeline_begin returned; 0 is none, and nothing is kept. */
void mb_timeline_add(mb_timeline *timeline, size_t stage, mb_timeline_kind kind, uint64_t time_ns, int64_t rss_bytes,
                     int64_t anon_bytes);
void mb_timeline_add_tree(mb_timeline *timeline, uint64_t time_ns, int64_t anon_bytes);

/* The stage that held most anonymous memory; NULL when there is none. */
const mb_timeline_stage *mb_timeline_largest(const mb_timeline *timeline);

#endif
