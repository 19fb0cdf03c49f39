#include "store/collect.h"
#include "model/series.h"
#include "store/sample.h"

#include <stdio.h>
#include <string.h>

/* Where the values of one window's marks, regions and counts go. */
typedef struct places {
    size_t marks[MB_MARKS_MAX], regions[MB_REGIONS_MAX], counts[MB_SAMPLE_COUNTS_MAX];
} places;

void mb_collector_init(mb_collector *collector, mb_case_result *result, mb_arena *arena)
{
    /* Arrays that others made have no room behind them. */
    MB_ASSERT(result->mark_count == 0 && result->region_count == 0 && result->count_count == 0);
    *collector = (mb_collector){.result = result, .arena = arena, .counts_pass = MB_PASS_PAGES};
}

static mb_status fail_memory(const mb_collector *collector, mb_error *error)
{
    return mb_error_set(error, MB_ERROR_SYSTEM, "case %s: out of memory", collector->result->id);
}

/* Room for one more element behind count; what lies there is not part of the result before its count says so. */
static void *grown(void *array, size_t count, size_t size, mb_arena *arena)
{
    if (array != NULL && mb_series_capacity(count) == mb_series_capacity(count + 1))
        return array;
    void *larger = mb_arena_alloc(arena, mb_series_capacity(count + 1) * size);
    if (larger != NULL && count > 0)
        memcpy(larger, array, count * size);
    return larger;
}

/* Finds or adds the k-th mark of a name in a window and makes room for its values. */
static bool place_mark(mb_case_result *next, mb_window w, const mb_sample_mark *mark, size_t k, mb_arena *arena,
                       size_t *place)
{
    size_t at = 0;
    for (; at < next->mark_count; at++)
        if (next->marks[at].window == w && strcmp(next->marks[at].name, mark->name) == 0 && k-- == 0)
            break;
    if (at == next->mark_count) {
        next->marks = grown(next->marks, at, sizeof *next->marks, arena);
        if (next->marks == NULL)
            return false;
        next->marks[at] = (mb_mark_result){.window = w, .name = mb_arena_copy(arena, mark->name)};
        if (next->marks[at].name == NULL)
            return false;
        next->mark_count++;
    }
    for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++)
        if (mark->is_known[q] && !mb_series_reserve(&next->marks[at].series[q], 1, arena))
            return false;
    *place = at;
    return true;
}

static bool place_region(mb_case_result *next, mb_window w, const mb_sample_region *region, size_t k, mb_arena *arena,
                         size_t *place)
{
    size_t at = 0;
    for (; at < next->region_count; at++)
        if (next->regions[at].window == w && strcmp(next->regions[at].name, region->name) == 0 && k-- == 0)
            break;
    if (at == next->region_count) {
        next->regions = grown(next->regions, at, sizeof *next->regions, arena);
        if (next->regions == NULL)
            return false;
        next->regions[at] = (mb_region_result){w, mb_arena_copy(arena, region->name), region->nominal_bytes, {0}};
        if (next->regions[at].name == NULL)
            return false;
        next->region_count++;
    }
    *place = at;
    return mb_series_reserve(&next->regions[at].resident_bytes, 1, arena);
}

static bool place_count(mb_case_result *next, mb_window w, const mb_sample_count *count, mb_arena *arena, size_t *place)
{
    size_t at = 0;
    while (at < next->count_count && (next->counts[at].window != w || strcmp(next->counts[at].name, count->name) != 0))
        at++;
    if (at == next->count_count) {
        next->counts = grown(next->counts, at, sizeof *next->counts, arena);
        if (next->counts == NULL)
            return false;
        next->counts[at] = (mb_count_result){w, mb_arena_copy(arena, count->name), {0}};
        if (next->counts[at].name == NULL)
            return false;
        next->count_count++;
    }
    *place = at;
    return mb_series_reserve(&next->counts[at].values, 1, arena);
}

