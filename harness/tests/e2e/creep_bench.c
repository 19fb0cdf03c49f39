/* One block of CREEP_BYTES: a program that takes a little more with each change. */
#include <membench/membench.h>

#include <stdlib.h>

static void *block;

static mb_status run(mb_bench *b)
{
    const char *text = getenv("CREEP_BYTES");
    block = malloc(text != NULL ? strtoull(text, NULL, 10) : 1);
    return block != NULL ? MB_OK : mb_out_of_memory(b, "no block");
}

static void release(mb_bench *b)
{
    (void)b;
    free(block);
}

static const mb_case creep = {MB_CASE_INIT, .group = "creep", .params = MB_PARAMS(MB_PARAM("of", 1, 2)), .run = run,
                              .release = release};

MB_MAIN(&creep)
