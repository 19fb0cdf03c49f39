/* paths.h: where membench's own parts are: next to the coordinator in a build tree, at their installed places else. */
#ifndef MEMBENCH_SESSION_PATHS_H
#define MEMBENCH_SESSION_PATHS_H

#include "base/arena.h"
#include "base/error.h"

typedef struct mb_paths {
    const char *executable; /* of the coordinator itself */
    const char *heap_hook;  /* libmembench_heap.so, or NULL */
    const char *chance;     /* libmembench_chance.so, or NULL */
    const char *frameworks; /* libmembench_frameworks.so, or NULL */
    const char *sites_hook; /* libmembench_sites.so, or NULL: built without libunwind */
    const char *timer;      /* libmembench_timer.so, or NULL: built without Google Benchmark */
} mb_paths;

/* What bench programs are built with. */
typedef struct mb_build_paths {
    const char *headers; /* folder of membench/membench.h, or NULL */
    const char *library; /* libmembench.a, or NULL: headers and library are not installed */
} mb_build_paths;

typedef struct mb_bundled {
    const char *const *programs; /* those that are there: the suite, then those for filters */
    size_t count;
    size_t suite_count;               /* of these, those that run when no filter asks for more */
    const char *runtimes_available;   /* what the build found out of each WebAssembly runtime: files of lines */
    const char *runtimes_unavailable; /* "name<TAB>version or reason", or NULL */
} mb_bundled;

/* Each finds its part; all strings live in the arena. What is not there is NULL or left out. */
MB_NODISCARD mb_status mb_paths_find(mb_arena *arena, mb_paths *paths, mb_error *error);
MB_NODISCARD mb_status mb_build_paths_find(mb_arena *arena, mb_build_paths *paths, mb_error *error);
MB_NODISCARD mb_status mb_bundled_find(mb_arena *arena, mb_bundled *bundled, mb_error *error);

/* What a bench program is linked with besides the library. */
extern const char mb_paths_link_options[];

/* Folder below which the coordinator's calibration and the workers look for /proc: $MEMBENCH_PROC_ROOT, else "". Tests
 * name one that holds recordings of a kernel whose sizes are approximate. */
const char *mb_proc_root(void);

/* The same for cgroup.h, in the coordinator alone: $MEMBENCH_CGROUP_ROOT, else "". */
const char *mb_cgroup_root(void);

#endif
