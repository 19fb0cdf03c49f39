/* stored_runs.h: several stored runs as one, for a report of all of them. */
#ifndef MEMBENCH_STORE_STORED_RUNS_H
#define MEMBENCH_STORE_STORED_RUNS_H

#include "model/case_source.h"

/* Where every run in a folder leaves its samples, relative to it. */
#define MB_LAST_RUN ".membench/last.json"

/* What a stored run is called: "main" of baselines/main.json. Cut where there is no room. */
const char *mb_run_name(const char *path, char *name, size_t size);

typedef struct mb_runs mb_runs;

/* Opens all files (count >= 1). The facts of the run are those of the first file; the others' are among its settings,
 * and the programs of all one after the other. Where runs have cases in common, as under several allocators, every case
 * is told apart by what differs: its run becomes its function, or a part of it ("group/jemalloc 5.3.0/100"). */
MB_NODISCARD mb_status mb_runs_open(const char *const *paths, size_t count, mb_runs **runs, mb_error *error);

/* Valid until close. */
mb_case_source mb_runs_source(mb_runs *runs);

/* Whether the ids are no longer those of the files, so that no baseline has them. */
bool mb_runs_are_renamed(const mb_runs *runs);

void mb_runs_close(mb_runs *runs); /* NULL is fine */

#endif
