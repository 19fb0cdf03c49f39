/* The components of WAMR's guide "Memory usage estimation for a module". Each formula names the guide's section; where
 * the guide gives none, the numbers are sizes of WAMR 2.4's structures on 64-bit machines, rounded. */
#include "features/estimate/wasm_estimate.h"

enum {
    MODULE_FIXED_BYTES = 300,    /* the module */
    INSTANCE_FIXED_BYTES = 1140, /* the instance with its extra part, one memory and one table */
    TYPE_BYTES = 48,
    IMPORT_BYTES = 64,
    GLOBAL_BYTES = 40,
    EXPORT_BYTES = 16,
    SEGMENT_BYTES = 64,
    ELEMENT_BYTES = 24,
    FUNCTION_CLASSIC_BYTES = 72, /* with malloc's header */
    FUNCTION_FAST_BYTES = 104,
    FUNCTION_OFFSETS_BYTES = 30, /* a block of offsets of the parameters, and the function's place in an array; and: */
    LOCAL_BYTES = 3,             /* of each local type and offset */
    FUNCTION_AOT_BYTES = 12,     /* compiled: its address and its type */
    CALLS_AOT_BYTES = 1160,      /* jumps into the runtime, behind the code */
    /* Of each instance: */
    FUNCTION_INSTANCE_BYTES = 48,
    IMPORT_INSTANCE_BYTES = 8,
    GLOBAL_INSTANCE_BYTES = 24,
    EXPORT_INSTANCE_BYTES = 16,
    EXPORT_INSTANCE_AOT_BYTES = 32, /* with a structure for the function, which others have in any case */
    INSTANCE_FIXED_AOT_BYTES = 1540,
    TABLE_ENTRY_BYTES = 8,
    EXEC_ENV_FAST_BYTES = 432, /* with a cache of where blocks end: */
    EXEC_ENV_CLASSIC_BYTES = 3504,
    NATIVE_STACK_BYTES = 16384,
};

/* "Loaded module and its instances": data structures from the global heap, which the guide does not count. */
static uint64_t count_module(const wasm_estimate *facts, wasm_estimate_mode mode)
{
    static const uint64_t of_function[] = {[WASM_ESTIMATE_CLASSIC] = FUNCTION_OFFSETS_BYTES + FUNCTION_CLASSIC_BYTES,
                                           [WASM_ESTIMATE_FAST] = FUNCTION_OFFSETS_BYTES + FUNCTION_FAST_BYTES,
                                           [WASM_ESTIMATE_AOT] = FUNCTION_AOT_BYTES};
    return MODULE_FIXED_BYTES + (uint64_t)facts->type_count * TYPE_BYTES +
           (uint64_t)facts->import_count * IMPORT_BYTES + facts->function_count * of_function[mode] +
           (mode == WASM_ESTIMATE_AOT ? 0 : facts->local_count * LOCAL_BYTES) +
           (uint64_t)facts->global_count * GLOBAL_BYTES + (uint64_t)facts->export_count * EXPORT_BYTES +
           ((uint64_t)facts->data_segment_count + facts->element_segment_count) * SEGMENT_BYTES +
           facts->element_count * ELEMENT_BYTES;
}

static uint64_t count_instance(const wasm_estimate *facts, wasm_estimate_mode mode)
{
    uint64_t function_count = (uint64_t)facts->function_count + facts->imported_function_count;
    if (mode == WASM_ESTIMATE_AOT)
        return INSTANCE_FIXED_AOT_BYTES + function_count * FUNCTION_AOT_BYTES +
               (uint64_t)facts->exported_function_count * EXPORT_INSTANCE_AOT_BYTES;
    return INSTANCE_FIXED_BYTES + function_count * FUNCTION_INSTANCE_BYTES +
           (uint64_t)facts->imported_function_count * IMPORT_INSTANCE_BYTES +
           (uint64_t)facts->global_count * GLOBAL_INSTANCE_BYTES +
           (uint64_t)facts->exported_function_count * EXPORT_INSTANCE_BYTES;
}

/* What the fast interpreter makes of an instruction: the address of its handler and the places of its operands. Fitted
 * to 28 modules of npm, and within 3 % of 16 others (ci/check-estimate). */
static uint64_t count_translated(const wasm_estimate *facts)
{
    static const uint8_t bytes_of[WASM_CODE_KIND_COUNT] = {
        [WASM_CODE_LOCAL_SET] = 7, [WASM_CODE_CONSTANT] = 1, [WASM_CODE_OPERATION] = 14, [WASM_CODE_LOAD] = 16,
        [WASM_CODE_STORE] = 16,    [WASM_CODE_BRANCH] = 23,  [WASM_CODE_TARGET] = 12,    [WASM_CODE_IF] = 39,
        [WASM_CODE_CALL] = 23,     [WASM_CODE_GLOBAL] = 14,  [WASM_CODE_SELECT] = 16,
    };
    enum { BYTES_OF_FUNCTION = 39 };
    if (!facts->knows_code)
        return facts->code_bytes * 39 / 10;
    uint64_t byte_count = (uint64_t)facts->function_count * BYTES_OF_FUNCTION;
    for (size_t kind = 0; kind < WASM_CODE_KIND_COUNT; kind++)
        byte_count += facts->code.counts[kind] * bytes_of[kind];
    return byte_count;
}

