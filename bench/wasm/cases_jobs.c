/* wasm_job_queue: a job queue in C compiled to WebAssembly: N jobs pushed, then all popped. Linear memory never
 * shrinks, so what was reached once stays until the instance goes. */
#include "cases.h"

static mb_status setup(mb_bench *b)
{
    mb_status status = wasm_subject_init(b, 1);
    return status != MB_OK ? status : wasm_subject_keep_engine(b, true);
}

/* Notes how large the memory is now, in WebAssembly's pages. */
static mb_status note_pages(mb_bench *b, const char *name)
{
    wasm_subject *s = mb_state(b);
    wasm_memory memory;
    if (!wasm_driver.memory(s->instances[0], &memory))
        return mb_fail(b, "the job queue's instance has no memory");
    mb_count(b, name, (int64_t)(memory.current_bytes / WASM_PAGE_BYTES));
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    uint64_t job_count = mb_param(b, "jobs");
    int32_t result = 0;
    mb_status status = wasm_subject_instantiate(b, NULL, 0);
    if (status == MB_OK)
        status = wasm_subject_initialize(b, 0);
    if (status == MB_OK)
        status = note_pages(b, "memory_before_pages");
    for (uint64_t i = 1; i <= job_count && status == MB_OK; i++)
        status = wasm_subject_call_function(b, "jobq_push", (int32_t)i, &result, NULL);
    if (status == MB_OK && result != (int32_t)job_count)
        return mb_fail(b, "%d jobs are queued, not %llu", (int)result, (unsigned long long)job_count);
    if (status == MB_OK) {
        mb_mark(b, "pushed");
        status = note_pages(b, "memory_full_pages");
    }
    if (status == MB_OK)
        status = wasm_subject_call_function(b, "jobq_pop", (int32_t)job_count, &result, NULL);
    if (status == MB_OK && result != 0)
        return mb_fail(b, "%d jobs are left after all were popped", (int)result);
    if (status == MB_OK) {
        mb_mark(b, "popped");
        status = note_pages(b, "memory_after_pages");
    }
    mb_operations(b, job_count);
    return status;
}

static const wasm_line lines[] = {
    {.module = "jobq", .counts = {1000, 20000}, .full_only = true},
    {0},
};

const wasm_group wasm_job_queue = {.group = "wasm_job_queue",
                                   .summary = "jobs pushed and all popped inside a module",
                                   .count_name = "jobs",
                                   .setup = setup,
                                   .run = run,
                                   .release = wasm_subject_release,
                                   .teardown = wasm_subject_teardown,
                                   .lines = lines};
