/* wasm_threads: N threads of one instance with a shared memory, all alive: what each has of stacks. Advisory: where the
 * allocator puts a thread's blocks is a matter of timing. */
#include "cases.h"
#include "place.h"

#include <time.h>

enum { PATIENCE_MS = 5000 };

static mb_status setup(mb_bench *b)
{
    mb_status status = wasm_place_init(b);
    if (status == MB_OK)
        status = wasm_subject_init(b, 1);
    return status != MB_OK ? status : wasm_subject_keep_engine(b, true);
}

/* Waits until so many threads say that they are there. */
static mb_status wait_for(mb_bench *b, int32_t wanted_count)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int32_t running_count = -1;
    for (int waited_ms = 0; waited_ms < PATIENCE_MS; waited_ms++) {
        mb_status status = wasm_subject_call_function(b, "running", 0, &running_count, NULL);
        if (status != MB_OK || running_count == wanted_count)
            return status;
        nanosleep(&pause, NULL);
    }
    return mb_fail(b, "%d threads are running, not %d", (int)running_count, (int)wanted_count);
}

/* The threads are there: each waits in the module. */
static void report_regions(mb_bench *b)
{
    wasm_subject_region(b);
    wasm_place_region_heap(b);
}

static mb_status run(mb_bench *b)
{
    int32_t thread_count = (int32_t)mb_param(b, "threads"), result = 0;
    wasm_place_begin();
    mb_status status = wasm_subject_instantiate(b, NULL, 0);
    if (status == MB_OK)
        status = wasm_subject_call(b);
    if (status != MB_OK)
        return status;
    mb_mark(b, "instance");
    for (int32_t i = 0; i < thread_count; i++) {
        status = wasm_subject_call_function(b, "start", i, &result, NULL);
        if (status != MB_OK)
            return status;
        if (result < 0)
            return mb_fail(b, "thread %d of %d could not be started: %d", (int)i + 1, (int)thread_count, (int)result);
    }
    status = wait_for(b, thread_count);
    mb_operations(b, (uint64_t)thread_count);
    if (status == MB_OK)
        report_regions(b);
    return status;
}

static void release(mb_bench *b)
{
    int32_t result;
    if (wasm_subject_call_function(b, "stop", 0, &result, NULL) == MB_OK && wait_for(b, 0) == MB_OK)
        mb_mark(b, "threads ended");
    wasm_subject_release(b);
}

static const wasm_line lines[] = {
    {.module = "threads", .counts = {1, 2, 4}},
    {0},
};

const wasm_group wasm_threads = {.group = "wasm_threads",
                                 .summary = "threads of one instance, all alive",
                                 .count_name = "threads",
                                 .flags = MB_CASE_THREADS,
                                 .abilities = WASM_CAN_THREADS,
                                 .setup = setup,
                                 .run = run,
                                 .release = release,
                                 .teardown = wasm_subject_teardown,
                                 .lines = lines};
