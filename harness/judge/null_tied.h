/* null_tied.h: counts the ways to share pooled values out to two sides, by what U2 they give. */
#ifndef MEMBENCH_JUDGE_NULL_TIED_H
#define MEMBENCH_JUDGE_NULL_TIED_H

#include <stddef.h>
#include <stdint.h>

/* How many of the C(m+n, n) ways to choose n of the pooled values give U2 = u2, for u2 in 0 … limit <= m·n.
 * Groups of equal values come in the order of their sizes. The array belongs to the module: valid until the next call.
 * Doubles, since C(128, 64) needs 124 bits; relative error below 1e-12. */
const double *mb_combinations_count(const uint8_t *group_sizes, size_t group_count, size_t m, size_t n, size_t limit);

/* C(n, k). */
double mb_choose(size_t n, size_t k);

#endif
