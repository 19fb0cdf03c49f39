/* words.h: how numbers, changes and metrics are put into words, the same in every format made for people. */
#ifndef MEMBENCH_REPORT_WORDS_H
#define MEMBENCH_REPORT_WORDS_H

#include "base/units.h"
#include "judge/budget.h"
#include "judge/compare.h"
#include "model/result.h"

enum { MB_WORDS_TEXT_MAX = 96 }; /* bytes that any of the texts below needs, terminator included */

/* What is shown of a series; all 0 when it is empty. */
typedef struct mb_summary {
    size_t count;
    double median, minimum, maximum;
    double deviation; /* median of the absolute deviations from the median, not scaled */
    bool exact;       /* more than one sample, and all of them equal */
} mb_summary;

/* False, with *summary untouched, when memory is out (long series only). */
MB_NODISCARD bool mb_summary_make(const mb_series *series, mb_summary *summary);

/* "anon", "cold anon", "time": the metric as people call it; the steady window goes without saying. Static storage. */
const char *mb_words_label(mb_metric metric);

/* A value in its unit: "149 KiB", "1,204", "812 us". With signed_value a leading "+" above 0. */
const char *mb_words_value(mb_metric metric, double value, bool signed_value, char text[MB_WORDS_TEXT_MAX]);

/* How far samples lie apart: "exact", "once" for a single sample, else half of their range relative to the median,
 * "±1.2%", or in the metric's unit where the median is 0 or small against the range: "±2.00 KiB". */
const char *mb_words_spread(mb_metric metric, const mb_summary *summary, bool unicode, char text[MB_WORDS_TEXT_MAX]);

/* "+12.0%", "-3.1%", "+250%". */
const char *mb_words_ratio(double ratio, char text[MB_WORDS_TEXT_MAX]);

/* The change in brief: "+12.0% (+15.0 KiB)", from ten times on "+16.0 MiB (1,638 times)", or "+16.0 KiB (no ratio)"
 * without its comment where there is no ratio. */
const char *mb_words_change(mb_metric metric, bool has_ratio, double ratio, double difference,
                            char text[MB_WORDS_TEXT_MAX]);

/* The interval in brackets: "[+11.0%, +13.0%]", in the metric's unit where there is no ratio. */
const char *mb_words_interval(const mb_comparison *comparison, char text[MB_WORDS_TEXT_MAX]);

/* Why a budget could not be checked; NULL: it was. */
const char *mb_words_unchecked(mb_budget_state state);

/* "2.31 MiB of 2.00 MiB": a value against its budget. */
const char *mb_words_budget(mb_metric metric, double value, double budget, char text[MB_WORDS_TEXT_MAX]);

/* "1 case", "3 cases". */
const char *mb_words_number(size_t count, const char *singular, const char *plural, char text[MB_WORDS_TEXT_MAX]);

/* "crashed", "out of memory": the outcome in words. */
const char *mb_words_outcome(mb_outcome outcome);

/* Of a case that the baseline has no numbers of: "not in the baseline", or "crashed in the baseline". MB_OUTCOME_COUNT:
 * it is not in it. */
const char *mb_words_unrecorded(mb_outcome baseline_outcome, char text[MB_WORDS_TEXT_MAX]);

/* The id without its function, "group/rest": what a case measured in several ways is called. The caller frees it; NULL
 * when memory is out. */
char *mb_words_shared_id(const mb_case_result *result);

#endif
