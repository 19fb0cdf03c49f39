/* options_table.h: the rows that options are made of: parsing and help both read them.
 *
 * A verb with many options of its own keeps them in a table in a file of its own: one line in tables[] of options.c. */
#ifndef MEMBENCH_COMMAND_OPTIONS_TABLE_H
#define MEMBENCH_COMMAND_OPTIONS_TABLE_H

#include "command/options.h"

/* Sets what one option says; value is NULL for a flag. */
typedef mb_status mb_option_setter(mb_options *options, const char *value, mb_error *error);

typedef struct mb_option_row {
    const char *section; /* heading printed above it, or NULL: that of the row before */
    const char *name;
    char letter;       /* or 0 */
    const char *value; /* what it takes, or NULL; two words where it takes two */
    unsigned verbs;    /* MB_VERB_… */
    mb_option_setter *set;
    const char *help; /* a new line goes under the text, not under the option */
} mb_option_row;

typedef struct mb_option_table {
    const mb_option_row *rows;
    size_t count;
} mb_option_table;

extern const mb_option_table mb_options_exec;    /* (options_exec.c) */
extern const mb_option_table mb_options_general; /* (options_general.c) */
extern const mb_option_table mb_options_history; /* (options_history.c) */
extern const mb_option_table mb_options_shard;   /* (options_shard.c) */
extern const mb_option_table mb_options_report;  /* (options_report.c) */
extern const mb_option_table mb_options_soak;    /* (options_soak.c) */

/* All rows of all tables, one after the other; NULL after the last. (options.c) */
const mb_option_row *mb_option_row_at(size_t index);

/* The next row that a verb takes, from *index on, which it moves behind it; NULL after the last. *section is set where
 * another heading begins, else NULL. Begin with *index 0 and *heading NULL. (options.c) */
const mb_option_row *mb_option_row_next(unsigned verb, size_t *index, const char **heading, const char **section);

/* "--option: "value" is not wanted": MB_ERROR_USAGE. */
MB_NODISCARD mb_status mb_option_usage(mb_error *error, const char *option, const char *value, const char *wanted);

/* Values of options; *result is untouched on failure. */
MB_NODISCARD mb_status mb_option_unsigned(const char *option, const char *value, uint64_t least, uint64_t most,
                                          uint64_t *result, mb_error *error);
MB_NODISCARD mb_status mb_option_count(const char *option, const char *value, size_t least, size_t most, size_t *result,
                                       mb_error *error);
MB_NODISCARD mb_status mb_option_time(const char *option, const char *value, uint64_t *result_ns, mb_error *error);
MB_NODISCARD mb_status mb_option_fraction(const char *option, const char *value, double *result, mb_error *error);

/* Setters of a flag and of a borrowed text: set_NAME sets the field of that name, or the one given. */
#define MB_OPTION_FLAG(name) MB_OPTION_FLAG_OF(name, name)
#define MB_OPTION_TEXT(name) MB_OPTION_TEXT_OF(name, name)
#define MB_OPTION_FLAG_OF(name, field)                                                                                 \
    static mb_status set_##name(mb_options *options, const char *value, mb_error *error)                               \
    {                                                                                                                  \
        (void)value;                                                                                                   \
        (void)error;                                                                                                   \
        options->field = true;                                                                                         \
        return MB_OK;                                                                                                  \
    }
#define MB_OPTION_TEXT_OF(name, field)                                                                                 \
    static mb_status set_##name(mb_options *options, const char *value, mb_error *error)                               \
    {                                                                                                                  \
        (void)error;                                                                                                   \
        options->field = value;                                                                                        \
        return MB_OK;                                                                                                  \
    }

#endif
