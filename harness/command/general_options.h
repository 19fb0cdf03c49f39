/* general_options.h: the options that several verbs share: a row each; those of measuring are in plan_options.h. A row
 * that sets a plain value declares the field of mb_options that it sets; the others have a setter (options_general.c),
 * or set a field of the plan.
 *
 *     OPTION(field or nothing, members of mb_option_row) */
#ifndef MEMBENCH_COMMAND_GENERAL_OPTIONS_H
#define MEMBENCH_COMMAND_GENERAL_OPTIONS_H

#include "session/plan_options.h"

/* clang-format off */
#define MB_OPTIONS_BEFORE_MEASURING(OPTION) \
    OPTION(, .section = "Which cases", .name = "filter", .letter = 'f', .value = "REGEX", .verbs = MEASURES | EXEC, .effect = MB_EFFECT_SAMPLES, \
           .set = set_filter, .words = MB_WORDS_CASES, \
           .help = "cases whose id matches; --filter=-REGEX: all but those; repeatable") \
    OPTION(, .name = "exact", .value = "ID", .verbs = MEASURES | EXEC, .effect = MB_EFFECT_SAMPLES, \
           .set = set_exact, .words = MB_WORDS_CASES, \
           .help = "the case with exactly that id; repeatable") \
    OPTION(, .name = "program", .letter = 'p', .value = "FILE", .verbs = WASM, .effect = MB_EFFECT_SAMPLES, \
           .set = set_program, \
           .help = "a bench program that runs modules; repeatable (default: those of\n--runtime)") \
    OPTION(, .name = "program", .letter = 'p', .value = "FILE", .verbs = NAMES | SOAK, .effect = MB_EFFECT_SAMPLES, \
           .set = set_program, \
           .help = "a bench program; repeatable (default: those in membench.json or\n$MEMBENCH_PROGRAMS, or the bundled ones)") \
    OPTION(, .name = "program", .letter = 'p', .value = "NAME", .verbs = AB, .effect = MB_EFFECT_SAMPLES, \
           .set = set_program, \
           .help = "in folders, the bench program of that file name; repeatable\n(all of them); of modules, a program that runs them") \
    OPTION(const char *git;, .name = "git", .value = "OLD..NEW", .verbs = AB | BISECT, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_TEXT, MB_COMMON(git), .conflicts = "exec resume good bad", \
           .help = "two commits, each built by BUILD-COMMAND in a separate worktree;\nOLD..: up to HEAD") \
    OPTION(bool changed_only;, .name = "changed-only", .verbs = AB, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_FLAG, MB_COMMON(changed_only), .conflicts = "exec", \
           .help = "skip programs whose code and data are the same on both sides, and\nname them") \
    OPTION(bool list;, .name = "list", .letter = 'l', .verbs = RUN, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(list), \
           .help = "list the cases instead of running them (--format text, terse, json)") \
    OPTION(, .section = "Baselines", .name = "save-baseline", .letter = 's', .value = "NAME", .verbs = RUN | MERGE | EXEC, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_TEXT, MB_COMMON(plan.save_baseline), .words = MB_WORDS_BASELINES, \
           .help = "save this run (20 samples per metric) under that name") \
    OPTION(, .name = "baseline", .letter = 'b', .value = "NAME", .verbs = RUN | MERGE | EXEC, .effect = MB_EFFECT_EXTENT, \
           .set = add_baseline, .words = MB_WORDS_BASELINES, \
           .help = "compare with that baseline; cases it lacks are an error; repeat it\nwith an older one and the growth allowed since, such as v1.0=25%") \
    OPTION(, .name = "baseline", .letter = 'b', .value = "NAME", .verbs = REPORT | EXPLAIN, .effect = MB_EFFECT_NOTHING, \
           .set = set_baseline, .words = MB_WORDS_BASELINES, \
           .help = "show what changed since that baseline") \
    OPTION(, .name = "baseline-lenient", .value = "NAME", .verbs = RUN | MERGE | EXEC, .effect = MB_EFFECT_EXTENT, \
           .set = add_baseline_lenient, .words = MB_WORDS_BASELINES, \
           .help = "the same, but skip cases it lacks") \
    OPTION(const char *load_baseline;, .name = "load-baseline", .value = "NAME", .verbs = RUN, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(load_baseline), .words = MB_WORDS_BASELINES, .conflicts = "save-baseline", \
           .help = "measure nothing: use this baseline as the current run") \
    OPTION(, .name = "baseline-dir", .value = "DIR", .verbs = RUN | BASELINE | MERGE | EXEC | REPORT | EXPLAIN, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(plan.baseline_dir), \
           .help = "where baselines are kept (./baselines)") \
    OPTION(, .section = "Gate", .name = "threshold", .letter = 't', .value = "RATIO", .verbs = JUDGES, .effect = MB_EFFECT_NOTHING, \
           .set = mb_options_set_threshold, \
           .help = "allowed growth (10%), or by metric: anon=5%,heap=4KiB,\npeak=10%+64KiB; metrics named here gate") \
    OPTION(, .name = "metrics", .letter = 'm', .value = "LIST", .verbs = JUDGES, .effect = MB_EFFECT_NOTHING, \
           .set = mb_options_set_metrics, .words = MB_WORDS_METRICS, \
           .help = "show and gate only these: anon, steady_anon, heap, ...") \
    OPTION(, .name = "metrics", .letter = 'm', .value = "LIST", .verbs = REPORT | WATCH, .effect = MB_EFFECT_NOTHING, \
           .set = mb_options_set_metrics, .words = MB_WORDS_METRICS, \
           .help = "show only these: anon, steady_anon, heap, ...") \
    OPTION(, .name = "noise-threshold", .value = "RATIO", .verbs = JUDGES, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_SHARE, MB_COMMON(plan.policy.noise_threshold_ratio), \
           .help = "ignore improvements up to this (1%)") \
    OPTION(, .name = "confidence-level", .value = "LEVEL", .verbs = JUDGES, .effect = MB_EFFECT_NOTHING, \
           .set = set_confidence_level, \
           .help = "confidence of the intervals shown (0.95)") \
    OPTION(, .name = "drift-allowance", .value = "RATIO", .verbs = RUN | COMPARE | MERGE | EXEC | EXPLAIN, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_SHARE, MB_COMMON(plan.policy.drift_allowance_ratio), \
           .help = "growth allowed for noisy metrics on top of the threshold, for\ndrift between sessions (10%)") \
    OPTION(, .name = "map", .value = "OLD=NEW", .verbs = JUDGES, .effect = MB_EFFECT_NOTHING, \
           .set = set_map, \
           .help = "match case ids: OLD in this run is NEW in the baseline, such as\nwasmtime-48=wasmtime-47; repeatable") \
    OPTION(, .name = "fail-on-change", .verbs = GATE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.policy.is_two_sided), \
           .help = "fail if memory shrank beyond the threshold, too (exit 3)") \
    OPTION(bool strict;, .name = "strict", .verbs = GATE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(strict), \
           .help = "exit 4 if suspect or inconclusive, 1 if a case is gone") \
    OPTION(, .name = "strict", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(strict), \
           .help = "exit 4 on INCONCLUSIVE") \
    OPTION(, .name = "ignore-environment", .verbs = JUDGES, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.policy.ignore_environment), \
           .help = "compare even if libc, allocator, page size and so on differ")

