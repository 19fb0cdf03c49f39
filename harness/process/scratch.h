/* scratch.h: a folder for temporary files for each place that processes run in, empty whenever one begins.
 *
 * Programs make names of temporary files from random bytes, which are the same in every worker (chance/chance.h): two
 * that run at once would collide, and take another way. One folder of ours, in $TMPDIR or /tmp, has one for each slot;
 * all are made when they are first wanted, and gone at the end. What a process leaves in ours stays for the others of
 * the run (bench/wasm/compile.c). */
#ifndef MEMBENCH_PROCESS_SCRATCH_H
#define MEMBENCH_PROCESS_SCRATCH_H

#include "process/runner.h"

enum { MB_SCRATCH_BYTES = 256 }; /* of a path; below a longer $TMPDIR no folder is made */

typedef struct mb_scratch {
    char *root; /* MB_SCRATCH_BYTES, the caller's; "" until there is one */
    bool is_tried;
    char path[MB_SCRATCH_BYTES + 4]; /* of a slot's, as last asked for */
    int folders[MB_JOBS_MAX];        /* open; -1: not made */
} mb_scratch;

void mb_scratch_init(mb_scratch *scratch, char root[MB_SCRATCH_BYTES]);

/* The path of a slot's folder, or NULL where none can be made. Valid until the next call. */
const char *mb_scratch_folder(mb_scratch *scratch, size_t slot);

/* Removes what a process has left in the folder of its slot. */
void mb_scratch_clear(mb_scratch *scratch, size_t slot);

void mb_scratch_fini(mb_scratch *scratch);

#endif
