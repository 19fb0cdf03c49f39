/* wasm_engines: N engines alive, each with one module: what every engine of a process keeps for itself. */
#include "cases.h"

static mb_status setup(mb_bench *b) { return wasm_subject_init(b, (size_t)mb_param(b, "engines")); }

static mb_status run(mb_bench *b)
{
    uint64_t engine_count = mb_param(b, "engines");
    for (uint64_t i = 0; i < engine_count; i++) {
        mb_status status = wasm_subject_open(b);
        if (status == MB_OK)
            status = wasm_subject_load(b);
        if (status != MB_OK)
            return status;
    }
    /* What compilers leave free varies by more than an engine keeps. */
    mb_mark(b, "untrimmed");
    mb_trim(b);
    mb_operations(b, engine_count);
    return MB_OK;
}

static const wasm_line lines[] = {
    {.module = "tiny", .counts = {1, 5, 10, 20}, .full_only = true},
    {.module = "harfbuzz-subset", .counts = {1, 5}, .instance_bytes = WASM_DRIVER_ENGINE, .flags = MB_CASE_COLD_ONLY},
    {.module = "harfbuzz-subset",
     .counts = {10, 20},
     .instance_bytes = WASM_DRIVER_ENGINE,
     .flags = MB_CASE_COLD_ONLY,
     .full_only = true},
    {0},
};

const wasm_group wasm_engines = {.group = "wasm_engines",
                                 .summary = "engines alive, each with one module",
                                 .count_name = "engines",
                                 .loads = WASM_LOADS_EACH,
                                 .abilities = WASM_CAN_ENGINES,
                                 .setup = setup,
                                 .run = run,
                                 .release = wasm_subject_release,
                                 .teardown = wasm_subject_teardown,
                                 .lines = lines};
