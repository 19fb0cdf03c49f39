#include "judge/leak.h"

#include "judge/leak_blocks.h"
#include "judge/leak_period.h"
#include "judge/leak_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double STEADY_RATIO = 0.7;     /* of the later half's slope to the earlier one's */
static const double FASTER_RATIO = 1.5;     /* of the same, where growth speeds up */
static const double STEP_RISE_RATIO = 0.6;  /* of a step to the total rise */
static const double SMALL_STEP_RATIO = 0.1; /* of the level: after a smaller one a later part may still be level */
static const double SAWTOOTH_RATIO = 12;    /* of a block's middle range to the noise: normal noise gives 2.6 */
static const double STOP_RATIO = 0.6;       /* of the slope: when the last fifth is surely below it, growth is ending */
static const double SURE_GROWTH_RATIO = 0.1; /* of the level at the start: certain growth beyond it is not a plateau */
static const double LONG_PERIOD_RATIO = 0.075; /* of the record: of longer ones 3/4 of it hold no ten blocks */
static const double PERIOD_AMPLITUDE = 2;      /* in deviations of the noise */
static const double NOTABLE_BYTES = 65536, NOTABLE_RATIO = 0.001; /* of the level: what slow stairs rise by at least */
enum { PERIODS_MIN = 3, PART_BLOCKS_MIN = 10, BLOCKS_FILLED_MIN = 20, HOUR_SECONDS = 3600 };

/* Of the slope's interval and of the mean increment's bound: for one look at 99 %, and for each of four that share it.
 */
static const double z_once = 2.576, z_repeated = 3.023, t_once = 2.467, t_repeated = 3.047;

void mb_soak_rule_init(mb_soak_rule *rule)
{
    *rule = (mb_soak_rule){
        .tolerance_bytes_per_hour = 256 * 1024, .tolerance_ratio_per_hour = 0.01, .least_seconds = 30 * 60};
}

double mb_soak_least_seconds(const mb_soak_rule *rule) { return fmax(rule->least_seconds, 3 * rule->period_seconds); }

/* What is known on the way to a verdict. Slopes in bytes a second. */
typedef struct judging {
    const double *time_seconds, *value_bytes, *operation_count;
    size_t count;
    const mb_soak_rule *rule;
    double *scratch;
    double z, t;
    double noise, tolerance;
    mb_soak_blocks blocks; /* of [T/4, T] */
    mb_soak_slope slope;
    double increment_low, early, late, step;
    size_t step_at;                                           /* the first block after it */
    bool is_stepped, is_steady, is_accelerating, is_periodic; /* blocks are whole periods */
    mb_soak_period period;
} judging;

static double start_of(const judging *j) { return j->time_seconds[0]; }
static double end_of(const judging *j) { return j->time_seconds[j->count - 1]; }

static double middle_of_three(const double *values)
{
    double three[3] = {values[0], values[1], values[2]};
    return mb_median(three, 3);
}

/* Lower bound of the mean increment from block to block, as of a random walk with drift. */
static double bound_increment(const mb_soak_blocks *blocks, double t)
{
    double mean = 0, squares = 0, n = (double)blocks->count - 1;
    double rates[MB_SOAK_BLOCKS];
    for (size_t i = 0; i + 1 < blocks->count; i++) {
        rates[i] = (blocks->values[i + 1] - blocks->values[i]) / (blocks->at_seconds[i + 1] - blocks->at_seconds[i]);
        mean += rates[i] / n;
    }
    for (size_t i = 0; i + 1 < blocks->count; i++)
        squares += (rates[i] - mean) * (rates[i] - mean);
    return mean - t * sqrt(squares / (n - 1)) / sqrt(n);
}

static void find_step(judging *j)
{
    const mb_soak_blocks *blocks = &j->blocks;
    size_t last = blocks->count - 3;
    for (size_t k = 3; k <= last; k++) {
        double step = middle_of_three(blocks->values + k) - middle_of_three(blocks->values + k - 3);
        if (step > j->step) {
            j->step = step;
            j->step_at = k;
        }
    }
    double rise = middle_of_three(blocks->values + last) - middle_of_three(blocks->values);
    j->is_stepped = j->step > STEP_RISE_RATIO * rise && j->step > 4 * j->noise / sqrt(blocks->samples_per_block);
}

/* What the halves say together. Faster and faster: the later half surely grows, surely by more than the earlier one,
 * and by more than a little; with a tolerance that was given, what is below it is a plateau all the same. */
