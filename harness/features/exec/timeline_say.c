/* A timeline in sentences, the same in text, pictures and pages. */
#include "features/exec/exec_timeline.h"

#include "base/units.h"

#include <stdio.h>

static const char *name_of(const mb_timeline_stage *stage, char text[64])
{
    snprintf(text, 64, "%s (%ld)", stage->name, (long)stage->pid);
    return text;
}

const char *mb_timeline_say_peak(const mb_timeline_record *record, char text[MB_TIMELINE_TEXT_BYTES])
{
    const mb_timeline_stage *stage = mb_timeline_largest(&record->timeline);
    char anon[MB_UNITS_TEXT_MAX], rss[MB_UNITS_TEXT_MAX], time[MB_UNITS_TEXT_MAX], name[64];
    if (stage == NULL) {
        snprintf(text, MB_TIMELINE_TEXT_BYTES, "nothing was read");
        return text;
    }
    snprintf(text, MB_TIMELINE_TEXT_BYTES, "%s anonymous at %s, in %s; resident %s at most",
             mb_format_bytes((double)stage->peak_anon_bytes, anon), mb_format_ns((double)stage->peak_ns, time),
             name_of(stage, name), mb_format_bytes((double)stage->peak_rss_bytes, rss));
    return text;
}

const char *mb_timeline_say_end(const mb_timeline_record *record, char text[MB_TIMELINE_TEXT_BYTES])
{
    const mb_timeline_stage *stage = mb_timeline_largest(&record->timeline);
    char anon[MB_UNITS_TEXT_MAX], time[MB_UNITS_TEXT_MAX], name[64];
    if (stage == NULL) {
        snprintf(text, MB_TIMELINE_TEXT_BYTES, "nothing was read");
        return text;
    }
    snprintf(text, MB_TIMELINE_TEXT_BYTES, "%s anonymous, %s at %s, in %s",
             mb_format_bytes((double)stage->last_anon_bytes, anon), stage->has_end ? "read" : "last seen",
             mb_format_ns((double)stage->last_ns, time), name_of(stage, name));
    return text;
}

bool mb_timeline_has_tree(const mb_timeline_record *record)
{
    const mb_timeline *timeline = &record->timeline;
    for (size_t i = 1; i < timeline->stage_count; i++)
        if (timeline->stages[i].pid != timeline->stages[0].pid)
            return true;
    return false;
}

const char *mb_timeline_say_tree(const mb_timeline_record *record, char text[MB_TIMELINE_TEXT_BYTES])
{
    const mb_timeline_point *peak = &record->timeline.tree_peak;
    char anon[MB_UNITS_TEXT_MAX], time[MB_UNITS_TEXT_MAX];
    const mb_timeline_stage *largest = mb_timeline_largest(&record->timeline);
    bool is_missed = largest != NULL && peak->anon_bytes < largest->peak_anon_bytes;
    *text = '\0';
    if (mb_timeline_has_tree(record) && peak->anon_bytes >= 0)
        snprintf(text, MB_TIMELINE_TEXT_BYTES, "%s anonymous at %s, as sampled%s",
                 mb_format_bytes((double)peak->anon_bytes, anon), mb_format_ns((double)peak->time_ns, time),
                 is_missed ? "; the peak was between two readings" : "");
    return text;
}

size_t mb_timeline_say_gaps(const mb_timeline_record *record, char texts[MB_TIMELINE_GAPS_MAX][MB_TIMELINE_TEXT_BYTES])
{
    const mb_timeline *timeline = &record->timeline;
    char number[MB_UNITS_TEXT_MAX];
    size_t count = 0;
#define SAY(...) snprintf(texts[count++], MB_TIMELINE_TEXT_BYTES, __VA_ARGS__)
    if (record->outcome[0] != '\0')
        SAY("%s", record->outcome);
    if (!record->has_run)
        return count;
    if (!record->is_traced)
        SAY("read from outside%s%s: a peak between two readings is missed",
            record->refusal[0] != '\0' ? ", since it cannot be traced: " : " (--no-trace)", record->refusal);
    if (record->unread_count > 0)
        SAY("%zu processes were gone before they could be read at their end", record->unread_count);
    if (record->inexact_count > 0)
        SAY("the peak of %zu processes is at least what is shown: other threads ran on, or they were gone",
            record->inexact_count);
    if (mb_timeline_has_tree(record) && timeline->tree_peak.anon_bytes < 0)
        SAY("all processes together were not read: the command was over, or smaps_rollup has no Pss_Anon here");
    if (timeline->dropped_count > 0)
        SAY("%s readings were left out, none of them a peak", mb_format_count((double)timeline->dropped_count, number));
    if (timeline->is_memory_out)
        SAY("readings are missing: membench ran out of memory");
#undef SAY
    return count;
}
