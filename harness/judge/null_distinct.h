/* null_distinct.h: the null distribution of Mann and Whitney's U without ties, computed once per pair of sample counts.
 */
#ifndef MEMBENCH_JUDGE_NULL_DISTINCT_H
#define MEMBENCH_JUDGE_NULL_DISTINCT_H

#include <stddef.h>

typedef struct mb_distinct mb_distinct; /* owned by the cache; valid until the next mb_distinct_get */

const mb_distinct *mb_distinct_get(size_t m, size_t n);

/* P(U' <= u); 0 for a negative u. */
double mb_distinct_at_most(const mb_distinct *distinct, ptrdiff_t u);

/* Largest c >= 1 with P(U' <= c - 1) <= tail_p, else 1: the rank among the m·n pair differences, counted from either
 * end, where the confidence interval of level 1 - 2·tail_p ends. */
size_t mb_distinct_interval_rank(const mb_distinct *distinct, double tail_p);

#endif
