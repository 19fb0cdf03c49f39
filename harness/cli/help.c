/* What --help prints, from the tables of verbs, options and formats, in lines that fit the terminal. */
#include "cli/manual.h"
#include "cli/verbs.h"
#include "command/metric_names.h"
#include "command/options_table.h"
#include "command/outcome.h"

#include "base/utf8.h"
#include "report/paint.h"

#include <string.h>

enum {
    COLUMNS_MAX = 100,   /* longer lines are hard to read, whatever the terminal holds */
    OPTION_COLUMNS = 31, /* where the text of an option or verb begins */
    FORMAT_COLUMNS = 21,
    TEXT_COLUMNS_MIN = 30, /* what it needs there; else it is below */
    NARROW_COLUMNS = 6,
    PARAGRAPH_BYTES = 2048,
};

static mb_report make_output(FILE *out)
{
    int width = mb_terminal_width(out);
    return (mb_report){.file = out,
                       .options = {.width_columns = width > 0 && width < COLUMNS_MAX ? width : COLUMNS_MAX,
                                   .unicode = mb_terminal_is_unicode()}};
}

/* "  -x, --option VALUE    what it does", the text in lines of its own where there is no room. */
static void print_row(const mb_report *to, const char *name, int column, const char *text)
{
    int used = mb_text_columns(name), indent = column;
    fputs(name, to->file);
    if (to->options.width_columns < column + TEXT_COLUMNS_MIN) {
        indent = NARROW_COLUMNS;
        fputc('\n', to->file);
        mb_terminal_pad(to, indent);
        used = indent;
    } else {
        mb_terminal_pad(to, used < column ? column - used : 1);
        used = used < column ? column : used + 1;
    }
    mb_terminal_wrap(to, MB_COLOR_PLAIN, used, indent, text);
}

/* Lines are filled; one that ends a sentence, and one that is empty, ends there. */
static void print_description(const mb_report *to, const char *text)
{
    while (*text != '\0') {
        char paragraph[PARAGRAPH_BYTES];
        const char *end = strchr(text, '\n');
        while (end != NULL && end > text && end[-1] != '.' && end[1] != '\n')
            end = strchr(end + 1, '\n');
        size_t length = end != NULL ? (size_t)(end - text) : strlen(text);
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, text);
        mb_terminal_wrap(to, MB_COLOR_PLAIN, 0, 0, paragraph);
        text += length + (end != NULL);
    }
}

static void print_option(const mb_report *to, const mb_option_row *row)
{
    char name[64];
    snprintf(name, sizeof name, "  %c%c%s --%s%s%s", row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ',
             row->letter != 0 ? "," : " ", row->name, row->value != NULL ? " " : "",
             row->value != NULL ? row->value : "");
    print_row(to, name, OPTION_COLUMNS, row->help);
}

static void print_options(const mb_report *to, const mb_verb *verb)
{
    const char *heading = NULL, *section;
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_next(verb, &i, &heading, &section)) != NULL;) {
        if (section != NULL)
            fprintf(to->file, "\n%s:\n", section);
        print_option(to, row);
    }
    fputc('\n', to->file);
    print_row(to, "  -h, --help", OPTION_COLUMNS, "this text");
    print_row(to, "  -V, --version", OPTION_COLUMNS, "version and what it was built with");
}

static void print_metrics(const mb_report *to)
{
    fputs("\nMetrics:\n", to->file);
    for (const mb_metric_title *title = mb_metric_titles; title->title != NULL; title++) {
        char names[MB_METRIC_NAMES_BYTES], name[FORMAT_COLUMNS + 3];
        mb_metric_names(title->group, ", ", names);
        snprintf(name, sizeof name, "  %s", title->title);
        print_row(to, name, FORMAT_COLUMNS + 1, names);
    }
    print_row(to, "  in one window", FORMAT_COLUMNS + 1, "cold_NAME or steady_NAME; of cases, except times");
}

static void print_formats(const mb_report *to)
{
    fputs("\nFormats:\n", to->file);
    for (size_t i = 0; mb_report_formats[i] != NULL; i++) {
        char name[FORMAT_COLUMNS + 1];
        snprintf(name, sizeof name, "  %s", mb_report_formats[i]->name);
        print_row(to, name, FORMAT_COLUMNS, mb_report_formats[i]->summary);
    }
}

static void print_verbs(const mb_report *to)
{
    fputs("\nCommands:\n", to->file);
    for (size_t i = 0; i < mb_verb_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "  membench %s", mb_verbs[i]->name);
        print_row(to, name, OPTION_COLUMNS, mb_verbs[i]->summary);
    }
}

void mb_options_print_help(FILE *out, const mb_verb *verb)
{
    mb_report to = make_output(out);
    bool is_default = verb->mask == MB_VERB_RUN;
    fprintf(out, "membench%s%s %s\n\n", is_default ? "" : " ", is_default ? "" : verb->name, verb->synopsis);
    print_description(&to, verb->description);
    print_options(&to, verb);
    if (mb_verb_has_option(verb, "metrics"))
        print_metrics(&to);
    if (mb_verb_has_option(verb, "format"))
        print_formats(&to);
    fprintf(out, "\nExamples:\n%s", verb->examples);
    if (is_default)
        print_verbs(&to);
}
