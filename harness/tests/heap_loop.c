/* What a call of malloc and one of free cost together: heap_loop BLOCKS PAIRS prints ns a pair, the least of five
 * parts. BLOCKS are alive at a time: 1 is the tight loop, 1000 makes a heap that rises and falls. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BLOCKS_MAX = 1000, BLOCK_BYTES = 64, PARTS = 50 };

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void tight(long pairs)
{
    for (long i = 0; i < pairs; i++) {
        void *block = malloc(BLOCK_BYTES);
        __asm__ volatile("" : "+r"(block) : : "memory");
        free(block);
    }
}

static void rise_and_fall(long pairs, int blocks)
{
    static void *alive[BLOCKS_MAX];
    for (long done = 0; done < pairs; done += blocks) {
        for (int i = 0; i < blocks; i++)
            alive[i] = malloc(BLOCK_BYTES);
        __asm__ volatile("" : : : "memory");
        for (int i = 0; i < blocks; i++)
            free(alive[i]);
    }
}

int main(int argc, char **argv)
{
    int blocks = argc == 3 ? atoi(argv[1]) : 0;
    long pairs = argc == 3 ? atol(argv[2]) / PARTS : 0;
    if (blocks < 1 || blocks > BLOCKS_MAX || pairs < 1)
        return 2;
    double least_ns = 0;
    for (int part = 0; part < PARTS; part++) {
        double start_ns = now_ns();
        if (blocks == 1)
            tight(pairs);
        else
            rise_and_fall(pairs, blocks);
        double pair_ns = (now_ns() - start_ns) / (double)pairs;
        if (part == 0 || pair_ns < least_ns)
            least_ns = pair_ns;
    }
    printf("%.3f\n", least_ns);
    return 0;
}
