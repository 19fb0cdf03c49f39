#include "tests/results_fixture.h"

#include "model/differences.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERIES(...)                                                                                                    \
    {                                                                                                                  \
        (double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double)                                      \
    }

enum { COLD = 0, STEADY = MB_REAL_TIME_NS, TIMES = 2 * MB_REAL_TIME_NS, FOLDERS_MAX = 64, PATH_BYTES = 512 };

static mb_program_info programs[] = {
    {"./jobs", "0123abcd", "fedcba9876543210", "glibc 2.36", "glibc 2.36", "off", "off", "fixed",
     "status, heap hook preloaded", "--iterations 3"},
    {"./clients", "sha256:00", NULL, "musl", "unknown", "on", "off", NULL, NULL, NULL}};
static mb_setting settings[] = {{"GLIBC_TUNABLES", "glibc.malloc.tcache_count=0"}, {"quote", "\"\\\n\t\x01 \xc3\xa9"}};

const mb_run_info mb_fixture_run = {
    .membench_version = MB_VERSION,
    .date = "2024-05-06T07:08:09+00:00",
    .host_name = "machine",
    .kernel = "Linux 6.18.0",
    .architecture = "x86_64",
    .executable = "membench",
    .cpu_count = 2,
    .cpu_mhz = 2399.998,
    .page_bytes = 4096,
    .rss_source = "status",
    .seed = UINT64_MAX,
    .complete = true,
    .programs = programs,
    .program_count = 2,
    .settings = settings,
    .setting_count = 2,
};

static mb_mark_result marks[] = {
    {MB_WINDOW_COLD, "half built", {SERIES(4096, 8192, 4096), SERIES(4096, 4096, 4096), {0}}},
    {MB_WINDOW_STEADY, "half built", {SERIES(0), {0}, SERIES(16, -16)}},
};
static mb_region_result regions[] = {{MB_WINDOW_COLD, "arena", 65536, SERIES(8192, 8192)},
                                     {MB_WINDOW_STEADY, "arena", 0, SERIES(0)}};
static mb_count_result counts[] = {{MB_WINDOW_STEADY, "pool_highmark_bytes", SERIES(-9007199254740992.0, 5000)}};

const mb_case_result mb_fixture_cases[MB_FIXTURE_CASES] = {
    {
        .id = "memory_job_creation/queue/100",
        .group = "memory_job_creation",
        .function = "queue",
        .params = {{"jobs", 100, MB_UNIT_NONE, NULL}, {"payload_bytes", UINT64_MAX, MB_UNIT_BYTES, "huge"}},
        .param_count = 2,
        .flags = MB_CASE_THREADS | MB_CASE_TIME_RUN_ONLY,
        .program = 1,
        .warning = "odd",
        .operation_count = 9007199254740993u,
        .series = {[COLD + MB_ANON_DELTA_BYTES] = SERIES(155648, 155648, 155648),
                   [COLD + MB_HEAP_ALLOC_COUNT] = SERIES(9007199254740992.0, 0, 12),
                   [STEADY + MB_RSS_DELTA_BYTES] = SERIES(-4096, 0, 8192, 4096),
                   [STEADY + MB_HEAP_LIVE_BYTES] = SERIES(7)},
        .missing = {[COLD + MB_FOOTPRINT_BYTES] = "no \"PAGEMAP_SCAN\"", [TIMES] = "no timer"},
        .marks = marks,
        .mark_count = 2,
        .regions = regions,
        .region_count = 2,
        .counts = counts,
        .count_count = 1,
    },
    {
        .id = "time/1KB",
        .group = "time",
        .params = {{"payload_bytes", 1024, MB_UNIT_BYTES, NULL}},
        .param_count = 1,
        .series = {[TIMES] = SERIES(0.1, 0.30000000000000004, 812.5, 1e15 / 3, 5e-324),
                   [TIMES + 1] = SERIES(811.9, 812.2, 1.7976931348623157e-300, 2, 3)},
    },
    {.id = "crash", .group = "crash", .outcome = MB_OUTCOME_CRASHED, .message = "signal 11 (Segmentation fault)"},
    {.id = "odd/\"quoted\"\\ \xc3\xa9 <b>&",
     .group = "odd",
     .outcome = MB_OUTCOME_SKIPPED,
     .message = "two\nlines\tand \x1b[31m"},
};

static bool same_series(const mb_series *a, const mb_series *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->values, b->values, a->count * sizeof *a->values) == 0);
}

