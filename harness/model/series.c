#include "model/series.h"

#include <stdint.h>
#include <string.h>

size_t mb_series_capacity(size_t count)
{
    size_t capacity = 4;
    while (capacity < count)
        capacity *= 2;
    return capacity;
}

bool mb_series_reserve(mb_series *series, size_t extra, mb_arena *arena)
{
    if (extra > SIZE_MAX / 64 || series->count > SIZE_MAX / 64)
        return false;
    size_t wanted = mb_series_capacity(series->count + extra);
    if (series->values != NULL && wanted == mb_series_capacity(series->count))
        return true;
    double *larger = mb_arena_alloc(arena, wanted * sizeof *larger);
    if (larger == NULL)
        return false;
    if (series->count > 0)
        memcpy(larger, series->values, series->count * sizeof *larger);
    series->values = larger;
    return true;
}

bool mb_series_append(mb_series *series, double value, mb_arena *arena)
{
    if (!mb_series_reserve(series, 1, arena))
        return false;
    series->values[series->count++] = value;
    return true;
}
