/* What a call of malloc and one of free cost together below a stack: sites_loop DEPTH PAIRS prints ns a pair, the least
 * of several parts. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PARTS = 20 };

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static __attribute__((noinline, noclone)) double loop(long pairs)
{
    double start_ns = now_ns();
    for (long i = 0; i < pairs; i++) {
        void *block = malloc(64);
        __asm__ volatile("" : "+r"(block) : : "memory");
        free(block);
    }
    return (now_ns() - start_ns) / (double)pairs;
}

static __attribute__((noinline, noclone)) double descend(int depth, long pairs)
{
    double pair_ns = depth > 0 ? descend(depth - 1, pairs) : loop(pairs);
    __asm__ volatile("" : : : "memory"); /* no tail call */
    return pair_ns;
}

int main(int argc, char **argv)
{
    enum { FRAMES_AROUND = 5 }; /* malloc's caller, main, and those of the C library */
    int depth = argc == 3 ? atoi(argv[1]) : 0;
    long pairs = argc == 3 ? atol(argv[2]) / PARTS : 0;
    if (depth < FRAMES_AROUND - 1 || pairs < 1)
        return 2;
    double least_ns = 0;
    for (int part = 0; part < PARTS; part++) {
        double pair_ns = descend(depth > FRAMES_AROUND ? depth - FRAMES_AROUND : 0, pairs);
        if (part == 0 || pair_ns < least_ns)
            least_ns = pair_ns;
    }
    printf("%.3f\n", least_ns);
    return 0;
}
