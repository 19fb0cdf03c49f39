/* results_fixture.h: a run and cases with everything in them, a folder to write to, and equality of all of it. */
#ifndef MEMBENCH_TESTS_RESULTS_FIXTURE_H
#define MEMBENCH_TESTS_RESULTS_FIXTURE_H

#include "model/result.h"

enum { MB_FIXTURE_CASES = 4 };

extern const mb_run_info mb_fixture_run;

/* ok with all kinds of series, regions, marks and counts; times only; crashed; skipped and odd names. Static. */
extern const mb_case_result mb_fixture_cases[MB_FIXTURE_CASES];

/* True when all that the file keeps is equal: pointers by what they point to, doubles bit by bit. */
bool mb_fixture_case_equals(const mb_case_result *a, const mb_case_result *b);
bool mb_fixture_run_equals(const mb_run_info *a, const mb_run_info *b);

/* A new empty folder below the system's folder for temporary files; static storage, removed at exit with its files. */
const char *mb_fixture_folder(void);

/* folder/name in one of a few static buffers. */
const char *mb_fixture_path(const char *folder, const char *name);

/* A file's bytes, to be freed, terminated; NULL when there is none. */
char *mb_fixture_read(const char *path, size_t *length);
void mb_fixture_write(const char *path, const void *bytes, size_t length);

/* Number of entries of a folder, hidden ones included. */
size_t mb_fixture_count_files(const char *folder);

#endif
