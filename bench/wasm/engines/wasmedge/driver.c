/* WasmEdge as membench's cases drive it: its interpreter or compiled code (aot.h), each instance anonymous, through the
 * C API.
 *
 * Imports are found by WasmEdge in a store, by module name. Functions of the host differ from instance to instance, so
 * an instance of a module with imports has a store and import modules of its own; the others share the engine's. */
#include "aot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARGUMENTS_MAX = 8,
    IMPORTS_MAX = 64,       /* imported functions of one module */
    EXPORTS_MAX = 64,       /* that are looked at */
    IMPORT_MODULES_MAX = 8, /* different module names among them */
    TRAP_CODE = 1,          /* of the errors a host function raises */
    WASM_PAGE_BYTES = 65536,
    /* 128 TiB of addresses hold 10,922 reservations of 12 GiB, less what the process has mapped itself. */
    INSTANCES_MAX = 10920,
    HARFBUZZ_INSTANCE_BYTES = 11 * 1024 * 1024,
};

struct wasm_engine {
    WasmEdge_ConfigureContext *configure;
    WasmEdge_LoaderContext *loader;
    WasmEdge_ValidatorContext *validator;
    WasmEdge_ExecutorContext *executor;
    WasmEdge_StoreContext *store;
};

struct wasm_module {
    WasmEdge_ASTModuleContext *module;
    bool has_memory; /* exports one that is not empty */
};

struct wasm_instance {
    WasmEdge_ModuleInstanceContext *instance;
    WasmEdge_ExecutorContext *executor; /* the engine's */
    WasmEdge_StoreContext *store;       /* NULL: the engine's */
    WasmEdge_ModuleInstanceContext *imports[IMPORT_MODULES_MAX];
    size_t import_count;
};

/* Its log goes to standard output, and the first line sets the logger up: a trap would be measured with it. */
static mb_status prepare(mb_bench *b)
{
    (void)b;
    WasmEdge_LogOff();
    return MB_OK;
}

static void close_engine(wasm_engine *engine)
{
    WasmEdge_StoreDelete(engine->store);
    WasmEdge_ExecutorDelete(engine->executor);
    WasmEdge_ValidatorDelete(engine->validator);
    WasmEdge_LoaderDelete(engine->loader);
    WasmEdge_ConfigureDelete(engine->configure);
    free(engine);
}

static mb_status open_engine(mb_bench *b, wasm_engine **result)
{
    wasm_engine *engine = malloc(sizeof *engine);
    if (engine == NULL)
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    engine->configure = WasmEdge_ConfigureCreate();
    engine->loader = WasmEdge_LoaderCreate(engine->configure);
    engine->validator = WasmEdge_ValidatorCreate(engine->configure);
    engine->executor = WasmEdge_ExecutorCreate(engine->configure, NULL);
    engine->store = WasmEdge_StoreCreate();
    if (engine->configure == NULL || engine->loader == NULL || engine->validator == NULL || engine->executor == NULL ||
        engine->store == NULL) {
        close_engine(engine);
        return mb_fail(b, "WasmEdge's contexts could not be created");
    }
    *result = engine;
    return MB_OK;
}

static bool exports_memory(const WasmEdge_ASTModuleContext *module)
{
    const WasmEdge_ExportTypeContext *exports[EXPORTS_MAX];
    uint32_t export_count = WasmEdge_ASTModuleListExports(module, exports, EXPORTS_MAX);
    for (uint32_t i = 0; i < export_count && i < EXPORTS_MAX; i++)
        if (WasmEdge_ExportTypeGetExternalType(exports[i]) == WasmEdge_ExternalType_Memory)
            return WasmEdge_MemoryTypeGetLimit(WasmEdge_ExportTypeGetMemoryType(module, exports[i])).Min > 0;
    return false;
}

static mb_status load(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result)
{
    WasmEdge_ASTModuleContext *parsed = NULL;
    WasmEdge_Result outcome = wasmedge_driver_parse(engine->loader, bytes, &parsed);
    if (!WasmEdge_ResultOK(outcome))
        return wasm_refuse(b, WASMEDGE_PARSE_NAME " of %s: %s", bytes->name, WasmEdge_ResultGetMessage(outcome));
    outcome = WasmEdge_ValidatorValidate(engine->validator, parsed);
    if (!WasmEdge_ResultOK(outcome)) {
        WasmEdge_ASTModuleDelete(parsed);
        return wasm_refuse(b, "WasmEdge_ValidatorValidate of %s: %s", bytes->name, WasmEdge_ResultGetMessage(outcome));
    }
    wasm_module *module = malloc(sizeof *module);
    if (module == NULL) {
        WasmEdge_ASTModuleDelete(parsed);
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    }
    *module = (wasm_module){.module = parsed, .has_memory = exports_memory(parsed)};
    *result = module;
    return MB_OK;
}

