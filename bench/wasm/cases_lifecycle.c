/* wasm_lifecycle: one module from main to the end, a mark at every phase. With one instance the regions are reported
 * too, so that a table can say where the memory is and what is left unexplained; with more the marks show the growth.
 */
#include "cases.h"
#include "given.h"
#include "place.h"

static mb_status setup(mb_bench *b)
{
    const wasm_subject *s = mb_state(b);
    mb_status status = wasm_place_init(b);
    if (status == MB_OK)
        status = wasm_subject_init(b, 1);
    if (status == MB_OK && !s->has_facts && !wasm_modules_are_given()) /* whose bytes may be newer than we know */
        return mb_fail(b, "module %s: %s", s->info->name, s->facts_reason);
    return status;
}

/* The linear memory, and its parts where the module's bytes tell them: static data, aux stack, libc heap. */
static void report_memory(mb_bench *b, const wasm_estimate *facts, const wasm_memory *memory)
{
    mb_count(b, "linear_memory_min_pages", (int64_t)facts->memory_min_pages);
    mb_count(b, "linear_memory_now_pages", (int64_t)(memory->current_bytes / WASM_PAGE_BYTES));
    mb_count(b, "linear_memory_max_pages", (int64_t)facts->memory_max_pages);
    if (memory->address == NULL)
        return;
    const char *start = memory->address;
    uint64_t data_end = facts->data_end_bytes, heap_base = facts->heap_base_bytes, top = facts->stack_pointer_bytes;
    mb_region(b, "linear memory", start, memory->current_bytes);
    if (!facts->has_data_end || !facts->has_heap_base || !facts->has_stack_pointer || data_end > heap_base ||
        top > heap_base || heap_base > memory->current_bytes)
        return;
    /* The linker puts the stack above the data, or below it when it was told to. */
    bool is_stack_first = top <= data_end;
    mb_region(b, "memory: static data", start + (is_stack_first ? top : 0), data_end - (is_stack_first ? top : 0));
    mb_region(b, "memory: aux stack", start + (is_stack_first ? 0 : data_end), is_stack_first ? top : top - data_end);
    mb_region(b, "memory: libc heap", start + heap_base, memory->current_bytes - heap_base);
}

static void report_estimate(mb_bench *b, const wasm_subject *s)
{
    char reason[WASM_ESTIMATE_REASON_BYTES];
    wasm_estimate_aot aot;
    wasm_estimate_mode mode = wasm_driver.suffix != NULL                ? WASM_ESTIMATE_AOT
                              : wasm_driver.abilities & WASM_RUNS_BYTES ? WASM_ESTIMATE_CLASSIC
                                                                        : WASM_ESTIMATE_FAST;
    const wasm_given *given = wasm_given_get();
    uint32_t stack_bytes = given != NULL && given->stack_bytes > 0 ? given->stack_bytes : 8192; /* the WAMR drivers' */
    wasm_estimate_settings settings = {.mode = mode, .stack_bytes = stack_bytes};
    if (mode == WASM_ESTIMATE_AOT && wasm_estimate_parse_aot(s->bytes.bytes, s->bytes.size, &aot, reason))
        settings.aot = &aot;
    wasm_estimate_sizes sizes;
    wasm_estimate_sizes_make(&s->facts, &settings, &sizes);
    mb_count(b, "estimated_module_buffer_bytes", (int64_t)sizes.module_buffer_bytes);
    mb_count(b, "estimated_structures_bytes", (int64_t)sizes.structures_bytes);
    mb_count(b, "estimated_loaded_code_bytes", (int64_t)sizes.loaded_code_bytes);
    mb_count(b, "estimated_table_bytes", (int64_t)sizes.table_bytes);
    mb_count(b, "estimated_linear_memory_bytes", (int64_t)sizes.linear_memory_bytes);
    mb_count(b, "estimated_static_data_bytes", (int64_t)sizes.static_data_bytes);
    mb_count(b, "estimated_aux_stack_bytes", (int64_t)sizes.aux_stack_bytes);
    mb_count(b, "estimated_libc_heap_bytes", (int64_t)sizes.libc_heap_bytes);
    mb_count(b, "estimated_wasm_stack_bytes", (int64_t)sizes.wasm_stack_bytes);
    mb_count(b, "estimated_exec_env_bytes", (int64_t)sizes.exec_env_bytes);
    mb_count(b, "estimated_total_bytes", (int64_t)sizes.total_bytes);
}

