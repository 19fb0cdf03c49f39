/* sort.h: numbers in order, and their middle. NaN has no place among them. */
#ifndef MEMBENCH_BASE_SORT_H
#define MEMBENCH_BASE_SORT_H

#include <stddef.h>

/* Sorts upwards, in place. Insertion, which is fastest for the few samples a case has; above 64 values qsort. */
void mb_sort(double *values, size_t count);

/* Median of sorted values; of an even count the mean of the two in the middle. count >= 1. */
double mb_median_sorted(const double *sorted, size_t count);

/* Sorts values and returns their median. count >= 1. */
double mb_median(double *values, size_t count);

#endif
