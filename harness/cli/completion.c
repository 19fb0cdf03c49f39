#include "cli/manual.h"
#include "command/metric_names.h"
#include "command/options_table.h"
#include "report/report.h"

#include <string.h>

/* What may be as an option's value or as a verb's operands. */
typedef enum word_kind {
    WORD_OTHER,
    WORD_FILE,
    WORD_FOLDER,
    WORD_CASE,
    WORD_BASELINE,
    WORD_FORMAT,
    WORD_METRIC,
    WORD_COMMAND,
    WORD_LIST, /* of fixed words */
    WORD_KIND_COUNT
} word_kind;

typedef struct word_rule {
    word_kind kind;
    const char *words; /* of WORD_LIST */
} word_rule;

static word_rule rule_of(const char *words, const char *value)
{
    static const struct {
        const char *name;
        word_kind kind;
    } kinds[] = {{MB_WORDS_CASES, WORD_CASE},
                 {MB_WORDS_BASELINES, WORD_BASELINE},
                 {MB_WORDS_FORMATS, WORD_FORMAT},
                 {MB_WORDS_METRICS, WORD_METRIC},
                 {MB_WORDS_COMMANDS, WORD_COMMAND}};
    for (size_t i = 0; words != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, words) == 0)
            return (word_rule){kinds[i].kind, NULL};
    if (words != NULL)
        return (word_rule){WORD_LIST, words};
    if (strcmp(value, "FILE") == 0)
        return (word_rule){WORD_FILE, NULL};
    return (word_rule){strcmp(value, "DIR") == 0 ? WORD_FOLDER : WORD_OTHER, NULL};
}

static word_rule rule_of_option(const mb_option_row *row) { return rule_of(row->words, row->value); }
static word_rule rule_of_verb(const mb_verb *verb) { return rule_of(verb->operands, "FILE"); }

/* Whether all words that may be there are known. */
static bool has_words(word_rule rule)
{
    return rule.kind == WORD_LIST || rule.kind == WORD_FORMAT || rule.kind == WORD_METRIC;
}

/* These words, separated by blanks. */
static void print_words(FILE *out, word_rule rule)
{
    char metrics[MB_METRIC_NAMES_BYTES];
    if (rule.kind == WORD_LIST) {
        fputs(rule.words, out);
    } else if (rule.kind == WORD_METRIC) {
        mb_metric_names(MB_METRICS_ALL, " ", metrics);
        fputs(metrics, out);
    } else {
        for (size_t i = 0; mb_report_formats[i] != NULL; i++)
            fprintf(out, "%s%s", i > 0 ? " " : "", mb_report_formats[i]->name);
    }
}

/* The first line of a help text, in single quotes, without what would end the quotes or the field of a spec. */
static void print_quoted_help(FILE *out, const char *help)
{
    for (; *help != '\0' && *help != '\n'; help++)
        if (strchr("'[]:\\`$\"", *help) == NULL)
            fputc(*help, out);
        else if (*help == ':')
            fputc(',', out);
}

/* bash: a shell function's line that fills COMPREPLY. */
static void print_bash_words(FILE *out, word_rule rule)
{
    static const char *const lines[WORD_KIND_COUNT] = {
        [WORD_OTHER] = "COMPREPLY=()",
        [WORD_FILE] = "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\"))",
        [WORD_FOLDER] = "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$cur\"))",
        [WORD_CASE] = "COMPREPLY=($(compgen -W \"$(_membench_cases)\" -- \"$cur\"))",
        [WORD_BASELINE] = "COMPREPLY=($(compgen -W \"$(_membench_baselines)\" -- \"$cur\"))",
        [WORD_COMMAND] = "COMPREPLY=($(compgen -c -- \"$cur\"))",
    };
    if (!has_words(rule)) {
        fputs(lines[rule.kind], out);
        return;
    }
    fputs("COMPREPLY=($(compgen -W '", out);
    print_words(out, rule);
    fputs("' -- \"$cur\"))", out);
}

/* Ids with characters that mean something to compgen -W do not occur: membench lists none with blanks or quotes. */
static const char bash_head[] =
    "# bash completion for membench: made by `membench completion bash`\n"
    "_membench_cases() { membench --list --format terse \"${programs[@]}\" 2>/dev/null; }\n"
    "_membench_baselines() { membench baseline list 2>/dev/null | cut -d ' ' -f 1; }\n"
    "_membench() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=run i programs=()\n"
    "    [ \"$cur\" = = ] && cur=\n"
    "    [ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -p|--program) [ \"${COMP_WORDS[i+1]}\" = = ] && i=$((i + 1)); programs+=(-p \"${COMP_WORDS[i+1]}\") ;;\n"
    "        esac\n"
    "    done\n";

