/* options_table.h: the rows that options are made of: parsing, help, manual pages, completions read them.
 *
 * Options that several verbs share are rows of general_options.h; a verb's own are a table of its own, which its
 * mb_verb names. A new option is a row, and the code that reads its field. */
#ifndef MEMBENCH_COMMAND_OPTIONS_TABLE_H
#define MEMBENCH_COMMAND_OPTIONS_TABLE_H

#include "command/options.h"

#include <stddef.h>

/* What an option does to samples. Each row says it: a test walks the table, and --resume and merge must refuse. */
typedef enum mb_option_effect {
    MB_EFFECT_UNSAID,  /* a mistake of the row */
    MB_EFFECT_NOTHING, /* samples are the same; what is shown or judged may not be */
    MB_EFFECT_EXTENT,  /* which samples are taken, how many: shards of one plan must agree */
    MB_EFFECT_SAMPLES, /* what is measured: samples with another value do not belong together */
} mb_option_effect;

/* What an option sets, where it has no setter: a field of mb_options or of the verb's own part. */
typedef enum mb_option_type {
    MB_OPTION_CUSTOM, /* see set */
    MB_OPTION_FLAG,   /* bool */
    MB_OPTION_TEXT,   /* const char *, borrowed */
    MB_OPTION_TIME,   /* uint64_t, ns */
    MB_OPTION_SIZE,   /* uint64_t, bytes; at least .least */
    MB_OPTION_COUNT,  /* size_t, from .least to .most */
    MB_OPTION_SHARE,  /* double, "10%" is 0.1 */
    MB_OPTION_CHOICE, /* int: index into .words */
} mb_option_type;

/* Words that may be a value or an operand, for completions: a list separated by blanks, or one of these. */
#define MB_WORDS_CASES "@cases"
#define MB_WORDS_BASELINES "@baselines"
#define MB_WORDS_FORMATS "@formats"
#define MB_WORDS_METRICS "@metrics"
#define MB_WORDS_COMMANDS "@commands"

/* Sets what one option says; value is NULL for a flag. */
typedef mb_status mb_option_setter(mb_options *options, const char *value, mb_error *error);

struct mb_option_row {
    const char *section; /* heading printed above it, or NULL: that of the row before */
    const char *name;
    char letter;       /* or 0 */
    const char *value; /* what it takes, or NULL; two words where it takes two; FILE and DIR are completed */
    unsigned verbs;    /* MB_VERB_… */
    mb_option_effect effect;
    mb_option_type type;
    size_t at;       /* offset of the field */
    bool is_of_part; /* of mb_options.part */
    uint64_t least, most;
    mb_option_setter *set;
    const char *words;     /* or NULL */
    const char *conflicts; /* names of options that it cannot be combined with, or NULL */
    const char *help;      /* a new line goes under the text, not under the option */
};

#define MB_COMMON(field) .at = offsetof(mb_options, field)
#define MB_PART(type, field) .at = offsetof(type, field), .is_of_part = true

/* How a list of options becomes fields and rows. */
#define MB_OPTION_FIELD(field, ...) field
#define MB_OPTION_ROW(field, ...) {__VA_ARGS__},

/* All rows that a verb may have, one after the other, also those whose .verbs leave it out; NULL after the last.
 * (options.c) */
const mb_option_row *mb_option_row_at(const mb_verb *verb, size_t index);

/* The next row that a verb takes, from *index on, which it moves behind it; NULL after the last. *section is set where
 * another heading begins, else NULL. Begin with *index 0 and *heading NULL. (options.c) */
const mb_option_row *mb_option_row_next(const mb_verb *verb, size_t *index, const char **heading, const char **section);

/* "--option: "value" is not wanted": MB_ERROR_USAGE. */
MB_NODISCARD mb_status mb_option_usage(mb_error *error, const char *option, const char *value, const char *wanted);

/* Values of options; *result is untouched on failure. */
MB_NODISCARD mb_status mb_option_unsigned(const char *option, const char *value, uint64_t least, uint64_t most,
                                          uint64_t *result, mb_error *error);
MB_NODISCARD mb_status mb_option_count(const char *option, const char *value, size_t least, size_t most, size_t *result,
                                       mb_error *error);
MB_NODISCARD mb_status mb_option_time(const char *option, const char *value, uint64_t *result_ns, mb_error *error);
MB_NODISCARD mb_status mb_option_fraction(const char *option, const char *value, double *result, mb_error *error);

/* Sets what a row says, by its setter or its type. (option_values.c) */
MB_NODISCARD mb_status mb_option_set(const mb_option_row *row, mb_options *options, const char *value, mb_error *error);

/* Whether a word is one of those separated by blanks; *index, if not NULL, is which. (option_values.c) */
bool mb_words_have(const char *words, const char *word, size_t *index);

#endif
