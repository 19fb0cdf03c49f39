/* Drives Wasmtime through its C API. One source for all versions and variants, told apart by the compiler's command
 * line:
 *
 *   WASMTIME_VARIANT            "par", "pool", …; not defined: none
 *   WASMTIME_IN_BRIEF           only the cases in which variants and versions differ
 *   and those of config.h and compiled.h
 *
 * Instances have a store each, since a store gives nothing back before it is deleted. */
#include "compiled.h"
#include "config.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

/* What an engine keeps is a question of the version, not of the variant, unless it never compiles. */
#if defined WASMTIME_VARIANT && defined WASMTIME_LOADS_COMPILED
#define ENGINES_ABILITY WASM_CAN_ENGINES
#elif defined WASMTIME_VARIANT
#define ENGINES_ABILITY 0
#else
#define WASMTIME_VARIANT NULL
#define ENGINES_ABILITY WASM_CAN_ENGINES
#endif

#ifdef WASMTIME_PARALLEL
#define THREADS_ABILITY WASM_MAKES_THREADS
#else
#define THREADS_ABILITY 0
#endif

#ifdef WASMTIME_IN_BRIEF
#define BRIEF_ABILITY WASM_IN_BRIEF
#else
#define BRIEF_ABILITY 0
#endif

#ifdef WASMTIME_POOL_INSTANCES
enum { INSTANCES_MAX = WASMTIME_POOL_INSTANCES };
#else
enum { INSTANCES_MAX = 0 };
#endif

enum {
    ARGUMENTS_MAX = 8,
    RESULTS_MAX = 4,
    COMPILE_NS_PER_KIB = 1100000, /* 0.75 s for harfbuzz-subset, 10 s for esbuild */
    MODULE_BYTES = 4 << 20,
    ENGINE_BYTES = WASMTIME_VERSION_MAJOR == 48 ? 32 << 20 : 8 << 20, /* 48 keeps what it compiled with */
};

struct wasm_engine {
    wasm_engine_t *engine;
};

struct wasm_module {
    wasmtime_module_t *module;
    bool has_imports;
};

struct wasm_instance {
    wasmtime_store_t *store; /* owns the instance */
    wasmtime_instance_t instance;
};

/* Says what went wrong and releases what said so: error or trap, whichever is there. is_refused: of the module itself.
 */
static mb_status fail(mb_bench *b, bool is_refused, const char *what, wasmtime_error_t *error, wasm_trap_t *trap)
{
    wasm_byte_vec_t text = WASM_EMPTY_VEC;
    if (error != NULL)
        wasmtime_error_message(error, &text);
    else if (trap != NULL)
        wasm_trap_message(trap, &text);
    const char *data = text.size > 0 ? text.data : "";
    mb_status status = is_refused ? wasm_refuse(b, "%s: %.*s", what, (int)text.size, data)
                                  : mb_fail(b, "%s: %.*s", what, (int)text.size, data);
    wasm_byte_vec_delete(&text);
    if (error != NULL)
        wasmtime_error_delete(error);
    if (trap != NULL)
        wasm_trap_delete(trap);
    return status;
}

static mb_status open_engine(mb_bench *b, wasm_engine **result)
{
    wasm_engine *engine = malloc(sizeof *engine);
    if (engine == NULL)
        return mb_out_of_memory(b, "no memory for an engine's handle");
    wasm_config_t *config = wasmtime_driver_configure();
    if (config == NULL) {
        free(engine);
        return mb_fail(b, "this Wasmtime compiles for no such target");
    }
    engine->engine = wasm_engine_new_with_config(config); /* takes the configuration */
    if (engine->engine == NULL) {
        free(engine);
        return mb_fail(b, "wasm_engine_new_with_config");
    }
    *result = engine;
    return MB_OK;
}

static void close_engine(wasm_engine *engine)
{
    wasm_engine_delete(engine->engine);
    free(engine);
}

static bool has_imports(const wasmtime_module_t *module)
{
    wasm_importtype_vec_t imports;
    wasmtime_module_imports(module, &imports);
    bool result = imports.size > 0;
    wasm_importtype_vec_delete(&imports);
    return result;
}

static mb_status load(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result)
{
    wasm_module *module = malloc(sizeof *module);
    if (module == NULL)
        return mb_out_of_memory(b, "no memory for a module's handle");
    wasmtime_error_t *error = wasmtime_driver_load(engine->engine, bytes, &module->module);
    if (error != NULL) {
        free(module);
        return fail(b, true, bytes->name, error, NULL);
    }
    module->has_imports = has_imports(module->module);
    *result = module;
    return MB_OK;
}

static void drop_module(wasm_module *module)
{
    wasmtime_module_delete(module->module);
    free(module);
}

static wasm_trap_t *call_host(void *data, wasmtime_caller_t *caller, const wasmtime_val_t *arguments,
                              size_t argument_count, wasmtime_val_t *results, size_t result_count)
{
    const wasm_host_function *host = data;
    (void)caller;
    (void)argument_count;
    (void)result_count;
    bool is_trap = false;
    int32_t value = host->call(host->context, arguments[0].of.i32, &is_trap);
    if (is_trap) /* one of a text of its own would come out of the call as an error, not as a trap */
        return wasmtime_trap_new_code(WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED);
    results[0] = (wasmtime_val_t){.kind = WASMTIME_I32, .of = {.i32 = value}};
    return NULL;
}

