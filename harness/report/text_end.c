/* The end of the text report with --verbose: reasons for missing numbers, counts, findings worst first, and what to do
 * next. */
#include "base/utf8.h"
#include "report/advice.h"
#include "report/calm.h"
#include "report/cause_words.h"
#include "report/paint.h"
#include "report/sweep_words.h"
#include "report/text.h"

#include <string.h>

enum { LINE_BYTES_MAX = 4096 };

void mb_text_notes(const mb_report *report, const mb_notes *notes)
{
    if (notes->count == 0)
        return;
    fputs("Not measured:\n", report->file);
    for (size_t i = 0; i < notes->count; i++) {
        char labels[LINE_BYTES_MAX], line[2 * LINE_BYTES_MAX], number[MB_WORDS_TEXT_MAX];
        mb_note_labels(&notes->notes[i], labels, sizeof labels);
        snprintf(number, sizeof number, "  [%zu] ", i + 1);
        snprintf(line, sizeof line, "%s: %s", labels, notes->notes[i].reason);
        fputs(number, report->file);
        mb_terminal_wrap(report, MB_COLOR_PLAIN, (int)strlen(number), 6, line);
    }
    if (notes->has_more)
        fputs("  and more reasons\n", report->file);
}

/* Appends ", 3 crashed" and the like. */
static void append_count(char line[LINE_BYTES_MAX], const char *separator, size_t count, const char *what)
{
    if (count == 0)
        return;
    size_t used = strlen(line);
    char number[MB_UNITS_TEXT_MAX];
    snprintf(line + used, LINE_BYTES_MAX - used, "%s%s %s", separator, mb_format_count((double)count, number), what);
}

void mb_text_remarks(const mb_report *report)
{
    if (!report->model->run->complete)
        mb_terminal_wrap(report, MB_COLOR_YELLOW, 0, 2, "The run was interrupted: missing cases were not judged.");
    if (report->model->policy != NULL && report->model->policy->ignore_environment)
        mb_terminal_wrap(report, MB_COLOR_YELLOW, 0, 2,
                         "Compared despite different environments (--ignore-environment).");
}

/* "27 cases: 25 ok, 1 skipped, 1 crashed. 240 metrics gated against main: 236 not regressed, 4 regressed." */
static void write_counts(const mb_report *report)
{
    const mb_tally *tally = &report->tally;
    char line[LINE_BYTES_MAX];
    mb_words_number(tally->case_count, "case", "cases", line);
    const char *separator = ": ";
    for (int outcome = 0; outcome < MB_OUTCOME_COUNT; outcome++) {
        append_count(line, separator, tally->outcome_counts[outcome], mb_words_outcome((mb_outcome)outcome));
        if (tally->outcome_counts[outcome] > 0)
            separator = ", ";
    }
    size_t used = strlen(line);
    snprintf(line + used, sizeof line - used, ".");
    if (report->model->baseline_name != NULL) {
        char number[MB_WORDS_TEXT_MAX];
        used = strlen(line);
        snprintf(line + used, sizeof line - used, " %s gated against %.200s",
                 mb_words_number(tally->gated_count, "metric", "metrics", number), report->model->baseline_name);
        double threshold_ratio = mb_calm_threshold(report->model);
        used = strlen(line);
        if (threshold_ratio >= 0)
            snprintf(line + used, sizeof line - used, " at %.4g%%", threshold_ratio * 100);
        separator = ": ";
        for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
            const mb_finding_kind_info *info = mb_finding_kind_get((mb_finding_kind)kind);
            if (info->of_verdict == 0 || tally->verdict_counts[info->of_verdict] == 0)
                continue;
            append_count(line, separator, tally->verdict_counts[info->of_verdict], info->headline);
            separator = ", ";
        }
        append_count(line, separator, tally->verdict_counts[MB_VERDICT_NOT_REGRESSED], "not regressed");
        used = strlen(line);
        snprintf(line + used, sizeof line - used, ".");
    }
    if (tally->budget_count > 0) {
        char number[MB_WORDS_TEXT_MAX];
        used = strlen(line);
        snprintf(line + used, sizeof line - used,
                 " %s checked: ", mb_words_number(tally->budget_count, "budget", "budgets", number));
        append_count(line, "", tally->over_budget_count, "exceeded");
        append_count(line, tally->over_budget_count > 0 ? ", " : "", tally->budget_count - tally->over_budget_count,
                     "kept");
        used = strlen(line);
        snprintf(line + used, sizeof line - used, ".");
    }
    mb_terminal_wrap(report, MB_COLOR_PLAIN, 0, 2, line);
    mb_text_remarks(report);
}

