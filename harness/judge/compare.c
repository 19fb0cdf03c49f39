#include "judge/compare.h"

#include "base/error.h"
#include "judge/allowance.h"
#include "judge/gate_levels.h"
#include "judge/ranks.h"
#include "model/differences.h"

#include <math.h>
#include <string.h>

/* One metric of one case, made ready for the tests. */
typedef struct side {
    double sorted[MB_STATS_SAMPLES_MAX];
    size_t sorted_count;
} side;

static const char *const verdict_names[MB_VERDICT_COUNT] = {
    [MB_VERDICT_NOT_REGRESSED] = "NOT REGRESSED",
    [MB_VERDICT_IMPROVED] = "IMPROVED",
    [MB_VERDICT_SHOWN] = "SHOWN",
    [MB_VERDICT_NOT_COMPARABLE] = "NOT COMPARABLE",
    [MB_VERDICT_NO_BASELINE] = "NO BASELINE",
    [MB_VERDICT_INCONCLUSIVE] = "INCONCLUSIVE",
    [MB_VERDICT_SUSPECT] = "SUSPECT",
    [MB_VERDICT_SHRANK] = "SHRANK",
    [MB_VERDICT_REGRESSED] = "REGRESSED",
};

const char *mb_verdict_name(mb_verdict verdict) { return verdict_names[verdict]; }

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t mb_gate_sorted(const mb_series *series, double sorted[MB_STATS_SAMPLES_MAX])
{
    size_t count = least(series->count, MB_STATS_SAMPLES_MAX);
    for (size_t i = 0; i < count; i++)
        sorted[i] = series->values[i * series->count / count];
    mb_sort(sorted, count);
    return count;
}

double mb_gate_median(const mb_series *series)
{
    double sorted[MB_STATS_SAMPLES_MAX];
    size_t count = mb_gate_sorted(series, sorted);
    return mb_median_sorted(sorted, count);
}

static void side_init(side *s, const mb_series *series) { s->sorted_count = mb_gate_sorted(series, s->sorted); }

/* False on NaN, infinity and what is too large to subtract. */
static bool is_numeric(const mb_series *series)
{
    for (size_t i = 0; i < series->count; i++)
        if (!(fabs(series->values[i]) <= 1e300))
            return false;
    return true;
}

static double tail_p(const double *bounds, size_t m, const double *y, size_t n)
{
    size_t above = 0;
    while (above < n && y[n - 1 - above] > bounds[m - 1])
        above++;
    return mb_tail_p(m, n, above);
}

/* Exact p values wherever one of them is near a level that decides; elsewhere their upper bounds, which are cheap. */
static mb_rank_p rank_p(const mb_rank_sum *sum)
{
    mb_rank_p low, high;
    mb_rank_bounds(sum, &low, &high);
    bool less_decided = high.less < MB_GATE_PASS_LEVEL || low.less >= MB_GATE_SCREEN_LEVEL ||
                        (low.less >= MB_GATE_PASS_LEVEL && high.less < MB_GATE_SCREEN_LEVEL);
    bool greater_decided = low.greater >= MB_GATE_PASS_LEVEL;
    return less_decided && greater_decided ? high : mb_rank_exact(sum);
}

/* Tests y against the allowed growth of x. */
static mb_rank_p test_growth(const double *x, size_t m, const double *y, size_t n, mb_bound by, double *p_tail)
{
    double bounds[MB_STATS_SAMPLES_MAX];
    for (size_t i = 0; i < m; i++)
        bounds[i] = mb_bound_of(x[i], by);
    mb_rank_sum sum;
    mb_rank_sum_of(bounds, m, y, n, &sum);
    *p_tail = tail_p(bounds, m, y, n);
    return rank_p(&sum);
}

/* Where current values lie that are not in the middle: above every bound, and below everything the baseline had. */
static void count_tails(mb_comparison *c, const side *baseline, const side *current, mb_bound by)
{
    const double *x = baseline->sorted, *y = current->sorted;
    size_t m = baseline->sorted_count, n = current->sorted_count;
    for (size_t i = 0; i < n; i++) {
        c->above_count += y[i] > mb_bound_of(x[m - 1], by);
        c->below_count += y[i] < x[0];
    }
    c->baseline_highest = x[m - 1];
    c->current_highest = y[n - 1];
}

