/* The markdown and comment formats: the verdict first, then what was found, all cases folded away.
 *
 * GitHub takes 1 MiB for the summary of a step and 65,536 characters for a comment, and of more nothing at all: so
 * the findings stop at a size, and so does the table of cases, at a row, and they say how much they left out. Since
 * the verdict comes first, that table is kept until the end. A comment begins with a marker that is not shown, by which
 * the next run finds it again. */
#include "base/memory_file.h"
#include "report/advice.h"
#include "report/calm.h"
#include "report/formats.h"
#include "report/markdown.h"
#include "report/sweep_words.h"
#include "report/where_formats.h"
#include "report/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct limits {
    long findings_bytes, cases_bytes; /* where no more is begun */
    size_t listed_count;              /* cases in a list of findings */
} limits;

static const limits summary_limits = {.findings_bytes = 240000, .cases_bytes = 700000, .listed_count = 200};
static const limits comment_limits = {.findings_bytes = 16000, .cases_bytes = 20000, .listed_count = 20};

static const limits *limits_of(const mb_report *report)
{
    return report->format == &mb_report_comment ? &comment_limits : &summary_limits;
}

typedef struct markdown_state {
    char *cases; /* rows of the table, open_memstream's */
    size_t cases_length;
    FILE *rows;
    size_t left_out_count;
    char *sweeps; /* likewise */
    size_t sweeps_length, sweeps_left_out_count;
    FILE *sweep_rows;
} markdown_state;

static mb_status markdown_begin(mb_report *report, mb_error *error)
{
    markdown_state *state = report->state;
    state->rows = mb_memory_file_open(&state->cases, &state->cases_length);
    state->sweep_rows = mb_memory_file_open(&state->sweeps, &state->sweeps_length);
    if (state->rows == NULL || state->sweep_rows == NULL)
        return mb_error_no_memory(error);
    return MB_OK;
}

/* A cell of the table: the median of a metric with its spread, or a dash. */
static MB_NODISCARD bool write_metric_cell(FILE *file, const mb_case_result *result, mb_quantity quantity,
                                           bool is_signed)
{
    mb_summary summary;
    mb_metric metric = mb_metric_of(quantity, MB_WINDOW_STEADY);
    bool is_cold = result->series[metric].count == 0;
    if (is_cold)
        metric = mb_metric_of(quantity, MB_WINDOW_COLD);
    if (!mb_summary_make(&result->series[metric], &summary))
        return false;
    char value[MB_WORDS_TEXT_MAX] = "-", spread[MB_WORDS_TEXT_MAX] = "";
    if (summary.count > 0) {
        mb_words_value(metric, summary.median, is_signed, value);
        mb_words_spread(metric, &summary, true, spread);
    }
    bool is_first_use = summary.count > 0 && is_cold && quantity < MB_QUANTITY_WINDOWED_COUNT;
    fprintf(file, " %s%s%s%s |", value, spread[0] != '\0' ? " " : "", spread, is_first_use ? " (first use)" : "");
    return true;
}

static void write_verdict_cell(FILE *file, const mb_report_case *item)
{
    const mb_comparison *worst = NULL;
    char change[MB_WORDS_TEXT_MAX];
    if (item->presence == MB_PRESENCE_UNRECORDED) {
        fprintf(file, " %s |", mb_words_unrecorded(mb_baseline_outcome(item), change));
        return;
    }
    for (size_t i = 0; i < item->comparison_count; i++)
        if (item->comparisons[i].gates && (worst == NULL || item->comparisons[i].verdict > worst->verdict))
            worst = &item->comparisons[i];
    if (worst == NULL) {
        fputs(" - |", file);
        return;
    }
    fprintf(file, " %s", mb_verdict_name(worst->verdict));
    if (mb_verdict_role(worst->verdict) != MB_ROLE_PLAIN)
        fprintf(file, ": %s %s", mb_words_label(worst->metric),
                mb_words_change(worst->metric, worst->has_ratio, worst->ratio, worst->difference, change));
    fputs(" |", file);
}

