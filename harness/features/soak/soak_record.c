/* The recording: phases, ticks on time, files as it goes. */
#include "features/soak/soak.h"
#include "features/soak/soak_options.h"

#include <stdlib.h>
#include <string.h>

static const double FIRST_LOOK_SECONDS = 1800;
static const uint64_t TRIM_NS = 10000000000u; /* for the call at hand, and the trim itself */

/* Recorded seconds since the first tick. */
static double recorded_seconds(mb_soak_recording *r)
{
    uint64_t now_ns = mb_now_ns();
    if (r->start_ns == 0)
        r->start_ns = r->next_ns = now_ns;
    return (double)(now_ns - r->start_ns) / 1e9 * mb_soak_of(r->options)->time_scale;
}

static void set(mb_soak_tick *tick, mb_soak_field field, bool is_known, double value)
{
    tick->is_known[field] = is_known;
    tick->values[field] = is_known ? value : 0;
}

/* Reads the target; false when it has ended. */
static bool read_tick(mb_soak_recording *r, size_t phase_index, mb_soak_kind kind, mb_soak_tick *tick)
{
    static pid_t pids[MB_OUTSIDE_TREE_MAX];
    static long family[MB_OUTSIDE_TREE_MAX];
    mb_memory_reading reading;
    int64_t thread_count;
    const mb_soak_target *target = r->target;
    r->seconds = recorded_seconds(r);
    *tick = (mb_soak_tick){.phase_index = phase_index, .kind = kind, .time_seconds = r->seconds};
    size_t process_count = mb_outside_read_tree(&target->outside, "", target->pid, &reading, &thread_count, pids);
    if (process_count == 0)
        return false;
    for (size_t i = 0; i < process_count; i++)
        family[i] = pids[i];
    mb_soak_family_next(&r->family, family, process_count, tick);
    double total_bytes = (double)r->series->about.memory_total_bytes, rss_bytes = (double)reading.rss_bytes;
    set(tick, MB_SOAK_RSS_BYTES, reading.valid & MB_READING_RSS, rss_bytes);
    set(tick, MB_SOAK_ANON_BYTES, reading.valid & MB_READING_ANON, (double)reading.anon_bytes);
    set(tick, MB_SOAK_SWAP_BYTES, (reading.valid & MB_READING_SWAP) && reading.swap_bytes > 0,
        (double)reading.swap_bytes);
    set(tick, MB_SOAK_PEAK_RSS_BYTES, reading.valid & MB_READING_PEAK, (double)reading.peak_rss_bytes);
    set(tick, MB_SOAK_MEMORY_PERCENT, total_bytes > 0, total_bytes > 0 ? 100 * rss_bytes / total_bytes : 0);
    set(tick, MB_SOAK_HEAP_LIVE_BYTES, target->has_heap, target->heap_live_bytes);
    set(tick, MB_SOAK_OPERATION_COUNT, target->has_operations, target->operation_count);
    set(tick, MB_SOAK_THREAD_COUNT, thread_count >= 0, (double)thread_count);
    return true;
}

/* A file that can no longer be written to does not end the soak: the verdict comes from memory. */
static void keep(mb_soak_recording *r, const mb_soak_tick *tick)
{
    mb_error error;
    mb_status status = mb_soak_series_add(r->series, tick, &error);
    if (status == MB_OK && r->write_status == MB_OK)
        status = mb_soak_writer_tick(r->writer, tick, &error);
    if (status != MB_OK && r->write_status == MB_OK) {
        r->write_status = status;
        r->write_error = error;
    }
}