static void drop_module(wasm_module *module)
{
    WasmEdge_ASTModuleDelete(module->module);
    free(module);
}

static WasmEdge_Result call_host(void *data, const WasmEdge_CallingFrameContext *frame, const WasmEdge_Value *arguments,
                                 WasmEdge_Value *results)
{
    (void)frame;
    const wasm_host_function *host = data;
    bool trap = false;
    results[0] = WasmEdge_ValueGenI32(host->call(host->context, WasmEdge_ValueGetI32(arguments[0]), &trap));
    return trap ? WasmEdge_ResultGen(WasmEdge_ErrCategory_UserLevelError, TRAP_CODE) : WasmEdge_Result_Success;
}

static WasmEdge_Result call_stub(void *data, const WasmEdge_CallingFrameContext *frame, const WasmEdge_Value *arguments,
                                 WasmEdge_Value *results)
{
    (void)data;
    (void)frame;
    (void)arguments;
    (void)results;
    return WasmEdge_ResultGen(WasmEdge_ErrCategory_UserLevelError, TRAP_CODE);
}

static bool names(WasmEdge_String text, const char *name)
{
    return WasmEdge_StringIsEqual(text, WasmEdge_StringWrap(name, (uint32_t)strlen(name)));
}

static const wasm_host_function *find_host(const wasm_host_function *host, size_t host_count, WasmEdge_String module,
                                           WasmEdge_String name)
{
    for (size_t i = 0; i < host_count; i++)
        if (names(module, host[i].module) && names(name, host[i].name))
            return &host[i];
    return NULL;
}

static bool takes_and_gives_i32(const WasmEdge_FunctionTypeContext *type)
{
    WasmEdge_ValType parameter, given;
    return WasmEdge_FunctionTypeGetParametersLength(type) == 1 && WasmEdge_FunctionTypeGetReturnsLength(type) == 1 &&
           WasmEdge_FunctionTypeGetParameters(type, &parameter, 1) == 1 &&
           WasmEdge_FunctionTypeGetReturns(type, &given, 1) == 1 && WasmEdge_ValTypeIsI32(parameter) &&
           WasmEdge_ValTypeIsI32(given);
}

static const wasm_wasi *the_wasi;                 /* NULL: none was set */
static const char *mapped_folders[WASM_WASI_MAX]; /* as WasmEdge names them: "GUEST:HOST" */

static mb_status set_wasi(mb_bench *b, const wasm_wasi *wasi)
{
    the_wasi = wasi;
    return wasm_name_folders(b, wasi, ":", mapped_folders);
}

/* WASI of an instance's own: the first of the modules it imports. */
static mb_status give_wasi(mb_bench *b, wasm_instance *instance)
{
    WasmEdge_ModuleInstanceContext *wasi = WasmEdge_ModuleInstanceCreateWASI(
        the_wasi->arguments, (uint32_t)the_wasi->argument_count, the_wasi->variables,
        (uint32_t)the_wasi->variable_count, mapped_folders, (uint32_t)the_wasi->folder_count);
    if (wasi == NULL)
        return mb_fail(b, "WasmEdge_ModuleInstanceCreateWASI failed");
    instance->imports[instance->import_count++] = wasi;
    return MB_OK;
}

/* The import module of that name, a new one when there is none; NULL when there are too many. */
static WasmEdge_ModuleInstanceContext *import_module(wasm_instance *instance, WasmEdge_String name)
{
    for (size_t i = 0; i < instance->import_count; i++)
        if (WasmEdge_StringIsEqual(WasmEdge_ModuleInstanceGetModuleName(instance->imports[i]), name))
            return instance->imports[i];
    if (instance->import_count == IMPORT_MODULES_MAX)
        return NULL;
    WasmEdge_ModuleInstanceContext *created = WasmEdge_ModuleInstanceCreate(name);
    if (created != NULL)
        instance->imports[instance->import_count++] = created;
    return created;
}

