/* wasm_estimate.h: what a WebAssembly module's own bytes tell of the memory it will take, before anything is run.
 *
 *     wasm_estimate_parse     the facts: memory, stacks' bounds, data, code, counts
 *     wasm_estimate_sizes_make   from those, the components that WAMR's guide "Memory usage estimation for a module"
 *                             (doc/memory_usage.md of wasm-micro-runtime) names
 *
 * Pure: no allocation, no file, no clock; any bytes may be given. */
#ifndef MEMBENCH_FEATURES_ESTIMATE_WASM_ESTIMATE_H
#define MEMBENCH_FEATURES_ESTIMATE_WASM_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WASM_ESTIMATE_REASON_BYTES = 128, WASM_PAGE_BYTES = 65536 };

/* Instructions, by what a runtime makes of them. */
typedef enum wasm_code_kind {
    WASM_CODE_NOTHING, /* blocks, drop, end */
    WASM_CODE_LOCAL_GET,
    WASM_CODE_LOCAL_SET, /* and local.tee */
    WASM_CODE_CONSTANT,
    WASM_CODE_OPERATION,
    WASM_CODE_LOAD,
    WASM_CODE_STORE,
    WASM_CODE_BRANCH,
    WASM_CODE_TARGET, /* of br_table, but for the last */
    WASM_CODE_IF,
    WASM_CODE_CALL,
    WASM_CODE_GLOBAL,
    WASM_CODE_SELECT,
    WASM_CODE_KIND_COUNT,
    WASM_CODE_UNKNOWN = WASM_CODE_KIND_COUNT, /* newer than what is understood here */
} wasm_code_kind;

typedef struct wasm_code {
    uint64_t counts[WASM_CODE_KIND_COUNT];
    uint64_t grown_tables; /* a bit for each of the first 64 that table.grow is used on */
} wasm_code;

typedef struct wasm_estimate {
    uint64_t module_bytes;
    uint32_t type_count, import_count, function_count, /* functions defined here, without the imported ones */
        imported_function_count, wasi_function_count /* of these */, table_count, global_count, export_count,
        exported_function_count, data_segment_count, element_segment_count;
    uint64_t element_count;     /* what element segments put into tables */
    uint64_t local_count;       /* of all bodies */
    uint64_t table_entry_count; /* least entries of all tables */
    uint64_t table_spare_count; /* entries that WAMR makes beyond these, as the module grows a table */
    uint64_t code_bytes;        /* all function bodies */
    wasm_code code;             /* their instructions; all of them are known: */
    bool knows_code;
    uint64_t data_bytes; /* all data segments */
    bool has_memory, memory_is_imported, memory_is_shared, has_memory_max;
    uint64_t memory_min_pages,
        memory_max_pages;        /* of 65,536 bytes, of the first memory; max: 0 when none is declared */
    uint32_t other_memory_count; /* memories after the first, and their least pages */
    uint64_t other_memory_min_pages;
    bool has_data_end, has_heap_base;         /* the linker's symbols, exported as globals */
    uint32_t data_end_bytes, heap_base_bytes; /* addresses in linear memory */
    bool has_stack_pointer;                   /* the first mutable i32 global of known value */
    uint32_t stack_pointer_bytes;             /* its value: where the aux stack begins and grows down from */
    bool exports_malloc;                      /* malloc and free: then WAMR makes no app heap of its own */
    bool exports_initialize;                  /* a reactor: `_initialize` wants to be called first */
    bool exports_start;                       /* a command: `_start` runs it */
} wasm_estimate;

/* Fills *result from a module's bytes. False leaves it alone and says why in reason. What is not
 * understood of a function body is skipped. */
bool wasm_estimate_parse(const uint8_t *bytes, size_t size, wasm_estimate *result,
                         char reason[WASM_ESTIMATE_REASON_BYTES]);

enum { WASM_PARAMETERS_BYTES = 96 };

typedef enum wasm_estimate_export {
    WASM_EXPORT_NONE, /* no function of that name is exported */
    WASM_EXPORT_FOUND,
    WASM_EXPORT_OF_UNKNOWN_TYPE, /* exported; its type is newer than what is understood here */
} wasm_estimate_export;

/* Looks up an exported function in a module that wasm_estimate_parse has read; parameters gets the types it takes,
 * "i32, f64", cut where they have no room. */
wasm_estimate_export wasm_estimate_find(const uint8_t *bytes, size_t size, const char *function,
                                        char parameters[WASM_PARAMETERS_BYTES]);

/* What a host calls first of an instance. */
typedef enum wasm_estimate_entry { WASM_ENTRY_NONE, WASM_ENTRY_INITIALIZE, WASM_ENTRY_START } wasm_estimate_entry;

/* The entry of a module whose imported functions trap when they are called, with has_wasi but for WASI's. With such
 * imports a command is not started; has_calls: the host then calls other functions, for which a reactor is initialized
 * in any case and a command is not started. */
wasm_estimate_entry wasm_estimate_entry_of(const wasm_estimate *facts, bool has_wasi, bool has_calls);

typedef enum wasm_estimate_mode {
    WASM_ESTIMATE_CLASSIC, /* runs the bytes of the module buffer */
    WASM_ESTIMATE_FAST,    /* translates each function while loading */
    WASM_ESTIMATE_AOT,     /* machine code, compiled before */
} wasm_estimate_mode;

/* What the file of a module that was compiled ahead of time tells. */
typedef struct wasm_estimate_aot {
    uint64_t file_bytes, text_bytes; /* all of it; machine code and constants */
} wasm_estimate_aot;

/* As wasm_estimate_parse, of such a file. */
bool wasm_estimate_parse_aot(const uint8_t *bytes, size_t size, wasm_estimate_aot *result,
                             char reason[WASM_ESTIMATE_REASON_BYTES]);

/* What the embedder chooses. */
typedef struct wasm_estimate_settings {
    wasm_estimate_mode mode;
    const wasm_estimate_aot *aot; /* of the mode aot: NULL where there is no file */
    uint64_t stack_bytes;         /* stack_size of wasm_runtime_instantiate */
    uint64_t heap_bytes;          /* heap_size of wasm_runtime_instantiate */
} wasm_estimate_settings;

typedef struct wasm_estimate_sizes {
    uint64_t module_buffer_bytes, structures_bytes, loaded_code_bytes, table_bytes;
    uint64_t instance_structures_bytes; /* of structures_bytes, those that each instance has for itself */
    uint64_t linear_memory_bytes;       /* of all memories at instantiation; what follows is inside of the first */
    uint64_t linear_memory_max_bytes;   /* the first may grow to that; 0: as far as addresses go */
    uint64_t static_data_bytes, aux_stack_bytes, libc_heap_bytes;
    uint64_t app_heap_bytes;
    uint64_t wasm_stack_bytes, exec_env_bytes; /* of who calls an instance: there from the first call on */
    uint64_t native_stack_bytes;               /* least that a thread of the host must have */
    uint64_t total_bytes; /* of one module and one instance, linear memory as declared, native stack apart */
} wasm_estimate_sizes;

void wasm_estimate_sizes_make(const wasm_estimate *facts, const wasm_estimate_settings *settings,
                              wasm_estimate_sizes *sizes);

#endif