static bool same_phases(const mb_case_result *a, const mb_case_result *b)
{
    bool same =
        a->mark_count == b->mark_count && a->region_count == b->region_count && a->count_count == b->count_count;
    for (size_t i = 0; same && i < a->mark_count; i++) {
        same = a->marks[i].window == b->marks[i].window && mb_is_same_text(a->marks[i].name, b->marks[i].name);
        for (int q = 0; q < MB_MARK_QUANTITY_COUNT; q++)
            same = same && same_series(&a->marks[i].series[q], &b->marks[i].series[q]);
    }
    for (size_t i = 0; same && i < a->region_count; i++)
        same = a->regions[i].window == b->regions[i].window &&
               mb_is_same_text(a->regions[i].name, b->regions[i].name) &&
               a->regions[i].nominal_bytes == b->regions[i].nominal_bytes &&
               same_series(&a->regions[i].resident_bytes, &b->regions[i].resident_bytes);
    for (size_t i = 0; same && i < a->count_count; i++)
        same = a->counts[i].window == b->counts[i].window && mb_is_same_text(a->counts[i].name, b->counts[i].name) &&
               same_series(&a->counts[i].values, &b->counts[i].values);
    return same;
}

bool mb_fixture_case_equals(const mb_case_result *a, const mb_case_result *b)
{
    bool same = mb_is_same_text(a->id, b->id) && mb_is_same_text(a->group, b->group) &&
                mb_is_same_text(a->function, b->function) && a->param_count == b->param_count && a->flags == b->flags &&
                a->program == b->program && a->outcome == b->outcome && mb_is_same_text(a->message, b->message) &&
                mb_is_same_text(a->warning, b->warning) && a->operation_count == b->operation_count;
    for (size_t i = 0; same && i < a->param_count; i++)
        same = mb_is_same_text(a->params[i].name, b->params[i].name) && a->params[i].value == b->params[i].value &&
               a->params[i].unit == b->params[i].unit && mb_is_same_text(a->params[i].label, b->params[i].label);
    for (mb_metric m = 0; same && m < MB_METRIC_COUNT; m++)
        same = same_series(&a->series[m], &b->series[m]) && mb_is_same_text(a->missing[m], b->missing[m]);
    return same && same_phases(a, b);
}

bool mb_fixture_run_equals(const mb_run_info *a, const mb_run_info *b)
{
    bool same = mb_is_same_text(a->membench_version, b->membench_version) && mb_is_same_text(a->date, b->date) &&
                mb_is_same_text(a->host_name, b->host_name) && mb_is_same_text(a->kernel, b->kernel) &&
                mb_is_same_text(a->architecture, b->architecture) && mb_is_same_text(a->executable, b->executable) &&
                a->cpu_count == b->cpu_count && a->cpu_mhz == b->cpu_mhz && a->page_bytes == b->page_bytes &&
                mb_is_same_text(a->rss_source, b->rss_source) && a->seed == b->seed && a->complete == b->complete &&
                a->program_count == b->program_count && a->setting_count == b->setting_count;
    for (size_t i = 0; same && i < a->program_count; i++) {
        const mb_program_info *p = &a->programs[i], *q = &b->programs[i];
        same = mb_is_same_text(p->path, q->path) && mb_is_same_text(p->build_id, q->build_id) &&
               mb_is_same_text(p->libc, q->libc) && mb_is_same_text(p->allocator, q->allocator) &&
               mb_is_same_text(p->aslr, q->aslr) && mb_is_same_text(p->thp, q->thp);
    }
    for (size_t i = 0; same && i < a->setting_count; i++)
        same = mb_is_same_text(a->settings[i].name, b->settings[i].name) &&
               mb_is_same_text(a->settings[i].value, b->settings[i].value);
    return same;
}

static char folders[FOLDERS_MAX][64];
static size_t folder_count;

static void remove_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    for (struct dirent *file; directory != NULL && (file = readdir(directory)) != NULL;) {
        const char *path = mb_fixture_path(folder, file->d_name);
        struct stat facts;
        if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0 || lstat(path, &facts) != 0)
            continue;
        if (S_ISDIR(facts.st_mode)) {
            char copy[PATH_BYTES];
            snprintf(copy, sizeof copy, "%s", path);
            remove_folder(copy);
        } else
            unlink(path);
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(folder);
}

static pid_t owner;

static void remove_folders(void)
{
    for (size_t i = 0; getpid() == owner && i < folder_count; i++)
        remove_folder(folders[i]);
}

const char *mb_fixture_folder(void)
{
    if (folder_count == 0) {
        owner = getpid();
        atexit(remove_folders);
    }
    CU_ASSERT_FATAL(folder_count < FOLDERS_MAX);
    char *folder = folders[folder_count];
    snprintf(folder, sizeof folders[0], "/tmp/membench-results-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    folder_count++;
    return folder;
}

const char *mb_fixture_path(const char *folder, const char *name)
{
    static char paths[8][PATH_BYTES];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return path;
}

char *mb_fixture_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    struct stat facts;
    if (file == NULL || fstat(fileno(file), &facts) != 0)
        return NULL;
    char *bytes = calloc(1, (size_t)facts.st_size + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    *length = fread(bytes, 1, (size_t)facts.st_size, file);
    fclose(file);
    return bytes;
}

void mb_fixture_write(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

size_t mb_fixture_count_files(const char *folder)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *file; directory != NULL && (file = readdir(directory)) != NULL;)
        count += strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0;
    if (directory != NULL)
        closedir(directory);
    return count;
}
