/* The end of a row: "▲ heap +11.6% (+1.41 KiB)", "crashed: SIGSEGV in run", "not in the baseline". One change a row,
 * that of the worst verdict and in the metric that is best for all; the findings at the end have the others. */
#include "judge/causes.h"
#include "report/calm.h"
#include "report/explain.h"
#include "report/sweep_words.h"
#include "report/text.h"
#include "report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is before a change, by its role and direction; the words behind it say the same without colour. */
static const char *sign_of(const mb_report *report, mb_role role, double difference)
{
    switch (role) {
    case MB_ROLE_UNSURE:
        return "? ";
    case MB_ROLE_BAD:
    case MB_ROLE_GOOD:
        if (difference < 0)
            return report->options.unicode ? "▼ " : "v ";
        return report->options.unicode ? "▲ " : "^ ";
    case MB_ROLE_PLAIN:
        break;
    }
    return "";
}

static void set(mb_text_note *note, mb_text_standing standing, mb_color color, const char *text)
{
    note->standing = standing;
    note->color = color;
    snprintf(note->text, sizeof note->text, "%s", text);
}

/* What became of a case that failed. */
static void note_outcome(const mb_report *report, const mb_report_case *item, mb_text_note *note)
{
    const mb_case_result *result = item->result;
    bool is_skipped = result->outcome == MB_OUTCOME_SKIPPED && !item->baseline_ok;
    bool is_compared = report->model->baseline_name != NULL;
    char text[MB_TEXT_NOTE_BYTES];
    snprintf(text, sizeof text, "%s%s%.600s", mb_words_outcome(result->outcome), result->message != NULL ? ": " : "",
             result->message != NULL ? result->message : "");
    set(note,
        !is_skipped   ? MB_TEXT_CHANGED
        : is_compared ? MB_TEXT_SKIPPED
                      : MB_TEXT_MEASURED,
        is_skipped ? MB_COLOR_YELLOW : MB_COLOR_RED, text);
}

static bool has_news(const mb_report_case *item)
{
    for (size_t i = 0; i < item->comparison_count; i++)
        if (item->comparisons[i].gates && item->comparisons[i].verdict != MB_VERDICT_NOT_COMPARABLE &&
            mb_verdict_role(item->comparisons[i].verdict) != MB_ROLE_PLAIN)
            return true;
    return false;
}

/* Of the verdicts that ask for a look the worst, and of these the metric that is best for all. */
static const mb_comparison *find_worst(const mb_report_case *item, size_t *other_count)
{
    const mb_comparison *worst = NULL;
    *other_count = 0;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        if (!comparison->gates || mb_verdict_role(comparison->verdict) == MB_ROLE_PLAIN ||
            comparison->verdict == MB_VERDICT_NOT_COMPARABLE)
            continue;
        if (worst == NULL || comparison->verdict > worst->verdict ||
            (comparison->verdict == worst->verdict && mb_cause_rank(comparison->metric) < mb_cause_rank(worst->metric)))
            worst = comparison;
    }
    for (size_t i = 0; i < item->comparison_count; i++)
        *other_count += item->comparisons[i].gates && item->comparisons[i].verdict != worst->verdict &&
                        item->comparisons[i].verdict != MB_VERDICT_NOT_COMPARABLE &&
                        mb_verdict_role(item->comparisons[i].verdict) != MB_ROLE_PLAIN;
    return worst;
}

static const char *word_of(mb_verdict verdict)
{
    switch (verdict) {
    case MB_VERDICT_SUSPECT:
        return ", suspect";
    case MB_VERDICT_INCONCLUSIVE:
        return ", inconclusive";
    case MB_VERDICT_IMPROVED:
    case MB_VERDICT_SHRANK:
    case MB_VERDICT_REGRESSED: /* the arrow says it */
    case MB_VERDICT_NOT_REGRESSED:
    case MB_VERDICT_SHOWN:
    case MB_VERDICT_NOT_COMPARABLE:
    case MB_VERDICT_NO_BASELINE:
    case MB_VERDICT_COUNT:
        break;
    }
    return "";
}

static void note_comparison(const mb_report *report, const mb_comparison *worst, size_t other_count, mb_text_note *note)
{
    char change[MB_WORDS_TEXT_MAX], text[MB_TEXT_NOTE_BYTES], more[MB_WORDS_TEXT_MAX] = "";
    mb_role role = mb_verdict_role(worst->verdict);
    mb_words_change(worst->metric, worst->has_ratio, worst->ratio, worst->difference, change);
    if (other_count > 0)
        snprintf(more, sizeof more, "; %zu more", other_count);
    snprintf(text, sizeof text, "%s%s %s%s%s", sign_of(report, role, worst->difference), mb_words_label(worst->metric),
             change, word_of(worst->verdict), more);
    set(note, MB_TEXT_CHANGED, mb_terminal_color(role), text);
    if (mb_comparison_moves(worst))
        mb_explain_conditions(worst, note->tail); /* what looks exact is not */
    else if (worst->verdict == MB_VERDICT_REGRESSED)
        mb_explain_tail(worst, note->tail); /* a few samples decided: the ratio of medians says little of it */
}

