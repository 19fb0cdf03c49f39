/* The table of all cases: what is there without a script, too. Tags that HTML lets one leave out are left out: with
 * a thousand cases they would be a tenth of the file. */
#include "report/html_write.h"
#include "report/words.h"

#include <math.h>

/* Cells after id and verdict. The script sorts by the same metrics: it reads them off data-metric. */
static const struct column {
    const char *heading, *summary;
    mb_quantity quantity;
    mb_window window;
} columns[] = {
    {"anon", "anonymous memory alive after run", MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY},
    {"anon, first use", "the same when the case runs for the first time", MB_ANON_DELTA_BYTES, MB_WINDOW_COLD},
    {"retained", "anonymous memory that stays after release", MB_RETAINED_ANON_BYTES, MB_WINDOW_STEADY},
    {"after trim", "what is left of that after the allocator was asked to return free memory",
     MB_RETAINED_AFTER_TRIM_ANON_BYTES, MB_WINDOW_STEADY},
    {"rss", "resident memory, shared and file pages too", MB_RSS_DELTA_BYTES, MB_WINDOW_STEADY},
    {"heap", "usable bytes of live blocks after run", MB_HEAP_LIVE_BYTES, MB_WINDOW_STEADY},
    {"calls", "allocations during run", MB_HEAP_ALLOC_COUNT, MB_WINDOW_STEADY},
    {"time", "run and release together", MB_REAL_TIME_NS, MB_WINDOW_STEADY},
};
enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

void mb_html_write_table_head(FILE *file)
{
    fputs(
        "<section id=\"cases\" aria-labelledby=\"cases-title\"><h2 id=\"cases-title\">All cases</h2>\n"
        "<form id=\"controls\" class=\"controls\" role=\"search\" hidden></form>\n"
        "<div class=\"scroll\"><table id=\"table\"><caption>Medians; differences to the start of the case&#39;s window"
        "</caption>\n<thead><tr><th scope=\"col\" data-key=\"id\">Case<th scope=\"col\" data-key=\"verdict\">Verdict"
        "<th scope=\"col\" data-key=\"change\" class=\"n\">Change",
        file);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        mb_metric metric = mb_metric_of(columns[i].quantity, columns[i].window);
        fprintf(file, "<th scope=\"col\" class=\"n\" data-metric=\"%d\" title=\"%s\">%s", metric, columns[i].summary,
                columns[i].heading);
    }
    fputs("</thead>\n<tbody>\n", file);
}

/* The comparison that decides what a row says: of the gating ones the worst verdict, of those the largest change. */
static const mb_comparison *worst_comparison(const mb_report_case *item)
{
    const mb_comparison *worst = NULL;
    for (size_t i = 0; i < item->comparison_count; i++) {
        const mb_comparison *one = &item->comparisons[i];
        if (!one->gates)
            continue;
        bool is_worse = worst == NULL || one->verdict > worst->verdict ||
                        (one->verdict == worst->verdict && one->has_ratio &&
                         fabs(one->ratio - 1) > (worst->has_ratio ? fabs(worst->ratio - 1) : 0));
        if (is_worse)
            worst = one;
    }
    return worst;
}

static void write_verdict(FILE *file, const mb_report_case *item)
{
    char change[MB_WORDS_TEXT_MAX];
    if (item->presence == MB_PRESENCE_GONE || item->result->outcome != MB_OUTCOME_OK) {
        bool is_bad = item->presence != MB_PRESENCE_GONE && item->result->outcome != MB_OUTCOME_SKIPPED;
        fprintf(file, "<td class=\"%s\">%s<td>", is_bad ? "bad" : "unsure",
                item->presence == MB_PRESENCE_GONE ? "not run" : mb_words_outcome(item->result->outcome));
        return;
    }
    const mb_comparison *worst = worst_comparison(item);
    if (worst == NULL) {
        bool is_unrecorded = item->presence == MB_PRESENCE_UNRECORDED;
        fprintf(file, "<td>%s<td>",
                is_unrecorded ? mb_words_unrecorded(mb_baseline_outcome(item), change) : "measured");
        return;
    }
    if (mb_verdict_role(worst->verdict) == MB_ROLE_PLAIN)
        fprintf(file, "<td>%s<td>", mb_verdict_name(worst->verdict));
    else
        fprintf(file, "<td class=\"%s\">%s<td>", mb_html_look(mb_verdict_role(worst->verdict)),
                mb_verdict_name(worst->verdict));
    if (worst->difference != 0)
        fprintf(file, "%s %s", mb_words_label(worst->metric),
                mb_words_change(worst->metric, worst->has_ratio, worst->ratio, worst->difference, change));
}

bool mb_html_write_row(FILE *file, const mb_report_case *item)
{
    fputs("<tr><th scope=\"row\">", file);
    mb_html_put(file, item->result->id);
    write_verdict(file, item);
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        mb_metric metric = mb_metric_of(columns[i].quantity, columns[i].window);
        char text[MB_WORDS_TEXT_MAX];
        mb_summary summary;
        if (!mb_summary_make(&item->result->series[metric], &summary))
            return false;
        fprintf(file, "<td>%s", summary.count > 0 ? mb_words_value(metric, summary.median, false, text) : "");
    }
    fputc('\n', file);
    return true;
}
