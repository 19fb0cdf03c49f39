/* A timeline as one self-contained page for a browser. */
#include "features/exec/exec_timeline.h"

#include "base/units.h"
#include "report/html_page.h"
#include "report/html_write.h"

enum { ROWS_MAX = 200 };

static mb_status draw(FILE *picture, const void *context, mb_error *error)
{
    return mb_timeline_draw(picture, context, error);
}

static void put_row(FILE *file, const char *what, const char *text)
{
    if (*text == '\0')
        return;
    fputs("<tr><th scope=\"row\">", file);
    mb_html_put(file, what);
    fputs("<td>", file);
    mb_html_put(file, text);
    fputc('\n', file);
}

static void put_programs(FILE *file, const mb_timeline *timeline)
{
    char peak[MB_UNITS_TEXT_MAX], at[MB_UNITS_TEXT_MAX], rss[MB_UNITS_TEXT_MAX], from[MB_UNITS_TEXT_MAX];
    char to[MB_UNITS_TEXT_MAX], last[MB_UNITS_TEXT_MAX];
    fputs(
        "<div class=\"scroll\"><table><caption>Programs, in the order of their start</caption><thead><tr>"
        "<th scope=\"col\">Program<th scope=\"col\" class=\"n\">Process<th scope=\"col\" class=\"n\">First read"
        "<th scope=\"col\" class=\"n\">Last read<th scope=\"col\" class=\"n\">Peak, anonymous<th scope=\"col\" "
        "class=\"n\">When<th scope=\"col\" class=\"n\">Peak, resident<th scope=\"col\" class=\"n\">At the last reading"
        "<th scope=\"col\">Read when it ended<tbody>\n",
        file);
    for (size_t i = 0; i < timeline->stage_count && i < ROWS_MAX; i++) {
        const mb_timeline_stage *stage = &timeline->stages[i];
        fputs("<tr><th scope=\"row\">", file);
        mb_html_put(file, stage->name);
        fprintf(file,
                "<td class=\"n\">%ld<td class=\"n\">%s<td class=\"n\">%s<td class=\"n\">%s<td class=\"n\">%s"
                "<td class=\"n\">%s<td class=\"n\">%s<td>%s\n",
                (long)stage->pid, mb_format_ns((double)stage->begin_ns, from), mb_format_ns((double)stage->last_ns, to),
                mb_format_bytes((double)stage->peak_anon_bytes, peak), mb_format_ns((double)stage->peak_ns, at),
                mb_format_bytes((double)stage->peak_rss_bytes, rss),
                mb_format_bytes((double)stage->last_anon_bytes, last), stage->has_end ? "yes" : "no");
    }
    fputs("</table></div>\n", file);
    if (timeline->stage_count > ROWS_MAX)
        mb_html_printf(file, "and %zu more; the csv has them all\n", timeline->stage_count - ROWS_MAX);
}

static void put_record(FILE *file, const mb_timeline_record *record, bool is_alone)
{
    char text[MB_TIMELINE_TEXT_BYTES], gaps[MB_TIMELINE_GAPS_MAX][MB_TIMELINE_TEXT_BYTES];
    size_t gap_count = mb_timeline_say_gaps(record, gaps);
    fputs("<section>\n<h2>", file);
    mb_html_put(file, is_alone ? "Peaks" : record->label);
    fputs("</h2>\n<table><tbody>\n", file);
    put_row(file, "Peak", mb_timeline_say_peak(record, text));
    put_row(file, "All processes", mb_timeline_say_tree(record, text));
    put_row(file, "At its end", mb_timeline_say_end(record, text));
    for (size_t i = 0; i < gap_count; i++)
        put_row(file, "Note", gaps[i]);
    fputs("</table>\n", file);
    if (record->timeline.stage_count > 0)
        put_programs(file, &record->timeline);
    fputs("</section>\n", file);
}

void mb_timeline_page_write(FILE *file, const mb_timeline_records *records)
{
    const char *heading = records->count == 1 ? records->records[0].label : "Memory over time";
    mb_html_page_begin(file, heading, "membench exec", heading);
    fputs("<p>Anonymous memory over time: of a process RssAnon + RssShmem, of all together the sum of Pss_Anon.</p>\n",
          file);
    mb_html_page_picture(file, draw, records,
                         "Anonymous memory over time; the tables below say peak, when and of what");
    for (size_t i = 0; i < records->count; i++)
        put_record(file, &records->records[i], records->count == 1);
    mb_html_page_end(file);
}