/* Gives the instance one function that its module imports: the host's, or one that traps. */
static mb_status give_function(mb_bench *b, wasm_instance *instance, const wasm_module *module,
                               const WasmEdge_ImportTypeContext *import, const wasm_host_function *host,
                               size_t host_count)
{
    WasmEdge_String module_name = WasmEdge_ImportTypeGetModuleName(import);
    WasmEdge_String name = WasmEdge_ImportTypeGetExternalName(import);
    const WasmEdge_FunctionTypeContext *type = WasmEdge_ImportTypeGetFunctionType(module->module, import);
    const wasm_host_function *given = find_host(host, host_count, module_name, name);
    if (given != NULL && !takes_and_gives_i32(type))
        return mb_fail(b, "the import %s.%s is not (i32) -> i32", given->module, given->name);
    /* Borrowed as const by the interface's word, yet passed on as it came. */
    void *data = (void *)(uintptr_t)given;
    WasmEdge_ModuleInstanceContext *into = import_module(instance, module_name);
    WasmEdge_FunctionInstanceContext *function =
        into != NULL ? WasmEdge_FunctionInstanceCreate(type, given != NULL ? call_host : call_stub, data, 0) : NULL;
    if (function == NULL)
        return mb_fail(b, "no room for the import %.*s.%.*s", (int)module_name.Length, module_name.Buf,
                       (int)name.Length, name.Buf);
    WasmEdge_ModuleInstanceAddFunction(into, name, function); /* which owns it from here on */
    return MB_OK;
}

static mb_status give_imports(mb_bench *b, const wasm_engine *engine, wasm_instance *instance,
                              const wasm_module *module, const wasm_host_function *host, size_t host_count)
{
    uint32_t import_count = WasmEdge_ASTModuleListImportsLength(module->module);
    if (import_count == 0)
        return MB_OK;
    if (import_count > IMPORTS_MAX)
        return wasm_refuse(b, "the module has %u imports, more than %d", (unsigned)import_count, IMPORTS_MAX);
    if (the_wasi != NULL) {
        mb_status status = give_wasi(b, instance);
        if (status != MB_OK)
            return status;
    }
    const WasmEdge_ImportTypeContext *imports[IMPORTS_MAX];
    WasmEdge_ASTModuleListImports(module->module, imports, IMPORTS_MAX);
    for (uint32_t i = 0; i < import_count; i++) {
        /* What is not a function nobody can stand in for: WasmEdge then refuses the instance and says why. */
        if (WasmEdge_ImportTypeGetExternalType(imports[i]) != WasmEdge_ExternalType_Function ||
            (the_wasi != NULL && names(WasmEdge_ImportTypeGetModuleName(imports[i]), "wasi_snapshot_preview1")))
            continue;
        mb_status status = give_function(b, instance, module, imports[i], host, host_count);
        if (status != MB_OK)
            return status;
    }
    instance->store = WasmEdge_StoreCreate();
    for (size_t i = 0; i < instance->import_count; i++) {
        WasmEdge_Result outcome =
            WasmEdge_ExecutorRegisterImport(engine->executor, instance->store, instance->imports[i]);
        if (!WasmEdge_ResultOK(outcome))
            return mb_fail(b, "WasmEdge_ExecutorRegisterImport: %s", WasmEdge_ResultGetMessage(outcome));
    }
    return MB_OK;
}

/* An instance refers to its imports: it goes first. */
static void drop_instance(wasm_instance *instance)
{
    WasmEdge_ModuleInstanceDelete(instance->instance);
    for (size_t i = 0; i < instance->import_count; i++)
        WasmEdge_ModuleInstanceDelete(instance->imports[i]);
    WasmEdge_StoreDelete(instance->store);
    free(instance);
}

/* The first memory that the module exports; one it keeps to itself is out of reach. */
static bool find_memory(wasm_instance *instance, wasm_memory *memory)
{
    WasmEdge_String name;
    if (WasmEdge_ModuleInstanceListMemory(instance->instance, &name, 1) == 0)
        return false;
    WasmEdge_MemoryInstanceContext *found = WasmEdge_ModuleInstanceFindMemory(instance->instance, name);
    WasmEdge_Limit limit = WasmEdge_MemoryTypeGetLimit(WasmEdge_MemoryInstanceGetMemoryType(found));
    uint64_t page_count = WasmEdge_MemoryInstanceGetPageSize(found);
    *memory = (wasm_memory){
        .address = page_count > 0 ? WasmEdge_MemoryInstanceGetPointer(found, 0, 1) : NULL,
        .current_bytes = page_count * WASM_PAGE_BYTES,
        .maximum_bytes = limit.HasMax ? (uint64_t)limit.Max * WASM_PAGE_BYTES : 0,
    };
    return true;
}