static mb_status markdown_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    static const struct {
        mb_quantity quantity;
        bool is_signed;
    } columns[] = {{MB_REAL_TIME_NS, false},
                   {MB_RSS_DELTA_BYTES, true},
                   {MB_ANON_DELTA_BYTES, true},
                   {MB_PEAK_RSS_DELTA_BYTES, true},
                   {MB_RETAINED_AFTER_TRIM_RSS_BYTES, true},
                   {MB_HEAP_LIVE_BYTES, false},
                   {MB_HEAP_ALLOC_COUNT, false}};
    markdown_state *state = report->state;
    const mb_case_result *result = item->result;
    if (item->presence == MB_PRESENCE_GONE)
        return MB_OK;
    if (ftell(state->rows) > limits_of(report)->cases_bytes) {
        state->left_out_count++;
        return MB_OK;
    }
    fputs("| ", state->rows);
    mb_markdown_code(state->rows, result->id);
    fprintf(state->rows, " | %s |", mb_words_outcome(result->outcome));
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (!write_metric_cell(state->rows, result, columns[i].quantity, columns[i].is_signed))
            return mb_error_no_memory(error);
    if (report->model->baseline_name != NULL)
        write_verdict_cell(state->rows, item);
    fputc('\n', state->rows);
    if (ferror(state->rows))
        return mb_error_no_memory(error);
    return MB_OK;
}

static mb_status markdown_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    markdown_state *state = report->state;
    if (ftell(state->sweep_rows) > limits_of(report)->cases_bytes / 4) {
        state->sweeps_left_out_count++;
        return MB_OK;
    }
    mb_markdown_sweep(state->sweep_rows, report, sweep);
    return ferror(state->sweep_rows) ? mb_error_no_memory(error) : MB_OK;
}

/* "2 cases regressed, 1 case suspect": what fails or warns, or that nothing does. */
static void write_found(const mb_report *report)
{
    const mb_decision *decision = &report->decision;
    char number[MB_WORDS_TEXT_MAX], calm[MB_CALM_TEXT_MAX];
    for (size_t i = 0; i < decision->advice_count; i++) {
        mb_finding_kind kind = decision->advice[i];
        const mb_finding_kind_info *info = mb_finding_kind_get(kind);
        mb_sweep_words_findings(decision->counts[kind], report->tally.slope_counts[kind], number);
        fprintf(report->file, "%s%s%s%s", i == 0 ? " " : ", ", info->is_of_run ? "" : number,
                info->is_of_run ? "" : " ", info->headline);
    }
    if (decision->advice_count > 0)
        return;
    mb_calm_sentence(report, calm);
    calm[0] = (char)tolower((unsigned char)calm[0]);
    fputc(' ', report->file);
    mb_markdown_text(report->file, calm);
}

static void write_headline(const mb_report *report)
{
    char number[MB_WORDS_TEXT_MAX];
    fputs("### membench:", report->file);
    write_found(report);
    fputs("\n\n", report->file);
    fputs(mb_words_number(report->tally.case_count, "case", "cases", number), report->file);
    const char *of = ": ";
    for (int outcome = 0; outcome < MB_OUTCOME_COUNT; outcome++) {
        size_t count = report->tally.outcome_counts[outcome];
        if (count == 0)
            continue;
        fprintf(report->file, "%s%zu %s", of, count, mb_words_outcome((mb_outcome)outcome));
        of = ", ";
    }
    if (report->model->baseline_name != NULL) {
        fprintf(report->file, "; %s gated against ",
                mb_words_number(report->tally.gated_count, "metric", "metrics", number));
        mb_markdown_text(report->file, report->model->baseline_name);
    }
    fputs(".\n", report->file);
    if (!report->model->run->complete)
        fputs("\nThe run was interrupted: missing cases were not judged.\n", report->file);
    if (report->model->policy != NULL && report->model->policy->ignore_environment)
        fputs("\nCompared despite different environments (`--ignore-environment`).\n", report->file);
}

