/* peak_bench.h: what the cases with known peaks share. */
#ifndef MEMBENCH_TESTS_PEAK_BENCH_H
#define MEMBENCH_TESTS_PEAK_BENCH_H

#include <membench/membench.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t peak_page_bytes(void);
size_t peak_size(mb_bench *b);          /* the parameter "pages" in bytes */
void peak_touch(char *at, size_t size); /* each page once */
char *peak_map(size_t size);            /* private or shared pages, touched; ends the process when there are none */
char *peak_map_shared(size_t size);

extern const mb_case peak_toucher, peak_beside, peak_waits;

#endif
