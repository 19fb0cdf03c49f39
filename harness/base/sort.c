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

static void swap(double *a, double *b)
{
    double held = *a;
    *a = *b;
    *b = held;
}

double mb_select(double *values, size_t count, size_t rank)
{
    MB_ASSERT(rank < count);
    size_t low = 0, high = count - 1; /* the rank lies between them */
    while (low < high) {
        size_t middle = low + (high - low) / 2, i = low, j = high;
        if (values[middle] < values[low])
            swap(&values[middle], &values[low]);
        if (values[high] < values[low])
            swap(&values[high], &values[low]);
        if (values[high] < values[middle])
            swap(&values[high], &values[middle]);
        double pivot = values[middle];
        for (;;) {
            while (values[i] < pivot)
                i++;
            while (pivot < values[j])
                j--;
            if (i >= j)
                break;
            swap(&values[i++], &values[j--]);
        }
        /* Up to j nothing is above the pivot, from there on nothing below it; low <= j < high. */
        if (rank <= j)
            high = j;
        else
            low = j + 1;
    }
    return values[rank];
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

double mb_median_select(double *values, size_t count)
{
    double high = mb_select(values, count, count / 2), low = values[0];
    if (count % 2 == 1)
        return high;
    for (size_t i = 1; i < count / 2; i++)
        low = values[i] > low ? values[i] : low;
    return low + (high - low) / 2;
}
