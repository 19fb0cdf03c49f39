/* Amounts drawn by chance in setup, the same in both windows of a process. */
#include "chance.h"
#include "truth.h"

#include <errno.h>
#include <string.h>

struct drawn {
    unsigned char *memory;
    uint64_t page_count;
};

/* 100 or 110 pages, equally often. */
static mb_status setup_two_valued(mb_bench *b)
{
    struct drawn *drawn = mb_state(b);
    uint64_t seed = chance_seed();
    drawn->page_count = chance_next(&seed) >> 63 ? TRUTH_TWO_VALUED_HIGH_PAGES : TRUTH_TWO_VALUED_LOW_PAGES;
    return MB_OK;
}

/* 1000 pages with a deviation of 50, rounded. */
static mb_status setup_noisy(mb_bench *b)
{
    struct drawn *drawn = mb_state(b);
    uint64_t seed = chance_seed();
    drawn->page_count = (uint64_t)(TRUTH_NOISY_MEAN_PAGES + TRUTH_NOISY_DEVIATION_PAGES * chance_normal(&seed) + 0.5);
    return MB_OK;
}

static mb_status run(mb_bench *b)
{
    struct drawn *drawn = mb_state(b);
    drawn->memory = pages_map(drawn->page_count);
    if (drawn->memory == NULL)
        return mb_out_of_memory(b, "mmap: %s", strerror(errno));
    mb_count(b, "drawn_pages", (int64_t)drawn->page_count);
    return MB_OK;
}

static void release(mb_bench *b)
{
    struct drawn *drawn = mb_state(b);
    pages_unmap(drawn->memory, drawn->page_count);
    drawn->memory = NULL;
}

const mb_case truth_two_valued = {
    MB_CASE_INIT,
    .group = "truth_two_valued",
    .summary = "100 or 110 pages, by chance",
    .state_bytes = sizeof(struct drawn),
    .setup = setup_two_valued,
    .run = run,
    .release = release,
};

const mb_case truth_noisy = {
    MB_CASE_INIT,
    .group = "truth_noisy",
    .summary = "1000 pages with 5 % noise",
    .state_bytes = sizeof(struct drawn),
    .setup = setup_noisy,
    .run = run,
    .release = release,
};
