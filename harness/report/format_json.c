/* The json format: one object with the run, every case's summaries and comparisons, the counts and the verdict.
 *
 * For scripts that want the judgement. The raw samples are in the results file. A number that is missing is left out,
 * and its reason is under "missing"; so is what another member says, or that there is none: the range of what repeats
 * ("exact" says that), an interval of one value, a p of 1, marks of a case that sets none. Ratios and p are rounded,
 * since the samples they come from have fewer digits. */
#include "base/memory_file.h"
#include "model/result_json.h"
#include "report/advice.h"
#include "report/formats.h"
#include "report/json_parts.h"
#include "report/where_words.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LINE_DEPTH = 5 }; /* a metric of a case, or a comparison, is a line: it halves the file */

typedef struct json_state {
    mb_json_writer json, sweeps; /* sweeps come between the cases, and follow them */
    char *kept;                  /* what sweeps writes, open_memstream's */
    size_t kept_length;
} json_state;

static void write_run(mb_json_writer *json, const char *key, const mb_run_info *run)
{
    char seed[24];
    mb_json_write_open(json, key, '{');
    mb_json_write_text_if(json, "membench_version", run->membench_version);
    mb_json_write_text_if(json, "date", run->date);
    mb_json_write_text_if(json, "host_name", run->host_name);
    mb_json_write_text_if(json, "kernel", run->kernel);
    mb_json_write_text_if(json, "architecture", run->architecture);
    mb_json_write_count(json, "cpu_count", run->cpu_count > 0 ? (uint64_t)run->cpu_count : 0);
    mb_json_write_count(json, "page_bytes", run->page_bytes);
    mb_json_write_text_if(json, "rss_source", run->rss_source);
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed); /* as text: a double does not hold 64 bits */
    mb_json_write_text(json, "seed", seed);
    mb_json_write_bool(json, "complete", run->complete);
    mb_programs_write(json, run);
    mb_json_write_open(json, "settings", '{');
    for (size_t i = 0; i < run->setting_count; i++)
        mb_json_write_text(json, run->settings[i].name, run->settings[i].value);
    mb_json_write_close(json, '}');
    mb_json_write_close(json, '}');
}

static MB_NODISCARD bool write_series(mb_json_writer *json, const char *key, const mb_series *series)
{
    mb_summary summary;
    if (!mb_summary_make(series, &summary))
        return false;
    if (summary.count == 0)
        return true;
    mb_json_write_open(json, key, '{');
    mb_json_write_count(json, "n", summary.count);
    mb_json_write_number(json, "median", summary.median);
    if (!summary.exact) {
        mb_json_write_number(json, "min", summary.minimum);
        mb_json_write_number(json, "max", summary.maximum);
        mb_json_write_number(json, "mad", summary.deviation);
    }
    if (summary.exact)
        mb_json_write_bool(json, "exact", true);
    mb_json_write_close(json, '}');
    return true;
}

static MB_NODISCARD bool write_metrics(mb_json_writer *json, const mb_report *report, const mb_case_result *result)
{
    const bool *wanted = report->options.metrics;
    mb_json_write_open(json, "metrics", '{');
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++)
        if ((wanted == NULL || wanted[metric]) && !write_series(json, mb_metric_name(metric), &result->series[metric]))
            return false;
    mb_json_write_close(json, '}');
    bool is_open = false;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        if ((wanted != NULL && !wanted[metric]) || result->series[metric].count > 0 || result->missing[metric] == NULL)
            continue;
        if (!is_open)
            mb_json_write_open(json, "missing", '{');
        is_open = true;
        mb_json_write_text(json, mb_metric_name(metric), result->missing[metric]);
    }
    if (is_open)
        mb_json_write_close(json, '}');
    return true;
}

static void open_named(mb_json_writer *json, mb_window window, const char *name)
{
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "window", mb_window_name(window));
    mb_json_write_text(json, "name", name);
}

static void open_if(mb_json_writer *json, const char *key, size_t count)
{
    if (count > 0)
        mb_json_write_open(json, key, '[');
}

static void close_if(mb_json_writer *json, size_t count)
{
    if (count > 0)
        mb_json_write_close(json, ']');
}