static const wasm_wasi *the_wasi; /* NULL: none was set */
static const char *variable_names[WASM_WASI_MAX], *variable_values[WASM_WASI_MAX];

static mb_status set_wasi(mb_bench *b, const wasm_wasi *wasi)
{
    for (size_t i = 0; i < wasi->variable_count; i++) {
        const char *sign = strchr(wasi->variables[i], '=');
        variable_names[i] = strndup(wasi->variables[i], (size_t)(sign - wasi->variables[i]));
        variable_values[i] = sign + 1;
        if (variable_names[i] == NULL)
            return mb_out_of_memory(b, "no memory for the name of a variable");
    }
    the_wasi = wasi;
    return MB_OK;
}

static bool preopen(wasi_config_t *config, const char *host, const char *guest)
{
#ifdef WASMTIME_WASI_MUTABLE
    return wasi_config_preopen_dir(config, host, guest, true);
#else /* before version 50 */
    return wasi_config_preopen_dir(config, host, guest, WASMTIME_WASI_DIR_PERMS_READ | WASMTIME_WASI_DIR_PERMS_WRITE,
                                   WASMTIME_WASI_FILE_PERMS_READ | WASMTIME_WASI_FILE_PERMS_WRITE);
#endif
}

/* Each store has WASI of its own. */
static mb_status give_wasi(mb_bench *b, wasm_instance *instance)
{
    wasi_config_t *config = wasi_config_new();
    bool is_set =
        wasi_config_set_argv(config, the_wasi->argument_count, (const char **)(uintptr_t)the_wasi->arguments) &&
        wasi_config_set_env(config, the_wasi->variable_count, variable_names, variable_values);
    wasi_config_inherit_stdin(config);
    wasi_config_inherit_stdout(config);
    wasi_config_inherit_stderr(config);
    for (size_t i = 0; i < the_wasi->folder_count; i++)
        is_set = is_set && preopen(config, the_wasi->folders[i].host, the_wasi->folders[i].guest);
    wasmtime_error_t *error = wasmtime_context_set_wasi(wasmtime_store_context(instance->store), config);
    if (error != NULL)
        return fail(b, false, "WASI", error, NULL);
    return is_set ? MB_OK : mb_fail(b, "Wasmtime does not take an argument, a variable or a folder of WASI");
}

/* A linker of its own: host functions may differ from instance to instance. The store keeps what it needs of it. */
static wasmtime_error_t *link_instance(wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                                       size_t host_count, wasm_instance *instance, wasm_trap_t **trap)
{
    wasmtime_error_t *error = NULL;
    wasmtime_linker_t *linker = wasmtime_linker_new(engine->engine);
    wasm_functype_t *type = wasm_functype_new_1_1(wasm_valtype_new_i32(), wasm_valtype_new_i32());
    for (size_t i = 0; i < host_count && error == NULL; i++)
        error = wasmtime_linker_define_func(linker, host[i].module, strlen(host[i].module), host[i].name,
                                            strlen(host[i].name), type, call_host, (void *)(uintptr_t)&host[i], NULL);
    if (error == NULL && the_wasi != NULL)
        error = wasmtime_linker_define_wasi(linker);
    if (error == NULL)
        error = wasmtime_linker_define_unknown_imports_as_traps(linker, module->module);
    if (error == NULL)
        error = wasmtime_linker_instantiate(linker, wasmtime_store_context(instance->store), module->module,
                                            &instance->instance, trap);
    wasm_functype_delete(type);
    wasmtime_linker_delete(linker);
    return error;
}

static void drop_instance(wasm_instance *instance)
{
    wasmtime_store_delete(instance->store);
    free(instance);
}

/* Finds an exported function and how many results it has. */
static bool find_function(wasm_instance *instance, const char *name, wasmtime_func_t *function, size_t *result_count)
{
    wasmtime_context_t *context = wasmtime_store_context(instance->store);
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(context, &instance->instance, name, strlen(name), &item))
        return false;
    bool is_function = item.kind == WASMTIME_EXTERN_FUNC;
    if (is_function) {
        wasm_functype_t *type = wasmtime_func_type(context, &item.of.func);
        *function = item.of.func;
        *result_count = wasm_functype_results(type)->size;
        wasm_functype_delete(type);
    }
    wasmtime_extern_delete(&item);
    return is_function;
}