static void compare_halves(judging *j, bool has_both, const mb_soak_slope *early, const mb_soak_slope *late)
{
    double apart = fmax(hypot(early->high - early->low, late->high - late->low) / 2, (FASTER_RATIO - 1) * early->value);
    j->early = early->value;
    j->late = late->value;
    j->is_steady = has_both && late->value >= STEADY_RATIO * early->value && late->value > 0;
    j->is_accelerating = has_both && j->rule->tolerance_ratio_per_hour > 0 && late->low > 0 &&
                         late->value - early->value > apart && late->value > j->tolerance / 2;
}

/* The later half of [T/10, T] grows about as much as the earlier one, and more than a little. */
static void find_steadiness(judging *j, double start, double end, bool use_minimum)
{
    double from = start + (end - start) / 10;
    mb_soak_blocks blocks;
    mb_soak_slope early = {0}, late = {0};
    const size_t half = MB_SOAK_BLOCKS / 2;
    mb_soak_blocks_cut(j->time_seconds, j->value_bytes, NULL, j->count, from, end, MB_SOAK_BLOCKS, use_minimum,
                       j->scratch, &blocks);
    size_t first_count = 0;
    while (first_count < blocks.count && blocks.at_seconds[first_count] < from + (double)half * blocks.block_seconds)
        first_count++;
    bool has_both = mb_soak_fit(blocks.at_seconds, blocks.values, first_count, j->z, &early) &&
                    mb_soak_fit(blocks.at_seconds + first_count, blocks.values + first_count,
                                blocks.count - first_count, j->z, &late);
    compare_halves(j, has_both, &early, &late);
}

static bool is_level_from(const judging *j, size_t first)
{
    mb_soak_slope slope;
    size_t count = j->blocks.count - first;
    return count >= PART_BLOCKS_MIN &&
           mb_soak_fit(j->blocks.at_seconds + first, j->blocks.values + first, count, j->z, &slope) &&
           slope.high < j->tolerance && slope.high > -j->tolerance; /* what surely falls is not level */
}

/* The first block of the part that is level; false when no part is that may be looked at. */
static bool find_level(const judging *j, double level, size_t *first, mb_soak_reason *reason)
{
    *first = 0;
    *reason = MB_SOAK_LEVEL;
    if (j->slope.high < j->tolerance)
        return true;
    if (j->is_stepped && j->step >= SMALL_STEP_RATIO * level)
        return false;
    *reason = MB_SOAK_LEVEL_LATE;
    const size_t parts[] = {j->blocks.count / 3, j->blocks.count - j->blocks.count / 3};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        *first = parts[i];
        if (is_level_from(j, *first))
            return true;
    }
    *reason = MB_SOAK_LEVEL_AFTER;
    *first = j->step_at;
    return j->step_at > 0 && is_level_from(j, *first);
}

/* The last fifth of the record surely grows less than the whole: a cache that has just been filled, a warm-up's end. */
static bool is_stopping(judging *j, bool use_minimum)
{
    enum { LAST_BLOCKS = 12 };
    mb_soak_blocks blocks;
    mb_soak_slope slope = {0};
    mb_soak_blocks_cut(j->time_seconds, j->value_bytes, NULL, j->count, end_of(j) - (end_of(j) - start_of(j)) / 5,
                       end_of(j), LAST_BLOCKS, use_minimum, j->scratch, &blocks);
    return mb_soak_fit(blocks.at_seconds, blocks.values, blocks.count, z_once, &slope) &&
           slope.high < STOP_RATIO * j->slope.value;
}

/* Growth that is certain and has added up to a share of the level, however slow it is. */
static bool is_sure_growth(const judging *j, double level)
{
    double seconds = end_of(j) - start_of(j), middle_of_blocks = 0.625;
    double at_start = level - j->slope.value * seconds * middle_of_blocks;
    return j->rule->tolerance_ratio_per_hour > 0 && j->slope.low > 0 && j->increment_low > 0 &&
           j->slope.low * seconds > SURE_GROWTH_RATIO * at_start;
}