/* Makes room for everything of one window. */
static bool place_window(const mb_collector *c, mb_case_result *next, const mb_sample *sample, mb_window w,
                         places *places)
{
    const mb_sample_window *window = &sample->windows[w];
    for (int q = 0; q < MB_QUANTITY_OF_WINDOWS_COUNT; q++)
        if (window->is_known[q] && mb_quantity_get((mb_quantity)q)->pass == sample->pass &&
            !mb_series_reserve(&next->series[mb_metric_of((mb_quantity)q, w)], 1, c->arena))
            return false;
    for (size_t i = 0; i < window->mark_count; i++) {
        size_t k = 0;
        for (size_t before = 0; before < i; before++)
            k += strcmp(window->marks[before].name, window->marks[i].name) == 0;
        if (!place_mark(next, w, &window->marks[i], k, c->arena, &places->marks[i]))
            return false;
    }
    for (size_t i = 0; i < window->region_count && sample->pass == MB_PASS_PAGES; i++) {
        size_t k = 0;
        for (size_t before = 0; before < i; before++)
            k += strcmp(window->regions[before].name, window->regions[i].name) == 0;
        if (!place_region(next, w, &window->regions[i], k, c->arena, &places->regions[i]))
            return false;
    }
    for (size_t i = 0; i < window->count_count && sample->pass == c->counts_pass; i++)
        if (!place_count(next, w, &window->counts[i], c->arena, &places->counts[i]))
            return false;
    return true;
}

/* Behind mb_series_reserve this cannot fail. */
static void append(mb_series *series, double value) { series->values[series->count++] = value; }

static void append_window(mb_collector *c, mb_case_result *next, const mb_sample *sample, mb_window w,
                          const places *places)
{
    const mb_sample_window *window = &sample->windows[w];
    c->sample_count[sample->pass][w]++;
    for (int q = 0; q < MB_QUANTITY_OF_WINDOWS_COUNT; q++) {
        mb_metric metric = mb_metric_of((mb_quantity)q, w);
        if (!window->is_known[q] || mb_quantity_get((mb_quantity)q)->pass != sample->pass)
            continue;
        append(&next->series[metric], window->values[q]);
        c->measured_count[metric]++;
    }
    for (size_t i = 0; i < window->mark_count; i++)
        for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++)
            if (window->marks[i].is_known[q])
                append(&next->marks[places->marks[i]].series[q], window->marks[i].values[q]);
    for (size_t i = 0; i < window->region_count && sample->pass == MB_PASS_PAGES; i++)
        if (window->regions[i].is_resident_known)
            append(&next->regions[places->regions[i]].resident_bytes, window->regions[i].resident_bytes);
    for (size_t i = 0; i < window->count_count && sample->pass == c->counts_pass; i++)
        append(&next->counts[places->counts[i]].values, window->counts[i].value);
}

/* Keeps the first reason given for a metric. */
static bool keep_reason(mb_collector *c, mb_metric metric, const char *reason)
{
    if (reason == NULL || c->missing[metric] != NULL)
        return true;
    c->missing[metric] = mb_arena_copy(c->arena, reason);
    return c->missing[metric] != NULL;
}

static bool keep_reasons(mb_collector *c, const mb_sample *sample)
{
    bool is_kept = true;
    for (int w = 0; w < MB_WINDOW_COUNT; w++)
        for (int q = 0; q < MB_QUANTITY_OF_WINDOWS_COUNT; q++)
            if (mb_quantity_get((mb_quantity)q)->pass == sample->pass)
                is_kept = is_kept &&
                          keep_reason(c, mb_metric_of((mb_quantity)q, (mb_window)w), sample->windows[w].missing[q]);
    return is_kept && keep_reason(c, mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY), sample->time_missing) &&
           keep_reason(c, mb_metric_of(MB_CPU_TIME_NS, MB_WINDOW_STEADY), sample->time_missing);
}

