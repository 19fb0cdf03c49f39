/* null_untied.h: the null distribution of Mann and Whitney's U without ties, computed once per pair of sample counts.
 */
#ifndef MEMBENCH_JUDGE_NULL_UNTIED_H
#define MEMBENCH_JUDGE_NULL_UNTIED_H

#include <stddef.h>

typedef struct mb_untied mb_untied; /* owned by the cache; valid until the next mb_untied_get */

const mb_untied *mb_untied_get(size_t m, size_t n);

/* P(U' <= u); 0 for a negative u. */
double mb_untied_at_most(const mb_untied *untied, ptrdiff_t u);

/* Largest c >= 1 with P(U' <= c - 1) <= tail_p, else 1: the rank among the m·n pair differences, counted from either
 * end, where the confidence interval of level 1 - 2·tail_p ends. */
size_t mb_untied_interval_rank(const mb_untied *untied, double tail_p);

#endif