static MB_NODISCARD bool write_details(mb_json_writer *json, const mb_case_result *result)
{
    open_if(json, "marks", result->mark_count);
    for (size_t i = 0; i < result->mark_count; i++) {
        open_named(json, result->marks[i].window, result->marks[i].name);
        for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++)
            if (!write_series(json, mb_mark_quantity_name((mb_mark_quantity)q), &result->marks[i].series[q]))
                return false;
        mb_json_write_close(json, '}');
    }
    close_if(json, result->mark_count);
    open_if(json, "regions", result->region_count);
    for (size_t i = 0; i < result->region_count; i++) {
        open_named(json, result->regions[i].window, result->regions[i].name);
        mb_json_write_number(json, "nominal_bytes", result->regions[i].nominal_bytes);
        if (!write_series(json, "resident_bytes", &result->regions[i].resident_bytes))
            return false;
        mb_json_write_close(json, '}');
    }
    close_if(json, result->region_count);
    open_if(json, "counts", result->count_count);
    for (size_t i = 0; i < result->count_count; i++) {
        open_named(json, result->counts[i].window, result->counts[i].name);
        if (!write_series(json, "values", &result->counts[i].values))
            return false;
        mb_json_write_close(json, '}');
    }
    close_if(json, result->count_count);
    return true;
}

static void write_sinces(mb_json_writer *json, const mb_report_case *item)
{
    if (item->since_count == 0)
        return;
    mb_json_write_open(json, "since", '[');
    for (size_t s = 0; s < item->since_count; s++) {
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "baseline", item->sinces[s].baseline);
        mb_json_write_comparisons(json, item->sinces[s].comparisons, item->sinces[s].comparison_count);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

static void write_budgets(mb_json_writer *json, const mb_report_case *item)
{
    static const char *const states[] = {[MB_BUDGET_WITHIN] = "within",
                                         [MB_BUDGET_OVER] = "over",
                                         [MB_BUDGET_UNMEASURED] = "unmeasured",
                                         [MB_BUDGET_NO_REFERENCE] = "no_reference"};
    if (item->budget_count == 0)
        return;
    mb_json_write_open(json, "budgets", '[');
    for (size_t i = 0; i < item->budget_count; i++) {
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "metric", mb_metric_name(item->budgets[i].metric));
        mb_json_write_text(json, "state", states[item->budgets[i].state]);
        if (item->budgets[i].state != MB_BUDGET_NO_REFERENCE)
            mb_json_write_number(json, "budget", item->budgets[i].budget);
        if (item->budgets[i].state != MB_BUDGET_UNMEASURED)
            mb_json_write_number(json, "median", item->budgets[i].value);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

void mb_json_write_runs(mb_json_writer *json, const mb_report_model *model)
{
    mb_json_write_count(json, "report_version", 1);
    write_run(json, "run", model->run);
    mb_json_write_text(json, "baseline", model->baseline_name);
    if (model->baseline_run != NULL)
        write_run(json, "baseline_run", model->baseline_run);
}

static mb_status json_begin(mb_report *report, mb_error *error)
{
    (void)error;
    mb_json_writer *json = &((json_state *)report->state)->json;
    json->file = report->file;
    json->line_depth = LINE_DEPTH;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_runs(json, report->model);
    mb_json_write_open(json, "cases", '[');
    return MB_OK;
}

bool mb_json_write_case(mb_json_writer *json, const mb_report *report, const mb_report_case *item)
{
    static const char *const presences[] = {"both", "unrecorded", "gone"};
    const mb_case_result *result = item->result;
    mb_json_write_text(json, "id", result->id);
    mb_json_write_text(json, "group", result->group);
    mb_json_write_text_if(json, "function", result->function);
    mb_params_write(json, result);
    if (report->model->baseline_name != NULL)
        mb_json_write_text(json, "presence", presences[item->presence]);
    if (item->presence != MB_PRESENCE_GONE) {
        mb_json_write_text(json, "outcome", mb_outcome_name(result->outcome));
        mb_json_write_text_if(json, "message", result->message);
        mb_json_write_text_if(json, "warning", result->warning);
        if (result->operation_count > 0)
            mb_json_write_count(json, "operation_count", result->operation_count);
        if (!write_metrics(json, report, result) || !write_details(json, result))
            return false;
        mb_json_write_comparisons(json, item->comparisons, item->comparison_count);
        write_sinces(json, item);
        if (item->is_advisory)
            mb_json_write_bool(json, "advisory", true);
        write_budgets(json, item);
        mb_where_write_findings(json, mb_wheres_find(report->model->wheres, result->id));
    }
    return true;
}

static mb_status json_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    mb_json_writer *json = &((json_state *)report->state)->json;
    mb_json_write_open(json, NULL, '{');
    if (!mb_json_write_case(json, report, item))
        return mb_error_no_memory(error);
    mb_json_write_close(json, '}');
    return MB_OK;
}

static mb_status json_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    json_state *state = report->state;
    if (state->sweeps.file == NULL) {
        state->sweeps = state->json; /* as deep as the array of cases, and in the same style */
        state->sweeps.has_item[state->sweeps.depth] = false;
        state->sweeps.file = mb_memory_file_open(&state->kept, &state->kept_length);
    }
    if (state->sweeps.file == NULL)
        return mb_error_no_memory(error);
    mb_json_write_sweep(&state->sweeps, report, sweep);
    if (ferror(state->sweeps.file))
        return mb_error_no_memory(error);
    return MB_OK;
}

