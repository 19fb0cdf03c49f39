/* growth.h: how memory grows with a parameter: as 1, lg N, N, N lg N or N², each over a fixed overhead, where one of
 * them fits; else as a power of N. Pure. */
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
    MB_GROWTH_NONE = MB_GROWTH_COUNT /* no class fits, or there are too few different N, or it shrinks */
} mb_growth;

enum {
    MB_GROWTH_VALUES_MIN = 4, /* different N, below which no class is named */
    MB_FIT_POINTS_MAX = 512   /* different N that a fit takes at most */
};

/* "1", "lg N", "N", "N lg N", "N^2"; "?" of MB_GROWTH_NONE. Static storage. */
const char *mb_growth_name(mb_growth growth);

/* The class's function of N: 1, log2 N (0 below 1), N, N log2 N, N². */
double mb_growth_term(mb_growth growth, double n);

typedef struct mb_growth_fit {
    mb_growth growth;                  /* the simplest class that is possible */
    size_t possible_count;             /* 1: no other class explains the points, so `growth` is named alone */
    bool is_possible[MB_GROWTH_COUNT]; /* the classes that the points do not rule out */
    double step_units;                 /* above 0: the points lie on treads, each so many units of N long */
    bool has_exponent;                 /* no class is possible: a power of N over an overhead is the closest */
    double exponent, exponent_low, exponent_high; /* that power, and those that are nearly as close */
} mb_growth_fit;

/* Names the class of count points, x ascending, of at most MB_FIT_POINTS_MAX different x, several samples at one x next
 * to each other. quantum: what y moves by, a page or a byte.
 *
 * Which class is closest says nothing as long as none fits: slabs at powers of two are closest to N lg N. So a class
 * is compared with the points first, by its largest distance from the medians at each x, along the best line in the
 * class's function (mb_closest_line). "Tight" is what rounding and scatter explain: 2 quanta and 3 standard errors of
 * the median. A class is named alone when it is within tight and every other one is beyond 3 times tight; as long as
 * tight is at most a tenth of the range. Else all that are within 3 times tight or 3 % of the range are possible,
 * and none is named alone. When that leaves fewer than two, or exact points lie on a power of N, no class is named but
 * that power with its interval.
 * Exact values on treads (equal neighbours, or slopes that alternate around the line, all differences multiples of
 * one step) are compared with half a step instead of tight. Cost: a few microseconds, 50 when it ends in a power. */
mb_growth_fit mb_growth_find(const double *x, const double *y, size_t count, double quantum);

#endif
