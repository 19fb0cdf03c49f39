/* The html format: one file that needs nothing else, neither a network nor other files.
 *
 * Its order is that of writing: the head, the data of the cases as they come, the first screen (which needs the tally
 * and is above all that is shown), sweeps, the table of cases, provenance, the script. Rows of tables are kept
 * aside until then. Nothing in it runs but the scripts whose digests its policy names, and nothing is fetched. */
#include "base/memory_file.h"
#include "base/sha256.h"
#include "report/formats.h"
#include "report/html_write.h"

#include <stdlib.h>
#include <string.h>

/* Text that is written later than it is made. */
typedef struct kept {
    FILE *file;
    char *text;
    size_t bytes;
} kept;

typedef struct html_state {
    mb_json_writer json;
    mb_html_data data;
    kept rows, sweep_rows, sweep_data;
    mb_json_writer sweep_json;
    bool has_sweep;
} html_state;

static MB_NODISCARD bool keep(kept *to)
{
    to->file = mb_memory_file_open(&to->text, &to->bytes);
    return to->file != NULL;
}

/* Writes what was kept. False when memory was out while it was made. */
static MB_NODISCARD bool put_kept(kept *from, FILE *file)
{
    bool is_whole = mb_memory_file_flush(from->file);
    if (is_whole)
        fwrite(from->text, 1, from->bytes, file);
    return is_whole;
}

/* 'sha256-…' of a script or style, as a policy names what may run. Two assets are one element. */
static void write_digest(FILE *file, const mb_html_asset *asset)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char digest[33] = {0};
    mb_sha256 hash;
    mb_sha256_init(&hash);
    mb_sha256_add(&hash, asset->text, asset->bytes);
    mb_sha256_end(&hash, digest);
    fputs(" 'sha256-", file);
    for (size_t i = 0; i < 32; i += 3) { /* 32 bytes leave two over: 43 letters and one sign */
        unsigned bits = (unsigned)digest[i] << 16 | (unsigned)digest[i + 1] << 8 | (i + 2 < 32 ? digest[i + 2] : 0u);
        for (int k = 0; k < (i + 2 < 32 ? 4 : 3); k++)
            fputc(letters[bits >> (18 - 6 * k) & 63], file);
    }
    fputs("='", file);
}

static void write_element(FILE *file, const char *name, const mb_html_asset *asset)
{
    fprintf(file, "<%s>", name);
    fwrite(asset->text, 1, asset->bytes, file);
    fprintf(file, "</%s>\n", name);
}

static void write_head(const mb_report *report)
{
    FILE *file = report->file;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
          "form-action 'none'; img-src data:; style-src",
          file);
    write_digest(file, &mb_html_chart_style);
    write_digest(file, &mb_html_style);
    fputs("; script-src", file);
    write_digest(file, &mb_html_chart_script);
    write_digest(file, &mb_html_script);
    fputs("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>membench",
          file);
    if (report->model->run->host_name != NULL)
        mb_html_printf(file, " on %s", report->model->run->host_name);
    if (report->model->baseline_name != NULL)
        mb_html_printf(file, " against %s", report->model->baseline_name);
    fputs("</title>\n", file);
    write_element(file, "style", &mb_html_chart_style);
    write_element(file, "style", &mb_html_style);
    fputs("</head>\n<body>\n", file);
}

static mb_status html_begin(mb_report *report, mb_error *error)
{
    html_state *state = report->state;
    if (!keep(&state->rows) || !keep(&state->sweep_rows) || !keep(&state->sweep_data))
        return mb_error_no_memory(error);
    state->json = (mb_json_writer){.file = report->file, .is_compact = true};
    state->sweep_json = (mb_json_writer){.file = state->sweep_data.file, .is_compact = true};
    write_head(report);
    fputs("<script type=\"application/json\" id=\"data\">", report->file);
    mb_json_write_open(&state->json, NULL, '{');
    mb_html_write_head(&state->json, report);
    mb_json_write_open(&state->json, "cases", '[');
    mb_json_write_open(&state->sweep_json, NULL, '[');
    return MB_OK;
}

static mb_status html_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    html_state *state = report->state;
    if (!mb_html_write_case(&state->json, report, item, &state->data) || !mb_html_write_row(state->rows.file, item))
        return mb_error_no_memory(error);
    fputc('\n', report->file); /* lines that editors and diff can hold */
    return MB_OK;
}

