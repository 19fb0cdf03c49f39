/* A series on its way to the judge, and what its counters of the heap say exactly. */
#include "features/soak/soak.h"
#include "features/soak/soak_options.h"

#include "judge/leak_pieces.h"

#include <stdlib.h>

static bool has_field(const mb_soak_series *series, mb_soak_field field)
{
    for (size_t i = 0; i < series->count; i++)
        if (series->ticks[i].is_known[field])
            return true;
    return false;
}

mb_status mb_soak_field_choose(const mb_options *options, const mb_soak_series *series, mb_soak_field *field,
                               mb_error *error)
{
    static const mb_soak_field others[] = {MB_SOAK_RSS_BYTES, MB_SOAK_HEAP_LIVE_BYTES};
    *field = mb_soak_of(options)->field;
    if (series->count == 0 || has_field(series, *field))
        return MB_OK;
    for (size_t i = 0; i < sizeof others / sizeof others[0] && !mb_soak_of(options)->field_given; i++)
        if (has_field(series, others[i])) {
            *field = others[i];
            return MB_OK;
        }
    return mb_error_set(error, MB_ERROR_FORMAT, "%s: the record has no sizes of that --metric",
                        mb_soak_of(options)->judge);
}

mb_status mb_soak_series_judge(const mb_soak_series *series, mb_soak_field field, const mb_soak_rule *rule,
                               mb_soak_judgement *judgement, mb_error *error)
{
    size_t capacity = series->count > 0 ? series->count : 1;
    double *values = malloc(3 * capacity * sizeof *values);
    size_t *cuts = malloc(capacity * sizeof *cuts);
    if (values == NULL || cuts == NULL) {
        free(values);
        free(cuts);
        return mb_error_no_memory(error);
    }
    double *time_seconds = values, *size_bytes = values + capacity, *operation_count = values + 2 * capacity;
    bool has_operations, is_restarted;
    size_t count = mb_soak_series_extract(series, field, time_seconds, size_bytes, operation_count, &has_operations);
    size_t cut_count = mb_soak_series_cuts(series, field, cuts, capacity, &is_restarted);
    bool is_judged = mb_soak_judge_pieces(time_seconds, size_bytes, has_operations ? operation_count : NULL, count,
                                          cuts, cut_count, is_restarted, rule, judgement);
    free(values);
    free(cuts);
    return is_judged ? MB_OK : mb_error_no_memory(error);
}

/* Of a case the readings of a restart's other process would be those of other counters. */
static mb_status find_exact(const mb_soak_series *series, mb_soak_exact *exact, double *seconds, mb_error *error)
{
    size_t capacity = series->count > 0 ? series->count : 1, cut;
    double *values = malloc(3 * capacity * sizeof *values);
    bool has_operations, is_restarted;
    *exact = (mb_soak_exact){0};
    if (values == NULL)
        return mb_error_no_memory(error);
    double *time_seconds = values, *live_bytes = values + capacity, *operation_count = values + 2 * capacity;
    size_t count = mb_soak_series_extract(series, MB_SOAK_HEAP_LIVE_BYTES, time_seconds, live_bytes, operation_count,
                                          &has_operations);
    (void)mb_soak_series_cuts(series, MB_SOAK_HEAP_LIVE_BYTES, &cut, 1, &is_restarted);
    if (count > 0 && has_operations && !is_restarted)
        *exact = mb_soak_exact_find(live_bytes, operation_count, count);
    *seconds = count > 0 ? time_seconds[count - 1] - time_seconds[count / 4] : 0;
    free(values);
    return MB_OK;
}

/* The last idle phase that follows a run, against all of the run before it. */
static mb_status find_idle(const mb_soak_series *series, mb_soak_field field, mb_soak_idle *idle, mb_error *error)
{
    size_t capacity = series->count > 0 ? series->count : 1, run_count = 0, idle_count = 0, end = series->count;
    double *values = malloc(3 * capacity * sizeof *values), *run = values, *rest = values + capacity;
    if (values == NULL)
        return mb_error_no_memory(error);
    while (end > 0 && series->ticks[end - 1].kind != MB_SOAK_IDLE)
        end--;
    for (size_t i = 0; i < end; i++) {
        const mb_soak_tick *tick = &series->ticks[i];
        double *place = tick->kind == MB_SOAK_RUN ? &run[run_count] : &rest[idle_count];
        if (tick->kind == MB_SOAK_TRIM || !mb_soak_tick_size(tick, field, place))
            continue;
        bool is_run = tick->kind == MB_SOAK_RUN;
        run_count += is_run;
        idle_count = is_run ? 0 : idle_count + 1;
    }
    *idle = mb_soak_idle_judge(run, run_count, rest, idle_count, values + 2 * capacity);
    free(values);
    return MB_OK;
}

mb_status mb_soak_result_judge(const mb_soak_series *series, mb_soak_field field, const mb_soak_rule *rule,
                               mb_soak_result *result, mb_error *error)
{
    double seconds = 0;
    mb_soak_result made = {.series = series, .field = field, .rule = rule};
    mb_status status = mb_soak_series_judge(series, field, rule, &made.judgement, error);
    if (status == MB_OK)
        status = find_exact(series, &made.exact, &seconds, error);
    if (status == MB_OK && field != MB_SOAK_RSS_BYTES) {
        status = mb_soak_series_judge(series, MB_SOAK_RSS_BYTES, rule, &made.rss, error);
        made.has_rss = true;
    }
    if (status != MB_OK)
        return status;
    double per_hour = seconds > 0 ? made.exact.bytes * made.exact.operation_count / seconds * 3600 : 0;
    bool is_tolerated = rule->tolerance_ratio_per_hour == 0 && per_hour <= rule->tolerance_bytes_per_hour;
    if (made.exact.bytes > 0 && !is_tolerated) {
        made.field = MB_SOAK_HEAP_LIVE_BYTES;
        status = mb_soak_series_judge(series, made.field, rule, &made.judgement, error);
        made.judgement.verdict = MB_SOAK_LEAK;
        made.judgement.reason = MB_SOAK_EXACT_GROWTH;
        made.judgement.is_short = false;
        made.judgement.quiet_seconds = 0;
    } else if (made.exact.is_exact && made.exact.bytes == 0 && field == MB_SOAK_HEAP_LIVE_BYTES) {
        made.judgement.verdict = MB_SOAK_PLATEAU;
        made.judgement.reason = MB_SOAK_EXACT_NOTHING;
        made.judgement.is_short = false;
        made.judgement.quiet_seconds = 0;
    }
    if (status == MB_OK)
        status = find_idle(series, made.field, &made.idle, error);
    if (status != MB_OK)
        return status;
    if (made.judgement.verdict == MB_SOAK_LEAK && made.idle.verdict == MB_SOAK_DECLINED) {
        made.judgement.verdict = MB_SOAK_INCONCLUSIVE;
        made.judgement.reason = MB_SOAK_CAME_BACK;
    }
    *result = made;
    return MB_OK;
}
