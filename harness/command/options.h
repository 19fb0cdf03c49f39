/* options.h: the command line: one table of options and one of verbs, from which parsing and help both come. */
#ifndef MEMBENCH_COMMAND_OPTIONS_H
#define MEMBENCH_COMMAND_OPTIONS_H

#include "base/terminal.h"
#include "command/call.h"
#include "command/general_options.h"
#include "command/verb_table.h"
#include "session/plan.h"

#include <stdint.h>
#include <stdio.h>

enum { MB_OPERANDS_MAX = 1000, MB_REPORTS_MAX = 16, MB_FORMAT_NAMES_BYTES = 512 };

/* A report next to the one on the terminal: --report FORMAT=FILE. */
typedef struct mb_report_target {
    const struct mb_report_format *format;
    const char *path;
} mb_report_target;

/* All strings are borrowed from argv. Zero and NULL mean "not given" unless said otherwise. */
#define MB_OPTION_FIELD(field, ...) field
typedef struct mb_options {
    mb_plan plan;
    const char *operands[MB_OPERANDS_MAX]; /* of verbs that take some; of `run` they are filters */
    size_t operand_count;
    mb_call call;         /* of options so far, for suggested commands */
    bool is_command;      /* "--" was before an operand */
    size_t command_index; /* then: of the first operand behind it, wherever it was; the others come first */
    bool lenient;         /* --baseline-lenient: cases without a baseline entry are skipped */
    mb_report_target reports[MB_REPORTS_MAX];
    size_t report_count;
    MB_OPTIONS_BEFORE_MEASURING(MB_OPTION_FIELD)
    MB_OPTIONS_AFTER_MEASURING(MB_OPTION_FIELD)
    void *part;               /* what the verb alone takes: mb_verb.part_bytes, owned */
    const char *second_value; /* while an option is set that takes two words, such as --parameter-list */
} mb_options;
#undef MB_OPTION_FIELD

typedef struct mb_option_row mb_option_row; /* (options_table.h) */

typedef struct mb_option_table {
    const mb_option_row *rows;
    size_t count;
} mb_option_table;

/* One verb of the command line. run gets the parsed options and returns the exit code. */
typedef struct mb_verb {
    const char *name;
    mb_verb_mask mask;
    const char *synopsis; /* "[OPTIONS] [FILTER…]" */
    const char *summary;
    const char *description;
    const char *examples;           /* lines, each indented by two */
    const char *operands;           /* words that operands may be (options_table.h), for completions; NULL: files */
    const mb_option_table *options; /* its own, or NULL */
    size_t part_bytes;              /* of its own part of the options, and its defaults; NULL: zero */
    const void *part_defaults;
    mb_status (*check)(mb_options *options, mb_error *error); /* of options and operands once all are there, or NULL */
    int (*run)(const mb_options *options);
} mb_verb;

/* Defaults. MB_FAILED when memory is out; mb_options_fini may be called all the same. */
MB_NODISCARD mb_status mb_options_init(mb_options *options, const mb_verb *verb, mb_error *error);
void mb_options_fini(mb_options *options);

typedef enum mb_parsed { MB_PARSED_RUN, MB_PARSED_HELP, MB_PARSED_VERSION } mb_parsed;

/* Parses argv[1 …] for a verb into *options. MB_ERROR_USAGE names the option and what it takes. */
MB_NODISCARD mb_status mb_options_parse(mb_options *options, const mb_verb *verb, int argc, char **argv,
                                        mb_parsed *parsed, mb_error *error);

/* Sets what is shown and gates from "anon,heap", and what is measured from "pages,heap". */
MB_NODISCARD mb_status mb_options_set_metrics(mb_options *options, const char *text, mb_error *error);
MB_NODISCARD mb_status mb_options_set_passes(mb_options *options, const char *text, mb_error *error);

/* Checks "mi_malloc,pool_get=malloc": what each function takes has to be known (heap/function_shapes.h). */
MB_NODISCARD mb_status mb_options_set_heap_functions(mb_options *options, const char *text, mb_error *error);

/* Sets thresholds from "10%" or "anon=5%,heap_alloc_count=0". */
MB_NODISCARD mb_status mb_options_set_threshold(mb_options *options, const char *text, mb_error *error);

/* Where baselines are kept: --baseline-dir, or the default. */
const char *mb_options_baseline_folder(const mb_options *options);

/* The names of all report formats, as "text, side or csv". (options_report.c) */
void mb_options_format_names(char *text, size_t size);

/* Prints the help of a verb, no wider than the terminal: synopsis, description, its options, examples, and of the
 * default verb all others. (help.c) */
void mb_options_print_help(FILE *out, const mb_verb *verb);

#endif
