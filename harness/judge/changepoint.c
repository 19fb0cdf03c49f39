#include "judge/changepoint.h"

#include "judge/changepoint_levels.h"
#include "judge/ranks.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_COUNT = 2 * MB_CHANGEPOINT_LEVEL_COUNT_MIN,
    RANKS_COUNT_MIN = 14, /* below it ranks are never sure: 7 + 7 have p 0.0006 at best, times 13 places */
    WINDOW = MB_STATS_SAMPLES_MAX
};
static const double GAP_LEAST = 2, GAP_CONFIDENCE = 0.99;
static const double range_max = 1e4;       /* in sigma: beyond it gaps are closed … */
static const double gap_max = 10;          /* … to that many */
static const double mad_to_sigma = 1.4826; /* of a normal distribution */

void mb_changepoint_rule_init(mb_changepoint_rule *rule)
{
    *rule = (mb_changepoint_rule){.confidence_level = 0.99, .least_ratio = 0.01};
}

size_t mb_changepoint_exact(const double *values, size_t count, mb_changepoint *changes)
{
    size_t found = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] != values[i - 1])
            changes[found++] = (mb_changepoint){i, values[i - 1], values[i], 1};
    return found;
}

typedef struct work {
    double *logs; /* of the values; where one is not above 0, the values themselves */
    bool has_logs;
    double *scaled;  /* these, in sigma around their median */
    double *scratch; /* for as many */
    size_t *from;    /* of each value: where the best last level began, when the series ends with it */
    size_t *starts;  /* of the levels found */
    size_t level_count;
} work;

/* Median of values, which are copied to room. */
static double median_of(const double *values, size_t count, double *scratch)
{
    memcpy(scratch, values, count * sizeof *scratch);
    return mb_median_select(scratch, count);
}

/* Where most neighbours are equal their median difference is 0 and says nothing: then the mean one has to do. */
static double sigma_of(const double *differences, size_t count, double *scratch)
{
    double median = median_of(differences, count, scratch), sum = 0;
    if (median > 0)
        return median * mad_to_sigma / sqrt(2);
    for (size_t i = 0; i < count; i++)
        sum += differences[i];
    return sum / (double)count * sqrt(acos(-1)) / 2;
}

/* No level reaches over a gap of more than twice the bound: such gaps are made smaller, which changes no cost, and sums
 * of squares stay exact however far off an outlier is. */
static void close_gaps(work *w, size_t count)
{
    size_t *order = w->from; /* not in use yet */
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    mb_order_by(w->scaled, sizeof *w->scaled, order, count);
    double last = w->scaled[order[0]], place = 0;
    for (size_t i = 0; i < count; i++) {
        double value = w->scaled[order[i]];
        place += fmin(value - last, gap_max);
        last = value;
        w->scaled[order[i]] = place;
    }
}

static void take_logs(const double *values, size_t count, work *w)
{
    w->has_logs = true;
    for (size_t i = 0; i < count; i++)
        w->has_logs = w->has_logs && values[i] > 0;
    for (size_t i = 0; i < count; i++)
        w->logs[i] = w->has_logs ? log(values[i]) : values[i];
}

