#include "judge/leak_steps.h"

#include "base/sort.h"
#include "judge/leak_blocks.h"

#include <math.h>
#include <string.h>

enum { CELLS = 120, CELLS_LEAST = 8, TREAD_CELLS = 6, REGULAR_RISES = 3, LINE_RISES = 8, FEW = 5 };
static const double PENALTY = 30, DEVIATION_LEAST_BYTES = 4096.0 / 3, APART_DEVIATIONS = 5, APART_RATIO = 0.02,
                    FALL_RATIO = 0.1, LAST_TREAD_RATIO = 2, QUIET_RATIO = 0.5, TREAD_RISE_RATIO = 0.3,
                    EQUAL_RATIO = 0.75, LINE_RATIO = 0.1;

/* Cells, and the levels that they fall into. */
typedef struct stairs {
    size_t cell_count, level_count;
    double cells[CELLS], deviation, range, apart; /* levels nearer than that are one */
    double levels[CELLS];
    size_t starts[CELLS + 1]; /* the first cell of each level, and behind the last */
} stairs;

static double middle_of(const double *values, size_t count)
{
    double scratch[CELLS];
    memcpy(scratch, values, count * sizeof *scratch);
    return mb_median(scratch, count);
}

/* How many of the `within` values at an end are apart from all others: of the last, three quarters lie above 99 % of
 * those before, of the first below 99 % of those that follow; of fewer than five, all do. 0: none. Of several such
 * numbers the one with the widest gap. */
static size_t count_apart(const double *values, size_t count, size_t within, bool at_start, double *scratch)
{
    double widest = 0;
    size_t apart = 0;
    for (size_t tried = 1; tried <= within; tried += tried < FEW ? 1 : tried / 2) {
        size_t rest = count - tried;
        for (size_t i = 0; i < count; i++)
            scratch[i] = at_start ? -values[count - 1 - i] : values[i];
        double bound = mb_select(scratch, rest, tried < FEW ? rest - 1 : (rest - 1) * 99 / 100);
        double gap = mb_select(scratch + rest, tried, tried < FEW ? 0 : tried / 4) - bound;
        if (gap > widest) {
            widest = gap;
            apart = tried;
        }
    }
    return apart;
}

/* A rise within the first cell or the last leaves its median where it was, if most of the cell is on the other side.
 * Then the cell stands for what is apart from all the rest. */
static void mend_ends(stairs *s, const double *value_bytes, size_t count, double *scratch)
{
    size_t low = count_apart(value_bytes, count, count / CELLS, true, scratch);
    if (low > 0) {
        memcpy(scratch, value_bytes, low * sizeof *scratch);
        s->cells[0] = mb_median(scratch, low);
    }
    size_t high = count_apart(value_bytes, count, count / CELLS, false, scratch);
    if (high > 0) {
        memcpy(scratch, value_bytes + count - high, high * sizeof *scratch);
        s->cells[s->cell_count - 1] = mb_median(scratch, high);
    }
}

