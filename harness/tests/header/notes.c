/* As many marks, regions and counts as a window keeps, and more of each than that. */
#include <membench/membench.h>

#include <stdio.h>

static char bytes[1];

static mb_status run(mb_bench *b)
{
    char name[MB_NAME_BYTES_MAX];
    uint64_t more = mb_param(b, "more");
    for (uint64_t i = 0; i < MB_MARKS_MAX + more; i++)
        mb_mark(b, "mark");
    for (uint64_t i = 0; i < MB_REGIONS_MAX + more; i++) {
        snprintf(name, sizeof name, "region %u", (unsigned)i);
        mb_region(b, name, bytes, sizeof bytes);
    }
    for (uint64_t i = 0; i < MB_COUNTS_MAX + more; i++) {
        snprintf(name, sizeof name, "count %u", (unsigned)i);
        mb_count(b, name, (int64_t)i);
    }
    return MB_OK;
}

static const mb_case full = {MB_CASE_INIT, .group = "full", .params = MB_PARAMS(MB_PARAM("more", 0, 3)), .run = run};

MB_MAIN(&full)
