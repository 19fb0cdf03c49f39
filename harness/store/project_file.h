/* project_file.h: membench.json, a project's own settings: its bench programs, the growth it allows, and what cases may
 * take.
 *
 *     {
 *       "programs": ["build/bench/parser_bench", "build/bench/queue_*"],
 *       "prefix_ids": false,
 *       "modules": ["build/parser.wasm"],
 *       "threshold": "10%",
 *       "thresholds": {"anon": "5%", "heap_alloc_count": "0%"},
 *       "budgets": {"anon": "64MiB"},
 *       "cases": {
 *         "parser_load/.*": {"budgets": {"anon": "2MiB", "heap_alloc_count": 500}},
 *         "queue_threads/8": {"threshold": "30%", "advisory": true}
 *       }
 *     }
 *
 * Paths are relative to the folder of the file. docs/project.schema.json describes it for editors. */
#ifndef MEMBENCH_STORE_PROJECT_FILE_H
#define MEMBENCH_STORE_PROJECT_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/units.h"

#include <stdbool.h>

enum { MB_PROJECT_BYTES_MAX = 1024 * 1024, MB_PROJECT_CASES_MAX = 256, MB_PROJECT_ROWS_MAX = 128 };

typedef struct mb_project_place { /* in the file, from 1; for messages */
    int line, column;
} mb_project_place;

typedef struct mb_project_threshold {
    const char *metric; /* as --threshold takes it; NULL: all metrics */
    mb_threshold said;
    mb_project_place place; /* of the metric's name */
} mb_project_threshold;

typedef struct mb_project_budget {
    const char *metric;
    double value;           /* in the metric's unit */
    bool is_size;           /* written as "2MiB", which no count can be */
    const char *pin;        /* "v1.0" of "+25% of v1.0": relative to that baseline; else NULL */
    mb_threshold allowed;   /* then: how much more than it */
    mb_project_place place; /* of the metric's name */
} mb_project_budget;

typedef enum mb_project_advisory { MB_ADVISORY_UNSAID, MB_ADVISORY_NO, MB_ADVISORY_YES } mb_project_advisory;

/* What holds for all cases, or for some. */
typedef struct mb_project_rules {
    const mb_project_threshold *thresholds; /* the one for all metrics first */
    size_t threshold_count;
    const mb_project_budget *budgets;
    size_t budget_count;
    mb_project_advisory advisory; /* of cases only */
} mb_project_rules;

typedef struct mb_project_case {
    const char *pattern; /* an id, or a regular expression that a whole id matches */
    mb_project_place place;
    mb_project_rules rules;
} mb_project_case;

typedef struct mb_project {      /* everything lives in the arena given to read */
    const char *const *programs; /* as written: mb_programs_expand (session/) */
    size_t program_count;
    bool prefixes_ids;
    const char *const *modules; /* WebAssembly, for `membench wasm` */
    size_t module_count;
    mb_project_rules rules;
    const mb_project_case *cases; /* in the order of the file; at most MB_PROJECT_CASES_MAX */
    size_t case_count;
} mb_project;

/* Reads the file. *exists is false, and *project untouched, when there is none. What is wrong with it is
 * MB_ERROR_USAGE, as "membench.json:3:14: …". */
MB_NODISCARD mb_status mb_project_read(const char *path, mb_arena *arena, bool *exists, mb_project *project,
                                       mb_error *error);

/* The same from memory (bytes[length] must be 0); name is in messages. */
MB_NODISCARD mb_status mb_project_parse(const char *name, const char *bytes, size_t length, mb_arena *arena,
                                        mb_project *project, mb_error *error);

#endif