static mb_status html_add_sweep(mb_report *report, const mb_report_sweep *sweep, mb_error *error)
{
    (void)error;
    html_state *state = report->state;
    state->has_sweep = true;
    mb_html_write_sweep(&state->sweep_json, sweep);
    mb_html_write_sweep_rows(state->sweep_rows.file, sweep);
    return MB_OK;
}

static void write_data_end(const mb_report *report, html_state *state)
{
    mb_json_write_close(&state->json, ']');
    mb_html_write_texts(&state->json, &state->data.texts);
    mb_html_write_soaks(&state->json, report->model);
    mb_json_write_close(&state->sweep_json, ']');
}

static const char sweep_head[] =
    "<section id=\"sweeps\" aria-labelledby=\"sweeps-title\"><h2 id=\"sweeps-title\">What one more costs</h2>\n"
    "<div class=\"scroll\"><table><caption>A line through the points of a sweep: cost of each further unit with its "
    "interval, and what is there before the first</caption><thead><tr><th scope=\"col\">Sweep<th scope=\"col\">Metric"
    "<th scope=\"col\">For each<th scope=\"col\">Change<th scope=\"col\">Verdict</thead><tbody>\n";

static void write_foot(const mb_report *report, bool leaves_out)
{
    FILE *file = report->file;
    mb_html_write_provenance(report);
    fputs("</main>\n<footer><p>Made by ", file);
    mb_html_printf(file, "membench %s",
                   report->model->run->membench_version != NULL ? report->model->run->membench_version : "");
    fputs(". What the numbers mean: docs/measuring.md. Raw samples are in the results file.</p>", file);
    if (leaves_out)
        fprintf(file,
                "<p>This page holds all samples of the first %d cases, and of every metric that changed. Of the others "
                "it holds the least, the median and the greatest, and the median of the baseline.</p>",
                MB_HTML_WHOLE_CASES);
    if (mb_html_chart_script.bytes == 0)
        mb_html_printf(file, "<p id=\"no-charts\">%s</p>", mb_html_chart_reason);
    fputs("<noscript><p>Charts, samples, marks and search need JavaScript. the tables work without it; "
          "<code>membench report --verbose</code> prints the rest.</p></noscript></footer>\n"
          "<dialog id=\"detail\" aria-labelledby=\"detail-title\"></dialog>\n",
          file);
    write_element(file, "script", &mb_html_chart_script);
    write_element(file, "script", &mb_html_script);
    fputs("</body>\n</html>\n", file);
}

static mb_status html_end(mb_report *report, mb_error *error)
{
    html_state *state = report->state;
    FILE *file = report->file;
    bool is_whole = true;
    write_data_end(report, state);
    fputs(",\"sweeps\":", file);
    is_whole = put_kept(&state->sweep_data, file);
    mb_json_write_close(&state->json, '}');
    fputs("</script>\n", file);
    is_whole = mb_html_write_top(report) && is_whole;
    mb_html_write_where(report);
    mb_html_write_soak_section(file, report->model);
    fputs("<section id=\"groups\" aria-labelledby=\"groups-title\" hidden><h2 "
          "id=\"groups-title\">Groups</h2></section>\n",
          file);
    if (state->has_sweep) {
        fputs(sweep_head, file);
        is_whole = put_kept(&state->sweep_rows, file) && is_whole;
        fputs("</tbody></table></div></section>\n", file);
    }
    mb_html_write_table_head(file);
    is_whole = put_kept(&state->rows, file) && is_whole;
    fputs("</tbody></table></div></section>\n", file);
    write_foot(report, state->data.leaves_out);
    return is_whole ? MB_OK : mb_error_no_memory(error);
}

static void html_drop(mb_report *report)
{
    html_state *state = report->state;
    kept *all[] = {&state->rows, &state->sweep_rows, &state->sweep_data};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i]->file != NULL)
            fclose(all[i]->file);
        free(all[i]->text);
    }
    mb_html_texts_fini(&state->data.texts);
}

const mb_report_format mb_report_html = {.name = "html",
                                         .summary = "one page with charts and tables, for people and CI artifacts",
                                         .state_bytes = sizeof(html_state),
                                         .begin = html_begin,
                                         .add = html_add,
                                         .add_sweep = html_add_sweep,
                                         .end = html_end,
                                         .drop = html_drop};
