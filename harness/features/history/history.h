/* history.h: the runs of many commits in one SQLite file, so that a metric can be followed over them.
 *
 *     mb_history_open ─▶ mb_history_record, once a results file ─▶ mb_history_close
 *                     └▶ mb_history_log_read ─▶ mb_history_scan ─┘
 *
 * A run is what one bench program of a results file measured: it is keyed by commit, branch, machine class and the
 * program's build id. A machine class is what decides whether two runs compare: architecture, page size, number of
 * processors, source of RSS, C library, allocator, address randomization and huge pages. Kernel and host are kept
 * next to it and divide nothing. docs/history.md describes the tables.
 *
 * The file is in write-ahead mode: readers never wait, writers wait for each other. Nothing here removes or replaces a
 * file: one that is damaged, of another program, or of a newer membench is refused and left as it is. */
#ifndef MEMBENCH_FEATURES_HISTORY_HISTORY_H
#define MEMBENCH_FEATURES_HISTORY_HISTORY_H

#include "model/case_source.h"

#define MB_HISTORY_PATH ".membench/history.db"

enum { MB_HISTORY_VERSION = 1, MB_HISTORY_NAME_BYTES_MAX = 200 };

typedef struct mb_history mb_history;

typedef enum mb_history_access {
    MB_HISTORY_READ,  /* the file must be there */
    MB_HISTORY_WRITE, /* it is made if it is not; its folder must be there */
} mb_history_access;

/* Opens the file. *history is new, freed by close. MB_ERROR_FORMAT: it is damaged, something else, or newer. */
MB_NODISCARD mb_status mb_history_open(const char *path, mb_history_access access, mb_history **history,
                                       mb_error *error);

void mb_history_close(mb_history *history); /* NULL is fine */

/* Which commit a run measured. Strings are borrowed for the call. */
typedef struct mb_history_commit {
    const char *name;    /* a full hash, or any name without blanks: at most MB_HISTORY_NAME_BYTES_MAX bytes */
    const char *branch;  /* or NULL */
    const char *subject; /* the first line of its message, or NULL */
    int64_t time_s;      /* when it was made, since 1970; 0: not known, the run's date stands in for it */
} mb_history_commit;

typedef struct mb_history_added {
    size_t run_count;   /* new runs; 0 and no points: everything was there already */
    size_t case_count;  /* cases with at least one new value */
    size_t point_count; /* new values */
    size_t kept_count;  /* values that were there already, and stayed as they were */
} mb_history_added;

/* Adds all measured values of a results file in one transaction: all of it is there afterwards, or nothing. A program
 * that has a run of that commit, branch, machine class and build id gets just the values which that run lacks, so that
 * recording a file twice changes nothing; with again it gets another run. An interrupted run, a shard, and a file
 * without any value are MB_ERROR_USAGE. Waits up to 30 s for other writers. */
MB_NODISCARD mb_status mb_history_record(mb_history *history, const mb_history_commit *commit,
                                         const mb_case_source *source, bool again, mb_history_added *added,
                                         mb_error *error);

/* From here to end everything that is recorded is one transaction: for imports of many files. Without end, close takes
 * it all back. */
MB_NODISCARD mb_status mb_history_begin(mb_history *history, mb_error *error);
MB_NODISCARD mb_status mb_history_end(mb_history *history, mb_error *error);

typedef struct mb_history_machine {
    int64_t id;
    const char *architecture, *libc, *allocator, *aslr, *thp, *rss_source; /* "" where not known */
    uint64_t page_bytes;
    int cpu_count;
} mb_history_machine;

typedef struct mb_history_run {
    int64_t id;
    const char *commit, *subject, *branch; /* subject and branch "" where not known */
    int64_t time_s;                        /* of the commit */
    const char *program;                   /* name of its file */
    const char *build_id, *date, *kernel, *host_name;
    size_t case_count;
    size_t machine; /* index into the log's */
    size_t cohort;  /* runs of one program in one machine class have the same: only these make a curve */
} mb_history_run;

/* Runs in the order of their commits: by the time a commit was made, then by recording. */
typedef struct mb_history_log {
    mb_history_run *runs;
    size_t run_count;
    mb_history_machine *machines;
    size_t machine_count, cohort_count;
    size_t *places; /* of run ids up to id_max: index into runs, SIZE_MAX when the run is not in the log */
    size_t id_max;
    mb_arena arena;
} mb_history_log; /* zeroed is empty; mb_history_log_fini frees it */

/* Reads all runs, or those of one branch (and of one machine class, program) where that is not NULL (0). */
typedef struct mb_history_filter {
    const char *branch, *program;
    int64_t machine_id;
} mb_history_filter;
MB_NODISCARD mb_status mb_history_log_read(mb_history *history, const mb_history_filter *filter, mb_history_log *log,
                                           mb_error *error);
void mb_history_log_fini(mb_history_log *log);

/* The branch that most commits were recorded of, "" when that is none by name; lives in the arena. */
MB_NODISCARD mb_status mb_history_main_branch(mb_history *history, mb_arena *arena, const char **branch,
                                              mb_error *error);

typedef struct mb_history_point {
    size_t run;    /* index into the log's */
    double value;  /* the median where is_exact is false */
    bool is_exact; /* all samples were equal */
    size_t blob_bytes;
    const void *blob; /* raw samples, see samples.h; NULL when exact, or when samples were not asked for */
} mb_history_point;

/* One metric of one case in one cohort. Valid during the visit. */
typedef struct mb_history_series {
    const char *case_id;
    mb_metric metric;
    size_t cohort;
    const mb_history_point *points; /* in the order of the log; at least one */
    size_t count;
    bool is_exact; /* every point is */
} mb_history_series;

typedef struct mb_history_scan {
    const mb_history_log *log;
    const char *case_id; /* NULL: all cases */
    const bool *metrics; /* [MB_METRIC_COUNT]; NULL: all */
    bool with_samples;   /* fill in blob */
    /* Called with each series, case by case in the order they were first recorded; not MB_OK ends the scan. */
    mb_status (*visit)(void *context, const mb_history_series *series, mb_error *error);
    void *context;
} mb_history_scan;
MB_NODISCARD mb_status mb_history_scan_run(mb_history *history, const mb_history_scan *scan, mb_error *error);

/* The case of that id, else the only one whose id has word in it.  When nothing fits, MB_ERROR_USAGE says which are
 * close. *id lives in the arena. */
MB_NODISCARD mb_status mb_history_case_find(mb_history *history, const char *word, mb_arena *arena, const char **id,
                                            mb_error *error);

typedef struct mb_history_pruned {
    size_t commit_count, run_count;
    uint64_t before_bytes, after_bytes; /* of the file */
} mb_history_pruned;

/* Removes the runs of all but the newest keep_count commits of each branch (0: does not matter), and those of commits
 * made before older_s (0: does not matter); then gives the space back. */
MB_NODISCARD mb_status mb_history_prune(mb_history *history, size_t keep_count, int64_t older_s,
                                        mb_history_pruned *pruned, mb_error *error);

/* "2026-11-22", "2026-11-22T10:25:03+00:00" (without a zone: UTC) as seconds since 1970; false on anything else. */
bool mb_history_date_parse(const char *text, int64_t *time_s);

#endif
