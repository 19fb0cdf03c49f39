#include "judge/null_untied.h"

#include "base/error.h"
#include "judge/null_tied.h"
#include "judge/ranks.h"

#include <string.h>

enum { SIDE_MAX = MB_STATS_SAMPLES_MAX, CACHE_SIZE = 16 };

/* Without ties the distribution depends on m and n alone, and a run asks for few pairs of them many times: sixteen are
 * kept, the oldest is replaced. It is symmetric, so the lower half is stored and the upper one is 1 minus its mirror,
 * which keeps the digits of small p. One thread only: the cache is static. */
struct mb_untied {
    size_t m, n;
    double interval_tail_p; /* what interval_rank was last asked for; 0: nothing yet */
    size_t interval_rank;
    double at_most[SIDE_MAX * SIDE_MAX / 2 + 1]; /* the lower half; the distribution is symmetric */
};

static void compute(mb_untied *untied, size_t m, size_t n)
{
    static uint8_t ones[2 * SIDE_MAX];
    memset(ones, 1, sizeof ones);
    untied->m = m;
    untied->n = n;
    untied->interval_tail_p = 0;
    const double *ways = mb_ways_count(ones, m + n, m, n, m * n);
    double total = mb_choose(m + n, n), sum = 0;
    for (size_t u = 0; u <= m * n / 2; u++) {
        sum += ways[2 * u];
        untied->at_most[u] = sum / total;
    }
}

static mb_untied *find(size_t m, size_t n)
{
    static mb_untied cache[CACHE_SIZE];
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

const mb_untied *mb_untied_get(size_t m, size_t n) { return find(m, n); }

double mb_untied_at_most(const mb_untied *untied, ptrdiff_t u)
{
    ptrdiff_t pairs = (ptrdiff_t)(untied->m * untied->n);
    if (u < 0)
        return 0;
    if (u >= pairs)
        return 1;
    if (u <= pairs / 2)
        return untied->at_most[u];
    return 1 - untied->at_most[pairs - u - 1];
}

size_t mb_untied_interval_rank(const mb_untied *untied, double tail_p)
{
    mb_untied *kept = find(untied->m, untied->n);
    if (kept->interval_tail_p == tail_p)
        return kept->interval_rank;
    size_t rank = 1;
    while (rank < kept->m * kept->n / 2 && kept->at_most[rank] <= tail_p)
        rank++;
    kept->interval_tail_p = tail_p;
    kept->interval_rank = rank;
    return rank;
}
