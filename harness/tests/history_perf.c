/* history_perf FILE COMMITS CASES: makes a synthetic history through the functions that record one, and prints what
 * that took and how large it became. Eight metrics a case: six that repeat exactly and change now and then, two of ten
 * samples each that vary (resident size and time). What ci/perf-history runs. */
#include "features/history/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { EXACT_COUNT = 6, NOISY_COUNT = 2, SAMPLES = 10, COMMITS_A_TRANSACTION = 200, COMMIT_SECONDS = 3600 };

static const mb_quantity exact_quantities[EXACT_COUNT] = {MB_ANON_DELTA_BYTES, MB_HEAP_LIVE_BYTES,
                                                          MB_HEAP_PEAK_BYTES,  MB_HEAP_ALLOC_BYTES,
                                                          MB_HEAP_ALLOC_COUNT, MB_HEAP_RETAINED_BYTES};
static const mb_quantity noisy_quantities[NOISY_COUNT] = {MB_RSS_DELTA_BYTES, MB_REAL_TIME_NS};

/* A separate generator: the same history on every machine. */
static double next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / 9007199254740992.0;
}

static double next_normal(void)
{
    return sqrt(-2 * log(next_random() + 1e-300)) * cos(6.283185307179586 * next_random());
}

typedef struct synthetic {
    size_t case_count;
    double *levels; /* of each case and quantity */
    double samples[EXACT_COUNT + NOISY_COUNT][SAMPLES];
} synthetic;

static const char *id_of(void *context, size_t index)
{
    static char name[32];
    (void)context;
    snprintf(name, sizeof name, "synthetic/%zu", index);
    return name;
}

static mb_status read_case(void *context, size_t index, mb_arena *arena, mb_case_result *result, mb_error *error)
{
    synthetic *s = context;
    (void)error;
    *result = (mb_case_result){.id = mb_arena_copy(arena, id_of(NULL, index)), .group = "synthetic"};
    for (size_t q = 0; q < EXACT_COUNT + NOISY_COUNT; q++) {
        double *level = &s->levels[index * (EXACT_COUNT + NOISY_COUNT) + q];
        bool is_exact = q < EXACT_COUNT;
        if (next_random() < 0.001) /* a level lasts a thousand commits on the average */
            *level *= 0.9 + 0.3 * next_random();
        for (size_t i = 0; i < SAMPLES; i++)
            s->samples[q][i] = is_exact ? floor(*level) : floor(*level * (1 + 0.01 * next_normal()));
        mb_quantity quantity = is_exact ? exact_quantities[q] : noisy_quantities[q - EXACT_COUNT];
        result->series[mb_metric_of(quantity, MB_WINDOW_STEADY)] = (mb_series){s->samples[q], SAMPLES};
    }
    return MB_OK;
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static mb_status fill(mb_history *history, synthetic *s, size_t commit_count, mb_error *error)
{
    mb_program_info program = {.path = "bench/synthetic",
                               .build_id = "",
                               .libc = "glibc 2.36",
                               .allocator = "glibc 2.36",
                               .aslr = "off",
                               .thp = "off"};
    mb_run_info run = {.membench_version = MB_VERSION,
                       .date = "2026-01-02T03:04:05+00:00",
                       .host_name = "host",
                       .kernel = "Linux 6.12.0",
                       .architecture = "x86_64",
                       .cpu_count = 2,
                       .page_bytes = 4096,
                       .rss_source = "status",
                       .complete = true,
                       .programs = &program,
                       .program_count = 1};
    mb_case_source source = {.run = &run, .case_count = s->case_count, .id = id_of, .read = read_case, .context = s};
    mb_status status = MB_OK;
    for (size_t i = 0; i < commit_count && status == MB_OK; i++) {
        char name[48], build_id[48];
        mb_history_added added;
        snprintf(name, sizeof name, "%016zx%024zx", (i + 1) * 0x9e3779b97f4a7c15u, i);
        snprintf(build_id, sizeof build_id, "%040zx", (i + 1) * 40503u);
        program.build_id = build_id;
        mb_history_commit commit = {.name = name,
                                    .branch = "main",
                                    .subject = "area: change something here and there",
                                    .time_s = 1000000000 + (int64_t)i * COMMIT_SECONDS};
        if (i % COMMITS_A_TRANSACTION == 0)
            status = mb_history_begin(history, error);
        if (status == MB_OK)
            status = mb_history_record(history, &commit, &source, false, &added, error);
        if (status == MB_OK && ((i + 1) % COMMITS_A_TRANSACTION == 0 || i + 1 == commit_count))
            status = mb_history_end(history, error);
    }
    return status;
}

int main(int argc, char **argv)
{
    mb_error error;
    mb_history *history = NULL;
    synthetic s = {0};
    struct stat about = {0};
    if (argc != 4) {
        fprintf(stderr, "usage: history_perf FILE COMMITS CASES\n");
        return 2;
    }
    size_t commit_count = strtoul(argv[2], NULL, 10);
    s.case_count = strtoul(argv[3], NULL, 10);
    size_t series_count = s.case_count * (EXACT_COUNT + NOISY_COUNT);
    s.levels = malloc((series_count + 1) * sizeof *s.levels);
    if (s.levels == NULL)
        return 1;
    for (size_t i = 0; i < series_count; i++)
        s.levels[i] = 10000 + 1e7 * next_random();
    double start = now_seconds();
    mb_status status = mb_history_open(argv[1], MB_HISTORY_WRITE, &history, &error);
    if (status == MB_OK)
        status = fill(history, &s, commit_count, &error);
    mb_history_close(history);
    free(s.levels);
    if (status != MB_OK) {
        fprintf(stderr, "history_perf: %s\n", error.message);
        return 1;
    }
    stat(argv[1], &about);
    double seconds = now_seconds() - start, value_count = (double)commit_count * (double)series_count;
    printf("recorded %zu commits x %zu cases x %d metrics in %.1f s (%.2f us a value)\n", commit_count, s.case_count,
           EXACT_COUNT + NOISY_COUNT, seconds, seconds * 1e6 / value_count);
    printf("file: %.1f MiB (%.1f bytes a value)\n", (double)about.st_size / 1048576,
           (double)about.st_size / value_count);
    return 0;
}
