/* sweep_words.h: how slopes and growth classes are put into words, the same in every format made for people. */
#ifndef MEMBENCH_REPORT_SWEEP_WORDS_H
#define MEMBENCH_REPORT_SWEEP_WORDS_H

#include "judge/sweep.h"
#include "report/words.h"

enum { MB_SWEEP_LINE_MAX = 512 }; /* bytes that any of the texts below needs, terminator included */

/* "1.56 KiB per job [1.55, 1.57] + 12.0 KiB": slope with interval, in one unit, and what is there at N = 0. */
const char *mb_sweep_words_line(const mb_sweep *sweep, const mb_sweep_metric *metric, char text[MB_SWEEP_LINE_MAX]);

/* "1.56 KiB", "0.0312 B", "2.01": a slope of the metric with three digits. */
const char *mb_sweep_words_slope(mb_metric metric, double slope, char text[MB_WORDS_TEXT_MAX]);

/* "O(N)", "O(N) or O(N lg N)", "O(N), in steps of 16", "no class, about N^1.50 [1.48, 1.53]", "shrinks"; "" of fewer
 * than four values. */
const char *mb_sweep_words_growth(const mb_sweep_fit *fit, char text[MB_WORDS_TEXT_MAX]);

/* "for jobs in [10, 200]": the values that were measured; nothing is said of others. */
const char *mb_sweep_words_range(const mb_sweep *sweep, char text[MB_SWEEP_LINE_MAX]);

/* "+128 KiB from 50 to 100 jobs, 58.0 KiB on the line". */
const char *mb_sweep_words_step(const mb_sweep *sweep, const mb_sweep_metric *metric, char text[MB_SWEEP_LINE_MAX]);

/* Whether the step leaves the line by so much that one should know. */
bool mb_sweep_has_step(const mb_sweep_metric *metric);

/* "1.16 KiB -> 1.30 KiB per job (+12.0%)", or without the ratio where there is none. */
const char *mb_sweep_words_change(const mb_sweep *sweep, const mb_sweep_metric *metric, const char *arrow,
                                  char text[MB_SWEEP_LINE_MAX]);

/* "2 cases", "1 slope", "2 cases and 1 slope": findings of a kind, slope_count of them slopes. */
const char *mb_sweep_words_findings(size_t finding_count, size_t slope_count, char text[MB_WORDS_TEXT_MAX]);

/* The change of a slope in a finding: "slope +20.0% (+19.2 KiB a unit)". */
const char *mb_sweep_words_finding(mb_metric metric, double ratio, double difference, char text[MB_WORDS_TEXT_MAX]);

/* The metrics of a sweep that a report shows without being asked: live heap and anonymous memory, of the steady window
 * unless the first use was measured at more values. wanted: those asked for, or NULL. */
bool mb_sweep_is_shown(const mb_sweep *sweep, const mb_sweep_metric *metric, const bool *wanted);

#endif
