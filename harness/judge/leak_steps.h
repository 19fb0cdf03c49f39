/* leak_steps.h: does a series climb in stairs? Internal to leak.c. */
#ifndef MEMBENCH_JUDGE_LEAK_STEPS_H
#define MEMBENCH_JUDGE_LEAK_STEPS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mb_soak_stairs {
    size_t rise_count; /* 0 where memory falls back */
    bool has_treads;   /* level ones: it is not a smooth climb */
    double step_bytes; /* mean rise */
    bool are_stairs;   /* two rises or more, no fall, and the last tread is not unusually long: no plateau */
    bool are_leak;     /* … and level treads at equal distances, or on a line */
    bool are_slow;     /* stairs with level treads that rise by no more than is tolerated, but notably */
    /* The last time that memory rose above all before by more than is tolerated, also where it fell back; else 0. */
    double last_rise_bytes, quiet_seconds; /* how much, and how long that is ago */
    bool is_late;                          /* less than half the record: the next one may be due */
} mb_soak_stairs;

/* A leak in steps (a table that doubles, an hourly job, slabs) is level most of the time: a look at the last quarter
 * alone calls it a plateau. So the whole record is cut into 120 cells, each of which stands for its median (for the
 * quantile of a tenth where the series is a sawtooth), and these into levels: the partition with the least sum of
 * squares plus 30 variances for each level, by dynamic programming (Jackson et al. 2005, 7,000 steps). The deviation is
 * that of the differences of neighbours by their median, at least a third of a page; levels nearer than 5 of it or 2 %
 * of the range are one. A rise within the first cell or the last would not move its median: where the values at an end
 * are apart from all others, the cell stands for them. Where memory falls by more than a tenth of the range it comes
 * back, and the levels are those of the floor that it comes back to.
 *
 * Stairs are a leak when the treads are level (from first third to last they rise by less than 0.3 steps; else a smooth
 * climb would be one), three or more of them, and either three or more equal rises come at equal distances (25 %; two
 * cells) or eight or more lie within a tenth of the rise from a line. What has come once or twice may be a warm-up.
 * tolerated_bytes: what rises by no more in all is within the tolerance; such stairs are slow if they rise by more than
 * notable_bytes and do not fall. scratch: count values. */
void mb_soak_stairs_find(const double *time_seconds, const double *value_bytes, size_t count, bool uses_quantile,
                         double tolerated_bytes, double notable_bytes, double *scratch, mb_soak_stairs *stairs);

#endif
