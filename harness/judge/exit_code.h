/* exit_code.h: what membench exits with. When several codes hold, the first of 2, 1, 3, 5, 4 decides. */
#ifndef MEMBENCH_JUDGE_EXIT_CODE_H
#define MEMBENCH_JUDGE_EXIT_CODE_H

typedef enum mb_exit {
    MB_EXIT_OK = 0,
    MB_EXIT_FAILED = 1,    /* a case, a process or a file */
    MB_EXIT_USAGE = 2,     /* the command line or membench.json; or nothing matched */
    MB_EXIT_REGRESSED = 3, /* memory grew beyond the threshold, or is over its budget */
    MB_EXIT_SUSPECT = 4,   /* suspect or inconclusive, with --strict */
    MB_EXIT_BASELINE = 5,  /* a baseline is missing, or nothing could be compared with it */
    MB_EXIT_SIGNAL = 128,  /* plus the signal's number: interrupted */
} mb_exit;

/* Which of two codes decides. */
mb_exit mb_exit_worse(mb_exit left, mb_exit right);

#endif