/* What grew, or may have, since an older baseline. */
static bool note_since(const mb_report *report, const mb_report_case *item, mb_text_note *note)
{
    for (size_t s = 0; s < item->since_count; s++) {
        mb_report_case since = {.comparisons = item->sinces[s].comparisons,
                                .comparison_count = item->sinces[s].comparison_count};
        size_t other_count, used;
        if (!has_news(&since))
            continue;
        const mb_comparison *worst = find_worst(&since, &other_count);
        if (worst->verdict == MB_VERDICT_IMPROVED)
            continue;
        note_comparison(report, worst, 0, note);
        used = strlen(note->text);
        snprintf(note->text + used, sizeof note->text - used, " since %.80s", item->sinces[s].baseline);
        return true;
    }
    return false;
}

/* A budget that was exceeded or not checked, or of an advisory case what would have been looked into. */
static bool note_other(const mb_report *report, const mb_report_case *item, mb_text_note *note)
{
    char text[MB_TEXT_NOTE_BYTES], budget[MB_WORDS_TEXT_MAX], change[MB_WORDS_TEXT_MAX];
    for (size_t i = 0; i < item->budget_count; i++) {
        const mb_budget_check *check = &item->budgets[i];
        mb_role role = check->state == MB_BUDGET_OVER && !item->is_advisory ? MB_ROLE_BAD : MB_ROLE_UNSURE;
        if (check->state == MB_BUDGET_WITHIN)
            continue;
        if (mb_words_unchecked(check->state) != NULL)
            snprintf(text, sizeof text, "? %s %s", mb_words_label(check->metric), mb_words_unchecked(check->state));
        else
            snprintf(text, sizeof text, "%s%s %s, OVER BUDGET%s", sign_of(report, role, 1),
                     mb_words_label(check->metric), mb_words_budget(check->metric, check->value, check->budget, budget),
                     item->is_advisory ? " (advisory)" : "");
        set(note, MB_TEXT_CHANGED, mb_terminal_color(role), text);
        return true;
    }
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        if (!comparison->is_advisory || comparison->reason == NULL)
            continue;
        mb_words_change(comparison->metric, comparison->has_ratio, comparison->ratio, comparison->difference, change);
        snprintf(text, sizeof text, "? %s %s (advisory)", mb_words_label(comparison->metric), change);
        set(note, MB_TEXT_CHANGED, MB_COLOR_YELLOW, text);
        return true;
    }
    return false;
}

/* The largest change within what is allowed, and by which rule it passed; or that there is none. */
static void note_calm(const mb_report_case *item, mb_text_note *note)
{
    const mb_comparison *largest = NULL, *moving = NULL, *tailed = NULL;
    char text[MB_TEXT_NOTE_BYTES], change[MB_WORDS_TEXT_MAX], floor[MB_WORDS_TEXT_MAX];
    bool is_judged = false;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        if (!comparison->gates || comparison->verdict != MB_VERDICT_NOT_REGRESSED)
            continue;
        is_judged = true;
        if (comparison->above_count > 0 && comparison->current_highest > comparison->baseline_highest &&
            !mb_comparison_moves(comparison) &&
            (tailed == NULL || mb_cause_rank(comparison->metric) < mb_cause_rank(tailed->metric)))
            tailed = comparison;
        if (comparison->difference == 0 && comparison->baseline_median == comparison->current_median)
            continue;
        if (mb_comparison_moves(comparison)) { /* its difference is not growth */
            if (moving == NULL || mb_cause_rank(comparison->metric) < mb_cause_rank(moving->metric))
                moving = comparison;
            continue;
        }
        double size = comparison->has_ratio ? fabs(log(comparison->ratio)) : 1e9;
        if (largest == NULL || size > (largest->has_ratio ? fabs(log(largest->ratio)) : 1e9))
            largest = comparison;
    }
    if (moving != NULL) {
        char range[MB_EXPLAIN_LINE_BYTES];
        snprintf(text, sizeof text, "%s %.300s", mb_words_label(moving->metric), mb_explain_conditions(moving, range));
        set(note, MB_TEXT_WITHIN, MB_COLOR_DIM, text);
        return;
    }
    if (tailed != NULL) {
        mb_calm_tail(tailed->metric, tailed->current_highest, tailed->above_count, tailed->current_count, change);
        set(note, MB_TEXT_WITHIN, MB_COLOR_DIM, change);
        return;
    }
    if (largest == NULL) {
        set(note, is_judged ? MB_TEXT_UNCHANGED : MB_TEXT_UNCOMPARED, MB_COLOR_DIM,
            is_judged ? "unchanged" : "not compared");
        return;
    }
    mb_words_change(largest->metric, largest->has_ratio, largest->ratio, largest->difference, change);
    bool is_floored = mb_calm_is_floored(largest->has_ratio ? largest->ratio : 0, largest->difference,
                                         largest->threshold_ratio, largest->floor);
    if (is_floored)
        mb_calm_floor(largest->metric, largest->floor, largest->baseline_exact && largest->current_exact, floor);
    snprintf(text, sizeof text, "%s %s %s", mb_words_label(largest->metric), change,
             is_floored ? floor : "within the threshold");
    set(note, MB_TEXT_WITHIN, MB_COLOR_DIM, text);
}

