#include "report/soak_words.h"

#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *mb_soak_clock_format(double seconds, char text[MB_SOAK_TEXT_MAX])
{
    unsigned long whole = seconds > 0 ? (unsigned long)seconds : 0;
    snprintf(text, MB_SOAK_TEXT_MAX, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    return text;
}

const char *mb_soak_time_format(double seconds, char text[MB_SOAK_TEXT_MAX])
{
    unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole < 120)
        snprintf(text, MB_SOAK_TEXT_MAX, "%lu s", whole);
    else if (whole < 5400 && whole % 60 != 0 && whole < 600)
        snprintf(text, MB_SOAK_TEXT_MAX, "%lu min %lu s", whole / 60, whole % 60);
    else if (whole < 5400)
        snprintf(text, MB_SOAK_TEXT_MAX, "%lu min", (whole + 30) / 60);
    else if ((whole + 30) / 60 % 60 == 0)
        snprintf(text, MB_SOAK_TEXT_MAX, "%lu h", (whole + 30) / 3600);
    else
        snprintf(text, MB_SOAK_TEXT_MAX, "%lu h %lu min", (whole + 30) / 3600, (whole + 30) / 60 % 60);
    return text;
}

const char *mb_soak_rate_format(double bytes_per_hour, char text[MB_SOAK_TEXT_MAX])
{
    char size[MB_UNITS_TEXT_MAX];
    snprintf(text, MB_SOAK_TEXT_MAX, "%s%s/h", bytes_per_hour > 0 ? "+" : "", mb_format_bytes(bytes_per_hour, size));
    return text;
}

static const char *name_of(const mb_soak_result *result)
{
    const mb_soak_series *series = result->series;
    const mb_soak_tick *last = series != NULL && series->count > 0 ? &series->ticks[series->count - 1] : NULL;
    switch (result->field) {
    case MB_SOAK_ANON_BYTES:
        return "anonymous memory";
    case MB_SOAK_HEAP_LIVE_BYTES:
        return "the heap in use";
    case MB_SOAK_RSS_BYTES:
    case MB_SOAK_SWAP_BYTES:
    case MB_SOAK_PEAK_RSS_BYTES:
    case MB_SOAK_MEMORY_PERCENT:
    case MB_SOAK_OPERATION_COUNT:
    case MB_SOAK_THREAD_COUNT:
    case MB_SOAK_PROCESS_ID:
    case MB_SOAK_PROCESS_COUNT:
    case MB_SOAK_REPLACED_COUNT:
    case MB_SOAK_FIELD_COUNT:
        break;
    }
    return last != NULL && last->is_known[MB_SOAK_SWAP_BYTES] && !last->is_known[MB_SOAK_ANON_BYTES]
               ? "the resident set with swap"
               : "the resident set";
}

/* What to do where running longer may settle it. */
static const char *advise_longer(const mb_soak_result *result, char text[MB_SOAK_TEXT_MAX])
{
    char time[MB_SOAK_TEXT_MAX];
    double wanted = fmax(2 * result->judgement.seconds, 3600);
    snprintf(text, MB_SOAK_TEXT_MAX, "run for %.60s, or --until-verdict", mb_soak_time_format(wanted, time));
    return text;
}

