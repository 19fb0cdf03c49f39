#include "report/where_formats.h"
#include "base/memory_file.h"

#include "report/markdown.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_VERBOSE = 50, SHOWN_BRIEF = 3, TEXT_INDENT = 2 };

void mb_where_text(const mb_report *report, const mb_report_case *item)
{
    const mb_where_findings *findings = mb_wheres_find(report->model->wheres, item->result->id);
    if (findings != NULL)
        mb_where_print(report->file, findings, MB_VERDICT_COUNT, SHOWN_VERBOSE, TEXT_INDENT, report->options.unicode);
}

/* The verdict of the metrics that a finding of that kind is about; MB_VERDICT_COUNT: it is about something else. */
static mb_verdict verdict_of(mb_finding_kind kind)
{
    return kind == MB_FINDING_REGRESSED      ? MB_VERDICT_REGRESSED
           : kind == MB_FINDING_SHRANK       ? MB_VERDICT_SHRANK
           : kind == MB_FINDING_OVER_BUDGET  ? MB_VERDICT_SHOWN
           : kind == MB_FINDING_SUSPECT      ? MB_VERDICT_SUSPECT
           : kind == MB_FINDING_INCONCLUSIVE ? MB_VERDICT_INCONCLUSIVE
           : kind == MB_FINDING_IMPROVED     ? MB_VERDICT_IMPROVED
                                             : MB_VERDICT_COUNT;
}

/* Of the first case of a cause of which something is known; NULL: of none, or it is about something else. */
static const mb_where_findings *first_of(const mb_wheres *wheres, const mb_cause *cause)
{
    const mb_where_findings *findings = NULL;
    if (verdict_of(cause->kind) != MB_VERDICT_COUNT)
        for (size_t i = 0; findings == NULL && i < cause->finding_count; i++)
            findings = mb_wheres_find(wheres, cause->findings[i]->case_id);
    return findings;
}

void mb_where_cause(const mb_report *report, const mb_cause *cause)
{
    const mb_where_findings *findings = first_of(report->model->wheres, cause);
    if (findings != NULL)
        mb_where_print(report->file, findings, verdict_of(cause->kind), SHOWN_BRIEF, TEXT_INDENT,
                       report->options.unicode);
}

const char *mb_where_lines(const mb_report *report, const char *case_id, char **kept)
{
    const mb_where_findings *findings = mb_wheres_find(report->model->wheres, case_id);
    size_t length;
    *kept = NULL;
    if (findings == NULL)
        return NULL;
    FILE *file = mb_memory_file_open(kept, &length);
    if (file != NULL)
        mb_where_print(file, findings, MB_VERDICT_COUNT, MB_WHERE_SHOWN, 0, true);
    return file != NULL && mb_memory_file_close(file, kept) ? *kept : "where: not shown, memory was out";
}

static void markdown_row(FILE *file, const mb_where *where, const mb_where_entry *entry)
{
    char text[MB_WHERE_TEXT_BYTES];
    fprintf(file, "| %s | ", mb_where_size(where, entry, text));
    mb_markdown_text(file, mb_where_blocks(where, entry, true, text));
    fputs(" | ", file);
    mb_markdown_code(file, mb_where_path(entry, 6, true, text));
    fputs(" |\n", file);
}

static void markdown_case(FILE *file, const mb_where_findings *findings)
{
    char text[MB_WHERE_TEXT_BYTES];
    fputs("\n<details><summary>Where it grew: ", file);
    mb_markdown_code(file, findings->case_id);
    fputs("</summary>\n", file);
    for (size_t i = 0; i < findings->count; i++) {
        const mb_where_finding *finding = &findings->items[i];
        const mb_where *where = &finding->where;
        fputc('\n', file);
        mb_markdown_text(file, mb_where_label(findings, finding, text));
        fputs(": ", file);
        mb_markdown_text(file, mb_where_headline(finding, text));
        fputc('\n', file);
        if (finding->pages != NULL && finding->pages[0] != '\0') {
            fputs("\npages: ", file);
            mb_markdown_text(file, finding->pages);
            fputc('\n', file);
        }
        if (finding->obstacle != NULL || where->entry_count == 0)
            continue;
        fputs("\n| | blocks | call site |\n|--:|---|---|\n", file);
        for (size_t e = 0; e < where->entry_count && e < MB_WHERE_SHOWN; e++)
            markdown_row(file, where, &where->entries[e]);
        if (where->entry_count > MB_WHERE_SHOWN)
            fprintf(file, "\n%s\n", mb_where_rest(where, MB_WHERE_SHOWN, text));
    }
    fputs("\n</details>\n", file);
}

bool *mb_where_left_out(const mb_wheres *wheres, const mb_causes *causes)
{
    bool *are_left_out = calloc(wheres->case_count + 1, sizeof *are_left_out);
    for (size_t i = 0; are_left_out != NULL && i < causes->count; i++) {
        const mb_where_findings *first = first_of(wheres, &causes->causes[i]), *other;
        for (size_t k = 0; first != NULL && k < causes->causes[i].finding_count; k++)
            if ((other = mb_wheres_find(wheres, causes->causes[i].findings[k]->case_id)) != NULL && other != first)
                are_left_out[other - wheres->cases] = true;
    }
    for (size_t i = 0; are_left_out != NULL && i < causes->count; i++) {
        const mb_where_findings *first = first_of(wheres, &causes->causes[i]);
        if (first != NULL) /* other causes may have it, too */
            are_left_out[first - wheres->cases] = false;
    }
    return are_left_out;
}

void mb_where_markdown(FILE *file, const mb_report *report, const mb_causes *causes, long limit_bytes)
{
    const mb_wheres *wheres = report->model->wheres;
    bool *are_left_out = wheres != NULL ? mb_where_left_out(wheres, causes) : NULL;
    for (size_t i = 0; wheres != NULL && i < wheres->case_count && ftell(file) < limit_bytes; i++)
        if (are_left_out == NULL || !are_left_out[i])
            markdown_case(file, &wheres->cases[i]);
    free(are_left_out);
}

bool mb_where_source(const mb_report *report, const char *case_id, char path[MB_WHERE_TEXT_BYTES], int *line)
{
    const mb_where_findings *findings = mb_wheres_find(report->model->wheres, case_id);
    for (size_t i = 0; findings != NULL && i < findings->count; i++) {
        const mb_where *where = &findings->items[i].where;
        for (size_t e = 0; e < where->entry_count; e++) {
            const mb_where_entry *entry = &where->entries[e];
            if (mb_where_own_path(entry->place->file, path) != NULL) {
                *line = entry->place->line;
                return true;
            }
            for (size_t c = 0; c < entry->caller_count; c++)
                if (mb_where_own_path(entry->callers[c].place->file, path) != NULL) {
                    *line = entry->callers[c].place->line;
                    return true;
                }
        }
    }
    return false;
}
