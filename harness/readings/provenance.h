/* provenance.h: under which conditions a number came about: machine, libc, allocator.
 *
 * Needs libc only. The first part is for the measured process (call before B, never inside a window), the second for
 * the coordinator. Texts are written into the caller's storage, always terminated, cut when too long; what is not
 * known reads "unknown". */
#ifndef MEMBENCH_READINGS_PROVENANCE_H
#define MEMBENCH_READINGS_PROVENANCE_H

#include <stdbool.h>
#include <stdint.h>

enum { MB_PROVENANCE_TEXT_BYTES = 64 };

#define MB_ALLOCATOR_SANITIZER "sanitizer" /* it must see malloc before anybody else: nothing can be preloaded */

/* The allocator behind malloc in this process. */
typedef struct mb_allocator {
    char text[MB_PROVENANCE_TEXT_BYTES]; /* "glibc 2.36", "jemalloc 5.3.0", "mimalloc 2.0.9", "tcmalloc 2.10", "musl",
                                          * MB_ALLOCATOR_SANITIZER, "unknown" */
    bool (*give_back)(void);             /* NULL: there is no known way to ask */
} mb_allocator;

/* Looks the allocator up by the functions it exports, linked in or preloaded. May allocate (dlsym does). */
void mb_allocator_find(mb_allocator *allocator);

/* Asks the allocator to return free memory to the kernel: malloc_trim, jemalloc's purge of all arenas, mi_collect,
 * tcmalloc's ReleaseFreeMemory. False when the allocator is unknown: what is left "after trim" is missing then. */
bool mb_allocator_trim(const mb_allocator *allocator);

/* "glibc 2.36", "musl", "unknown". */
void mb_libc_describe(char text[MB_PROVENANCE_TEXT_BYTES]);

/* "off" when addresses of this process are not randomized (personality or kernel.randomize_va_space), else "on". */
const char *mb_aslr_describe(const char *root);

/* "off" when transparent huge pages are off for this process (prctl) or the system, else the system's mode:
 * "always", "madvise". */
const char *mb_thp_describe(const char *root);

/* True when the program was built with a sanitizer that replaces malloc, or this code was: nothing can be measured. */
bool mb_is_sanitized(void);

typedef struct mb_machine {
    char kernel[MB_PROVENANCE_TEXT_BYTES];       /* "Linux 6.18.0" */
    char architecture[MB_PROVENANCE_TEXT_BYTES]; /* "x86_64" */
    char host_name[MB_PROVENANCE_TEXT_BYTES];
    char thp[MB_PROVENANCE_TEXT_BYTES]; /* mode of the system: "always", "madvise", "never" */
    int cpu_count;                      /* online */
    uint64_t page_bytes;
    int randomize_va_space;         /* 0, 1, 2; -1: not known */
    int64_t memory_total_bytes;     /* -1: not known */
    int64_t memory_available_bytes; /* -1: not known */
    int64_t cgroup_limit_bytes;     /* lowest of this process's cgroup and those above it (v2 memory.max,
                                     * v1 memory.limit_in_bytes); -1: none found */
} mb_machine;

/* root: as in mb_reader_open. Never fails: what cannot be read keeps its "not known" value. */
void mb_machine_describe(const char *root, mb_machine *machine);

#endif
