#include "command/options.h"
#include "base/similar.h"
#include "command/options_table.h"
#include "session/policy.h"
#include "store/baseline.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_MAX = 256, LONG_BASE = 256 };

extern const mb_option_table mb_options_general; /* (options_general.c) */

const mb_option_row *mb_option_row_at(const mb_verb *verb, size_t index)
{
    if (index < mb_options_general.count)
        return &mb_options_general.rows[index];
    index -= mb_options_general.count;
    return verb->options != NULL && index < verb->options->count ? &verb->options->rows[index] : NULL;
}

const mb_option_row *mb_option_row_next(const mb_verb *verb, size_t *index, const char **heading, const char **section)
{
    const mb_option_row *row;
    const char *last = *heading, *now = last;
    while ((row = mb_option_row_at(verb, (*index)++)) != NULL) {
        if (row->section != NULL)
            now = row->section;
        if (row->verbs & verb->mask)
            break;
    }
    *section = now != last ? now : NULL;
    *heading = now;
    return row;
}

mb_status mb_options_init(mb_options *options, const mb_verb *verb, mb_error *error)
{
    *options = (mb_options){.part = calloc(1, verb->part_bytes + 1)};
    mb_status status = mb_plan_init(&options->plan, error);
    if (status != MB_OK || options->part == NULL)
        return status != MB_OK ? status : mb_error_no_memory(error);
    if (verb->part_defaults != NULL)
        memcpy(options->part, verb->part_defaults, verb->part_bytes);
    return MB_OK;
}

void mb_options_fini(mb_options *options)
{
    mb_plan_fini(&options->plan);
    free(options->part);
    options->part = NULL;
}

/* Fills getopt's tables with the options of a verb; val of a long option is LONG_BASE + its row. */
static void make_getopt_tables(const mb_verb *verb, struct option *long_options, char *letters)
{
    *letters++ = ':';
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(verb, i)) != NULL; i++) {
        MB_ASSERT(i < ROWS_MAX && row->effect != MB_EFFECT_UNSAID);
        if (!(row->verbs & verb->mask))
            continue;
        *long_options++ = (struct option){.name = row->name,
                                          .has_arg = row->value != NULL ? required_argument : no_argument,
                                          .val = LONG_BASE + (int)i};
        if (row->letter != 0) {
            *letters++ = row->letter;
            if (row->value != NULL)
                *letters++ = ':';
        }
    }
    *long_options++ = (struct option){.name = "help", .val = 'h'};
    *long_options++ = (struct option){.name = "version", .val = 'V'};
    *long_options = (struct option){0};
    memcpy(letters, "hV", 3);
}

static const mb_option_row *find_row(int code, const mb_verb *verb)
{
    if (code >= LONG_BASE)
        return mb_option_row_at(verb, (size_t)(code - LONG_BASE));
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(verb, i)) != NULL; i++)
        if (row->letter == code && (row->verbs & verb->mask))
            break;
    return row;
}

static mb_status bad_option(int code, const mb_verb *verb, char **argv, mb_error *error)
{
    const char *hint = verb->mask == MB_VERB_RUN ? "" : verb->name;
    const char *space = *hint != '\0' ? " " : "";
    const char *word = argv[optind - 1];
    if (code == ':')
        return mb_error_set(error, MB_ERROR_USAGE, "%s needs a value; see membench%s%s --help", word, space, hint);
    char letter[3] = {'-', (char)optopt, '\0'}, similar_text[MB_SIMILAR_TEXT_MAX];
    if (optopt > 0 && optopt < LONG_BASE && isprint(optopt))
        word = letter;
    const mb_option_row *row;
    if (optopt >= LONG_BASE && (row = mb_option_row_at(verb, (size_t)(optopt - LONG_BASE))) != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "--%s takes no value; see membench%s%s --help", row->name, space,
                            hint);
    mb_similar similar;
    mb_similar_begin(&similar, word, strcspn(word, "="));
    char known[MB_SIMILAR_WORD_MAX];
    for (size_t i = 0; (row = mb_option_row_at(verb, i)) != NULL; i++)
        if ((row->verbs & verb->mask) && snprintf(known, sizeof known, "--%s", row->name) > 0)
            mb_similar_offer(&similar, known);
    return mb_error_set(error, MB_ERROR_USAGE, "unknown option '%.*s'%s (see membench%s%s --help)",
                        (int)strcspn(word, "="), word, mb_similar_phrase(&similar, similar_text), space, hint);
}

