/* A runtime that does nothing: what the cases themselves cost, which must be nothing. */
#include "engine.h"

#include <string.h>

/* The handles point here; there is nothing behind them. */
static char nothing;

static mb_status open_engine(mb_bench *b, wasm_engine **result)
{
    (void)b;
    *result = (wasm_engine *)&nothing;
    return MB_OK;
}

static void close_engine(wasm_engine *engine) { (void)engine; }

static mb_status load(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result)
{
    (void)b;
    (void)engine;
    (void)bytes;
    *result = (wasm_module *)&nothing;
    return MB_OK;
}

static void drop_module(wasm_module *module) { (void)module; }

static mb_status instantiate(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result)
{
    (void)b;
    (void)engine;
    (void)module;
    (void)host;
    (void)host_count;
    *result = (wasm_instance *)&nothing;
    return MB_OK;
}

static void drop_instance(wasm_instance *instance) { (void)instance; }

/* Gives each argument back, which is what the cases expect of pushes and recursions; all jobs are popped. */
static mb_status call(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped)
{
    (void)b;
    (void)instance;
    (void)trapped;
    *result = argument_count == 0 || strcmp(function, "jobq_pop") == 0 ? 0 : arguments[0];
    return MB_OK;
}

static bool find_memory(wasm_instance *instance, wasm_memory *memory)
{
    (void)instance;
    *memory = (wasm_memory){0};
    return true;
}

const wasm_driver_table wasm_driver = {
    .runtime = "null",
    .version = "1",
    .abilities = WASM_CAN_ENGINES | WASM_CAN_STUB,
    .open = open_engine,
    .close = close_engine,
    .load = load,
    .drop_module = drop_module,
    .instantiate = instantiate,
    .drop_instance = drop_instance,
    .call = call,
    .memory = find_memory,
};
