/* cases.h: how the groups of cases, one file each, are put together for the driver of this executable.
 *
 * A group says what is measured; each line of its list names a module and the sizes it is measured at. cases.c makes an
 * mb_case of each, with the id group/runtime[-variant]/module[/use]/N. Lines that the driver lacks the abilities for
 * are left out: the table has a dash there. */
#ifndef BENCH_WASM_CASES_H
#define BENCH_WASM_CASES_H

#include "subject.h"

enum { WASM_COUNTS_MAX = 8 };

/* How often a module is loaded. */
typedef enum wasm_loads {
    WASM_LOADS_IN_SETUP, /* once in a process */
    WASM_LOADS_IN_RUN,   /* once whenever it runs */
    WASM_LOADS_EACH,     /* N times whenever it runs */
} wasm_loads;

/* Which counts of the user's a line has, whose module is given. */
typedef enum wasm_counts_of {
    WASM_COUNTS_OWN, /* the line's */
    WASM_COUNTS_LOADS,
    WASM_COUNTS_LAST_LOADS, /* only the last of them */
    WASM_COUNTS_INSTANCES,
    WASM_COUNTS_LAST_INSTANCES,
} wasm_counts_of;

typedef struct wasm_line {
    const char *module;               /* looked up in modules.c */
    const char *use;                  /* "uncalled": one more part of the id; or NULL */
    uint64_t counts[WASM_COUNTS_MAX]; /* ends at the first 0 */
    unsigned abilities;               /* WASM_CAN_… that the driver must have */
    unsigned flags;                   /* MB_CASE_…, next to the group's */
    mb_status (*setup)(mb_bench *b);  /* in place of the group's, or NULL */
    mb_status (*run)(mb_bench *b);    /* likewise */
    uint64_t instance_bytes;          /* each of `counts` needs so much memory, or one of WASM_DRIVER_… */
    wasm_loads loads;                 /* where they are more than the group's */
    bool full_only;                   /* not for drivers with WASM_IN_BRIEF */
    wasm_counts_of counts_of;         /* in a group's `given` */
} wasm_line;

/* In place of instance_bytes: the driver says what each takes. */
#define WASM_DRIVER_INSTANCE UINT64_MAX
#define WASM_DRIVER_MODULE (UINT64_MAX - 1)
#define WASM_DRIVER_ENGINE (UINT64_MAX - 2)

typedef struct wasm_group {
    const char *group, *summary;
    const char *count_name; /* of the parameter N: "instances" */
    unsigned flags;         /* MB_CASE_… */
    wasm_loads loads;
    unsigned abilities; /* WASM_CAN_… that the driver must have */
    mb_status (*setup)(mb_bench *b);
    mb_status (*run)(mb_bench *b);
    void (*release)(mb_bench *b);
    void (*teardown)(mb_bench *b);
    const wasm_line *lines; /* ends with a zeroed element */
    const wasm_line *given; /* of each module of the user's own; ends with a zeroed element; NULL: none */
} wasm_group;

extern const wasm_group wasm_module_load, wasm_instances, wasm_engines, wasm_lifecycle, wasm_drop, wasm_host_calls,
    wasm_job_queue, wasm_threads, wasm_stack;

#endif
