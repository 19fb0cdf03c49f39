/* WAMR as membench's cases drive it. One file for all variants; the build says which by WAMR_VARIANT and
 *
 *     WAMR_GUARD        built with guard pages: 8 GiB of addresses for each linear memory
 *     WAMR_POOL_BYTES   the runtime allocates inside of one pool of that size, not with malloc
 *     WAMR_AOT          loads code compiled ahead of time
 *     WAMR_WASI         built with WASI, for modules of the user's own that want it
 *     WAMR_THREADS      built with WASI, shared memory and wasi-threads
 *     WAMR_ABILITIES    what a variant is besides, such as WASM_IN_BRIEF
 */
#include "aot.h"
#include "inside.h"
#include "report.h"
#include "wasi.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    WASM_STACK_BYTES = 8 * 1024, /* frames of a call; WAMR's documents reckon with 8 KiB */
    APP_HEAP_BYTES = 0,          /* a heap for the host inside of linear memory: none */
    SLOTS_MAX = 8,               /* imports that the host defines, in one process */
    ARGUMENTS_MAX = 8,
    ERROR_BYTES = 128,
    /* 128 TiB of addresses hold 16,384 reservations of 8 GiB, less what the process has mapped itself. */
    GUARDED_INSTANCES_MAX = 16377,
    HARFBUZZ_INSTANCE_BYTES = 2200 * 1024, /* with huge pages; 135 KiB without */
};

/* WAMR keeps natives for the whole process and their names by reference; a slot is one of them. */
typedef struct slot {
    char module[MB_NAME_BYTES_MAX], name[MB_NAME_BYTES_MAX];
    NativeSymbol symbol;
} slot;

struct wasm_engine {
    bool is_open;
    uint32_t wasm_stack_bytes, app_heap_bytes;
    slot slots[SLOTS_MAX];
    size_t slot_count;
    void *pool; /* NULL: malloc */
    /* What a thread needs to call: a stack, 8 KiB of it written at once. There is one, of the instance called last. */
    wasm_exec_env_t environment;
    wasm_instance *environment_of;
};

struct wasm_module {
    wasm_module_t module;
    wasm_engine *engine;
    uint8_t *bytes; /* borrowed: the runtime reads and edits them until the module goes */
    size_t size;
};

struct wasm_instance {
    wasm_module_inst_t instance;
    wasm_engine *engine;
    uint32_t wasm_stack_bytes;
    const wasm_host_function *host[SLOTS_MAX]; /* by slot; borrowed, NULL: not given */
};

/* The runtime is one per process, and so is this. */
static wasm_engine the_engine;

static mb_status open_runtime(mb_bench *b, wasm_engine **result)
{
    if (the_engine.is_open)
        return mb_fail(b, "WAMR is one engine per process");
    RuntimeInitArgs arguments = {.mem_alloc_type = Alloc_With_System_Allocator};
#ifdef WAMR_POOL_BYTES
    void *pool = mmap(NULL, WAMR_POOL_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pool == MAP_FAILED)
        return mb_out_of_memory(b, "mmap of a pool of %d bytes: %s", WAMR_POOL_BYTES, strerror(errno));
    the_engine.pool = pool;
    arguments.mem_alloc_type = Alloc_With_Pool;
    arguments.mem_alloc_option.pool.heap_buf = pool;
    arguments.mem_alloc_option.pool.heap_size = WAMR_POOL_BYTES;
#endif
#ifdef WAMR_THREADS
    arguments.max_thread_num = 16;
#endif
    if (!wasm_runtime_full_init(&arguments)) {
#ifdef WAMR_POOL_BYTES
        munmap(pool, WAMR_POOL_BYTES);
#endif
        return mb_fail(b, "wasm_runtime_full_init failed");
    }
    wasm_runtime_set_log_level(WASM_LOG_LEVEL_ERROR);
    the_engine.is_open = true;
    the_engine.wasm_stack_bytes = WASM_STACK_BYTES;
    the_engine.app_heap_bytes = APP_HEAP_BYTES;
    *result = &the_engine;
    return MB_OK;
}

static void drop_environment(wasm_engine *engine)
{
    if (engine->environment != NULL)
        wasm_runtime_destroy_exec_env(engine->environment);
    engine->environment = NULL;
    engine->environment_of = NULL;
}

