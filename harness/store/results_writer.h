/* results_writer.h: writes a results file or baseline, case by case; docs/file-format.md describes the file.
 *
 *     mb_results_writer_begin ─▶ mb_results_writer_add, once a case ─▶ mb_results_writer_finish
 *                                                                  └─▶ mb_results_writer_abandon
 *
 * A path is written whole or not at all: the text goes into a temporary file in the same folder, which finish moves
 * over the path after it has reached the disk. Until then the old file stays as it was. The same input gives the same
 * bytes. */
#ifndef MEMBENCH_STORE_RESULTS_WRITER_H
#define MEMBENCH_STORE_RESULTS_WRITER_H

#include "base/error.h"
#include "model/case_source.h"

typedef struct mb_results_writer mb_results_writer; /* freed by finish or abandon, whatever finish returns */

/* Opens the temporary file and writes the context. "-" is standard output. What is not a regular file (/dev/stdout, a
 * pipe) is written to directly. run is borrowed for the call only. */
MB_NODISCARD mb_status mb_results_writer_begin(const char *path, const mb_run_info *run, mb_results_writer **writer,
                                               mb_error *error);

/* The same to an open descriptor, which stays open; name is in messages. Nothing is renamed or synced. */
MB_NODISCARD mb_status mb_results_writer_begin_descriptor(int descriptor, const char *name, const mb_run_info *run,
                                                          mb_results_writer **writer, mb_error *error);

/* Writes one case. result->program must be below run->program_count (or 0). After a failure only abandon is of use. */
MB_NODISCARD mb_status mb_results_writer_add(mb_results_writer *writer, const mb_case_result *result, mb_error *error);

/* Ends the file, syncs it, moves it to its place, syncs the folder. Frees the writer in any case; on failure the old
 * file is intact and the temporary one is gone. */
MB_NODISCARD mb_status mb_results_writer_finish(mb_results_writer *writer, mb_error *error);

/* All of that: writes the cases of a source to path. */
MB_NODISCARD mb_status mb_results_write(const char *path, const mb_case_source *source, mb_error *error);

/* The same to MB_LAST_RUN, which the next run replaces: nothing is synced. */
MB_NODISCARD mb_status mb_results_write_last(const mb_case_source *source, mb_error *error);

/* Removes the temporary file and frees the writer; NULL is fine. */
void mb_results_writer_abandon(mb_results_writer *writer);

#endif
