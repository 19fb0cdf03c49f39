#include "judge/conditions.h"

#include "judge/allowance.h"
#include "judge/gate_levels.h"
#include "judge/ranks.h"

#include <math.h>

static void widen(const mb_series *series, double usual, double *low, double *high)
{
    *low = *high = usual;
    for (size_t i = 0; i < series->count; i++) {
        *low = fmin(*low, series->values[i]);
        *high = fmax(*high, series->values[i]);
    }
}

static size_t sorted_of(const mb_series *series, double sorted[MB_CONDITIONS_LAST])
{
    size_t count = series->count < MB_CONDITIONS_LAST ? series->count : MB_CONDITIONS_LAST;
    for (size_t i = 0; i < count; i++)
        sorted[i] = series->values[i];
    mb_sort(sorted, count);
    return count;
}

/* Of many values as many as estimates take, spread over all of them. */
static size_t thin(double *sorted, size_t count)
{
    size_t kept = count < MB_STATS_SAMPLES_MAX ? count : MB_STATS_SAMPLES_MAX;
    for (size_t i = 0; i < kept; i++)
        sorted[i] = sorted[i * count / kept];
    return kept;
}

/* U of y, and the variance of its null distribution, which ties narrow: m·n/12 · (N + 1 - Σ(t³ - t) / (N·(N - 1))). */
static double normal_z(const double *x, size_t m, const double *y, size_t n, double shift)
{
    double u = 0, ties = 0, total = (double)(m + n);
    size_t below = 0, equal = 0;
    for (size_t j = 0; j < n; j++) {
        while (below < m && x[below] < y[j])
            below++;
        for (equal = 0; below + equal < m && x[below + equal] == y[j]; equal++)
            continue;
        u += (double)below + (double)equal / 2;
    }
    for (size_t i = 0, j = 0; i < m || j < n;) {
        double value = j == n || (i < m && x[i] <= y[j]) ? x[i] : y[j], t = 0;
        for (; i < m && x[i] == value; i++)
            t++;
        for (; j < n && y[j] == value; j++)
            t++;
        ties += t * t * t - t;
    }
    double product = (double)m * (double)n;
    double variance = product / 12 * (total + 1 - ties / (total * (total - 1)));
    return variance > 0 ? (u - product / 2 + shift) / sqrt(variance) : 0;
}

double mb_conditions_rank_p(const double *x, size_t m, const double *y, size_t n, double *less)
{
    if (m <= MB_STATS_SAMPLES_MAX && n <= MB_STATS_SAMPLES_MAX) {
        mb_rank_sum sum;
        mb_rank_sum_of(x, m, y, n, &sum);
        mb_rank_p p = mb_rank_exact(&sum);
        *less = p.less;
        return p.greater;
    }
    *less = erfc(-normal_z(x, m, y, n, 0.5) / sqrt(2)) / 2;
    return erfc(normal_z(x, m, y, n, -0.5) / sqrt(2)) / 2;
}

void mb_conditions_look(mb_comparison *c, const mb_series *baseline, const mb_series *current, bool has_chance,
                        const mb_gate_policy *policy, mb_arena *arena)
{
    mb_conditions *k = c->conditions = mb_arena_alloc(arena, sizeof *k);
    if (k == NULL) { /* a change that nothing can confirm decides nothing, and is seen */
        c->path = MB_PATH_EXACT;
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->reason = "out of memory";
        return;
    }
    *k = (mb_conditions){.baseline_count = baseline->count, .current_count = current->count, .has_chance = has_chance};
    k->p_fail = k->p_pass = k->p_adjusted = 1;
    widen(baseline, c->baseline_median, &k->baseline_low, &k->baseline_high);
    widen(current, c->current_median, &k->current_low, &k->current_high);
    double moved = fmax(k->baseline_high - k->baseline_low, k->current_high - k->current_low);
    /* Half is enough to doubt: five samples seldom show all that a value may be. */
    k->moves = current->count >= MB_CONDITIONS_FIRST && 2 * moved >= fabs(c->difference);
    if (!k->moves || baseline->count < MB_CONDITIONS_FIRST)
        return;
    double x[MB_CONDITIONS_LAST], y[MB_CONDITIONS_LAST];
    size_t m = sorted_of(baseline, x), n = sorted_of(current, y);
    const mb_quantity_info *info = mb_metric_info(c->metric);
    mb_bound by = mb_bound_of_growth(c, mb_floor_noisy(info, mb_middle_range(x, m), policy), policy);
    for (size_t i = 0; i < m; i++)
        x[i] = mb_bound_of(x[i], by);
    k->p_fail = mb_conditions_rank_p(x, m, y, n, &k->p_pass);
    m = thin(x, sorted_of(baseline, x));
    n = thin(y, n);
    k->difference = mb_shift_estimate(x, m, y, n, policy->confidence_level);
    if (c->has_ratio && x[0] > 0)
        k->ratio = mb_ratio_estimate(x, m, y, n, policy->confidence_level);
}

