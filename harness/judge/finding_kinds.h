/* finding_kinds.h: the one table of what can be found: how it is called, when it fails, with which exit code, and what
 * is said of it. The enum, the tally, the decision and all reports are made from it: a new kind is a row here.
 *
 * ROW(KIND, WHEN, fields of mb_finding_kind_info…), the worst first, which is the order that reports list them in and,
 * among kinds of one exit code, the order that decides. WHEN is an expression over `seen` (mb_seen_case, tally.h): the
 * case has a finding of this kind, without numbers. Findings with numbers come from comparisons of a verdict
 * (.of_verdict), or from budgets (tally.c); what is found of a whole run is decide.c's. */
#ifndef MEMBENCH_JUDGE_FINDING_KINDS_H
#define MEMBENCH_JUDGE_FINDING_KINDS_H

#include "judge/compare.h"
#include "judge/exit_code.h"

/* clang-format off */
#define MB_FINDING_KINDS(ROW)                                                                                          \
    ROW(REGRESSED, false,                                                                                              \
        .name = "regressed", .title = "Regressed", .headline = "regressed",                                            \
        .before = "Memory grew in ",                                                                                   \
        .reason = "memory grew beyond the threshold",                                                                  \
        .of_verdict = MB_VERDICT_REGRESSED, .exit_code = MB_EXIT_REGRESSED, .role = MB_ROLE_BAD)                       \
    ROW(SHRANK, false,                                                                                                 \
        .name = "shrank", .title = "Shrank", .headline = "shrank",                                                     \
        .before = "Memory shrank in ",                                                                                 \
        .reason = "memory shrank beyond the threshold, and --fail-on-change is set",                                   \
        .of_verdict = MB_VERDICT_SHRANK, .exit_code = MB_EXIT_REGRESSED, .role = MB_ROLE_BAD)                          \
    ROW(OVER_BUDGET, false,                                                                                            \
        .name = "over_budget", .title = "Over budget", .headline = "over budget",                                      \
        .reason = "a case takes more memory than its budget",                                                          \
        .exit_code = MB_EXIT_REGRESSED, .role = MB_ROLE_BAD)                                                           \
    ROW(CREPT, false,                                                                                                  \
        .name = "crept", .title = "Crept: grew since an older baseline", .headline = "crept",                          \
        .before = "Since an older baseline memory grew in ",                                                           \
        .reason = "memory grew by more than is allowed since an older baseline",                                       \
        .exit_code = MB_EXIT_REGRESSED, .role = MB_ROLE_BAD)                                                           \
    ROW(LOST, mb_seen_is_lost(seen),                                                                                   \
        .name = "lost", .verdict = "failed", .title = "Failed", .headline = "failed",                                  \
        .reason = "a case failed",                                                                                     \
        .exit_code = MB_EXIT_FAILED, .role = MB_ROLE_BAD)                                                              \
    ROW(INTERRUPTED, false,                                                                                            \
        .name = "interrupted", .title = "Interrupted", .headline = "interrupted",                                      \
        .reason = "the run was interrupted by a signal",                                                               \
        .is_of_run = true, .exit_code = MB_EXIT_SIGNAL, .role = MB_ROLE_BAD)                                           \
    ROW(NOTHING_RUN, false,                                                                                            \
        .name = "nothing_run", .title = "Nothing was run", .headline = "nothing was run",                              \
        .reason = "no case was run",                                                                                   \
        .is_of_run = true, .exit_code = MB_EXIT_BASELINE, .role = MB_ROLE_UNSURE)                                      \
    ROW(NOTHING_COMPARED, false,                                                                                       \
        .name = "nothing_compared", .title = "Nothing was compared", .headline = "nothing could be compared",          \
        .reason = "no gating metric could be compared",                                                                \
        .is_of_run = true, .exit_code = MB_EXIT_BASELINE, .role = MB_ROLE_UNSURE)                                      \
    ROW(UNRECORDED, seen->item->presence == MB_PRESENCE_UNRECORDED && !seen->item->is_advisory,                        \
        .name = "unrecorded", .title = "Not in the baseline", .headline = "not in the baseline",                       \
        .reason = "a case is not in the baseline",                                                                     \
        .fails = MB_FAILS_UNLESS_LENIENT, .otherwise = MB_LEVEL_NOTICE,                                                \
        .exit_code = MB_EXIT_BASELINE, .role = MB_ROLE_UNSURE)                                                         \
    ROW(SUSPECT, false,                                                                                                \
        .name = "suspect", .title = "Suspect: grew, or the sessions differ", .headline = "suspect",                    \
        .before = "Memory grew, or the sessions differ: ",                                                             \
        .reason = "memory may have grown, or the sessions differ, and --strict is set",                                \
        .of_verdict = MB_VERDICT_SUSPECT, .fails = MB_FAILS_WHEN_STRICT, .otherwise = MB_LEVEL_WARNING,                \
        .exit_code = MB_EXIT_SUSPECT, .role = MB_ROLE_UNSURE)                                                          \
    ROW(INCONCLUSIVE, false,                                                                                           \
        .name = "inconclusive", .title = "Inconclusive", .headline = "inconclusive",                                   \
        .before = "Too noisy to tell: ",                                                                               \
        .reason = "a case varied too much for a verdict, and --strict is set",                                         \
        .of_verdict = MB_VERDICT_INCONCLUSIVE, .fails = MB_FAILS_WHEN_STRICT, .otherwise = MB_LEVEL_WARNING,           \
        .exit_code = MB_EXIT_SUSPECT, .role = MB_ROLE_UNSURE)                                                          \
    ROW(NOT_COMPARABLE, mb_seen_is_not_comparable(seen),                                                               \
        .name = "not_comparable", .title = "Not comparable", .headline = "not comparable",                             \
        .sentence = "no gating metric could be compared with the baseline",                                            \
        .reason = "no gating metric of a case could be compared",                                                      \
        .exit_code = MB_EXIT_BASELINE, .role = MB_ROLE_UNSURE)                                                         \
    ROW(UNBUDGETED, false,                                                                                             \
        .name = "unbudgeted", .title = "Budget not checked: the metric was not measured",                              \
        .headline = "with a budget not checked", .sentence = "a budget could not be checked",                          \
        .reason = "a budget could not be checked",                                                                     \
        .exit_code = MB_EXIT_BASELINE, .role = MB_ROLE_UNSURE)                                                         \
    ROW(GONE, seen->item->presence == MB_PRESENCE_GONE,                                                                \
        .name = "gone", .title = "In the baseline, but not run", .headline = "in the baseline but not run",            \
        .sentence = "in the baseline, but not run",                                                                    \
        .reason = "a case of the baseline was not run, and --strict is set",                                           \
        .fails = MB_FAILS_WHEN_STRICT, .otherwise = MB_LEVEL_WARNING,                                                  \
        .exit_code = MB_EXIT_FAILED, .role = MB_ROLE_UNSURE)                                                           \
    ROW(ADVISORY, false,                                                                                               \
        .name = "advisory", .title = "Advisory: grew or over budget, never fails", .headline = "advisory",             \
        .fails = MB_FAILS_NEVER, .otherwise = MB_LEVEL_NOTICE, .role = MB_ROLE_UNSURE)                                 \
    ROW(IMPROVED, false,                                                                                               \
        .name = "improved", .title = "Improved", .headline = "improved",                                               \
        .of_verdict = MB_VERDICT_IMPROVED, .fails = MB_FAILS_NEVER, .otherwise = MB_LEVEL_NOTICE,                      \
        .role = MB_ROLE_GOOD)
