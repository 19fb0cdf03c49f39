/* What the comparisons of a case say: a line for each metric that needs a look, one for all the others. */
#include "base/utf8.h"
#include "report/calm.h"
#include "report/explain.h"
#include "report/paint.h"
#include "report/text.h"

#include <math.h>
#include <string.h>

enum { LABEL_COLUMNS = 15, RATIO_COLUMNS = 8, DETAIL_COLUMNS = 28, VERDICT_COLUMNS = 13, LIST_BYTES_MAX = 512 };

static bool has_estimate(const mb_comparison *comparison)
{
    return comparison->verdict != MB_VERDICT_NOT_COMPARABLE && comparison->verdict != MB_VERDICT_NO_BASELINE;
}

/* "[+12.0%, +12.0%] (+15.0 KiB)", or from which value where there is no ratio. */
static void format_details(const mb_comparison *comparison, bool has_interval, char details[3 * MB_WORDS_TEXT_MAX])
{
    char interval[MB_WORDS_TEXT_MAX], text[MB_WORDS_TEXT_MAX];
    if (comparison->has_ratio)
        mb_words_value(comparison->metric, comparison->difference, true, text);
    else
        mb_words_value(comparison->metric, comparison->baseline_median, false, text);
    snprintf(details, 3 * MB_WORDS_TEXT_MAX, "%s%s(%s%.60s)",
             has_interval ? mb_words_interval(comparison, interval) : "", has_interval ? " " : "",
             comparison->has_ratio ? "" : "from ", text);
}

/* The estimate: as much of it as stands before the verdict. Of narrow lines the interval is left out, then the
 * difference: the findings at the end have it. */
static void write_estimate(const mb_report *report, const mb_comparison *comparison)
{
    char text[MB_WORDS_TEXT_MAX], details[3 * MB_WORDS_TEXT_MAX];
    if (comparison->has_ratio)
        mb_words_ratio(comparison->ratio, text);
    else
        mb_words_value(comparison->metric, comparison->difference, true, text);
    mb_ink ink = mb_terminal_ink(mb_verdict_role(comparison->verdict));
    mb_terminal_put_right(report, ink != MB_INK_PLAIN ? ink : MB_INK_BOLD, text, RATIO_COLUMNS);
    int left = report->options.width_columns - 2 - LABEL_COLUMNS - 1 - RATIO_COLUMNS - 1 - 2 - VERDICT_COLUMNS;
    format_details(comparison, true, details);
    if (!report->options.verbose && mb_text_columns(details) > left) /* --verbose means all of it, however it looks */
        format_details(comparison, false, details);
    if (report->options.verbose || mb_text_columns(details) <= left) {
        fputc(' ', report->file);
        mb_terminal_put_left(report, MB_INK_PLAIN, details, left >= DETAIL_COLUMNS ? DETAIL_COLUMNS : 0);
    }
    fputs("  ", report->file);
}

/* "  anon   +12.0% [+12.0%, +12.0%] (+15.0 KiB)  REGRESSED" */
static void write_change(const mb_report *report, const mb_comparison *comparison)
{
    mb_terminal_pad(report, 2);
    mb_terminal_put_left(report, MB_INK_DIM, mb_words_label(comparison->metric), LABEL_COLUMNS);
    fputc(' ', report->file);
    if (has_estimate(comparison))
        write_estimate(report, comparison);
    mb_terminal_put(report, mb_terminal_ink(mb_verdict_role(comparison->verdict)),
                    mb_verdict_name(comparison->verdict));
    if (comparison->is_advisory)
        fputs(" (advisory)", report->file);
    fputc('\n', report->file);
    char tail[MB_EXPLAIN_LINE_BYTES];
    if (comparison->verdict == MB_VERDICT_REGRESSED && mb_explain_tail(comparison, tail)[0] != '\0') {
        mb_terminal_pad(report, 6); /* the ratio of medians says little of it */
        mb_terminal_wrap(report, MB_INK_DIM, 6, 6, tail);
    }
    if (report->options.verbose && comparison->path == MB_PATH_RANK)
        fprintf(report->file, "      %zu samples against %zu: p of growth beyond the threshold %.2g, adjusted %.2g\n",
                comparison->current_count, comparison->baseline_count, comparison->p_fail, comparison->p_adjusted);
    if (comparison->reason != NULL && (report->options.verbose || !has_estimate(comparison))) {
        mb_terminal_pad(report, 6);
        mb_terminal_wrap(report, MB_INK_DIM, 6, 6, comparison->reason);
    }
}

/* "  anon        2.31 MiB of 2.00 MiB  OVER BUDGET" */
static void write_budgets(const mb_report *report, const mb_report_case *item)
{
    for (size_t i = 0; i < item->budget_count; i++) {
        const mb_budget_check *check = &item->budgets[i];
        char text[MB_WORDS_TEXT_MAX];
        if (check->state == MB_BUDGET_WITHIN && !report->options.verbose)
            continue;
        mb_terminal_pad(report, 2);
        mb_terminal_put_left(report, MB_INK_DIM, mb_words_label(check->metric), LABEL_COLUMNS);
        if (check->state == MB_BUDGET_UNMEASURED) {
            mb_terminal_put(report, MB_INK_YELLOW, " has a budget, but was not measured");
        } else {
            fprintf(report->file, " %s  ", mb_words_budget(check->metric, check->value, check->budget, text));
            bool is_over = check->state == MB_BUDGET_OVER;
            mb_terminal_put(report,
                            !is_over            ? MB_INK_PLAIN
                            : item->is_advisory ? MB_INK_YELLOW
                                                : MB_INK_RED,
                            !is_over            ? "within its budget"
                            : item->is_advisory ? "over its budget (advisory)"
                                                : "OVER BUDGET");
        }
        fputc('\n', report->file);
    }
}