static void put_reason(const mb_soak_result *result, char *text, size_t size)
{
    const mb_soak_judgement *j = &result->judgement;
    const char *name = name_of(result);
    char rate[MB_SOAK_TEXT_MAX], other[MB_SOAK_TEXT_MAX], longer[MB_SOAK_TEXT_MAX], step[MB_UNITS_TEXT_MAX];
    advise_longer(result, longer);
    switch (j->reason) {
    case MB_SOAK_STEADY_GROWTH:
        if (j->slope.value <= j->tolerance_bytes_per_hour) { /* a leak by what it comes to */
            snprintf(text, size, "%s grows steadily by %s, and it has added up to %s", name,
                     mb_soak_rate_format(j->slope.value, rate), mb_format_bytes(j->growth_bytes, step));
            return;
        }
        snprintf(text, size, "%s grows steadily by %s; up to %s is not a leak", name,
                 mb_soak_rate_format(j->slope.value, rate), mb_soak_rate_format(j->tolerance_bytes_per_hour, other));
        return;
    case MB_SOAK_EXACT_GROWTH:
        snprintf(text, size, "each operation keeps exactly %.0f B of the heap; %s were counted", result->exact.bytes,
                 mb_format_count(result->exact.operation_count, step));
        return;
    case MB_SOAK_EXACT_NOTHING:
        snprintf(text, size,
                 "nothing is kept per operation: the heap in use was the same to the byte through %s of them",
                 mb_format_count(result->exact.operation_count, step));
        return;
    case MB_SOAK_STAIRS_GROWTH:
        snprintf(text, size, "%s grows in steps of %s, %zu of them so far, %s in all", name,
                 mb_format_bytes(j->step_bytes, step), j->rise_count, mb_soak_rate_format(j->slope.value, rate));
        return;
    case MB_SOAK_STAIRS:
        snprintf(text, size,
                 "%s grows in steps of %s, %zu of them so far; it is too early to say whether more follow: %s", name,
                 mb_format_bytes(j->step_bytes, step), j->rise_count, longer);
        return;
    case MB_SOAK_STAIRS_SLOW:
        snprintf(text, size,
                 "%s grows in steps of %s, %zu of them so far, within the tolerance of %s; --tolerance SIZE/h accepts "
                 "them, or %s",
                 name, mb_format_bytes(j->step_bytes, step), j->rise_count,
                 mb_soak_rate_format(j->tolerance_bytes_per_hour, other), longer);
        return;
    case MB_SOAK_PERIOD_GROWTH:
        snprintf(text, size, "%s repeats itself every %s and grows by %s from period to period; %zu periods were seen",
                 name, mb_soak_time_format(j->period_seconds, other), mb_soak_rate_format(j->slope.value, rate),
                 j->period_count);
        return;
    case MB_SOAK_LEVEL_PERIODS:
        if (j->slope.low > 0 || j->slope.high < 0)
            snprintf(
                text, size,
                "%s repeats itself every %s and changes by %s from period to period, which is within the tolerance "
                "of %s; %zu periods were seen",
                name, mb_soak_time_format(j->period_seconds, longer), mb_soak_rate_format(j->slope.value, rate),
                mb_soak_rate_format(j->tolerance_bytes_per_hour, other), j->period_count);
        else
            snprintf(text, size, "%s repeats itself every %s and is level from period to period; %zu periods were seen",
                     name, mb_soak_time_format(j->period_seconds, other), j->period_count);
        return;
    case MB_SOAK_PERIODS_VARY:
        snprintf(text, size,
                 "%s repeats itself every %s, and growth from period to period can neither be shown nor ruled out "
                 "after %zu of them: %s",
                 name, mb_soak_time_format(j->period_seconds, other), j->period_count, longer);
        return;
    case MB_SOAK_SLOW:
        snprintf(text, size, "%s grows slowly, by %s, but not steadily, and it has added up to %s: %s", name,
                 mb_soak_rate_format(j->slope.value, rate), mb_format_bytes(j->growth_bytes, step), longer);
        return;
    case MB_SOAK_ACCELERATING:
        snprintf(text, size, "%s grows faster and faster, by %s in the first half and %s in the second: %s", name,
                 mb_soak_rate_format(j->early_bytes_per_hour, rate), mb_soak_rate_format(j->late_bytes_per_hour, other),
                 longer);
        return;
    case MB_SOAK_STEPPED_LATE:
        snprintf(
            text, size,
            "%s is level, except that it rose by %s at once at %s; it is too early to say whether that repeats: %s",
            name, mb_format_bytes(j->step_bytes, step), mb_soak_time_format(j->step_at_seconds, rate), longer);
        return;
    case MB_SOAK_LEVEL:
        snprintf(text, size, "%s %s %s, which is within the tolerance of %s", name,
                 j->slope.value > 0 ? "grows by" : "changes by", mb_soak_rate_format(j->slope.value, rate),
                 mb_soak_rate_format(j->tolerance_bytes_per_hour, other));
        return;
    case MB_SOAK_LEVEL_LATE:
        snprintf(text, size, "%s has been level since %s", name, mb_soak_time_format(j->level_from_seconds, rate));
        return;
    case MB_SOAK_LEVEL_AFTER:
        snprintf(text, size, "%s has been level since it rose by %s at once at %s", name,
                 mb_format_bytes(j->step_bytes, step), mb_soak_time_format(j->step_at_seconds, rate));
        return;
    case MB_SOAK_TOO_SHORT:
        snprintf(text, size, "%s of run phases were recorded, a verdict takes %s (--force-verdict gives one anyway)",
                 mb_soak_time_format(j->seconds, rate),
                 mb_soak_time_format(mb_soak_least_seconds(result->rule), other));
        return;
    case MB_SOAK_TOO_FEW:
        snprintf(text, size, "%zu values are too few: most of the 30 blocks that are compared hold none",
                 j->value_count);
        return;
    case MB_SOAK_STEPPED:
        snprintf(text, size, "%s rose mostly at once, by %s at %s; it is too early to say whether that repeats: %s",
                 name, mb_format_bytes(j->step_bytes, step), mb_soak_time_format(j->step_at_seconds, rate), longer);
        return;
    case MB_SOAK_DECELERATING:
        snprintf(text, size, "%s grows, but not steadily: by %s in the first half, by %s in the second: %s", name,
                 mb_soak_rate_format(j->early_bytes_per_hour, rate), mb_soak_rate_format(j->late_bytes_per_hour, other),
                 longer);
        return;
    case MB_SOAK_RANDOM_WALK:
        snprintf(text, size, "%s grows by %s, which a random walk of its size could show, too: %s", name,
                 mb_soak_rate_format(j->slope.value, rate), longer);
        return;
    case MB_SOAK_NOISY:
        snprintf(text, size, "%s moves too much: growth of %s can neither be shown nor ruled out: %s", name,
                 mb_soak_rate_format(j->tolerance_bytes_per_hour, other), longer);
        return;
    case MB_SOAK_CAME_BACK:
        snprintf(text, size,
                 "%s grows steadily by %s while there is load, and is given back when there is none: an unbounded "
                 "queue or cache, "
                 "but not a leak",
                 name, mb_soak_rate_format(j->slope.value, rate));
        return;
    case MB_SOAK_REPLACED:
        snprintf(text, size,
                 "%s grows by %s over the record, but not between the times at which a process was replaced: new ones "
                 "may be warming up: %s",
                 name, mb_soak_rate_format(j->slope.value, rate), longer);
        return;
    case MB_SOAK_RESTARTS:
        snprintf(text, size, "%s was level for %s, but most of the record lies in shorter times between restarts", name,
                 mb_soak_time_format(j->seconds, rate));
        return;
    case MB_SOAK_REASON_COUNT:
        break;
    }
    text[0] = '\0';
}