/* "AOT code section", as its file has it. Machine code that nobody has compiled yet is in proportion to the bodies. */
static uint64_t count_code(const wasm_estimate *facts, const wasm_estimate_settings *settings)
{
    switch (settings->mode) {
    case WASM_ESTIMATE_CLASSIC:
        return 0;
    case WASM_ESTIMATE_FAST:
        return count_translated(facts);
    case WASM_ESTIMATE_AOT:
        return settings->aot != NULL ? settings->aot->text_bytes + CALLS_AOT_BYTES : facts->code_bytes * 3;
    }
    return 0;
}

/* A 64-bit memory may have 2^48 pages, whose bytes are more than can be written: then the largest number is. */
static uint64_t pages_to_bytes(uint64_t page_count)
{
    return page_count > UINT64_MAX / WASM_PAGE_BYTES ? UINT64_MAX : page_count * WASM_PAGE_BYTES;
}

/* The sum, or the largest number where it is more than that. */
static uint64_t add_bytes(uint64_t left, uint64_t right)
{
    return left > UINT64_MAX - right ? UINT64_MAX : left + right;
}

/* "AUX stack": between __data_end and __heap_base. Where the stack pointer starts below __data_end the stack is
 * first and all below the pointer is the stack. Without the symbols the stack pointer alone does not tell its size. */
static uint64_t count_aux_stack(const wasm_estimate *facts)
{
    if (!facts->has_data_end || !facts->has_heap_base)
        return 0;
    uint64_t top = facts->has_stack_pointer && facts->stack_pointer_bytes <= facts->heap_base_bytes
                       ? facts->stack_pointer_bytes
                       : facts->heap_base_bytes;
    return top > facts->data_end_bytes ? top - facts->data_end_bytes : top;
}

/* "Static data": up to __data_end, which is behind .bss, and from where the stack ends if that is first. Without the
 * symbol the segments tell only what is not 0. */
static uint64_t count_static_data(const wasm_estimate *facts)
{
    if (!facts->has_data_end)
        return facts->data_bytes;
    bool is_stack_first = facts->has_stack_pointer && facts->stack_pointer_bytes <= facts->data_end_bytes;
    return facts->data_end_bytes - (is_stack_first ? facts->stack_pointer_bytes : 0);
}

void wasm_estimate_sizes_make(const wasm_estimate *facts, const wasm_estimate_settings *settings,
                              wasm_estimate_sizes *sizes)
{
    wasm_estimate_sizes s = {0};
    /* "Module": the embedder's buffer, kept as long as the module. */
    bool is_compiled = settings->mode == WASM_ESTIMATE_AOT && settings->aot != NULL;
    s.module_buffer_bytes = is_compiled ? settings->aot->file_bytes : facts->module_bytes;
    s.instance_structures_bytes = count_instance(facts, settings->mode);
    s.structures_bytes = count_module(facts, settings->mode) + s.instance_structures_bytes;
    s.loaded_code_bytes = count_code(facts, settings);
    s.table_bytes = (facts->table_entry_count + facts->table_spare_count) * TABLE_ENTRY_BYTES;
    /* "Linear memory": min pages at instantiation; max for a shared one without hardware bound checks. */
    uint64_t first_bytes = pages_to_bytes(facts->memory_min_pages);
    s.linear_memory_bytes = add_bytes(first_bytes, pages_to_bytes(facts->other_memory_min_pages));
    s.linear_memory_max_bytes = pages_to_bytes(facts->memory_max_pages);
    s.static_data_bytes = count_static_data(facts);
    s.aux_stack_bytes = count_aux_stack(facts);
    /* "Libc heap": the last part of linear memory, from __heap_base on. */
    if (facts->has_heap_base && facts->heap_base_bytes < first_bytes)
        s.libc_heap_bytes = first_bytes - facts->heap_base_bytes;
    /* "App heap": none when the module exports malloc and free. */
    s.app_heap_bytes = facts->exports_malloc ? 0 : settings->heap_bytes;
    /* "WASM stack": operand stack, which compiled code does not have. */
    s.wasm_stack_bytes = settings->mode == WASM_ESTIMATE_AOT ? 0 : settings->stack_bytes;
    s.exec_env_bytes = settings->mode == WASM_ESTIMATE_CLASSIC ? EXEC_ENV_CLASSIC_BYTES : EXEC_ENV_FAST_BYTES;
    s.native_stack_bytes = NATIVE_STACK_BYTES;
    s.total_bytes = add_bytes(s.linear_memory_bytes,
                              s.module_buffer_bytes + s.structures_bytes + s.loaded_code_bytes + s.table_bytes);
    s.total_bytes = add_bytes(s.total_bytes, add_bytes(s.app_heap_bytes, s.wasm_stack_bytes + s.exec_env_bytes));
    *sizes = s;
}
