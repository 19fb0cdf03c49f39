/* soak_family.h: which processes a tick of a soak stands for, and what became of them since the tick before. */
#ifndef MEMBENCH_MODEL_SOAK_FAMILY_H
#define MEMBENCH_MODEL_SOAK_FAMILY_H

#include "model/soak_series.h"

enum { MB_SOAK_FAMILY_MAX = 256 }; /* processes; more are summed, but not followed one by one */

/* Zeroed before the first tick. */
typedef struct mb_soak_family {
    long pids[MB_SOAK_FAMILY_MAX]; /* of the tick before */
    size_t count;
    long process_id;       /* that names the family */
    size_t missing;        /* ended, and nobody came in their place yet */
    size_t replaced_count; /* so far */
} mb_soak_family;

/* Takes the processes of the next tick, at least one, the first of which names the family, and writes process_id,
 * process_count and replaced_count into the tick.
 *
 * As long as one process stays it is the same family: one that comes after another has ended takes its place, which is
 * what a server does with its workers. A family of which nobody stays was started again, and has another name. */
void mb_soak_family_next(mb_soak_family *family, const long *pids, size_t count, mb_soak_tick *tick);

#endif