/* The host heap last: the runtime's own regions are made before its end is looked at. */
static void report_regions(mb_bench *b)
{
    wasm_subject *s = mb_state(b);
    wasm_memory memory;
    if (wasm_driver.memory(s->instances[0], &memory))
        report_memory(b, &s->facts, &memory);
    wasm_place_region_stack(b);
    if (wasm_driver.describe != NULL)
        wasm_driver.describe(b, s->engines[0], s->modules[0], s->instances[0]);
    wasm_place_region_heap(b);
    wasm_place_count_files(b);
    if (s->has_facts)
        report_estimate(b, s);
}

static mb_status instantiate(mb_bench *b, uint64_t instance_count)
{
    static const struct {
        uint64_t count;
        const char *name;
    } marks[] = {{1, "1 instance"}, {10, "10 instances"}, {100, "100 instances"}, {1000, "1000 instances"}};
    for (uint64_t i = 1; i <= instance_count; i++) {
        mb_status status = wasm_subject_instantiate(b, NULL, 0);
        if (status != MB_OK)
            return status;
        for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++)
            if (marks[m].count == i)
                mb_mark(b, marks[m].name);
    }
    return MB_OK;
}

static mb_status call_all(mb_bench *b)
{
    const wasm_subject *s = mb_state(b);
    for (size_t i = 0; i < s->instance_count; i++) {
        mb_status status = wasm_subject_call_at(b, i);
        if (status != MB_OK)
            return status;
    }
    mb_mark(b, "called");
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    uint64_t instance_count = mb_param(b, "instances");
    wasm_bytes copy;
    wasm_place_begin();
    mb_mark(b, "main");
    mb_status status = wasm_subject_open(b);
    if (status == MB_OK) {
        mb_mark(b, "engine");
        status = wasm_subject_copy(b, &copy);
    }
    if (status == MB_OK) {
        mb_mark(b, "bytes read");
        status = wasm_subject_load_copy(b, &copy);
    }
    if (status == MB_OK) {
        mb_mark(b, "loaded");
        int64_t before_bytes = wasm_place_address_bytes();
        status = instantiate(b, instance_count);
        int64_t after_bytes = wasm_place_address_bytes();
        if (instance_count == 1 && before_bytes >= 0 && after_bytes >= 0)
            mb_count(b, "instance_address_bytes", after_bytes - before_bytes);
    }
    if (status == MB_OK)
        status = call_all(b);
    if (status == MB_OK && instance_count == 1)
        report_regions(b);
    mb_operations(b, instance_count);
    return status;
}

static void release(mb_bench *b)
{
    wasm_subject_drop_instances(b);
    mb_mark(b, "instances dropped");
    wasm_subject_drop_modules(b);
    mb_mark(b, "module dropped");
    wasm_subject_close(b);
    mb_mark(b, "engine dropped");
    mb_trim(b);
    mb_mark(b, "trimmed");
}

static const wasm_line lines[] = {
    {.module = "tiny", .counts = {1}},
    {.module = "tiny", .counts = {100}, .full_only = true},
    {.module = "es-module-lexer", .counts = {1}},
    {.module = "mappings", .counts = {1}, .abilities = WASM_CAN_STUB},
    {.module = "jobq", .counts = {1}},
    {.module = "harfbuzz-subset", .counts = {1}},
    {.module = "harfbuzz-subset", .counts = {10}, .instance_bytes = WASM_DRIVER_INSTANCE, .full_only = true},
    {0},
};

static const wasm_line given_lines[] = {{.counts = {1}}, {0}};

const wasm_group wasm_lifecycle = {.group = "wasm_lifecycle",
                                   .summary = "a module's life, phase by phase, and where its memory is",
                                   .count_name = "instances",
                                   .loads = WASM_LOADS_IN_RUN,
                                   .setup = setup,
                                   .run = run,
                                   .release = release,
                                   .teardown = wasm_subject_teardown,
                                   .lines = lines,
                                   .given = given_lines};