static void scale(const double *values, size_t count, work *w)
{
    double low = values[0], high = values[0];
    for (size_t i = 1; i < count; i++) {
        w->scaled[i - 1] = fabs(values[i] - values[i - 1]);
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    double sigma = sigma_of(w->scaled, count - 1, w->scratch);
    double middle = median_of(values, count, w->scratch);
    for (size_t i = 0; i < count; i++)
        w->scaled[i] = (values[i] - middle) / sigma;
    if (high - low > range_max * sigma)
        close_gaps(w, count);
}

static size_t end_of(const work *w, size_t level, size_t count)
{
    return level + 1 < w->level_count ? w->starts[level + 1] : count;
}

static double two_sided(const mb_rank_p *one, size_t places)
{
    double p = 2 * fmin(one->greater, one->less) * (double)places;
    return p < 1 ? p : 1;
}

/* p of the level and the one before it coming from one source, by up to `window` values of each, over all places where
 * it might have started among these. Exact where it decides, else an upper bound. */
static double p_within(const double *values, size_t start, size_t before, size_t after, size_t window, double p_decides)
{
    double x[WINDOW], y[WINDOW];
    size_t m = before < window ? before : window, n = after < window ? after : window;
    mb_rank_sum sum;
    mb_rank_p low, high;
    memcpy(x, values + start - m, m * sizeof *x);
    memcpy(y, values + start, n * sizeof *y);
    mb_sort(x, m);
    mb_sort(y, n);
    mb_rank_sum_of(x, m, y, n, &sum);
    mb_rank_bounds(&sum, &low, &high);
    if (two_sided(&high, m + n - 1) > p_decides && two_sided(&low, m + n - 1) <= p_decides)
        high = mb_rank_exact(&sum); /* ties keep the bounds apart */
    return two_sided(&high, m + n - 1);
}

/* Half a window says it of most changes, and its null distribution is there already. */
static double p_of(const double *values, size_t count, const work *w, size_t level, double p_decides)
{
    size_t start = w->starts[level], before = start - w->starts[level - 1], after = end_of(w, level, count) - start;
    double p = p_within(values, start, before, after, WINDOW / 2, p_decides);
    if (p > p_decides && (before > WINDOW / 2 || after > WINDOW / 2))
        p = p_within(values, start, before, after, WINDOW, p_decides);
    return p;
}

/* Gap between two neighbouring parts, as a multiple of the larger of their ranges; 0 where they overlap. */
static double gap_of(const double *values, size_t first, size_t start, size_t end, double range_least)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = first; i < end; i++) {
        low[i >= start] = fmin(low[i >= start], values[i]);
        high[i >= start] = fmax(high[i >= start], values[i]);
    }
    double gap = fmax(low[1] - high[0], low[0] - high[1]);
    double range = fmax(fmax(high[0] - low[0], high[1] - low[1]), range_least);
    return gap > 0 && range > 0 ? gap / range : 0;
}

/* Ranges below half of the least change are not ranges. */
static double range_least(const work *w, const mb_changepoint_rule *rule)
{
    return w->has_logs ? log1p(rule->least_ratio) / 2 : DBL_MIN;
}

/* Whether the runs before and after a level's start, up to a window, are apart by the gap that few runs need. */
static bool is_apart(const work *w, size_t count, size_t level, const mb_changepoint_rule *rule)
{
    size_t start = w->starts[level], before = start - w->starts[level - 1], after = end_of(w, level, count) - start;
    size_t first = start - (before < WINDOW ? before : WINDOW), end = start + (after < WINDOW ? after : WINDOW);
    return gap_of(w->logs, first, start, end, range_least(w, rule)) > GAP_LEAST;
}

/* The best way to end a short series with a certain last level: how many levels, and where the one before the last
 * begins. */
typedef struct ending {
    size_t level_count, before;
} ending;

/* Levels of a short series: as many as can be with each gap between neighbours large enough. No two ways have as many:
 * of two gaps around a few values between levels only one can be more than twice the other. endings[a][b] is the best
 * for the values up to b when the last level begins at a. */
static void split_short(work *w, size_t count, const mb_changepoint_rule *rule)
{
    ending endings[RANKS_COUNT_MIN][RANKS_COUNT_MIN + 1] = {0};
    enum { LEAST = MB_CHANGEPOINT_LEVEL_COUNT_MIN };
    size_t last = 0;
    for (size_t b = LEAST; b <= count; b++) {
        endings[0][b] = (ending){1, 0};
        for (size_t a = LEAST; a + LEAST <= b; a++)
            for (size_t z = 0; z + LEAST <= a; z++) {
                ending *here = &endings[a][b], *before = &endings[z][a];
                size_t levels = before->level_count + 1;
                if (before->level_count > 0 && levels > here->level_count &&
                    gap_of(w->logs, z, a, b, range_least(w, rule)) > GAP_LEAST)
                    *here = (ending){levels, z};
            }
    }
    for (size_t a = 1; a < count; a++)
        last = endings[a][count].level_count > endings[last][count].level_count ? a : last;
    w->level_count = endings[last][count].level_count;
    for (size_t level = w->level_count, end = count; level-- > 0;) {
        size_t before = endings[last][end].before;
        w->starts[level] = last;
        end = last;
        last = before;
    }
}

static void drop_level(work *w, size_t level)
{
    memmove(w->starts + level, w->starts + level + 1, (w->level_count - level - 1) * sizeof *w->starts);
    w->level_count--;
}

