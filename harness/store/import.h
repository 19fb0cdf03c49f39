/* import.h: files of other tools. Each reader rewrites its format as Google Benchmark's JSON, an element for each
 * sample, which the reader of results takes like any other. A new one is a file and a line of MB_IMPORT_READERS. */
#ifndef MEMBENCH_STORE_IMPORT_H
#define MEMBENCH_STORE_IMPORT_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "store/input.h"

#include <stdbool.h>

enum { MB_IMPORT_BYTES_MAX = 64 * 1024 * 1024, MB_IMPORT_PROBLEM_BYTES = 128 };

#define MB_IMPORT_READERS(READER)                                                                                      \
    READER(action)                                                                                                     \
    READER(dhat)                                                                                                       \
    READER(go)                                                                                                         \
    READER(hyperfine)                                                                                                  \
    READER(massif)

/* What is wrong with a file, and in which line; 0: in none. */
typedef struct mb_import_problem {
    char text[MB_IMPORT_PROBLEM_BYTES];
    size_t line;
} mb_import_problem;

typedef struct mb_import_reader {
    const char *name; /* of the tool */
    bool (*knows)(const char *text, size_t length);
    /* Writes the elements of "benchmarks"; text[length] is 0. False with *problem when the text is not what it seems.
     */
    bool (*convert)(const char *text, size_t length, mb_json_writer *json, mb_import_problem *problem);
} mb_import_reader;

#define MB_IMPORT_DECLARE(name) extern const mb_import_reader mb_import_##name;
MB_IMPORT_READERS(MB_IMPORT_DECLARE)
#undef MB_IMPORT_DECLARE

/* Begins an element: one sample of a case; and ends with mb_json_write_close(json, '}'). */
void mb_import_open_sample(mb_json_writer *json, const char *id, size_t length);

/* "GROUP/COMMAND" to id, which has MB_ID_BYTES_MAX, without control characters. Its length; 0 when it is too long. */
size_t mb_import_name(char *id, const char *group, const char *command);

/* "TOOL/PROGRAM ARGUMENTS" to id, which has MB_ID_BYTES_MAX: the program without its folder, so that two builds have
 * one case. False with *problem when it is too long for an id, or empty. */
bool mb_import_name_command(char *id, const char *tool, const char *command, mb_import_problem *problem);

/* What a reader makes of the input, for the caller to free: *json NULL when no reader knows it. MB_ERROR_FORMAT names
 * the file and the line. */
MB_NODISCARD mb_status mb_import_convert(const mb_input *input, char **json, size_t *length, mb_error *error);

/* One run of a file that keeps many: github-action-benchmark's data.js. */
typedef struct mb_import_run {
    const char *suite, *commit, *subject, *timestamp; /* of the commit; subject and timestamp "" where not known */
    int64_t date_ms;                                  /* when it was measured, since 1970; 0: not known */
    char *json; /* as mb_import_convert has it; NULL: no value of a known metric */
    size_t length;
} mb_import_run;

typedef struct mb_import_past {
    mb_import_run *runs; /* suite by suite, oldest first; run_count 0: the file is none of these */
    size_t run_count;
    mb_arena arena;
} mb_import_past;

/* Reads all runs of such a file; of any other none. MB_ERROR_FORMAT when it begins as one and is not. */
MB_NODISCARD mb_status mb_import_past_read(const char *path, mb_import_past *past, mb_error *error);
void mb_import_past_fini(mb_import_past *past);

#endif
