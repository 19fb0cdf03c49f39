#include "judge/ranks.h"

#include "base/error.h"
#include "judge/null_distinct.h"
#include "judge/null_tied.h"

/* Wilcoxon's rank sum (1945), as Mann and Whitney's U (1947): is y above x? Ranks, because memory is anything but
 * normal: it comes in pages, in modes, with rare jumps, and a t test on it is wrong in both directions. U is kept
 * doubled, so that a tie's half counts as a whole number and equal data give equal bits. Ties are not an edge here but
 * the rule (20 samples of 3 values), so p is exact given the ties, by counting, never by the normal approximation,
 * whose p is more than ten times too large where ten values lie above ten others. Merging two sorted series costs m +
 * n steps. All values equal: one group, every arrangement gives the same U, and p is 1. */
void mb_rank_sum_of(const double *x, size_t m, const double *y, size_t n, mb_rank_sum *sum)
{
    MB_ASSERT(m >= 1 && n >= 1 && m <= MB_STATS_SAMPLES_MAX && n <= MB_STATS_SAMPLES_MAX);
    size_t i = 0, j = 0, groups = 0;
    uint32_t u2 = 0, slack = 0;
    while (i < m || j < n) {
        double value = j == n || (i < m && x[i] < y[j]) ? x[i] : y[j];
        size_t i_first = i, j_first = j;
        while (i < m && x[i] == value)
            i++;
        while (j < n && y[j] == value)
            j++;
        size_t size = i - i_first + (j - j_first);
        MB_ASSERT(size > 0);
        u2 += (uint32_t)((j - j_first) * (i_first + i));
        slack += (uint32_t)(size * size / 4);
        sum->group_sizes[groups++] = (uint8_t)size;
    }
    sum->m = m;
    sum->n = n;
    sum->u2 = u2;
    sum->slack = slack;
    sum->group_count = groups;
}

/* With c of a tied group's t values on y's side, the group's pairs add c·(t - c) to U2, and anything from 0 to twice
 * that once the ties are broken: the slack bounds the sum of the differences. */
void mb_rank_bounds(const mb_rank_sum *sum, mb_rank_p *low, mb_rank_p *high)
{
    const mb_distinct *distinct = mb_distinct_get(sum->m, sum->n);
    ptrdiff_t u2_most = (ptrdiff_t)sum->u2 + (ptrdiff_t)sum->slack;
    ptrdiff_t u2_least = (ptrdiff_t)sum->u2 - (ptrdiff_t)sum->slack;
    /* A negative u2 halves towards zero, where the answer must be "below everything". */
    ptrdiff_t u_least = u2_least < 0 ? -1 : u2_least / 2, u_least_up = u2_least < 0 ? 0 : (u2_least + 1) / 2;
    ptrdiff_t pairs = (ptrdiff_t)(sum->m * sum->n);
    high->less = mb_distinct_at_most(distinct, u2_most / 2);
    low->less = mb_distinct_at_most(distinct, u_least);
    /* P(U >= u) = P(U <= pairs - u): asked for so, a small p keeps its digits. */
    high->greater = mb_distinct_at_most(distinct, pairs - u_least_up);
    low->greater = mb_distinct_at_most(distinct, pairs - (u2_most + 1) / 2);
}

/* tail = P(U2' <= u2), rest = P(U2' >= u2). */
static void sum_tail(const mb_rank_sum *sum, const uint8_t *group_sizes, size_t u2, double *tail, double *rest)
{
    const double *combinations = mb_combinations_count(group_sizes, sum->group_count, sum->m, sum->n, u2);
    double total = mb_choose(sum->m + sum->n, sum->n), below = 0;
    for (size_t i = 0; i < u2; i++)
        below += combinations[i];
    *tail = (below + combinations[u2]) / total;
    *rest = 1 - below / total;
    if (*tail > 1)
        *tail = 1;
}

mb_rank_p mb_rank_exact(const mb_rank_sum *sum)
{
    mb_rank_p p, same;
    if (sum->slack == 0) {
        mb_rank_bounds(sum, &p, &same);
        return p;
    }
    size_t pairs = sum->m * sum->n;
    if (sum->u2 <= pairs) { /* count the smaller tail only */
        sum_tail(sum, sum->group_sizes, sum->u2, &p.less, &p.greater);
        return p;
    }
    uint8_t reversed[sizeof sum->group_sizes];
    for (size_t g = 0; g < sum->group_count; g++)
        reversed[g] = sum->group_sizes[sum->group_count - 1 - g];
    sum_tail(sum, reversed, 2 * pairs - sum->u2, &p.greater, &p.less);
    return p;
}

double mb_tail_p(size_t m, size_t n, size_t k)
{
    MB_ASSERT(k <= n);
    double p = 1;
    for (size_t i = 0; i < k; i++)
        p *= (double)(n - i) / (double)(m + n - i);
    return p;
}

double mb_tie_term(const double *sorted, size_t count)
{
    double sum = 0;
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start; end < count && sorted[end] == sorted[start]; end++)
            continue;
        double t = (double)(end - start);
        sum += t * (t - 1) * (2 * t + 5);
    }
    return sum;
}
