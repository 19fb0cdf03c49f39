#include "judge/leak_steps.h"

#include "base/sort.h"
#include "judge/leak_blocks.h"

#include <math.h>
#include <string.h>

enum { CELLS = 120, CELLS_LEAST = 8, TREAD_CELLS = 6, REGULAR_RISES = 3, LINE_RISES = 8 };
static const double PENALTY = 30, DEVIATION_LEAST_BYTES = 4096.0 / 3, APART_DEVIATIONS = 5, APART_RATIO = 0.02,
                    FALL_RATIO = 0.1, LAST_TREAD_RATIO = 2, QUIET_RATIO = 0.5, TREAD_RISE_RATIO = 0.3,
                    EQUAL_RATIO = 0.75, LINE_RATIO = 0.1;

/* Cells, and the levels that they fall into. */
typedef struct stairs {
    size_t cell_count, level_count;
    double cells[CELLS], deviation, range;
    double levels[CELLS];
    size_t starts[CELLS + 1]; /* the first cell of each level, and behind the last */
} stairs;

static double middle_of(const double *values, size_t count)
{
    double scratch[CELLS];
    memcpy(scratch, values, count * sizeof *scratch);
    return mb_median(scratch, count);
}

static void cut_cells(stairs *s, const double *time_seconds, const double *value_bytes, size_t count,
                      bool uses_quantile, double *scratch)
{
    s->cell_count =
        mb_soak_cells_cut(time_seconds, value_bytes, count, CELLS, uses_quantile ? 10 : 2, scratch, s->cells);
    double differences[CELLS];
    for (size_t i = 1; i < s->cell_count; i++)
        differences[i - 1] = fabs(s->cells[i] - s->cells[i - 1]);
    if (s->cell_count > 1)
        s->deviation = 1.4826 / sqrt(2) * mb_median(differences, s->cell_count - 1);
    s->deviation = fmax(s->deviation, DEVIATION_LEAST_BYTES);
}

/* The partition whose squares, in variances, and penalties are the least. Only the first and the last level may be a
 * cell alone: elsewhere that is the cell in which a step lies. */
static void split(stairs *s)
{
    double sums[CELLS + 1] = {0}, squares[CELLS + 1] = {0}, costs[CELLS + 1];
    size_t last[CELLS + 1] = {0}, n = s->cell_count;
    for (size_t i = 0; i < n; i++) {
        double value = (s->cells[i] - s->cells[0]) / s->deviation;
        sums[i + 1] = sums[i] + value;
        squares[i + 1] = squares[i] + value * value;
    }
    costs[0] = -PENALTY;
    for (size_t end = 1; end <= n; end++) {
        costs[end] = INFINITY;
        for (size_t start = 0; start < end; start++) {
            double sum = sums[end] - sums[start], length = (double)(end - start);
            double cost = costs[start] + squares[end] - squares[start] - sum * sum / length + PENALTY;
            if (cost < costs[end] && (end - start > 1 || start == 0 || end == n)) {
                costs[end] = cost;
                last[end] = start;
            }
        }
    }
    for (size_t end = n; end > 0; end = last[end])
        s->level_count++;
    size_t level = s->level_count;
    s->starts[level] = n;
    for (size_t end = n; level-- > 0; end = last[end])
        s->starts[level] = last[end];
}

/* Levels that are too near become one. */
static void merge(stairs *s)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t l = 0; l < s->level_count; l++) {
        s->levels[l] = middle_of(s->cells + s->starts[l], s->starts[l + 1] - s->starts[l]);
        low = fmin(low, s->levels[l]);
        high = fmax(high, s->levels[l]);
    }
    s->range = high - low;
    double apart = fmax(APART_DEVIATIONS * s->deviation, APART_RATIO * s->range);
    size_t kept = 0, cell_count = s->starts[s->level_count];
    for (size_t l = 1; l < s->level_count; l++) {
        size_t next = s->starts[l + 1];
        if (fabs(s->levels[l] - s->levels[kept]) < apart) {
            s->levels[kept] = middle_of(s->cells + s->starts[kept], next - s->starts[kept]);
            continue;
        }
        kept++;
        s->levels[kept] = s->levels[l];
        s->starts[kept] = s->starts[l];
    }
    s->level_count = kept + 1;
    s->starts[s->level_count] = cell_count;
}

static size_t length_of(const stairs *s, size_t level) { return s->starts[level + 1] - s->starts[level]; }

