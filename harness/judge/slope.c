#include "judge/slope.h"

#include "base/error.h"
#include "judge/allowance.h"
#include "judge/gate_levels.h"

#include <math.h>
#include <string.h>

static double quantum_of(mb_metric metric, const mb_gate_policy *policy)
{
    return mb_metric_info(metric)->per_page ? (double)policy->page_bytes : 1;
}

static const mb_series *series_of(const mb_slope_point *point, bool of_baseline)
{
    return of_baseline ? point->baseline : point->current;
}

/* Copies one side's points and fits them; nothing where the side lacks samples of two values. */
static bool fit_side(mb_sweep_side *side, const mb_slope_point *points, size_t count, bool of_baseline, double quantum,
                     double confidence_level, mb_arena *arena)
{
    bool is_exact = true;
    size_t point_count = 0, fitted_count = 0;
    for (size_t i = 0; i < count; i++)
        if (series_of(&points[i], of_baseline) != NULL) {
            point_count += series_of(&points[i], of_baseline)->count;
            is_exact = is_exact && mb_series_is_exact(series_of(&points[i], of_baseline));
        }
    side->x = mb_arena_alloc(arena, (4 * point_count + 1) * sizeof *side->x);
    if (side->x == NULL)
        return false;
    side->y = side->x + point_count;
    double *x = side->y + point_count, *y = x + point_count; /* what is fitted */
    for (size_t i = 0; i < count; i++) {
        const mb_series *series = series_of(&points[i], of_baseline);
        for (size_t k = 0; series != NULL && k < series->count; k++) {
            if (!(fabs(series->values[k]) <= 1e300)) /* what is not a number shows nothing */
                return true;
            side->x[side->count] = (double)points[i].x;
            side->y[side->count++] = series->values[k];
            if (k > 0 && is_exact)
                continue;
            x[fitted_count] = (double)points[i].x;
            y[fitted_count++] = series->values[k];
        }
    }
    return mb_sweep_fit_points(x, y, fitted_count, is_exact, quantum, confidence_level, &side->is_fitted, &side->fit);
}

static bool is_resolved(const mb_sweep_metric *metric, const mb_gate_policy *policy)
{
    const mb_sweep_fit *fit = &metric->current.fit;
    double resolved_bytes = MB_SWEEP_RESOLVED_PAGES * (double)policy->page_bytes;
    return metric->current.is_fitted &&
           (!mb_metric_info(metric->metric)->per_page || fabs(fit->slope) * fit->x_high >= resolved_bytes);
}

static const char *warning_of(const mb_sweep_metric *metric)
{
    const mb_sweep_fit *fit = &metric->current.fit;
    if (!metric->current.is_fitted)
        return "too few values";
    if (!metric->is_resolved)
        return "too small to measure in pages";
    if (fit->value_count < MB_GROWTH_VALUES_MIN)
        return "fewer than 4 values";
    if (!fit->has_interval)
        return "too few samples for an interval";
    return NULL;
}

/* How far memory may reach from the smallest to the largest N: as far as a case's value may, by the same rule, with
 * what is allowed on top. */
static double allowed(double reach, double ratio, double floor, double extra)
{
    return mb_bound_of(reach, (mb_bound){ratio, 0, floor}) + extra;
}

static void judge(mb_sweep_metric *metric, mb_verdict verdict, const char *reason)
{
    metric->verdict = verdict;
    metric->reason = reason;
}

/* Which cases of the sweep are compared, and how. */
typedef struct pairing {
    double threshold_ratio, threshold_extra;
    bool is_exact;     /* all repeat, and none creates threads */
    bool is_unchanged; /* … to the same value */
    bool moves;        /* one of them does, under other conditions: the slope is no more exact than it */
    bool has_samples;  /* as many as a failure takes */
    double p_short;    /* exact, but on few samples: the chance that all of those that changed came in this order */
    double reach;      /* from the smallest N to the largest */
    bool grew;         /* the case of the largest N takes more than before */
} pairing;