static void close_runtime(wasm_engine *engine)
{
    drop_environment(engine);
    wasm_runtime_destroy();
#ifdef WAMR_POOL_BYTES
    munmap(engine->pool, WAMR_POOL_BYTES);
    engine->pool = NULL;
#endif
    engine->slot_count = 0;
    engine->is_open = false;
}

/* A pool that is used up is what the pool is for, not a failure. */
static mb_status refuse(mb_bench *b, const char *call, const char *name, const char *error)
{
#ifdef WAMR_POOL_BYTES
    if (strstr(error, "allocate") != NULL)
        return mb_skip(b, "the pool of %d MiB is used up: %s of %s", WAMR_POOL_BYTES >> 20, call, name);
#endif
    return errno == ENOMEM ? mb_out_of_memory(b, "%s of %s: %s", call, name, error)
                           : wasm_refuse(b, "%s of %s: %s", call, name, error);
}

static mb_status load(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result)
{
    char error[ERROR_BYTES] = "";
    wasm_module *module = malloc(sizeof *module);
    if (module == NULL)
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    errno = 0;
    *module = (wasm_module){.engine = engine, .bytes = bytes->bytes, .size = bytes->size};
    module->module = wasm_runtime_load(bytes->bytes, (uint32_t)bytes->size, error, sizeof error);
    if (module->module == NULL) {
        free(module);
        return refuse(b, "wasm_runtime_load", bytes->name, error);
    }
    *result = module;
    return MB_OK;
}

static void drop_module(wasm_module *module)
{
    wasm_runtime_unload(module->module);
    free(module);
}

/* Every import of the host lands here; the attachment says which, the instance whose. */
static int32_t call_host(wasm_exec_env_t environment, int32_t argument)
{
    wasm_module_inst_t inside = wasm_runtime_get_module_inst(environment);
    const wasm_instance *instance = wasm_runtime_get_custom_data(inside);
    const slot *called = wasm_runtime_get_function_attachment(environment);
    const wasm_host_function *host = instance->host[called - instance->engine->slots];
    if (host == NULL) {
        wasm_runtime_set_exception(inside, "the import was given to another instance only");
        return 0;
    }
    bool trap = false;
    int32_t result = host->call(host->context, argument, &trap);
    if (trap)
        wasm_runtime_set_exception(inside, "the host function traps");
    return result;
}

/* The slot of an import, registered when it is a new one; NULL when there is no room. */
static slot *find_slot(wasm_engine *engine, const wasm_host_function *host, bool *is_new)
{
    for (size_t i = 0; i < engine->slot_count; i++)
        if (strcmp(engine->slots[i].module, host->module) == 0 && strcmp(engine->slots[i].name, host->name) == 0)
            return &engine->slots[i];
    if (engine->slot_count == SLOTS_MAX || strlen(host->module) >= MB_NAME_BYTES_MAX ||
        strlen(host->name) >= MB_NAME_BYTES_MAX)
        return NULL;
    slot *free_slot = &engine->slots[engine->slot_count];
    strcpy(free_slot->module, host->module);
    strcpy(free_slot->name, host->name);
    free_slot->symbol = (NativeSymbol){.symbol = free_slot->name, .signature = "(i)i", .attachment = free_slot};
    /* ISO C knows no conversion of a function's address to the void * that WAMR wants. */
    int32_t (*function)(wasm_exec_env_t, int32_t) = call_host;
    memcpy(&free_slot->symbol.func_ptr, &function, sizeof function);
    if (!wasm_runtime_register_natives(free_slot->module, &free_slot->symbol, 1))
        return NULL;
    engine->slot_count++;
    *is_new = true;
    return free_slot;
}

/* Imports were looked up when the module was loaded, before the host said what it has: new ones are looked up again. */
static mb_status give_host(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                           size_t host_count, wasm_instance *instance)
{
    for (size_t i = 0; i < host_count; i++) {
        bool is_new = false;
        const slot *given = find_slot(engine, &host[i], &is_new);
        if (given == NULL)
            return mb_fail(b, "no room for the import %s.%s", host[i].module, host[i].name);
        instance->host[given - engine->slots] = &host[i];
    }
    if (host_count > 0)
        (void)wasm_runtime_resolve_symbols(module->module); /* false: an import nobody defines, which traps if called */
    return MB_OK;
}

