/* Setup before each run, where a case wants it: run uses up what setup made, and notices when it is not there. */
#include <membench/membench.h>

#include <stdlib.h>
#include <time.h>

enum { SETUP_NS = 1000000, RUN_NS = 20000 };

struct prepared {
    char *block;
    int touched; /* zeroed before each setup */
};

static int setup_count, teardown_count;

static void wait_ns(long ns)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < ns);
}

static mb_status setup(mb_bench *b)
{
    struct prepared *prepared = mb_state(b);
    setup_count++;
    wait_ns(SETUP_NS);
    prepared->block = malloc(1000);
    if (prepared->block == NULL)
        return mb_out_of_memory(b, "no memory for a block");
    mb_keep(prepared->block);
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    struct prepared *prepared = mb_state(b);
    if (prepared->block == NULL || prepared->touched++ != 0)
        return mb_fail(b, "setup %d was not followed by one run", setup_count);
    free(prepared->block);
    prepared->block = NULL;
    wait_ns(RUN_NS);
    mb_count(b, "setup_count", setup_count);
    mb_count(b, "teardown_count", teardown_count);
    return MB_OK;
}

static mb_status run_kept(mb_bench *b)
{
    wait_ns(RUN_NS);
    mb_count(b, "setup_count", setup_count);
    mb_count(b, "teardown_count", teardown_count);
    return MB_OK;
}

static void teardown(mb_bench *b)
{
    struct prepared *prepared = mb_state(b);
    teardown_count++;
    free(prepared->block);
}

static const mb_case each = {
    MB_CASE_INIT,
    .group = "each_run",
    .state_bytes = sizeof(struct prepared),
    .flags = MB_CASE_SETUP_EACH_RUN,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};

static const mb_case once = {
    MB_CASE_INIT,
    .group = "once",
    .summary = "the same without the flag: setup is called once in the life of the process, teardown too",
    .state_bytes = sizeof(struct prepared),
    .setup = setup,
    .run = run_kept,
    .teardown = teardown,
};

MB_MAIN(&each, &once)
