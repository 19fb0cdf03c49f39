/* Seeds and draws. */
#include "chance.h"

#include <stdlib.h>
#include <unistd.h>

uint64_t chance_seed(void)
{
    const char *text = getenv("TRUTH_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    uint64_t process = (uint64_t)getpid();
    return seed ^ chance_next(&process);
}

uint64_t chance_next(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *seed;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* The sum of twelve even draws from [0, 1) has mean 6 and variance 1: near enough, and it needs no libm. */
double chance_normal(uint64_t *seed)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += (double)(chance_next(seed) >> 11) * 0x1p-53;
    return sum - 6;
}
