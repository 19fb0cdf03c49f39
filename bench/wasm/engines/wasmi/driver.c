/* wasmi as membench's cases drive it, through its C interface (crate wasmi_c_api_impl), with the engine's defaults: a
 * function is translated when it is first called. Instances have a store each, since a store gives nothing back before
 * it is deleted. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <wasm.h>

enum {
    ARGUMENTS_MAX = 8,
    RESULTS_MAX = 4,
    IMPORTS_MAX = 256,
    WASM_PAGE_BYTES = 65536,
    MESSAGE_BYTES = 300,
    HARFBUZZ_INSTANCE_BYTES = 66 << 20,
};

struct wasm_engine {
    wasm_engine_t *engine;
};

struct wasm_module {
    wasm_module_t *module;
};

struct wasm_instance {
    wasm_store_t *store;
    wasm_instance_t *instance;
    const wasm_module_t *module; /* names its exports, in the same order */
};

/* Of the library, and in no header of it. */
wasm_trap_t *wasmi_trap_new(const char *message, size_t length);

/* lib.rs */
void wasm_wasmi_why(const uint8_t *bytes, size_t size, char *text, size_t text_bytes);

static mb_status open_engine(mb_bench *b, wasm_engine **result)
{
    wasm_engine *engine = malloc(sizeof *engine);
    if (engine == NULL)
        return mb_out_of_memory(b, "no memory for an engine's handle");
    engine->engine = wasm_engine_new();
    *result = engine;
    return MB_OK;
}

static void close_engine(wasm_engine *engine)
{
    wasm_engine_delete(engine->engine);
    free(engine);
}

/* The interface asks for a store, and takes of it only the engine. */
static mb_status load(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result)
{
    wasm_module *module = malloc(sizeof *module);
    if (module == NULL)
        return mb_out_of_memory(b, "no memory for a module's handle");
    wasm_byte_vec_t binary = {.size = bytes->size, .data = (char *)bytes->bytes};
    wasm_store_t *store = wasm_store_new(engine->engine);
    module->module = wasm_module_new(store, &binary);
    wasm_store_delete(store);
    if (module->module == NULL) {
        char why[MESSAGE_BYTES];
        wasm_wasmi_why(bytes->bytes, bytes->size, why, sizeof why);
        free(module);
        return wasm_refuse(b, "%s: %s", bytes->name, why);
    }
    *result = module;
    return MB_OK;
}

static void drop_module(wasm_module *module)
{
    wasm_module_delete(module->module);
    free(module);
}

static wasm_trap_t *call_host(void *data, const wasm_val_vec_t *arguments, wasm_val_vec_t *results)
{
    static const char by_host[] = "the host function traps", nobody[] = "an import that nobody has defined";
    const wasm_host_function *host = data;
    bool is_trap = false;
    if (host == NULL)
        return wasmi_trap_new(nobody, sizeof nobody - 1);
    int32_t value = host->call(host->context, arguments->data[0].of.i32, &is_trap);
    if (is_trap)
        return wasmi_trap_new(by_host, sizeof by_host - 1);
    results->data[0] = (wasm_val_t){.kind = WASM_I32, .of = {.i32 = value}};
    return NULL;
}