/* Twice as many each time. Of a stored baseline there are no more than it keeps, and few of one side tell less and less
 * of many of the other. */
static size_t next_look(const mb_conditions *k)
{
    size_t most = k->baseline_count < k->current_count ? MB_GATE_LOOK_LAST_COUNT : MB_CONDITIONS_LAST;
    return 2 * k->current_count <= most ? 2 * k->current_count : k->current_count;
}

const char *mb_conditions_name(const mb_conditions *conditions)
{
    return conditions->has_chance ? "seeds or addresses" : "addresses";
}

static void say(mb_comparison *c, mb_verdict verdict, const char *of_addresses, const char *of_chance)
{
    c->verdict = verdict;
    c->reason = c->conditions->has_chance ? of_chance : of_addresses;
}

/* By how much it grew is what conditions say: of the usual ones the two sides may have caught unlike values. */
static void say_grown(mb_comparison *c)
{
    const mb_estimate *difference = &c->conditions->difference, *ratio = &c->conditions->ratio;
    say(c, MB_VERDICT_REGRESSED, NULL, NULL);
    c->difference = difference->value;
    c->difference_low = difference->low;
    c->difference_high = difference->high;
    c->has_ratio = ratio->value > 0;
    c->ratio = ratio->value;
    c->ratio_low = ratio->low;
    c->ratio_high = ratio->high;
}

static void settle(mb_comparison *c)
{
    mb_conditions *k = c->conditions;
    bool is_look = k->current_count >= MB_GATE_LOOK_FIRST_COUNT;
    /* A stored baseline that keeps none cannot be seen to move: the current side has to show it for both. */
    size_t first = k->current_count > 0 && k->baseline_count == 0 ? 2 * MB_CONDITIONS_FIRST : MB_CONDITIONS_FIRST;
    k->wanted = k->current_count < first ? first : k->current_count;
    if (!k->moves)
        return;
    if (is_look && k->p_adjusted < MB_CONDITIONS_FAIL_LEVEL) {
        say_grown(c);
        return;
    }
    if (k->baseline_count == 0 && c->verdict == MB_VERDICT_IMPROVED) {
        say(c, MB_VERDICT_NOT_REGRESSED, "varies with addresses", "varies with seeds or addresses");
    } else if (k->baseline_count == 0) {
        say(c, MB_VERDICT_INCONCLUSIVE, "varies with addresses; the baseline was not measured at others",
            "varies with seeds or addresses; the baseline was not measured with others");
    } else if (is_look && k->p_pass < MB_GATE_PASS_LEVEL) {
        say(c, MB_VERDICT_NOT_REGRESSED, "varies with addresses, and did not grow",
            "varies with seeds or addresses, and did not grow");
    } else {
        k->wanted = next_look(k);
        say(c, MB_VERDICT_INCONCLUSIVE, "varies with addresses by as much as it grew",
            "varies with seeds or addresses by as much as it grew");
    }
}

void mb_conditions_settle(mb_comparison *comparisons, size_t count, size_t *scratch)
{
    size_t family_count = 0;
    for (size_t i = 0; i < count; i++) {
        mb_comparison *c = &comparisons[i];
        if (!mb_comparison_moves(c))
            continue;
        c->conditions->p_adjusted = c->p_adjusted; /* kept there while the comparisons hold this family's */
        c->p_adjusted = c->conditions->p_fail;
        scratch[family_count++] = i;
    }
    if (family_count > 0)
        mb_holm(&comparisons[0].p_adjusted, sizeof *comparisons, scratch, family_count);
    for (size_t i = 0; i < family_count; i++) {
        mb_comparison *c = &comparisons[scratch[i]];
        double adjusted = c->p_adjusted;
        c->p_adjusted = c->conditions->p_adjusted;
        c->conditions->p_adjusted = adjusted;
    }
    for (size_t i = 0; i < count; i++)
        if (comparisons[i].conditions != NULL &&
            (comparisons[i].verdict == MB_VERDICT_REGRESSED || comparisons[i].verdict == MB_VERDICT_IMPROVED ||
             comparisons[i].verdict == MB_VERDICT_SHRANK))
            settle(&comparisons[i]);
}