/* y below as many values of x as cannot be there by chance. */
static double test_improved(const mb_comparison *c, const side *baseline, const side *current, double drift,
                            const mb_gate_policy *policy)
{
    const double *x = baseline->sorted, *y = current->sorted;
    size_t m = baseline->sorted_count, n = current->sorted_count;
    double p_tail;
    double floor = mb_floor_noisy(mb_metric_info(c->metric), mb_middle_range(y, n), policy);
    mb_bound by = mb_bound_of_shrinking(c, floor, policy);
    by.ratio *= drift;
    mb_rank_p p = test_growth(y, n, x, m, by, &p_tail);
    return mb_gate_either(p.greater, p_tail);
}

static void compare_ranks(mb_comparison *c, const side *baseline, const side *current, const mb_gate_policy *policy)
{
    const mb_quantity_info *info = mb_metric_info(c->metric);
    const double *x = baseline->sorted, *y = current->sorted;
    size_t m = baseline->sorted_count, n = current->sorted_count;
    double spread = mb_middle_range(x, m), drift = 1 + mb_drift_allowance(spread, mb_median_sorted(x, m), policy);
    mb_bound by = mb_bound_of_growth(c, mb_floor_noisy(info, spread, policy), policy);
    c->floor = by.floor;
    c->path = MB_PATH_RANK;
    c->verdict = MB_VERDICT_INCONCLUSIVE;
    mb_rank_p p = test_growth(x, m, y, n, by, &c->p_tail);
    c->p_fail = p.greater;
    c->p_pass = p.less;
    count_tails(c, baseline, current, by);
    /* What is not beyond the threshold is not beyond the drift allowance either. */
    if (fmin(c->p_fail, c->p_tail) < MB_GATE_PASS_LEVEL) {
        by.ratio *= drift;
        p = test_growth(x, m, y, n, by, &c->p_tail_drift);
        c->p_fail_drift = p.greater;
        c->p_pass_drift = p.less;
    }
    if (c->difference < 0)
        c->p_improved = test_improved(c, baseline, current, drift, policy);
}

/* Both series constant. What cannot be final is left to Holm: the chance that a metric that varies showed one value
 * m times and a greater one n times is at most one in C(m+n, n). */
static void compare_constants(mb_comparison *c, double x, double y, const mb_gate_policy *policy)
{
    const mb_quantity_info *info = mb_metric_info(c->metric);
    mb_bound by = mb_bound_of_growth(c, mb_floor_exact(info, policy), policy);
    c->floor = by.floor;
    size_t n = c->current_count;
    c->path = MB_PATH_EXACT;
    c->verdict = MB_VERDICT_NOT_REGRESSED;
    if (y == x) {
        c->reason = "unchanged";
        c->samples_wanted = least(c->samples_to_pass, policy->sample_limit);
        return;
    }
    c->samples_wanted = least(MB_GATE_LOOK_FIRST_COUNT, policy->sample_limit);
    if (y > mb_bound_of(x, by)) {
        bool is_exact =
            c->baseline_count >= MB_GATE_BASELINE_EXACT_COUNT || c->samples_to_fail == MB_GATE_COUNTED_COUNT;
        if (is_exact && n >= c->samples_to_fail) {
            c->verdict = MB_VERDICT_REGRESSED;
            return;
        }
        c->path = MB_PATH_RANK;
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->p_fail = mb_tail_p(least(c->baseline_count, MB_STATS_SAMPLES_MAX), least(n, MB_STATS_SAMPLES_MAX),
                              least(n, MB_STATS_SAMPLES_MAX));
        c->p_fail_drift = c->p_tail = c->p_tail_drift = c->p_fail;
        return;
    }
    c->reason = y > mb_bound_of(x, (mb_bound){by.ratio, c->threshold_extra, 0}) ? "grew within the floor"
                                                                                : "changed within the threshold";
    if (x > mb_bound_of(y, mb_bound_of_shrinking(c, by.floor, policy))) {
        c->verdict = mb_verdict_of_less(policy);
        c->reason = NULL;
    }
}

static void estimate(mb_comparison *c, const side *baseline, const side *current, const mb_gate_policy *policy)
{
    const double *x = baseline->sorted, *y = current->sorted;
    size_t m = baseline->sorted_count, n = current->sorted_count;
    mb_estimate shift = mb_shift_estimate(x, m, y, n, policy->confidence_level);
    c->difference = shift.value;
    c->difference_low = shift.low;
    c->difference_high = shift.high;
    c->has_ratio = x[0] > 0;
    if (c->has_ratio) {
        mb_estimate ratio = mb_ratio_estimate(x, m, y, n, policy->confidence_level);
        c->ratio = ratio.value;
        c->ratio_low = ratio.low;
        c->ratio_high = ratio.high;
    }
}

