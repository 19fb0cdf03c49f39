/* decide.h: what a run's findings mean: the verdict, the exit code and why, how grave each kind is, what to advise.
 *
 * Pure: a tally and a policy in, a decision out. The exit code and every report read it and decide nothing themselves,
 * so they cannot disagree. What each kind means is in its row of finding_kinds.h.
 *
 * For whatever was to be judged: exit code 0, the verdict "ok" and no finding of level error are the same thing. What
 * compared nothing, or ran nothing, is never 0. */
#ifndef MEMBENCH_JUDGE_DECIDE_H
#define MEMBENCH_JUDGE_DECIDE_H

#include "judge/exit_code.h"
#include "judge/finding_kinds.h"
#include "judge/tally.h"

/* What was asked for. */
typedef struct mb_decision_policy {
    bool is_compared;  /* with a baseline, or with another side of the run */
    bool is_strict;    /* suspect, inconclusive and gone fail */
    bool is_lenient;   /* a case without a baseline entry does not fail */
    bool is_part;      /* a shard, which is judged together with the others */
    bool is_record;    /* recorded soaks are shown, so there may be no case */
    int signal_number; /* that interrupted the run, which the exit code names; or 0 */
} mb_decision_policy;

/* What is said when no finding asks for anything. */
typedef enum mb_calm {
    MB_CALM_NONE,          /* something does */
    MB_CALM_PART,          /* a shard */
    MB_CALM_MEASURED,      /* nothing was to be judged */
    MB_CALM_NOTHING_GREW,  /* no memory metric of any case */
    MB_CALM_COMPARED,      /* none that was compared; others that gate were not */
    MB_CALM_UNJUDGED_GREW, /* only metrics that were not judged: they do not gate, or could not be compared */
    MB_CALM_GREW_WITHIN,   /* some, by no more than is allowed */
} mb_calm;

typedef struct mb_decision {
    const char *verdict; /* "ok"; "measured": nothing was to be judged and nothing failed; else the deciding kind's */
    mb_exit exit_code;
    const char *exit_reason; /* static text */
    mb_level levels[MB_FINDING_KIND_COUNT];
    size_t counts[MB_FINDING_KIND_COUNT]; /* findings, and 1 for each kind that is found of the whole run */
    mb_finding_kind lead;                 /* decides the exit code, or is the gravest warning; _COUNT: there is none */
    /* Kinds that ask for something to be done, advice_count of them: those that fail, then those that warn. */
    mb_finding_kind advice[MB_FINDING_KIND_COUNT];
    size_t advice_count;
    mb_calm calm;
} mb_decision;

/* Decides over a tally, which need not be whole: the levels depend on the policy alone. */
void mb_decide(const mb_tally *tally, const mb_decision_policy *policy, mb_decision *decision);

/* The exit code of a single finding of this kind. */
mb_exit mb_decide_exit(mb_finding_kind kind, const mb_decision_policy *policy);

/* Whether a finding of the left kind is graver than one of the right: by level, then in the order of the table. */
bool mb_decision_is_graver(const mb_decision *decision, mb_finding_kind left, mb_finding_kind right);

#endif
