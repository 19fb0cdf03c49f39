/* options.h: the command line: one table of options and one of verbs, from which parsing and help both come. */
#ifndef MEMBENCH_COMMAND_OPTIONS_H
#define MEMBENCH_COMMAND_OPTIONS_H

#include "command/verb_table.h"
#include "features/exec/exec_options.h"
#include "features/history/history_options.h"
#include "judge/compare.h"
#include "judge/leak.h"
#include "model/filter.h"
#include "model/soak_series.h"
#include "session/map.h"

#include <stdint.h>
#include <stdio.h>

#define MB_PROJECT_FILE "membench.json" /* in the current folder */

enum {
    MB_PROGRAMS_MAX = 64,
    MB_OPERANDS_MAX = 1000,
    MB_VARIABLES_MAX = 16,
    MB_REPORTS_MAX = 16,
    MB_FORMAT_NAMES_BYTES = 512
};

typedef enum mb_when { MB_WHEN_AUTO, MB_WHEN_ALWAYS, MB_WHEN_NEVER } mb_when;

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
    const char *programs[MB_PROGRAMS_MAX];
    size_t program_count;
    bool is_project_whole;                   /* the programs are those of membench.json */
    size_t named_program_count;              /* of these, how many the command line named: the first ones */
    const char *variables[MB_VARIABLES_MAX]; /* --env: passed on to workers */
    size_t variable_count;
    const char *operands[MB_OPERANDS_MAX]; /* of verbs that take some; of `run` they are filters */
    size_t operand_count;
    bool is_command; /* "--" stood before the operands */
    mb_filter *filter;
    bool list, test, quick, verbose, quiet, strict, resume, ignore_environment, thp, no_time;
    const char *save_baseline, *baseline, *load_baseline;
    mb_map map;   /* from ids of the current run to those of the baseline */
    bool lenient; /* --baseline-lenient: cases without a baseline entry are skipped */
    const char *baseline_dir;
    const char *plot;                /* which sweep or case svg and png draw; NULL: the only one */
    size_t shard_index, shard_count; /* --shard: 1 … count; count 0: not given */
    const char *out;                 /* of run the results; of compare and report the report */
    const char *format;              /* of the report; NULL: text */
    mb_report_target reports[MB_REPORTS_MAX];
    size_t report_count;
    mb_when color;
    size_t sample_size; /* 0: 3 to 10, more where the gate wants them */
    uint64_t warm_up_time_ns, measurement_time_ns;
    int warm_up_iterations;
    bool passes[MB_PASS_COUNT];
    bool metrics[MB_METRIC_COUNT]; /* all true unless --metrics chose */
    bool metrics_chosen;
    bool threshold_given[MB_METRIC_COUNT];
    mb_gate_policy policy;        /* of a case: mb_policy_of (policy.h) */
    struct mb_policies *policies; /* what membench.json says of cases; owned */
    size_t job_count;             /* 0: one for each processor */
    uint64_t timeout_ns;
    bool timeout_given;
    uint64_t memory_limit_bytes;
    uint64_t seed;
    bool seed_given;
    const char *allocator, *allocators; /* run workers under another one; under each of a list, or "all" */
    const char *tool, *load, *ready;    /* of diagnose */
    const char *mode;                   /* of estimate, as are the next three */
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

/* Adds what membench.json of the current folder says and the command line does not: programs and thresholds. Strings
 * live in the arena. Without such a file nothing changes. (project_file.c) */
MB_NODISCARD mb_status mb_options_apply_project(mb_options *options, mb_arena *arena, mb_error *error);

/* Where baselines are kept: --baseline-dir, or the default. */
const char *mb_options_baseline_folder(const mb_options *options);

/* A bound of an error is no size. (Times gate side by side only: see mb_gate_policy's times_gate.) */
bool mb_options_can_gate(mb_metric metric);

/* The names of all report formats, as "text, side or csv". (options_report.c) */
void mb_options_format_names(char *text, size_t size);

/* Prints the help of a verb, no wider than the terminal: synopsis, description, its options, examples, and of the
 * default verb all others. (help.c) */
void mb_options_print_help(FILE *out, const mb_verb *verb);

#endif
