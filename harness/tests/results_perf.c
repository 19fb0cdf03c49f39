/* Writes two results files of CASES cases and reads both as a comparison does; what ci/perf-results prints.
 * membench-results-perf FOLDER [CASES]: processor seconds, and the resident set of the reading process alone. */
#include "store/results_reader.h"
#include "store/results_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { METRICS = 10, SAMPLES = 20 };

static mb_error error;

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* a busy neighbour does not show */
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void stop(void)
{
    fprintf(stderr, "%s\n", error.message);
    exit(1);
}

/* All series noisy: exact ones would be written as value and count. */
static void write_file(const char *path, size_t case_count)
{
    mb_program_info program = {
        .path = "./bench", .build_id = "0123", .libc = "glibc", .allocator = "glibc", .aslr = "off", .thp = "off"};
    mb_run_info run = {
        .date = "2024-01-01", .complete = true, .page_bytes = 4096, .programs = &program, .program_count = 1};
    mb_results_writer *writer;
    unsigned state = 1;
    if (mb_results_writer_begin(path, &run, &writer, &error) != MB_OK)
        stop();
    for (size_t i = 0; i < case_count; i++) {
        char id[64];
        double values[METRICS][SAMPLES];
        mb_case_result result = {
            .id = id, .group = "group", .params = {{"jobs", i, MB_UNIT_NONE, NULL}}, .param_count = 1};
        snprintf(id, sizeof id, "group_%zu/case/%zu", i / 10, i % 10);
        for (int m = 0; m < METRICS; m++) {
            for (int k = 0; k < SAMPLES; k++)
                values[m][k] = 4096.0 * (double)((state = state * 1103515245u + 12345u) >> 20);
            result.series[m * 3] = (mb_series){values[m], SAMPLES};
        }
        if (mb_results_writer_add(writer, &result, &error) != MB_OK)
            stop();
    }
    if (mb_results_writer_finish(writer, &error) != MB_OK)
        stop();
}

static size_t peak_kib(void)
{
    char line[256];
    size_t peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmHWM: %zu", &peak) == 1)
            break;
    if (status != NULL)
        fclose(status);
    return peak;
}

static void read_files(const char *old_path, const char *new_path)
{
    mb_results_reader *old, *new;
    mb_arena arena = {0};
    double start = now_seconds();
    if (mb_results_reader_open(old_path, &old, &error) != MB_OK ||
        mb_results_reader_open(new_path, &new, &error) != MB_OK)
        stop();
    double opened = now_seconds();
    for (size_t i = 0; i < mb_results_reader_count(old); i++) {
        mb_case_result before, after;
        size_t index;
        mb_arena_reset(&arena);
        if (!mb_results_reader_find(new, mb_results_reader_id(old, i), &index) ||
            mb_results_reader_read(old, i, &arena, &before, &error) != MB_OK ||
            mb_results_reader_read(new, index, &arena, &after, &error) != MB_OK)
            stop();
    }
    double end = now_seconds();
    printf("%zu cases: open %.3f s, read %.3f s, peak resident %zu KiB\n", mb_results_reader_count(old), opened - start,
           end - opened, peak_kib());
    mb_results_reader_close(old);
    mb_results_reader_close(new);
    mb_arena_fini(&arena);
}

int main(int argc, char **argv)
{
    char old_path[512], new_path[512];
    size_t case_count = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
    if (argc < 2)
        return 2;
    snprintf(old_path, sizeof old_path, "%s/old.json", argv[1]);
    snprintf(new_path, sizeof new_path, "%s/new.json", argv[1]);
    pid_t writer = fork(); /* a process of its own, for the peak of the reading one alone */
    if (writer == 0) {
        double start = now_seconds();
        write_file(old_path, case_count);
        write_file(new_path, case_count);
        printf("%zu cases: write %.3f s\n", case_count, now_seconds() - start);
        return 0;
    }
    int status = 0;
    if (waitpid(writer, &status, 0) != writer || status != 0)
        return 1;
    read_files(old_path, new_path);
    return 0;
}