/* Three treads or more that are long enough to tell, and none that rises. The cells at their ends may hold a step. */
static bool are_level(const stairs *s)
{
    size_t told = 0;
    for (size_t l = 0; l < s->level_count; l++) {
        size_t length = length_of(s, l) - 2, third = length / 3;
        if (length_of(s, l) < TREAD_CELLS)
            continue;
        const double *cells = s->cells + s->starts[l] + 1;
        double step = l + 1 < s->level_count ? s->levels[l + 1] - s->levels[l] : s->levels[l] - s->levels[l - 1];
        third = third > 0 ? third : 1;
        told++;
        if (middle_of(cells + length - third, third) - middle_of(cells, third) > TREAD_RISE_RATIO * step)
            return false;
    }
    return told >= REGULAR_RISES;
}

static bool are_regular(const stairs *s)
{
    double least = INFINITY, most = 0;
    size_t shortest = CELLS, longest = 0;
    for (size_t l = 1; l < s->level_count; l++) {
        least = fmin(least, s->levels[l] - s->levels[l - 1]);
        most = fmax(most, s->levels[l] - s->levels[l - 1]);
        if (l + 1 == s->level_count)
            break;
        shortest = length_of(s, l) < shortest ? length_of(s, l) : shortest;
        longest = length_of(s, l) > longest ? length_of(s, l) : longest;
    }
    return s->level_count > REGULAR_RISES && least > EQUAL_RATIO * most && shortest + 2 >= longest;
}

/* Whether the levels lie near a line through where they begin. */
static bool are_on_line(const stairs *s, size_t longest)
{
    double n = (double)s->level_count - 1, x = 0, y = 0, xx = 0, xy = 0, worst = 0;
    for (size_t l = 1; l < s->level_count; l++) {
        double at = (double)s->starts[l];
        x += at;
        y += s->levels[l];
        xx += at * at;
        xy += at * s->levels[l];
    }
    double slope = (n * xy - x * y) / (n * xx - x * x), overhead = (y - slope * x) / n;
    for (size_t l = 1; l < s->level_count; l++)
        worst = fmax(worst, fabs(s->levels[l] - overhead - slope * (double)s->starts[l]));
    return s->level_count > LINE_RISES && worst < LINE_RATIO * s->range &&
           length_of(s, s->level_count - 1) <= longest + longest / 2 + 1;
}

/* The last rise, and whether it is so near to the end that stairs could have their next one still to come. */
static void find_last(const stairs *s, double seconds, double least_rise_bytes, mb_soak_stairs *found)
{
    size_t last = s->level_count - 1;
    double quiet = (double)length_of(s, last) / (double)s->cell_count;
    found->last_rise_bytes = s->levels[last] - s->levels[last - 1];
    found->quiet_seconds = quiet * seconds;
    found->is_late = found->last_rise_bytes > least_rise_bytes && quiet < QUIET_RATIO;
}

void mb_soak_stairs_find(const double *time_seconds, const double *value_bytes, size_t count, bool uses_quantile,
                         double least_rise_bytes, double *scratch, mb_soak_stairs *found)
{
    stairs s = {0};
    size_t longest = 0;
    *found = (mb_soak_stairs){0};
    cut_cells(&s, time_seconds, value_bytes, count, uses_quantile, scratch);
    if (s.cell_count < CELLS_LEAST)
        return;
    split(&s);
    merge(&s);
    for (size_t l = 1; l < s.level_count; l++) {
        if (s.levels[l - 1] - s.levels[l] > FALL_RATIO * s.range) {
            found->rise_count = 0;
            return;
        }
        found->rise_count += s.levels[l] > s.levels[l - 1];
        longest = length_of(&s, l - 1) > longest ? length_of(&s, l - 1) : longest;
    }
    double rise = s.levels[s.level_count - 1] - s.levels[0];
    if (found->rise_count > 0 && rise > least_rise_bytes)
        find_last(&s, time_seconds[count - 1] - time_seconds[0], least_rise_bytes, found);
    if (found->rise_count < 2 || !(rise > least_rise_bytes) ||
        (double)length_of(&s, s.level_count - 1) > LAST_TREAD_RATIO * (double)(longest + 1))
        return;
    found->step_bytes = rise / (double)found->rise_count;
    found->are_stairs = true;
    found->has_treads = are_level(&s);
    found->are_leak = found->has_treads && (are_regular(&s) || are_on_line(&s, longest));
}
