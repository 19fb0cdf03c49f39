/* history_options.h: the options that `membench history` and `membench bisect` alone take: a row each, and the fields
 * they set. Strings are borrowed from argv. */
#ifndef MEMBENCH_FEATURES_HISTORY_HISTORY_OPTIONS_H
#define MEMBENCH_FEATURES_HISTORY_HISTORY_OPTIONS_H

#include "command/options_table.h"

/* clang-format off */
#define MB_HISTORY_OPTIONS(OPTION) \
    OPTION(const char *db;, .section = "History", .name = "db", .value = "FILE", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, db), \
           .help = "the database (.membench/history.db)") \
    OPTION(const char *commit;, .name = "commit", .letter = 'c', .value = "COMMIT", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, commit), \
           .help = "record, import: the measured commit, or any name that git does not\nknow (the commit checked out)") \
    OPTION(const char *branch;, .name = "branch", .letter = 'b', .value = "NAME", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, branch), \
           .help = "record, import: the commit's branch (the one checked out); otherwise\nthe branch to show (the one with the most recorded commits), or all") \
    OPTION(bool again;, .name = "again", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_PART(mb_history_options, again), \
           .help = "record, import: add another run of a build recorded before") \
    OPTION(, .name = "machine", .value = "N", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .set = set_machine, \
           .help = "show only this machine class, a number from membench history list") \
    OPTION(const char *program;, .name = "program", .letter = 'p', .value = "NAME", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, program), \
           .help = "show only measurements of the program with that file name") \
    OPTION(, .name = "metrics", .letter = 'm', .value = "LIST", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .set = set_metrics, .words = MB_WORDS_METRICS, \
           .help = "show only these: anon, steady_anon, heap, ... (show: anon and heap;\nchanges: those that gate)") \
    OPTION(, .name = "least", .value = "RATIO", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .set = set_least, \
           .help = "omit changes smaller than that (1%; exact metrics: 0)") \
    OPTION(, .name = "confidence-level", .value = "LEVEL", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .set = set_confidence, \
           .help = "confidence needed to report a change of a noisy metric (0.99)") \
    OPTION(const char *since;, .name = "since", .value = "COMMIT", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, since), \
           .help = "changes: only after that commit or tag, with the total of each curve\nsince then") \
    OPTION(size_t keep_count;, .name = "keep", .value = "N", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_COUNT, MB_PART(mb_history_options, keep_count), .least = 1, .most = 1000000000, \
           .help = "prune: keep the newest N commits of each branch") \
    OPTION(const char *older;, .name = "older", .value = "DATE", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, older), \
           .help = "prune: remove commits made before that day, such as 2026-01-31") \
    OPTION(, .name = "verbose", .letter = 'v', .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(verbose), \
           .help = "changes: show every metric") \
    OPTION(const char *good;, .section = "Bisection", .name = "good", .value = "COMMIT", .verbs = BISECT, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, good), \
           .help = "a commit before the change, to compare the others with") \
    OPTION(const char *bad;, .name = "bad", .value = "COMMIT", .verbs = BISECT, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TEXT, MB_PART(mb_history_options, bad), \
           .help = "a commit after it (HEAD)") \
    OPTION(, .name = "program", .letter = 'p', .value = "NAME", .verbs = BISECT, .effect = MB_EFFECT_SAMPLES, \
           .set = set_bench_program, \
           .help = "measure only the built bench program of that file name; repeatable\n(all of them)") \
    OPTION(, .name = "threshold", .letter = 't', .value = "RATIO", .verbs = BISECT, .effect = MB_EFFECT_NOTHING, \
           .set = set_threshold, \
           .help = "allowed growth (10%), or by metric: anon=5%,heap=4KiB") \
    OPTION(bool improved;, .name = "improved", .verbs = BISECT, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_PART(mb_history_options, improved), \
           .help = "look for the commit that shrank it instead") \
    OPTION(, .name = "metrics", .letter = 'm', .value = "LIST", .verbs = BISECT, .effect = MB_EFFECT_NOTHING, \
           .set = set_metrics, .words = MB_WORDS_METRICS, \
           .help = "judge only these: anon, heap, time, ...") \
    OPTION(, .name = "verbose", .letter = 'v', .verbs = BISECT, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(verbose), \
           .help = "show what the builds print") \
    OPTION(, .section = "Output", .name = "out", .letter = 'o', .value = "FILE", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(out), \
           .help = "write to FILE; - is standard output") \
    OPTION(, .name = "format", .value = "NAME", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(format), \
           .help = "text, csv or json; for show also html, svg and png (text)") \
    OPTION(, .name = "color", .value = "WHEN", .verbs = HISTORY, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_CHOICE, MB_COMMON(color), .words = "auto always never", \
           .help = "auto, always or never (auto; NO_COLOR is respected)") \
    OPTION(, .name = "quiet", .letter = 'q', .verbs = HISTORY | BISECT, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.is_quiet), \
           .help = "print nothing unless something is wrong")
/* clang-format on */

typedef struct mb_history_options {
    const char *machine;             /* id of the machine class that is shown, a number from 1 */
    const char *threshold, *metrics; /* of bisect: passed on to ab */
    double least_ratio, confidence_level;
    bool least_given, confidence_given;
    MB_HISTORY_OPTIONS(MB_OPTION_FIELD)
} mb_history_options;

extern const mb_option_table mb_options_history; /* (options_history.c) */

static inline mb_history_options *mb_history_of(const mb_options *options) { return options->part; }

#endif
