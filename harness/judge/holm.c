#include "judge/ranks.h"

#include "base/error.h"

/* Index's double in an array of structures. */
static double *at(const double *values, size_t stride_bytes, size_t index)
{
    return (double *)(uintptr_t)((const char *)values + index * stride_bytes);
}

static void sift_down(const double *values, size_t stride_bytes, size_t *heap, size_t count, size_t top)
{
    for (size_t child = 2 * top + 1; child < count; child = 2 * top + 1) {
        if (child + 1 < count && *at(values, stride_bytes, heap[child]) < *at(values, stride_bytes, heap[child + 1]))
            child++;
        if (*at(values, stride_bytes, heap[child]) <= *at(values, stride_bytes, heap[top]))
            return;
        size_t moved = heap[top];
        heap[top] = heap[child];
        heap[child] = moved;
        top = child;
    }
}

void mb_order_by(const double *values, size_t stride_bytes, size_t *order, size_t count)
{
    for (size_t top = count / 2; top-- > 0;)
        sift_down(values, stride_bytes, order, count, top);
    for (size_t end = count; end-- > 1;) {
        size_t largest = order[0];
        order[0] = order[end];
        order[end] = largest;
        sift_down(values, stride_bytes, order, end, 0);
    }
}

/* Holm's step-down correction (1979): of m hypotheses the k-th smallest p is multiplied by m - k + 1, and none may be
 * smaller than the one before. The chance that a run names even one case wrongly stays below the level whatever depends
 * on what, and cases of one program depend on each other. Rejected: Bonferroni, which finds less at the same level, and
 * Benjamini and Hochberg's, which promises a share of false alarms, of which a gate may have none. Sorting costs
 * n log n of those below 1. p equal to or above 1, and NaN, are 1. */
void mb_holm(double *p, size_t stride_bytes, size_t *order, size_t count)
{
    /* Most p are 1 and stay so; as the largest they take no part in the sorting. */
    size_t below_one = 0;
    for (size_t i = 0; i < count; i++) {
        double *value = at(p, stride_bytes, order[i]);
        if (!(*value < 1)) {
            *value = 1;
            continue;
        }
        size_t index = order[i];
        order[i] = order[below_one];
        order[below_one++] = index;
    }
    mb_order_by(p, stride_bytes, order, below_one);
    double least = 0;
    for (size_t i = 0; i < below_one; i++) {
        double *value = at(p, stride_bytes, order[i]);
        double adjusted = *value * (double)(count - i);
        if (adjusted > least)
            least = adjusted < 1 ? adjusted : 1;
        *value = least;
    }
}