/* False, with the reason in the metric, where nothing can be compared. */
static bool pair_up(mb_sweep_metric *metric, const mb_slope_point *points, size_t count, pairing *pair)
{
    *pair = (pairing){.is_exact = true, .is_unchanged = true, .has_samples = true};
    metric->gates = true;
    for (size_t i = 0; i < count; i++) {
        const mb_comparison *c = points[i].comparison;
        if (c == NULL || points[i].baseline == NULL) {
            metric->gates = false;
            judge(metric, MB_VERDICT_NO_BASELINE, "the baseline does not have all of its cases");
            return false;
        }
        if (c->verdict == MB_VERDICT_NOT_COMPARABLE || c->verdict == MB_VERDICT_NO_BASELINE) {
            metric->gates = false;
            judge(metric, c->verdict, c->reason);
            return false;
        }
        metric->gates = metric->gates && c->gates;
        pair->threshold_ratio = fmax(pair->threshold_ratio, c->threshold_ratio);
        pair->threshold_extra = fmax(pair->threshold_extra, c->threshold_extra);
        bool is_exact = c->baseline_exact && c->current_exact && c->samples_to_fail <= MB_GATE_LOOK_FIRST_COUNT;
        bool is_same = is_exact && c->baseline_median == c->current_median;
        pair->is_exact = pair->is_exact && is_exact;
        pair->moves = pair->moves || mb_comparison_moves(c);
        pair->is_unchanged = pair->is_unchanged && is_same;
        if (is_same)
            continue;
        pair->has_samples = pair->has_samples && c->current_count >= c->samples_to_fail;
        bool is_counted = c->samples_to_fail == MB_GATE_COUNTED_COUNT;
        if (is_exact && !is_counted &&
            (c->baseline_count < MB_GATE_BASELINE_EXACT_COUNT || c->current_count < c->samples_to_fail)) {
            size_t m = c->baseline_count, n = c->current_count;
            m = m < MB_STATS_SAMPLES_MAX ? m : MB_STATS_SAMPLES_MAX;
            n = n < MB_STATS_SAMPLES_MAX ? n : MB_STATS_SAMPLES_MAX;
            pair->p_short = fmax(pair->p_short, mb_tail_p(m, n, n));
        }
    }
    pair->reach = (double)(points[count - 1].x - points[0].x);
    pair->grew = points[count - 1].comparison->current_median > points[count - 1].comparison->baseline_median;
    return true;
}

/* What shrinks by more is IMPROVED: by the noise threshold, or by the threshold where that is as bad as growth. */
static double least_shrinking(const pairing *pair, const mb_gate_policy *policy)
{
    return 1 + (policy->is_two_sided ? pair->threshold_ratio : policy->noise_threshold_ratio);
}

static double shrinking_extra(const pairing *pair, const mb_gate_policy *policy)
{
    return policy->is_two_sided ? pair->threshold_extra : 0;
}

static void compare_exact(mb_sweep_metric *metric, const pairing *pair, const mb_gate_policy *policy)
{
    double was = metric->baseline.fit.slope * pair->reach, is = metric->current.fit.slope * pair->reach;
    double floor = (double)mb_metric_info(metric->metric)->floor_exact * quantum_of(metric->metric, policy);
    metric->path = MB_PATH_EXACT;
    if (is > allowed(was, 1 + pair->threshold_ratio, floor, pair->threshold_extra) && pair->grew) {
        judge(metric, MB_VERDICT_REGRESSED, NULL);
        if (pair->p_short == 0)
            return;
        metric->path = MB_PATH_RANK;
        metric->p_fail = pair->has_samples ? pair->p_short : 1;
    } else if (was > allowed(is, least_shrinking(pair, policy), floor, shrinking_extra(pair, policy))) {
        judge(metric, mb_verdict_of_less(policy), NULL);
    } else {
        judge(metric, MB_VERDICT_NOT_REGRESSED, pair->is_unchanged ? "unchanged" : "changed within the threshold");
    }
}

/* How sure it is that y grows faster along N than `ratio` times x does. */
static double rise_p(const mb_slope_point *points, size_t count, double ratio, bool mirrored, double quantum)
{
    double x[MB_FIT_POINTS_MAX], shift[MB_FIT_POINTS_MAX], level[MB_FIT_POINTS_MAX];
    size_t kept = count < MB_FIT_POINTS_MAX ? count : MB_FIT_POINTS_MAX; /* of more, spread over all of them */
    for (size_t i = 0; i < kept; i++) {
        const mb_slope_point *point = &points[i * (count - 1) / (kept - 1)];
        double was = mb_gate_median(series_of(point, !mirrored)), is = mb_gate_median(series_of(point, mirrored));
        x[i] = (double)point->x;
        shift[i] = is - ratio * was;
        level[i] = was;
    }
    return mb_sweep_rise_p(x, shift, level, kept, quantum);
}

