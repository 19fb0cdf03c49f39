/* Curves as one self-contained page for a browser: each drawn by gnuplot where that is installed, and as tables. */
#include "features/history/curve.h"

#include "report/html_page.h"
#include "report/html_write.h"
#include "report/words.h"

#include <stdio.h>

void mb_curve_page_begin(FILE *out, const char *case_id, const char *where)
{
    char title[MB_ID_BYTES_MAX + 32];
    snprintf(title, sizeof title, "%s over commits", case_id);
    mb_html_page_begin(out, title, "membench history", case_id);
    fputs("<p>", out);
    mb_html_put(out, where);
    fputs("</p>\n", out);
}

void mb_curve_page_end(FILE *out) { mb_html_page_end(out); }

static mb_status draw(FILE *picture, const void *context, mb_error *error)
{
    return mb_curve_draw(picture, context, MB_PICTURE_SVG, error);
}

static void write_picture(FILE *out, const mb_curve *curve)
{
    char alternative[128];
    snprintf(alternative, sizeof alternative, "%s over commits; the table below holds its values",
             mb_words_label(curve->series->metric));
    mb_html_page_picture(out, draw, curve, alternative);
}

static void put_cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    mb_html_put(out, text);
}

static void write_changes(FILE *out, const mb_curve *curve)
{
    char text[MB_CURVE_TEXT_MAX];
    if (curve->change_count == 0) {
        fputs("<p>No change of level.</p>\n", out);
        return;
    }
    fputs("<table><caption>Changes of level</caption><thead><tr><th scope=\"col\">Commit<th scope=\"col\">Date"
          "<th scope=\"col\">Change<th scope=\"col\">Confidence<th scope=\"col\">What it did<tbody>\n",
          out);
    for (size_t i = curve->change_count; i-- > 0;) {
        const mb_curve_change *change = &curve->changes[i];
        const mb_history_run *run = &curve->log->runs[change->run];
        fputs("<tr>", out);
        put_cell(out, mb_curve_commit(run->commit, text));
        put_cell(out, mb_curve_date(run->time_s, text));
        put_cell(out, mb_curve_difference(change, text));
        put_cell(out, mb_curve_confidence(change, text));
        put_cell(out, run->subject);
        mb_html_printf(out, " %s", mb_curve_note(curve->log, change, true, text));
        fputc('\n', out);
    }
    fputs("</table>\n", out);
}

static void write_values(FILE *out, const mb_curve *curve)
{
    char text[MB_CURVE_TEXT_MAX], value[MB_WORDS_TEXT_MAX];
    fprintf(out,
            "<details><summary>All %zu values</summary>\n<table><thead><tr><th scope=\"col\">Commit"
            "<th scope=\"col\">Date<th scope=\"col\">Value<th scope=\"col\">Spread<tbody>\n",
            curve->series->count);
    for (size_t i = curve->series->count; i-- > 0;) {
        const mb_history_point *point = &curve->series->points[i];
        const mb_history_run *run = &curve->log->runs[point->run];
        fputs("<tr>", out);
        put_cell(out, mb_curve_commit(run->commit, text));
        put_cell(out, mb_curve_date(run->time_s, text));
        put_cell(out, mb_words_value(curve->series->metric, point->value, false, value));
        put_cell(out, point->is_exact ? "exact" : "median");
        fputc('\n', out);
    }
    fputs("</table></details>\n", out);
}

void mb_curve_page_add(FILE *out, const mb_curve *curve)
{
    fputs("<section>\n<h2>", out);
    mb_html_put(out, mb_words_label(curve->series->metric));
    fputs("</h2>\n", out);
    write_picture(out, curve);
    write_changes(out, curve);
    write_values(out, curve);
    fputs("</section>\n", out);
}