/* A verdict from the levels of whole periods, which are few and long. */
static void decide_periods(judging *j, mb_soak_judgement *judgement)
{
    mb_soak_periods fit = mb_soak_periods_fit(j->time_seconds, j->value_bytes, j->count, j->period.seconds, j->scratch);
    double growth = fit.rate * (end_of(j) - start_of(j));
    bool is_sure = j->rule->tolerance_ratio_per_hour > 0 && fit.low > 0 && growth > SURE_GROWTH_RATIO * fit.first;
    judgement->slope = (mb_soak_slope){fit.rate * HOUR_SECONDS, fit.low * HOUR_SECONDS, fit.high * HOUR_SECONDS};
    judgement->period_count = fit.count;
    judgement->growth_bytes = growth;
    bool has_enough = fit.count > PERIODS_MIN || (fit.has_parts && !fit.is_ending);
    if (has_enough && (fit.low > j->tolerance || is_sure)) {
        judgement->verdict = MB_SOAK_LEAK;
        judgement->reason = MB_SOAK_PERIOD_GROWTH;
    } else if (fit.count >= PERIODS_MIN && !is_sure && fabs(fit.rate) < j->tolerance &&
               (fit.count == PERIODS_MIN || fit.high < 2 * j->tolerance)) {
        judgement->verdict = MB_SOAK_PLATEAU;
        judgement->reason = MB_SOAK_LEVEL_PERIODS;
        judgement->quiet_seconds = end_of(j) - start_of(j);
    } else {
        judgement->verdict = MB_SOAK_INCONCLUSIVE;
        judgement->reason = MB_SOAK_PERIODS_VARY;
    }
}

static mb_soak_reason find_obstacle(const judging *j)
{
    if (j->is_stepped)
        return MB_SOAK_STEPPED;
    if (j->slope.low <= j->tolerance)
        return MB_SOAK_NOISY;
    return j->is_steady ? MB_SOAK_RANDOM_WALK : MB_SOAK_DECELERATING;
}

static void take_step(const mb_soak_stairs *stairs, double seconds, mb_soak_judgement *judgement)
{
    judgement->step_bytes = stairs->last_rise_bytes;
    judgement->step_at_seconds = seconds - stairs->quiet_seconds;
}

/* A plateau from a block on, which says for how long: what comes less often than that cannot be seen. One step whose
 * successor would not have been due yet makes it none. */
static void judge_level(const judging *j, const mb_soak_stairs *stairs, size_t first, mb_soak_judgement *judgement)
{
    double seconds = end_of(j) - start_of(j);
    if (stairs->is_late) {
        judgement->verdict = MB_SOAK_INCONCLUSIVE;
        judgement->reason = MB_SOAK_STEPPED_LATE;
        take_step(stairs, seconds, judgement);
        return;
    }
    judgement->verdict = MB_SOAK_PLATEAU;
    judgement->level_from_seconds = j->blocks.at_seconds[first] - j->blocks.block_seconds / 2 - start_of(j);
    judgement->quiet_seconds = first > 0 ? seconds - judgement->level_from_seconds : seconds;
    if (judgement->has_risen)
        judgement->quiet_seconds = fmin(judgement->quiet_seconds, stairs->quiet_seconds);
}

static void decide_by(judging *j, const mb_soak_stairs *stairs, mb_soak_judgement *judgement)
{
    size_t first = 0;
    double seconds = end_of(j) - start_of(j);
    /* Without their line regular stairs are a sawtooth, so these go first. */
    if (!stairs->are_leak && !j->is_periodic && j->period.seconds > LONG_PERIOD_RATIO * seconds) {
        judgement->period_seconds = j->period.seconds;
        decide_periods(j, judgement);
        return;
    }
    bool is_sure = is_sure_growth(j, judgement->level_bytes);
    bool grows = (j->slope.low > j->tolerance && j->increment_low > 0) || j->increment_low > j->tolerance || is_sure;
    /* Below the tolerance the later half may not grow less than the earlier one at all. */
    bool is_steady = j->is_steady || (is_sure && j->late >= STEADY_RATIO * j->early);
    if (grows && is_steady && !j->is_stepped && !is_stopping(j, judgement->uses_minimum)) {
        judgement->verdict = MB_SOAK_LEAK;
        judgement->reason = MB_SOAK_STEADY_GROWTH;
    } else if (stairs->are_stairs) {
        judgement->verdict = stairs->are_leak ? MB_SOAK_LEAK : MB_SOAK_INCONCLUSIVE;
        judgement->reason = stairs->are_leak     ? MB_SOAK_STAIRS_GROWTH
                            : stairs->has_treads ? MB_SOAK_STAIRS
                                                 : find_obstacle(j);
    } else if (is_sure) {
        judgement->verdict = MB_SOAK_INCONCLUSIVE;
        judgement->reason = j->slope.low > j->tolerance ? find_obstacle(j) : MB_SOAK_SLOW;
    } else if (j->is_accelerating && !j->is_stepped) {
        judgement->verdict = MB_SOAK_INCONCLUSIVE;
        judgement->reason = MB_SOAK_ACCELERATING;
    } else if (find_level(j, judgement->level_bytes, &first, &judgement->reason)) {
        judge_level(j, stairs, first, judgement);
    } else {
        judgement->verdict = MB_SOAK_INCONCLUSIVE;
        judgement->reason = find_obstacle(j);
    }
}