static void print_bash_verb(FILE *out, const mb_verb *verb)
{
    fprintf(out, "    %s)\n        case $prev in\n", verb->name);
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(verb, i)) != NULL; i++) {
        if (!(row->verbs & verb->mask) || row->value == NULL)
            continue;
        fputs("        ", out);
        if (row->letter != 0)
            fprintf(out, "-%c|", row->letter);
        fprintf(out, "--%s) ", row->name);
        print_bash_words(out, rule_of_option(row));
        fputs("; return ;;\n", out);
    }
    fputs("        esac\n        options='", out);
    for (size_t i = 0; (row = mb_option_row_at(verb, i)) != NULL; i++)
        if (row->verbs & verb->mask)
            fprintf(out, "--%s ", row->name);
    fputs("--help --version'\n        case $cur in -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); return ;; "
          "esac\n        ",
          out);
    print_bash_words(out, rule_of_verb(verb));
    fputs(" ;;\n", out);
}

static void print_names(FILE *out, const mb_verb *const *verbs, size_t verb_count, char separator)
{
    for (size_t i = 0; i < verb_count; i++)
        fprintf(out, "%s%c", verbs[i]->name, i + 1 < verb_count ? separator : '\n');
}

static void print_bash(FILE *out, const mb_verb *const *verbs, size_t verb_count)
{
    fputs(bash_head, out);
    fputs("    local verbs='", out);
    for (size_t i = 0; i < verb_count; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", verbs[i]->name);
    fputs("' options\n    case \" $verbs \" in *\" ${COMP_WORDS[1]} \"*) [ $COMP_CWORD -gt 1 ] && "
          "verb=${COMP_WORDS[1]} ;; esac\n    case $verb in\n",
          out);
    for (size_t i = 0; i < verb_count; i++)
        print_bash_verb(out, verbs[i]);
    fputs("    esac\n"
          "    if [ $COMP_CWORD = 1 ]; then COMPREPLY+=($(compgen -W \"$verbs\" -- \"$cur\")); fi\n"
          "}\n"
          "complete -F _membench membench\n",
          out);
}

/* zsh: the action of a spec of _arguments. */
static void print_zsh_action(FILE *out, word_rule rule)
{
    static const char *const actions[WORD_KIND_COUNT] = {
        [WORD_OTHER] = " ",
        [WORD_FILE] = "_files",
        [WORD_FOLDER] = "_files -/",
        [WORD_CASE] = "_membench_cases",
        [WORD_BASELINE] = "_membench_baselines",
        [WORD_COMMAND] = "_command_names",
    };
    if (!has_words(rule)) {
        fputs(actions[rule.kind], out);
        return;
    }
    fputc('(', out);
    if (rule.kind == WORD_LIST) {
        for (const char *c = rule.words; *c != '\0'; c++) /* a colon would end the field */
            fputs(*c == ':' ? "\\:" : (char[]){*c, '\0'}, out);
    } else {
        print_words(out, rule);
    }
    fputc(')', out);
}

static void print_zsh_option(FILE *out, const mb_option_row *row, const char *name)
{
    fprintf(out, " \\\n        '*%s%s[", name, row->value == NULL ? "" : name[1] == '-' ? "=" : "+");
    print_quoted_help(out, row->help);
    fputc(']', out);
    if (row->value != NULL) {
        fprintf(out, ":%s:", row->value);
        print_zsh_action(out, rule_of_option(row));
    }
    fputc('\'', out);
}

static void print_zsh_verb(FILE *out, const mb_verb *verb)
{
    fprintf(out, "    %s) _arguments -s", verb->name);
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(verb, i)) != NULL; i++) {
        char name[64];
        if (!(row->verbs & verb->mask))
            continue;
        snprintf(name, sizeof name, "--%s", row->name);
        print_zsh_option(out, row, name);
        snprintf(name, sizeof name, "-%c", row->letter);
        if (row->letter != 0)
            print_zsh_option(out, row, name);
    }
    fputs(" \\\n        '--help[print the options]' '--version[print the version]' '*:operand:", out);
    print_zsh_action(out, rule_of_verb(verb));
    fputs("' ;;\n", out);
}

