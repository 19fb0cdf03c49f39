/* causes.h: findings that one change explains, folded into one cause: what a report for people lists.
 *
 * One more field in a structure makes every case of a group grow, each by its number of structures, in a handful of
 * metrics, and the slope of the group, too. That is one thing to look at, so it is listed once: "memory_job_creation,
 * 4 cases: heap +144 B per job". Counts, exit code and verdict stay those of the tally: folding hides no finding.
 *
 * Pure data, no output. Every format made for people folds by this one function, so that they agree. */
#ifndef MEMBENCH_JUDGE_CAUSES_H
#define MEMBENCH_JUDGE_CAUSES_H

#include "judge/tally.h"

/* Plain data; findings are the tally's. */
typedef struct mb_cause {
    mb_finding_kind kind;
    const mb_finding *const *findings; /* cases, the worst first; of a slope alone, that slope */
    size_t finding_count;
    const mb_finding *slope;       /* the slope that tells the same about these cases, or NULL */
    size_t slope_count;            /* slopes among the findings, this one included */
    const mb_finding_change *lead; /* what stands for all changes of the first finding; NULL: it has none */
    /* How the lead grew over several cases: per_unit for each of what the parameter counts, and fixed next to it. */
    bool has_unit;
    double per_unit, fixed;
    char unit_word[MB_NAME_BYTES_MAX]; /* "job" */
} mb_cause;

typedef struct mb_causes {
    mb_cause *causes; /* in the order of findings: by kind, the worst first */
    size_t count;
    const mb_finding **order; /* what the causes' findings point into */
} mb_causes;

/* Folds the findings of a sorted tally, which has to stay. Findings are one cause when they are of one kind, group and
 * function, have the same lead metric, and this one grew everywhere by the same, or by the same for each unit of the
 * one parameter in which the cases differ. Those without numbers are one cause when they say the same. False, with
 * *causes untouched, when memory is out. */
MB_NODISCARD bool mb_causes_make(mb_causes *causes, const mb_tally *tally);

void mb_causes_fini(mb_causes *causes);

/* How well a metric stands for all that grew, 0 the best: live heap bytes, which are exact, then anonymous memory,
 * then what else the heap hook counts. */
int mb_cause_rank(mb_metric metric);

/* The change that stands for all of a finding: the one of best rank, of these the worst. NULL when it has none. */
const mb_finding_change *mb_cause_lead(const mb_finding *finding);

#endif
