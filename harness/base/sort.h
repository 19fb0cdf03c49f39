/* sort.h: numbers in order, and those at a rank. NaN has no place among them. */
#ifndef MEMBENCH_BASE_SORT_H
#define MEMBENCH_BASE_SORT_H

#include <stddef.h>

/* Sorts upwards, in place. Insertion, which is fastest for the few samples a case has; above 64 values qsort. */
void mb_sort(double *values, size_t count);

/* The value that sorting would put at `rank` (< count). Moves it there, nothing greater before it and nothing less
 * after it, so that further ranks can be looked for in either part.
 *
 * Quickselect (Hoare 1961) with the median of three as pivot: about three passes in all, where sorting takes as many as
 * the count has bits. Runs of equal values are split in the middle. Order made against it costs count² steps; what is
 * measured does not do that, and the middle of three handles what is sorted already. */
double mb_select(double *values, size_t count, size_t rank);

/* Median of sorted values; of an even count the mean of the two in the middle. count >= 1. */
double mb_median_sorted(const double *sorted, size_t count);

/* Sorts values and returns their median. count >= 1. */
double mb_median(double *values, size_t count);

/* The same for many values: puts them in another order, by mb_select. */
double mb_median_select(double *values, size_t count);

#endif