static void print_zsh(FILE *out, const mb_verb *const *verbs, size_t verb_count)
{
    fputs("#compdef membench\n# zsh completion for membench: made by `membench completion zsh`\n"
          "_membench_cases() { local -a ids; ids=(${(f)\"$(membench --list --format terse 2>/dev/null)\"}); "
          "compadd -a ids }\n"
          "_membench_baselines() { local -a names; "
          "names=(${(f)\"$(membench baseline list 2>/dev/null | cut -d ' ' -f 1)\"}); compadd -a names }\n"
          "_membench() {\n    local verb=run\n    local -a verbs\n    verbs=(",
          out);
    print_names(out, verbs, verb_count, ' ');
    fputs("    )\n"
          "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then compadd -a verbs; fi\n"
          "    if (( CURRENT > 2 && $verbs[(Ie)$words[2]] )); then verb=$words[2]; shift words; (( CURRENT-- )); fi\n"
          "    case $verb in\n",
          out);
    for (size_t i = 0; i < verb_count; i++)
        print_zsh_verb(out, verbs[i]);
    /* Autoloaded from $fpath the file is the function; sourced it has to make itself known. */
    fputs("    esac\n}\nif [[ $zsh_eval_context[-1] = loadautofunc ]]; then _membench \"$@\"; "
          "else compdef _membench membench; fi\n",
          out);
}

static void print_fish_words(FILE *out, word_rule rule)
{
    static const char *const words[WORD_KIND_COUNT] = {
        [WORD_OTHER] = " -f",
        [WORD_FILE] = " -F",
        [WORD_FOLDER] = " -f -a '(__fish_complete_directories)'",
        [WORD_CASE] = " -f -a '(membench --list --format terse 2>/dev/null)'",
        [WORD_BASELINE] = " -f -a '(membench baseline list 2>/dev/null | cut -d \" \" -f 1)'",
        [WORD_COMMAND] = " -f -a '(__fish_complete_command)'",
    };
    if (!has_words(rule)) {
        fputs(words[rule.kind], out);
        return;
    }
    fputs(" -f -a '", out);
    print_words(out, rule);
    fputc('\'', out);
}

/* Without a verb on the line it is the first one. */
static void print_fish_condition(FILE *out, const mb_verb *verb, const mb_verb *const *verbs, size_t verb_count)
{
    if (verb != verbs[0]) {
        fprintf(out, "complete -c membench -n '__fish_seen_subcommand_from %s'", verb->name);
        return;
    }
    fputs("complete -c membench -n 'not __fish_seen_subcommand_from", out);
    for (size_t i = 1; i < verb_count; i++)
        fprintf(out, " %s", verbs[i]->name);
    fputc('\'', out);
}

static void print_fish(FILE *out, const mb_verb *const *verbs, size_t verb_count)
{
    fputs("# fish completion for membench: made by `membench completion fish`\n", out);
    for (size_t i = 0; i < verb_count; i++) {
        fprintf(out, "complete -c membench -f -n '__fish_use_subcommand' -a %s -d '", verbs[i]->name);
        print_quoted_help(out, verbs[i]->summary);
        fputs("'\n", out);
    }
    for (size_t i = 0; i < verb_count; i++) {
        const mb_option_row *row;
        for (size_t r = 0; (row = mb_option_row_at(verbs[i], r)) != NULL; r++) {
            if (!(row->verbs & verbs[i]->mask))
                continue;
            print_fish_condition(out, verbs[i], verbs, verb_count);
            if (row->letter != 0)
                fprintf(out, " -s %c", row->letter);
            fprintf(out, " -l %s -d '", row->name);
            print_quoted_help(out, row->help);
            fputc('\'', out);
            if (row->value != NULL) {
                fputs(" -r", out);
                print_fish_words(out, rule_of_option(row));
            }
            fputc('\n', out);
        }
        print_fish_condition(out, verbs[i], verbs, verb_count);
        print_fish_words(out, rule_of_verb(verbs[i]));
        fputc('\n', out);
    }
}

bool mb_completion_print(FILE *out, const char *shell, const mb_verb *const *verbs, size_t verb_count)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out, const mb_verb *const *verbs, size_t verb_count);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(shell, shells[i].name) == 0) {
            shells[i].print(out, verbs, verb_count);
            return true;
        }
    return false;
}