/* One tick at its time; false when there will be no more. */
static bool take_tick(mb_soak_recording *r, size_t phase_index, mb_soak_kind kind)
{
    mb_soak_target *target = r->target;
    uint64_t interval_ns =
        (uint64_t)(mb_soak_of(r->options)->interval_seconds * 1e9 / mb_soak_of(r->options)->time_scale);
    mb_soak_target_wait(target, r->next_ns);
    if (mb_soak_target_signal(target) != 0 || target->has_ended)
        return false;
    mb_soak_tick tick;
    if (!read_tick(r, phase_index, kind, &tick)) {
        if (mb_soak_target_follow(target))
            return true;
        /* Its end may be seen before the runner hears of it. */
        if (target->runner != NULL)
            mb_soak_target_wait(target, mb_now_ns() + 1000000000);
        target->has_ended = true;
        return false;
    }
    mb_soak_likeness_see(&target->likeness);
    keep(r, &tick);
    r->next_ns += interval_ns;
    uint64_t now_ns = mb_now_ns();
    if (r->next_ns < now_ns) /* after a pause of the machine the ticks go on from here */
        r->next_ns = now_ns + interval_ns - (now_ns - r->next_ns) % (interval_ns > 0 ? interval_ns : 1);
    mb_soak_live_draw(r, false);
    return true;
}

/* Over when a tick was taken at its end or later: what is judged is as long as was asked for, also where something took
 * long after the tick before. */
static bool record_phase(mb_soak_recording *r, size_t phase_index, double until_seconds)
{
    const mb_soak_phase *phase = &r->series->about.phases[phase_index];
    if (phase_index > 0 && phase->kind != r->series->about.phases[phase_index - 1].kind)
        mb_soak_target_enter(r->target, phase->kind);
    while (r->seconds < until_seconds)
        if (!take_tick(r, phase_index, phase->kind))
            return false;
    return true;
}

/* The last reading: after the allocator was asked to give back. Only a target that speaks can be asked. */
static void record_trim(mb_soak_recording *r)
{
    mb_soak_target *target = r->target;
    size_t reports = target->report_count;
    uint64_t limit_ns = mb_now_ns() + TRIM_NS;
    if (!mb_soak_target_tell(target, "trim"))
        return;
    while (!target->is_trimmed && !target->has_ended && mb_soak_target_signal(target) == 0 && mb_now_ns() < limit_ns) {
        mb_soak_target_wait(target, mb_now_ns() + 20000000);
        if (target->report_count > reports + 1)
            break; /* it went on without a trim: its allocator knows none */
    }
    mb_soak_tick tick;
    if (target->is_trimmed && read_tick(r, r->series->about.phase_count, MB_SOAK_TRIM, &tick))
        keep(r, &tick);
}

/* is_early: before the first look, where only what is exact is a verdict. */
static bool has_verdict(const mb_soak_recording *r, mb_soak_looks *looks, bool is_early)
{
    mb_soak_result result;
    if (mb_soak_result_judge(r->series, mb_soak_of(r->options)->field, &r->rule, &result, NULL) != MB_OK)
        return false;
    bool is_exact = result.judgement.reason == MB_SOAK_EXACT_GROWTH || result.judgement.reason == MB_SOAK_EXACT_NOTHING;
    return is_exact || (!is_early && mb_soak_look_ends(looks, &result.judgement, &r->rule) &&
                        result.judgement.verdict != MB_SOAK_INCONCLUSIVE);
}

const char *mb_soak_record(mb_soak_recording *r)
{
    const mb_soak_about *about = &r->series->about;
    mb_soak_looks looks = {0};
    double until_seconds = 0;
    bool is_settled = false;
    for (size_t i = 0; i < about->phase_count; i++)
        r->end_seconds += about->phases[i].length_seconds;
    for (size_t i = 0; i < about->phase_count; i++) {
        if (is_settled && about->phases[i].kind == MB_SOAK_RUN) {
            r->end_seconds -= about->phases[i].length_seconds;
            continue;
        }
        until_seconds += about->phases[i].length_seconds;
        if (!record_phase(r, i, until_seconds)) {
            mb_soak_live_draw(r, true);
            return mb_soak_target_signal(r->target) != 0 ? "interrupted" : "ended";
        }
        bool is_look = about->is_repeated && about->phases[i].kind == MB_SOAK_RUN;
        is_settled = is_settled || (is_look && has_verdict(r, &looks, until_seconds < FIRST_LOOK_SECONDS));
    }
    record_trim(r);
    mb_soak_live_draw(r, true);
    return is_settled ? "verdict" : "done";
}

mb_status mb_soak_recording_status(const mb_soak_recording *r, mb_error *error)
{
    if (r->write_status != MB_OK)
        *error = r->write_error;
    return r->write_status;
}
