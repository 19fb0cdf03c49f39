/* wasm_drop: M cycles of making and dropping. Nothing is alive at the end of `run`, so what is read there is retained:
 * anon_delta_bytes before the allocator was asked to give back, retained_after_trim_bytes after. */
#include "cases.h"

static mb_status setup_engine(mb_bench *b, bool with_module)
{
    mb_status status = wasm_subject_init(b, 2);
    return status != MB_OK ? status : wasm_subject_keep_engine(b, with_module);
}

static mb_status setup(mb_bench *b) { return setup_engine(b, true); }

static mb_status setup_modules(mb_bench *b) { return setup_engine(b, false); }

static mb_status run_modules(mb_bench *b)
{
    uint64_t cycle_count = mb_param(b, "cycles");
    for (uint64_t i = 0; i < cycle_count; i++) {
        mb_status status = wasm_subject_load(b);
        if (status != MB_OK)
            return status;
        wasm_subject_drop_modules(b);
    }
    mb_operations(b, cycle_count);
    return MB_OK;
}

static mb_status run_instances(mb_bench *b)
{
    uint64_t cycle_count = mb_param(b, "cycles");
    for (uint64_t i = 0; i < cycle_count; i++) {
        mb_status status = wasm_subject_instantiate(b, NULL, 0);
        if (status == MB_OK)
            status = wasm_subject_call(b);
        if (status != MB_OK)
            return status;
        wasm_subject_drop_instances(b);
    }
    mb_operations(b, cycle_count);
    return MB_OK;
}

static int32_t trap(void *context, int32_t argument, bool *is_trap)
{
    (void)context;
    *is_trap = true;
    return argument;
}

static const wasm_host_function trapping = {.module = "env", .name = "tick", .call = trap};

static mb_status run_traps(mb_bench *b)
{
    uint64_t cycle_count = mb_param(b, "cycles");
    for (uint64_t i = 0; i < cycle_count; i++) {
        bool trapped = false;
        int32_t result;
        mb_status status = wasm_subject_instantiate(b, &trapping, 1);
        if (status != MB_OK)
            return status;
        status = wasm_subject_call_function(b, "run", 1, &result, &trapped);
        if (!trapped)
            return status != MB_OK ? status : mb_fail(b, "the host function trapped, but the call came back");
        wasm_subject_drop_instances(b);
    }
    mb_operations(b, cycle_count);
    return MB_OK;
}

static const wasm_line lines[] = {
    {.module = "tiny",
     .use = "modules",
     .counts = {10, 100, 1000},
     .setup = setup_modules,
     .run = run_modules,
     .loads = WASM_LOADS_EACH},
    {.module = "harfbuzz-subset",
     .use = "modules",
     .counts = {1},
     .flags = MB_CASE_COLD_ONLY,
     .setup = setup_modules,
     .run = run_modules,
     .loads = WASM_LOADS_EACH},
    {.module = "harfbuzz-subset",
     .use = "modules",
     .counts = {5},
     .flags = MB_CASE_COLD_ONLY,
     .setup = setup_modules,
     .run = run_modules,
     .loads = WASM_LOADS_EACH,
     .full_only = true},
    {.module = "tiny", .use = "instances", .counts = {10, 100, 1000}, .run = run_instances},
    {.module = "harfbuzz-subset", .use = "instances", .counts = {1, 10}, .run = run_instances, .full_only = true},
    {.module = "hostloop",
     .use = "traps",
     .counts = {10, 100, 1000},
     .abilities = WASM_CAN_HOST | WASM_CAN_TRAP,
     .run = run_traps},
    {0},
};

static const wasm_line given_lines[] = {
    {.use = "modules",
     .counts_of = WASM_COUNTS_LAST_LOADS,
     .setup = setup_modules,
     .run = run_modules,
     .loads = WASM_LOADS_EACH,
     .full_only = true},
    {.use = "instances", .counts_of = WASM_COUNTS_LAST_INSTANCES, .run = run_instances},
    {0},
};

const wasm_group wasm_drop = {.group = "wasm_drop",
                              .summary = "made and dropped again and again: what stays",
                              .count_name = "cycles",
                              .setup = setup,
                              .release = wasm_subject_release,
                              .teardown = wasm_subject_teardown,
                              .lines = lines,
                              .given = given_lines};
