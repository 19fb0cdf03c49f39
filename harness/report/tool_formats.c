#include "report/tool_formats.h"

#include "base/utf8.h"
#include "report/cause_words.h"
#include "report/sweep_words.h"
#include "report/words.h"

#include <stdio.h>
#include <string.h>

bool mb_report_tracks(const mb_report *report, mb_metric metric)
{
    const mb_gate_policy *policy = report->model->policy;
    if (report->options.metrics != NULL)
        return report->options.metrics[metric];
    if (mb_metric_quantity(metric) == MB_REAL_TIME_NS)
        return true;
    return policy != NULL ? policy->gates[metric] : mb_metric_info(metric)->gates;
}

static void write_interval(const mb_finding_change *change, char text[MB_WORDS_TEXT_MAX])
{
    char low[MB_WORDS_TEXT_MAX], high[MB_WORDS_TEXT_MAX];
    text[0] = '\0';
    if (!change->has_interval || change->low == change->high)
        return;
    if (change->ratio > 0) {
        mb_words_ratio(change->low, low);
        mb_words_ratio(change->high, high);
    } else {
        mb_words_value(change->metric, change->low, true, low);
        mb_words_value(change->metric, change->high, true, high);
    }
    snprintf(text, MB_WORDS_TEXT_MAX, " [%.40s, %.40s]", low, high);
}

static size_t add_change(char *text, size_t used, const mb_finding_change *change, bool is_slope)
{
    char words[MB_WORDS_TEXT_MAX], more[MB_WORDS_TEXT_MAX];
    const char *comma = used > 0 ? ", " : "", *label = mb_words_label(change->metric);
    if (change->is_budget) {
        mb_words_value(change->metric, change->value, false, words);
        mb_words_value(change->metric, change->budget, false, more);
        return used + (size_t)snprintf(text + used, MB_FINDING_TEXT_MAX - used, "%s%s %s where %s are allowed", comma,
                                       label, words, more);
    }
    if (is_slope) {
        mb_sweep_words_finding(change->metric, change->ratio, change->difference, words);
        return used + (size_t)snprintf(text + used, MB_FINDING_TEXT_MAX - used, "%s%s %s", comma, label, words);
    }
    mb_words_change(change->metric, change->ratio > 0, change->ratio, change->difference, words);
    write_interval(change, more);
    return used + (size_t)snprintf(text + used, MB_FINDING_TEXT_MAX - used, "%s%s %s%s", comma, label, words, more);
}

const char *mb_finding_sentence(const mb_finding *finding, char text[MB_FINDING_TEXT_MAX])
{
    enum { CHANGE_TEXT_MAX = 5 * MB_WORDS_TEXT_MAX, NUMBERED_MAX = 3 };
    char since[MB_WORDS_TEXT_MAX];
    size_t used = 0;
    if (finding->kind == MB_FINDING_LOST) {
        used = (size_t)snprintf(text, MB_FINDING_TEXT_MAX, "%s", mb_words_outcome(finding->outcome));
        if (finding->message != NULL) {
            memcpy(text + used, ": ", 2);
            mb_utf8_clean(finding->message, true, text + used + 2, MB_FINDING_TEXT_MAX - used - 2);
        }
        return text;
    }
    if (finding->kind == MB_FINDING_UNRECORDED) {
        snprintf(text, MB_FINDING_TEXT_MAX, "%s", mb_words_unrecorded(finding->baseline_outcome, since));
        return text;
    }
    const char *words = mb_finding_kind_get(finding->kind)->sentence;
    if (words != NULL || finding->change_count == 0) {
        snprintf(text, MB_FINDING_TEXT_MAX, "%s", words != NULL ? words : mb_finding_kind_name(finding->kind));
        return text;
    }
    if (finding->change_count > NUMBERED_MAX &&
        !finding->changes[0].is_budget) { /* else it is a line of one metric's twins */
        char line[MB_CAUSE_TEXT_MAX];
        snprintf(text, MB_FINDING_TEXT_MAX, "%s", mb_cause_finding_line(finding, line));
        return text;
    }
    for (size_t i = 0; i < finding->change_count; i++) {
        if (used + CHANGE_TEXT_MAX > MB_FINDING_TEXT_MAX) {
            used += (size_t)snprintf(text + used, MB_FINDING_TEXT_MAX - used, ", and %zu more metrics",
                                     finding->change_count - i);
            break;
        }
        used = add_change(text, used, &finding->changes[i], finding->is_slope);
    }
    snprintf(text + used, used < MB_FINDING_TEXT_MAX ? MB_FINDING_TEXT_MAX - used : 0, "%s",
             mb_words_since(finding, since));
    return text;
}
