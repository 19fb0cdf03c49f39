/* Call sites of what grew as a table, with a bar for each side; is there without a script, too. */
#include "report/html_write.h"
#include "report/where_formats.h"

#include <inttypes.h>
#include <stdlib.h>

/* A bar as long as the share of the largest; the policy of the page allows no styles of their own. */
static void write_bar(FILE *file, const char *side, int64_t value, int64_t largest)
{
    fprintf(file, "<meter min=\"0\" max=\"%" PRId64 "\" value=\"%" PRId64 "\" title=\"%s: %" PRId64 "\"></meter>",
            largest > 0 ? largest : 1, value > 0 ? value : 0, side, value);
}

static int64_t largest_of(const mb_where *where)
{
    int64_t largest = 0;
    for (size_t i = 0; i < where->entry_count; i++) {
        int64_t before = mb_site_weigh(&where->entries[i].before, where->weight);
        int64_t after = mb_site_weigh(&where->entries[i].after, where->weight);
        largest = before > largest ? before : largest;
        largest = after > largest ? after : largest;
    }
    return largest;
}

static void write_entries(FILE *file, const char *case_id, const mb_where *where)
{
    enum { SHOWN = 20, CALLERS_SHOWN = 12 };
    char text[MB_WHERE_TEXT_BYTES];
    int64_t largest = largest_of(where);
    for (size_t i = 0; i < where->entry_count && i < SHOWN; i++) {
        const mb_where_entry *entry = &where->entries[i];
        fputs("<tr><th scope=\"row\">", file);
        mb_html_put(file, case_id);
        fprintf(file, "<td class=\"n\">%s<td>", mb_where_size(where, entry, text));
        write_bar(file, "before", mb_site_weigh(&entry->before, where->weight), largest);
        write_bar(file, "after", mb_site_weigh(&entry->after, where->weight), largest);
        fputs("<td>", file);
        mb_html_put(file, mb_where_blocks(where, entry, true, text));
        fputs("<td><code>", file);
        mb_html_put(file, mb_where_path(entry, CALLERS_SHOWN, true, text));
        fputs("</code>\n", file);
    }
    if (where->entry_count > SHOWN)
        fprintf(file, "<tr><th scope=\"row\"><td class=\"n\"><td><td><td>%s\n", mb_where_rest(where, SHOWN, text));
}

static void write_findings(FILE *file, const mb_where_findings *findings, size_t number)
{
    char text[MB_WHERE_TEXT_BYTES];
    for (size_t i = 0; i < findings->count; i++) {
        const mb_where_finding *finding = &findings->items[i];
        if (i == 0)
            fprintf(file, "<tr id=\"where-%zu\"><th scope=\"row\">", number);
        else
            fputs("<tr><th scope=\"row\">", file);
        mb_html_put(file, findings->case_id);
        fputs("<td><td><td><td>", file);
        mb_html_put(file, mb_where_label(findings, finding, text));
        fputs(": ", file);
        mb_html_put(file, mb_where_headline(finding, text));
        fputc('\n', file);
        if (finding->obstacle != NULL)
            continue;
        fputs("<tr><td colspan=\"5\">", file);
        if (finding->pages != NULL && finding->pages[0] != '\0') {
            fputs("<p>Pages: ", file);
            mb_html_put(file, finding->pages);
            fputs("</p>", file);
        }
        mb_html_write_icicle(file, &finding->where);
        write_entries(file, findings->case_id, &finding->where);
    }
}

void mb_html_write_where(const mb_report *report)
{
    const mb_wheres *wheres = report->model->wheres;
    FILE *file = report->file;
    if (wheres == NULL || wheres->case_count == 0)
        return;
    mb_causes causes;
    bool has_causes = mb_causes_make(&causes, &report->tally);
    bool *are_left_out = has_causes ? mb_where_left_out(wheres, &causes) : NULL;
    fputs("<section id=\"where\" aria-labelledby=\"where-title\"><h2 id=\"where-title\">Where it grew</h2>\n"
          "<div class=\"scroll\"><table><caption>Call sites that allocate more or less than before</caption>\n"
          "<thead><tr><th scope=\"col\">Case<th scope=\"col\" class=\"n\">Change<th scope=\"col\">Before, after"
          "<th scope=\"col\">Blocks<th scope=\"col\">Call site</thead>\n<tbody>\n",
          file);
    for (size_t i = 0; i < wheres->case_count; i++)
        if (are_left_out == NULL || !are_left_out[i])
            write_findings(file, &wheres->cases[i], i);
    free(are_left_out);
    if (has_causes)
        mb_causes_fini(&causes);
    fputs("</tbody></table></div></section>\n", file);
}
