/* project.h: membench.json, a project's own settings: its bench programs and the growth it allows.
 *
 *     {
 *       "programs": ["build/bench/parser_bench", "build/bench/queue_bench"],
 *       "threshold": "10%",
 *       "thresholds": {"anon": "5%", "heap_alloc_count": "0%"}
 *     }
 *
 * Paths are relative to the folder of the file. docs/project.schema.json describes it for editors. */
#ifndef MEMBENCH_RESULTS_PROJECT_H
#define MEMBENCH_RESULTS_PROJECT_H

#include "support/arena.h"
#include "support/error.h"

#include <stdbool.h>

enum { MB_PROJECT_BYTES_MAX = 1024 * 1024 };

typedef struct mb_project_threshold {
    const char *metric; /* as --threshold takes it; NULL: all metrics */
    double ratio;
    int line, column; /* of the metric's name, for messages */
} mb_project_threshold;

typedef struct mb_project { /* everything lives in the arena given to read */
    const char *const *programs;
    size_t program_count;
    const mb_project_threshold *thresholds; /* the one for all metrics first */
    size_t threshold_count;
} mb_project;

/* Reads the file. *exists is false, and *project untouched, when there is none. What is wrong in it is
 * MB_ERROR_USAGE, as "membench.json:3:14: …". */
MB_NODISCARD mb_status mb_project_read(const char *path, mb_arena *arena, bool *exists, mb_project *project,
                                       mb_error *error);

/* The same from memory (bytes[length] must be 0); name stands in messages. */
MB_NODISCARD mb_status mb_project_parse(const char *name, const char *bytes, size_t length, mb_arena *arena,
                                        mb_project *project, mb_error *error);

#endif
