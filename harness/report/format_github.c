/* The github format: workflow commands, which GitHub shows as annotations of the pull request.
 *
 * GitHub keeps ten errors and ten warnings of a step and silently drops the rest, so the last one of each level
 * says how many more there are. */
#include "base/utf8.h"
#include "report/cause_words.h"
#include "report/formats.h"
#include "report/tool_formats.h"
#include "report/where_formats.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

enum { ANNOTATIONS_MAX = 10, TEXT_BYTES_MAX = 1024 };

static const char *const commands[MB_LEVEL_COUNT] = {
    [MB_LEVEL_ERROR] = "error", [MB_LEVEL_WARNING] = "warning", [MB_LEVEL_NOTICE] = "notice"};

/* The message of a command, or with is_property the value of one of its properties. */
static void put_text(FILE *file, const char *text, bool is_property)
{
    for (; *text != '\0'; text++)
        if (*text == '%' || *text == '\r' || *text == '\n' || (is_property && (*text == ':' || *text == ',')))
            fprintf(file, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, file);
}

static void put_clean(FILE *file, const char *text, bool is_property)
{
    char clean[TEXT_BYTES_MAX];
    mb_utf8_clean(text, true, clean, sizeof clean);
    put_text(file, clean, is_property);
}

/* "::error title=membench: not comparable::", of what has a place in the sources "::error file=a.c,line=3,title=…::",
 * which GitHub shows there. */
static void put_head(FILE *file, mb_level level, mb_finding_kind kind, const char *path_or_null, int line)
{
    char title[MB_WORDS_TEXT_MAX];
    snprintf(title, sizeof title, "membench: %s", mb_finding_kind_name(kind));
    for (char *c = title; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
    fprintf(file, "::%s ", commands[level]);
    if (path_or_null != NULL) {
        fputs("file=", file);
        put_text(file, path_or_null, true);
        fprintf(file, ",line=%d,", line);
    }
    fputs("title=", file);
    put_text(file, title, true);
    fputs("::", file);
}

/* The source of the worst case that has one, for the place; its call sites follow the sentence. */
static const mb_finding *find_place(const mb_report *report, const mb_cause *cause, char *path, int *line)
{
    for (size_t i = 0; i < cause->finding_count; i++)
        if (mb_where_source(report, cause->findings[i]->case_id, path, line))
            return cause->findings[i];
    return NULL;
}

/* One cause, one annotation: "memory_job_creation, 4 cases and 1 slope: heap +144 B per job". */
static void put_cause(const mb_report *report, mb_level level, const mb_cause *cause)
{
    char text[MB_CAUSE_TEXT_MAX], count[MB_WORDS_TEXT_MAX], path[MB_WHERE_TEXT_BYTES];
    FILE *file = report->file;
    int line = 0;
    const mb_finding *first = find_place(report, cause, path, &line);
    put_head(file, level, cause->kind, first != NULL ? path : NULL, line);
    first = first != NULL ? first : cause->findings[0];
    if (cause->finding_count > 1) {
        put_clean(file, mb_cause_name(cause, text), false);
        fprintf(file, ", %s: ", mb_cause_count(cause, count));
        put_clean(file, mb_cause_line(cause, text), false);
    } else {
        char sentence[MB_FINDING_TEXT_MAX];
        put_clean(file, first->case_id, false);
        fputs(": ", file);
        put_text(file, mb_finding_sentence(first, sentence), false);
    }
    char *kept;
    const char *lines = mb_where_lines(report, first->case_id, &kept);
    if (lines != NULL) {
        put_text(file, "\n", false);
        put_text(file, lines, false);
    }
    free(kept);
    fputc('\n', file);
}

static void put_level(const mb_report *report, const mb_causes *causes, mb_level level)
{
    char number[MB_WORDS_TEXT_MAX];
    size_t total_count = 0, written_count = 0;
    for (size_t i = 0; i < causes->count; i++)
        total_count += report->decision.levels[causes->causes[i].kind] == level;
    size_t limit = total_count > ANNOTATIONS_MAX ? ANNOTATIONS_MAX - 1 : total_count;
    for (size_t i = 0; i < causes->count && written_count < limit; i++)
        if (report->decision.levels[causes->causes[i].kind] == level) {
            put_cause(report, level, &causes->causes[i]);
            written_count++;
        }
    if (written_count < total_count)
        fprintf(report->file, "::%s title=membench::and %s: the summary of the job lists them\n", commands[level],
                mb_words_number(total_count - written_count, "more", "more", number));
}

static mb_status github_begin(mb_report *report, mb_error *error)
{
    (void)report;
    (void)error;
    return MB_OK;
}

static mb_status github_add(mb_report *report, const mb_report_case *item, mb_error *error)
{
    (void)item;
    return github_begin(report, error);
}

/* What is found of the whole run. */
static void put_whole(const mb_report *report)
{
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        const mb_finding_kind_info *info = mb_finding_kind_get((mb_finding_kind)kind);
        if (!info->is_of_run || report->decision.counts[kind] == 0)
            continue;
        put_head(report->file, report->decision.levels[kind], (mb_finding_kind)kind, NULL, 0);
        fprintf(report->file, "%s\n", info->reason);
    }
}

static mb_status github_end(mb_report *report, mb_error *error)
{
    mb_causes causes;
    if (!mb_causes_make(&causes, &report->tally))
        return mb_error_no_memory(error);
    put_whole(report);
    for (int level = 0; level < MB_LEVEL_COUNT; level++)
        if (level != MB_LEVEL_NOTICE) /* good news is the summary's */
            put_level(report, &causes, (mb_level)level);
    mb_causes_fini(&causes);
    return MB_OK;
}

const mb_report_format mb_report_github = {.name = "github",
                                           .summary = "GitHub annotations: a line for each cause, for a step log",
                                           .begin = github_begin,
                                           .add = github_add,
                                           .end = github_end};
