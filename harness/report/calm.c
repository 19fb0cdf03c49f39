#include "report/calm.h"

#include "report/sweep_words.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

double mb_calm_threshold(const mb_report_model *model)
{
    double common = -1;
    if (model->is_threshold_by_case)
        return -1;
    for (mb_metric metric = 0; model->policy != NULL && metric < MB_METRIC_COUNT; metric++) {
        if (!model->policy->gates[metric])
            continue;
        if ((common >= 0 && model->policy->threshold_ratio[metric] != common) ||
            model->policy->threshold_extra[metric] > 0)
            return -1;
        common = model->policy->threshold_ratio[metric];
    }
    return common;
}

bool mb_calm_is_floored(double ratio, double difference, double threshold_ratio, double floor)
{
    bool is_beyond = ratio <= 0 || ratio > (1 + threshold_ratio) * (1 + 8 * DBL_EPSILON);
    return difference > 0 && is_beyond && difference <= floor;
}

const char *mb_calm_floor(mb_metric metric, double floor, bool is_exact, char text[MB_WORDS_TEXT_MAX])
{
    char size[MB_WORDS_TEXT_MAX];
    mb_words_value(metric, floor, false, size);
    snprintf(text, MB_WORDS_TEXT_MAX,
             is_exact ? "within the floor of %.40s" : "below the floor of %.40s for noisy metrics", size);
    return text;
}

const char *mb_calm_tail(mb_metric metric, double highest, size_t tail_count, size_t sample_count,
                         char text[MB_WORDS_TEXT_MAX])
{
    char size[MB_WORDS_TEXT_MAX];
    mb_words_value(metric, highest, false, size);
    snprintf(text, MB_WORDS_TEXT_MAX, "%.30s up to %.20s in %zu of %zu samples", mb_words_label(metric), size,
             tail_count, sample_count);
    return text;
}

enum { GROWTH_BYTES = 2 * MB_WORDS_TEXT_MAX + MB_ID_BYTES_MAX };

/* "anon +4.2% (+3.00 KiB) in jobs/10" */
static const char *describe(const mb_passed_growth *growth, char text[GROWTH_BYTES])
{
    const mb_finding_change *change = &growth->change;
    char words[MB_WORDS_TEXT_MAX];
    if (growth->tail_count > 0) {
        mb_calm_tail(change->metric, growth->highest, growth->tail_count, growth->sample_count, words);
        snprintf(text, GROWTH_BYTES, "%s of %s", words, growth->case_id);
        return text;
    }
    if (growth->is_slope)
        mb_sweep_words_finding(change->metric, change->ratio, change->difference, words);
    else
        mb_words_change(change->metric, change->ratio > 0, change->ratio, change->difference, words);
    snprintf(text, GROWTH_BYTES, "%.60s %s in %s", mb_words_label(change->metric), words, growth->case_id);
    return text;
}

/* Of what can be said that it did not grow. */
static const char *judged_ones(const mb_tally *tally)
{
    return tally->has_uncompared              ? "Nothing that was compared"
           : tally->unjudged_growth.count > 0 ? "No gating metric"
                                              : "Nothing";
}

/* What passed, with the largest of it, and by which rule that one did. */
static void describe_within(const mb_report *report, char text[MB_CALM_TEXT_MAX])
{
    const mb_passed_growth *largest = &report->tally.judged_growth;
    const mb_finding_change *change = &largest->change;
    char growth[GROWTH_BYTES], floor[MB_WORDS_TEXT_MAX];
    double threshold_ratio = mb_calm_threshold(report->model);
    bool is_floored = mb_calm_is_floored(change->ratio, change->difference, largest->threshold_ratio, largest->floor);
    const char *what = judged_ones(&report->tally);
    describe(largest, growth);
    if (largest->tail_count > 0)
        snprintf(text, MB_CALM_TEXT_MAX, "%s grew by more than is allowed, but for a few samples: %s", what, growth);
    else if (is_floored)
        snprintf(text, MB_CALM_TEXT_MAX, "%s grew by more than is allowed; largest: %s, %s", what, growth,
                 mb_calm_floor(change->metric, largest->floor, largest->is_exact, floor));
    else if (threshold_ratio < 0 || change->ratio <= 0 || change->ratio > 1 + threshold_ratio)
        snprintf(text, MB_CALM_TEXT_MAX, "%s grew by more than is allowed; largest: %s", what, growth);
    else
        snprintf(text, MB_CALM_TEXT_MAX, "%s grew beyond %.4g%%; largest: %s", what, threshold_ratio * 100, growth);
}

const char *mb_calm_sentence(const mb_report *report, char text[MB_CALM_TEXT_MAX])
{
    char growth[GROWTH_BYTES];
    switch (report->decision.calm) {
    case MB_CALM_NONE:
        return strcpy(text, "");
    case MB_CALM_PART:
    case MB_CALM_MEASURED:
        return strcpy(text, "Measured");
    case MB_CALM_NOTHING_GREW:
        return strcpy(text, "No memory grew");
    case MB_CALM_COMPARED:
        snprintf(text, MB_CALM_TEXT_MAX, "%s grew", judged_ones(&report->tally));
        return text;
    case MB_CALM_UNJUDGED_GREW:
        snprintf(text, MB_CALM_TEXT_MAX, "%s grew; largest of the others: %s", judged_ones(&report->tally),
                 describe(&report->tally.unjudged_growth, growth));
        return text;
    case MB_CALM_GREW_WITHIN:
        describe_within(report, text);
        return text;
    }
    return text;
}
