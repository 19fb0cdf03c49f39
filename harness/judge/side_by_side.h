/* side_by_side.h: two builds measured side by side, alternately and in one run: the two-stage rule. Pure, as compare.h.
 *
 *     screen     3 samples per side, 10 where they are not identical: most are seen not to have regressed; nothing
 * fails confirm    the rest, the suspects, from fresh samples alone: looks at 10, 20 and 40 a side
 *
 *     mb_side_compare_case ─▶ mb_side_screen, until no comparison wants more samples
 *     mb_side_compare_case of fresh samples, for each that mb_side_is_suspect ─▶ mb_side_confirm, until none wants more
 *
 * Since both sides live through the same minutes there is no drift to allow for, and times may gate too. Levels and
 * rates: docs/statistics.md; the numbers behind them come from ci/simulate. */
#ifndef MEMBENCH_JUDGE_SIDE_BY_SIDE_H
#define MEMBENCH_JUDGE_SIDE_BY_SIDE_H

#include "judge/compare.h"

/* Compares all metrics that either side has, like mb_compare_case, without a drift allowance. As many samples of one
 * side as of the other. Verdicts are those of mb_side_screen or mb_side_confirm, to be called next. */
size_t mb_side_compare_case(const mb_case_result *old_case, const mb_run_info *old_run, const mb_case_result *new_case,
                            const mb_run_info *new_run, const mb_gate_policy *policy, size_t case_index,
                            mb_arena *arena, mb_comparison comparisons[MB_METRIC_COUNT]);

/* First stage: NOT REGRESSED and IMPROVED are final (Holm's correction over what shrank). samples_wanted above
 * current_count: take that many of each side and compare again. scratch: count indices. */
void mb_side_screen(mb_comparison *comparisons, size_t count, const mb_gate_policy *policy, size_t *scratch);

/* Screened, and neither judged nor in want of screening samples: to be confirmed. Its screening samples are spent: what
 * made it a suspect must not speak against it a second time. */
bool mb_side_is_suspect(const mb_comparison *comparison);

/* Second stage, over all suspects at every look, also those that earlier looks have settled: Holm's correction counts
 * them, and their verdicts stay. Each has been compared again at least once. samples_wanted as above. scratch: count
 * indices. */
void mb_side_confirm(mb_comparison *suspects, size_t count, const mb_gate_policy *policy, size_t *scratch);

#endif
