#include "report/words.h"

#include "base/error.h"
#include "judge/ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STACK_SAMPLES = 64, MANIFOLD = 10 };

bool mb_summary_make(const mb_series *series, mb_summary *summary)
{
    size_t count = series->count;
    if (count == 0 || mb_series_is_exact(series)) {
        double value = count > 0 ? series->values[0] : 0;
        *summary =
            (mb_summary){.count = count, .median = value, .minimum = value, .maximum = value, .exact = count > 1};
        return true;
    }
    double few[STACK_SAMPLES];
    double *sorted = count <= STACK_SAMPLES ? few : malloc(count * sizeof *sorted);
    if (sorted == NULL)
        return false;
    memcpy(sorted, series->values, count * sizeof *sorted);
    mb_sort(sorted, count);
    mb_summary made = {.count = count, .minimum = sorted[0], .maximum = sorted[count - 1]};
    made.median = mb_median_sorted(sorted, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = fabs(sorted[i] - made.median);
    mb_sort(sorted, count);
    made.deviation = mb_median_sorted(sorted, count);
    if (sorted != few)
        free(sorted);
    *summary = made;
    return true;
}

const char *mb_words_label(mb_metric metric)
{
    static char labels[MB_METRIC_COUNT][MB_METRIC_NAME_BYTES_MAX];
    char *label = labels[metric];
    if (label[0] == '\0') {
        snprintf(label, sizeof labels[0], "%s%s", mb_metric_window(metric) == MB_WINDOW_COLD ? "cold " : "",
                 mb_metric_info(metric)->heading);
    }
    return label;
}

const char *mb_words_value(mb_metric metric, double value, bool signed_value, char text[MB_WORDS_TEXT_MAX])
{
    char number[MB_UNITS_TEXT_MAX];
    switch (mb_metric_info(metric)->kind) {
    case MB_KIND_BYTES:
        mb_format_bytes(value, number);
        break;
    case MB_KIND_COUNT:
        mb_format_count(value, number);
        break;
    case MB_KIND_NS:
        mb_format_ns(value, number);
        break;
    }
    snprintf(text, MB_WORDS_TEXT_MAX, "%s%s", signed_value && value > 0 ? "+" : "", number);
    return text;
}

const char *mb_words_spread(mb_metric metric, const mb_summary *summary, bool unicode, char text[MB_WORDS_TEXT_MAX])
{
    if (summary->count == 1)
        return strcpy(text, "once");
    if (summary->exact)
        return strcpy(text, "exact");
    const char *sign = unicode ? "±" : "+-";
    double half_range = (summary->maximum - summary->minimum) / 2;
    double percent = half_range / fabs(summary->median) * 100;
    if (summary->median != 0 && percent < 999.5) {
        snprintf(text, MB_WORDS_TEXT_MAX, "%s%.*f%%", sign, percent < 9.95 ? 1 : 0, percent);
        return text;
    }
    char value[MB_WORDS_TEXT_MAX];
    snprintf(text, MB_WORDS_TEXT_MAX, "%s%.40s", sign, mb_words_value(metric, half_range, false, value));
    return text;
}

const char *mb_words_ratio(double ratio, char text[MB_WORDS_TEXT_MAX])
{
    double percent = (ratio - 1) * 100;
    if (!isfinite(percent))
        return strcpy(text, "-");
    if (fabs(percent) < 0.05)
        percent = 0; /* no "-0.0%" */
    snprintf(text, MB_WORDS_TEXT_MAX, "%+.*f%%", fabs(percent) < 99.95 ? 1 : 0, percent);
    return text;
}

const char *mb_words_change(mb_metric metric, bool has_ratio, double ratio, double difference,
                            char text[MB_WORDS_TEXT_MAX])
{
    char value[MB_WORDS_TEXT_MAX], percent[MB_WORDS_TEXT_MAX];
    mb_words_value(metric, difference, true, value);
    if (!has_ratio)
        return strcpy(text, value);
    if (ratio >= MANIFOLD) { /* "+163740%" says less than how much it is */
        mb_format_count(ratio < 100 ? round(ratio * 10) / 10 : round(ratio), percent);
        snprintf(text, MB_WORDS_TEXT_MAX, "%.40s (%.40s times)", value, percent);
        return text;
    }
    snprintf(text, MB_WORDS_TEXT_MAX, "%.40s (%.40s)", mb_words_ratio(ratio, percent), value);
    return text;
}

const char *mb_words_unchecked(mb_budget_state state)
{
    return state == MB_BUDGET_UNMEASURED     ? "has a budget, but was not measured"
           : state == MB_BUDGET_NO_REFERENCE ? "has a budget relative to a baseline that does not have it"
                                             : NULL;
}

const char *mb_words_budget(mb_metric metric, double value, double budget, char text[MB_WORDS_TEXT_MAX])
{
    char is[MB_WORDS_TEXT_MAX], may_be[MB_WORDS_TEXT_MAX];
    mb_words_value(metric, value, false, is);
    mb_words_value(metric, budget, false, may_be);
    if (strcmp(is, may_be) == 0 &&
        mb_metric_info(metric)->kind == MB_KIND_BYTES) { /* three digits do not tell them apart */
        snprintf(is, sizeof is, "%.0f B", value);
        snprintf(may_be, sizeof may_be, "%.0f B", budget);
    }
    snprintf(text, MB_WORDS_TEXT_MAX, "%.40s of %.40s", is, may_be);
    return text;
}

const char *mb_words_interval(const mb_comparison *comparison, char text[MB_WORDS_TEXT_MAX])
{
    char low[MB_WORDS_TEXT_MAX], high[MB_WORDS_TEXT_MAX];
    if (comparison->has_ratio) {
        mb_words_ratio(comparison->ratio_low, low);
        mb_words_ratio(comparison->ratio_high, high);
    } else {
        mb_words_value(comparison->metric, comparison->difference_low, true, low);
        mb_words_value(comparison->metric, comparison->difference_high, true, high);
    }
    snprintf(text, MB_WORDS_TEXT_MAX, "[%.40s, %.40s]", low, high);
    return text;
}

const char *mb_words_number(size_t count, const char *singular, const char *plural, char text[MB_WORDS_TEXT_MAX])
{
    char number[MB_UNITS_TEXT_MAX];
    snprintf(text, MB_WORDS_TEXT_MAX, "%s %.60s", mb_format_count((double)count, number),
             count == 1 ? singular : plural);
    return text;
}

const char *mb_words_outcome(mb_outcome outcome)
{
    switch (outcome) {
    case MB_OUTCOME_OK:
        return "ok";
    case MB_OUTCOME_SKIPPED:
        return "skipped";
    case MB_OUTCOME_FAILED:
        return "failed";
    case MB_OUTCOME_OUT_OF_MEMORY:
        return "out of memory";
    case MB_OUTCOME_TIMED_OUT:
        return "timed out";
    case MB_OUTCOME_CRASHED:
        return "crashed";
    case MB_OUTCOME_NOT_RUN:
        return "not run";
    case MB_OUTCOME_COUNT:
        break;
    }
    mb_assert_failed(__FILE__, __LINE__, "an outcome of the enumeration");
}

const char *mb_words_unrecorded(mb_outcome baseline_outcome, char text[MB_WORDS_TEXT_MAX])
{
    snprintf(text, MB_WORDS_TEXT_MAX, "%s in the baseline",
             baseline_outcome < MB_OUTCOME_COUNT ? mb_words_outcome(baseline_outcome) : "not");
    return text;
}

char *mb_words_shared_id(const mb_case_result *result)
{
    const char *group = result->group != NULL ? result->group : "", *rest = result->id;
    size_t skipped = strlen(group) + 1 + (result->function != NULL ? strlen(result->function) : 0);
    if (result->function == NULL || strlen(result->id) < skipped)
        return strdup(result->id);
    rest += skipped;
    size_t size = strlen(group) + strlen(rest) + 1;
    char *key = malloc(size);
    if (key != NULL)
        snprintf(key, size, "%s%s", group, rest);
    return key;
}