/* The changes of a finding in one line, the worst first. */
static void write_finding(const mb_report *report, const mb_finding *finding)
{
    char line[LINE_BYTES_MAX] = "", change[MB_WORDS_TEXT_MAX];
    size_t used = 0;
    if (finding->kind == MB_FINDING_LOST)
        used +=
            (size_t)snprintf(line, sizeof line, "%s%s%.600s", mb_words_outcome(finding->outcome),
                             finding->message != NULL ? ": " : "", finding->message != NULL ? finding->message : "");
    for (size_t i = 0; i < finding->change_count && used < sizeof line; i++) {
        const mb_finding_change *entry = &finding->changes[i];
        mb_cause_change(finding, entry, change);
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s%s%s", i > 0 ? ", " : "",
                                 mb_words_label(entry->metric), change[0] != '\0' ? " " : "", change);
    }
    if (used < sizeof line)
        snprintf(line + used, sizeof line - used, "%s", mb_words_since(finding, change));
    mb_terminal_pad(report, 2);
    mb_terminal_put(report, MB_COLOR_BOLD, finding->case_id);
    fputc('\n', report->file);
    if (line[0] != '\0') {
        mb_terminal_pad(report, 4);
        mb_terminal_wrap(report, MB_COLOR_PLAIN, 4, 4, line);
    }
}

static void write_findings(const mb_report *report, mb_finding_kind kind)
{
    const mb_tally *tally = &report->tally;
    size_t count = tally->finding_counts[kind];
    if (count == 0)
        return;
    const mb_finding_kind_info *info = mb_finding_kind_get(kind);
    char number[MB_WORDS_TEXT_MAX], title[2 * MB_WORDS_TEXT_MAX];
    snprintf(title, sizeof title, "%s (%s)", info->title,
             mb_sweep_words_findings(count, tally->slope_counts[kind], number));
    fputc('\n', report->file);
    mb_terminal_wrap(report, mb_terminal_color(info->role), 0, 2, title);
    for (size_t i = 0; i < tally->finding_count; i++)
        if (tally->findings[i].kind == kind)
            write_finding(report, &tally->findings[i]);
}

static void write_advice(const mb_report *report)
{
    mb_advice advice[MB_ADVICE_MAX];
    size_t count = mb_advice_make(report, advice);
    for (size_t i = 0; i < count; i++) {
        fputc('\n', report->file);
        mb_terminal_wrap(report, MB_COLOR_PLAIN, 0, 0, advice[i].sentence);
        for (size_t k = 0; k < MB_ADVICE_COMMANDS_MAX; k++) {
            if (advice[i].commands[k][0] == '\0')
                continue;
            mb_terminal_pad(report, 4);
            mb_terminal_put(report, MB_COLOR_BOLD, advice[i].commands[k]);
            fputc('\n', report->file);
        }
    }
}

void mb_text_end(const mb_report *report, const mb_notes *notes)
{
    mb_text_notes(report, notes);
    if (notes->count > 0)
        fputc('\n', report->file);
    write_counts(report);
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++)
        write_findings(report, (mb_finding_kind)kind);
    write_advice(report);
}