static wasm_module_inst_t instantiate_inside(const wasm_module *module, wasm_instance *instance, char *error)
{
    struct InstantiationArgs2 *arguments = NULL;
    if (!wasm_runtime_instantiation_args_create(&arguments)) {
        strcpy(error, "allocate memory failed");
        return NULL;
    }
    wasm_runtime_instantiation_args_set_default_stack_size(arguments, instance->wasm_stack_bytes);
    wasm_runtime_instantiation_args_set_host_managed_heap_size(arguments, module->engine->app_heap_bytes);
    wamr_wasi_give(arguments);
    /* Set before the instance's start function may call the host. */
    wasm_runtime_instantiation_args_set_custom_data(arguments, instance);
    wasm_module_inst_t inside = wasm_runtime_instantiate_ex2(module->module, arguments, error, ERROR_BYTES);
    wasm_runtime_instantiation_args_destroy(arguments);
    return inside;
}

static mb_status instantiate(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result)
{
    char error[ERROR_BYTES] = "";
    wasm_instance *instance = malloc(sizeof *instance);
    if (instance == NULL)
        return mb_out_of_memory(b, "malloc: %s", strerror(errno));
    errno = 0;
    *instance = (wasm_instance){.engine = engine, .wasm_stack_bytes = engine->wasm_stack_bytes};
    mb_status status = give_host(b, engine, module, host, host_count, instance);
    if (status == MB_OK) {
        instance->instance = instantiate_inside(module, instance, error);
        if (instance->instance == NULL)
            status = refuse(b, "wasm_runtime_instantiate", "a module", error);
    }
    if (status != MB_OK) {
        free(instance);
        return status;
    }
    *result = instance;
    return MB_OK;
}

static void drop_instance(wasm_instance *instance)
{
    if (instance->engine->environment_of == instance)
        drop_environment(instance->engine);
    wasm_runtime_deinstantiate(instance->instance);
    free(instance);
}

/* An environment for each instance would cost each three pages of stack; a thread needs only one at a time. */
static wasm_exec_env_t environment_for(wasm_instance *instance)
{
    wasm_engine *engine = instance->engine;
    if (engine->environment_of != instance) {
        drop_environment(engine);
        engine->environment = wasm_runtime_create_exec_env(instance->instance, instance->wasm_stack_bytes);
        engine->environment_of = engine->environment != NULL ? instance : NULL;
    }
    return engine->environment;
}

static mb_status call(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped)
{
    /* With WASI the runtime has run it while instantiating, and a reactor bears it only once. */
    if (strcmp(function, "_initialize") == 0 && wamr_wasi_is_in(instance->instance)) {
        *result = 0;
        return MB_OK;
    }
    wasm_function_inst_t found = wasm_runtime_lookup_function(instance->instance, function);
    if (found == NULL)
        return mb_fail(b, "no exported function %s", function);
    if (argument_count > ARGUMENTS_MAX || wasm_func_get_param_count(found, instance->instance) != argument_count)
        return mb_fail(b, "%s takes %" PRIu32 " parameters, not %zu", function,
                       wasm_func_get_param_count(found, instance->instance), argument_count);
    wasm_exec_env_t environment = environment_for(instance);
    if (environment == NULL)
        return refuse(b, "wasm_runtime_create_exec_env", "a module", "allocate memory failed");
    /* The result takes the place of the parameters, and may be wider than one of them. */
    uint32_t cells[ARGUMENTS_MAX + 2] = {0};
    for (size_t i = 0; i < argument_count; i++)
        cells[i] = (uint32_t)arguments[i];
    if (wasm_runtime_call_wasm(environment, found, (uint32_t)argument_count, cells)) {
        *result = wasm_func_get_result_count(found, instance->instance) > 0 ? (int32_t)cells[0] : 0;
        return MB_OK;
    }
    if (wamr_wasi_has_exited(instance->instance, result))
        return MB_OK;
    if (trapped != NULL) {
        *trapped = true;
        wasm_runtime_clear_exception(instance->instance);
        return MB_FAILED;
    }
    const char *why = wasm_runtime_get_exception(instance->instance);
    mb_status status = mb_fail(b, "%s: %s", function, why != NULL ? why : "unknown exception");
    wasm_runtime_clear_exception(instance->instance);
    return status;
}

