/* Curves as one self-contained page for a browser: each drawn by gnuplot where that is installed, and as tables. */
#include "features/history/curve.h"

#include "report/html_write.h"
#include "report/words.h"

#include <stdlib.h>

/* Nothing is loaded and nothing runs; pictures are in the page itself. */
static const char policy[] = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

void mb_curve_page_begin(FILE *out, const char *case_id, const char *where)
{
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
            policy);
    mb_html_printf(out, "%s over commits", case_id);
    fputs("</title>\n<style>", out);
    fwrite(mb_html_style.text, 1, mb_html_style.bytes, out);
    fputs(
        "figure { margin: 1rem 0; } figure img { max-width: 100%; background: #ffffff; border-radius: 8px; }</style>\n"
        "<body>\n<p class=\"brand\">membench history</p>\n<main>\n<h1>",
        out);
    mb_html_put(out, case_id);
    fputs("</h1>\n<p>", out);
    mb_html_put(out, where);
    fputs("</p>\n", out);
}

void mb_curve_page_end(FILE *out) { fputs("</main>\n</body>\n</html>\n", out); }

static void put_base64(FILE *out, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned)bytes[i + 2] : 0);
        fputc(digits[group >> 18], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(left > 1 ? digits[group >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[group & 63] : '=', out);
    }
}

/* A page without its picture still has the tables, so a failure is a sentence in it. */
static void write_picture(FILE *out, const mb_curve *curve)
{
    char *bytes = NULL;
    size_t count = 0;
    mb_error error;
    mb_status status = mb_gnuplot_find(&error);
    FILE *picture = status == MB_OK ? open_memstream(&bytes, &count) : NULL;
    if (status == MB_OK && picture == NULL)
        status = mb_error_no_memory(&error);
    if (status == MB_OK)
        status = mb_curve_draw(picture, curve, MB_PICTURE_SVG, &error);
    if (picture != NULL && fclose(picture) != 0 && status == MB_OK)
        status = mb_error_no_memory(&error);
    if (status == MB_OK) {
        fputs("<figure><img alt=\"", out);
        mb_html_printf(out, "%s over commits; the table below holds its values", mb_words_label(curve->series->metric));
        fputs("\" src=\"data:image/svg+xml;base64,", out);
        put_base64(out, (const unsigned char *)bytes, count);
        fputs("\"></figure>\n", out);
    } else {
        fputs("<p>No picture: ", out);
        mb_html_put(out, error.message);
        fputs("</p>\n", out);
    }
    free(bytes);
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
