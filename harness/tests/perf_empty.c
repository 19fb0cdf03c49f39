/* A bench program of one case that does nothing; without MEMBENCH_FD it does nothing at all. So the same file can be
 * started bare and as a worker, which are then compared in ci/perf. */
#include <membench/membench.h>

#include <stdlib.h>

static mb_status run(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

static const mb_case empty = {MB_CASE_INIT, .group = "empty", .summary = "nothing", .run = run};

int main(int argc, char **argv)
{
    static const mb_case *const cases[] = {&empty};
    return getenv("MEMBENCH_FD") != NULL ? mb_main(argc, argv, cases, 1) : 0;
}
