/* What is below the table: why numbers are missing, how many cases did not change, what was found, the verdict, and
 * the next commands. The gravest comes last, so that it is what a screen still shows. One line a cause (causes.h). */
#include "base/utf8.h"
#include "judge/causes.h"
#include "report/advice.h"
#include "report/calm.h"
#include "report/cause_words.h"
#include "report/sweep_words.h"
#include "report/text.h"
#include "report/where_formats.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { CAUSES_LISTED_MAX = 8, LINE_BYTES_MAX = 4 * MB_CAUSE_TEXT_MAX };

static void append(char line[LINE_BYTES_MAX], const char *separator, const char *text)
{
    size_t used = strlen(line);
    snprintf(line + used, LINE_BYTES_MAX - used, "%s%s", used > 0 ? separator : "", text);
}

/* "23 cases unchanged", and behind it ", 2 within 10%". */
static void append_cases(char line[LINE_BYTES_MAX], size_t count, const char *what)
{
    char number[MB_UNITS_TEXT_MAX], text[2 * MB_WORDS_TEXT_MAX];
    const char *noun = line[0] != '\0' ? "" : count == 1 ? "case " : "cases ";
    snprintf(text, sizeof text, "%s %s%s", mb_format_count((double)count, number), noun, what);
    if (count > 0)
        append(line, ", ", text);
}

/* "Not compared: anon, peak (another libc)", a line for each reason. */
static void write_uncompared(const mb_report *report, const mb_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        char labels[MB_CAUSE_TEXT_MAX], line[LINE_BYTES_MAX];
        mb_note_labels(&notes->notes[i], labels, sizeof labels);
        snprintf(line, sizeof line, "Not compared: %s (%.1000s)", labels, notes->notes[i].reason);
        mb_terminal_wrap(report, MB_COLOR_YELLOW, 0, 2, line);
    }
}

static void write_warnings(const mb_report *report, const mb_text_state *state)
{
    for (size_t i = 0; i < state->warning_count; i++) {
        const mb_text_warning *warning = &state->warnings[i];
        char line[LINE_BYTES_MAX], more[MB_WORDS_TEXT_MAX] = "";
        if (warning->count > 1)
            snprintf(more, sizeof more, " and %zu more", warning->count - 1);
        snprintf(line, sizeof line, "%.800s (%.300s%s)", warning->text, warning->case_id, more);
        mb_terminal_put(report, MB_COLOR_YELLOW, "warning: ");
        mb_terminal_wrap(report, MB_COLOR_PLAIN, 9, 2, line);
    }
}

/* "27 cases, 3 samples each", and of those that failed how many. */
static void describe_measured(const mb_report *report, const mb_text_state *state, char line[LINE_BYTES_MAX])
{
    const mb_tally *tally = &report->tally;
    char text[2 * MB_WORDS_TEXT_MAX];
    mb_words_number(tally->case_count, "case", "cases", line);
    if (state->samples_low > 0 && state->samples_low == state->samples_high)
        snprintf(text, sizeof text, "%zu sample%s%s", state->samples_low, state->samples_low == 1 ? "" : "s",
                 tally->case_count > 1 ? " each" : "");
    else
        snprintf(text, sizeof text, "%zu to %zu samples each", state->samples_low, state->samples_high);
    if (state->samples_low > 0)
        append(line, ", ", text);
    if (tally->outcome_counts[MB_OUTCOME_OK] == tally->case_count)
        return;
    const char *separator = ": ";
    for (int outcome = 0; outcome < MB_OUTCOME_COUNT; outcome++) {
        size_t count = tally->outcome_counts[outcome];
        snprintf(text, sizeof text, "%zu %s", count, mb_words_outcome((mb_outcome)outcome));
        if (count > 0)
            append(line, separator, text);
        separator = count > 0 ? ", " : separator;
    }
}

/* "23 cases unchanged, 2 within 10%; 70 metrics gated against main" */
static void describe_compared(const mb_report *report, const mb_text_state *state, char line[LINE_BYTES_MAX])
{
    const size_t *counts = state->standing_counts;
    double threshold_ratio = mb_calm_threshold(report->model);
    char text[4 * MB_WORDS_TEXT_MAX], number[MB_WORDS_TEXT_MAX], within[MB_WORDS_TEXT_MAX] = "within the threshold";
    line[0] = '\0';
    if (threshold_ratio >= 0)
        snprintf(within, sizeof within, "within %.4g%%", threshold_ratio * 100);
    append_cases(line, counts[MB_TEXT_UNCHANGED], "unchanged");
    append_cases(line, counts[MB_TEXT_WITHIN], within);
    append_cases(line, counts[MB_TEXT_UNCOMPARED], "not compared");
    append_cases(line, counts[MB_TEXT_SKIPPED], "skipped");
    append_cases(line, counts[MB_TEXT_CHANGED], "to look at");
    if (state->hidden_count > 0) {
        snprintf(text, sizeof text, " (%zu shown, all with --verbose)", state->shown_count);
        append(line, "", text);
    }
    snprintf(text, sizeof text, "%s gated against %.200s",
             mb_words_number(report->tally.gated_count, "metric", "metrics", number), report->model->baseline_name);
    append(line, "; ", text);
}

