#include "config.h"

static void set_pool(wasm_config_t *config)
{
#ifdef WASMTIME_POOL_INSTANCES
    wasmtime_pooling_allocation_config_t *pool = wasmtime_pooling_allocation_config_new();
    wasmtime_pooling_allocation_config_total_core_instances_set(pool, WASMTIME_POOL_INSTANCES);
    wasmtime_pooling_allocation_config_total_memories_set(pool, WASMTIME_POOL_INSTANCES);
    wasmtime_pooling_allocation_config_total_tables_set(pool, WASMTIME_POOL_INSTANCES);
#ifdef WASMTIME_KEPT_BYTES
    wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, WASMTIME_KEPT_BYTES);
    wasmtime_pooling_allocation_config_table_keep_resident_set(pool, WASMTIME_KEPT_BYTES);
#endif
    wasmtime_pooling_allocation_strategy_set(config, pool);
    wasmtime_pooling_allocation_config_delete(pool);
#else
    (void)config;
#endif
}

wasm_config_t *wasmtime_driver_configure(void)
{
    wasm_config_t *config = wasm_config_new();
    bool is_parallel = false;
#ifdef WASMTIME_PARALLEL
    is_parallel = true;
#endif
    wasmtime_config_parallel_compilation_set(config, is_parallel);
#ifdef WASMTIME_STRATEGY
    wasmtime_config_strategy_set(config, WASMTIME_STRATEGY);
#endif
#ifdef WASMTIME_TARGET
    wasmtime_error_t *error = wasmtime_config_target_set(config, WASMTIME_TARGET);
    if (error != NULL) {
        wasmtime_error_delete(error);
        wasm_config_delete(config);
        return NULL;
    }
#endif
    set_pool(config);
    return config;
}
