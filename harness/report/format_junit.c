/* The junit format: JUnit's XML, as CI systems show tests: a suite for each group, a test for each case.
 *
 * What fails for more memory is a failure, what fails otherwise an error, what warns is skipped. There is no schema
 * that all readers share: the counts of a suite are in its attributes, as the strict ones ask, so a group is kept
 * until it is whole. */
#include "base/memory_file.h"
#include "base/number_text.h"
#include "base/utf8.h"
#include "report/cause_words.h"
#include "report/formats.h"
#include "report/tool_formats.h"
#include "report/where_formats.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DATE_LENGTH = 19 }; /* without a zone, which the strict readers refuse */

typedef enum mark { MARK_PASSED, MARK_SKIPPED, MARK_FAILURE, MARK_ERROR, MARK_COUNT } mark;

typedef struct junit_state {
    FILE *tests; /* of the group so far, open_memstream's; NULL: no group is open */
    char *text;
    size_t length;
    char group[MB_ID_BYTES_MAX];
    size_t counts[MARK_COUNT];
    double seconds;
    size_t seen_count;  /* findings of the tally that have been written */
    size_t group_first; /* … before this group */
} junit_state;

/* What XML cannot hold, and what turns text around, becomes U+FFFD; a line break a reference, unless it is kept. */
static void put_characters(FILE *file, const char *text, bool keeps_lines)
{
    while (*text != '\0') {
        uint32_t point;
        size_t length = mb_utf8_decode(text, &point);
        bool is_space = point == '\n' || point == '\t' || point == '\r';
        if (point == MB_UTF8_INVALID || (point < 0x20 && !is_space) || point == 0xFFFE || point == 0xFFFF ||
            (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069))
            fputs("\xEF\xBF\xBD", file);
        else if ((point < 0x20 && !(keeps_lines && point == '\n')) || point == '&' || point == '<' || point == '>' ||
                 point == '"' || (point >= 0x7F && point < 0xA0))
            fprintf(file, "&#%" PRIu32 ";", point);
        else
            fwrite(text, 1, length, file);
        text += length;
    }
}

/* Text in an attribute or an element. */
static void put_text(FILE *file, const char *text) { put_characters(file, text, false); }

static void put_attribute(FILE *file, const char *name, const char *text)
{
    fprintf(file, " %s=\"", name);
    put_text(file, text);
    fputc('"', file);
}

static mb_status junit_begin(mb_report *report, mb_error *error)
{
    (void)error;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"membench\">\n", report->file);
    return MB_OK;
}

static void put_property(FILE *file, const char *name, const char *value)
{
    if (value == NULL)
        return;
    fputs("      <property", file);
    put_attribute(file, "name", name);
    put_attribute(file, "value", value);
    fputs("/>\n", file);
}

static void put_properties(const mb_report *report)
{
    const mb_run_info *run = report->model->run;
    fputs("    <properties>\n", report->file);
    put_property(report->file, "membench", run->membench_version);
    put_property(report->file, "kernel", run->kernel);
    put_property(report->file, "architecture", run->architecture);
    put_property(report->file, "baseline", report->model->baseline_name);
    fputs("    </properties>\n", report->file);
}

/* Each test has its own numbers, since readers show it by itself; the suite says which of them are one cause. */
static MB_NODISCARD bool put_causes(const mb_report *report)
{
    const junit_state *state = report->state;
    mb_tally group = report->tally;
    mb_causes causes;
    char name[MB_CAUSE_TEXT_MAX], line[MB_CAUSE_TEXT_MAX], count[MB_WORDS_TEXT_MAX];
    bool has_any = false;
    if (state->group_first > 0) /* there may be none at all, and no array */
        group.findings += state->group_first;
    group.finding_count = state->seen_count - state->group_first;
    if (!mb_causes_make(&causes, &group))
        return false;
    for (size_t i = 0; i < causes.count; i++) {
        const mb_cause *cause = &causes.causes[i];
        if (cause->finding_count + cause->slope_count < 2)
            continue;
        fputs(has_any ? "" : "    <system-out>", report->file);
        has_any = true;
        fprintf(report->file, "%s: ", mb_finding_kind_name(cause->kind));
        put_text(report->file, mb_cause_name(cause, name));
        fprintf(report->file, ", %s, one cause: ", mb_cause_count(cause, count));
        put_text(report->file, mb_cause_line(cause, line));
        fputc('\n', report->file);
    }
    fputs(has_any ? "</system-out>\n" : "", report->file);
    mb_causes_fini(&causes);
    return true;
}

