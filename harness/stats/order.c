#include "stats/stats.h"

#include "support/error.h"

void mb_sort(double *values, size_t count)
{
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

static double *p_of(double *p, size_t stride_bytes, size_t index)
{
    return (double *)(void *)((char *)p + index * stride_bytes);
}

static void sift_down(double *p, size_t stride_bytes, size_t *heap, size_t count, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && *p_of(p, stride_bytes, heap[child]) < *p_of(p, stride_bytes, heap[child + 1]))
            child++;
        if (*p_of(p, stride_bytes, heap[child]) <= *p_of(p, stride_bytes, heap[at]))
            return;
        size_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

void mb_holm(double *p, size_t stride_bytes, size_t *order, size_t count)
{
    /* Most p are 1 and stay so; as the largest they take no part in the sorting. */
    size_t below_one = 0;
    for (size_t i = 0; i < count; i++) {
        double *value = p_of(p, stride_bytes, order[i]);
        if (!(*value < 1)) {
            *value = 1;
            continue;
        }
        size_t index = order[i];
        order[i] = order[below_one];
        order[below_one++] = index;
    }
    for (size_t at = below_one / 2; at-- > 0;)
        sift_down(p, stride_bytes, order, below_one, at);
    for (size_t end = below_one; end-- > 1;) {
        size_t largest = order[0];
        order[0] = order[end];
        order[end] = largest;
        sift_down(p, stride_bytes, order, end, 0);
    }
    double floor = 0;
    for (size_t i = 0; i < below_one; i++) {
        double *value = p_of(p, stride_bytes, order[i]);
        double adjusted = *value * (double)(count - i);
        if (adjusted > floor)
            floor = adjusted < 1 ? adjusted : 1;
        *value = floor;
    }
}
