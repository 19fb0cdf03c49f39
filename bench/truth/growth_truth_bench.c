/* Memory that grows with a number as 1, lg N, N, N lg N and N² over a fixed overhead, in whole pages: tests ask for the
 * class, the slope and the overhead. Built with GROWTH_EXTRA_PERCENT the growth, and not the overhead, takes so much
 * more: over 32 MiB no case grows by much, and the slope does. */
#include "truth.h"

#include <errno.h>
#include <string.h>

#ifndef GROWTH_EXTRA_PERCENT
#define GROWTH_EXTRA_PERCENT 0
#endif

enum { UNITS_MAX = 64, GROWN_PAGES = 1536, OVERHEAD_PAGES = 512, GREAT_OVERHEAD_PAGES = 8192 };

struct held {
    unsigned char *overhead, *grown;
    uint64_t overhead_pages, grown_pages;
};

/* Pages of a class whose function is `term` here and `term_of_most` at UNITS_MAX. */
static uint64_t grow(uint64_t term, uint64_t term_of_most)
{
    return term * GROWN_PAGES * (100 + GROWTH_EXTRA_PERCENT) / (term_of_most * 100);
}

static uint64_t log_of(uint64_t units)
{
    uint64_t power = 0;
    while (units > 1) {
        units /= 2;
        power++;
    }
    return power;
}

static mb_status hold(mb_bench *b, uint64_t overhead_pages, uint64_t grown_pages)
{
    struct held *held = mb_state(b);
    held->overhead_pages = overhead_pages;
    held->grown_pages = grown_pages;
    held->overhead = pages_map(overhead_pages);
    held->grown = grown_pages > 0 ? pages_map(grown_pages) : NULL;
    if (held->overhead == NULL || (grown_pages > 0 && held->grown == NULL))
        return mb_out_of_memory(b, "mmap: %s", strerror(errno));
    return MB_OK;
}

static mb_status setup(mb_bench *b)
{
    (void)b;
    pages_unmap(pages_map(1), 1);
    return MB_OK;
}

static void release(mb_bench *b)
{
    struct held *held = mb_state(b);
    pages_unmap(held->overhead, held->overhead_pages);
    pages_unmap(held->grown, held->grown_pages);
    held->overhead = held->grown = NULL;
}

static mb_status run_constant(mb_bench *b) { return hold(b, OVERHEAD_PAGES, 0); }

static mb_status run_log(mb_bench *b)
{
    uint64_t units = mb_param(b, "units");
    return hold(b, OVERHEAD_PAGES, grow(log_of(units), log_of(UNITS_MAX)));
}

static mb_status run_linear(mb_bench *b)
{
    uint64_t units = mb_param(b, "units");
    return hold(b, OVERHEAD_PAGES, grow(units, UNITS_MAX));
}

static mb_status run_linear_log(mb_bench *b)
{
    uint64_t units = mb_param(b, "units");
    return hold(b, OVERHEAD_PAGES, grow(units * log_of(units), UNITS_MAX * log_of(UNITS_MAX)));
}

static mb_status run_square(mb_bench *b)
{
    uint64_t units = mb_param(b, "units");
    return hold(b, OVERHEAD_PAGES, grow(units * units, UNITS_MAX * UNITS_MAX));
}

static mb_status run_over_much(mb_bench *b)
{
    uint64_t units = mb_param(b, "units");
    return hold(b, GREAT_OVERHEAD_PAGES, grow(units, UNITS_MAX));
}

#define GROWTH_CASE(name, of_group, of_function, run_it)                                                               \
    static const mb_case name = {                                                                                      \
        MB_CASE_INIT,                                                                                                  \
        .group = of_group,                                                                                             \
        .function = of_function,                                                                                       \
        .summary = "grows by 6 MiB over a fixed overhead",                                                             \
        .params = MB_PARAMS(MB_PARAM("units", 1, 2, 4, 8, 16, 32, UNITS_MAX)),                                         \
        .state_bytes = sizeof(struct held),                                                                            \
        .flags = MB_CASE_COLD_ONLY,                                                                                    \
        .setup = setup,                                                                                                \
        .run = run_it,                                                                                                 \
        .release = release,                                                                                            \
    }

GROWTH_CASE(constant, "truth_growth", "1", run_constant);
GROWTH_CASE(logarithm, "truth_growth", "lgN", run_log);
GROWTH_CASE(linear, "truth_growth", "N", run_linear);
GROWTH_CASE(linear_log, "truth_growth", "NlgN", run_linear_log);
GROWTH_CASE(square, "truth_growth", "N2", run_square);
GROWTH_CASE(over_much, "truth_over_much", "N", run_over_much);

MB_MAIN(&constant, &logarithm, &linear, &linear_log, &square, &over_much)
