/* engine.h: what a WebAssembly runtime must be able to do to be measured: one driver, one file, one executable each.
 *
 *     open ─▶ load, as often as wanted ─▶ instantiate, as often as wanted ─▶ call … ─▶ drop_instance ─▶ drop_module ─▶
 * close
 *
 * The cases in cases_*.c are shared by all runtimes; each executable links them with exactly one driver, which defines
 * `wasm_driver`. Runtimes export clashing symbols, so no two of them share a process. A driver calls nothing of
 * membench but mb_fail, mb_skip, mb_region and mb_count, and allocates nothing of its own that grows with modules or
 * instances beyond the handle: what is measured is the runtime.
 *
 * Handles are the driver's own structures. A function that fails leaves *result alone, releases what it began, and
 * returns what mb_fail or mb_skip returned, or wasm_refuse where the runtime refuses the module itself.
 * docs/adding-a-runtime.md shows a whole driver. */
#ifndef BENCH_WASM_ENGINE_H
#define BENCH_WASM_ENGINE_H

#include <membench/membench.h>

#include <stdbool.h>

typedef struct wasm_engine wasm_engine;     /* process-wide state of the runtime; several only with WASM_CAN_ENGINES */
typedef struct wasm_module wasm_module;     /* validated and, where the runtime compiles, compiled */
typedef struct wasm_instance wasm_instance; /* with a store of its own where the runtime has stores */

enum {                             /* what a driver can do besides load, instantiate and call */
       WASM_CAN_ENGINES = 1u << 0, /* several engines alive in one process */
       WASM_CAN_HOST = 1u << 1,    /* give functions to a module's imports */
       WASM_CAN_TRAP = 1u << 2,    /* a host function may trap, and the call reports it */
       WASM_CAN_THREADS = 1u << 3, /* shared memory and wasi-threads */
       WASM_CAN_STUB = 1u << 4,    /* instantiate a module whose imports nobody defines: calling one traps */
       WASM_CAN_REACTOR = 1u << 5, /* call `_initialize` of a reactor, before anything else of it is called */
       /* What it is like. */
       WASM_KEEPS_BYTES = 1u << 6,    /* reads the bytes until drop_module: they are a part of what a module costs */
       WASM_MAKES_THREADS = 1u << 7,  /* has threads of its own: page metrics are not exact */
       WASM_IN_BRIEF = 1u << 8,       /* a variant of a runtime that runs all cases: only those where variants differ */
       WASM_TOUCHES_MEMORY = 1u << 9, /* writes to all of a declared memory when it makes an instance */
       WASM_CAN_WASI = 1u << 10,      /* gives modules WASI's functions, once set_wasi was called */
       WASM_WASI_ALONE = 1u << 11,    /* a variant that is there for WASI: it has no other cases */
       WASM_GIVEN_ALONE = 1u << 13,   /* a variant for modules of the user's own: it has no other cases */
       WASM_RUNS_BYTES = 1u << 12,    /* interprets the module's own bytes, without translating them */
};

/* A function given to modules as import "module" "name", (i32) -> i32. trap: set to true to trap instead. */
typedef struct wasm_host_function {
    const char *module, *name;
    int32_t (*call)(void *context, int32_t argument, bool *trap);
    void *context;
} wasm_host_function;

/* Bytes of a module, writable, a copy for each load: WAMR edits them. Borrowed by load until it returns, or until
 * drop_module by a driver with WASM_KEEPS_BYTES. */
typedef struct wasm_bytes {
    uint8_t *bytes;
    size_t size;
    const char *name; /* "tiny", for messages */
    const char *path; /* of a file that has them too, where the driver compiles; else NULL */
} wasm_bytes;

enum { WASM_WASI_MAX = 16 };

/* What a module finds by WASI, next to the process's own standard streams. Strings live as long as the process. */
typedef struct wasm_wasi {
    const char *arguments[WASM_WASI_MAX + 1]; /* the first is the module's name */
    const char *variables[WASM_WASI_MAX];     /* "NAME=VALUE" */
    struct {
        const char *guest, *host; /* a folder: what the module calls it, and its absolute path */
    } folders[WASM_WASI_MAX];
    size_t argument_count, variable_count, folder_count;
} wasm_wasi;

/* The first linear memory of an instance. address is NULL when there is none. */
typedef struct wasm_memory {
    void *address;
    uint64_t current_bytes; /* what the module can reach now */
    uint64_t maximum_bytes; /* declared; 0: no limit declared or not known */
} wasm_memory;

