/* growth.h: how memory grows with a parameter: as 1, lg N, N, N lg N or N², each over a fixed overhead. Pure. */
#ifndef MEMBENCH_JUDGE_GROWTH_H
#define MEMBENCH_JUDGE_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

/* From the simplest. */
typedef enum mb_growth {
    MB_GROWTH_CONSTANT,
    MB_GROWTH_LOG,
    MB_GROWTH_LINEAR,
    MB_GROWTH_LINEAR_LOG,
    MB_GROWTH_SQUARE,
    MB_GROWTH_COUNT,
    MB_GROWTH_NONE = MB_GROWTH_COUNT /* not told: too few different N, or it shrinks */
} mb_growth;

enum { MB_GROWTH_VALUES_MIN = 4 }; /* different N, below which no class is named */

/* "1", "lg N", "N", "N lg N", "N^2"; "?" of MB_GROWTH_NONE. Static storage. */
const char *mb_growth_name(mb_growth growth);

/* The class's function of N: 1, log2 N (0 below 1), N, N log2 N, N². */
double mb_growth_term(mb_growth growth, double n);

typedef struct mb_growth_fit {
    mb_growth growth; /* the simplest class that explains the points nearly as well as the best one does */
    mb_growth
        alternate;      /* MB_GROWTH_NONE, or the best other growing class that does too: then the class is ambiguous */
    double coefficient; /* of the class's function, least squares, >= 0 */
    double overhead;    /* what is there at function value 0 */
} mb_growth_fit;

/* Names the class of count points, x ascending. quantum: what y moves by, a page or a byte; deviations below it are no
 * evidence. Each class is fitted by least squares with its overhead and judged by its BIC (Schwarz 1978). */
mb_growth_fit mb_growth_find(const double *x, const double *y, size_t count, double quantum);

#endif
