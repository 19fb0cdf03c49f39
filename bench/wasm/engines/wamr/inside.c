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

/* The stack that compiled C keeps in linear memory: WAMR found its bounds from the module's exported globals. */
static size_t add_linear_parts(wamr_range *ranges, size_t count, const WASMMemoryInstance *memory,
                               uint64_t aux_stack_bottom, uint64_t aux_stack_bytes)
{
    if (memory == NULL || memory->memory_data == NULL)
        return count;
    count = add(ranges, count, "app heap", memory->heap_data, (uint64_t)(memory->heap_data_end - memory->heap_data));
    if (aux_stack_bytes > aux_stack_bottom || aux_stack_bottom > memory->memory_data_size)
        return count;
    return add(ranges, count, "aux stack", memory->memory_data + (aux_stack_bottom - aux_stack_bytes), aux_stack_bytes);
}

static size_t interpreted_ranges(const WASMModuleInstance *instance, wamr_range *ranges)
{
    const WASMModule *module = instance->module;
    size_t count = 0;
    if (instance->table_count > 0) {
        const WASMTableInstance *table = instance->tables[0];
        count = add(ranges, count, "table", table->elems, (uint64_t)table->max_size * sizeof table->elems[0]);
    }
    const WASMMemoryInstance *memory = instance->memory_count > 0 ? instance->memories[0] : NULL;
    return add_linear_parts(ranges, count, memory, module->aux_stack_bottom, module->aux_stack_size);
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
    const WASMMemoryInstance *memory = instance->memory_count > 0 ? instance->memories[0] : NULL;
    return add_linear_parts(ranges, count, memory, module->aux_stack_bottom, module->aux_stack_size);
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
