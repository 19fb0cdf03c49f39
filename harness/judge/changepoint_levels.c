#include "judge/changepoint_levels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { PIECES_FIRST = 64 };
static const double bound = MB_CHANGEPOINT_BOUND; /* of the loss, in sigma */
static const double penalty_factor = 2;           /* times log(n), in sigma^2 */

/* Functional pruning (Maidstone, Hocking, Rigaill and Fearnhead 2017): among all ways of cutting the series into levels
 * the one whose loss plus a penalty for each level is least, found exactly. The least cost is kept as a function of the
 * last level's value, piece by piece, so levels that can never win drop out and a series without changes costs as
 * little as one with many; PELT turns quadratic there. The loss is the squared deviation up to `bound` sigma and
 * constant beyond, so one outlier is not a level of its own. The penalty, 2 log(n) sigma^2, is Schwarz's for one level
 * more. Time and memory grow with count times the pieces alive, in practice some tens. Below six values nothing is
 * reported; a series that is constant has one level. */

/* The least cost of all values so far as a function of the last level: a quadratic function a·x² + b·x + c on each of
 * the stretches that follow one another; the last level began at value number `from`. */
typedef struct piece {
    double low, high, a, b, c;
    size_t from;
} piece;

typedef struct cost {
    piece *pieces;
    size_t count, capacity;
} cost;

/* Room for count pieces; what was there before may be lost. */
static bool reserve(cost *to, size_t count)
{
    if (count <= to->capacity)
        return true;
    free(to->pieces);
    to->capacity = 2 * count;
    to->pieces = malloc(to->capacity * sizeof *to->pieces);
    if (to->pieces == NULL)
        to->capacity = 0;
    return to->pieces != NULL;
}

static inline double least_of(const piece *one)
{
    double x = one->a > 0 ? -one->b / (2 * one->a) : one->low;
    x = x < one->low ? one->low : x > one->high ? one->high : x;
    return (one->a * x + one->b) * x + one->c;
}

/* Appends the part of a piece from low to high, with the loss of a value added, and keeps the least cost up to date. */
static inline void put_part(cost *to, const piece *whole, double low, double high, const double loss[3],
                            const piece **least, double *least_cost)
{
    piece *part = &to->pieces[to->count++];
    *part = *whole;
    part->low = low;
    part->high = high;
    part->a += loss[0];
    part->b += loss[1];
    part->c += loss[2];
    double value = least_of(part);
    if (value < *least_cost) {
        *least_cost = value;
        *least = part;
    }
}

/* Adds min((x - value)², bound²) to every piece, which is cut where the loss reaches its bound. Returns the piece with
 * the least cost, NULL when memory is out. */
static const piece *add_loss(const cost *now, cost *next, double value, double *least_cost)
{
    const double near[3] = {1, -2 * value, value * value}, far[3] = {0, 0, bound * bound};
    double from = value - bound, to = value + bound;
    const piece *least = NULL;
    *least_cost = INFINITY;
    next->count = 0;
    if (!reserve(next, 3 * now->count))
        return NULL;
    for (size_t i = 0; i < now->count; i++) {
        const piece *one = &now->pieces[i];
        double low = one->low, high = one->high;
        double near_low = low > from ? low : from, near_high = high < to ? high : to;
        if (!(near_low < near_high)) {
            put_part(next, one, low, high, far, &least, least_cost);
            continue;
        }
        if (low < near_low)
            put_part(next, one, low, near_low, far, &least, least_cost);
        put_part(next, one, near_low, near_high, near, &least, least_cost);
        if (near_high < high)
            put_part(next, one, near_high, high, far, &least, least_cost);
    }
    return least;
}

/* Where the piece is at most limit; false when nowhere. */
static bool interval_below(const piece *one, double limit, double *low, double *high)
{
    *low = one->low;
    *high = one->high;
    if (one->a <= 0)
        return one->c <= limit;
    double middle = -one->b / (2 * one->a), depth = limit - (one->c + one->b * middle / 2);
    if (depth < 0)
        return false;
    double half = sqrt(depth / one->a);
    *low = fmax(*low, middle - half);
    *high = fmin(*high, middle + half);
    return *low < *high;
}

static inline void put(cost *to, const piece *one)
{
    if (one->low < one->high)
        to->pieces[to->count++] = *one;
}

/* Wherever it is more expensive than to begin a new level at value number `from`, the new level takes its place. */
static bool offer_level(const cost *now, cost *next, double limit, size_t from)
{
    piece fresh = {.c = limit, .from = from};
    double taken = now->pieces[0].low, end = now->pieces[now->count - 1].high; /* fresh from taken on */
    next->count = 0;
    if (!reserve(next, 2 * now->count + 1))
        return false;
    for (size_t i = 0; i < now->count; i++) {
        piece kept = now->pieces[i];
        if (!interval_below(&now->pieces[i], limit, &kept.low, &kept.high))
            continue;
        fresh.low = taken;
        fresh.high = kept.low;
        put(next, &fresh);
        put(next, &kept);
        taken = kept.high;
    }
    fresh.low = taken;
    fresh.high = end;
    put(next, &fresh);
    return true;
}

static bool run(cost *now, cost *next, const double *scaled, size_t count, size_t *from)
{
    double low = scaled[0], high = scaled[0], penalty = penalty_factor * log((double)count);
    for (size_t i = 1; i < count; i++) {
        low = fmin(low, scaled[i]);
        high = fmax(high, scaled[i]);
    }
    if (!reserve(now, PIECES_FIRST))
        return false;
    now->pieces[0] = (piece){.low = low - 1, .high = high + 1};
    now->count = 1;
    for (size_t i = 0; i < count; i++) {
        double least_cost;
        const piece *least = add_loss(now, next, scaled[i], &least_cost);
        if (least == NULL)
            return false;
        from[i] = least->from;
        if (!offer_level(next, now, least_cost + penalty, i + 1))
            return false;
    }
    return true;
}

bool mb_changepoint_cut(const double *scaled, size_t count, size_t *from, size_t *starts, size_t *level_count)
{
    cost now = {0}, next = {0};
    bool is_fine = run(&now, &next, scaled, count, from);
    free(now.pieces);
    free(next.pieces);
    if (!is_fine)
        return false;
    size_t level = 0;
    for (size_t end = count; end > 0; end = from[end - 1])
        level++;
    *level_count = level;
    for (size_t end = count; end > 0; end = from[end - 1])
        starts[--level] = from[end - 1];
    return true;
}