void mb_soak_idle_format(const mb_soak_idle *idle, char *text, size_t size)
{
    char rise[MB_UNITS_TEXT_MAX], back[MB_UNITS_TEXT_MAX];
    text[0] = '\0';
    if (idle->verdict == MB_SOAK_DECLINE_NONE)
        return;
    mb_format_bytes(fmax(0, idle->rise_bytes), rise);
    if (idle->verdict == MB_SOAK_NOT_RISEN) {
        snprintf(text, size, "NOTHING TO DECLINE: the load added %s; up to 64 KiB or 1 %% is too little to tell", rise);
        return;
    }
    if (idle->back_bytes > idle->rise_bytes) {
        snprintf(text, size, "DECLINED: all of the %s that came with the load was given back, and %s more", rise,
                 mb_format_bytes(idle->back_bytes - idle->rise_bytes, back));
        return;
    }
    double share = fmax(0, idle->back_bytes / idle->rise_bytes);
    snprintf(text, size, "%s: %s of the %s that came with the load was given back (%.0f %%)",
             idle->verdict == MB_SOAK_DECLINED ? "DECLINED" : "NOT DECLINED",
             mb_format_bytes(fmax(0, idle->back_bytes), back), rise, 100 * share);
}

/* "; restarted at 12 min (process 71 after 12), …": the first few. */
static size_t put_restarts(const mb_soak_series *series, char *text, size_t size)
{
    enum { SHOWN_MAX = 3 };
    const mb_soak_tick *before = NULL;
    size_t used = 0, count = 0;
    char time[MB_SOAK_TEXT_MAX];
    for (size_t i = 0; i < series->count && used < size; i++) {
        const mb_soak_tick *tick = &series->ticks[i];
        if (!tick->is_known[MB_SOAK_PROCESS_ID])
            continue;
        if (before != NULL && tick->values[MB_SOAK_PROCESS_ID] != before->values[MB_SOAK_PROCESS_ID] &&
            count++ < SHOWN_MAX)
            used += (size_t)snprintf(text + used, size - used, "%s at %.60s (process %.0f after %.0f)",
                                     count == 1 ? "; restarted" : ",",
                                     mb_soak_time_format(tick->time_seconds - series->ticks[0].time_seconds, time),
                                     tick->values[MB_SOAK_PROCESS_ID], before->values[MB_SOAK_PROCESS_ID]);
        before = tick;
    }
    if (count > SHOWN_MAX && used < size)
        used += (size_t)snprintf(text + used, size - used, " and %zu times more", count - SHOWN_MAX);
    return used;
}

void mb_soak_reason_format(const mb_soak_result *result, char *text, size_t size)
{
    char time[MB_SOAK_TEXT_MAX], other[MB_SOAK_TEXT_MAX];
    const mb_soak_judgement *j = &result->judgement;
    put_reason(result, text, size);
    size_t used = strlen(text);
    if (j->quiet_seconds > 0)
        used +=
            (size_t)snprintf(text + used, size - used, "; this holds for %s%.60s: steps further apart cannot be seen",
                             j->piece_count > 0 ? "" : "the last ", mb_soak_time_format(j->quiet_seconds, time));
    if (j->is_restarted && used < size)
        used += put_restarts(result->series, text + used, size - used);
    if (j->piece_count > 0 && j->reason != MB_SOAK_REPLACED && used < size)
        snprintf(text + used, size - used, "; judged: %.60s from %.60s on", mb_soak_time_format(j->seconds, time),
                 mb_soak_time_format(j->piece_at_seconds, other));
}