#define MB_OPTIONS_AFTER_MEASURING(OPTION) \
    OPTION(const char *allocators;, .name = "allocators", .value = "LIST", .verbs = RUN, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(allocators), .words = "all glibc jemalloc mimalloc tcmalloc", .conflicts = "save-baseline baseline baseline-lenient load-baseline out list test resume allocator", \
           .help = "run the cases under each of these, or all, side by side") \
    OPTION(const char *out;, .section = "Output", .name = "out", .letter = 'o', .value = "FILE", .verbs = RUN | AB | MERGE | EXEC, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(out), \
           .help = "write the results (JSON) to FILE; - is standard output") \
    OPTION(const char *format;, .name = "format", .value = "FORMAT", .verbs = SHOWS, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(format), .words = MB_WORDS_FORMATS, \
           .help = "format of the report, see the list below (text)") \
    OPTION(int color;, .name = "color", .value = "WHEN", .verbs = SHOWS | WATCH | SOAK, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_CHOICE, MB_COMMON(color), .words = "auto always never", \
           .help = "auto, always or never (auto; NO_COLOR is respected)") \
    OPTION(bool verbose;, .name = "verbose", .letter = 'v', .verbs = SHOWS, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(verbose), \
           .help = "marks, regions, counters, every metric, memory deltas") \
    OPTION(, .name = "quiet", .letter = 'q', .verbs = SHOWS, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.is_quiet), \
           .help = "print only problems") \
    OPTION(, .name = "quiet", .letter = 'q', .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(plan.is_quiet), \
           .help = "show no chart") \
    OPTION(, .name = "out", .letter = 'o', .value = "FILE", .verbs = COMPARE | REPORT, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(out), \
           .help = "write the report to FILE (a folder for criterion); - is standard\noutput") \
    OPTION(const char *plot;, .name = "plot", .value = "NAME", .verbs = COMPARE | REPORT, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(plot), \
           .help = "what svg and png draw: a sweep by its name, or the lifecycle of a\ncase by its id") \
    OPTION(int where;, .name = "where", .value = "WHICH", .verbs = RUN | AB | COMPARE, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_CHOICE, MB_COMMON(where), .words = "regressed all", .conflicts = "no-where", \
           .help = "show call sites of regressed metrics, or of all that changed or\nmay have changed (regressed)") \
    OPTION(bool no_where;, .name = "no-where", .verbs = RUN | AB | COMPARE | WATCH, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_COMMON(no_where), \
           .help = "do not look for the call sites of growth") \
    OPTION(, .name = "report", .value = "FORMAT=FILE", .verbs = SHOWS, .effect = MB_EFFECT_NOTHING, \
           .set = set_report, .conflicts = "list test allocators", \
           .help = "write another report, such as junit=memory.xml; repeatable") \
    OPTION(, .section = "Shards", .name = "shard", .value = "I/N", .verbs = RUN, .effect = MB_EFFECT_EXTENT, \
           .set = set_shard, .conflicts = "load-baseline allocators", \
           .help = "measure part I of N of the cases; membench merge combines the\nparts, saves, compares and judges")
/* clang-format on */

#define MB_GENERAL_OPTIONS(OPTION)                                                                                     \
    MB_OPTIONS_BEFORE_MEASURING(OPTION) MB_MEASURING_OPTIONS(OPTION) MB_OPTIONS_AFTER_MEASURING(OPTION)

#endif
