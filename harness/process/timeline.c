#include "process/timeline.h"

#include "base/grown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *mb_timeline_kind_name(mb_timeline_kind kind)
{
    static const char *const names[] = {"look", "stop", "end", "tree"};
    return names[kind];
}

void mb_timeline_init(mb_timeline *timeline) { *timeline = (mb_timeline){.tree_peak = {.anon_bytes = -1}}; }

void mb_timeline_fini(mb_timeline *timeline)
{
    free(timeline->points);
    free(timeline->stages);
    mb_timeline_init(timeline);
}

size_t mb_timeline_begin(mb_timeline *timeline, pid_t pid, const char *name, uint64_t time_ns)
{
    mb_timeline_stage *stages =
        mb_grown(timeline->stages, timeline->stage_count, &timeline->stage_capacity, sizeof *timeline->stages);
    if (stages == NULL) {
        timeline->is_memory_out = true;
        return 0;
    }
    timeline->stages = stages;
    stages[timeline->stage_count] = (mb_timeline_stage){.pid = pid,
                                                        .begin_ns = time_ns,
                                                        .last_ns = time_ns,
                                                        .peak_anon_bytes = -1,
                                                        .peak_rss_bytes = -1,
                                                        .last_anon_bytes = -1};
    snprintf(stages[timeline->stage_count].name, MB_TRACE_NAME_BYTES, "%s", name);
    return ++timeline->stage_count;
}

static void keep(mb_timeline *timeline, const mb_timeline_point *point, bool is_peak)
{
    if (timeline->point_count >= MB_TIMELINE_POINTS_MAX && !is_peak) {
        timeline->dropped_count++;
        return;
    }
    mb_timeline_point *points =
        mb_grown(timeline->points, timeline->point_count, &timeline->point_capacity, sizeof *timeline->points);
    if (points == NULL) {
        timeline->is_memory_out = true;
        return;
    }
    timeline->points = points;
    points[timeline->point_count++] = *point;
}

void mb_timeline_add(mb_timeline *timeline, size_t stage, mb_timeline_kind kind, uint64_t time_ns, int64_t rss_bytes,
                     int64_t anon_bytes)
{
    if (stage == 0)
        return;
    mb_timeline_stage *of = &timeline->stages[stage - 1];
    const mb_timeline_point point = {time_ns, stage - 1, kind, rss_bytes, anon_bytes};
    bool is_peak = anon_bytes > of->peak_anon_bytes;
    if (is_peak) {
        of->peak_anon_bytes = anon_bytes;
        of->peak_ns = time_ns;
    }
    if (rss_bytes > of->peak_rss_bytes)
        of->peak_rss_bytes = rss_bytes;
    of->last_ns = time_ns;
    of->last_anon_bytes = anon_bytes;
    of->has_end = of->has_end || kind == MB_TIMELINE_END;
    keep(timeline, &point, is_peak);
}

void mb_timeline_add_tree(mb_timeline *timeline, uint64_t time_ns, int64_t anon_bytes)
{
    const mb_timeline_point point = {
        .time_ns = time_ns, .kind = MB_TIMELINE_TREE, .rss_bytes = -1, .anon_bytes = anon_bytes};
    bool is_peak = anon_bytes > timeline->tree_peak.anon_bytes;
    if (is_peak)
        timeline->tree_peak = point;
    keep(timeline, &point, is_peak);
}

const mb_timeline_stage *mb_timeline_largest(const mb_timeline *timeline)
{
    const mb_timeline_stage *largest = NULL;
    for (size_t i = 0; i < timeline->stage_count; i++)
        if (timeline->stages[i].peak_anon_bytes >= 0 &&
            (largest == NULL || timeline->stages[i].peak_anon_bytes > largest->peak_anon_bytes))
            largest = &timeline->stages[i];
    return largest;
}
