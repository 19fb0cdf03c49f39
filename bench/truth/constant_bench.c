/* Fifty cases of 100 pages each; built with CONSTANT_NOISY the same cases take 60 % more with 5 % noise. Tests compare
 * the two: a series that was exact and is not any more must not slip through. */
#include "chance.h"
#include "truth.h"

#include <errno.h>
#include <string.h>

enum { CONSTANT_PAGES = 100, NOISY_MEAN_PAGES = 160, NOISY_DEVIATION_PAGES = NOISY_MEAN_PAGES / 20 };

struct held {
    unsigned char *memory;
    uint64_t page_count;
};

static mb_status setup(mb_bench *b)
{
    struct held *held = mb_state(b);
    held->page_count = CONSTANT_PAGES;
#ifdef CONSTANT_NOISY
    uint64_t seed = chance_seed();
    held->page_count = (uint64_t)(NOISY_MEAN_PAGES + NOISY_DEVIATION_PAGES * chance_normal(&seed) + 0.5);
#endif
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    struct held *held = mb_state(b);
    held->memory = pages_map(held->page_count);
    return held->memory != NULL ? MB_OK : mb_out_of_memory(b, "mmap: %s", strerror(errno));
}

static void release(mb_bench *b)
{
    struct held *held = mb_state(b);
    pages_unmap(held->memory, held->page_count);
    held->memory = NULL;
}

static const mb_case constant = {
    MB_CASE_INIT,
    .group = "constant",
    .summary = "100 pages",
    .params = MB_PARAMS(MB_PARAM("row", 1, 2, 3, 4, 5), MB_PARAM("column", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
    .state_bytes = sizeof(struct held),
    .setup = setup,
    .run = run,
    .release = release,
};

MB_MAIN(&constant)