/* Where addresses have run out WasmEdge says that all went well, and gives a memory without any page. */
static bool lacks_memory(const wasm_module *module, wasm_instance *instance)
{
    wasm_memory memory;
    return module->has_memory && find_memory(instance, &memory) && memory.address == NULL;
}

static mb_status instantiate(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result)
{
    wasm_instance *instance = calloc(1, sizeof *instance);
    if (instance == NULL)
        return mb_out_of_memory(b, "calloc: %s", strerror(errno));
    instance->executor = engine->executor;
    mb_status status = give_imports(b, engine, instance, module, host, host_count);
    if (status == MB_OK) {
        WasmEdge_StoreContext *store = instance->store != NULL ? instance->store : engine->store;
        WasmEdge_Result outcome =
            WasmEdge_ExecutorInstantiate(engine->executor, &instance->instance, store, module->module);
        if (!WasmEdge_ResultOK(outcome)) {
            instance->instance = NULL;
            status = wasm_refuse(b, "WasmEdge_ExecutorInstantiate: %s", WasmEdge_ResultGetMessage(outcome));
        } else if (lacks_memory(module, instance)) {
            status = mb_out_of_memory(b, "no 12 GiB of addresses are left for the instance's linear memory");
        }
    }
    if (status != MB_OK) {
        drop_instance(instance);
        return status;
    }
    *result = instance;
    return MB_OK;
}

/* WasmEdge copies as many results as there is room for, of whatever type. */
static mb_status call(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped)
{
    WasmEdge_FunctionInstanceContext *found = WasmEdge_ModuleInstanceFindFunction(
        instance->instance, WasmEdge_StringWrap(function, (uint32_t)strlen(function)));
    if (found == NULL)
        return mb_fail(b, "no exported function %s", function);
    if (argument_count > ARGUMENTS_MAX)
        return mb_fail(b, "%s: more than %d arguments", function, ARGUMENTS_MAX);
    WasmEdge_Value values[ARGUMENTS_MAX];
    for (size_t i = 0; i < argument_count; i++)
        values[i] = WasmEdge_ValueGenI32(arguments[i]);
    WasmEdge_Value returned = WasmEdge_ValueGenI32(0);
    WasmEdge_Result outcome =
        WasmEdge_ExecutorInvoke(instance->executor, found, values, (uint32_t)argument_count, &returned, 1);
    if (WasmEdge_ResultOK(outcome)) {
        bool has_ended = WasmEdge_ResultGetCode(outcome) == WasmEdge_ErrCode_Terminated && the_wasi != NULL;
        *result = has_ended ? (int32_t)WasmEdge_ModuleInstanceWASIGetExitCode(instance->imports[0])
                  : WasmEdge_ValTypeIsI32(returned.Type) ? WasmEdge_ValueGetI32(returned)
                                                         : 0;
        return MB_OK;
    }
    /* Wrong arguments are not a trap: the function was never entered. */
    bool is_refused = WasmEdge_ResultGetCategory(outcome) == WasmEdge_ErrCategory_WASM &&
                      WasmEdge_ResultGetCode(outcome) == WasmEdge_ErrCode_FuncSigMismatch;
    if (trapped != NULL && !is_refused) {
        *trapped = true;
        return MB_FAILED;
    }
    return mb_fail(b, "%s: %s", function, WasmEdge_ResultGetMessage(outcome));
}

const wasm_driver_table wasm_driver = {
    .runtime = "wasmedge",
    .version = WASMEDGE_VERSION,
    .variant = WASMEDGE_VARIANT,
    .abilities = WASM_CAN_ENGINES | WASM_CAN_HOST | WASM_CAN_TRAP | WASM_CAN_STUB | WASM_CAN_REACTOR | WASM_CAN_WASI |
                 WASMEDGE_ABILITIES,
    .instances_max = INSTANCES_MAX,
    .instance_needs_bytes = HARFBUZZ_INSTANCE_BYTES,
    .prepare = prepare,
    .compile = WASMEDGE_COMPILE,
    .compile_ns_per_kib = WASMEDGE_COMPILE_NS_PER_KIB,
    .open = open_engine,
    .close = close_engine,
    .load = load,
    .drop_module = drop_module,
    .instantiate = instantiate,
    .drop_instance = drop_instance,
    .call = call,
    .memory = find_memory,
    .set_wasi = set_wasi,
};
