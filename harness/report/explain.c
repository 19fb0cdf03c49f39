#include "report/explain.h"

#include "judge/allowance.h"
#include "judge/gate_levels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_compared(const mb_comparison *c)
{
    return c->verdict != MB_VERDICT_NO_BASELINE && c->baseline_count > 0 && c->current_count > 0;
}

static void describe_side(mb_metric metric, double median, size_t count, bool is_exact, double highest, bool has_values,
                          char text[MB_EXPLAIN_LINE_BYTES])
{
    char value[MB_WORDS_TEXT_MAX], number[MB_WORDS_TEXT_MAX], most[MB_WORDS_TEXT_MAX];
    mb_words_value(metric, median, false, value);
    mb_words_number(count, "sample", "samples", number);
    if (count == 0)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "no samples");
    else if (!has_values)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s", number);
    else if (count == 1 || is_exact)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s in %s%s", value, count == 1 ? "the one sample" : "each of ",
                 count == 1 ? "" : number);
    else if (highest > 0)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s, the median of %s; the highest is %s", value, number,
                 mb_words_value(metric, highest, false, most));
    else
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s, the median of %s", value, number);
}

static void describe_now(const mb_comparison *c, char text[MB_EXPLAIN_LINE_BYTES])
{
    char change[MB_WORDS_TEXT_MAX], interval[MB_WORDS_TEXT_MAX];
    bool is_exact = c->baseline_exact && c->current_exact;
    describe_side(c->metric, c->current_median, c->current_count, c->current_exact, c->current_highest, is_compared(c),
                  text);
    if (!is_compared(c) || c->difference == 0)
        return;
    size_t used = strlen(text);
    mb_words_change(c->metric, c->has_ratio, c->ratio, c->difference, change);
    snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used, ": %s%s%s", change, is_exact ? "" : " ",
             is_exact ? "" : mb_words_interval(c, interval));
}

static void describe_allowed(const mb_comparison *c, const mb_gate_policy *policy, char text[MB_EXPLAIN_LINE_BYTES])
{
    const mb_quantity_info *info = mb_metric_info(c->metric);
    char most[MB_WORDS_TEXT_MAX], part[MB_WORDS_TEXT_MAX];
    mb_bound by = mb_bound_of_growth(c, c->floor, policy);
    double bound = mb_bound_of(c->baseline_median, by);
    mb_words_value(c->metric, bound, false, most);
    if (strcmp(most, mb_words_value(c->metric, c->current_median, false, part)) == 0 && info->kind != MB_KIND_NS)
        snprintf(most, sizeof most, "%.0f, and it is %.0f", floor(bound), c->current_median);
    size_t used =
        (size_t)snprintf(text, MB_EXPLAIN_LINE_BYTES, "up to %s: %.4g%% more", most, c->threshold_ratio * 100);
    if (c->threshold_extra > 0)
        used += (size_t)snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used, " and %s",
                                 mb_words_value(c->metric, c->threshold_extra, true, part));
    if (mb_quantum_bytes(info, policy) > 0)
        used += (size_t)snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used, " and a page");
    if (by.floor > 0)
        used += (size_t)snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used, ", at least %s",
                                 mb_words_value(c->metric, by.floor, true, part));
    if (c->path == MB_PATH_RANK && !policy->times_gate)
        snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used, "; %.3g%% on top for what changes between sessions",
                 100 * mb_drift_allowance(c->baseline_spread, c->baseline_median, policy));
}

const char *mb_explain_tail(const mb_comparison *c, char text[MB_EXPLAIN_LINE_BYTES])
{
    char now[MB_WORDS_TEXT_MAX], before[MB_WORDS_TEXT_MAX];
    text[0] = '\0';
    if (c->path == MB_PATH_RANK && c->above_count > 0 && c->above_count < c->current_count && mb_gate_is_of_tail(c))
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "in %u of %u samples up to %s; before at most %s", c->above_count,
                 c->current_count, mb_words_value(c->metric, c->current_highest, false, now),
                 mb_words_value(c->metric, c->baseline_highest, false, before));
    return text;
}