/* Writes the group that is open, if one is. */
static mb_status end_group(mb_report *report, mb_error *error)
{
    junit_state *state = report->state;
    const mb_run_info *run = report->model->run;
    char date[DATE_LENGTH + 1] = "";
    if (state->tests == NULL)
        return MB_OK;
    bool is_whole = mb_memory_file_close(state->tests, &state->text);
    state->tests = NULL;
    if (!is_whole)
        return mb_error_no_memory(error);
    size_t total_count = 0;
    for (int i = 0; i < MARK_COUNT; i++)
        total_count += state->counts[i];
    fputs("  <testsuite", report->file);
    put_attribute(report->file, "name", state->group);
    fprintf(report->file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.9f\"", total_count,
            state->counts[MARK_FAILURE], state->counts[MARK_ERROR], state->counts[MARK_SKIPPED], state->seconds);
    snprintf(date, sizeof date, "%s", run->date != NULL ? run->date : "");
    put_attribute(report->file, "timestamp", date);
    put_attribute(report->file, "hostname", run->host_name != NULL ? run->host_name : "");
    fputs(">\n", report->file);
    put_properties(report);
    fwrite(state->text, 1, state->length, report->file);
    free(state->text);
    state->text = NULL;
    if (!put_causes(report))
        return mb_error_no_memory(error);
    fputs("  </testsuite>\n", report->file);
    return MB_OK;
}

static mb_status begin_group(mb_report *report, const char *group, mb_error *error)
{
    junit_state *state = report->state;
    if (state->tests != NULL && strncmp(state->group, group, sizeof state->group - 1) == 0)
        return MB_OK;
    mb_status status = end_group(report, error);
    if (status != MB_OK)
        return status;
    state->tests = mb_memory_file_open(&state->text, &state->length);
    if (state->tests == NULL)
        return mb_error_no_memory(error);
    snprintf(state->group, sizeof state->group, "%s", group);
    memset(state->counts, 0, sizeof state->counts);
    state->seconds = 0;
    state->group_first = state->seen_count;
    return MB_OK;
}

/* What fails for more memory is a failure, what fails otherwise an error. */
static mark mark_of(const mb_report *report, mb_finding_kind kind)
{
    switch (report->decision.levels[kind]) {
    case MB_LEVEL_ERROR:
        return mb_finding_kind_get(kind)->exit_code == MB_EXIT_REGRESSED ? MARK_FAILURE : MARK_ERROR;
    case MB_LEVEL_WARNING:
        return MARK_SKIPPED;
    case MB_LEVEL_NOTICE:
    case MB_LEVEL_COUNT:
        break;
    }
    return MARK_PASSED;
}

/* Each comparison that looks bad with its numbers. */
static void put_comparisons(FILE *file, const mb_report_case *item)
{
    char change[MB_WORDS_TEXT_MAX], interval[MB_WORDS_TEXT_MAX], from[MB_NUMBER_TEXT_MAX], to[MB_NUMBER_TEXT_MAX];
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        if (!comparison->gates || mb_verdict_role(comparison->verdict) > MB_ROLE_UNSURE)
            continue;
        mb_words_change(comparison->metric, comparison->has_ratio, comparison->ratio, comparison->difference, change);
        mb_words_interval(comparison, interval);
        mb_number_format(comparison->baseline_median, from);
        mb_number_format(comparison->current_median, to);
        fprintf(file, "%s: %s from %s to %s, %s %s\n", mb_verdict_name(comparison->verdict),
                mb_metric_name(comparison->metric), from, to, change, interval);
    }
}

/* Under them, where it grew, and the place in the sources, which strict readers allow no attribute for. */
static void put_where(FILE *file, const mb_report *report, const mb_report_case *item)
{
    char path[MB_WHERE_TEXT_BYTES];
    int number = 0;
    char *kept;
    const char *lines = mb_where_lines(report, item->result->id, &kept);
    if (lines != NULL)
        put_characters(file, lines, true);
    if (lines != NULL && mb_where_source(report, item->result->id, path, &number)) {
        put_text(file, path);
        fprintf(file, ":%d\n", number);
    }
    free(kept);
}

static void put_mark(FILE *file, const mb_report *report, mark kind, const char *type, const char *message,
                     const mb_report_case *item)
{
    static const char *const elements[] = {
        [MARK_PASSED] = "", [MARK_SKIPPED] = "skipped", [MARK_FAILURE] = "failure", [MARK_ERROR] = "error"};
    if (kind == MARK_PASSED)
        return;
    fprintf(file, "      <%s", elements[kind]);
    if (kind != MARK_SKIPPED) /* which strict readers allow no type */
        put_attribute(file, "type", type);
    put_attribute(file, "message", message);
    fputc('>', file);
    if (item != NULL) {
        put_comparisons(file, item);
        put_where(file, report, item);
    }
    fprintf(file, "</%s>\n", elements[kind]);
}