static bool names(const wasm_name_t *name, const char *text)
{
    return name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

/* What is imported: the host's functions, and for those that nobody defines one that traps. What is not a function
 * stays out, and wasmi refuses the instance. */
static size_t make_imports(wasm_instance *instance, const wasm_importtype_vec_t *types, const wasm_host_function *host,
                           size_t host_count, wasm_extern_t **imports)
{
    for (size_t i = 0; i < types->size; i++) {
        const wasm_externtype_t *type = wasm_importtype_type(types->data[i]);
        const wasm_host_function *given = NULL;
        imports[i] = NULL;
        if (wasm_externtype_kind(type) != WASM_EXTERN_FUNC)
            continue;
        for (size_t h = 0; h < host_count && given == NULL; h++)
            if (names(wasm_importtype_module(types->data[i]), host[h].module) &&
                names(wasm_importtype_name(types->data[i]), host[h].name))
                given = &host[h];
        imports[i] = wasm_func_as_extern(wasm_func_new_with_env(
            instance->store, wasm_externtype_as_functype_const(type), call_host, (void *)(uintptr_t)given, NULL));
    }
    return types->size;
}

static void drop_instance(wasm_instance *instance)
{
    if (instance->instance != NULL)
        wasm_instance_delete(instance->instance);
    wasm_store_delete(instance->store);
    free(instance);
}

/* Puts what the trap says into the text, and releases it. */
static const char *say(wasm_trap_t *trap, char text[MESSAGE_BYTES])
{
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    size_t length = message.size < MESSAGE_BYTES ? message.size : MESSAGE_BYTES - 1;
    memcpy(text, message.data, length);
    text[length] = '\0';
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
    return text;
}

static mb_status instantiate(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result)
{
    wasm_instance *instance = malloc(sizeof *instance);
    if (instance == NULL)
        return mb_out_of_memory(b, "no memory for an instance's handle");
    *instance = (wasm_instance){.store = wasm_store_new(engine->engine), .module = module->module};
    wasm_extern_t *imports[IMPORTS_MAX];
    wasm_importtype_vec_t types;
    wasm_trap_t *trap = NULL;
    wasm_module_imports(module->module, &types);
    bool has_room = types.size <= IMPORTS_MAX;
    wasm_extern_vec_t given = {.data = imports};
    if (has_room) {
        given.size = make_imports(instance, &types, host, host_count, imports);
        instance->instance = wasm_instance_new(instance->store, module->module, &given, &trap);
    }
    for (size_t i = 0; i < given.size; i++)
        if (imports[i] != NULL)
            wasm_extern_delete(imports[i]);
    wasm_importtype_vec_delete(&types);
    if (instance->instance != NULL) {
        *result = instance;
        return MB_OK;
    }
    char text[MESSAGE_BYTES];
    mb_status status = has_room ? wasm_refuse(b, "instance: %s", trap != NULL ? say(trap, text) : "wasm_instance_new")
                                : wasm_refuse(b, "the module has more than %d imports", IMPORTS_MAX);
    drop_instance(instance);
    return status;
}

/* The first export of that kind and, if name is not NULL, that name: the caller's; NULL: none. */
static wasm_extern_t *take_export(wasm_instance *instance, wasm_externkind_t kind, const char *name)
{
    wasm_exporttype_vec_t types;
    wasm_extern_vec_t items;
    wasm_extern_t *found = NULL;
    wasm_module_exports(instance->module, &types);
    wasm_instance_exports(instance->instance, &items);
    for (size_t i = 0; i < items.size && i < types.size && found == NULL; i++)
        if (wasm_extern_kind(items.data[i]) == kind &&
            (name == NULL || names(wasm_exporttype_name(types.data[i]), name))) {
            found = items.data[i];
            items.data[i] = NULL;
        }
    wasm_extern_vec_delete(&items);
    wasm_exporttype_vec_delete(&types);
    return found;
}

static mb_status call_function(mb_bench *b, wasm_func_t *function, const char *name, const int32_t *arguments,
                               size_t argument_count, int32_t *result, bool *trapped)
{
    wasm_val_t values[ARGUMENTS_MAX], results[RESULTS_MAX];
    size_t result_count = wasm_func_result_arity(function);
    if (argument_count != wasm_func_param_arity(function) || argument_count > ARGUMENTS_MAX ||
        result_count > RESULTS_MAX)
        return mb_fail(b, "%s: takes %zu arguments, not %zu", name, wasm_func_param_arity(function), argument_count);
    for (size_t i = 0; i < argument_count; i++)
        values[i] = (wasm_val_t){.kind = WASM_I32, .of = {.i32 = arguments[i]}};
    wasm_val_vec_t given = {.size = argument_count, .data = values};
    wasm_val_vec_t returned = {.size = result_count, .data = results};
    wasm_trap_t *trap = wasm_func_call(function, &given, &returned);
    if (trap != NULL && trapped != NULL) {
        wasm_trap_delete(trap);
        *trapped = true;
        return MB_FAILED;
    }
    char text[MESSAGE_BYTES];
    if (trap != NULL)
        return mb_fail(b, "%s: %s", name, say(trap, text));
    *result = result_count > 0 && results[0].kind == WASM_I32 ? results[0].of.i32 : 0;
    return MB_OK;
}

static mb_status call(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped)
{
    if (trapped != NULL)
        *trapped = false;
    wasm_extern_t *found = take_export(instance, WASM_EXTERN_FUNC, function);
    if (found == NULL)
        return mb_fail(b, "%s: no such function is exported", function);
    mb_status status =
        call_function(b, wasm_extern_as_func(found), function, arguments, argument_count, result, trapped);
    wasm_extern_delete(found);
    return status;
}

static bool get_memory(wasm_instance *instance, wasm_memory *memory)
{
    wasm_extern_t *found = take_export(instance, WASM_EXTERN_MEMORY, NULL);
    if (found == NULL)
        return false;
    wasm_memory_t *handle = wasm_extern_as_memory(found);
    wasm_memorytype_t *type = wasm_memory_type(handle);
    uint32_t maximum_pages = wasm_memorytype_limits(type)->max;
    size_t size_bytes = wasm_memory_data_size(handle);
    *memory = (wasm_memory){
        .address = size_bytes > 0 ? wasm_memory_data(handle) : NULL,
        .current_bytes = size_bytes,
        .maximum_bytes = maximum_pages != wasm_limits_max_default ? (uint64_t)maximum_pages * WASM_PAGE_BYTES : 0,
    };
    wasm_memorytype_delete(type);
    wasm_extern_delete(found);
    return true;
}

const wasm_driver_table wasm_driver = {
    .runtime = "wasmi",
    .version = WASMI_VERSION,
    .abilities =
        WASM_CAN_ENGINES | WASM_CAN_HOST | WASM_CAN_TRAP | WASM_CAN_STUB | WASM_CAN_REACTOR | WASM_TOUCHES_MEMORY,
    .instance_needs_bytes = HARFBUZZ_INSTANCE_BYTES,
    .open = open_engine,
    .close = close_engine,
    .load = load,
    .drop_module = drop_module,
    .instantiate = instantiate,
    .drop_instance = drop_instance,
    .call = call,
    .memory = get_memory,
};
