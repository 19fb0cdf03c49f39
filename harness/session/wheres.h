/* wheres.h: for each case with more memory than allowed, the call sites that have it. */
#ifndef MEMBENCH_SESSION_WHERES_H
#define MEMBENCH_SESSION_WHERES_H

#include "report/where_words.h"
#include "session/sides.h"
#include "session/site_pass.h"

/* What is explained: metrics that regressed, or all that changed, or may have. */
typedef enum mb_where_extent { MB_WHERE_REGRESSED, MB_WHERE_ALL } mb_where_extent;

/* The call sites of whatever regressed between two builds: one more sample of each of these cases on both sides.
 * Everything is in the arena. */
MB_NODISCARD mb_status mb_wheres_of_sides(mb_sides *sides, const mb_verdicts *verdicts, mb_where_extent extent,
                                          mb_arena *arena, mb_wheres *wheres, mb_error *error);

/* Takes the call sites of whatever regressed since a baseline that has some (verdicts: NULL without one), and of what
 * is over its budget: into the results of the session. */
MB_NODISCARD mb_status mb_wheres_keep(mb_session *session, const mb_verdicts *verdicts, mb_where_extent extent,
                                      mb_error *error);

/* What is known of whatever regressed between two runs that kept call sites; nothing of cases of which neither did. */
MB_NODISCARD mb_status mb_wheres_of_sources(const mb_verdicts *verdicts, const mb_case_source *current,
                                            const mb_case_source *baseline, mb_where_extent extent, mb_arena *arena,
                                            mb_wheres *wheres, mb_error *error);

/* Adds what holds the memory of cases that are over a budget and kept call sites. */
MB_NODISCARD mb_status mb_wheres_add_budgets(const mb_plan *plan, const mb_case_source *current, mb_arena *arena,
                                             mb_wheres *wheres, mb_error *error);

/* Whether call sites can tell something of one of these comparisons that regressed. */
bool mb_wheres_are_asked(const mb_comparison *comparisons, size_t count, mb_where_extent extent);

/* What two samples tell of the comparisons that regressed. old: NULL when nothing is known of the other side, for which
 * obstacle (or NULL) is the reason. */
MB_NODISCARD mb_status mb_wheres_explain(const char *case_id, const mb_comparison *comparisons, size_t count,
                                         mb_where_extent extent, const mb_site_set *old, const mb_site_set *new,
                                         const char *obstacle, mb_arena *arena, mb_where_findings *findings,
                                         mb_error *error);

#endif
