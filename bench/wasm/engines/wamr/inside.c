/* What WAMR's structures say of where things are. Compiled with WAMR's own flags. */
#include "inside.h"

#include "wasm_exec_env.h"
#include "wasm_runtime.h"
#if WASM_ENABLE_AOT != 0
#include "aot_runtime.h"
#endif

static size_t add(wamr_range *ranges, size_t count, const char *name, const void *address, uint64_t bytes)
{
    if (address == NULL || bytes == 0 || count == WAMR_RANGES_MAX)
        return count;
    ranges[count] = (wamr_range){name, address, bytes};
    return count + 1;
}

/* A heap that the host keeps inside of linear memory, for those who give it a size. */
static size_t add_app_heap(wamr_range *ranges, size_t count, const WASMMemoryInstance *memory)
{
    return add(ranges, count, "memory: app heap", memory->heap_data,
               (uint64_t)(memory->heap_data_end - memory->heap_data));
}

static size_t interpreted_ranges(const WASMModuleInstance *instance, wamr_range *ranges)
{
    size_t count = 0;
    if (instance->table_count > 0) {
        const WASMTableInstance *table = instance->tables[0];
        count = add(ranges, count, "table", table->elems, (uint64_t)table->max_size * sizeof table->elems[0]);
    }
    return instance->memory_count > 0 ? add_app_heap(ranges, count, instance->memories[0]) : count;
}

#if WASM_ENABLE_AOT != 0
static size_t compiled_ranges(const AOTModuleInstance *instance, wamr_range *ranges)
{
    const AOTModule *module = (const AOTModule *)instance->module;
    size_t count = add(ranges, 0, "loaded code", module->code, module->code_size);
    if (instance->table_count > 0) {
        const AOTTableInstance *table = instance->tables[0];
        count = add(ranges, count, "table", table->elems, (uint64_t)table->max_size * sizeof table->elems[0]);
    }
    return instance->memory_count > 0 ? add_app_heap(ranges, count, instance->memories[0]) : count;
}
#endif

size_t wamr_inside_ranges(wasm_module_inst_t instance, wasm_exec_env_t environment, wamr_range *ranges)
{
    size_t count = 0;
    if (instance->module_type == Wasm_Module_Bytecode)
        count = interpreted_ranges((const WASMModuleInstance *)instance, ranges);
#if WASM_ENABLE_AOT != 0
    if (instance->module_type == Wasm_Module_AoT)
        count = compiled_ranges((const AOTModuleInstance *)instance, ranges);
#endif
    if (environment != NULL)
        count = add(ranges, count, "wasm stack", environment->wasm_stack.bottom, environment->wasm_stack_size);
    return count;
}