static bool memory(wasm_instance *instance, wasm_memory *result)
{
    wasm_memory_inst_t inside = wasm_runtime_get_default_memory(instance->instance);
    if (inside == NULL)
        return false;
    uint64_t page_bytes = wasm_memory_get_bytes_per_page(inside);
    uint64_t maximum_pages = wasm_memory_get_max_page_count(inside);
    *result = (wasm_memory){.address = wasm_memory_get_base_address(inside),
                            .current_bytes = wasm_memory_get_cur_page_count(inside) * page_bytes,
                            /* 65,536 pages is all that can be addressed: no limit was declared. */
                            .maximum_bytes = maximum_pages >= 65536 ? 0 : maximum_pages * page_bytes};
    return true;
}

static void set_sizes(wasm_engine *engine, uint32_t wasm_stack_bytes, uint32_t app_heap_bytes)
{
    engine->wasm_stack_bytes = wasm_stack_bytes != 0 ? wasm_stack_bytes : WASM_STACK_BYTES;
    engine->app_heap_bytes = app_heap_bytes != 0 ? app_heap_bytes : APP_HEAP_BYTES;
}

static void describe_pool(mb_bench *b, const wasm_engine *engine)
{
#ifdef WAMR_POOL_BYTES
    mem_alloc_info_t info;
    mb_region(b, "runtime heap", engine->pool, WAMR_POOL_BYTES);
    if (!wasm_runtime_get_mem_alloc_info(&info))
        return;
    mb_count(b, "pool_highmark_bytes", info.highmark_size);
    mb_count(b, "pool_used_bytes", (int64_t)info.total_size - info.total_free_size);
#else
    (void)b, (void)engine;
#endif
}

/* With a pool, what the runtime allocates, table and wasm stack among it, lies inside of "runtime heap". */
static void describe(mb_bench *b, wasm_engine *engine, wasm_module *module, wasm_instance *instance)
{
    if (engine != NULL)
        describe_pool(b, engine);
    if (module != NULL)
        mb_region(b, "module buffer", module->bytes, module->size);
    if (instance == NULL)
        return;
    wasm_exec_env_t environment = NULL;
    if (instance->engine->environment_of == instance)
        environment = instance->engine->environment;
    wamr_range ranges[WAMR_RANGES_MAX];
    size_t range_count = wamr_inside_ranges(instance->instance, environment, ranges);
    for (size_t i = 0; i < range_count; i++)
        mb_region(b, ranges[i].name, ranges[i].address, ranges[i].bytes);
    if (environment == NULL)
        return;
    wamr_report report;
    wamr_report_begin(&report);
    wasm_runtime_set_log_level(WASM_LOG_LEVEL_VERBOSE);
    wasm_runtime_dump_mem_consumption(environment);
    wasm_runtime_set_log_level(WASM_LOG_LEVEL_ERROR);
    wamr_report_end();
    for (size_t i = 0; i < report.figure_count; i++)
        mb_count(b, report.figures[i].name, report.figures[i].value);
}

const wasm_driver_table wasm_driver = {
    .runtime = "wamr",
    .variant = WAMR_VARIANT,
    .version = WAMR_VERSION,
    .abilities = WASM_CAN_HOST | WASM_CAN_TRAP | WASM_CAN_STUB | WASM_CAN_REACTOR | WASM_KEEPS_BYTES |
                 WAMR_WASI_ABILITIES
#ifdef WAMR_THREADS
                 | WASM_CAN_THREADS
#endif
                 | (WAMR_ABILITIES),
#ifdef WAMR_GUARD
    .instances_max = GUARDED_INSTANCES_MAX,
#endif
    .suffix = WAMR_SUFFIX,
    .compile = WAMR_COMPILE,
    .compile_ns_per_kib = WAMR_COMPILE_NS_PER_KIB,
    .instance_needs_bytes = HARFBUZZ_INSTANCE_BYTES,
    .open = open_runtime,
    .close = close_runtime,
    .load = load,
    .drop_module = drop_module,
    .instantiate = instantiate,
    .drop_instance = drop_instance,
    .call = call,
    .memory = memory,
    .describe = describe,
    .set_sizes = set_sizes,
    .set_wasi = wamr_wasi_set,
};
