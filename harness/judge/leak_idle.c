#include "judge/leak_idle.h"

#include "judge/leak_blocks.h"

#include <math.h>
#include <string.h>

static const double BACK_RATIO = 0.8, RISE_LEAST_BYTES = 64 * 1024, RISE_LEAST_RATIO = 0.01;

static double middle_of(const double *values, size_t count, double *scratch)
{
    memcpy(scratch, values, count * sizeof *scratch);
    return mb_median(scratch, count);
}

mb_soak_idle mb_soak_idle_judge(const double *run_bytes, size_t run_count, const double *idle_bytes, size_t idle_count,
                                double *scratch)
{
    mb_soak_idle judged = {0};
    if (run_count == 0 || idle_count == 0)
        return judged;
    size_t first = (run_count + 49) / 50, last = (run_count + 9) / 10, rest = (idle_count + 9) / 10;
    double start = middle_of(run_bytes, first, scratch);
    double loaded = middle_of(run_bytes + run_count - last, last, scratch);
    double idle = middle_of(idle_bytes + idle_count - rest, rest, scratch);
    judged.rise_bytes = loaded - start;
    judged.back_bytes = loaded - idle;
    if (judged.rise_bytes <= fmax(RISE_LEAST_BYTES, RISE_LEAST_RATIO * start))
        judged.verdict = MB_SOAK_NOT_RISEN;
    else
        judged.verdict = judged.back_bytes >= BACK_RATIO * judged.rise_bytes ? MB_SOAK_DECLINED : MB_SOAK_NOT_DECLINED;
    return judged;
}