/* "160 to 224 KiB", or "0 B to 224 KiB" where the units differ. */
static const char *describe_range(mb_metric metric, double low, double high, char text[2 * MB_WORDS_TEXT_MAX])
{
    char least[MB_WORDS_TEXT_MAX], most[MB_WORDS_TEXT_MAX];
    mb_words_value(metric, low, false, least);
    mb_words_value(metric, high, false, most);
    char *unit = strchr(least, ' '), *other_unit = strchr(most, ' ');
    if (strcmp(least, most) == 0)
        snprintf(text, 2 * MB_WORDS_TEXT_MAX, "always %s", least);
    else
        snprintf(text, 2 * MB_WORDS_TEXT_MAX, "%.*s to %s",
                 unit != NULL && other_unit != NULL && strcmp(unit, other_unit) == 0 ? (int)(unit - least)
                                                                                     : (int)strlen(least),
                 least, most);
    return text;
}

const char *mb_explain_conditions(const mb_comparison *c, char text[MB_EXPLAIN_LINE_BYTES])
{
    const mb_conditions *k = c->conditions;
    char now[2 * MB_WORDS_TEXT_MAX], before[2 * MB_WORDS_TEXT_MAX];
    text[0] = '\0';
    if (!mb_comparison_moves(c))
        return text;
    describe_range(c->metric, k->current_low, k->current_high, now);
    describe_range(c->metric, k->baseline_low, k->baseline_high, before);
    bool is_same = strcmp(now, before) == 0;
    snprintf(text, MB_EXPLAIN_LINE_BYTES, "varies with %s: %s%s%s%s", mb_conditions_name(k), now,
             is_same ? "" : ", before ", is_same ? "" : before,
             k->baseline_count == 0 ? " (not measured at others)" : "");
    return text;
}

/* What repeats exactly, and moves under other conditions. */
static void explain_moved(const mb_comparison *c, char text[MB_EXPLAIN_LINE_BYTES])
{
    const mb_conditions *k = c->conditions;
    char moves[MB_EXPLAIN_LINE_BYTES];
    mb_explain_conditions(c, moves);
    size_t used = (size_t)snprintf(text, MB_EXPLAIN_LINE_BYTES, "repeats exactly, but %.300s", moves);
    if (k->baseline_count == 0)
        snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used, "; membench ab measures both under the same conditions");
    else if (c->verdict == MB_VERDICT_REGRESSED)
        snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used,
                 "; ranks over %u conditions: p = %.2g that allowed growth looks like this: below %.2g fails",
                 k->current_count, k->p_adjusted, MB_CONDITIONS_FAIL_LEVEL);
    else
        snprintf(text + used, MB_EXPLAIN_LINE_BYTES - used,
                 "; ranks over %u conditions: p = %.2g that it grew by what is allowed or less, %.2g that it grew by "
                 "more",
                 k->current_count, k->p_fail, k->p_pass);
}

static void explain_exact(const mb_comparison *c, const mb_gate_policy *policy, char text[MB_EXPLAIN_LINE_BYTES])
{
    static const char both[] = "both repeat exactly, so no chance is involved";
    if (c->verdict == MB_VERDICT_REGRESSED && c->conditions != NULL && c->conditions->current_count > 0)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s: it is more than is allowed, and under %u other conditions too", both,
                 c->conditions->current_count);
    else if (c->verdict == MB_VERDICT_REGRESSED)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s: it is more than is allowed", both);
    else if (c->verdict == MB_VERDICT_SHRANK)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s: it shrank by more than is allowed", both);
    else if (c->verdict == MB_VERDICT_IMPROVED)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s: it shrank by more than %.4g%%", both,
                 policy->noise_threshold_ratio * 100);
    else if (c->difference == 0)
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "every sample of both has the same value%s",
                 c->samples_to_pass < MB_GATE_UNCHANGED_COUNT
                     ? "; the program and its libraries are the same, too, so one is enough"
                     : "");
    else
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "%s: it is within what is allowed", both);
}