static void estimate_constants(mb_comparison *c, double x, double y)
{
    c->baseline_median = x;
    c->current_median = y;
    c->difference = c->difference_low = c->difference_high = y - x;
    c->has_ratio = x > 0;
    if (c->has_ratio)
        c->ratio = c->ratio_low = c->ratio_high = y / x;
}

static void compare_series(mb_comparison *c, const mb_series *baseline, const mb_series *current, bool moves,
                           const mb_gate_policy *policy)
{
    bool constants = c->baseline_exact && c->current_exact;
    if (constants)
        estimate_constants(c, baseline->values[0], current->values[0]);
    if (constants && (!c->gates || !moves)) {
        if (c->gates)
            compare_constants(c, baseline->values[0], current->values[0], policy);
    } else {
        side x, y;
        side_init(&x, baseline);
        side_init(&y, current);
        c->baseline_median = mb_median_sorted(x.sorted, x.sorted_count);
        c->baseline_spread = mb_middle_range(x.sorted, x.sorted_count);
        c->current_median = mb_median_sorted(y.sorted, y.sorted_count);
        if (!constants)
            estimate(c, &x, &y, policy);
        if (c->gates)
            compare_ranks(c, &x, &y, policy);
    }
    if (c->samples_wanted < c->current_count)
        c->samples_wanted = c->current_count;
}

static const mb_program_info *program_of(const mb_case_result *c, const mb_run_info *run)
{
    static const mb_program_info unknown;
    return c->program < run->program_count ? &run->programs[c->program] : &unknown;
}

/* Why metrics of a pass do not compare, or NULL. Of cases that ask for no random bytes it does not matter where these
 * come from. A command is what it is, whatever it links, and what it asks for is not known: its chance is as --entropy
 * says, and real where a result does not say. Times are shown whatever they were taken on. */
static void environment_reasons(const mb_case_result *x, const mb_run_info *run_a, const mb_case_result *y,
                                const mb_run_info *run_b, const char *reasons[MB_PASS_COUNT])
{
    enum {
        OF_HEAP = MB_DIFFERENT_ARCHITECTURE | MB_DIFFERENT_LIBC | MB_DIFFERENT_ALLOCATOR | MB_DIFFERENT_ENTROPY |
                  MB_DIFFERENT_CALLED_WITH,
        OF_PAGES = OF_HEAP | MB_DIFFERENT_PAGE_SIZE | MB_DIFFERENT_RSS_SOURCE | MB_DIFFERENT_ASLR | MB_DIFFERENT_THP,
        OF_COMMANDS = MB_DIFFERENT_ARCHITECTURE | MB_DIFFERENT_PAGE_SIZE,
    };
    const mb_program_info *a = program_of(x, run_a), *b = program_of(y, run_b);
    unsigned all = mb_run_differences(run_a, run_b) | mb_program_differences(a, b), of_case = all;
    if (x->random_request_count == 0 && y->random_request_count == 0)
        of_case &= ~(unsigned)MB_DIFFERENT_ENTROPY;
    bool is_fixed = mb_is_same_text(a->entropy, "fixed");
    unsigned chance = is_fixed != mb_is_same_text(b->entropy, "fixed") ? MB_DIFFERENT_ENTROPY : 0;
    reasons[MB_PASS_HEAP] = mb_difference_text(of_case & OF_HEAP);
    reasons[MB_PASS_PAGES] = mb_difference_text(of_case & OF_PAGES);
    reasons[MB_PASS_EXEC] = mb_difference_text((all & OF_COMMANDS) | chance);
    reasons[MB_PASS_TIME] = NULL;
}

/* Growth of an advisory case that would be looked into if it were not: said, and nothing more. */
static void advise(mb_comparison *c, const mb_gate_policy *policy)
{
    const mb_quantity_info *info = mb_metric_info(c->metric);
    bool is_exact = c->baseline_exact && c->current_exact;
    double floor = is_exact ? mb_floor_exact(info, policy) : mb_floor_noisy(info, c->baseline_spread, policy);
    mb_bound by = mb_bound_of_growth(c, floor, policy);
    if (c->current_median > mb_bound_of(c->baseline_median, by))
        c->reason = "grew beyond the threshold, but the case is advisory";
}

