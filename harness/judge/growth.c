#include "judge/growth.h"

#include "judge/closest.h"
#include "judge/growth_points.h"

#include <math.h>

enum { LEVELS_LEAST = 3 };

/* In units of tight, and in shares of the range. */
static const double OTHERS_BEYOND = 3, RANGE_RATIO = 0.03, TIGHT_RATIO_MOST = 0.1;

static const double EXPONENT_MOST = 4, EXPONENT_STEP = 0.4, EXPONENT_LEAST = 0.1, NEARLY_AS_CLOSE = 1.5,
                    POWER_RATIO_MOST = 0.25;

const char *mb_growth_name(mb_growth growth)
{
    static const char *const names[] = {
        [MB_GROWTH_CONSTANT] = "1",        [MB_GROWTH_LOG] = "lg N",   [MB_GROWTH_LINEAR] = "N",
        [MB_GROWTH_LINEAR_LOG] = "N lg N", [MB_GROWTH_SQUARE] = "N^2", [MB_GROWTH_NONE] = "?"};
    return names[growth];
}

double mb_growth_term(mb_growth growth, double n)
{
    switch (growth) {
    case MB_GROWTH_CONSTANT:
        return 1;
    case MB_GROWTH_LOG:
        return n > 1 ? log2(n) : 0;
    case MB_GROWTH_LINEAR:
        return n;
    case MB_GROWTH_LINEAR_LOG:
        return n > 1 ? n * log2(n) : 0;
    case MB_GROWTH_SQUARE:
        return n * n;
    case MB_GROWTH_NONE:
        break;
    }
    return NAN;
}

/* How far the points are from a class: in units of the tolerance, and of the range. */
typedef struct distance {
    double tight, range;
} distance;

static distance measure_class(mb_growth growth, const mb_growth_points *points, const double *tolerance)
{
    double f[MB_FIT_POINTS_MAX], largest = 0;
    for (size_t i = 0; i < points->count; i++)
        f[i] = mb_growth_term(growth, points->x[i]);
    mb_closest line = mb_closest_line(f, points->y, tolerance, points->count, points->overhead_least);
    if (!(line.distance < INFINITY))
        return (distance){INFINITY, INFINITY};
    for (size_t i = 0; i < points->count; i++)
        largest = fmax(largest, fabs(points->y[i] - line.overhead - line.coefficient * f[i]));
    return (distance){line.distance, largest / points->range};
}

static double measure_power(const mb_growth_points *points, double exponent)
{
    double f[MB_FIT_POINTS_MAX];
    for (size_t i = 0; i < points->count; i++)
        f[i] = points->x[i] > 0 ? exp(exponent * points->log_x[i]) : 0;
    return mb_closest_line(f, points->y, points->tight, points->count, points->overhead_least).distance;
}

static void put(mb_growth_fit *found, mb_growth growth)
{
    found->growth = found->possible_count == 0 ? growth : found->growth;
    found->is_possible[growth] = true;
    found->possible_count++;
}

/* Puts in the classes whose distance is at most that; the constant one by its range. */
static void put_within(mb_growth_fit *found, const distance *distances, double tight_most, double range_most)
{
    for (mb_growth g = MB_GROWTH_LOG; g < MB_GROWTH_COUNT; g++)
        if (distances[g].tight <= tight_most || distances[g].range <= range_most)
            put(found, g);
}

/* Whether three medians or more lie clearly above the smallest: at 1, 10 … 10000 all but two are as
 * good as 0 in pages, and one value less from a slab decides between N and N lg N. */
static bool has_levels(const mb_growth_points *points)
{
    size_t count = 0;
    for (size_t i = 0; i < points->count; i++)
        count += points->y[i] - points->lowest > OTHERS_BEYOND * points->tight[i];
    return count >= LEVELS_LEAST;
}

/* The class that alone is within tight, or all that may be meant; whether one is within 3 times tight. */
static bool find_classes(const mb_growth_points *points, mb_growth_fit *found)
{
    static const mb_growth_fit none = {.growth = MB_GROWTH_NONE};
    distance distances[MB_GROWTH_COUNT];
    double closest = INFINITY;
    for (mb_growth g = MB_GROWTH_LOG; g < MB_GROWTH_COUNT; g++) {
        distances[g] = measure_class(g, points, points->tight);
        closest = fmin(closest, distances[g].tight);
    }
    /* Half the range is the largest distance from a constant. */
    bool may_be_constant = points->range <= 2 * OTHERS_BEYOND * points->tight_most;
    if (may_be_constant)
        put(found, MB_GROWTH_CONSTANT);
    if (closest <= 1 && points->tight_most <= TIGHT_RATIO_MOST * points->range && has_levels(points)) {
        put_within(found, distances, OTHERS_BEYOND, 0);
        /* Beyond the last class there are others. */
        if (found->growth == MB_GROWTH_SQUARE && measure_power(points, 3) <= OTHERS_BEYOND)
            *found = none;
        return found->possible_count > 0;
    }
    put_within(found, distances, OTHERS_BEYOND, RANGE_RATIO);
    if (found->possible_count == 1) /* it does not fit well enough to be named alone */
        *found = none;
    return closest <= OTHERS_BEYOND;
}

