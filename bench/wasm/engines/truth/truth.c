/* A runtime of known truth: it runs nothing, but maps, touches, keeps and leaks the amounts that truth.h names. */
#include "truth.h"

#include "engine.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct wasm_engine {
    size_t mapped_bytes;
};

struct wasm_module {
    size_t mapped_bytes;
    const uint8_t *bytes;
    size_t byte_count;
    unsigned char *block;
};

struct wasm_instance {
    size_t mapped_bytes;
    unsigned char *memory;
    const wasm_host_function *host;
    size_t host_count;
};

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static void touch(unsigned char *address, size_t page_count)
{
    for (size_t i = 0; i < page_count; i++)
        *(volatile unsigned char *)(address + i * page_bytes()) = 1;
}

/* mapped_pages pages of which touched_pages are touched, the first among them; NULL when there is no memory. */
static void *map_pages(size_t mapped_pages, size_t touched_pages)
{
    void *pages = mmap(NULL, mapped_pages * page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    touch(pages, touched_pages);
    return pages;
}

/* Unmaps all but the first kept_pages, which are lost: this is what a leak is. */
static void unmap_but(void *pages, size_t mapped_bytes, size_t kept_pages)
{
    munmap((char *)pages + kept_pages * page_bytes(), mapped_bytes - kept_pages * page_bytes());
}

/* The process's first block brings what malloc keeps for itself: here, outside of the windows. And every large block is
 * to have a mapping: glibc would take the second from the heap, where its pages may be there already. */
static mb_status prepare(mb_bench *b)
{
    void *first = malloc(1);
    mb_keep(first);
    free(first);
    return mallopt(M_MMAP_THRESHOLD, TRUTH_BLOCK_BYTES / 2) == 1 ? MB_OK : mb_fail(b, "mallopt refused");
}

static mb_status open_engine(mb_bench *b, wasm_engine **result)
{
    wasm_engine *engine = map_pages(TRUTH_ENGINE_PAGES, TRUTH_ENGINE_PAGES);
    if (engine == NULL)
        return mb_out_of_memory(b, "no memory for an engine");
    engine->mapped_bytes = TRUTH_ENGINE_PAGES * page_bytes();
    *result = engine;
    return MB_OK;
}

static void close_engine(wasm_engine *engine) { unmap_but(engine, engine->mapped_bytes, TRUTH_ENGINE_KEPT_PAGES); }

static mb_status load(mb_bench *b, wasm_engine *engine, const wasm_bytes *bytes, wasm_module **result)
{
    static const uint8_t version[] = {1, 0, 0, 0}; /* behind the four bytes of "\0asm" */
    (void)engine;
    if (bytes->size < 2 * sizeof version || memcmp(bytes->bytes + sizeof version, version, sizeof version) != 0)
        return wasm_refuse(b, "truth: %s is not of version 1", bytes->name);
    wasm_module *module = map_pages(TRUTH_CODE_NOMINAL_PAGES, TRUTH_CODE_PAGES);
    if (module == NULL)
        return mb_out_of_memory(b, "no memory for a module");
    *module = (wasm_module){.mapped_bytes = TRUTH_CODE_NOMINAL_PAGES * page_bytes(),
                            .bytes = bytes->bytes,
                            .byte_count = bytes->size,
                            .block = malloc(TRUTH_BLOCK_BYTES)};
    if (module->block == NULL) {
        munmap(module, module->mapped_bytes);
        return mb_out_of_memory(b, "no memory for a module's block");
    }
    touch(module->block + page_bytes(), TRUTH_BLOCK_PAGES - 1);
    *result = module;
    return MB_OK;
}

static void drop_module(wasm_module *module)
{
    free(module->block);
    unmap_but(module, module->mapped_bytes, TRUTH_MODULE_KEPT_PAGES);
}

static mb_status instantiate(mb_bench *b, wasm_engine *engine, wasm_module *module, const wasm_host_function *host,
                             size_t host_count, wasm_instance **result)
{
    (void)engine;
    (void)module;
    wasm_instance *instance = map_pages(TRUTH_INSTANCE_PAGES, TRUTH_INSTANCE_PAGES);
    unsigned char *memory = map_pages(TRUTH_MEMORY_BYTES / page_bytes(), TRUTH_MEMORY_PAGES);
    if (instance == NULL || memory == NULL) {
        if (instance != NULL)
            munmap(instance, TRUTH_INSTANCE_PAGES * page_bytes());
        if (memory != NULL)
            munmap(memory, TRUTH_MEMORY_BYTES);
        return mb_out_of_memory(b, "no memory for an instance");
    }
    *instance = (wasm_instance){
        .mapped_bytes = TRUTH_INSTANCE_PAGES * page_bytes(), .memory = memory, .host = host, .host_count = host_count};
    *result = instance;
    return MB_OK;
}

static void drop_instance(wasm_instance *instance)
{
    munmap(instance->memory, TRUTH_MEMORY_BYTES);
    munmap(instance, instance->mapped_bytes);
}

/* "run" calls the host that often; everything else gives its argument back. */
static mb_status call(mb_bench *b, wasm_instance *instance, const char *function, const int32_t *arguments,
                      size_t argument_count, int32_t *result, bool *trapped)
{
    touch(instance->memory + TRUTH_MEMORY_PAGES * page_bytes(), TRUTH_CALL_PAGES);
    int32_t argument = argument_count > 0 ? arguments[0] : 0;
    *result = strcmp(function, "jobq_pop") == 0 ? 0 : argument;
    if (strcmp(function, "run") != 0 || instance->host_count == 0)
        return MB_OK;
    for (int32_t i = 0; i < argument; i++) {
        bool is_trap = false;
        instance->host[0].call(instance->host[0].context, i, &is_trap);
        if (is_trap && trapped == NULL)
            return mb_fail(b, "the host function trapped");
        if (is_trap) {
            *trapped = true;
            return MB_FAILED;
        }
    }
    return MB_OK;
}

static bool find_memory(wasm_instance *instance, wasm_memory *memory)
{
    *memory = (wasm_memory){instance->memory, TRUTH_MEMORY_BYTES, TRUTH_MEMORY_BYTES};
    return true;
}

static void describe(mb_bench *b, wasm_engine *engine, wasm_module *module, wasm_instance *instance)
{
    mb_region(b, "engine", engine, engine->mapped_bytes);
    mb_region(b, "module buffer", module->bytes, module->byte_count);
    mb_region(b, "loaded code", module, module->mapped_bytes);
    mb_region(b, "block", module->block, TRUTH_BLOCK_BYTES);
    mb_region(b, "instance", instance, instance->mapped_bytes);
    mb_count(b, "own_code_pages", TRUTH_CODE_PAGES);
}

const wasm_driver_table wasm_driver = {
    .runtime = "truth",
    .version = "1",
    .abilities = WASM_CAN_ENGINES | WASM_CAN_HOST | WASM_CAN_TRAP | WASM_CAN_STUB | WASM_KEEPS_BYTES,
    .prepare = prepare,
    .open = open_engine,
    .close = close_engine,
    .load = load,
    .drop_module = drop_module,
    .instantiate = instantiate,
    .drop_instance = drop_instance,
    .call = call,
    .memory = find_memory,
    .describe = describe,
};
