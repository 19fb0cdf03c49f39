/* tree.h: the counters of all processes of a command, in one file that they map and whoever started them reads.
 *
 *     coordinator    makes the file, mb_heap_tree_init, MEMBENCH_HEAP_TREE=path of it
 *     hook           before main: maps the file and takes a process; each thread takes a record
 *     fork           the child takes a process of its own, whose blocks are those of the fork
 *     exec           the new program's hook does the same; what the old one counted stays where it is
 *
 * The counters are the file's pages, so that no end can lose them: SIGKILL, exec, _exit. A program that the hook is not
 * loaded into has no process here. The reader waits until all of them have ended. */
#ifndef MEMBENCH_HEAP_TREE_H
#define MEMBENCH_HEAP_TREE_H

#include "heap/counters.h"

#define MB_HEAP_TREE_VARIABLE "MEMBENCH_HEAP_TREE"

enum { MB_HEAP_TREE_PLACES = 65536, MB_HEAP_TREE_NAME_BYTES = 16 };

/* Why a process that is there has no figures. */
typedef enum mb_heap_tree_obstacle {
    MB_HEAP_TREE_COUNTED,
    MB_HEAP_TREE_OWN_MALLOC, /* the program has a malloc of its own, which comes before the hook */
    MB_HEAP_TREE_NO_SIZES,   /* its allocator has no malloc_usable_size */
    MB_HEAP_TREE_OBSTACLE_COUNT
} mb_heap_tree_obstacle;

/* A program in a process: from its exec or fork to its end or the next exec. */
typedef struct mb_heap_process {
    int32_t pid;
    int32_t obstacle;  /* mb_heap_tree_obstacle */
    uint64_t start_ns; /* monotonic */
    char name[MB_HEAP_TREE_NAME_BYTES];
    mb_heap_totals totals;
} mb_heap_process;

typedef struct mb_heap_tree {
    uint64_t magic;                                /* MB_HEAP_TREE_MAGIC, when it is ready */
    _Atomic(uint32_t) process_count, record_count; /* asked for: may be more than there are places */
    mb_heap_counters records[MB_HEAP_TREE_PLACES]; /* the first is never taken */
    mb_heap_process processes[MB_HEAP_TREE_PLACES];
} mb_heap_tree;

/* "MBTREE" and a version of this layout. */
#define MB_HEAP_TREE_MAGIC UINT64_C(0x4d42545245450001)

#pragma GCC visibility push(hidden)
#ifdef MB_HEAP_STATIC
static inline bool mb_heap_tree_settle(void) { return true; }
static inline mb_heap_counters *mb_heap_tree_record(void) { return NULL; }
#else
/* Opens the file that the environment names, once. False: there is no environment yet. */
bool mb_heap_tree_settle(void);
bool mb_heap_tree_is_open(void);

/* A record of this process that no thread has, under the lock of the counters. NULL: there is no place left. */
mb_heap_counters *mb_heap_tree_record(void);
#endif
#pragma GCC visibility pop

#endif