typedef struct wasm_driver {
    const char *runtime;    /* "wamr", as in case ids */
    const char *variant;    /* "fast", or NULL; the id has "wamr-fast" */
    const char *version;    /* of the runtime; a function's result may be put there by `prepare` */
    unsigned abilities;     /* WASM_CAN_… */
    uint64_t instances_max; /* how many may be alive at once, 0: no limit known */
    const char *suffix;     /* ".aot": a file that is loaded in place of a given module, where there is one; or NULL */
    /* About what an instance of harfbuzz-subset takes: so much times N must be free. 0: little. */
    uint64_t instance_needs_bytes;
    /* What compiling takes of a processor for each KiB of a module, about; 0: nothing worth telling. */
    uint64_t compile_ns_per_kib;
    /* About what stays of a module of the size of harfbuzz-subset, and of an engine that has loaded one; 0: 24 MiB and
     * 64 MiB, which is more than any runtime without a figure of its own takes. */
    uint64_t module_needs_bytes, engine_needs_bytes;

    /* Before the first window, or NULL: sets up what is not the runtime's cost. */
    mb_status (*prepare)(mb_bench *b);

    /* Compiles a module ahead of time into the file, which is there and empty; load then gets what it has. Called
     * before the first window in a process of its own, which ends then, for all samples of a run. Returns what the
     * runtime says against the module; NULL: nothing. The driver has no `compile` when load takes modules as they are.
     */
    const char *(*compile)(const wasm_bytes *bytes, const char *path);

    mb_status (*open)(mb_bench *b, wasm_engine **result);
    void (*close)(wasm_engine *engine);

    mb_status (*load)(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result);
    void (*drop_module)(wasm_module *module);

    /* host: host_count functions, which must be alive as long as the instance. Imports not among them are stubs where
     * the driver can (WASM_CAN_STUB), else the instance fails. */
    mb_status (*instantiate)(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result);
    void (*drop_instance)(wasm_instance *instance);

    /* Calls an exported function of i32 parameters; *result gets the first i32 result, 0 when it has none. A trap is
     * MB_FAILED with *trapped set to true and no message; trapped may be NULL: then a trap is a failure like others. A
     * module that ends itself by WASI has returned, with its exit code as the result. */
    mb_status (*call)(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped);

    bool (*memory)(wasm_instance *instance, wasm_memory *memory); /* false: the instance has none */

    /* Reports, by mb_region and mb_count, what the runtime itself can tell of where its memory is: "module buffer",
     * "runtime heap", "loaded code", "table", "app heap", "wasm stack", "aux stack". Ranges may lie in one another. May
     * be NULL. Linear memory, native stack and host heap are reported by the cases. */
    void (*describe)(mb_bench *b, wasm_engine *engine, wasm_module *module, wasm_instance *instance);

    /* What instances made from now on get besides their linear memory, in bytes; 0: the driver's usual. A stack for the
     * runtime's own frames, and a heap for the host inside of linear memory. NULL: the runtime knows no such sizes. */
    void (*set_sizes)(wasm_engine *engine, uint32_t wasm_stack_bytes, uint32_t app_heap_bytes);

    /* Before any engine is open and any window: what modules get by WASI from now on, borrowed. For WASM_CAN_WASI. A
     * runtime that initializes WASI's reactors itself passes over the call of `_initialize`. */
    mb_status (*set_wasi)(mb_bench *b, const wasm_wasi *wasi);
} wasm_driver_table;

/* Defined by the one driver of this executable. */
extern const wasm_driver_table wasm_driver;

/* The folders as one text each, the module's name for it first: "GUEST<between>HOST". For set_wasi; the texts are never
 * freed. (given.c) */
MB_NODISCARD mb_status wasm_name_folders(mb_bench *b, const wasm_wasi *wasi, const char *between,
                                         const char *names[WASM_WASI_MAX]);

/* Whether the modules are the user's own, not the bundled ones. (given.c) */
bool wasm_modules_are_given(void);

/* In load and instantiate, with the runtime's own words: it does not take this module. Of a bundled one that is a
 * failure; of the user's own it is what was asked. */
#define wasm_refuse(b, ...) (wasm_modules_are_given() ? mb_skip(b, __VA_ARGS__) : mb_fail(b, __VA_ARGS__))

#endif
