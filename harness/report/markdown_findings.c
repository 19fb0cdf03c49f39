#include "report/markdown.h"

#include "base/utf8.h"
#include "report/cause_words.h"

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

/* A cause as a row of the table of regressions, else as an entry of a list. */
static void write_cause(FILE *file, const mb_cause *cause)
{
    char name[MB_CAUSE_TEXT_MAX], growth[MB_CAUSE_TEXT_MAX], also[MB_CAUSE_TEXT_MAX], count[MB_WORDS_TEXT_MAX];
    bool is_row = cause->kind == MB_FINDING_REGRESSED;
    mb_cause_name(cause, name);
    mb_cause_growth(cause, growth);
    mb_cause_also(cause, also);
    fputs(is_row ? "| " : "- ", file);
    mb_markdown_code(file, name);
    if (cause->finding_count > 1)
        fprintf(file, ", %s", mb_cause_count(cause, count));
    fputs(is_row ? " | **" : growth[0] != '\0' ? ": " : "", file);
    write_escaped(file, growth, MESSAGE_BYTES_MAX);
    fputs(is_row ? "** | " : also[0] != '\0' ? "; " : "", file);
    write_escaped(file, also, TEXT_BYTES_MAX);
    fputs(is_row ? " |\n" : "\n", file);
}

void mb_markdown_findings(FILE *file, const mb_causes *causes, size_t limit, long limit_bytes)
{
    size_t i = 0; /* causes are sorted by kind */
    while (i < causes->count) {
        mb_finding_kind kind = causes->causes[i].kind;
        size_t written = 0, left_out_count = 0;
        fprintf(file, "\n**%s**\n\n", mb_finding_kind_get(kind)->title);
        if (kind == MB_FINDING_REGRESSED)
            fputs("| what | grew by | and |\n|---|---|---|\n", file);
        for (; i < causes->count && causes->causes[i].kind == kind; i++) {
            if (written < limit && ftell(file) < limit_bytes) {
                write_cause(file, &causes->causes[i]);
                written++;
            } else {
                left_out_count += causes->causes[i].finding_count;
            }
        }
        if (left_out_count > 0) {
            char number[MB_WORDS_TEXT_MAX];
            fprintf(file, "\n%s%s left out here\n", written > 0 ? "and " : "",
                    mb_words_number(left_out_count, "case", "cases", number));
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
            fprintf(file, "    %s%s%s\n", advice->commands[i], advice->purposes[i] != NULL ? "  # " : "",
                    advice->purposes[i] != NULL ? advice->purposes[i] : "");
}
