#include "base/sort.h"

#include "base/error.h"

#include <stdlib.h>

enum { INSERTION_MAX = 64 };

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void mb_sort(double *values, size_t count)
{
    if (count > INSERTION_MAX) {
        qsort(values, count, sizeof *values, compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        double value = values[i];
        size_t place = i;
        for (; place > 0 && values[place - 1] > value; place--)
            values[place] = values[place - 1];
        values[place] = value;
    }
}

double mb_median_sorted(const double *sorted, size_t count)
{
    MB_ASSERT(count > 0);
    if (count % 2 == 1)
        return sorted[count / 2];
    double low = sorted[count / 2 - 1], high = sorted[count / 2];
    return low + (high - low) / 2;
}

double mb_median(double *values, size_t count)
{
    mb_sort(values, count);
    return mb_median_sorted(values, count);
}
