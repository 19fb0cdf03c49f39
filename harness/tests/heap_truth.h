/* heap_truth.h: what the scenarios of known truth share; each runs in a process of its own with the hook in it. */
#ifndef MEMBENCH_TESTS_HEAP_TRUTH_H
#define MEMBENCH_TESTS_HEAP_TRUTH_H

#include "heap/heap_hook.h"

#include <stdbool.h>

/* The hook of this process; NULL when there is none. */
extern const mb_heap_hook *heap_hook;

/* Ends the process with exit code 1 and the place when the values differ, or the condition is false. */
#define EXPECT_EQUAL(actual, expected) expect_equal((int64_t)(actual), (int64_t)(expected), #actual, __FILE__, __LINE__)
#define EXPECT(condition) expect_equal(!!(condition), 1, #condition, __FILE__, __LINE__)
void expect_equal(int64_t actual, int64_t expected, const char *text, const char *file, int line);

void *pvalloc(size_t size); /* not in every <malloc.h>; where libc has none, the hook makes it */

/* malloc_usable_size, and a pointer that the compiler must believe to be used. */
int64_t usable(void *pointer);
void *opaque(void *pointer);

/* operation_count calls of malloc, calloc, realloc, memalign and free in an order that the seed decides, with sizes
 * from 0 to 100 KiB, and the reading that they must give: *expected is kept up to date call by call. */
void play_random(unsigned seed, int operation_count, mb_heap_reading *expected);

void truth_threads(void);
void truth_peak_of_another_thread(void);
void truth_peak_bound(void);
void truth_peak_at_reading(void);
void truth_thread_exit(void);
void truth_record_reuse(void);
void truth_many_threads(void);
void truth_late_destructor(void);
void truth_fork(void);

#endif
