/* leak_idle.h: does memory come back when the load ends? Pure. */
#ifndef MEMBENCH_JUDGE_LEAK_IDLE_H
#define MEMBENCH_JUDGE_LEAK_IDLE_H

#include <stddef.h>

typedef enum mb_soak_decline {
    MB_SOAK_DECLINE_NONE, /* no idle phase after a run */
    MB_SOAK_NOT_RISEN,    /* the run added too little to tell whether it came back */
    MB_SOAK_DECLINED,     /* at least four fifths of what the run added came back */
    MB_SOAK_NOT_DECLINED
} mb_soak_decline;

typedef struct mb_soak_idle {
    mb_soak_decline verdict;
    double rise_bytes, back_bytes; /* what the run added, and how much of it came back; back may be negative */
} mb_soak_idle;

/* run_bytes: sizes while there was load, from the start of the record; idle_bytes: in the idle phase behind it. Levels
 * are medians: of the first fiftieth of the run, of its last tenth, and of the last tenth of the idle phase, so that
 * neither a peak nor the time in which memory goes down decides. A rise up to 64 KiB, or a hundredth of the level, is
 * none. scratch: as many values as the longer one. */
mb_soak_idle mb_soak_idle_judge(const double *run_bytes, size_t run_count, const double *idle_bytes, size_t idle_count,
                                double *scratch);

#endif
