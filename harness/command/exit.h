/* exit.h: exit codes. When several hold, the first of 2, 1, 3, 5, 4 decides. */
#ifndef MEMBENCH_COMMAND_EXIT_H
#define MEMBENCH_COMMAND_EXIT_H

#include "base/error.h"

typedef enum mb_exit {
    MB_EXIT_OK = 0,
    MB_EXIT_FAILED = 1,    /* a case, a worker or a file */
    MB_EXIT_USAGE = 2,     /* the command line or membench.json; or nothing matched */
    MB_EXIT_REGRESSED = 3, /* memory grew beyond the threshold */
    MB_EXIT_SUSPECT = 4,   /* suspect or inconclusive, with --strict */
    MB_EXIT_BASELINE = 5,  /* a baseline is missing, or no gating metric of it is comparable */
    MB_EXIT_SIGNAL = 128,  /* plus the signal's number: interrupted */
} mb_exit;

/* The code of an error. */
mb_exit mb_exit_of_error(const mb_error *error);

/* Which of two codes decides. */
mb_exit mb_exit_worse(mb_exit left, mb_exit right);

#endif
