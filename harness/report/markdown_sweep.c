/* Sweeps in Markdown: a folded table, one row for each metric that text shows, too. */
#include "report/markdown.h"
#include "report/sweep_words.h"

static bool is_row(const mb_report *report, const mb_sweep *sweep, const mb_sweep_metric *metric)
{
    const mb_sweep_fit *fit = &metric->current.fit;
    bool is_judged = metric->gates && metric->verdict != MB_VERDICT_SHOWN &&
                     metric->verdict != MB_VERDICT_NOT_REGRESSED && metric->verdict != MB_VERDICT_NO_BASELINE;
    if (is_judged)
        return true;
    return mb_sweep_is_shown(sweep, metric, report->options.metrics) && (fit->slope != 0 || fit->overhead != 0) &&
           (metric->is_resolved || fit->growth.growth == MB_GROWTH_CONSTANT);
}

void mb_markdown_sweep(FILE *file, const mb_report *report, const mb_report_sweep *sweep)
{
    char line[MB_SWEEP_LINE_MAX], growth[MB_WORDS_TEXT_MAX], ratio[MB_WORDS_TEXT_MAX];
    for (size_t i = 0; i < sweep->metric_count; i++) {
        const mb_sweep_metric *metric = &sweep->metrics[i];
        if (!is_row(report, sweep, metric))
            continue;
        fputs("| ", file);
        mb_markdown_code(file, sweep->name);
        fprintf(file, " | %s | ", mb_words_label(metric->metric));
        mb_markdown_text(file, mb_sweep_words_line(sweep, metric, line));
        fprintf(file, " | %s | ", mb_sweep_words_growth(&metric->current.fit, growth));
        mb_markdown_text(file, mb_sweep_words_range(sweep, line));
        fputs(" |", file);
        if (report->model->baseline_name != NULL)
            fprintf(file, " %s%s%s |", mb_verdict_name(metric->verdict), metric->has_ratio ? " " : "",
                    metric->has_ratio ? mb_words_ratio(metric->ratio, ratio) : "");
        fputc('\n', file);
    }
}

void mb_markdown_sweep_head(FILE *file, const mb_report *report)
{
    bool has_baseline = report->model->baseline_name != NULL;
    fputs("\n<details><summary>What one more costs</summary>\n\n", file);
    fprintf(file, "| sweep | metric | slope + overhead | growth | measured |%s\n", has_baseline ? " verdict |" : "");
    fprintf(file, "|---|---|---|---|---|%s\n", has_baseline ? "---|" : "");
}
