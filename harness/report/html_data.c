#include "report/html_data.h"

#include "base/grown.h"
#include "report/explain.h"
#include "report/html_write.h"
#include "report/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_MAX = 512, KEY_BYTES = 16, GATES_BIT = 16, RATIO_BIT = 32, RATIO_STEPS = 100000, DIGITS_SHOWN = 5 };

void mb_html_texts_fini(mb_html_texts *texts)
{
    free(texts->texts);
    mb_arena_fini(&texts->arena);
    *texts = (mb_html_texts){0};
}

/* Writes text as its number; as itself once there are so many that looking for it would take long. False when memory is
 * out. */
static MB_NODISCARD bool write_reference(mb_json_writer *json, const char *key, mb_html_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->texts[i], text) == 0) {
            mb_json_write_count(json, key, i);
            return true;
        }
    if (texts->count == TEXTS_MAX) {
        mb_json_write_text(json, key, text);
        return true;
    }
    const char **grown = mb_grown(texts->texts, texts->count, &texts->capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    texts->texts = grown;
    texts->texts[texts->count] = mb_arena_copy(&texts->arena, text);
    if (texts->texts[texts->count] == NULL)
        return false;
    mb_json_write_count(json, key, texts->count++);
    return true;
}

static void write_words(mb_json_writer *json, const char *key, const char *(*word)(int), int count)
{
    mb_json_write_open(json, key, '[');
    for (int i = 0; i < count; i++)
        mb_json_write_text(json, NULL, word(i));
    mb_json_write_close(json, ']');
}

static const char *verdict_word(int verdict) { return mb_verdict_name((mb_verdict)verdict); }
static const char *verdict_look(int verdict) { return mb_html_look(mb_verdict_role((mb_verdict)verdict)); }
static const char *outcome_word(int outcome) { return mb_words_outcome((mb_outcome)outcome); }
static const char *mark_word(int quantity) { return mb_mark_quantity_name((mb_mark_quantity)quantity); }

void mb_html_write_head(mb_json_writer *json, const mb_report *report)
{
    mb_json_write_open(json, "metrics", '[');
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        mb_json_write_open(json, NULL, '[');
        mb_json_write_text(json, NULL, mb_metric_name(metric));
        mb_json_write_text(json, NULL, mb_words_label(metric));
        mb_json_write_text(json, NULL, mb_metric_unit(metric));
        mb_json_write_text(json, NULL, mb_metric_info(metric)->summary);
        mb_json_write_close(json, ']');
    }
    mb_json_write_close(json, ']');
    write_words(json, "verdicts", verdict_word, MB_VERDICT_COUNT);
    write_words(json, "looks", verdict_look, MB_VERDICT_COUNT);
    write_words(json, "outcomes", outcome_word, MB_OUTCOME_COUNT);
    write_words(json, "markQuantities", mark_word, MB_MARK_QUANTITY_COUNT);
    mb_json_write_text(json, "baseline", report->model->baseline_name);
    mb_json_write_count(json, "pageBytes", report->model->run->page_bytes);
    mb_json_write_text(json, "togetherName", MB_REGIONS_TOGETHER_NAME);
}

static bool is_shown(const mb_report *report, mb_metric metric)
{
    return report->options.metrics == NULL || report->options.metrics[metric];
}

/* Whole numbers as they are, others to as many digits as are shown, and two. */
static void write_rounded(mb_json_writer *json, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.*g", DIGITS_SHOWN, value);
    bool is_whole = fabs(value) < 9007199254740992.0 && value == floor(value);
    mb_json_write_number(json, NULL, is_whole ? value : strtod(text, NULL));
}

/* Whether all samples of the metric are in the page. */
static bool is_whole(const mb_report_case *item, mb_metric metric, const mb_html_data *data)
{
    if (data->case_count < MB_HTML_WHOLE_CASES)
        return true;
    for (size_t i = 0; i < item->comparison_count; i++)
        if (item->comparisons[i].metric == metric)
            return mb_verdict_role(item->comparisons[i].verdict) != MB_ROLE_PLAIN;
    return false;
}

/* [median, how far the least and the greatest are from it, count] in place of the samples; of up to three that differ
 * there is nothing to leave out.
 */
static MB_NODISCARD bool write_reduced(mb_json_writer *json, const char *key, const mb_series *series,
                                       mb_html_data *data)
{
    mb_summary summary;
    if (series->count < 4 || mb_series_is_exact(series)) {
        mb_html_write_series(json, key, series);
        return true;
    }
    if (!mb_summary_make(series, &summary))
        return false;
    data->leaves_out = true;
    mb_json_write_open(json, key, '[');
    write_rounded(json, summary.median);
    write_rounded(json, summary.median - summary.minimum);
    write_rounded(json, summary.maximum - summary.median);
    mb_json_write_count(json, NULL, summary.count);
    mb_json_write_close(json, ']');
    return true;
}