static void write_cases(const mb_report *report)
{
    markdown_state *state = report->state;
    char number[MB_WORDS_TEXT_MAX];
    bool has_baseline = report->model->baseline_name != NULL;
    fputs("\n<details><summary>All cases</summary>\n\n", report->file);
    fprintf(report->file, "| case | outcome | time | rss | anon | peak | kept after trim | heap | calls |%s\n",
            has_baseline ? " verdict |" : "");
    fprintf(report->file, "|---|---|--:|--:|--:|--:|--:|--:|--:|%s\n", has_baseline ? "---|" : "");
    fwrite(state->cases, 1, state->cases_length, report->file);
    if (state->left_out_count > 0)
        fprintf(report->file, "\nand %s left out here: the results file has them all.\n",
                mb_words_number(state->left_out_count, "case", "cases", number));
    fputs("\n</details>\n", report->file);
}

static void write_sweeps(const mb_report *report)
{
    const markdown_state *state = report->state;
    char number[MB_WORDS_TEXT_MAX];
    mb_markdown_sweep_head(report->file, report);
    fwrite(state->sweeps, 1, state->sweeps_length, report->file);
    if (state->sweeps_left_out_count > 0)
        fprintf(report->file, "\nand %s left out here.\n",
                mb_words_number(state->sweeps_left_out_count, "sweep", "sweeps", number));
    fputs("\n</details>\n", report->file);
}

static mb_status write_findings(const mb_report *report, mb_error *error)
{
    mb_causes causes;
    char *findings = NULL;
    size_t findings_length;
    if (!mb_causes_make(&causes, &report->tally))
        return mb_error_no_memory(error);
    FILE *file = mb_memory_file_open(&findings, &findings_length);
    bool is_whole = file != NULL;
    if (is_whole) {
        mb_markdown_findings(file, &causes, limits_of(report)->listed_count, limits_of(report)->findings_bytes);
        mb_where_markdown(file, report, &causes, limits_of(report)->findings_bytes);
        is_whole = mb_memory_file_close(file, &findings);
    }
    mb_causes_fini(&causes);
    if (is_whole)
        fwrite(findings, 1, findings_length, report->file);
    free(findings);
    return is_whole ? MB_OK : mb_error_no_memory(error);
}

static mb_status markdown_end(mb_report *report, mb_error *error)
{
    markdown_state *state = report->state;
    if (!mb_memory_file_flush(state->rows) || !mb_memory_file_flush(state->sweep_rows))
        return mb_error_no_memory(error);
    if (report->format == &mb_report_comment)
        fputs(MB_MARKDOWN_MARKER "\n", report->file);
    write_headline(report);
    if (write_findings(report, error) != MB_OK)
        return MB_FAILED;
    mb_advice advice[MB_ADVICE_MAX];
    size_t count = mb_advice_make(report, advice);
    for (size_t i = 0; i < count; i++)
        mb_markdown_advice(report->file, &advice[i]);
    if (state->sweeps_length > 0)
        write_sweeps(report);
    if (report->tally.case_count > 0)
        write_cases(report);
    return MB_OK;
}

static void markdown_drop(mb_report *report)
{
    markdown_state *state = report->state;
    if (state->rows != NULL)
        fclose(state->rows);
    if (state->sweep_rows != NULL)
        fclose(state->sweep_rows);
    free(state->cases);
    free(state->sweeps);
}

const mb_report_format mb_report_markdown = {.name = "markdown",
                                             .summary = "verdict, findings and folded details; for a CI summary",
                                             .state_bytes = sizeof(markdown_state),
                                             .begin = markdown_begin,
                                             .add = markdown_add,
                                             .add_sweep = markdown_add_sweep,
                                             .end = markdown_end,
                                             .drop = markdown_drop};

const mb_report_format mb_report_comment = {.name = "comment",
                                            .summary =
                                                "the same, shorter and marked; for a comment that is updated in place",
                                            .state_bytes = sizeof(markdown_state),
                                            .begin = markdown_begin,
                                            .add = markdown_add,
                                            .add_sweep = markdown_add_sweep,
                                            .end = markdown_end,
                                            .drop = markdown_drop};
