/* Huge pages of hugetlbfs, written to: private ones and shared ones. Skipped where the machine has none to give. */
#include <membench/membench.h>

#include <sys/mman.h>

enum { HUGE_PAGE_BYTES = 2 << 20 };

static char *huge;

static mb_status map_huge(mb_bench *b, size_t byte_count, int flags)
{
    huge = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT | flags,
                -1, 0);
    if (huge == MAP_FAILED)
        return mb_skip(b, "no huge pages of 2 MiB: write a number to /proc/sys/vm/nr_hugepages");
    for (size_t at = 0; at < byte_count; at += HUGE_PAGE_BYTES)
        huge[at] = 1;
    return MB_OK;
}

static size_t asked_bytes(const mb_bench *b) { return mb_param(b, "pages") * HUGE_PAGE_BYTES; }
static mb_status run_private(mb_bench *b) { return map_huge(b, asked_bytes(b), MAP_PRIVATE); }
static mb_status run_shared(mb_bench *b) { return map_huge(b, asked_bytes(b), MAP_SHARED); }
static void release(mb_bench *b) { munmap(huge, asked_bytes(b)); }

/* There before the first window, and held in all of them. */
static mb_status set_up_held(mb_bench *b) { return map_huge(b, HUGE_PAGE_BYTES, MAP_PRIVATE); }
static mb_status run_nothing(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

#define PAGES .params = MB_PARAMS(MB_PARAM("pages", 1, 3)), .release = release
static const mb_case private_pages = {MB_CASE_INIT, .group = "hugetlb", .function = "private", .run = run_private,
                                      PAGES};
static const mb_case shared_pages = {MB_CASE_INIT, .group = "hugetlb", .function = "shared", .run = run_shared, PAGES};
static const mb_case held_page = {MB_CASE_INIT, .group = "hugetlb", .function = "held", .setup = set_up_held,
                                  .run = run_nothing};

MB_MAIN(&private_pages, &shared_pages, &held_page)