/* Whether a metric is to be looked at on its own. */
static bool needs_line(const mb_report *report, const mb_comparison *comparison)
{
    const bool *wanted = report->options.metrics;
    if (report->options.verbose)
        return wanted == NULL || wanted[comparison->metric] || comparison->gates;
    if (mb_verdict_role(comparison->verdict) != MB_ROLE_PLAIN)
        return comparison->gates;
    return comparison->verdict == MB_VERDICT_SHOWN &&
           ((wanted != NULL && wanted[comparison->metric]) ||
            (report->model->is_side_by_side && mb_metric_quantity(comparison->metric) == MB_REAL_TIME_NS) ||
            (comparison->is_advisory && comparison->reason != NULL));
}

static void append(char list[LIST_BYTES_MAX], const char *separator, const char *text)
{
    size_t used = strlen(list);
    snprintf(list + used, LIST_BYTES_MAX - used, "%s%s", used > 0 ? separator : "", text);
}

/* "within the threshold: anon +3.0% (+4.00 KiB)", "heap +50.0% (+500 B) below the floor of 64.0 KiB for noisy metrics"
 * and "no change in 6 metrics", as far as there are such. */
static void write_calm(const mb_report *report, const mb_report_case *item)
{
    char moved[LIST_BYTES_MAX] = "", floored[LIST_BYTES_MAX] = "", still[LIST_BYTES_MAX] = "";
    char line[4 * LIST_BYTES_MAX];
    size_t still_count = 0;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        char entry[4 * MB_WORDS_TEXT_MAX], change[MB_WORDS_TEXT_MAX], floor[MB_WORDS_TEXT_MAX];
        if (!comparison->gates || comparison->verdict != MB_VERDICT_NOT_REGRESSED)
            continue;
        if (comparison->difference == 0 && comparison->baseline_median == comparison->current_median) {
            still_count++;
            continue;
        }
        mb_words_change(comparison->metric, comparison->has_ratio, comparison->ratio, comparison->difference, change);
        double ratio = comparison->has_ratio ? comparison->ratio : 0;
        bool is_floored =
            mb_calm_is_floored(ratio, comparison->difference, comparison->threshold_ratio, comparison->floor);
        mb_calm_floor(comparison->metric, comparison->floor, comparison->baseline_exact && comparison->current_exact,
                      floor);
        snprintf(entry, sizeof entry, "%s %s%s%s", mb_words_label(comparison->metric), change, is_floored ? " " : "",
                 is_floored ? floor : "");
        append(is_floored ? floored : moved, ", ", entry);
    }
    char number[MB_WORDS_TEXT_MAX];
    bool has_moved = moved[0] != '\0' || floored[0] != '\0';
    mb_words_number(still_count, "metric", "metrics", number);
    if (still_count > 0)
        snprintf(still, sizeof still, has_moved ? "no change in %s" : "no change (%s)", number);
    snprintf(line, sizeof line, "%s%s%s%s%s%s", moved[0] != '\0' ? "within the threshold: " : "", moved,
             moved[0] != '\0' && floored[0] != '\0' ? "; " : "", floored, has_moved && still_count > 0 ? "; " : "",
             still);
    if (line[0] == '\0')
        return;
    mb_terminal_pad(report, 2);
    mb_terminal_wrap(report, MB_INK_PLAIN, 2, 4, line);
}

/* Gating metrics without a verdict, those of one reason together. */
static void write_unjudged(const mb_report *report, const mb_report_case *item, mb_verdict verdict, const char *heading)
{
    bool written[MB_METRIC_COUNT] = {false};
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *first = &item->comparisons[i];
        if (!first->gates || first->verdict != verdict || written[first->metric])
            continue;
        char labels[LIST_BYTES_MAX] = "", line[2 * LIST_BYTES_MAX];
        const char *reason = first->reason != NULL ? first->reason : "";
        for (size_t k = i; k < item->comparison_count; k++) {
            const mb_comparison *other = &item->comparisons[k];
            const char *other_reason = other->reason != NULL ? other->reason : "";
            if (!other->gates || other->verdict != verdict || strcmp(reason, other_reason) != 0)
                continue;
            written[other->metric] = true;
            append(labels, ", ", mb_words_label(other->metric));
        }
        snprintf(line, sizeof line, "%s: %s%s%s%s", heading, labels, reason[0] != '\0' ? " (" : "", reason,
                 reason[0] != '\0' ? ")" : "");
        mb_terminal_pad(report, 2);
        mb_terminal_wrap(report, MB_INK_YELLOW, 2, 4, line);
    }
}

void mb_text_changes(const mb_report *report, const mb_report_case *item)
{
    if (item->presence == MB_PRESENCE_UNRECORDED) {
        mb_terminal_pad(report, 2);
        mb_terminal_put(report, MB_INK_YELLOW, "not in the baseline");
        fputc('\n', report->file);
    }
    for (size_t i = 0; i < item->comparison_count; i++)
        if (needs_line(report, &item->comparisons[i]))
            write_change(report, &item->comparisons[i]);
    write_budgets(report, item);
    if (report->options.verbose)
        return;
    write_calm(report, item);
    write_unjudged(report, item, MB_VERDICT_NOT_COMPARABLE, "not comparable");
    if (item->result->outcome == MB_OUTCOME_OK) /* else its message has said it */
        write_unjudged(report, item, MB_VERDICT_NO_BASELINE, "not compared");
}
