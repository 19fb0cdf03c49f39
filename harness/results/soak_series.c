/* The series of a soak in memory, and the names of what is in it. */
#include "results/soak.h"

#include <stdlib.h>

const char *mb_soak_kind_name(mb_soak_kind kind)
{
    static const char *const names[MB_SOAK_KIND_COUNT] = {"run", "idle", "trim"};
    return names[kind];
}

const char *mb_soak_field_name(mb_soak_field field)
{
    static const char *const names[MB_SOAK_FIELD_COUNT] = {
        [MB_SOAK_RSS_BYTES] = "rss_bytes",
        [MB_SOAK_ANON_BYTES] = "anon_bytes",
        [MB_SOAK_SWAP_BYTES] = "swap_bytes",
        [MB_SOAK_PEAK_RSS_BYTES] = "peak_rss_bytes",
        [MB_SOAK_MEMORY_PERCENT] = "memory_percent",
        [MB_SOAK_HEAP_LIVE_BYTES] = "heap_live_bytes",
        [MB_SOAK_OPERATION_COUNT] = "operation_count",
        [MB_SOAK_THREAD_COUNT] = "thread_count",
    };
    return names[field];
}

mb_status mb_soak_series_add(mb_soak_series *series, const mb_soak_tick *tick, mb_error *error)
{
    if (series->count == series->capacity) {
        size_t capacity = series->capacity > 0 ? 2 * series->capacity : 1024;
        mb_soak_tick *ticks = realloc(series->ticks, capacity * sizeof *ticks);
        if (ticks == NULL)
            return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory");
        series->ticks = ticks;
        series->capacity = capacity;
    }
    series->ticks[series->count++] = *tick;
    return MB_OK;
}

void mb_soak_series_fini(mb_soak_series *series)
{
    free(series->ticks);
    mb_arena_fini(&series->arena);
    *series = (mb_soak_series){0};
}
