/* Writes two results files of as many cases as asked for, ten metrics of twenty samples each, one half of them the same
 * in all samples: what `membench compare` is timed with in ci/perf. membench-perf-files OLD NEW CASES */
#include "store/results_writer.h"

#include <stdio.h>
#include <stdlib.h>

enum { METRICS = 10, SAMPLES = 20, CASES_OF_GROUP = 10 };

static const mb_quantity quantities[METRICS / MB_WINDOW_COUNT] = {
    MB_ANON_DELTA_BYTES, MB_RSS_DELTA_BYTES, MB_HEAP_LIVE_BYTES, MB_HEAP_PEAK_BYTES, MB_HEAP_ALLOC_COUNT};

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Whole pages, at most 2 % apart in one series; a metric's base depends on its case alone, so that both files agree. */
static void fill(mb_case_result *result, size_t index, double values[METRICS][SAMPLES], uint64_t *noise)
{
    for (int m = 0; m < METRICS; m++) {
        bool is_noisy = m % MB_WINDOW_COUNT != 0;
        uint64_t seed = index * METRICS + (uint64_t)m, base_pages = 5000 + draw(&seed) % 100000;
        for (int k = 0; k < SAMPLES; k++)
            values[m][k] = 4096.0 * (double)(base_pages + (is_noisy ? draw(noise) % (base_pages / 50) : 0));
        mb_metric metric = mb_metric_of(quantities[m / MB_WINDOW_COUNT], (mb_window)(m % MB_WINDOW_COUNT));
        result->series[metric] = (mb_series){values[m], SAMPLES};
    }
}

static mb_status write_file(const char *path, size_t case_count, uint64_t noise, mb_error *error)
{
    mb_program_info program = {.path = "./perf_bench",
                               .build_id = "0123456789abcdef",
                               .libc = "glibc 2.36",
                               .allocator = "glibc 2.36",
                               .aslr = "off",
                               .thp = "off"};
    mb_run_info run = {.membench_version = MB_VERSION,
                       .date = "2024-01-01T00:00:00+00:00",
                       .host_name = "host",
                       .kernel = "Linux",
                       .architecture = "x86_64",
                       .cpu_count = 2,
                       .page_bytes = 4096,
                       .rss_source = "status",
                       .seed = 1,
                       .complete = true,
                       .programs = &program,
                       .program_count = 1};
    mb_results_writer *writer;
    mb_status status = mb_results_writer_begin(path, &run, &writer, error);
    if (status != MB_OK)
        return status;
    for (size_t i = 0; i < case_count && status == MB_OK; i++) {
        static double values[METRICS][SAMPLES];
        char id[64], group[32];
        snprintf(group, sizeof group, "group_%zu", i / CASES_OF_GROUP);
        snprintf(id, sizeof id, "%s/%zu", group, i % CASES_OF_GROUP);
        mb_case_result result = {
            .id = id, .group = group, .params = {{"jobs", i, MB_UNIT_NONE, NULL}}, .param_count = 1};
        fill(&result, i, values, &noise);
        status = mb_results_writer_add(writer, &result, error);
    }
    if (status == MB_OK)
        return mb_results_writer_finish(writer, error);
    mb_results_writer_abandon(writer);
    return status;
}

int main(int argc, char **argv)
{
    mb_error error;
    if (argc != 4) {
        fprintf(stderr, "usage: %s OLD NEW CASES\n", argv[0]);
        return 2;
    }
    size_t case_count = strtoul(argv[3], NULL, 10);
    for (int i = 1; i <= 2; i++)
        if (write_file(argv[i], case_count, (uint64_t)i, &error) != MB_OK) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
    return 0;
}