static void explain_ranks(const mb_comparison *c, size_t noisy_count, char text[MB_EXPLAIN_LINE_BYTES])
{
    char tail[MB_EXPLAIN_LINE_BYTES], number[MB_WORDS_TEXT_MAX];
    double p_beyond = fmin(1, mb_gate_either(c->p_fail, c->p_tail));
    mb_words_number(noisy_count, "noisy comparison", "noisy comparisons", number);
    mb_explain_tail(c, tail);
    switch (c->verdict) {
    case MB_VERDICT_REGRESSED:
        snprintf(text, MB_EXPLAIN_LINE_BYTES,
                 "%.200s%sp = %.2g that allowed growth looks like this, over %s (Holm): below %.2g fails", tail,
                 tail[0] != '\0' ? ": " : "rank sum test: ", c->p_adjusted, number, MB_GATE_FAIL_LEVEL);
        return;
    case MB_VERDICT_SHRANK:
        snprintf(text, MB_EXPLAIN_LINE_BYTES, "p = %.2g that what may shrink looks like this, one of %s", c->p_improved,
                 number);
        return;
    case MB_VERDICT_NOT_REGRESSED:
    case MB_VERDICT_IMPROVED:
        snprintf(text, MB_EXPLAIN_LINE_BYTES,
                 "rank sum test: p = %.2g that forbidden growth looks like this: below %.2g passes; %u of %u samples "
                 "lie above all that is allowed",
                 c->p_pass, MB_GATE_PASS_LEVEL, c->above_count, c->current_count);
        return;
    case MB_VERDICT_SUSPECT:
        snprintf(text, MB_EXPLAIN_LINE_BYTES,
                 "%s: p = %.2g that allowed growth looks like this, %.2g with what changes between sessions: below "
                 "%.2g would fail; membench ab measures both side by side, and decides",
                 c->reason != NULL ? c->reason : "not certain", p_beyond, c->p_adjusted, MB_GATE_FAIL_LEVEL);
        return;
    default:
        snprintf(text, MB_EXPLAIN_LINE_BYTES,
                 "%s: p = %.2g that it grew by what is allowed or less, %.2g that it grew by more: to pass the second "
                 "must be below %.2g; membench ab measures both side by side",
                 c->reason != NULL ? c->reason : "undecided", p_beyond, c->p_pass, MB_GATE_PASS_LEVEL);
        return;
    }
}

void mb_explain(const mb_comparison *c, const mb_gate_policy *policy, size_t noisy_count, mb_explanation *explanation)
{
    *explanation = (mb_explanation){.allowed = ""};
    describe_side(c->metric, c->baseline_median, c->baseline_count, c->baseline_exact, c->baseline_highest,
                  is_compared(c), explanation->before);
    describe_now(c, explanation->now);
    if (c->path != MB_PATH_NONE)
        describe_allowed(c, policy, explanation->allowed);
    if (mb_comparison_moves(c))
        explain_moved(c, explanation->rule);
    else if (c->path == MB_PATH_EXACT)
        explain_exact(c, policy, explanation->rule);
    else if (c->path == MB_PATH_RANK)
        explain_ranks(c, noisy_count, explanation->rule);
    else if (c->verdict == MB_VERDICT_SHOWN)
        snprintf(explanation->rule, MB_EXPLAIN_LINE_BYTES, "%s",
                 c->is_advisory ? "the case is advisory: it is shown and decides nothing"
                                : "the metric does not gate: it is shown and decides nothing (-m NAME gates it)");
    else
        snprintf(explanation->rule, MB_EXPLAIN_LINE_BYTES, "not judged: %s",
                 c->reason != NULL ? c->reason : "there is nothing to compare it with");
}
