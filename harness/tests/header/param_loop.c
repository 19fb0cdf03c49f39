/* What a loop costs that asks for its parameter in its condition, against one that asked before: as two counts, in
 * nanoseconds of the fastest of some tries. */
#include <membench/membench.h>

#include <time.h>

enum { TRY_COUNT = 21, STEP_COUNT = 200000 };

static volatile uint64_t sink;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static mb_status run(mb_bench *b)
{
    int64_t asking_ns = INT64_MAX, knowing_ns = INT64_MAX;
    for (int t = 0; t < TRY_COUNT; t++) {
        int64_t start_ns = now_ns();
        for (uint64_t i = 0; i < mb_param(b, "steps"); i++)
            sink = i; /* the same work in both: a store that stays */
        int64_t between_ns = now_ns();
        uint64_t step_count = mb_param(b, "steps");
        for (uint64_t i = 0; i < step_count; i++)
            sink = i;
        asking_ns = smaller(asking_ns, between_ns - start_ns);
        knowing_ns = smaller(knowing_ns, now_ns() - between_ns);
    }
    mb_count(b, "asking_ns", asking_ns);
    mb_count(b, "knowing_ns", knowing_ns);
    return MB_OK;
}

static const mb_case param_loop = {
    MB_CASE_INIT,
    .group = "param_loop",
    .params = MB_PARAMS(MB_PARAM("other", 1), MB_PARAM("steps", STEP_COUNT)),
    .flags = MB_CASE_COLD_ONLY,
    .run = run,
};

MB_MAIN(&param_loop)
