/* A case that crashes unless it was mended (MENDED), and another. */
#include <membench/membench.h>

#include <stdlib.h>

static mb_status hold(size_t byte_count)
{
    static char *held;
    held = malloc(byte_count);
    mb_keep(held);
    return MB_OK;
}

static mb_status run_mended(mb_bench *b)
{
    (void)b;
#ifndef MENDED
    abort();
#endif
    return hold(100000);
}

static mb_status run_other(mb_bench *b)
{
    (void)b;
    return hold(1000);
}

static const mb_case mended = {MB_CASE_INIT, .group = "mended", .run = run_mended};
static const mb_case other = {MB_CASE_INIT, .group = "other", .run = run_other};

MB_MAIN(&mended, &other)
