/* results_reader.h: reads results files and baselines, one case at a time; the input may be hostile.
 *
 *     mb_results_reader_open ─▶ mb_results_reader_run, _count, _id, _find, _read in any order ─▶
 * mb_results_reader_close
 *
 * Opening scans the file once for the bounds of its elements and keeps an index of ids; reading parses one element.
 * The file stays open and is read again, so it must not be changed in place (membench replaces files whole).
 * A plain Google Benchmark file can be read as well, repetitions being samples: its cases have times, and what a memory
 * manager counted; and so can files of other tools (import.h).
 */
#ifndef MEMBENCH_STORE_RESULTS_READER_H
#define MEMBENCH_STORE_RESULTS_READER_H

#include "base/error.h"
#include "model/case_source.h"
#include "model/result.h"

enum {
    MB_RESULTS_FORMAT = 1,                          /* version written, and the highest one read */
    MB_RESULTS_ELEMENT_BYTES_MAX = 4 * 1024 * 1024, /* of one case in a file, or of the context */
    MB_RESULTS_DEPTH_MAX = 32,                      /* nesting of objects and arrays */
    MB_RESULTS_SERIES_MAX = 100000,                 /* samples of one series */
    MB_RESULTS_CASE_SAMPLES_MAX = 2000000,          /* samples of all series of one case */
    MB_RESULTS_CASES_MAX = 2000000,
};

typedef struct mb_results_reader mb_results_reader;

/* Opens path, or standard input ("-", copied to an unlinked temporary file). Errors are one line with the name and,
 * where there is one, the line and column. A file that does not exist is MB_ERROR_SYSTEM, a bad one MB_ERROR_FORMAT. */
MB_NODISCARD mb_status mb_results_reader_open(const char *path, mb_results_reader **reader, mb_error *error);

/* The same from memory, borrowed until close; name is in messages. */
MB_NODISCARD mb_status mb_results_reader_open_memory(const char *name, const void *bytes, size_t length,
                                                     mb_results_reader **reader, mb_error *error);

void mb_results_reader_close(mb_results_reader *reader); /* NULL is fine */

const mb_run_info *mb_results_reader_run(const mb_results_reader *reader);       /* alive until close */
size_t mb_results_reader_count(const mb_results_reader *reader);                 /* cases */
const char *mb_results_reader_id(const mb_results_reader *reader, size_t index); /* in file order; alive until close */
bool mb_results_reader_find(const mb_results_reader *reader, const char *id, size_t *index);

/* Parses case index (< count) into *result, all of it in arena. */
MB_NODISCARD mb_status mb_results_reader_read(mb_results_reader *reader, size_t index, mb_arena *arena,
                                              mb_case_result *result, mb_error *error);

/* The reader as a source of cases (case_source.h); valid until close. */
mb_case_source mb_results_reader_source(mb_results_reader *reader);

#endif
