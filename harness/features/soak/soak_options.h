/* soak_options.h: the options that `membench soak` alone takes: a row each, and the fields they set. */
#ifndef MEMBENCH_FEATURES_SOAK_SOAK_OPTIONS_H
#define MEMBENCH_FEATURES_SOAK_SOAK_OPTIONS_H

#include "command/options_table.h"
#include "judge/leak.h"
#include "model/soak_series.h"

/* clang-format off */
#define MB_SOAK_OPTIONS(OPTION) \
    OPTION(, .section = "Soak", .name = "run", .value = "TIME", .verbs = SOAK, .effect = MB_EFFECT_EXTENT, \
           .set = set_run, \
           .help = "a phase in which the case is called continuously; repeatable\n(default: one of 3600)") \
    OPTION(, .name = "idle", .value = "TIME", .verbs = SOAK, .effect = MB_EFFECT_EXTENT, \
           .set = set_idle, \
           .help = "a phase in which it is not called; repeatable, in the order given") \
    OPTION(bool until_verdict;, .name = "until-verdict", .verbs = SOAK, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_FLAG, MB_PART(mb_soak_options, until_verdict), .conflicts = "run", \
           .help = "run for 30, 60, 120 or 240 minutes, until a verdict is final") \
    OPTION(, .name = "pid", .value = "PID", .verbs = SOAK, .effect = MB_EFFECT_SAMPLES, \
           .set = set_pid, \
           .help = "watch a running process") \
    OPTION(bool restarts;, .name = "restarts", .verbs = SOAK, .effect = MB_EFFECT_EXTENT, \
           .type = MB_OPTION_FLAG, MB_PART(mb_soak_options, restarts), \
           .help = "--pid: when it ends, continue with a process of the same command line\nthat starts within a minute; judged between restarts") \
    OPTION(const char *judge;, .name = "judge", .value = "FILE", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_PART(mb_soak_options, judge), .conflicts = "run idle", \
           .help = "measure nothing: judge an existing record, also from another tool") \
    OPTION(, .name = "columns", .value = "TIME,SIZE", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .set = set_columns, \
           .help = "--judge: which columns are the time and the size, by name or number,\nand in which unit: t:ms,rss:kB or 1,3:MiB") \
    OPTION(, .name = "interval", .value = "TIME", .verbs = SOAK, .effect = MB_EFFECT_SAMPLES, \
           .set = set_interval, \
           .help = "time between readings (1s)") \
    OPTION(bool heap;, .name = "heap", .verbs = SOAK, .effect = MB_EFFECT_SAMPLES, \
           .type = MB_OPTION_FLAG, MB_PART(mb_soak_options, heap), \
           .help = "record the heap in use as well: preloads the heap hook (a case only)") \
    OPTION(, .section = "Verdict", .name = "tolerance", .value = "SIZE/h", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .set = set_tolerance, \
           .help = "growth up to this is not a leak (256KiB/h or 1 % of the level per\nhour, whichever is more)") \
    OPTION(uint64_t limit_bytes;, .name = "limit", .value = "SIZE", .verbs = SOAK, .effect = MB_EFFECT_EXTENT, \
           .set = set_limit, \
           .help = "--until-verdict: growth up to this may be a cache; a confirmed leak\nbeyond it ends the soak (default: after 4 hours)") \
    OPTION(, .name = "metric", .value = "NAME", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .set = set_metric, \
           .help = "the metric to judge: anon, rss or heap (anon)") \
    OPTION(, .name = "period", .value = "TIME", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .set = set_period, \
           .help = "longest known period of the program: no verdict before three of them\n(default: detected)") \
    OPTION(bool force_verdict;, .name = "force-verdict", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_FLAG, MB_PART(mb_soak_options, force_verdict), \
           .help = "give a verdict below the minimum duration of 30 minutes, marked as such") \
    OPTION(, .section = "Files", .name = "out", .letter = 'o', .value = "STEM", .verbs = SOAK, .effect = MB_EFFECT_NOTHING, \
           .type = MB_OPTION_TEXT, MB_COMMON(out), \
           .help = "write STEM.ndjson, .csv, .svg and .png (.membench/soak/NAME-DATE)") \
    OPTION(, .name = "time-scale", .value = "N", .verbs = SOAK, .effect = MB_EFFECT_SAMPLES, \
           .set = set_time_scale, \
           .help = "for tests: record each second as N seconds")
/* clang-format on */

/* Zero and NULL mean "not given". */
typedef struct mb_soak_options {
    mb_soak_phase phases[MB_SOAK_PHASES_MAX]; /* as given; none: one hour of run */
    size_t phase_count;
    long pid; /* 0: not given */
    double interval_seconds, period_seconds, time_scale;
    double tolerance_bytes_per_hour;
    mb_soak_field field; /* that is judged */
    bool tolerance_given, field_given, columns_given;
    mb_soak_said columns;
    MB_SOAK_OPTIONS(MB_OPTION_FIELD)
} mb_soak_options;

extern const mb_option_table mb_options_soak; /* (options_soak.c) */

static inline mb_soak_options *mb_soak_of(const mb_options *options) { return options->part; }

#endif
