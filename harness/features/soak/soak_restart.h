/* soak_restart.h: a process that is watched by its id, ends and is started again: which one came in its place? */
#ifndef MEMBENCH_FEATURES_SOAK_SOAK_RESTART_H
#define MEMBENCH_FEATURES_SOAK_SOAK_RESTART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MB_SOAK_COMMAND_BYTES_MAX = 4096 };

/* By what a process is known again. */
typedef struct mb_soak_likeness {
    char command_line[MB_SOAK_COMMAND_BYTES_MAX]; /* its words, each with a 0 behind it; as many as fit */
    size_t length;
    uint64_t started, seen; /* ticks of the machine's clock: it was started, and seen alive last */
} mb_soak_likeness;

/* Takes that of a live process; false, with *likeness untouched, when there is none or it has no command line. */
bool mb_soak_likeness_take(pid_t pid, mb_soak_likeness *likeness);

/* Notes that it is alive now. */
void mb_soak_likeness_see(mb_soak_likeness *likeness);

/* The first process with the same command line that was started after this one was seen last; 0: none so far. Workers
 * that were there already are none. */
pid_t mb_soak_likeness_find(const mb_soak_likeness *likeness);

#endif