void mb_text_note_case(const mb_report *report, const mb_report_case *item, mb_text_note *note)
{
    size_t other_count = 0;
    char absence[MB_WORDS_TEXT_MAX];
    *note = (mb_text_note){.standing = MB_TEXT_MEASURED};
    if (item->result->outcome != MB_OUTCOME_OK) {
        note_outcome(report, item, note);
        return;
    }
    const mb_comparison *worst = has_news(item) ? find_worst(item, &other_count) : NULL;
    if (worst != NULL && worst->verdict != MB_VERDICT_IMPROVED)
        note_comparison(report, worst, other_count, note);
    else if (note_since(report, item, note) || note_other(report, item, note))
        return;
    else if (item->presence == MB_PRESENCE_UNRECORDED)
        set(note, MB_TEXT_CHANGED, MB_COLOR_YELLOW, mb_words_unrecorded(mb_baseline_outcome(item), absence));
    else if (worst != NULL)
        note_comparison(report, worst, other_count, note);
    else if (report->model->baseline_name != NULL)
        note_calm(item, note);
}

static bool needs_look(const mb_sweep_metric *metric)
{
    return metric->gates && mb_verdict_role(metric->verdict) != MB_ROLE_PLAIN;
}

/* How a group grows, for its first metric that is shown: "+ 552 B, O(N) or O(N lg N)". */
static void note_growth(const mb_report *report, const mb_sweep *sweep, mb_text_note *note)
{
    for (int heap = 1; heap >= 0; heap--)
        for (size_t i = 0; i < sweep->metric_count; i++) {
            const mb_sweep_metric *metric = &sweep->metrics[i];
            char fixed[MB_WORDS_TEXT_MAX], growth[MB_WORDS_TEXT_MAX];
            if ((mb_metric_info(metric->metric)->pass == MB_PASS_HEAP) != heap || !metric->is_resolved ||
                !mb_sweep_is_shown(sweep, metric, report->options.metrics))
                continue;
            double overhead = metric->current.fit.overhead;
            mb_words_value(metric->metric, fabs(overhead) < 0.5 ? 0 : fabs(overhead), false, fixed);
            mb_sweep_words_growth(&metric->current.fit, growth);
            if (metric->current.fit.growth.has_exponent)
                snprintf(growth, sizeof growth, "about N^%.2f", metric->current.fit.growth.exponent);
            snprintf(note->text, sizeof note->text, "%c %s%s%s", overhead <= -0.5 ? '-' : '+', fixed,
                     growth[0] != '\0' ? ", " : "", growth);
            return;
        }
}

void mb_text_note_sweep(const mb_report *report, const mb_report_sweep *sweep, mb_text_note *note)
{
    const mb_sweep_metric *worst = NULL;
    size_t other_count = 0;
    *note = (mb_text_note){.standing = MB_TEXT_MEASURED, .color = MB_COLOR_DIM};
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *metric = &sweep->metrics[i];
        if (!needs_look(metric))
            continue;
        if (worst == NULL || metric->verdict > worst->verdict ||
            (metric->verdict == worst->verdict && mb_cause_rank(metric->metric) < mb_cause_rank(worst->metric)))
            worst = metric;
    }
    if (worst == NULL) {
        note_growth(report, sweep, note);
        return;
    }
    for (size_t i = 0; i < sweep->metric_count; i++)
        other_count += needs_look(&sweep->metrics[i]) && sweep->metrics[i].verdict != worst->verdict;
    char change[MB_SWEEP_LINE_MAX], text[MB_TEXT_NOTE_BYTES], more[MB_WORDS_TEXT_MAX] = "";
    mb_role role = mb_verdict_role(worst->verdict);
    mb_sweep_words_change(sweep, worst, mb_terminal_arrow(report), change);
    if (other_count > 0)
        snprintf(more, sizeof more, "; %zu more", other_count);
    snprintf(text, sizeof text, "%s%s %s%s%s", sign_of(report, role, worst->difference), mb_words_label(worst->metric),
             change, word_of(worst->verdict), more);
    set(note, MB_TEXT_CHANGED, mb_terminal_color(role), text);
}