static void decide(judging *j, mb_soak_judgement *judgement)
{
    double seconds = end_of(j) - start_of(j), notable = fmax(NOTABLE_BYTES, NOTABLE_RATIO * judgement->level_bytes);
    mb_soak_stairs stairs;
    mb_soak_stairs_find(j->time_seconds, j->value_bytes, j->count, judgement->uses_minimum, j->tolerance * seconds,
                        notable, j->scratch, &stairs);
    judgement->has_risen = stairs.last_rise_bytes > 0;
    if (stairs.is_late && stairs.rise_count == 1) /* blocks are longer, and see none near the end */
        take_step(&stairs, seconds, judgement);
    decide_by(j, &stairs, judgement);
    if (judgement->verdict == MB_SOAK_PLATEAU && stairs.are_slow && j->rule->tolerance_ratio_per_hour > 0) {
        judgement->verdict = MB_SOAK_INCONCLUSIVE;
        judgement->reason = MB_SOAK_STAIRS_SLOW;
        judgement->quiet_seconds = 0;
    }
    if (judgement->reason == MB_SOAK_STAIRS_GROWTH || judgement->reason == MB_SOAK_STAIRS ||
        judgement->reason == MB_SOAK_STAIRS_SLOW) {
        judgement->rise_count = stairs.rise_count;
        judgement->step_bytes = stairs.step_bytes;
    }
}

/* find_steadiness for blocks that are whole periods, all of them. */
static void find_steadiness_of_blocks(judging *j)
{
    mb_soak_slope early = {0}, late = {0};
    const mb_soak_blocks *blocks = &j->blocks;
    size_t half = blocks->count / 2;
    bool has_both = mb_soak_fit(blocks->at_seconds, blocks->values, half, j->z, &early) &&
                    mb_soak_fit(blocks->at_seconds + half, blocks->values + half, blocks->count - half, j->z, &late);
    compare_halves(j, has_both, &early, &late);
}

/* Finds the period, and where it is short makes blocks of as many whole ones, up to the end, so that no block holds
 * more of a period's upper half than the next. Periods below a quarter of a block do not matter: then medians, or the
 * lower ends of a sawtooth, are all alike. */
static bool cut_periods(judging *j)
{
    double seconds = end_of(j) - start_of(j), judged = 0.75 * seconds;
    j->period = (mb_soak_period){j->rule->period_seconds, INFINITY};
    if (!(j->period.seconds > 0))
        j->period = mb_soak_period_find(j->time_seconds, j->value_bytes, j->count, j->scratch);
    if (!(j->period.amplitude_bytes > PERIOD_AMPLITUDE * j->noise) || 3 * j->period.seconds > MB_SOAK_WHOLE * seconds)
        j->period = (mb_soak_period){0};
    if (!(j->period.seconds > judged / MB_SOAK_BLOCKS / 4) || j->period.seconds > LONG_PERIOD_RATIO * seconds)
        return false;
    double in_block = ceil(judged / j->period.seconds / MB_SOAK_BLOCKS);
    size_t wanted = (size_t)(judged / j->period.seconds / in_block);
    if (wanted < PART_BLOCKS_MIN)
        return false;
    double from = end_of(j) - (double)wanted * in_block * j->period.seconds;
    mb_soak_blocks_cut(j->time_seconds, j->value_bytes, j->operation_count, j->count, from, end_of(j), wanted, false,
                       j->scratch, &j->blocks);
    j->is_periodic = true;
    return true;
}

