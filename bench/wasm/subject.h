/* subject.h: the one engine, its modules and instances that a case has alive, and how they are made and dropped.
 *
 * It is a case's state (mb_state). Everything it holds itself is there before the first window: the module's bytes, as
 * read, and room for the copies that are loaded. A copy costs pages only where the driver keeps it (WASM_KEEPS_BYTES).
 */
#ifndef BENCH_WASM_SUBJECT_H
#define BENCH_WASM_SUBJECT_H

#include "features/estimate/wasm_estimate.h"
#include "modules.h"

enum { WASM_ENGINES_MAX = 20, WASM_MODULES_MAX = 64, WASM_INSTANCES_MAX = 1000 };

typedef struct wasm_subject {
    const wasm_module_info *info;
    wasm_bytes bytes; /* as read; never given to a driver */
    bool has_facts;   /* of the module; else facts_reason says why not */
    wasm_estimate facts;
    char facts_reason[WASM_ESTIMATE_REASON_BYTES];
    uint8_t *copies; /* room for copy_count copies, copy_stride bytes apart */
    size_t copy_stride, copy_space_bytes;
    wasm_engine *engines[WASM_ENGINES_MAX];
    wasm_module *modules[WASM_MODULES_MAX];
    wasm_instance *instances[WASM_INSTANCES_MAX];
    size_t engine_count, module_count, instance_count;
    bool stays_open; /* the engine and what setup loaded stay alive until teardown */
    size_t kept_module_count, kept_instance_count;
} wasm_subject;

/* Reads the module that the case's parameter names and makes room for so many loads. Calls the driver's prepare. For a
 * case's setup. */
MB_NODISCARD mb_status wasm_subject_init(mb_bench *b, size_t load_count);

/* Opens the engine, and with_module loads once, for cases that measure neither; they stay until teardown. */
MB_NODISCARD mb_status wasm_subject_keep_engine(mb_bench *b, bool with_module);
MB_NODISCARD mb_status wasm_subject_keep_instance(mb_bench *b, const wasm_host_function *host, size_t host_count);

/* One more of each. */
MB_NODISCARD mb_status wasm_subject_open(mb_bench *b);
MB_NODISCARD mb_status wasm_subject_copy(mb_bench *b, wasm_bytes *copy); /* the bytes that the next load gets */
MB_NODISCARD mb_status wasm_subject_load(mb_bench *b);                   /* a copy, into the newest engine */
MB_NODISCARD mb_status wasm_subject_load_copy(mb_bench *b, const wasm_bytes *copy);
MB_NODISCARD mb_status wasm_subject_instantiate(mb_bench *b, const wasm_host_function *host, size_t host_count);

/* Calls `_initialize` of the instance at that place, if its module exports it and the driver can: before any other call
 * of the instance, and once. */
MB_NODISCARD mb_status wasm_subject_initialize(mb_bench *b, size_t place);

/* The first call of an instance, which makes it real: `_initialize` and then its module's usual function, or of a given
 * module its entry and then the calls that are given, which may be none. */
MB_NODISCARD mb_status wasm_subject_call_at(mb_bench *b, size_t place);
MB_NODISCARD mb_status wasm_subject_call(mb_bench *b); /* of the newest */

/* Calls an exported function of one parameter of the newest instance. */
MB_NODISCARD mb_status wasm_subject_call_function(mb_bench *b, const char *function, int32_t argument, int32_t *result,
                                                  bool *trapped);

/* Names the regions of the newest instance: its linear memory, the native stack, what the driver knows of. */
void wasm_subject_region(mb_bench *b);

/* Drop all that setup did not make, newest first. */
void wasm_subject_drop_instances(mb_bench *b);
void wasm_subject_drop_modules(mb_bench *b);
void wasm_subject_close(mb_bench *b);

/* All three: a case's release. */
void wasm_subject_release(mb_bench *b);

/* Everything, also after a failure: a case's teardown. */
void wasm_subject_teardown(mb_bench *b);

#endif
