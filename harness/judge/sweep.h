/* sweep.h: cases that differ in one number as a sweep: what a further unit costs, and whether that grew. Pure.
 *
 *     mb_sweep_set_add       each case of a group, one after the other
 *     mb_sweep_set_make      after the last: the sweeps that the group holds, fitted and compared
 *     mb_sweep_settle        all comparisons of all groups together: Holm's correction, final verdicts
 *     mb_sweep_set_clear     for the next group
 *
 * A sweep is the cases of one group and function that have one parameter in common without a label, of which it takes
 * at least three values, while all other parameters are equal. docs/sweeps.md is the algorithm. */
#ifndef MEMBENCH_JUDGE_SWEEP_H
#define MEMBENCH_JUDGE_SWEEP_H

#include "base/arena.h"
#include "judge/compare.h"
#include "judge/sweep_fit.h"

enum {
    MB_SWEEP_VALUES_MIN = 3,     /* different values that make a sweep */
    MB_SWEEP_RESOLVED_PAGES = 64 /* a slope that adds less than this from 0 to the largest N is not a slope in pages */
};

/* Raw points of one run, the value ascending; samples of one case are together. */
typedef struct mb_sweep_side {
    bool is_fitted; /* false: fewer than two values were measured */
    double *x, *y;
    size_t count;
    mb_sweep_fit fit; /* exact metrics enter it once a value, however often they are in x and y */
} mb_sweep_side;

/* One metric of a sweep, with its comparison where there is a baseline. */
typedef struct mb_sweep_metric {
    mb_metric metric;
    mb_sweep_side current, baseline;
    bool is_resolved;    /* the slope is large enough to be told from 0: in pages, 64 of them from 0 to the largest N */
    const char *warning; /* static text: what keeps the slope from being told, or NULL: it can be */
    /* With a baseline; else all zero and verdict MB_VERDICT_NO_BASELINE. */
    bool is_compared; /* both were fitted over the same values */
    bool gates;
    mb_path path;
    double difference;        /* of the slopes, per unit of N */
    bool has_ratio;           /* the baseline's slope is above 0 */
    double ratio;             /* current / baseline */
    double p_fail, p_suspect; /* grew beyond threshold and drift allowance; beyond the threshold */
    double p_adjusted;        /* Holm's, of p_fail; set by settle */
    mb_verdict verdict; /* exact path: final. Rank path: set by settle. SHOWN where it does not gate or cannot tell */
    const char *reason; /* static text behind a verdict, or NULL */
} mb_sweep_metric;

typedef struct mb_sweep {
    const char *since; /* the older baseline it was compared with, or NULL: the usual one */
    const char *name;  /* id of its cases without the parameter; "*" in its place when another one follows */
    const char *group;
    const char *function;   /* or NULL */
    const char *param;      /* "payload_bytes" */
    const char *unit_word;  /* one of what it counts: "payload byte" */
    mb_unit unit;           /* how values are printed */
    uint64_t x_low, x_high; /* of the cases that succeeded */
    size_t value_count;
    size_t first_case;        /* sweeps come in the order of this: where its first case is in the group */
    mb_sweep_metric *metrics; /* in the order of the metric table, those with samples at three values or more */
    size_t metric_count;
} mb_sweep;

/* The cases of one group. Zeroed is empty and ready; clear forgets all, fini frees. */
typedef struct mb_sweep_set {
    mb_arena arena;
    struct mb_sweep_case *cases; /* as added */
    size_t case_count, case_capacity;
    mb_sweep *sweeps; /* by make */
    size_t sweep_count;
    bool without_growth; /* the caller wants verdicts alone, not the classes of growth */
} mb_sweep_set;

/* Takes in one case: copies what it needs. Cases that failed are passed over. baseline: the same case there,
 * or NULL; comparisons: what mb_compare_case made of the two, which says what gates and what compares. False when
 * memory is out. */
MB_NODISCARD bool mb_sweep_set_add(mb_sweep_set *set, const mb_case_result *current, const mb_case_result *baseline,
                                   const mb_comparison *comparisons, size_t comparison_count);

/* True when this case belongs to another group (or program) than those in the set, so that make is due before add. */
bool mb_sweep_set_ends(const mb_sweep_set *set, const mb_case_result *next);

/* Makes sweeps of the cases added. They live until clear. False when memory is out. */
MB_NODISCARD bool mb_sweep_set_make(mb_sweep_set *set, const mb_gate_policy *policy);

void mb_sweep_set_clear(mb_sweep_set *set);
void mb_sweep_set_fini(mb_sweep_set *set);

/* What is to be kept of a comparison until all groups have been seen. */
typedef struct mb_slope_verdict {
    double p_fail, p_suspect, p_adjusted;
    mb_verdict verdict;
    const char *reason;
} mb_slope_verdict;

/* Holm's correction over the gating comparisons on the rank path, and the final verdicts. scratch: count indices. */
void mb_sweep_settle(mb_slope_verdict *verdicts, size_t count, size_t *scratch);

/* gating comparisons of a set on the rank path, in order: copies them out (to verdicts, with room for capacity;
 * returns how many there are) before settling, and puts the settled ones back in. */
size_t mb_sweep_set_get(const mb_sweep_set *set, mb_slope_verdict *verdicts, size_t capacity);
void mb_sweep_set_put(mb_sweep_set *set, const mb_slope_verdict *verdicts);

/* "jobs" -> "job", "payload_bytes" -> "payload byte", "entries" -> "entry". */
void mb_sweep_unit_word(const char *param, char word[MB_NAME_BYTES_MAX]);

#endif