static mb_status call_function(mb_bench *b, wasm_instance *instance, const char *name, const wasmtime_func_t *function,
                               const int32_t *arguments, size_t argument_count, size_t result_count, int32_t *result,
                               bool *trapped)
{
    wasmtime_val_t values[ARGUMENTS_MAX], results[RESULTS_MAX];
    if (argument_count > ARGUMENTS_MAX || result_count > RESULTS_MAX)
        return mb_fail(b, "%s: more than %d arguments or %d results", name, ARGUMENTS_MAX, RESULTS_MAX);
    for (size_t i = 0; i < argument_count; i++)
        values[i] = (wasmtime_val_t){.kind = WASMTIME_I32, .of = {.i32 = arguments[i]}};
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_func_call(wasmtime_store_context(instance->store), function, values,
                                                 argument_count, results, result_count, &trap);
    if (error == NULL && trap != NULL && trapped != NULL) {
        wasm_trap_delete(trap);
        *trapped = true;
        return MB_FAILED;
    }
    int exit_code;
    if (error != NULL && wasmtime_error_exit_status(error, &exit_code)) {
        wasmtime_error_delete(error);
        *result = exit_code;
        return MB_OK;
    }
    if (error != NULL || trap != NULL)
        return fail(b, false, name, error, trap);
    *result = result_count > 0 && results[0].kind == WASMTIME_I32 ? results[0].of.i32 : 0;
    return MB_OK;
}

static mb_status call(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped)
{
    wasmtime_func_t found;
    size_t result_count;
    if (trapped != NULL)
        *trapped = false;
    if (!find_function(instance, function, &found, &result_count))
        return mb_fail(b, "%s: no such function is exported", function);
    return call_function(b, instance, function, &found, arguments, argument_count, result_count, result, trapped);
}

static mb_status instantiate(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result)
{
    wasm_instance *instance = malloc(sizeof *instance);
    if (instance == NULL)
        return mb_out_of_memory(b, "no memory for an instance's handle");
    instance->store = wasmtime_store_new(engine->engine, NULL, NULL);
    if (the_wasi != NULL) {
        mb_status status = give_wasi(b, instance);
        if (status != MB_OK) {
            drop_instance(instance);
            return status;
        }
    }
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = module->has_imports
                                  ? link_instance(engine, module, host, host_count, instance, &trap)
                                  : wasmtime_instance_new(wasmtime_store_context(instance->store), module->module, NULL,
                                                          0, &instance->instance, &trap);
    mb_status status = error != NULL || trap != NULL ? fail(b, true, "instance", error, trap) : MB_OK;
    if (status == MB_OK)
        *result = instance;
    else
        drop_instance(instance);
    return status;
}

static bool find_memory(wasm_instance *instance, wasmtime_extern_t *item)
{
    char *name;
    size_t name_length;
    for (size_t i = 0; wasmtime_instance_export_nth(wasmtime_store_context(instance->store), &instance->instance, i,
                                                    &name, &name_length, item);
         i++) {
        if (item->kind == WASMTIME_EXTERN_MEMORY)
            return true;
        wasmtime_extern_delete(item);
    }
    return false;
}

static bool get_memory(wasm_instance *instance, wasm_memory *memory)
{
    wasmtime_context_t *context = wasmtime_store_context(instance->store);
    wasmtime_extern_t item;
    if (!find_memory(instance, &item))
        return false;
    wasm_memorytype_t *type = wasmtime_memory_type(context, &item.of.memory);
    uint64_t maximum_pages = 0;
    if (!wasmtime_memorytype_maximum(type, &maximum_pages))
        maximum_pages = 0;
    memory->address = wasmtime_memory_data(context, &item.of.memory);
    memory->current_bytes = wasmtime_memory_data_size(context, &item.of.memory);
    memory->maximum_bytes = maximum_pages * wasmtime_memorytype_page_size(type);
    wasm_memorytype_delete(type);
    wasmtime_extern_delete(&item);
    return true;
}

/* The image holds the compiled code together with the tables that unwinding and traps need. Regions are parts of the
 * anonymous memory, so one of a file's pages is none. */
static void describe(mb_bench *b, wasm_engine *engine, wasm_module *module, wasm_instance *instance)
{
    (void)engine;
    (void)instance;
    if (module == NULL)
        return;
    void *start, *end;
    wasmtime_module_image_range(module->module, &start, &end);
    size_t size_bytes = (size_t)((char *)end - (char *)start);
    if (!WASMTIME_IMAGE_IS_FILE)
        mb_region(b, "loaded code", start, size_bytes);
    mb_count(b, "module_image_bytes", (int64_t)size_bytes);
}

const wasm_driver_table wasm_driver = {
    .runtime = "wasmtime-" TEXT(WASMTIME_VERSION_MAJOR),
    .variant = WASMTIME_VARIANT,
    .version = WASMTIME_VERSION,
    .abilities = WASM_CAN_HOST | WASM_CAN_TRAP | WASM_CAN_STUB | WASM_CAN_REACTOR | WASM_CAN_WASI | ENGINES_ABILITY |
                 THREADS_ABILITY | BRIEF_ABILITY,
    .instances_max = INSTANCES_MAX,
    .compile_ns_per_kib = COMPILE_NS_PER_KIB,
    .module_needs_bytes = MODULE_BYTES,
    .engine_needs_bytes = ENGINE_BYTES,
    .compile = WASMTIME_COMPILE,
    .open = open_engine,
    .close = close_engine,
    .load = load,
    .drop_module = drop_module,
    .instantiate = instantiate,
    .drop_instance = drop_instance,
    .call = call,
    .memory = get_memory,
    .describe = describe,
    .set_wasi = set_wasi,
};
