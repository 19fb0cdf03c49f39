/* wasm_instances: what N instances of one loaded module cost, each called once so that it is real; and what they cost
 * when nobody calls them, since some runtimes touch nothing before the first call. */
#include "cases.h"

static mb_status setup(mb_bench *b)
{
    uint64_t instance_count = mb_param(b, "instances");
    if (wasm_driver.instances_max > 0 && instance_count > wasm_driver.instances_max)
        return mb_skip(b, "%s has at most %llu instances alive", wasm_driver.runtime,
                       (unsigned long long)wasm_driver.instances_max);
    mb_status status = wasm_subject_init(b, 1);
    return status != MB_OK ? status : wasm_subject_keep_engine(b, true);
}

static mb_status instantiate(mb_bench *b, bool is_called)
{
    uint64_t instance_count = mb_param(b, "instances");
    for (uint64_t i = 0; i < instance_count; i++) {
        mb_status status = wasm_subject_instantiate(b, NULL, 0);
        if (status == MB_OK && is_called)
            status = wasm_subject_call(b);
        if (status != MB_OK)
            return status;
    }
    mb_operations(b, instance_count);
    return MB_OK;
}

static mb_status run(mb_bench *b) { return instantiate(b, true); }

static mb_status run_uncalled(mb_bench *b) { return instantiate(b, false); }

static const wasm_line lines[] = {
    {.module = "tiny", .counts = {1, 10, 100, 1000}},
    {.module = "harfbuzz-subset", .counts = {1, 10}, .instance_bytes = WASM_DRIVER_INSTANCE},
    {.module = "harfbuzz-subset", .counts = {100}, .flags = MB_CASE_COLD_ONLY, .instance_bytes = WASM_DRIVER_INSTANCE},
    {.module = "tiny", .use = "uncalled", .counts = {1, 10, 100, 1000}, .run = run_uncalled, .full_only = true},
    {.module = "harfbuzz-subset",
     .use = "uncalled",
     .counts = {1, 10},
     .run = run_uncalled,
     .instance_bytes = WASM_DRIVER_INSTANCE,
     .full_only = true},
    {.module = "harfbuzz-subset",
     .use = "uncalled",
     .counts = {100},
     .flags = MB_CASE_COLD_ONLY,
     .run = run_uncalled,
     .instance_bytes = WASM_DRIVER_INSTANCE,
     .full_only = true},
    {0},
};

static const wasm_line given_lines[] = {
    {.counts_of = WASM_COUNTS_INSTANCES, .instance_bytes = WASM_DRIVER_INSTANCE},
    {0},
};

const wasm_group wasm_instances = {.group = "wasm_instances",
                                   .summary = "instances of one module, all alive",
                                   .count_name = "instances",
                                   .setup = setup,
                                   .run = run,
                                   .release = wasm_subject_release,
                                   .teardown = wasm_subject_teardown,
                                   .lines = lines,
                                   .given = given_lines};
