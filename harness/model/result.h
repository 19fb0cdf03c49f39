/* result.h: one run's results in memory: raw samples, never summaries. Plain data; knows no file and no JSON.
 *
 *     mb_run_info          the run: machine, settings, seed, the programs
 *     mb_case_result       one case: outcome, raw samples per metric, marks, regions, own counters
 *
 * All strings and arrays live in an arena of whoever made the structure. */
#ifndef MEMBENCH_MODEL_RESULT_H
#define MEMBENCH_MODEL_RESULT_H

#include "base/arena.h"
#include "model/metric.h"

#include <membench/membench.h>

/* Raw samples of one metric in the order they were taken, one per worker process. Integers up to 2^53 are exact. */
typedef struct mb_series {
    double *values;
    size_t count; /* 0: not measured */
} mb_series;

/* True when all values are equal (and there is at least one). */
static inline bool mb_series_is_exact(const mb_series *series)
{
    for (size_t i = 1; i < series->count; i++)
        if (series->values[i] != series->values[0])
            return false;
    return series->count > 0;
}

/* What became of a case. In this order: a case of several workers has the highest of theirs. */
typedef enum mb_outcome {
    MB_OUTCOME_OK,
    MB_OUTCOME_SKIPPED, /* the case said so, with a reason */
    MB_OUTCOME_FAILED,  /* the case said so, or exited early, or wrote what it must not */
    MB_OUTCOME_OUT_OF_MEMORY,
    MB_OUTCOME_TIMED_OUT,
    MB_OUTCOME_CRASHED, /* ended by a signal, named in the message */
    MB_OUTCOME_NOT_RUN, /* interrupted before all its samples were taken */
    MB_OUTCOME_COUNT
} mb_outcome;

/* "ok", "skipped", "failed", "out_of_memory", "timed_out", "crashed", "not_run". */
const char *mb_outcome_name(mb_outcome outcome);
bool mb_outcome_find(const char *name, mb_outcome *outcome);

/* Quantities a mark carries: each a difference to B of its window. */
typedef enum mb_mark_quantity { MB_MARK_RSS, MB_MARK_ANON, MB_MARK_HEAP_LIVE, MB_MARK_QUANTITY_COUNT } mb_mark_quantity;
const char *mb_mark_quantity_name(mb_mark_quantity quantity); /* "rss_delta_bytes", … */

typedef struct mb_mark_result {
    mb_window window;
    const char *name;
    mb_series series[MB_MARK_QUANTITY_COUNT];
} mb_mark_result;

typedef struct mb_region_result {
    mb_window window;
    const char *name;
    double nominal_bytes;
    mb_series resident_bytes;
} mb_region_result;

typedef struct mb_count_result {
    mb_window window;
    const char *name;
    mb_series values;
} mb_count_result;

typedef struct mb_param_value {
    const char *name;
    uint64_t value;
    mb_unit unit;
    const char *label; /* or NULL */
} mb_param_value;

typedef struct mb_case_result {
    const char *id; /* group/function/parameters: unique in a run */
    const char *group;
    const char *function; /* or NULL */
    mb_param_value params[MB_PARAMS_MAX];
    size_t param_count;
    unsigned flags;  /* MB_CASE_… */
    bool is_counted; /* memory is Google Benchmark's, of a file: counted over many iterations, and written down once */
    size_t program;  /* index into mb_run_info.programs */
    mb_outcome outcome;
    const char *message;           /* why it is not ok; NULL when it is */
    const char *warning;           /* something odd that did not spoil the numbers, or NULL */
    uint64_t operation_count;      /* per call of run; 0: not said */
    uint64_t random_request_count; /* for random bytes, of the sample that made most */
    mb_series series[MB_METRIC_COUNT];
    mb_series
        conditions[MB_METRIC_COUNT]; /* gating ones under other conditions: addresses, seeds (judge/conditions.h) */
    const char *missing[MB_METRIC_COUNT]; /* why series[m] is empty, or NULL */
    mb_mark_result *marks;
    size_t mark_count;
    mb_region_result *regions;
    size_t region_count;
    mb_count_result *counts;
    size_t count_count;
    struct mb_site_set *sites; /* call sites of one more sample (sites/site_set.h), or NULL */
} mb_case_result;

/* Its steady window is one iteration, and its cold one the rest: of an iteration the heap alone is known, and pages are
 * those of the whole run (docs/google-benchmark.md). */
bool mb_case_is_of_iterations(const mb_case_result *result);

/* A bench program as it introduced itself. What decides whether two runs' heap metrics compare is here. */
typedef struct mb_program_info {
    const char *path;
    const char
        *build_id; /* hexadecimal GNU build id, or "sha256:…" of a file without one; identity, never a condition */
    const char *libraries;   /* digest of the build ids of the program and all libraries that it starts with; or NULL */
    const char *libc;        /* "glibc 2.36", "musl", "unknown" */
    const char *allocator;   /* "glibc 2.36", "jemalloc 5.3.0", "unknown" */
    const char *aslr;        /* "off", "on" */
    const char *thp;         /* "off", or the system's mode when asked for */
    const char *entropy;     /* where random bytes come from: "fixed", "real"; NULL: not known */
    const char *mechanisms;  /* what observed it, separated by ", ": "status, heap hook preloaded"; or NULL */
    const char *called_with; /* options that change what it does or what is counted, "--iterations 3"; NULL: none */
} mb_program_info;

typedef struct mb_setting { /* provenance that is kept and shown, e.g. {"GLIBC_TUNABLES", "…"} */
    const char *name;
    const char *value;
} mb_setting;

/* What decided what was measured, by name (fingerprint.h). */
typedef struct mb_fingerprint {
    mb_setting *parts;
    size_t part_count;
} mb_fingerprint;

/* Which part of a plan a run measured, when its cases were dealt out to several: see model/shard.h and shards.h. */
typedef struct mb_shard_info {
    size_t index, count;  /* 1 … count; count 0: the run is not a shard */
    size_t case_count;    /* of the whole plan */
    const char *plan;     /* hash of the plan's parts: shards that belong together have the same */
    mb_fingerprint parts; /* of files of older membenches none */
    const char **filters; /* filter_count options that chose the plan's cases: "--filter=x", "--exact=a/b" */
    size_t filter_count;
} mb_shard_info;

typedef struct mb_run_info {
    const char *membench_version;
    const char *date; /* ISO 8601 with zone */
    const char *host_name;
    const char *kernel;       /* "Linux 6.18.0" */
    const char *architecture; /* "x86_64" */
    const char *executable;   /* of the coordinator */
    int cpu_count;
    double cpu_mhz; /* 0: not known */
    uint64_t page_bytes;
    const char *rss_source; /* "status", "smaps_rollup", "ps" */
    uint64_t seed;          /* of the order of cases; a string in JSON */
    bool complete;          /* false: interrupted */
    mb_shard_info shard;
    mb_program_info *programs;
    size_t program_count;
    mb_setting *settings;
    size_t setting_count;
    size_t aggregate_count; /* of Google Benchmark's means and medians in the file, which are not samples: left out */
} mb_run_info;

#endif
