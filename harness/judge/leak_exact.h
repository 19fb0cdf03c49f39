/* leak_exact.h: what each operation keeps on the heap, when it is the same for all. Pure. */
#ifndef MEMBENCH_JUDGE_LEAK_EXACT_H
#define MEMBENCH_JUDGE_LEAK_EXACT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_soak_exact {
    bool is_exact; /* every operation that was seen keeps the same; else the others are 0 */
    double bytes;  /* kept by one of them; 0: nothing */
    double operation_count;
} mb_soak_exact;

/* Counters of the heap are exact, so that a trend needs no statistics: between any two readings the bytes alive must
 * have grown by the same whole number for each operation. The first quarter of the readings is left out, in which
 * things are made that stay. At least three times has the number of operations to have grown after that. Numbers of
 * operations differ from reading to reading, so that anything but a rate for each would not divide evenly.
 *
 * live_bytes and operation_count: count readings, each taken between two operations. */
mb_soak_exact mb_soak_exact_find(const double *live_bytes, const double *operation_count, size_t count);

#endif
