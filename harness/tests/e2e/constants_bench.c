/* Reads pages of the program's own file at first use, and writes to some memory of its own. */
#include <membench/membench.h>

enum { PAGE_BYTES = 4096, CONSTANT_PAGES = 128, WRITTEN_PAGES = 8 };

static const char constants[CONSTANT_PAGES * PAGE_BYTES] = {1};
static volatile char written[WRITTEN_PAGES * PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));

static mb_status run(mb_bench *b)
{
    (void)b;
    for (int page = 0; page < WRITTEN_PAGES; page++)
        written[page * PAGE_BYTES] = 1;
    for (int page = 0; page < CONSTANT_PAGES; page++)
        (void)*(const volatile char *)&constants[page * PAGE_BYTES];
    return MB_OK;
}

static const mb_case first_use = {MB_CASE_INIT, .group = "first_use", .run = run};

MB_MAIN(&first_use)
