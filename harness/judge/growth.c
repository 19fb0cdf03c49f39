#include "judge/growth.h"

#include <math.h>

/* What a difference of BIC has to be before the better fit counts; Kass and Raftery (1995) call 6 strong evidence. */
static const double BIC_STRONG = 6;

/* A line may start below 0 by so many quanta: the first units take what was free in pages that were there before. */
enum { QUANTA_BELOW = 16 };

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

typedef struct fitted {
    double coefficient, overhead, bic;
} fitted;

typedef struct sums {
    double f, y, ff, fy;
} sums;

/* Least squares with coefficient >= 0 and an overhead not below `least`. */
static void solve(const sums *of, double count, double least, fitted *fit)
{
    double spread = of->ff - of->f * of->f / count;
    fit->coefficient = spread > 0 ? (of->fy - of->f * of->y / count) / spread : 0;
    if (!(fit->coefficient > 0))
        fit->coefficient = 0;
    fit->overhead = (of->y - fit->coefficient * of->f) / count;
    if (fit->overhead >= least)
        return;
    fit->overhead = least;
    fit->coefficient = of->ff > 0 ? (of->fy - least * of->f) / of->ff : 0;
    if (!(fit->coefficient > 0))
        fit->coefficient = 0;
}

static fitted fit_class(mb_growth growth, const double *x, const double *y, size_t count, double quantum)
{
    fitted fit = {0};
    sums of = {0};
    double n = (double)count, squares = 0;
    for (size_t i = 0; i < count; i++) {
        double f = mb_growth_term(growth, x[i]);
        of.f += f;
        of.y += y[i];
        of.ff += f * f;
        of.fy += f * y[i];
    }
    if (growth == MB_GROWTH_CONSTANT)
        fit.overhead = of.y / n;
    else
        solve(&of, n, -QUANTA_BELOW * quantum, &fit);
    for (size_t i = 0; i < count; i++) {
        double term = growth == MB_GROWTH_CONSTANT ? 0 : fit.coefficient * mb_growth_term(growth, x[i]);
        double rest = y[i] - fit.overhead - term;
        squares += rest * rest;
    }
    /* Rounding to quanta alone gives this variance: a fit that is closer is no better. */
    double variance = fmax(squares / n, quantum * quantum / 12);
    fit.bic = n * log(variance) + (growth == MB_GROWTH_CONSTANT ? 1 : 2) * log(n);
    return fit;
}

static bool has_enough_values(const double *x, size_t count)
{
    size_t value_count = count > 0;
    for (size_t i = 1; i < count; i++)
        value_count += x[i] != x[i - 1];
    return value_count >= MB_GROWTH_VALUES_MIN;
}

mb_growth_fit mb_growth_find(const double *x, const double *y, size_t count, double quantum)
{
    mb_growth_fit found = {.growth = MB_GROWTH_NONE, .alternate = MB_GROWTH_NONE};
    if (!has_enough_values(x, count))
        return found;
    fitted fits[MB_GROWTH_COUNT];
    double best = INFINITY;
    for (int g = 0; g < MB_GROWTH_COUNT; g++) {
        fits[g] = fit_class((mb_growth)g, x, y, count, quantum);
        best = fits[g].bic < best ? fits[g].bic : best;
    }
    int simplest = 0;
    while (simplest < MB_GROWTH_COUNT - 1 && !(fits[simplest].bic <= best + BIC_STRONG))
        simplest++;
    found.growth = (mb_growth)simplest;
    found.coefficient = fits[simplest].coefficient;
    found.overhead = fits[simplest].overhead;
    /* Every growing class can be as flat as constant memory, so beside that one they say nothing. */
    if (found.growth == MB_GROWTH_CONSTANT)
        return found;
    for (int g = simplest + 1; g < MB_GROWTH_COUNT; g++)
        if (fits[g].bic <= best + BIC_STRONG &&
            (found.alternate == MB_GROWTH_NONE || fits[g].bic < fits[found.alternate].bic))
            found.alternate = (mb_growth)g;
    return found;
}