static void write_counts(const mb_report *report, const mb_text_state *state)
{
    const mb_tally *tally = &report->tally;
    char line[LINE_BYTES_MAX], text[MB_WORDS_TEXT_MAX], number[MB_WORDS_TEXT_MAX];
    if (report->model->baseline_name != NULL && tally->case_count > 0)
        describe_compared(report, state, line);
    else
        describe_measured(report, state, line);
    if (tally->budget_count > 0) {
        snprintf(text, sizeof text, "%s checked", mb_words_number(tally->budget_count, "budget", "budgets", number));
        append(line, "; ", text);
    }
    append(line, "", ".");
    mb_terminal_wrap(report, MB_COLOR_PLAIN, 0, 2, line);
    if (state->hidden_sweep_count > 0)
        fprintf(report->file, "%zu more slopes: --verbose shows them.\n", state->hidden_sweep_count);
    if (state->time_low > 0) {
        char low[MB_WORDS_TEXT_MAX], high[MB_WORDS_TEXT_MAX];
        mb_words_ratio(state->time_low, low);
        mb_words_ratio(state->time_high, high);
        bool is_one = strcmp(low, high) == 0;
        snprintf(line, sizeof line, "Time, which does not gate: %s%s%s.", low, is_one ? "" : " to ",
                 is_one ? "" : high);
        mb_terminal_wrap(report, MB_COLOR_DIM, 0, 2, line);
    }
    mb_text_remarks(report);
}