static MB_NODISCARD bool put_numbers(FILE *file, const mb_report *report, const mb_case_result *result)
{
    bool has_any = false;
    char number[MB_NUMBER_TEXT_MAX];
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        mb_summary summary;
        if (!mb_report_tracks(report, metric))
            continue;
        if (!mb_summary_make(&result->series[metric], &summary))
            return false;
        if (summary.count == 0)
            continue;
        if (!has_any)
            fputs("      <system-out>", file);
        has_any = true;
        mb_number_format(summary.median, number);
        fprintf(file, "%s %s (n %zu%s)\n", mb_metric_name(metric), number, summary.count,
                summary.exact ? ", exact" : "");
    }
    if (has_any)
        fputs("</system-out>\n", file);
    return true;
}

static void put_test(FILE *file, const char *group, const char *id, double seconds)
{
    fputs("    <testcase", file);
    put_attribute(file, "classname", group);
    put_attribute(file, "name", id);
    fprintf(file, " time=\"%.*f\">\n", seconds > 0 ? 9 : 1, seconds);
}

static mb_status junit_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    junit_state *state = report->state;
    const mb_case_result *result = item->result;
    const mb_finding *worst = NULL;
    char text[MB_FINDING_TEXT_MAX];
    mb_summary time;
    mb_status status = begin_group(report, result->group, error);
    if (status != MB_OK)
        return status;
    for (size_t i = state->seen_count; i < report->tally.finding_count; i++)
        if (worst == NULL || mb_decision_is_graver(&report->decision, report->tally.findings[i].kind, worst->kind))
            worst = &report->tally.findings[i];
    state->seen_count = report->tally.finding_count;
    if (!mb_summary_make(&result->series[mb_metric_of(MB_REAL_TIME_NS, MB_WINDOW_STEADY)], &time))
        return mb_error_no_memory(error);
    mark kind = worst != NULL ? mark_of(report, worst->kind) : MARK_PASSED;
    put_test(state->tests, result->group, result->id, time.median / 1e9);
    if (kind != MARK_PASSED) {
        put_mark(state->tests, report, kind, mb_finding_kind_name(worst->kind), mb_finding_sentence(worst, text), item);
    } else if (result->outcome == MB_OUTCOME_SKIPPED) {
        kind = MARK_SKIPPED;
        put_mark(state->tests, report, kind, "", result->message != NULL ? result->message : "skipped", item);
    }
    state->counts[kind]++;
    state->seconds += time.median / 1e9;
    if (item->presence != MB_PRESENCE_GONE && !put_numbers(state->tests, report, result))
        return mb_error_no_memory(error);
    fputs("    </testcase>\n", state->tests);
    return MB_OK;
}

/* Slopes that came to something are tests of their own. */
static mb_status junit_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    junit_state *state = report->state;
    char text[MB_FINDING_TEXT_MAX];
    (void)sweep;
    for (; state->seen_count < report->tally.finding_count; state->seen_count++) {
        const mb_finding *finding = &report->tally.findings[state->seen_count];
        mark kind = mark_of(report, finding->kind);
        if (state->tests == NULL && begin_group(report, finding->case_id, error) != MB_OK)
            return MB_FAILED;
        put_test(state->tests, state->group, finding->case_id, 0);
        put_mark(state->tests, report, kind, mb_finding_kind_name(finding->kind), mb_finding_sentence(finding, text),
                 NULL);
        fputs("    </testcase>\n", state->tests);
        state->counts[kind]++;
    }
    return MB_OK;
}

/* What is found of the whole run is a test, too. */
static mb_status put_whole(mb_report *report, mb_error *error)
{
    junit_state *state = report->state;
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        const mb_finding_kind_info *info = mb_finding_kind_get((mb_finding_kind)kind);
        if (!info->is_of_run || report->decision.counts[kind] == 0)
            continue;
        if (begin_group(report, "membench", error) != MB_OK)
            return MB_FAILED;
        mark mark = mark_of(report, (mb_finding_kind)kind);
        put_test(state->tests, "membench", info->name, 0);
        put_mark(state->tests, report, mark, info->name, info->reason, NULL);
        fputs("    </testcase>\n", state->tests);
        state->counts[mark]++;
    }
    return MB_OK;
}

static mb_status junit_end(mb_report *report, mb_error *error)
{
    mb_status status = put_whole(report, error);
    if (status == MB_OK)
        status = end_group(report, error);
    if (status == MB_OK)
        fputs("</testsuites>\n", report->file);
    return status;
}

static void junit_drop(mb_report *report)
{
    junit_state *state = report->state;
    if (state->tests != NULL)
        fclose(state->tests);
    free(state->text);
}

const mb_report_format mb_report_junit = {.name = "junit",
                                          .summary = "JUnit XML: regressed cases are failures; for a CI's test list",
                                          .state_bytes = sizeof(junit_state),
                                          .begin = junit_begin,
                                          .add = junit_add,
                                          .end = junit_end,
                                          .drop = junit_drop,
                                          .add_sweep = junit_add_sweep};