const char *mb_options_baseline_folder(const mb_options *options)
{
    return options->plan.baseline_dir != NULL ? options->plan.baseline_dir : MB_BASELINE_FOLDER;
}

/* What follows from several options together. */
static void finish(mb_options *options)
{
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        if (options->plan.metrics_chosen) /* to name a metric is to ask that it gates */
            options->plan.policy.gates[m] = options->plan.metrics[m] && mb_metric_can_gate(m);
    }
    if (options->plan.sample_size > 0)
        options->plan.policy.sample_limit = options->plan.sample_size;
    options->plan.policy.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The options of one command line. */
typedef struct given_options {
    const mb_option_row *rows[ROWS_MAX]; /* each once */
    size_t count;
} given_options;

static void note_given(given_options *given, const mb_option_row *row)
{
    size_t at = 0;
    while (at < given->count && given->rows[at] != row)
        at++;
    if (at == given->count)
        given->rows[given->count++] = row;
}

static mb_status check_conflicts(const given_options *given, mb_error *error)
{
    for (size_t i = 0; i < given->count; i++)
        for (size_t k = 0; k < given->count; k++) {
            const mb_option_row *row = given->rows[i], *other = given->rows[k];
            if (row->conflicts != NULL && mb_words_have(row->conflicts, other->name, NULL))
                return mb_error_set(error, MB_ERROR_USAGE, "--%s cannot be combined with --%s", row->name, other->name);
        }
    return MB_OK;
}

/* Sets what the options before the operands say; optind is behind the last. */
static mb_status parse_options(mb_options *options, const mb_verb *verb, int argc, char **argv, mb_parsed *parsed,
                               mb_error *error)
{
    struct option long_options[ROWS_MAX + 3];
    char letters[2 * ROWS_MAX + 4];
    given_options given = {.count = 0};
    make_getopt_tables(verb, long_options, letters);
    *parsed = MB_PARSED_RUN;
    opterr = 0;
    optind = 0; /* glibc: forget the command line before */
    for (;;) {
        int code = getopt_long(argc, argv, letters, long_options, NULL);
        if (code == -1)
            return check_conflicts(&given, error);
        if (code == 'h' || code == 'V') {
            *parsed = code == 'h' ? MB_PARSED_HELP : MB_PARSED_VERSION;
            return MB_OK;
        }
        const mb_option_row *row = code == '?' || code == ':' ? NULL : find_row(code, verb);
        if (row == NULL)
            return bad_option(code, verb, argv, error);
        bool takes_two = row->value != NULL && strchr(row->value, ' ') != NULL;
        options->second_value = takes_two && optind < argc ? argv[optind++] : NULL;
        mb_status status = mb_option_set(row, options, optarg, error);
        if (status != MB_OK)
            return status;
        note_given(&given, row);
        mb_call_note(&options->call, row->name, optarg);
    }
}

mb_status mb_options_parse(mb_options *options, const mb_verb *verb, int argc, char **argv, mb_parsed *parsed,
                           mb_error *error)
{
    int behind = 1; /* getopt moves operands behind "--": how many come after it is seen before */
    while (behind < argc && strcmp(argv[behind], "--") != 0)
        behind++;
    mb_status status = parse_options(options, verb, argc, argv, parsed, error);
    if (status != MB_OK || *parsed != MB_PARSED_RUN)
        return status;
    if (verb->mask == MB_VERB_WASM)
        mb_call_operand(&options->call, verb->name);
    options->is_command = optind > 1 && optind < argc && strcmp(argv[optind - 1], "--") == 0;
    int command_count = argc - behind - 1, operand_count = argc - optind;
    if (options->is_command && command_count >= 0 && command_count <= operand_count)
        options->command_index = (size_t)(operand_count - command_count);
    for (; optind < argc; optind++) {
        if (options->operand_count == MB_OPERANDS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "more than %d operands", MB_OPERANDS_MAX);
        if (verb->mask == MB_VERB_RUN)
            mb_call_filter(&options->call, argv[optind]);
        if (verb->mask == MB_VERB_WASM)
            mb_call_operand(&options->call, argv[optind]);
        if (options->git != NULL && options->is_command && options->operand_count >= options->command_index)
            mb_call_build(&options->call, argv[optind]);
        options->operands[options->operand_count++] = argv[optind];
    }
    finish(options);
    return verb->check != NULL ? verb->check(options, error) : MB_OK;
}
