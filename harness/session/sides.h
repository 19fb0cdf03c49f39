/* sides.h: two builds measured alternately until the two-stage rule (judge/side_by_side.h) has judged them.
 *
 *     mb_sides_open ─▶ mb_sides_measure ─▶ mb_sides_verdicts, the report ─▶ mb_sides_close */
#ifndef MEMBENCH_SESSION_SIDES_H
#define MEMBENCH_SESSION_SIDES_H

#include "session/turns.h"
#include "session/verdicts.h"

enum { MB_SIDE_OLD, MB_SIDE_NEW };
enum { MB_SIDES_FIRST_SAMPLES = 3 };

/* What screening has left open: one metric of one case. */
typedef struct mb_sides_suspect {
    size_t case_index, comparison_index;
    size_t spent_counts[MB_SIDES_MAX]; /* screening samples in the series, which count no more */
} mb_sides_suspect;

typedef struct mb_sides mb_sides;

/* How samples are taken: of bench programs, or of whatever else has cases (features/exec). */
typedef struct mb_sides_means {
    bool has_conditions; /* samples under other conditions can be had */
    /* Before the first sample; wants the first ones. *goes_on, true, becomes false after a signal, which the first
     * session keeps. */
    mb_status (*begin)(mb_sides *sides, bool *goes_on, mb_error *error);
    /* Takes all that is wanted, of both sides alternately, into the results of the sessions. *goes_on: is set. */
    mb_status (*take)(mb_sides *sides, bool *goes_on, mb_error *error);
    /* After the last sample of a side: what is missing, and why. */
    mb_status (*end)(mb_sides *sides, size_t side, mb_error *error);
} mb_sides_means;

struct mb_sides {
    const mb_plan *plan; /* the caller's */
    const mb_sides_means *means;
    void *context;                      /* the means' own */
    mb_plan side_plans[MB_SIDES_MAX];   /* the same with the programs of each side */
    mb_session sessions[MB_SIDES_MAX];  /* old and new */
    mb_turn *turns;                     /* of each new case; those without an old one have one side */
    size_t pair_count;                  /* cases that both have */
    mb_comparison *comparisons;         /* of all pairs, screened */
    size_t *starts;                     /* of each new case, and the end of the last */
    mb_comparison *suspect_comparisons; /* from fresh samples */
    mb_sides_suspect *suspects;         /* in the same order */
    size_t suspect_count;
    bool is_cut;         /* by a signal, or the end of the time budget */
    size_t judged_count; /* then: pairs of which something could be said */
    mb_arena arena;
};

/* Finds the programs of both operands (side_programs.h), asks them for their cases and pairs these by id. On failure
 * nothing is left open; *signal_number is what interrupted it, or 0. Filters that match nothing and sides that have no
 * case in common are MB_ERROR_USAGE. The structure must not move while it is open. */
MB_NODISCARD mb_status mb_sides_open(mb_sides *sides, const mb_plan *plan, const char *const operands[MB_SIDES_MAX],
                                     int *signal_number, mb_error *error);

/* For sides that are opened otherwise: pairs the cases of the sessions by id, the new ones in their order. */
MB_NODISCARD mb_status mb_sides_pair(mb_sides *sides, mb_error *error);

/* Raises how many samples of a pass are wanted of both sides of a case. */
void mb_sides_want(const mb_turn *turn, mb_pass pass, size_t count);

/* Takes all samples. After a signal (sessions[MB_SIDE_OLD].signal_number), or when the plan's time budget has ended,
 * what was settled remains, what was not is INCONCLUSIVE and says why, and cases without their first samples are not
 * run. The first samples are taken whatever the budget. Samples are kept in a journal of each side: with
 * plan->resume those of an interrupted run come first, and verdicts are those of the unbroken one. */
MB_NODISCARD mb_status mb_sides_measure(mb_sides *sides, mb_error *error);

/* Removes the journals, of a run in which all was settled: nothing is left to resume. */
void mb_sides_forget(mb_sides *sides);

/* The verdicts, for a report that has the old side's cases as its baseline. */
MB_NODISCARD mb_status mb_sides_verdicts(const mb_sides *sides, mb_verdicts *verdicts, mb_error *error);

/* Cases of one side, in the order of its session; valid until close. */
mb_case_source mb_sides_source(const mb_sides *sides, size_t side);

void mb_sides_close(mb_sides *sides);

#endif
