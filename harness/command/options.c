#include "command/options.h"
#include "command/options_table.h"
#include "session/policy.h"
#include "store/baseline.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_MAX = 256, LONG_BASE = 256 };

/* That of reports goes on with the section that the general one ends in. */
static const mb_option_table *const tables[] = {&mb_options_general, &mb_options_report, &mb_options_exec,
                                                &mb_options_shard,   &mb_options_soak,   &mb_options_history};

const mb_option_row *mb_option_row_at(size_t index)
{
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        if (index < tables[t]->count)
            return &tables[t]->rows[index];
        index -= tables[t]->count;
    }
    return NULL;
}

const mb_option_row *mb_option_row_next(unsigned verb, size_t *index, const char **heading, const char **section)
{
    const mb_option_row *row;
    const char *last = *heading, *now = last;
    while ((row = mb_option_row_at((*index)++)) != NULL) {
        if (row->section != NULL)
            now = row->section;
        if (row->verbs & verb)
            break;
    }
    *section = now != last ? now : NULL;
    *heading = now;
    return row;
}

mb_status mb_options_init(mb_options *options, mb_error *error)
{
    *options = (mb_options){
        .stack_bytes = 8192,
        .heap_bytes = 8192,
        .instance_count = 1,
        .soak = {.interval_seconds = 1, .time_scale = 1, .field = MB_SOAK_ANON_BYTES},
    };
    return mb_plan_init(&options->plan, error);
}

void mb_options_fini(mb_options *options) { mb_plan_fini(&options->plan); }

/* Fills getopt's tables with the options of a verb; val of a long option is LONG_BASE + its row. */
static void make_getopt_tables(unsigned verb, struct option *long_options, char *letters)
{
    *letters++ = ':';
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(i)) != NULL; i++) {
        MB_ASSERT(i < ROWS_MAX);
        if (!(row->verbs & verb))
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

static const mb_option_row *find_row(int code, unsigned verb)
{
    if (code >= LONG_BASE)
        return mb_option_row_at((size_t)(code - LONG_BASE));
    const mb_option_row *row;
    for (size_t i = 0; (row = mb_option_row_at(i)) != NULL; i++)
        if (row->letter == code && (row->verbs & verb))
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
    char letter[3] = {'-', (char)optopt, '\0'};
    if (optopt > 0 && optopt < LONG_BASE && isprint(optopt))
        word = letter;
    return mb_error_set(error, MB_ERROR_USAGE, "no option %s, or not one that stands alone; see membench%s%s --help",
                        word, space, hint);
}

const char *mb_options_baseline_folder(const mb_options *options)
{
    return options->baseline_dir != NULL ? options->baseline_dir : MB_BASELINE_FOLDER;
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

mb_status mb_options_parse(mb_options *options, const mb_verb *verb, int argc, char **argv, mb_parsed *parsed,
                           mb_error *error)
{
    struct option long_options[ROWS_MAX + 3];
    char letters[2 * ROWS_MAX + 4];
    make_getopt_tables(verb->mask, long_options, letters);
    *parsed = MB_PARSED_RUN;
    opterr = 0;
    optind = 0; /* glibc: start anew */
    for (;;) {
        int code = getopt_long(argc, argv, letters, long_options, NULL);
        if (code == -1)
            break;
        if (code == 'h' || code == 'V') {
            *parsed = code == 'h' ? MB_PARSED_HELP : MB_PARSED_VERSION;
            return MB_OK;
        }
        const mb_option_row *row = code == '?' || code == ':' ? NULL : find_row(code, verb->mask);
        if (row == NULL)
            return bad_option(code, verb, argv, error);
        bool takes_two = row->value != NULL && strchr(row->value, ' ') != NULL;
        options->second_value = takes_two && optind < argc ? argv[optind++] : NULL;
        mb_status status = row->set(options, optarg, error);
        if (status != MB_OK)
            return status;
    }
    options->is_command = optind > 1 && optind < argc && strcmp(argv[optind - 1], "--") == 0;
    for (; optind < argc; optind++) {
        if (options->operand_count == MB_OPERANDS_MAX)
            return mb_error_set(error, MB_ERROR_USAGE, "more than %d operands", MB_OPERANDS_MAX);
        options->operands[options->operand_count++] = argv[optind];
    }
    finish(options);
    return MB_OK;
}
