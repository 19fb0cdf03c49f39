/* What a program does that has an old Google Benchmark linked into it, as far as membench can see: it has the name of
 * --benchmark_list_tests in it, and refuses a number of iterations. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--benchmark_min_time=", strlen("--benchmark_min_time=")) == 0 &&
            strchr(argv[i], 'x') != NULL) {
            fprintf(stderr, "error: unrecognized command-line flag: %s\n", argv[i]);
            return 1;
        }
    puts("BM_Old");
    return argc > 1 && strncmp(argv[1], "--benchmark_list_tests", strlen("--benchmark_list_tests")) == 0 ? 0 : 2;
}