/* clang-format on */

#define MB_FINDING_KIND_ENUM(KIND, WHEN, ...) MB_FINDING_##KIND,
typedef enum mb_finding_kind { MB_FINDING_KINDS(MB_FINDING_KIND_ENUM) MB_FINDING_KIND_COUNT } mb_finding_kind;
#undef MB_FINDING_KIND_ENUM

/* When a kind fails. Zero is the strictest, so that a row that forgets it is not overlooked. */
typedef enum mb_fails { MB_FAILS_ALWAYS, MB_FAILS_UNLESS_LENIENT, MB_FAILS_WHEN_STRICT, MB_FAILS_NEVER } mb_fails;

/* How grave a finding is. MB_LEVEL_ERROR, and nothing else, makes the exit code another than 0. */
typedef enum mb_level { MB_LEVEL_ERROR, MB_LEVEL_WARNING, MB_LEVEL_NOTICE, MB_LEVEL_COUNT } mb_level;

/* How a finding looks, whatever its level. */
typedef enum mb_role { MB_ROLE_BAD, MB_ROLE_UNSURE, MB_ROLE_GOOD, MB_ROLE_PLAIN } mb_role;

/* A row. Texts are static. */
typedef struct mb_finding_kind_info {
    const char *name;      /* in JSON, "not_comparable"; with spaces for people */
    const char *verdict;   /* of the run that exits by it; NULL: the name */
    const char *title;     /* above the list of findings */
    const char *headline;  /* behind a number of cases: "2 cases not in the baseline" */
    const char *before;    /* of a sentence that the number of cases ends; NULL: the number goes before the headline */
    const char *sentence;  /* all that there is to say of one finding; NULL: its numbers or its message */
    const char *reason;    /* why the exit code is what it is; NULL where it never fails */
    mb_verdict of_verdict; /* comparisons of this verdict that gate are its numbers; 0: none */
    mb_fails fails;
    mb_level otherwise; /* its level where it does not fail */
    mb_exit exit_code;  /* where it fails */
    mb_role role;
    bool is_of_run; /* of the run as a whole, not of a case: no finding is listed */
} mb_finding_kind_info;

const mb_finding_kind_info *mb_finding_kind_get(mb_finding_kind kind);

/* How a comparison of that verdict looks: as the finding that is made of it, or plain. */
mb_role mb_verdict_role(mb_verdict verdict);

/* "regressed", … */
const char *mb_finding_kind_name(mb_finding_kind kind);

#endif
