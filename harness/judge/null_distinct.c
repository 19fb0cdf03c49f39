#include "judge/null_distinct.h"

#include "base/error.h"
#include "judge/null_tied.h"
#include "judge/ranks.h"

#include <string.h>

enum { SIDE_MAX = MB_STATS_SAMPLES_MAX, CACHE_SIZE = 16 };

/* Without ties the distribution depends on m and n alone, and a run asks for few pairs of them many times: sixteen are
 * kept, the oldest is replaced. It is symmetric, so the lower half is stored and the upper one is 1 minus its mirror,
 * which keeps the digits of small p. One thread only: the cache is static. */
struct mb_distinct {
    size_t m, n;
    double interval_tail_p; /* what interval_rank was last asked for; 0: nothing yet */
    size_t interval_rank;
    double at_most[SIDE_MAX * SIDE_MAX / 2 + 1]; /* the lower half; the distribution is symmetric */
};

static void compute(mb_distinct *distinct, size_t m, size_t n)
{
    static uint8_t ones[2 * SIDE_MAX];
    memset(ones, 1, sizeof ones);
    distinct->m = m;
    distinct->n = n;
    distinct->interval_tail_p = 0;
    const double *combinations = mb_combinations_count(ones, m + n, m, n, m * n);
    double total = mb_choose(m + n, n), sum = 0;
    for (size_t u = 0; u <= m * n / 2; u++) {
        sum += combinations[2 * u];
        distinct->at_most[u] = sum / total;
    }
}

static mb_distinct *find(size_t m, size_t n)
{
    static mb_distinct cache[CACHE_SIZE];
    static size_t used, last;
    MB_ASSERT(m >= 1 && n >= 1 && m <= SIDE_MAX && n <= SIDE_MAX);
    if (cache[last].m == m && cache[last].n == n)
        return &cache[last];
    for (size_t i = 0; i < CACHE_SIZE && i < used; i++)
        if (cache[i].m == m && cache[i].n == n) {
            last = i;
            return &cache[i];
        }
    last = used++ % CACHE_SIZE;
    compute(&cache[last], m, n);
    return &cache[last];
}

const mb_distinct *mb_distinct_get(size_t m, size_t n) { return find(m, n); }

double mb_distinct_at_most(const mb_distinct *distinct, ptrdiff_t u)
{
    ptrdiff_t pairs = (ptrdiff_t)(distinct->m * distinct->n);
    if (u < 0)
        return 0;
    if (u >= pairs)
        return 1;
    if (u <= pairs / 2)
        return distinct->at_most[u];
    return 1 - distinct->at_most[pairs - u - 1];
}

size_t mb_distinct_interval_rank(const mb_distinct *distinct, double tail_p)
{
    mb_distinct *kept = find(distinct->m, distinct->n);
    if (kept->interval_tail_p == tail_p)
        return kept->interval_rank;
    size_t rank = 1;
    while (rank < kept->m * kept->n / 2 && kept->at_most[rank] <= tail_p)
        rank++;
    kept->interval_tail_p = tail_p;
    kept->interval_rank = rank;
    return rank;
}