/* Leaves to settle what has a p value; the verdict until then is what holds if no p is small enough. */
static void compare_ranks(mb_sweep_metric *metric, const mb_slope_point *points, size_t count, const pairing *pair,
                          const mb_gate_policy *policy)
{
    const mb_sweep_fit *was = &metric->baseline.fit, *is = &metric->current.fit;
    double floor = (double)mb_metric_info(metric->metric)->floor_rank, quantum = quantum_of(metric->metric, policy);
    double ratio = 1 + pair->threshold_ratio, drift = 1 + policy->drift_allowance_ratio;
    double extra = pair->threshold_extra, limit = allowed(was->slope * pair->reach, ratio, floor, extra);
    metric->path = MB_PATH_RANK;
    if (is->slope_low * pair->reach > limit && pair->grew) {
        judge(metric, MB_VERDICT_SHOWN, "too noisy to tell");
        metric->p_suspect = rise_p(points, count, ratio, false, quantum);
        bool is_far = is->slope_low * pair->reach > allowed(was->slope * pair->reach, ratio * drift, floor, extra);
        if (is_far && pair->has_samples)
            metric->p_fail = rise_p(points, count, ratio * drift, false, quantum);
        return;
    }
    double least = least_shrinking(pair, policy) * drift, least_extra = shrinking_extra(pair, policy);
    if (was->slope_low * pair->reach > allowed(is->slope * pair->reach, least, floor, least_extra) &&
        rise_p(points, count, least, true, quantum) < MB_SLOPE_PASS_LEVEL)
        judge(metric, mb_verdict_of_less(policy), NULL);
    else if (is->slope_high * pair->reach <= limit)
        judge(metric, MB_VERDICT_NOT_REGRESSED, NULL);
    else
        judge(metric, MB_VERDICT_SHOWN, "too noisy to tell");
}

static void compare(mb_sweep_metric *metric, const mb_slope_point *points, size_t count, const mb_gate_policy *policy)
{
    pairing pair;
    if (!pair_up(metric, points, count, &pair))
        return;
    if (!metric->current.is_fitted || !metric->baseline.is_fitted) {
        judge(metric, MB_VERDICT_SHOWN, "too few values");
        return;
    }
    metric->is_compared = true;
    metric->difference = metric->current.fit.slope - metric->baseline.fit.slope;
    metric->has_ratio = metric->baseline.fit.slope > 0;
    if (metric->has_ratio)
        metric->ratio = metric->current.fit.slope / metric->baseline.fit.slope;
    if (!metric->gates)
        judge(metric, MB_VERDICT_SHOWN, NULL);
    else if (metric->warning != NULL)
        judge(metric, MB_VERDICT_SHOWN, metric->warning);
    else if (pair.moves)
        judge(metric, MB_VERDICT_SHOWN, "one of its cases varies with addresses or seeds");
    else if (pair.is_exact)
        compare_exact(metric, &pair, policy);
    else
        compare_ranks(metric, points, count, &pair, policy);
}

bool mb_slope_fit(mb_sweep_metric *metric, const mb_slope_point *points, size_t count, bool with_growth,
                  mb_arena *arena, const mb_gate_policy *policy)
{
    double quantum = with_growth ? quantum_of(metric->metric, policy) : 0;
    MB_ASSERT(count >= 2);
    metric->p_fail = metric->p_suspect = metric->p_adjusted = 1;
    metric->verdict = MB_VERDICT_NO_BASELINE;
    if (!fit_side(&metric->current, points, count, false, quantum, policy->confidence_level, arena))
        return false;
    metric->is_resolved = is_resolved(metric, policy);
    metric->warning = warning_of(metric);
    bool has_baseline = false;
    for (size_t i = 0; i < count; i++)
        has_baseline = has_baseline || points[i].baseline != NULL;
    if (!has_baseline)
        return true;
    if (!fit_side(&metric->baseline, points, count, true, 0, policy->confidence_level, arena))
        return false;
    compare(metric, points, count, policy);
    return true;
}

void mb_sweep_settle(mb_slope_verdict *verdicts, size_t count, size_t *scratch)
{
    for (size_t i = 0; i < count; i++) {
        verdicts[i].p_adjusted = verdicts[i].p_fail;
        scratch[i] = i;
    }
    if (count > 0)
        mb_holm(&verdicts[0].p_adjusted, sizeof *verdicts, scratch, count);
    for (size_t i = 0; i < count; i++) {
        mb_slope_verdict *v = &verdicts[i];
        if (v->p_adjusted < MB_SLOPE_FAIL_LEVEL) {
            v->verdict = MB_VERDICT_REGRESSED;
            v->reason = NULL;
        } else if (v->verdict == MB_VERDICT_REGRESSED || v->p_suspect < MB_SLOPE_PASS_LEVEL) {
            v->verdict = MB_VERDICT_SUSPECT;
            v->reason = "within chance and drift between sessions";
        }
    }
}
