/* site_amounts.h: what is reported of a call site, and when: the same in the measured process, in files and in reports.
 */
#ifndef MEMBENCH_SITES_SITE_AMOUNTS_H
#define MEMBENCH_SITES_SITE_AMOUNTS_H

#include <stdint.h>

/* Blocks, with their usable and their requested bytes. Differences to the start of a window: below zero where it freed
 * what others had allocated. */
typedef struct mb_site_amounts {
    int64_t block_count, bytes, requested_bytes;
} mb_site_amounts;

/* ROW(ENUMERATOR, name, what it is) */
#define MB_SITE_MOMENTS(ROW)                                                                                           \
    ROW(MB_SITE_AT_RUN, "live", "alive at the end of run")                                                             \
    ROW(MB_SITE_AT_PEAK, "peak", "alive when most bytes were")                                                         \
    ROW(MB_SITE_AT_RELEASE, "kept", "still alive after release")                                                       \
    ROW(MB_SITE_TOTAL, "total", "allocated in run")                                                                    \
    ROW(MB_SITE_BETWEEN, "between", "left by the calls between the windows")

typedef enum mb_site_moment {
#define MB_SITE_MOMENT_ENUMERATOR(enumerator, name, summary) enumerator,
    MB_SITE_MOMENTS(MB_SITE_MOMENT_ENUMERATOR)
#undef MB_SITE_MOMENT_ENUMERATOR
        MB_SITE_MOMENT_COUNT
} mb_site_moment;

/* Whose an anonymous page is: ROW(ENUMERATOR, name) */
#define MB_PAGE_KINDS(ROW)                                                                                             \
    ROW(MB_PAGES_HEAP, "heap")                                                                                         \
    ROW(MB_PAGES_STACK, "stack")                                                                                       \
    ROW(MB_PAGES_THREADS, "threads")                                                                                   \
    ROW(MB_PAGES_DATA, "data")                                                                                         \
    ROW(MB_PAGES_MAPPED, "mapped")                                                                                     \
    ROW(MB_PAGES_OWN, "own")

typedef enum mb_page_kind {
#define MB_PAGE_KIND_ENUMERATOR(enumerator, name) enumerator,
    MB_PAGE_KINDS(MB_PAGE_KIND_ENUMERATOR)
#undef MB_PAGE_KIND_ENUMERATOR
        MB_PAGE_KIND_COUNT
} mb_page_kind;

#define MB_PAGE_KIND_NAME(enumerator, name) name,
#define MB_PAGE_KIND_NAMES                                                                                             \
    {                                                                                                                  \
        MB_PAGE_KINDS(MB_PAGE_KIND_NAME)                                                                               \
    }

#define MB_SITE_MOMENT_NAME(enumerator, name, summary) name,
#define MB_SITE_MOMENT_NAMES                                                                                           \
    {                                                                                                                  \
        MB_SITE_MOMENTS(MB_SITE_MOMENT_NAME)                                                                           \
    }

#endif
