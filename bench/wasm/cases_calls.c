/* wasm_host_calls: a module that calls a host function all the time. Nothing may grow. */
#include "cases.h"

/* Counts the calls, so that a run which made none fails. */
static uint64_t tick_count;

static int32_t tick(void *context, int32_t argument, bool *trap)
{
    (void)context;
    (void)trap;
    tick_count++;
    return argument & 1;
}

static const wasm_host_function ticking = {.module = "env", .name = "tick", .call = tick};

/* The first call of a function sets up what calls need: it is made here, so that growth per call is left. */
static mb_status setup(mb_bench *b)
{
    mb_status status = wasm_subject_init(b, 1);
    if (status == MB_OK)
        status = wasm_subject_keep_engine(b, true);
    if (status == MB_OK)
        status = wasm_subject_keep_instance(b, &ticking, 1);
    return status != MB_OK ? status : wasm_subject_call(b);
}

static mb_status run(mb_bench *b)
{
    uint64_t call_count = mb_param(b, "calls");
    int32_t result;
    tick_count = 0;
    mb_status status = wasm_subject_call_function(b, "run", (int32_t)call_count, &result, NULL);
    if (status != MB_OK)
        return status;
    if (tick_count != call_count)
        return mb_fail(b, "%llu calls reached the host, not %llu", (unsigned long long)tick_count,
                       (unsigned long long)call_count);
    mb_operations(b, call_count);
    return MB_OK;
}

static const wasm_line lines[] = {
    {.module = "hostloop", .counts = {100000, 1000000}, .full_only = true},
    {.module = "hostloop", .counts = {10000000}, .flags = MB_CASE_COLD_ONLY, .full_only = true},
    {0},
};

const wasm_group wasm_host_calls = {.group = "wasm_host_calls",
                                    .summary = "calls of a host function from one instance",
                                    .count_name = "calls",
                                    .abilities = WASM_CAN_HOST,
                                    .setup = setup,
                                    .run = run,
                                    .release = wasm_subject_release,
                                    .teardown = wasm_subject_teardown,
                                    .lines = lines};