/* "REGRESSED" of what fails or warns, "Improved" of what is only told. */
static void format_word(const mb_report *report, mb_finding_kind kind, char word[MB_WORDS_TEXT_MAX])
{
    const mb_finding_kind_info *info = mb_finding_kind_get(kind);
    bool is_loud = report->decision.levels[kind] != MB_LEVEL_NOTICE;
    snprintf(word, MB_WORDS_TEXT_MAX, "%s", info->verdict != NULL ? info->verdict : info->name);
    for (char *c = word; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : is_loud || c == word ? (char)toupper((unsigned char)*c) : *c;
}

/* "memory_job_creation, 4 cases: heap +144 B per job; also …", and below it whatever else is known of the cause, such
 * as the call sites that allocate more. The cursor is at column `at`. */
static void write_cause(const mb_report *report, const mb_cause *cause, int at, const char *remark)
{
    char line[LINE_BYTES_MAX], name[MB_CAUSE_TEXT_MAX], text[MB_CAUSE_TEXT_MAX], count[MB_WORDS_TEXT_MAX];
    mb_cause_name(cause, name);
    mb_cause_line(cause, text);
    mb_terminal_put(report, MB_COLOR_BOLD, name);
    snprintf(line, sizeof line, "%s%s%s%s%s", cause->finding_count > 1 ? ", " : "",
             cause->finding_count > 1 ? mb_cause_count(cause, count) : "", remark, text[0] != '\0' ? ": " : "", text);
    mb_terminal_wrap(report, MB_COLOR_PLAIN, at + mb_text_columns(name), at > 2 ? 2 : 4, line);
    mb_where_cause(report, cause);
}

/* "crashed in the baseline": of a case that is in it, without numbers; else "". */
static const char *fate_in_baseline(const mb_cause *cause, char text[MB_WORDS_TEXT_MAX])
{
    mb_outcome outcome = cause->findings[0]->baseline_outcome;
    return cause->kind == MB_FINDING_UNRECORDED && outcome < MB_OUTCOME_COUNT ? mb_words_unrecorded(outcome, text) : "";
}

/* What a kind found: one line when it is one cause, else a line each. */
static void write_kind(const mb_report *report, const mb_causes *causes, mb_finding_kind kind)
{
    const mb_decision *decision = &report->decision;
    const mb_finding_kind_info *info = mb_finding_kind_get(kind);
    char word[MB_WORDS_TEXT_MAX], number[MB_WORDS_TEXT_MAX], line[LINE_BYTES_MAX], text[2 * MB_WORDS_TEXT_MAX];
    size_t count = decision->counts[kind], first = 0, cause_count = 0;
    if (count == 0)
        return;
    format_word(report, kind, word);
    mb_terminal_put(report, mb_terminal_color(info->role), word);
    fputs(": ", report->file);
    int at = mb_text_columns(word) + 2;
    if (info->is_of_run) {
        mb_terminal_wrap(report, MB_COLOR_PLAIN, at, 2, info->reason);
        return;
    }
    while (first < causes->count && causes->causes[first].kind != kind)
        first++;
    while (first + cause_count < causes->count && causes->causes[first + cause_count].kind == kind)
        cause_count++;
    const char *headline = strcasecmp(info->headline, word) != 0 ? info->headline : "";
    if (cause_count == 1) {
        const char *fate = fate_in_baseline(&causes->causes[first], text);
        headline = fate[0] != '\0' ? fate : headline;
        snprintf(line, sizeof line, "%s%s%s", headline[0] != '\0' ? ", " : "", headline,
                 count > 1 ? ", one cause" : "");
        write_cause(report, &causes->causes[first], at, line);
        return;
    }
    mb_sweep_words_findings(count, report->tally.slope_counts[kind], number);
    snprintf(line, sizeof line, "%s%s%s", number, headline[0] != '\0' ? " " : "", headline);
    if (cause_count < count) {
        snprintf(text, sizeof text, "%zu causes", cause_count);
        append(line, ", ", text);
    }
    mb_terminal_wrap(report, MB_COLOR_PLAIN, at, 2, line);
    for (size_t i = 0; i < cause_count && i < CAUSES_LISTED_MAX; i++) {
        const mb_cause *cause = &causes->causes[first + i];
        const char *fate = fate_in_baseline(cause, text);
        snprintf(line, sizeof line, "%s%s", fate[0] != '\0' ? ", " : "", fate);
        mb_terminal_pad(report, 2);
        write_cause(report, cause, 2, line);
    }
    if (cause_count > CAUSES_LISTED_MAX)
        fprintf(report->file, "  and %zu more, listed with --verbose\n", cause_count - CAUSES_LISTED_MAX);
}

/* Kinds from the least grave to the gravest. */
static void write_kinds(const mb_report *report, const mb_causes *causes)
{
    const mb_decision *decision = &report->decision;
    mb_finding_kind kinds[MB_FINDING_KIND_COUNT];
    for (int i = 0; i < MB_FINDING_KIND_COUNT; i++) {
        int k = i;
        for (; k > 0 && mb_decision_is_graver(decision, kinds[k - 1], (mb_finding_kind)i); k--)
            kinds[k] = kinds[k - 1];
        kinds[k] = (mb_finding_kind)i;
    }
    for (int i = 0; i < MB_FINDING_KIND_COUNT; i++)
        write_kind(report, causes, kinds[i]);
}

/* "OK: …" when what was judged is well. */
static void write_ok(const mb_report *report)
{
    char calm[MB_CALM_TEXT_MAX];
    if (strcmp(report->decision.verdict, "ok") != 0)
        return;
    mb_calm_sentence(report, calm);
    mb_terminal_put(report, MB_COLOR_GREEN, "OK");
    fputs(": ", report->file);
    size_t used = strlen(calm);
    snprintf(calm + used, sizeof calm - used, "%s", used > 0 ? "." : "nothing that fails.");
    mb_terminal_wrap(report, MB_COLOR_PLAIN, 4, 2, calm);
}

/* The next commands, each behind what it is for; a sentence where there is no command. */
static void write_advice(const mb_report *report)
{
    mb_advice advice[MB_ADVICE_MAX];
    size_t count = mb_advice_make(report, advice);
    bool is_calm = strcmp(report->decision.verdict, "ok") == 0 && report->decision.advice_count == 0;
    int widest = 0; /* write_ok has said the sentence of what is calm */
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < MB_ADVICE_COMMANDS_MAX && advice[i].purposes[k] != NULL; k++) {
            int columns = mb_text_columns(advice[i].purposes[k]);
            widest = columns > widest ? columns : widest;
        }
    for (size_t i = count; i-- > 0;) {
        if (advice[i].purposes[0] == NULL && !is_calm)
            mb_terminal_wrap(report, MB_COLOR_PLAIN, 0, 0, advice[i].sentence);
        for (size_t k = 0; k < MB_ADVICE_COMMANDS_MAX && advice[i].commands[k][0] != '\0'; k++) {
            char purpose[MB_WORDS_TEXT_MAX] = "  ";
            if (advice[i].purposes[k] != NULL)
                snprintf(purpose, sizeof purpose, "%s: ", advice[i].purposes[k]);
            mb_terminal_put_left(report, MB_COLOR_PLAIN, purpose, advice[i].purposes[k] != NULL ? widest + 2 : 2);
            mb_terminal_put(report, MB_COLOR_BOLD, advice[i].commands[k]);
            fputc('\n', report->file);
        }
    }
}

mb_status mb_text_close(const mb_report *report, mb_error *error)
{
    const mb_text_state *state = report->state;
    mb_causes causes;
    if (!mb_causes_make(&causes, &report->tally))
        return mb_error_no_memory(error);
    mb_text_notes(report, &state->notes);
    write_uncompared(report, &state->uncompared);
    write_warnings(report, state);
    if (state->has_table || state->notes.count + state->uncompared.count + state->warning_count > 0)
        fputc('\n', report->file);
    write_counts(report, state);
    write_kinds(report, &causes);
    write_ok(report);
    write_advice(report);
    mb_causes_fini(&causes);
    return MB_OK;
}