static MB_NODISCARD bool write_samples(mb_json_writer *json, const mb_report *report, const mb_report_case *item,
                                       mb_html_data *data)
{
    const mb_case_result *result = item->result;
    char key[KEY_BYTES];
    mb_json_write_open(json, "s", '{');
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        if (!is_shown(report, metric))
            continue;
        snprintf(key, sizeof key, "%d", metric);
        if (is_whole(item, metric, data))
            mb_html_write_series(json, key, &result->series[metric]);
        else if (!write_reduced(json, key, &result->series[metric], data))
            return false;
    }
    mb_json_write_close(json, '}');
    bool has_missing = false;
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT; metric++) {
        if (!is_shown(report, metric) || result->series[metric].count > 0 || result->missing[metric] == NULL)
            continue;
        if (!has_missing)
            mb_json_write_open(json, "missing", '{');
        has_missing = true;
        snprintf(key, sizeof key, "%d", metric);
        if (!write_reference(json, key, &data->texts, result->missing[metric]))
            return false;
    }
    if (has_missing)
        mb_json_write_close(json, '}');
    return true;
}

/* Baseline samples of what was judged. Those that equal the current ones, all of them, need not be shown, and where
 * samples are left out the comparison has the baseline's median. */
static void write_baseline(mb_json_writer *json, const mb_report_case *item, const mb_html_data *data)
{
    char key[KEY_BYTES];
    if (item->baseline == NULL)
        return;
    mb_json_write_open(json, "b", '{');
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        const mb_series *was = &item->baseline->series[comparison->metric];
        const mb_series *is = &item->result->series[comparison->metric];
        if (comparison->verdict == MB_VERDICT_SHOWN || was->count == 0)
            continue;
        if (!mb_series_is_exact(was) && !is_whole(item, comparison->metric, data))
            continue;
        if (mb_series_is_exact(was) && mb_series_is_exact(is) && was->values[0] == is->values[0])
            continue;
        snprintf(key, sizeof key, "%d", comparison->metric);
        mb_html_write_series(json, key, was);
    }
    mb_json_write_close(json, '}');
}

static void write_steps(mb_json_writer *json, double ratio)
{
    mb_json_write_number(json, NULL, isfinite(ratio) ? round((ratio - 1) * RATIO_STEPS) : ratio);
}

/* [metric, verdict + 16 if it gates + 32 if there is a ratio], which is all where every sample is the same on both
 * sides; else then the difference, the ratio with its interval or, without one, the interval of the difference, median
 * and sample count of the baseline, and the reason, as far as there are. Ratios are hundred thousandths more than 1. */
static MB_NODISCARD bool write_comparison(mb_json_writer *json, const mb_comparison *comparison, mb_html_texts *texts)
{
    mb_json_write_open(json, NULL, '[');
    mb_json_write_count(json, NULL, (uint64_t)comparison->metric);
    bool is_known = comparison->verdict != MB_VERDICT_NO_BASELINE && comparison->verdict != MB_VERDICT_NOT_COMPARABLE;
    bool is_plain = is_known && comparison->baseline_exact && comparison->current_exact && comparison->difference == 0;
    bool has_ratio = !is_plain && comparison->has_ratio;
    mb_json_write_count(
        json, NULL, (uint64_t)comparison->verdict + (comparison->gates ? GATES_BIT : 0) + (has_ratio ? RATIO_BIT : 0));
    if (!is_plain) {
        write_rounded(json, is_known ? comparison->difference : 0);
        if (has_ratio) {
            write_steps(json, comparison->ratio);
            write_steps(json, comparison->ratio_low);
            write_steps(json, comparison->ratio_high);
        } else {
            write_rounded(json, is_known ? comparison->difference_low : 0);
            write_rounded(json, is_known ? comparison->difference_high : 0);
        }
        write_rounded(json, comparison->baseline_median);
        mb_json_write_count(json, NULL, comparison->baseline_count);
        char moves[MB_EXPLAIN_LINE_BYTES];
        const char *reason =
            mb_comparison_moves(comparison) ? mb_explain_conditions(comparison, moves) : comparison->reason;
        if (reason != NULL && !write_reference(json, NULL, texts, reason))
            return false;
    }
    mb_json_write_close(json, ']');
    return true;
}

static MB_NODISCARD bool write_comparisons(mb_json_writer *json, const mb_report_case *item, mb_html_texts *texts)
{
    if (item->comparison_count == 0)
        return true;
    mb_json_write_open(json, "c", '[');
    for (size_t i = 0; i < item->comparison_count; i++)
        if (!write_comparison(json, &item->comparisons[i], texts))
            return false;
    mb_json_write_close(json, ']');
    return true;
}

/* {metric: [before, now, allowed, rule]} of verdicts that ask for a look: of the others `membench explain` says it, and
 * the page stays small. Side by side another rule decides. */