static void write_totals(mb_json_writer *json, const mb_tally *tally, const mb_decision *decision)
{
    mb_json_write_open(json, "totals", '{');
    mb_json_write_count(json, "cases", tally->case_count);
    mb_json_write_open(json, "outcomes", '{');
    for (int i = 0; i < MB_OUTCOME_COUNT; i++)
        mb_json_write_count(json, mb_outcome_name((mb_outcome)i), tally->outcome_counts[i]);
    mb_json_write_close(json, '}');
    mb_json_write_count(json, "gated_metrics", tally->gated_count);
    mb_json_write_open(json, "verdicts", '{');
    for (int i = 0; i < MB_VERDICT_COUNT; i++)
        mb_json_write_count(json, mb_verdict_name((mb_verdict)i), tally->verdict_counts[i]);
    mb_json_write_close(json, '}');
    mb_json_write_open(json, "findings", '{');
    for (int i = 0; i < MB_FINDING_KIND_COUNT; i++)
        mb_json_write_count(json, mb_finding_kind_name((mb_finding_kind)i), decision->counts[i]);
    mb_json_write_close(json, '}');
    mb_json_write_close(json, '}');
}

static void write_findings(mb_json_writer *json, const mb_tally *tally)
{
    mb_json_write_open(json, "findings", '[');
    for (size_t i = 0; i < tally->finding_count; i++) {
        const mb_finding *finding = &tally->findings[i];
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "kind", mb_finding_kind_name(finding->kind));
        mb_json_write_text(json, "id", finding->case_id);
        if (finding->is_slope)
            mb_json_write_bool(json, "slope", true);
        mb_json_write_text_if(json, "since", finding->since);
        mb_json_write_open(json, "metrics", '[');
        for (size_t k = 0; k < finding->change_count; k++)
            mb_json_write_text(json, NULL, mb_metric_name(finding->changes[k].metric));
        mb_json_write_close(json, ']');
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

void mb_json_write_sum(mb_json_writer *json, const mb_report *report)
{
    write_totals(json, &report->tally, &report->decision);
    write_findings(json, &report->tally);
    mb_json_write_open(json, "next", '[');
    mb_advice advice[MB_ADVICE_MAX];
    size_t count = mb_advice_make(report, advice);
    for (size_t i = 0; i < count; i++) {
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "sentence", advice[i].sentence);
        mb_json_write_open(json, "commands", '[');
        for (size_t k = 0; k < MB_ADVICE_COMMANDS_MAX; k++)
            if (advice[i].commands[k][0] != '\0')
                mb_json_write_text(json, NULL, advice[i].commands[k]);
        mb_json_write_close(json, ']');
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
    mb_json_write_text(json, "verdict", report->decision.verdict);
    mb_json_write_count(json, "exit_code", report->decision.exit_code);
    mb_json_write_text(json, "exit_reason", report->decision.exit_reason);
}

static mb_status json_end(mb_report *report, mb_error *error)
{
    json_state *state = report->state;
    mb_json_writer *json = &state->json;
    mb_json_write_close(json, ']');
    mb_json_write_open(json, "sweeps", '[');
    if (state->sweeps.file != NULL) {
        if (!mb_memory_file_flush(state->sweeps.file))
            return mb_error_no_memory(error);
        fwrite(state->kept, 1, state->kept_length, json->file);
        json->has_item[json->depth] = state->sweeps.has_item[json->depth];
    }
    mb_json_write_close(json, ']');
    mb_json_write_sum(json, report);
    mb_json_write_close(json, '}');
    return MB_OK;
}

static void json_drop(mb_report *report)
{
    json_state *state = report->state;
    if (state->sweeps.file != NULL)
        fclose(state->sweeps.file);
    free(state->kept);
}

const mb_report_format mb_report_json = {.name = "json",
                                         .summary = "one object with summaries, comparisons and verdict; for scripts",
                                         .state_bytes = sizeof(json_state),
                                         .begin = json_begin,
                                         .add = json_add,
                                         .add_sweep = json_add_sweep,
                                         .end = json_end,
                                         .drop = json_drop};