static mb_status add_times(mb_collector *c, const mb_sample *sample, mb_error *error)
{
    const mb_series *from[] = {&sample->real_ns, &sample->cpu_ns};
    const mb_quantity quantities[] = {MB_REAL_TIME_NS, MB_CPU_TIME_NS};
    mb_series next[2];
    for (int i = 0; i < 2; i++) {
        next[i] = c->result->series[mb_metric_of(quantities[i], MB_WINDOW_STEADY)];
        if (from[i]->count > 0 && !mb_series_reserve(&next[i], from[i]->count, c->arena))
            return fail_memory(c, error);
    }
    c->sample_count[MB_PASS_TIME][MB_WINDOW_STEADY]++;
    for (int i = 0; i < 2; i++) {
        mb_metric metric = mb_metric_of(quantities[i], MB_WINDOW_STEADY);
        for (size_t k = 0; k < from[i]->count; k++)
            append(&next[i], from[i]->values[k]);
        c->measured_count[metric] += from[i]->count > 0;
        c->result->series[metric] = next[i];
    }
    return MB_OK;
}

static mb_status add_windows(mb_collector *c, const mb_sample *sample, mb_error *error)
{
    mb_case_result next = *c->result;
    places places[MB_WINDOW_COUNT];
    for (int w = 0; w < MB_WINDOW_COUNT; w++)
        if (sample->windows[w].is_ended && !place_window(c, &next, sample, (mb_window)w, &places[w]))
            return fail_memory(c, error);
    for (int w = 0; w < MB_WINDOW_COUNT; w++)
        if (sample->windows[w].is_ended)
            append_window(c, &next, sample, (mb_window)w, &places[w]);
    *c->result = next;
    return MB_OK;
}

mb_status mb_collector_add(mb_collector *collector, const mb_sample *sample, mb_error *error)
{
    mb_status status = mb_sample_check(sample, error);
    if (status != MB_OK)
        return status;
    if (sample->outcome != MB_OUTCOME_OK)
        return mb_collector_fail(collector, sample->outcome, sample->message, error);
    if (!keep_reasons(collector, sample))
        return fail_memory(collector, error);
    status = sample->pass == MB_PASS_TIME ? add_times(collector, sample, error) : add_windows(collector, sample, error);
    if (status == MB_OK && sample->operation_count > 0)
        collector->result->operation_count = sample->operation_count;
    if (status == MB_OK && sample->random_request_count > collector->result->random_request_count)
        collector->result->random_request_count = sample->random_request_count;
    return status;
}

mb_status mb_collector_fail(mb_collector *collector, mb_outcome outcome, const char *message, mb_error *error)
{
    mb_case_result *result = collector->result;
    MB_ASSERT(outcome != MB_OUTCOME_OK);
    if (outcome <= result->outcome)
        return MB_OK;
    const char *copy = message == NULL ? NULL : mb_arena_copy(collector->arena, message);
    if (message != NULL && copy == NULL)
        return fail_memory(collector, error);
    result->outcome = outcome;
    result->message = copy;
    return MB_OK;
}

mb_status mb_collector_settle(mb_collector *collector, mb_error *error)
{
    /* What follows in the table is of commands, and no worker's to report. */
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && mb_metric_is_of_worker(metric); metric++) {
        unsigned samples = collector->sample_count[mb_metric_info(metric)->pass][mb_metric_window(metric)];
        unsigned measured = collector->measured_count[metric];
        const char *reason = collector->missing[metric];
        if (samples == 0 || measured == samples ||
            (measured == 0 && reason == NULL && mb_metric_info(metric)->is_optional))
            continue;
        if (measured == 0) {
            collector->result->missing[metric] = reason != NULL ? reason : "the program did not report it";
            continue;
        }
        char text[300];
        snprintf(text, sizeof text, "measured in %u of %u samples%s%.200s", measured, samples,
                 reason != NULL ? ": " : "", reason != NULL ? reason : "");
        const char *copy = mb_arena_copy(collector->arena, text);
        if (copy == NULL)
            return fail_memory(collector, error);
        collector->result->missing[metric] = copy;
        collector->result->series[metric] = (mb_series){0};
    }
    return MB_OK;
}
