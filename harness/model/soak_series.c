/* The series of a soak in memory, and the names of what is in it. */
#include "model/soak_series.h"

#include "base/grown.h"

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
        [MB_SOAK_PROCESS_ID] = "process_id",
        [MB_SOAK_PROCESS_COUNT] = "process_count",
        [MB_SOAK_REPLACED_COUNT] = "replaced_count",
    };
    return names[field];
}

mb_status mb_soak_series_add(mb_soak_series *series, const mb_soak_tick *tick, mb_error *error)
{
    mb_soak_tick *ticks = mb_grown(series->ticks, series->count, &series->capacity, sizeof *ticks);
    if (ticks == NULL)
        return mb_error_no_memory(error);
    series->ticks = ticks;
    series->ticks[series->count++] = *tick;
    return MB_OK;
}

void mb_soak_series_fini(mb_soak_series *series)
{
    free(series->ticks);
    mb_arena_fini(&series->arena);
    *series = (mb_soak_series){0};
}

bool mb_soak_tick_size(const mb_soak_tick *tick, mb_soak_field field, double *size_bytes)
{
    if (!tick->is_known[field])
        return false;
    *size_bytes = tick->values[field];
    if (tick->is_known[MB_SOAK_SWAP_BYTES] &&
        (field == MB_SOAK_ANON_BYTES || (field == MB_SOAK_RSS_BYTES && !tick->is_known[MB_SOAK_ANON_BYTES])))
        *size_bytes += tick->values[MB_SOAK_SWAP_BYTES];
    return true;
}

size_t mb_soak_series_extract(const mb_soak_series *series, mb_soak_field field, double *time_seconds,
                              double *size_bytes, double *operation_count, bool *has_operations)
{
    double run_seconds = 0;
    size_t count = 0;
    *has_operations = true;
    for (size_t i = 0; i < series->count; i++) {
        const mb_soak_tick *tick = &series->ticks[i];
        if (tick->kind != MB_SOAK_RUN)
            continue;
        if (i > 0 && series->ticks[i - 1].kind == MB_SOAK_RUN)
            run_seconds += tick->time_seconds - series->ticks[i - 1].time_seconds;
        if (!mb_soak_tick_size(tick, field, &size_bytes[count]))
            continue;
        time_seconds[count] = run_seconds;
        *has_operations = *has_operations && tick->is_known[MB_SOAK_OPERATION_COUNT];
        operation_count[count] = tick->values[MB_SOAK_OPERATION_COUNT];
        count++;
    }
    return count;
}

/* Cuts where a field's value is another one than that of the tick before, run or not. */
static size_t cut_at(const mb_soak_series *series, mb_soak_field field, mb_soak_field changing, size_t *cuts,
                     size_t limit)
{
    const mb_soak_tick *before = NULL;
    size_t count = 0, place = 0;
    bool has_changed = false;
    double unused;
    for (size_t i = 0; i < series->count; i++) {
        const mb_soak_tick *tick = &series->ticks[i];
        has_changed = has_changed || (before != NULL && tick->is_known[changing] && before->is_known[changing] &&
                                      tick->values[changing] != before->values[changing]);
        before = tick->is_known[changing] ? tick : before;
        if (tick->kind != MB_SOAK_RUN || !mb_soak_tick_size(tick, field, &unused))
            continue;
        if (has_changed && place > 0) {
            if (count < limit)
                cuts[count] = place;
            count++;
        }
        has_changed = false;
        place++;
    }
    return count;
}

size_t mb_soak_series_cuts(const mb_soak_series *series, mb_soak_field field, size_t *cuts, size_t limit,
                           bool *is_restarted)
{
    size_t count = cut_at(series, field, MB_SOAK_PROCESS_ID, cuts, limit);
    *is_restarted = count > 0;
    return count > 0 ? count : cut_at(series, field, MB_SOAK_REPLACED_COUNT, cuts, limit);
}
