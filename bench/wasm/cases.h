/* cases.h: how the groups of cases, one file each, are put together for the driver of this executable.
 *
 * A group says what is measured; each line of its list names a module and the sizes it is measured at. cases.c makes an
 * mb_case of each, with the id group/runtime[-variant]/module[/use]/N. Lines that the driver has not the abilities for
 * are left out: the table has a dash there. */
#ifndef BENCH_WASM_CASES_H
#define BENCH_WASM_CASES_H

#include "subject.h"

enum { WASM_COUNTS_MAX = 8 };

typedef struct wasm_line {
    const char *module;               /* looked up in modules.c */
    const char *use;                  /* "uncalled": one more part of the id; or NULL */
    uint64_t counts[WASM_COUNTS_MAX]; /* ends at the first 0 */
    unsigned abilities;               /* WASM_CAN_… that the driver must have */
    unsigned flags;                   /* MB_CASE_…, beside the group's */
    mb_status (*setup)(mb_bench *b);  /* in place of the group's, or NULL */
    mb_status (*run)(mb_bench *b);    /* likewise */
    uint64_t instance_bytes;          /* each of `counts` needs so much memory; WASM_DRIVER_INSTANCE: the driver says */
    bool full_only;                   /* not for drivers with WASM_IN_BRIEF */
} wasm_line;

#define WASM_DRIVER_INSTANCE UINT64_MAX

typedef struct wasm_group {
    const char *group, *summary;
    const char *count_name; /* of the parameter N: "instances" */
    unsigned flags;         /* MB_CASE_… */
    unsigned abilities;     /* WASM_CAN_… that the driver must have */
    mb_status (*setup)(mb_bench *b);
    mb_status (*run)(mb_bench *b);
    void (*release)(mb_bench *b);
    void (*teardown)(mb_bench *b);
    const wasm_line *lines; /* ends with a zeroed element */
} wasm_group;

extern const wasm_group wasm_module_load, wasm_instances, wasm_engines, wasm_lifecycle, wasm_drop, wasm_host_calls,
    wasm_job_queue, wasm_threads, wasm_stack;

#endif