static void compare_metric(mb_comparison *c, const mb_series *baseline, const mb_series *current, unsigned flags,
                           const char *environment_reason, bool is_counted, size_t samples_to_pass,
                           const mb_gate_policy *policy)
{
    bool moves = mb_metric_info(c->metric)->pass == MB_PASS_PAGES && (flags & MB_CASE_THREADS) != 0;
    bool would_gate = mb_policy_gates(policy, c->metric, flags);
    c->gates = would_gate && !policy->is_advisory;
    c->is_advisory = would_gate && policy->is_advisory;
    c->threshold_ratio = policy->threshold_ratio[c->metric];
    c->threshold_extra = policy->threshold_extra[c->metric];
    c->baseline_count = baseline->count;
    c->current_count = c->samples_wanted = current->count;
    c->samples_to_fail = is_counted && mb_metric_info(c->metric)->pass == MB_PASS_HEAP ? MB_GATE_COUNTED_COUNT
                         : moves                                                       ? MB_GATE_THREADS_COUNT
                                                                                       : MB_GATE_LOOK_FIRST_COUNT;
    c->samples_to_pass = (uint16_t)samples_to_pass;
    c->p_fail = c->p_pass = c->p_tail = c->p_improved = c->p_adjusted = 1;
    c->p_fail_drift = c->p_pass_drift = c->p_tail_drift = 1;
    c->verdict = MB_VERDICT_NO_BASELINE;
    if (baseline->count == 0 || current->count == 0) {
        c->reason = baseline->count == 0 ? "the baseline has no samples" : "the current run has no samples";
        return;
    }
    if (!is_numeric(baseline) || !is_numeric(current)) {
        c->verdict = MB_VERDICT_INCONCLUSIVE;
        c->reason = "a sample is not a number";
        return;
    }
    c->baseline_exact = mb_series_is_exact(baseline);
    c->current_exact = mb_series_is_exact(current);
    if (environment_reason != NULL && !policy->ignore_environment) {
        c->gates = false; /* only its values are filled in */
        compare_series(c, baseline, current, moves, policy);
        c->gates = would_gate && !policy->is_advisory;
        c->verdict = MB_VERDICT_NOT_COMPARABLE;
        c->reason = environment_reason;
        return;
    }
    c->verdict = MB_VERDICT_SHOWN;
    compare_series(c, baseline, current, moves, policy);
    if (c->is_advisory)
        advise(c, policy);
}

/* Changed by more than is allowed, of a gating metric and whose values are all equal on either side. What shrank so
 * far may have grown at other addresses. */
static bool is_to_be_confirmed(const mb_comparison *c, const mb_gate_policy *policy)
{
    if (!c->baseline_exact || !c->current_exact || c->path == MB_PATH_NONE) /* the path of what does not gate */
        return false;
    const mb_quantity_info *info = mb_metric_info(c->metric);
    mb_bound by = mb_bound_of_growth(c, mb_floor_exact(info, policy), policy);
    return c->current_median > mb_bound_of(c->baseline_median, by) ||
           (c->path == MB_PATH_EXACT && c->baseline_median > mb_bound_of(c->current_median, by));
}

size_t mb_compare_samples_to_pass(const mb_case_result *baseline, const mb_run_info *baseline_run,
                                  const mb_case_result *current, const mb_run_info *current_run)
{
    bool is_as_before = mb_program_is_as_before(baseline_run, program_of(baseline, baseline_run), current_run,
                                                program_of(current, current_run));
    return is_as_before ? MB_GATE_AS_BEFORE_COUNT : MB_GATE_UNCHANGED_COUNT;
}

size_t mb_compare_case(const mb_case_result *baseline, const mb_run_info *baseline_run, const mb_case_result *current,
                       const mb_run_info *current_run, const mb_gate_policy *policy, size_t case_index, mb_arena *arena,
                       mb_comparison comparisons[MB_METRIC_COUNT])
{
    const char *reasons[MB_PASS_COUNT];
    environment_reasons(baseline, baseline_run, current, current_run, reasons);
    bool is_counted = baseline->is_counted && current->is_counted;
    size_t samples_to_pass = mb_compare_samples_to_pass(baseline, baseline_run, current, current_run);
    size_t count = 0;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        if (baseline->series[metric].count == 0 && current->series[metric].count == 0)
            continue;
        mb_comparison *c = &comparisons[count++];
        *c = (mb_comparison){.case_index = case_index, .metric = metric};
        compare_metric(c, &baseline->series[metric], &current->series[metric], baseline->flags | current->flags,
                       reasons[mb_metric_info(metric)->pass], is_counted, samples_to_pass, policy);
        if (arena != NULL && is_to_be_confirmed(c, policy))
            mb_conditions_look(c, &baseline->conditions[metric], &current->conditions[metric],
                               current->random_request_count > 0, policy, arena);
    }
    return count;
}
