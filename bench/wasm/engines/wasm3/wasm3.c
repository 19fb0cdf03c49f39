/* Wasm3 as membench's cases drive it. docs/adding-a-runtime.md goes through this file from top to bottom. */
#include "wasi.h"

#include <wasm3.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    WASM_STACK_BYTES = 64 * 1024,
    ARGUMENTS_MAX = 8,
    HARFBUZZ_INSTANCE_BYTES = 68 * 1024 * 1024, /* linear memory is written to as a whole, and declared as 65 MiB */
};

struct wasm_engine {
    IM3Environment environment;
    uint32_t wasm_stack_bytes;
};

/* Wasm3 gives a parsed module away to the one instance that is made of it. So the first instance takes what load has
 * parsed, and each further one parses the bytes again, as every program with Wasm3 has to. */
struct wasm_module {
    IM3Environment environment;
    wasm_bytes bytes; /* borrowed: read as long as there are instances */
    IM3Module parsed; /* NULL: taken */
};

struct wasm_instance {
    IM3Runtime runtime; /* owns its module */
};

static mb_status open_engine(mb_bench *b, wasm_engine **result)
{
    wasm_engine *engine = malloc(sizeof *engine);
    if (engine == NULL)
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    *engine = (wasm_engine){.environment = m3_NewEnvironment(), .wasm_stack_bytes = WASM_STACK_BYTES};
    if (engine->environment == NULL) {
        free(engine);
        return mb_fail(b, "m3_NewEnvironment failed");
    }
    *result = engine;
    return MB_OK;
}

static void close_engine(wasm_engine *engine)
{
    m3_FreeEnvironment(engine->environment);
    free(engine);
}

static mb_status parse(mb_bench *b, IM3Environment environment, const wasm_bytes *bytes, IM3Module *result)
{
    M3Result why = m3_ParseModule(environment, result, bytes->bytes, (uint32_t)bytes->size);
    return why == m3Err_none ? MB_OK : wasm_refuse(b, "m3_ParseModule of %s: %s", bytes->name, why);
}

static mb_status load(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result)
{
    IM3Module parsed;
    mb_status status = parse(b, engine->environment, bytes, &parsed);
    if (status != MB_OK)
        return status;
    wasm_module *module = malloc(sizeof *module);
    if (module == NULL) {
        m3_FreeModule(parsed);
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    }
    *module = (wasm_module){.environment = engine->environment, .bytes = *bytes, .parsed = parsed};
    *result = module;
    return MB_OK;
}

static void drop_module(wasm_module *module)
{
    if (module->parsed != NULL)
        m3_FreeModule(module->parsed);
    free(module);
}

/* Result and argument are the first two places of the stack. */
static const void *call_host(IM3Runtime runtime, IM3ImportContext context, uint64_t *stack, void *memory)
{
    (void)runtime;
    (void)memory;
    const wasm_host_function *host = context->userdata;
    bool trap = false;
    int32_t argument, result;
    memcpy(&argument, &stack[1], sizeof argument);
    result = host->call(host->context, argument, &trap);
    memcpy(&stack[0], &result, sizeof result);
    return trap ? m3Err_trapAbort : m3Err_none;
}

static mb_status give_host(mb_bench *b, IM3Module parsed, const wasm_host_function *host, size_t host_count)
{
    for (size_t i = 0; i < host_count; i++) {
        M3Result why = m3_LinkRawFunctionEx(parsed, host[i].module, host[i].name, "i(i)", call_host, &host[i]);
        /* The module need not import all that the host has. */
        if (why != m3Err_none && why != m3Err_functionLookupFailed)
            return mb_fail(b, "the import %s.%s: %s", host[i].module, host[i].name, why);
    }
    return MB_OK;
}

/* Makes the runtime own the module; one that it does not take is freed. */
static mb_status load_into(mb_bench *b, IM3Runtime runtime, IM3Module parsed)
{
    M3Result why = m3_LoadModule(runtime, parsed);
    if (why == m3Err_none)
        return MB_OK;
    m3_FreeModule(parsed);
    return wasm_refuse(b, "m3_LoadModule: %s", why);
}

