/* wasm_stack: a recursion N deep, against the stacks it goes through: the runtime's own, the one that C programs keep
 * in linear memory, and the native one. "recurse" keeps nothing in linear memory, "stack" 64 bytes a frame. */
#include "cases.h"
#include "place.h"

/* Frames of the deepest recursion, where the runtime wants to be told; others take the native stack. */
enum { WASM_STACK_BYTES = 2 << 20 };

static mb_status setup(mb_bench *b)
{
    mb_status status = wasm_place_init(b);
    if (status == MB_OK)
        status = wasm_subject_init(b, 1);
    if (status == MB_OK)
        status = wasm_subject_keep_engine(b, true);
    return status;
}

static mb_status run(mb_bench *b)
{
    int32_t depth = (int32_t)mb_param(b, "depth"), result = 0;
    bool trapped = false;
    wasm_subject *s = mb_state(b);
    wasm_place_begin();
    if (wasm_driver.set_sizes != NULL)
        wasm_driver.set_sizes(s->engines[0], WASM_STACK_BYTES, 0);
    mb_status status = wasm_subject_instantiate(b, NULL, 0);
    if (status == MB_OK)
        status = wasm_subject_call(b); /* one deep: what any call needs */
    if (status != MB_OK)
        return status;
    mb_mark(b, "called");
    status = wasm_subject_call_function(b, "recurse", depth, &result, &trapped);
    if (trapped)
        return mb_skip(b, "the runtime's stack ends before a recursion of %d", (int)depth);
    if (status != MB_OK)
        return status;
    if (result != depth)
        return mb_fail(b, "the recursion came back with %d, not %d", (int)result, (int)depth);
    mb_mark(b, "recursed");
    mb_operations(b, (uint64_t)depth);
    wasm_subject_region(b);
    return MB_OK;
}

static const wasm_line lines[] = {
    {.module = "recurse", .counts = {10, 100, 1000, 10000}},
    {.module = "stack", .counts = {10, 100, 1000, 10000}},
    {0},
};

const wasm_group wasm_stack = {.group = "wasm_stack",
                               .summary = "a recursion and the stacks it touches",
                               .count_name = "depth",
                               .setup = setup,
                               .run = run,
                               .release = wasm_subject_release,
                               .teardown = wasm_subject_teardown,
                               .lines = lines};
