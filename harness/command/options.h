/* options.h: the command line: one table of options and one of verbs, from which parsing and help both come. */
#ifndef MEMBENCH_COMMAND_OPTIONS_H
#define MEMBENCH_COMMAND_OPTIONS_H

#include "base/terminal.h"
#include "command/verb_table.h"
#include "features/exec/exec_options.h"
#include "features/history/history_options.h"
#include "judge/leak.h"
#include "model/soak_series.h"
#include "session/plan.h"

#include <stdint.h>
#include <stdio.h>

enum { MB_OPERANDS_MAX = 1000, MB_REPORTS_MAX = 16, MB_FORMAT_NAMES_BYTES = 512 };

/* What soak takes. */
typedef struct mb_soak_options {
    mb_soak_phase phases[MB_SOAK_PHASES_MAX]; /* as given; none: one hour of run */
    size_t phase_count;
    long pid;          /* 0: not given */
    const char *judge; /* a file to judge instead of measuring */
    double interval_seconds, period_seconds, time_scale;
    double tolerance_bytes_per_hour;
    mb_soak_field field; /* that is judged */
    bool tolerance_given, field_given;
    bool until_verdict, force_verdict, heap;
} mb_soak_options;

/* A report beside the one on the terminal: --report FORMAT=FILE. */
typedef struct mb_report_target {
    const struct mb_report_format *format;
    const char *path;
} mb_report_target;

/* All strings are borrowed from argv. Zero and NULL mean "not given" unless said otherwise. */
typedef struct mb_options {
    mb_plan plan;
    const char *operands[MB_OPERANDS_MAX]; /* of verbs that take some; of `run` they are filters */
    size_t operand_count;
    bool is_command; /* "--" stood before the operands */
    bool list, verbose, quiet, strict;
    const char *load_baseline;
    bool lenient; /* --baseline-lenient: cases without a baseline entry are skipped */
    const char *baseline_dir;
    const char *plot;   /* which sweep or case svg and png draw; NULL: the only one */
    const char *out;    /* of run the results; of compare and report the report */
    const char *format; /* of the report; NULL: text */
    mb_report_target reports[MB_REPORTS_MAX];
    size_t report_count;
    mb_when color;
    const char *allocators;          /* under each of a list, or "all" */
    const char *tool, *load, *ready; /* of diagnose */
    const char *mode;                /* of estimate, as are the next three */
    uint64_t stack_bytes, heap_bytes;
    size_t instance_count;
    mb_soak_options soak;
    mb_exec_options exec;
    mb_history_options history;
    const char *second_value; /* while an option is set that takes two words, such as --parameter-list */
} mb_options;

/* One verb of the command line. run gets the parsed options and returns the exit code. */
typedef struct mb_verb {
    const char *name;
    mb_verb_mask mask;
    const char *synopsis; /* "[OPTIONS] [FILTER…]" */
    const char *summary;
    const char *description;
    const char *examples; /* lines, each indented by two */
    int (*run)(const mb_options *options);
} mb_verb;

/* Defaults. MB_FAILED when memory is out. The filter is the caller's to free with mb_options_fini. */
MB_NODISCARD mb_status mb_options_init(mb_options *options, mb_error *error);
void mb_options_fini(mb_options *options);

typedef enum mb_parsed { MB_PARSED_RUN, MB_PARSED_HELP, MB_PARSED_VERSION } mb_parsed;

/* Parses argv[1 …] for a verb into *options. MB_ERROR_USAGE names the option and what it takes. */
MB_NODISCARD mb_status mb_options_parse(mb_options *options, const mb_verb *verb, int argc, char **argv,
                                        mb_parsed *parsed, mb_error *error);

/* Sets what is shown and gates from "anon,heap", and what is measured from "pages,heap". */
MB_NODISCARD mb_status mb_options_set_metrics(mb_options *options, const char *text, mb_error *error);
MB_NODISCARD mb_status mb_options_set_passes(mb_options *options, const char *text, mb_error *error);

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