/* False when there are too few cells. */
static bool cut_cells(stairs *s, const double *time_seconds, const double *value_bytes, size_t count,
                      bool uses_quantile, double *scratch)
{
    double differences[CELLS];
    s->cell_count =
        mb_soak_cells_cut(time_seconds, value_bytes, count, CELLS, uses_quantile ? 10 : 2, scratch, s->cells);
    if (s->cell_count < CELLS_LEAST)
        return false;
    mend_ends(s, value_bytes, count, scratch);
    for (size_t i = 1; i < s->cell_count; i++)
        differences[i - 1] = fabs(s->cells[i] - s->cells[i - 1]);
    s->deviation = 1.4826 / sqrt(2) * mb_median(differences, s->cell_count - 1);
    s->deviation = fmax(s->deviation, DEVIATION_LEAST_BYTES);
    return true;
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
    s->apart = fmax(APART_DEVIATIONS * s->deviation, APART_RATIO * s->range);
    size_t kept = 0, cell_count = s->starts[s->level_count];
    for (size_t l = 1; l < s->level_count; l++) {
        size_t next = s->starts[l + 1];
        if (fabs(s->levels[l] - s->levels[kept]) < s->apart) {
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

/* Where memory falls by more than a tenth of the range it comes back, and what counts is the floor that it comes back
 * to: an hourly job may need 10 MiB for a minute and lose one. Each level becomes the least of it and all that follow.
 * At the end nothing follows: there a rise is one when it lasts longer than all that came back. False where nothing
 * does. */
static bool take_floor(stairs *s)
{
    double floors[CELLS], fall = FALL_RATIO * s->range;
    size_t last = s->level_count - 1, longest = 0, run = 0;
    floors[last] = s->levels[last];
    for (size_t l = last; l-- > 0;)
        floors[l] = fmin(s->levels[l], floors[l + 1]);
    for (size_t l = 0; l < s->level_count; l++) {
        run = s->levels[l] - floors[l] > fall ? run + length_of(s, l) : 0;
        longest = run > longest ? run : longest;
    }
    if (longest == 0)
        return false;
    for (size_t l = last; l > 0; l--)
        if (floors[l] > floors[l - 1] && s->cell_count - s->starts[l] <= longest + longest / 2 + 1)
            for (size_t k = l; k <= last; k++)
                floors[k] = floors[l - 1];
    size_t kept = 0;
    s->levels[0] = floors[0];
    for (size_t l = 1; l <= last; l++)
        if (floors[l] - s->levels[kept] >= s->apart) {
            s->levels[++kept] = floors[l];
            s->starts[kept] = s->starts[l];
        }
    s->level_count = kept + 1;
    s->starts[s->level_count] = s->cell_count;
    return true;
}

/* The shortest stretch up to the end over which memory rose above all that was before, by more than is tolerated; and
 * whether it is so short that stairs could have their next rise still to come. Memory that fell and then rose to where
 * it had been does not count. */
static void find_last(const stairs *s, double seconds, double least_rise_bytes, mb_soak_stairs *found)
{
    double last = s->levels[s->level_count - 1], before = s->levels[0];
    for (size_t l = 1; l < s->level_count && last - before > least_rise_bytes; l++) {
        double quiet = (double)(s->cell_count - s->starts[l]) / (double)s->cell_count;
        found->last_rise_bytes = last - before;
        found->quiet_seconds = quiet * seconds;
        found->is_late = quiet < QUIET_RATIO;
        before = fmax(before, s->levels[l]);
    }
}

void mb_soak_stairs_find(const double *time_seconds, const double *value_bytes, size_t count, bool uses_quantile,
                         double tolerated_bytes, double notable_bytes, double *scratch, mb_soak_stairs *found)
{
    stairs s = {0};
    size_t longest = 0, tread = 0; /* a tread may fall a little, and begins with a rise */
    *found = (mb_soak_stairs){0};
    if (!cut_cells(&s, time_seconds, value_bytes, count, uses_quantile, scratch))
        return;
    split(&s);
    merge(&s);
    bool came_back = take_floor(&s);
    find_last(&s, time_seconds[count - 1] - time_seconds[0], tolerated_bytes, found);
    double highest = s.levels[0];
    for (size_t l = 1; l < s.level_count; l++)
        if (s.levels[l] > highest) {
            highest = s.levels[l];
            found->rise_count++;
            longest = s.starts[l] - tread > longest ? s.starts[l] - tread : longest;
            tread = s.starts[l];
        }
    double rise = s.levels[s.level_count - 1] - s.levels[0];
    if (found->rise_count < 2 || (double)(s.cell_count - tread) > LAST_TREAD_RATIO * (double)(longest + 1))
        return;
    found->step_bytes = rise / (double)found->rise_count;
    found->has_treads = are_level(&s);
    found->are_stairs = rise > tolerated_bytes;
    found->are_slow = !found->are_stairs && rise > notable_bytes && !came_back && found->has_treads;
    found->are_leak =
        found->are_stairs && !came_back && found->has_treads && (are_regular(&s) || are_on_line(&s, longest));
}