/* On treads a class is possible within half a step, rounding apart. */
static bool find_steps(const mb_growth_points *points, double step, mb_growth_fit *found)
{
    double tolerance[MB_FIT_POINTS_MAX], f[MB_FIT_POINTS_MAX];
    distance distances[MB_GROWTH_COUNT];
    for (size_t i = 0; i < points->count; i++) {
        tolerance[i] = step / 2;
        f[i] = mb_growth_term(MB_GROWTH_LINEAR, points->x[i]);
    }
    for (mb_growth g = MB_GROWTH_LOG; g < MB_GROWTH_COUNT; g++)
        distances[g] = measure_class(g, points, tolerance);
    mb_closest line = mb_closest_line(f, points->y, tolerance, points->count, points->overhead_least);
    if (!(line.distance <= 1) || !mb_growth_has_treads(points, line.coefficient))
        return false;
    put_within(found, distances, 1 + 1e-9, 0);
    found->step_units = step / line.coefficient;
    return true;
}

/* Where between a power that is close and one that is not the distance exceeds `most`. */
static double find_edge(const mb_growth_points *points, double close, double far, double most)
{
    if (measure_power(points, far) <= most)
        return far;
    for (int i = 0; i < 10; i++) {
        double middle = (close + far) / 2;
        if (measure_power(points, middle) <= most)
            close = middle;
        else
            far = middle;
    }
    return far;
}

/* The exponent between low and high that is closest, by the golden section: until 0.001 is left, or where the power is
 * close (exact values lie on one) until it is within tight. */
static double refine_power(const mb_growth_points *points, double low, double high, double *least)
{
    static const double golden = 0.6180339887498949;
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = measure_power(points, left), at_right = measure_power(points, right);
    for (int i = 0; i < 60; i++) {
        *least = fmin(at_left, at_right);
        bool is_close = *least * points->tight_most<0.001 * points->range && * least> 0.5;
        if (high - low < 0.001 && !is_close)
            break;
        if (at_left < at_right) {
            high = right;
            right = left;
            at_right = at_left;
            at_left = measure_power(points, left = high - golden * (high - low));
        } else {
            low = left;
            left = right;
            at_left = at_right;
            at_right = measure_power(points, right = low + golden * (high - low));
        }
    }
    return at_left < at_right ? left : right;
}

/* The power of N that is closest: the best of a grid, then the golden section around it, where the distance falls and
 * rises again. Returns its distance. What is a quarter of the range off is not a power. */
static double find_power(const mb_growth_points *points, mb_growth_fit *found)
{
    double best = 0, least = INFINITY;
    for (double exponent = EXPONENT_LEAST; exponent <= EXPONENT_MOST; exponent += EXPONENT_STEP) {
        double here = measure_power(points, exponent);
        if (here < least) {
            least = here;
            best = exponent;
        }
    }
    if (!(least * points->tight_most <= POWER_RATIO_MOST * points->range))
        return INFINITY;
    found->has_exponent = true;
    found->exponent =
        refine_power(points, fmax(best - EXPONENT_STEP, EXPONENT_LEAST / 2), best + EXPONENT_STEP, &least);
    double most = fmax(1, NEARLY_AS_CLOSE * least);
    found->exponent_low = find_edge(points, found->exponent, EXPONENT_LEAST / 2, most);
    found->exponent_high = find_edge(points, found->exponent, EXPONENT_MOST + EXPONENT_STEP, most);
    return least;
}

mb_growth_fit mb_growth_find(const double *x, const double *y, size_t count, double quantum)
{
    mb_growth_fit found = {.growth = MB_GROWTH_NONE};
    mb_growth_points points;
    mb_growth_points_make(x, y, count, quantum, &points);
    if (points.count < MB_GROWTH_VALUES_MIN)
        return found;
    if (points.range <= points.range_constant) {
        put(&found, MB_GROWTH_CONSTANT);
        return found;
    }
    double step = mb_growth_step(&points, quantum);
    if (step > 0 && find_steps(&points, step, &found))
        return found;
    bool is_near = find_classes(&points, &found);
    if (found.possible_count > 0 && (is_near || !points.is_exact))
        return found;
    /* Where exact points lie on a power of N, that is more than classes that miss them. */
    mb_growth_fit power = {.growth = MB_GROWTH_NONE};
    bool is_on_power = find_power(&points, &power) <= 1;
    return found.possible_count == 0 || is_on_power ? power : found;
}
