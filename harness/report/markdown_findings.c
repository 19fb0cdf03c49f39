#include "report/markdown.h"

#include "base/utf8.h"
#include "report/sweep_words.h"
#include "report/words.h"

#include <string.h>

enum { TEXT_BYTES_MAX = 1024, MESSAGE_BYTES_MAX = 300 };

static void write_escaped(FILE *file, const char *text, size_t size)
{
    char clean[TEXT_BYTES_MAX];
    mb_utf8_clean(text, true, clean, size);
    for (const char *c = clean; *c != '\0'; c++) {
        if (strchr("<>&|\"'`*_[]\\~#@$!", *c) != NULL)
            fprintf(file, "&#%d;", *c);
        else
            fputc(*c, file);
    }
}

void mb_markdown_text(FILE *file, const char *text) { write_escaped(file, text, TEXT_BYTES_MAX); }

void mb_markdown_code(FILE *file, const char *text)
{
    fputs("<code>", file);
    mb_markdown_text(file, text);
    fputs("</code>", file);
}

static void write_change(FILE *file, bool is_slope, const mb_finding_change *change)
{
    char text[MB_WORDS_TEXT_MAX];
    if (is_slope)
        mb_sweep_words_finding(change->metric, change->ratio, change->difference, text);
    else if (change->is_budget)
        mb_words_budget(change->metric, change->value, change->budget, text);
    else
        mb_words_change(change->metric, change->ratio > 0, change->ratio, change->difference, text);
    fprintf(file, "%s %s", mb_words_label(change->metric), text);
}

static void write_finding(FILE *file, const mb_finding *finding)
{
    if (finding->kind == MB_FINDING_REGRESSED) {
        for (size_t i = 0; i < finding->change_count; i++) {
            const mb_finding_change *change = &finding->changes[i];
            char ratio[MB_WORDS_TEXT_MAX] = "from 0", value[MB_WORDS_TEXT_MAX];
            if (change->ratio > 0)
                mb_words_ratio(change->ratio, ratio);
            fputs("| ", file);
            if (i == 0)
                mb_markdown_code(file, finding->case_id);
            if (finding->is_slope)
                fprintf(file, " | %s a unit | %s%s | **%s** |\n", mb_words_label(change->metric),
                        change->difference > 0 ? "+" : "",
                        mb_sweep_words_slope(change->metric, change->difference, value), ratio);
            else
                fprintf(file, " | %s | %s | **%s** |\n", mb_words_label(change->metric),
                        mb_words_value(change->metric, change->difference, true, value), ratio);
        }
        return;
    }
    fputs("- ", file);
    mb_markdown_code(file, finding->case_id);
    if (finding->kind == MB_FINDING_LOST) {
        fprintf(file, ": %s", mb_words_outcome(finding->outcome));
        if (finding->message != NULL) {
            fputs(": ", file);
            write_escaped(file, finding->message, MESSAGE_BYTES_MAX);
        }
    }
    for (size_t i = 0; i < finding->change_count; i++) {
        fputs(i == 0 ? ": " : ", ", file);
        if (finding->kind == MB_FINDING_UNBUDGETED)
            fputs(mb_words_label(finding->changes[i].metric), file);
        else
            write_change(file, finding->is_slope, &finding->changes[i]);
    }
    fputc('\n', file);
}

void mb_markdown_findings(FILE *file, const mb_tally *tally, size_t limit, long limit_bytes)
{
    size_t i = 0; /* findings are sorted by kind */
    for (int kind = 0; kind < MB_FINDING_KIND_COUNT; kind++) {
        size_t count = tally->finding_counts[kind], written = 0;
        if (count == 0)
            continue;
        fprintf(file, "\n**%s**\n\n", mb_finding_kind_get((mb_finding_kind)kind)->title);
        if (kind == MB_FINDING_REGRESSED)
            fputs("| case | metric | grew by | change |\n|---|---|--:|--:|\n", file);
        for (; i < tally->finding_count && tally->findings[i].kind == (mb_finding_kind)kind; i++)
            if (written < limit && ftell(file) < limit_bytes) {
                write_finding(file, &tally->findings[i]);
                written++;
            }
        if (written < count) {
            char number[MB_WORDS_TEXT_MAX];
            const char *more = written > 0 ? "and " : "";
            fprintf(file, "\n%s%s left out here\n", more, mb_words_number(count - written, "case", "cases", number));
        }
    }
}

void mb_markdown_advice(FILE *file, const mb_advice *advice)
{
    fputc('\n', file);
    mb_markdown_text(file, advice->sentence);
    fputc('\n', file);
    if (advice->commands[0][0] == '\0')
        return;
    /* Indented code takes any text as it is, and ids hold no line break by now. */
    fputc('\n', file);
    for (size_t i = 0; i < MB_ADVICE_COMMANDS_MAX; i++)
        if (advice->commands[i][0] != '\0')
            fprintf(file, "    %s\n", advice->commands[i]);
}
