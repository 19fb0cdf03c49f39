/* exec_options.h: the options that `membench exec` alone takes: a row each, and the fields they set. */
#ifndef MEMBENCH_FEATURES_EXEC_EXEC_OPTIONS_H
#define MEMBENCH_FEATURES_EXEC_EXEC_OPTIONS_H

#include "command/options_table.h"

enum { MB_EXEC_WORDS_MAX = 64 /* --name and --prepare, each */, MB_EXEC_TIMELINES_MAX = 8 };

/* What `membench ab --exec` has no use for. */
#define MB_EXEC_CONFLICTS                                                                                              \
    "program program-arg iterations passes no-time heap-blocks allocator memory-limit jobs resume env entropy "        \
    "warm-up-iterations "                                                                                              \
    "warm-up-time measurement-time where no-where map"

/* clang-format off */
#define MB_EXEC_OPTIONS(OPTION) \
    OPTION(bool is_ab;, .section = "Commands", .name = "exec", .verbs = AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_PART(mb_exec_options, is_ab), .conflicts = MB_EXEC_CONFLICTS, \
           .help = "OLD and NEW are commands, run alternately; the following\noptions apply to them") \
    OPTION(, .name = "name", .value = "NAME", .verbs = AB, .effect = MB_EFFECT_NOTHING, \
           .set = set_name, \
           .help = "name of the case, exec/NAME (the new command)") \
    OPTION(, .name = "prepare", .value = "COMMAND", .verbs = AB, .effect = MB_EFFECT_SAMPLES, \
           .set = set_prepare, \
           .help = "run this before each run") \
    OPTION(, .section = "Commands", .name = "name", .letter = 'n', .value = "NAME", .verbs = EXEC, .effect = MB_EFFECT_NOTHING, \
           .set = set_name, \
           .help = "name of a command in its case id, exec/NAME (the command itself);\nrepeatable, in the order of the commands") \
    OPTION(bool no_shell;, .name = "no-shell", .letter = 'N', .verbs = EXEC | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_PART(mb_exec_options, no_shell), \
           .help = "run quoted commands without a shell (sh -c)") \
    OPTION(, .name = "prepare", .letter = 'p', .value = "COMMAND", .verbs = EXEC, .effect = MB_EFFECT_SAMPLES, \
           .set = set_prepare, \
           .help = "run this before each run; one for all commands, or one for each") \
    OPTION(, .name = "parameter-list", .letter = 'L', .value = "VAR LIST", .verbs = EXEC, .effect = MB_EFFECT_SAMPLES, \
           .set = set_parameter_list, \
           .help = "a case for each value of LIST (1,2,4), which replaces {VAR};\nrepeatable") \
    OPTION(size_t warm_up_count;, .name = "warmup", .letter = 'w', .value = "N", .verbs = EXEC | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_COUNT, MB_PART(mb_exec_options, warm_up_count), .most = 1000, \
           .help = "warm-up runs, which do not count (0)") \
    OPTION(size_t run_count;, .name = "runs", .letter = 'r', .value = "N", .verbs = EXEC, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_COUNT, MB_PART(mb_exec_options, run_count), .least = 1, .most = 1000, \
           .help = "runs of each command (10; 20 for a baseline; up to 40 if a noisy\nmetric may have grown)") \
    OPTION(bool ignore_failure;, .name = "ignore-failure", .letter = 'i', .verbs = EXEC | AB, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_FLAG, MB_PART(mb_exec_options, ignore_failure), \
           .help = "measure commands even if their exit code is not 0") \
    OPTION(bool show_output;, .name = "show-output", .verbs = EXEC | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_PART(mb_exec_options, show_output), .conflicts = "output", \
           .help = "let the commands write to the terminal (default: /dev/null)") \
    OPTION(const char *output;, .name = "output", .value = "WHERE", .verbs = EXEC | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TEXT, MB_PART(mb_exec_options, output), \
           .help = "where their standard output goes: null, inherit or a file (null)") \
    OPTION(const char *input;, .name = "input", .value = "FILE", .verbs = EXEC | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TEXT, MB_PART(mb_exec_options, input), \
           .help = "their standard input (/dev/null)") \
    OPTION(, .name = "timeout", .value = "TIME", .verbs = EXEC, .effect = MB_EFFECT_NOTHING, \
           .set = set_timeout, \
           .help = "time limit of one run; then SIGTERM, a second later SIGKILL\n(none)") \
    OPTION(, .name = "interval", .value = "TIME", .verbs = EXEC | AB, .effect = MB_EFFECT_SAMPLES, \
           .set = set_interval, \
           .help = "longest time between two readings of all processes (10ms)") \
    OPTION(bool heap;, .name = "heap", .verbs = EXEC | AB, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_PART(mb_exec_options, heap), .conflicts = "no-trace", \
           .help = "run each command twice as often, every other time with the heap hook\nin all its processes, and count malloc calls and bytes") \
    OPTION(int entropy;, .name = "entropy", .value = "WHERE", .verbs = EXEC, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_CHOICE, MB_PART(mb_exec_options, entropy), .words = "real fixed", \
           .help = "where the commands get random bytes: real, from the system, or fixed,\nthe same ones in each run (real)") \
    OPTION(bool where;, .name = "where", .verbs = EXEC, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_PART(mb_exec_options, where), .conflicts = "test", \
           .help = "run each command once more, and show the call sites at its heap\npeak, in the process with the highest one") \
    OPTION(, .name = "timeline", .value = "FILE", .verbs = EXEC | AB, .effect = MB_EFFECT_NOTHING, \
           .set = set_timeline, \
           .help = "run each command once more, and write the memory of its processes\nover time: FILE.html, FILE.svg (by gnuplot) or FILE.csv; repeatable") \
    OPTION(const char *export_json;, .name = "export-json", .value = "FILE", .verbs = EXEC, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_exec_options, export_json), \
           .help = "write the runs in the format of hyperfine's --export-json")
/* clang-format on */

enum { MB_EXEC_ENTROPY_REAL, MB_EXEC_ENTROPY_FIXED }; /* the words of --entropy */

/* Zero and NULL mean "not given". */
typedef struct mb_exec_options {
    const char *names[MB_EXEC_WORDS_MAX]; /* of the commands, in their order */
    size_t name_count;
    const char *prepares[MB_EXEC_WORDS_MAX]; /* one for all commands, or one each */
    size_t prepare_count;
    const char *timelines[MB_EXEC_TIMELINES_MAX];
    size_t timeline_count;
    const char *parameter_names[MB_PARAMS_MAX]; /* each with its values, separated by commas */
    const char *parameter_values[MB_PARAMS_MAX];
    size_t parameter_count;
    uint64_t interval_ns;
    MB_EXEC_OPTIONS(MB_OPTION_FIELD)
} mb_exec_options;

extern const mb_option_table mb_options_exec; /* (options_exec.c) */

static inline mb_exec_options *mb_exec_of(const mb_options *options) { return options->part; }

#endif