/* What is too short to be a level belongs to the level before; the first one to the one behind it. */
static void drop_short(work *w, size_t count)
{
    for (size_t level = 0; level < w->level_count;) {
        bool is_short = end_of(w, level, count) - w->starts[level] < MB_CHANGEPOINT_LEVEL_COUNT_MIN;
        if (!is_short) {
            level++;
        } else if (level == 0) {
            drop_level(w, 1);
        } else {
            drop_level(w, level);
        }
    }
}

/* The start of a level as a change; confidence -1 where it is too small to be one. */
static mb_changepoint change_at(const double *values, size_t count, work *w, size_t level,
                                const mb_changepoint_rule *rule)
{
    size_t start = w->starts[level], was = w->starts[level - 1];
    mb_changepoint change = {
        .index = start,
        .before = median_of(values + was, start - was, w->scratch),
        .after = median_of(values + start, end_of(w, level, count) - start, w->scratch),
    };
    double difference = fabs(change.after - change.before);
    bool is_small = difference == 0 || difference < rule->least_ratio * fabs(change.before);
    if (is_small) {
        change.confidence = -1;
        return change;
    }
    change.confidence = 1 - p_of(values, count, w, level, 1 - rule->confidence_level);
    if (change.confidence < GAP_CONFIDENCE && is_apart(w, count, level, rule))
        change.confidence = GAP_CONFIDENCE;
    return change;
}

/* The least sure change goes first, since its neighbours may be surer without it. */
static size_t keep_sure(const double *values, size_t count, work *w, const mb_changepoint_rule *rule,
                        mb_changepoint *changes)
{
    for (size_t level = 1; level < w->level_count; level++)
        changes[level - 1] = change_at(values, count, w, level, rule);
    for (;;) {
        size_t worst = 0;
        double worst_confidence = rule->confidence_level;
        for (size_t level = 1; level < w->level_count; level++)
            if (changes[level - 1].confidence < worst_confidence) {
                worst_confidence = changes[level - 1].confidence;
                worst = level;
            }
        if (worst == 0)
            return w->level_count - 1;
        memmove(changes + worst - 1, changes + worst, (w->level_count - worst - 1) * sizeof *changes);
        drop_level(w, worst);
        for (size_t level = worst > 1 ? worst - 1 : 1; level <= worst && level < w->level_count; level++)
            changes[level - 1] = change_at(values, count, w, level, rule);
    }
}

static bool work_init(work *w, size_t count)
{
    *w = (work){0};
    w->logs = malloc(count * sizeof *w->logs);
    w->scaled = malloc(count * sizeof *w->scaled);
    w->scratch = malloc(count * sizeof *w->scratch);
    w->from = malloc(count * sizeof *w->from);
    w->starts = malloc(count * sizeof *w->starts);
    return w->logs != NULL && w->scaled != NULL && w->scratch != NULL && w->from != NULL && w->starts != NULL;
}

static void work_fini(work *w)
{
    free(w->logs);
    free(w->scaled);
    free(w->scratch);
    free(w->from);
    free(w->starts);
}

static bool split(work *w, const double *values, size_t count)
{
    scale(values, count, w);
    return mb_changepoint_cut(w->scaled, count, w->from, w->starts, &w->level_count);
}

bool mb_changepoint_levels(const double *values, size_t count, size_t *starts, size_t *level_count)
{
    work w;
    bool is_fine = work_init(&w, count) && split(&w, values, count);
    if (is_fine) {
        memcpy(starts, w.starts, w.level_count * sizeof *starts);
        *level_count = w.level_count;
    }
    work_fini(&w);
    return is_fine;
}

bool mb_changepoint_noisy(const double *values, size_t count, const mb_changepoint_rule *rule, mb_changepoint *changes,
                          size_t *change_count)
{
    work w;
    bool is_constant = true;
    for (size_t i = 1; i < count; i++)
        is_constant = is_constant && values[i] == values[0];
    if (count < LEAST_COUNT || is_constant) {
        *change_count = 0;
        return true;
    }
    bool is_fine = work_init(&w, count);
    if (is_fine) {
        take_logs(values, count, &w);
        if (count < RANKS_COUNT_MIN)
            split_short(&w, count, rule);
        else
            is_fine = split(&w, w.logs, count);
    }
    if (is_fine) {
        drop_short(&w, count);
        *change_count = keep_sure(values, count, &w, rule, changes);
    }
    work_fini(&w);
    return is_fine;
}
