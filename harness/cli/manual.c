#include "cli/manual.h"
#include "command/metric_names.h"
#include "command/options_table.h"
#include "report/report.h"

#include <string.h>

/* Text in which nothing is a request or an escape; new lines are roff's to fill, two of them part paragraphs. */
static void print_text(FILE *out, const char *text)
{
    bool line_begins = true;
    for (const char *c = text; *c != '\0'; c++) {
        if (c[0] == '\n' && c[1] == '\n') {
            fputs("\n.PP", out);
            continue;
        }
        if (line_begins && (*c == '.' || *c == '\''))
            fputs("\\&", out);
        if (*c == '\\')
            fputs("\\e", out);
        else if (*c == '-')
            fputs("\\-", out);
        else
            fputc(*c, out);
        line_begins = *c == '\n';
    }
}

static void print_section(FILE *out, const char *title) { fprintf(out, ".SH %s\n", title); }

static void print_name(FILE *out, const mb_verb *verb, bool is_first)
{
    fputs("membench", out);
    if (!is_first)
        fprintf(out, "\\-%s", verb->name);
}

/* The synopsis is one or two lines, the second beginning with blanks and the command. */
static void print_synopsis(FILE *out, const mb_verb *verb, bool is_first)
{
    print_section(out, "SYNOPSIS");
    const char *line = verb->synopsis;
    bool more = true;
    for (bool first = true; more; first = false) {
        size_t length = strcspn(line, "\n");
        char text[256];
        snprintf(text, sizeof text, "%.*s", (int)length, line);
        fputs(first ? ".B membench" : ".br\n", out);
        if (first && !is_first)
            fprintf(out, " %s", verb->name);
        if (first)
            fputc('\n', out);
        print_text(out, text + strspn(text, " "));
        fputc('\n', out);
        more = line[length] == '\n';
        line += length + 1;
    }
}

static void print_option(FILE *out, const mb_option_row *row)
{
    fputs(".TP\n", out);
    if (row->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB", out);
    print_text(out, "--");
    print_text(out, row->name);
    fputs("\\fR", out);
    if (row->value != NULL)
        fprintf(out, " \\fI%s\\fR", row->value);
    fputc('\n', out);
    print_text(out, row->help);
    fputc('\n', out);
}

static void print_options(FILE *out, const mb_verb *verb)
{
    print_section(out, "OPTIONS");
    const char *heading = NULL, *section;
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_next(verb, &i, &heading, &section)) != NULL;) {
        if (section != NULL)
            fprintf(out, ".SS %s\n", section);
        print_option(out, row);
    }
    fputs(".SS General\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nprint the options, with examples\n"
          ".TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nprint version and compiler\n",
          out);
}

static void print_metrics(FILE *out)
{
    print_section(out, "METRICS");
    for (const mb_metric_title *title = mb_metric_titles; title->title != NULL; title++) {
        char names[MB_METRIC_NAMES_BYTES];
        mb_metric_names(title->group, ", ", names);
        fprintf(out, ".TP\n%s\n", title->title);
        print_text(out, names);
        fputc('\n', out);
    }
    fputs(".TP\nin one window\ncold_NAME or steady_NAME; of cases, except times\n", out);
}

static void print_formats(FILE *out)
{
    print_section(out, "FORMATS");
    for (size_t i = 0; mb_report_formats[i] != NULL; i++) {
        fputs(".TP\n\\fB", out);
        print_text(out, mb_report_formats[i]->name);
        fputs("\\fR\n", out);
        print_text(out, mb_report_formats[i]->summary);
        fputc('\n', out);
    }
}

static void print_verbs(FILE *out, const mb_verb *const *verbs, size_t verb_count)
{
    print_section(out, "VERBS");
    for (size_t i = 0; i < verb_count; i++) {
        fprintf(out, ".TP\n\\fBmembench %s\\fR\n", verbs[i]->name);
        print_text(out, verbs[i]->summary);
        fputc('\n', out);
    }
}

static void print_exit_status(FILE *out)
{
    static const char *const meanings[] = {
        "fine",
        "something failed: a case, a program, a file",
        "usage, or nothing matched",
        "memory regressed",
        "suspect or inconclusive, only with --strict",
        "the baseline or a case of it is missing, or nothing that gates could be compared",
    };
    print_section(out, "EXIT STATUS");
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        fprintf(out, ".TP\n.B %zu\n", i);
        print_text(out, meanings[i]);
        fputc('\n', out);
    }
}

static void print_environment(FILE *out)
{
    print_section(out, "ENVIRONMENT");
    fputs(
        ".TP\n.B MEMBENCH_PROGRAMS\nbench programs to run, separated by colons, when neither \\fB\\-\\-program\\fR nor "
        "\\fImembench.json\\fR names any\n"
        ".TP\n.BR NO_COLOR \", \" CLICOLOR_FORCE\nno colours; colours also where the output is not a terminal\n",
        out);
    print_section(out, "FILES");
    fputs(".TP\n.I membench.json\nprograms, thresholds and budgets of the project in the current folder\n"
          ".TP\n.I baselines/NAME.json\nsaved baselines\n"
          ".TP\n.I .membench/last.json\nresults of the last run in this folder\n",
          out);
}

void mb_manual_print(FILE *out, const mb_verb *verb, const mb_verb *const *verbs, size_t verb_count)
{
    bool is_first = verb == verbs[0];
    fputs(".TH ", out);
    for (const char *c = "membench"; *c != '\0'; c++)
        fputc(*c - 'a' + 'A', out);
    for (const char *c = is_first ? "" : verb->name; *c != '\0'; c++)
        fprintf(out, "%s%c", c == verb->name ? "\\-" : "", *c - 'a' + 'A');
    fputs(" 1 \"\" \"membench " MB_VERSION "\" \"User Commands\"\n", out);
    print_section(out, "NAME");
    print_name(out, verb, is_first);
    fputs(" \\- ", out);
    print_text(out, is_first ? "memory benchmarks of native programs, each sample in a fresh process" : verb->summary);
    fputc('\n', out);
    print_synopsis(out, verb, is_first);
    print_section(out, "DESCRIPTION");
    print_text(out, verb->description);
    fputc('\n', out);
    if (is_first)
        print_verbs(out, verbs, verb_count);
    print_options(out, verb);
    if (mb_verb_has_option(verb, "metrics"))
        print_metrics(out);
    if (mb_verb_has_option(verb, "format"))
        print_formats(out);
    print_section(out, "EXAMPLES");
    fputs(".nf\n", out);
    print_text(out, verb->examples);
    fputs(".fi\n", out);
    print_exit_status(out);
    print_environment(out);
    print_section(out, "SEE ALSO");
    for (size_t i = 0, printed = 0; i < verb_count; i++)
        if (verbs[i] != verb) {
            fputs(printed++ > 0 ? ",\n.BR " : ".BR ", out);
            print_name(out, verbs[i], i == 0);
            fputs(" (1)", out);
        }
    fputs(",\n.BR membench.h (3)\n", out);
}