static mb_status instantiate(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result)
{
    wasm_instance *instance = malloc(sizeof *instance);
    IM3Runtime runtime = m3_NewRuntime(engine->environment, engine->wasm_stack_bytes, NULL);
    IM3Module parsed = module->parsed;
    mb_status status = MB_OK;
    if (instance == NULL || runtime == NULL)
        status = mb_fail(b, "m3_NewRuntime failed");
    else if (parsed == NULL)
        status = parse(b, module->environment, &module->bytes, &parsed);
    if (status == MB_OK) {
        module->parsed = NULL;
        status = load_into(b, runtime, parsed);
    }
    if (status == MB_OK)
        status = give_host(b, parsed, host, host_count);
    if (status == MB_OK)
        status = wasm3_wasi_give(b, parsed);
    if (status != MB_OK) {
        if (runtime != NULL)
            m3_FreeRuntime(runtime);
        free(instance);
        return status;
    }
    instance->runtime = runtime;
    *result = instance;
    return MB_OK;
}

static void drop_instance(wasm_instance *instance)
{
    m3_FreeRuntime(instance->runtime);
    free(instance);
}

/* An import that nobody gave is missed when the function around it is compiled, at its first call. */
static bool is_trap(M3Result why)
{
    return strncmp(why, "[trap]", strlen("[trap]")) == 0 || why == m3Err_functionImportMissing;
}

static mb_status call(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped)
{
    const void *pointers[ARGUMENTS_MAX];
    IM3Function found;
    if (argument_count > ARGUMENTS_MAX)
        return mb_fail(b, "%s: more than %d arguments", function, ARGUMENTS_MAX);
    for (size_t i = 0; i < argument_count; i++)
        pointers[i] = &arguments[i];
    M3Result why = m3_FindFunction(&found, instance->runtime, function);
    if (why == m3Err_none)
        why = m3_Call(found, (uint32_t)argument_count, pointers);
    if (why == m3Err_none) {
        int32_t value = 0;
        const void *place = &value;
        if (m3_GetRetCount(found) == 1 && m3_GetRetType(found, 0) == c_m3Type_i32)
            why = m3_GetResults(found, 1, &place);
        if (why == m3Err_none)
            *result = value;
    }
    if (why == m3Err_none || wasm3_wasi_has_exited(why, result))
        return MB_OK;
    if (trapped != NULL && is_trap(why)) {
        *trapped = true;
        return MB_FAILED;
    }
    return mb_fail(b, "%s: %s", function, why);
}

static bool find_memory(wasm_instance *instance, wasm_memory *memory)
{
    uint32_t size_bytes = 0;
    void *address = m3_GetMemory(instance->runtime, &size_bytes, 0);
    *memory = (wasm_memory){.address = address, .current_bytes = size_bytes};
    return address != NULL;
}

/* The rest of what it holds Wasm3 does not tell the place of. */
static void describe(mb_bench *b, wasm_engine *engine, wasm_module *module, wasm_instance *instance)
{
    (void)engine;
    (void)instance;
    if (module != NULL)
        mb_region(b, "module buffer", module->bytes.bytes, module->bytes.size);
}

static void set_sizes(wasm_engine *engine, uint32_t wasm_stack_bytes, uint32_t app_heap_bytes)
{
    (void)app_heap_bytes;
    engine->wasm_stack_bytes = wasm_stack_bytes != 0 ? wasm_stack_bytes : WASM_STACK_BYTES;
}

const wasm_driver_table wasm_driver = {
    .runtime = "wasm3",
    .version = M3_VERSION,
    .abilities = WASM_CAN_ENGINES | WASM_CAN_HOST | WASM_CAN_TRAP | WASM_CAN_STUB | WASM_CAN_REACTOR | WASM_CAN_WASI |
                 WASM_KEEPS_BYTES | WASM_TOUCHES_MEMORY,
    .instance_needs_bytes = HARFBUZZ_INSTANCE_BYTES,
    .open = open_engine,
    .close = close_engine,
    .load = load,
    .drop_module = drop_module,
    .instantiate = instantiate,
    .drop_instance = drop_instance,
    .call = call,
    .memory = find_memory,
    .describe = describe,
    .set_sizes = set_sizes,
    .set_wasi = wasm3_wasi_set,
};
