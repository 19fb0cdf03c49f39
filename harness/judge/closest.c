#include "judge/closest.h"

#include <math.h>

enum { EXCHANGES_MAX = 64 };     /* never seen beyond 20; rounding could otherwise go round in circles */
static const double NEAR = 1e-9; /* relative: distances that differ by less are equal */

static double rest_at(const mb_closest *line, const double *f, const double *y, const double *tolerance, size_t i)
{
    return (y[i] - line->overhead - line->coefficient * f[i]) / tolerance[i];
}

/* The point farthest from the line. */
static size_t find_farthest(const mb_closest *line, const double *f, const double *y, const double *tolerance,
                            size_t count)
{
    size_t farthest = 0;
    double distance = -1;
    for (size_t i = 0; i < count; i++) {
        double here = fabs(rest_at(line, f, y, tolerance, i));
        if (here > distance) {
            distance = here;
            farthest = i;
        }
    }
    return farthest;
}

/* The line that leaves at three points distances +d, -d, +d; d, which may be negative. */
static double level_three(const double *f, const double *y, const double *tolerance, const size_t at[3],
                          mb_closest *line)
{
    double first = f[at[2]] - f[at[1]], middle = f[at[2]] - f[at[0]], last = f[at[1]] - f[at[0]];
    double distance = (first * y[at[0]] - middle * y[at[1]] + last * y[at[2]]) /
                      (first * tolerance[at[0]] + middle * tolerance[at[1]] + last * tolerance[at[2]]);
    double low = y[at[0]] - distance * tolerance[at[0]], high = y[at[2]] - distance * tolerance[at[2]];
    line->coefficient = (high - low) / middle;
    line->overhead = low - line->coefficient * f[at[0]];
    return distance;
}

/* Replaces one of three points by another, so that the signs still alternate. */
static void exchange(size_t at[3], size_t point, bool is_above, bool is_first_above)
{
    size_t place = 0;
    while (place < 3 && at[place] < point)
        place++;
    bool is_place_above = place == 1 ? !is_first_above : is_first_above;
    if (place < 3 && is_above == is_place_above) {
        at[place] = point;
    } else if (place == 0) {
        at[2] = at[1];
        at[1] = at[0];
        at[0] = point;
    } else if (place < 3) {
        at[place - 1] = point;
    } else if (is_above == is_first_above) {
        at[2] = point;
    } else {
        at[0] = at[1];
        at[1] = at[2];
        at[2] = point;
    }
}

static void find_free(const double *f, const double *y, const double *tolerance, size_t count, mb_closest *line)
{
    size_t at[3] = {0, count / 2, count - 1};
    for (int i = 0; i < EXCHANGES_MAX; i++) {
        double distance = level_three(f, y, tolerance, at, line);
        size_t farthest = find_farthest(line, f, y, tolerance, count);
        double rest = rest_at(line, f, y, tolerance, farthest);
        line->distance = fabs(rest);
        if (line->distance <= fabs(distance) * (1 + NEAR) + NEAR)
            return;
        exchange(at, farthest, rest > 0, distance >= 0);
    }
}

/* The same with a given overhead: two points at distances of opposite sign. */
static void find_bound(const double *f, const double *y, const double *tolerance, size_t count, mb_closest *line)
{
    line->coefficient = (y[count - 1] - line->overhead) / f[count - 1];
    for (int i = 0; i < EXCHANGES_MAX; i++) {
        size_t above = 0, below = 0;
        for (size_t k = 1; k < count; k++) {
            double rest = rest_at(line, f, y, tolerance, k);
            above = rest > rest_at(line, f, y, tolerance, above) ? k : above;
            below = rest < rest_at(line, f, y, tolerance, below) ? k : below;
        }
        double highest = rest_at(line, f, y, tolerance, above), lowest = rest_at(line, f, y, tolerance, below);
        line->distance = fmax(fabs(highest), fabs(lowest));
        double weight = f[above] * tolerance[below] + f[below] * tolerance[above];
        if (fabs(highest + lowest) <= NEAR * line->distance + NEAR || !(weight > 0))
            return;
        line->coefficient =
            ((y[above] - line->overhead) * tolerance[below] + (y[below] - line->overhead) * tolerance[above]) / weight;
    }
}

mb_closest mb_closest_line(const double *f, const double *y, const double *tolerance, size_t count,
                           double overhead_least)
{
    mb_closest line = {0};
    find_free(f, y, tolerance, count, &line);
    if (line.overhead < overhead_least) {
        line.overhead = overhead_least;
        find_bound(f, y, tolerance, count, &line);
    }
    if (!(line.coefficient > 0))
        line.distance = INFINITY;
    return line;
}