/* Everything but the verdict; false when too few blocks hold values. */
static bool measure(judging *j, mb_soak_judgement *judgement)
{
    double start = j->time_seconds[0], end = j->time_seconds[j->count - 1], from = start + (end - start) / 4;
    j->noise = mb_soak_noise(j->time_seconds, j->value_bytes, j->count, from, j->scratch);
    mb_soak_blocks *blocks = &j->blocks;
    mb_soak_blocks_cut(j->time_seconds, j->value_bytes, j->operation_count, j->count, from, end, MB_SOAK_BLOCKS, false,
                       j->scratch, blocks);
    bool use_minimum = !cut_periods(j) && blocks->median_range > SAWTOOTH_RATIO * j->noise;
    if (use_minimum)
        mb_soak_blocks_cut(j->time_seconds, j->value_bytes, j->operation_count, j->count, from, end, MB_SOAK_BLOCKS,
                           true, j->scratch, blocks);
    if (blocks->count < (j->is_periodic ? PART_BLOCKS_MIN : BLOCKS_FILLED_MIN) ||
        !mb_soak_fit(blocks->at_seconds, blocks->values, blocks->count, j->z, &j->slope))
        return false;
    memcpy(j->scratch, blocks->values, blocks->count * sizeof *j->scratch);
    double level = mb_median(j->scratch, blocks->count);
    j->tolerance =
        fmax(j->rule->tolerance_bytes_per_hour, j->rule->tolerance_ratio_per_hour * fabs(level)) / HOUR_SECONDS;
    j->increment_low = bound_increment(blocks, j->t);
    if (j->is_periodic)
        find_steadiness_of_blocks(j);
    else
        find_steadiness(j, start, end, use_minimum);
    find_step(j);
    *judgement = (mb_soak_judgement){
        .is_short = judgement->is_short,
        .seconds = judgement->seconds,
        .value_count = j->count,
        .has_slope = true,
        .slope = {j->slope.value * HOUR_SECONDS, j->slope.low * HOUR_SECONDS, j->slope.high * HOUR_SECONDS},
        .level_bytes = level,
        .tolerance_bytes_per_hour = j->tolerance * HOUR_SECONDS,
        .increment_low_bytes_per_hour = j->increment_low * HOUR_SECONDS,
        .early_bytes_per_hour = j->early * HOUR_SECONDS,
        .late_bytes_per_hour = j->late * HOUR_SECONDS,
        .step_bytes = j->step,
        .step_at_seconds = j->step_at > 0 ? blocks->at_seconds[j->step_at] - blocks->block_seconds / 2 - start : 0,
        .uses_minimum = use_minimum,
        .period_seconds = j->is_periodic ? j->period.seconds : 0,
        .period_count = j->is_periodic ? (size_t)((end - start) / j->period.seconds) : 0,
        .growth_bytes = j->slope.value * (end - start),
    };
    judgement->has_per_operation =
        j->operation_count != NULL &&
        mb_soak_fit(blocks->operations, blocks->values, blocks->count, j->z, &judgement->per_operation);
    return true;
}

bool mb_soak_judge(const double *time_seconds, const double *value_bytes, const double *operation_count, size_t count,
                   const mb_soak_rule *rule, mb_soak_judgement *judgement)
{
    mb_soak_judgement made = {.verdict = MB_SOAK_INCONCLUSIVE, .reason = MB_SOAK_TOO_FEW, .value_count = count};
    made.seconds = count > 0 ? time_seconds[count - 1] - time_seconds[0] : 0;
    /* A second is lost to the first tick and the last: 1,800 s are what was asked for. */
    made.is_short = made.seconds < 0.998 * mb_soak_least_seconds(rule);
    if (count >= MB_SOAK_BLOCKS) {
        double *scratch = malloc((count + MB_SOAK_BLOCKS) * sizeof *scratch);
        if (scratch == NULL)
            return false;
        judging j = {.time_seconds = time_seconds,
                     .value_bytes = value_bytes,
                     .operation_count = operation_count,
                     .count = count,
                     .rule = rule,
                     .scratch = scratch,
                     .z = rule->is_repeated ? z_repeated : z_once,
                     .t = rule->is_repeated ? t_repeated : t_once};
        bool is_measured = measure(&j, &made);
        if (is_measured && (!made.is_short || rule->force))
            decide(&j, &made);
        else if (made.is_short && !rule->force) {
            made.verdict = MB_SOAK_INCONCLUSIVE;
            made.reason = MB_SOAK_TOO_SHORT;
        }
        free(scratch);
    } else if (made.is_short && !rule->force)
        made.reason = MB_SOAK_TOO_SHORT;
    *judgement = made;
    return true;
}