static void write_explanations(mb_json_writer *json, const mb_report *report, const mb_report_case *item)
{
    char key[KEY_BYTES];
    bool has_some = false;
    if (report->model->policy == NULL || report->model->is_side_by_side)
        return;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *comparison = &item->comparisons[i];
        mb_explanation said;
        if (!comparison->gates || mb_verdict_role(comparison->verdict) == MB_ROLE_PLAIN)
            continue;
        if (!has_some)
            mb_json_write_open(json, "e", '{');
        has_some = true;
        mb_explain(comparison, report->model->policy, report->model->noisy_count, &said);
        const char *const lines[] = {said.before, said.now, said.allowed, said.rule};
        snprintf(key, sizeof key, "%d", comparison->metric);
        mb_json_write_open(json, key, '[');
        for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++)
            mb_json_write_text(json, NULL, lines[k]);
        mb_json_write_close(json, ']');
    }
    if (has_some)
        mb_json_write_close(json, '}');
}

/* Windows are 0 and 1; what is [window, name, …]. */
static MB_NODISCARD bool open_part(mb_json_writer *json, mb_window window, const char *name, mb_html_texts *texts)
{
    mb_json_write_open(json, NULL, '[');
    mb_json_write_count(json, NULL, (uint64_t)window);
    return write_reference(json, NULL, texts, name);
}

static MB_NODISCARD bool write_parts(mb_json_writer *json, const mb_case_result *result, mb_html_texts *texts)
{
    if (result->mark_count > 0) {
        mb_json_write_open(json, "marks", '[');
        for (size_t i = 0; i < result->mark_count; i++) {
            if (!open_part(json, result->marks[i].window, result->marks[i].name, texts))
                return false;
            for (int quantity = 0; quantity < MB_MARK_QUANTITY_COUNT; quantity++)
                mb_html_write_series(json, NULL, &result->marks[i].series[quantity]);
            mb_json_write_close(json, ']');
        }
        mb_json_write_close(json, ']');
    }
    if (result->region_count > 0) {
        mb_json_write_open(json, "regions", '[');
        for (size_t i = 0; i < result->region_count; i++) {
            if (!open_part(json, result->regions[i].window, result->regions[i].name, texts))
                return false;
            mb_json_write_number(json, NULL, result->regions[i].nominal_bytes);
            mb_html_write_series(json, NULL, &result->regions[i].resident_bytes);
            mb_json_write_close(json, ']');
        }
        mb_json_write_close(json, ']');
    }
    if (result->count_count > 0) {
        mb_json_write_open(json, "counts", '[');
        for (size_t i = 0; i < result->count_count; i++) {
            if (!open_part(json, result->counts[i].window, result->counts[i].name, texts))
                return false;
            mb_html_write_series(json, NULL, &result->counts[i].values);
            mb_json_write_close(json, ']');
        }
        mb_json_write_close(json, ']');
    }
    return true;
}

/* [name, value, is in bytes, label] */
static MB_NODISCARD bool write_params(mb_json_writer *json, const mb_case_result *result, mb_html_texts *texts)
{
    mb_json_write_open(json, "p", '[');
    for (size_t i = 0; i < result->param_count; i++) {
        const mb_param_value *param = &result->params[i];
        mb_json_write_open(json, NULL, '[');
        if (!write_reference(json, NULL, texts, param->name))
            return false;
        mb_json_write_count(json, NULL, param->value);
        if (param->unit == MB_UNIT_BYTES || param->label != NULL)
            mb_json_write_count(json, NULL, param->unit == MB_UNIT_BYTES);
        if (param->label != NULL && !write_reference(json, NULL, texts, param->label))
            return false;
        mb_json_write_close(json, ']');
    }
    mb_json_write_close(json, ']');
    return true;
}

bool mb_html_write_case(mb_json_writer *json, const mb_report *report, const mb_report_case *item, mb_html_data *data)
{
    mb_html_texts *texts = &data->texts;
    const mb_case_result *result = item->result;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "id", result->id);
    if (!write_reference(json, "g", texts, result->group != NULL ? result->group : ""))
        return false;
    if (result->function != NULL && !write_reference(json, "f", texts, result->function))
        return false;
    if (result->param_count > 0 && !write_params(json, result, texts))
        return false;
    if (result->outcome != MB_OUTCOME_OK)
        mb_json_write_count(json, "o", (uint64_t)result->outcome);
    if (result->message != NULL && !write_reference(json, "m", texts, result->message))
        return false;
    if (result->warning != NULL && !write_reference(json, "w", texts, result->warning))
        return false;
    if (result->operation_count > 0)
        mb_json_write_count(json, "n", result->operation_count);
    if (result->program > 0)
        mb_json_write_count(json, "x", result->program);
    if (item->presence != MB_PRESENCE_BOTH)
        mb_json_write_count(json, "presence", (uint64_t)item->presence);
    if (!write_samples(json, report, item, data) || !write_comparisons(json, item, texts) ||
        !write_parts(json, result, texts))
        return false;
    write_baseline(json, item, data);
    write_explanations(json, report, item);
    mb_json_write_close(json, '}');
    data->case_count++;
    return true;
}

void mb_html_write_texts(mb_json_writer *json, const mb_html_texts *texts)
{
    mb_json_write_open(json, "texts", '[');
    for (size_t i = 0; i < texts->count; i++)
        mb_json_write_text(json, NULL, texts->texts[i]);
    mb_json_write_close(json, ']');
}
