/* What the comparisons of a case say: a line for each metric. */
#include "base/utf8.h"
#include "report/explain.h"
#include "report/paint.h"
#include "report/text.h"

enum { LABEL_COLUMNS = 15, RATIO_COLUMNS = 8, DETAIL_COLUMNS = 28, VERDICT_COLUMNS = 13 };

static bool has_estimate(const mb_comparison *comparison)
{
    return comparison->verdict != MB_VERDICT_NOT_COMPARABLE && comparison->verdict != MB_VERDICT_NO_BASELINE;
}

/* "[+12.0%, +12.0%] (+15.0 KiB)", or from which value where there is no ratio. */
static void format_details(const mb_comparison *comparison, char details[3 * MB_WORDS_TEXT_MAX])
{
    char interval[MB_WORDS_TEXT_MAX], text[MB_WORDS_TEXT_MAX];
    if (comparison->has_ratio)
        mb_words_value(comparison->metric, comparison->difference, true, text);
    else
        mb_words_value(comparison->metric, comparison->baseline_median, false, text);
    snprintf(details, 3 * MB_WORDS_TEXT_MAX, "%s (%s%.60s)", mb_words_interval(comparison, interval),
             comparison->has_ratio ? "" : "from ", text);
}

/* The estimate, as it is before the verdict. */
static void write_estimate(const mb_report *report, const mb_comparison *comparison)
{
    char text[MB_WORDS_TEXT_MAX], details[3 * MB_WORDS_TEXT_MAX];
    if (comparison->has_ratio)
        mb_words_ratio(comparison->ratio, text);
    else
        mb_words_value(comparison->metric, comparison->difference, true, text);
    mb_color color = mb_terminal_color(mb_verdict_role(comparison->verdict));
    mb_terminal_put_right(report, color != MB_COLOR_PLAIN ? color : MB_COLOR_BOLD, text, RATIO_COLUMNS);
    int left = report->options.width_columns - 2 - LABEL_COLUMNS - 1 - RATIO_COLUMNS - 1 - 2 - VERDICT_COLUMNS;
    format_details(comparison, details); /* all of it, however it looks */
    fputc(' ', report->file);
    mb_terminal_put_left(report, MB_COLOR_PLAIN, details, left >= DETAIL_COLUMNS ? DETAIL_COLUMNS : 0);
    fputs("  ", report->file);
}

/* "  anon   +12.0% [+12.0%, +12.0%] (+15.0 KiB)  REGRESSED" */
static void write_change(const mb_report *report, const mb_comparison *comparison)
{
    mb_terminal_pad(report, 2);
    mb_terminal_put_left(report, MB_COLOR_DIM, mb_words_label(comparison->metric), LABEL_COLUMNS);
    fputc(' ', report->file);
    if (has_estimate(comparison))
        write_estimate(report, comparison);
    mb_terminal_put(report, mb_terminal_color(mb_verdict_role(comparison->verdict)),
                    mb_verdict_name(comparison->verdict));
    if (comparison->is_advisory)
        fputs(" (advisory)", report->file);
    fputc('\n', report->file);
    char tail[MB_EXPLAIN_LINE_BYTES];
    if (comparison->verdict == MB_VERDICT_REGRESSED && mb_explain_tail(comparison, tail)[0] != '\0') {
        mb_terminal_pad(report, 6); /* the ratio of medians says little of it */
        mb_terminal_wrap(report, MB_COLOR_DIM, 6, 6, tail);
    }
    if (mb_explain_conditions(comparison, tail)[0] != '\0') {
        mb_terminal_pad(report, 6);
        mb_terminal_wrap(report, MB_COLOR_DIM, 6, 6, tail);
    }
    if (comparison->path == MB_PATH_RANK)
        fprintf(report->file, "      %u samples against %u: p of growth beyond the threshold %.2g, adjusted %.2g\n",
                comparison->current_count, comparison->baseline_count, comparison->p_fail, comparison->p_adjusted);
    if (comparison->reason != NULL) {
        mb_terminal_pad(report, 6);
        mb_terminal_wrap(report, MB_COLOR_DIM, 6, 6, comparison->reason);
    }
}

/* "  anon        2.31 MiB of 2.00 MiB  OVER BUDGET" */
static void write_budgets(const mb_report *report, const mb_report_case *item)
{
    for (size_t i = 0; i < item->budget_count; i++) {
        const mb_budget_check *check = &item->budgets[i];
        char text[MB_WORDS_TEXT_MAX];
        mb_terminal_pad(report, 2);
        mb_terminal_put_left(report, MB_COLOR_DIM, mb_words_label(check->metric), LABEL_COLUMNS);
        if (mb_words_unchecked(check->state) != NULL) {
            fputc(' ', report->file);
            mb_terminal_put(report, MB_COLOR_YELLOW, mb_words_unchecked(check->state));
        } else {
            fprintf(report->file, " %s  ", mb_words_budget(check->metric, check->value, check->budget, text));
            bool is_over = check->state == MB_BUDGET_OVER;
            mb_terminal_put(report,
                            !is_over            ? MB_COLOR_PLAIN
                            : item->is_advisory ? MB_COLOR_YELLOW
                                                : MB_COLOR_RED,
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
    return wanted == NULL || wanted[comparison->metric] || comparison->gates;
}

void mb_text_changes(const mb_report *report, const mb_report_case *item)
{
    if (item->presence == MB_PRESENCE_UNRECORDED) {
        char absence[MB_WORDS_TEXT_MAX];
        mb_terminal_pad(report, 2);
        mb_terminal_put(report, MB_COLOR_YELLOW, mb_words_unrecorded(mb_baseline_outcome(item), absence));
        fputc('\n', report->file);
    }
    for (size_t i = 0; i < item->comparison_count; i++)
        if (needs_line(report, &item->comparisons[i]))
            write_change(report, &item->comparisons[i]);
    for (size_t s = 0; s < item->since_count; s++) {
        mb_terminal_pad(report, 2);
        fprintf(report->file, "since %s\n", item->sinces[s].baseline);
        for (size_t i = 0; i < item->sinces[s].comparison_count; i++)
            if (item->sinces[s].comparisons[i].gates)
                write_change(report, &item->sinces[s].comparisons[i]);
    }
    write_budgets(report, item);
}
