/* truth.h: the cases of the program `truth`, one file for each kind of memory, and what they share. */
#ifndef BENCH_TRUTH_TRUTH_H
#define BENCH_TRUTH_TRUTH_H

#include "expected.h"

#include <membench/membench.h>

/* Bytes of one page. */
uint64_t page_bytes_get(void);

/* Writes one byte to each of `page_count` pages. */
void pages_touch(unsigned char *memory, uint64_t page_count);

/* Maps `page_count` private anonymous pages and touches each; NULL with errno, also for no pages. */
unsigned char *pages_map(uint64_t page_count);

/* Unmaps; NULL is fine. */
void pages_unmap(unsigned char *memory, uint64_t page_count);

/* pages.c: mapped memory */
extern const mb_case truth_empty, truth_touch, truth_huge, truth_shared, truth_file, truth_transient_marked,
    truth_transient_unmarked, truth_marks;

/* heap.c: memory from malloc */
extern const mb_case truth_malloc, truth_malloc_large, truth_leak, truth_retain_topmost, truth_retain_lifo, truth_trim;

/* threads.c */
extern const mb_case truth_threads;

/* drawn.c: amounts drawn by chance */
extern const mb_case truth_two_valued, truth_noisy;

#endif
