/* wasm_module_load: what N loads of the same bytes cost while all are alive, in an engine that is there already. */
#include "cases.h"

static mb_status setup(mb_bench *b)
{
    mb_status status = wasm_subject_init(b, (size_t)mb_param(b, "loads"));
    return status != MB_OK ? status : wasm_subject_keep_engine(b, false);
}

static mb_status run(mb_bench *b)
{
    uint64_t load_count = mb_param(b, "loads");
    for (uint64_t i = 0; i < load_count; i++) {
        mb_status status = wasm_subject_load(b);
        if (status != MB_OK)
            return status;
    }
    mb_operations(b, load_count);
    return MB_OK;
}

static const wasm_line lines[] = {
    {.module = "tiny", .counts = {1, 10, 50}},
    {.module = "es-module-lexer", .counts = {1, 10}},
    {.module = "es-module-lexer", .counts = {50}, .full_only = true},
    {.module = "mappings", .counts = {1, 10}},
    {.module = "mappings", .counts = {50}, .flags = MB_CASE_COLD_ONLY, .full_only = true},
    {.module = "harfbuzz-subset", .counts = {1}, .full_only = true},
    {.module = "harfbuzz-subset",
     .counts = {10, 50},
     .flags = MB_CASE_COLD_ONLY,
     .instance_bytes = WASM_DRIVER_MODULE,
     .full_only = true},
    {.module = "esbuild",
     .counts = {1},
     .flags = MB_CASE_COLD_ONLY,
     .instance_bytes = UINT64_C(1) << 30,
     .full_only = true},
    {0},
};

static const wasm_line given_lines[] = {{.counts_of = WASM_COUNTS_LOADS, .instance_bytes = WASM_DRIVER_MODULE}, {0}};

const wasm_group wasm_module_load = {.group = "wasm_module_load",
                                     .summary = "loads of one module, all alive",
                                     .count_name = "loads",
                                     .loads = WASM_LOADS_EACH,
                                     .setup = setup,
                                     .run = run,
                                     .release = wasm_subject_release,
                                     .teardown = wasm_subject_teardown,
                                     .lines = lines,
                                     .given = given_lines};
