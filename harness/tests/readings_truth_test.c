/* Readings against processes of known truth, each freshly exec'd: dynamic, static, musl, and with other allocators. */
#include "readings/calibrate.h"
#include "readings/provenance.h"
#include "tests/readings_truth.h"
#include "tests/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef READINGS_TRUTH_MUSL
#define READINGS_TRUTH_MUSL NULL
#endif
#ifndef READINGS_JEMALLOC
#define READINGS_JEMALLOC NULL
#endif
#ifndef READINGS_MIMALLOC
#define READINGS_MIMALLOC NULL
#endif
#ifndef READINGS_TCMALLOC_MINIMAL
#define READINGS_TCMALLOC_MINIMAL NULL
#endif

static const char *const programs[] = {READINGS_TRUTH, READINGS_TRUTH_STATIC, READINGS_TRUTH_MUSL};
enum { PROGRAM_COUNT = sizeof programs / sizeof programs[0], FRESH_PROCESSES = 100 };

typedef struct request {
    const char *program, *preload, *root, *work;
    mb_rss_source source;
    long count;
} request;

_Noreturn static void become_truth(const request *r, int output)
{
    char number[24];
    snprintf(number, sizeof number, "%ld", r->count);
    int own_file = open(r->program, O_RDONLY);
    if (own_file < 0 || dup2(own_file, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
        _exit(126);
    if (r->preload != NULL)
        setenv("LD_PRELOAD", r->preload, 1);
    execl(r->program, "readings-truth", r->root, mb_rss_source_name(r->source), r->work, number, (char *)NULL);
    _exit(127);
}

static truth_report run(request r)
{
    int ends[2];
    truth_report report;
    memset(&report, 0, sizeof report);
    CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    CU_ASSERT_TRUE_FATAL(pid >= 0);
    if (pid == 0)
        become_truth(&r, ends[1]);
    close(ends[1]);
    ssize_t got = read(ends[0], &report, sizeof report);
    close(ends[0]);
    int state = 0;
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
        continue;
    CU_ASSERT_EQUAL_FATAL(got, (ssize_t)sizeof report);
    CU_ASSERT_EQUAL_FATAL(state, 0);
    CU_ASSERT_TRUE(report.is_read);
    CU_ASSERT_EQUAL(report.swap_bytes, 0);
    return report;
}

/* The source that is exact on this machine, asked once. */
static mb_rss_source source_here(void)
{
    static mb_calibration calibration;
    static bool is_calibrated;
    if (!is_calibrated)
        mb_calibrate("", &calibration);
    is_calibrated = true;
    return calibration.rss_source;
}

static truth_report run_work(const char *program, const char *work, long count)
{
    return run((request){.program = program, .root = "", .work = work, .source = source_here(), .count = count});
}

static void check_pages(const truth_report *report, int64_t pages)
{
    int64_t size_bytes = pages * sysconf(_SC_PAGESIZE);
    CU_ASSERT_EQUAL(report->anon_bytes, size_bytes);
    CU_ASSERT_EQUAL(report->rss_bytes, size_bytes);
    CU_ASSERT_EQUAL(report->scan_bytes, size_bytes);
    CU_ASSERT_EQUAL(report->status_footprint_bytes, size_bytes);
    CU_ASSERT_EQUAL(report->rollup_anon_bytes, size_bytes);
    CU_ASSERT_EQUAL(report->rollup_rss_bytes, size_bytes);
    CU_ASSERT_EQUAL(report->fault_count, pages);
    if (source_here() == MB_RSS_STATUS) /* else statm is approximate as well */
        CU_ASSERT_EQUAL(report->statm_bytes, size_bytes);
}

static void each_program(void (*check)(const char *program))
{
    for (size_t i = 0; i < PROGRAM_COUNT; i++) {
        if (programs[i] == NULL)
            printf("\n    skipped: musl: there is no musl-gcc here (Debian: musl-tools) ");
        else
            check(programs[i]);
    }
}

static void check_empty(const char *program)
{
    for (int i = 0; i < FRESH_PROCESSES; i++) {
        truth_report report = run_work(program, "empty", 0);
        check_pages(&report, 0);
        CU_ASSERT_EQUAL(report.file_bytes, 0);
        CU_ASSERT_EQUAL(report.page_table_bytes, 0);
        CU_ASSERT_EQUAL(report.peak_bytes, 0);
        CU_ASSERT_EQUAL(report.retained_rss_bytes, 0);
        CU_ASSERT_EQUAL(report.retained_anon_bytes, 0);
        CU_ASSERT_EQUAL(report.trimmed_rss_bytes, 0);
        CU_ASSERT_EQUAL(report.trimmed_anon_bytes, 0);
    }
}

/* Reading disturbs nothing: an empty window is +0 on every metric, in each of 100 fresh processes. */
static void test_empty(void) { each_program(check_empty); }

static void check_written(const char *program)
{
    static const long counts[] = {0, 1, 2, 17, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        truth_report report = run_work(program, "write", counts[i]);
        int64_t size_bytes = counts[i] * sysconf(_SC_PAGESIZE);
        check_pages(&report, counts[i]);
        CU_ASSERT_EQUAL(report.file_bytes, 0);
        CU_ASSERT_EQUAL(report.region_bytes, size_bytes);
        CU_ASSERT_EQUAL(report.region_by_entry_bytes, size_bytes);
        CU_ASSERT_EQUAL(report.retained_anon_bytes, 0); /* given back between E1 and E2 */
        CU_ASSERT_EQUAL(report.retained_rss_bytes, 0);
    }
}

/* N pages written are N pages in every source, and N faults. */
static void test_written(void) { each_program(check_written); }

static void check_kinds(const char *program)
{
    int64_t page_bytes = sysconf(_SC_PAGESIZE);
    truth_report shared = run_work(program, "shared", 17);
    CU_ASSERT_EQUAL(shared.anon_bytes, 17 * page_bytes);
    CU_ASSERT_EQUAL(shared.rollup_anon_bytes, 17 * page_bytes);
    CU_ASSERT_EQUAL(shared.scan_bytes, 0); /* the footprint holds what is nobody else's */
    CU_ASSERT_EQUAL(shared.status_footprint_bytes, shared.scan_bytes);
    CU_ASSERT_EQUAL(shared.rss_bytes, 17 * page_bytes);
    CU_ASSERT_EQUAL(shared.region_bytes, 17 * page_bytes);

    truth_report copied = run_work(program, "file-write", 17);
    CU_ASSERT_EQUAL(copied.anon_bytes, 17 * page_bytes);
    CU_ASSERT_EQUAL(copied.scan_bytes, 17 * page_bytes);
    CU_ASSERT_EQUAL(copied.status_footprint_bytes, copied.scan_bytes);
    CU_ASSERT_EQUAL(copied.file_bytes, 0);

    truth_report mapped = run_work(program, "file-read", 5);
    CU_ASSERT_EQUAL(mapped.anon_bytes, 0);
    CU_ASSERT_EQUAL(mapped.rollup_anon_bytes, 0);
    CU_ASSERT_EQUAL(mapped.scan_bytes, 0);
    CU_ASSERT_EQUAL(mapped.status_footprint_bytes, mapped.scan_bytes);
    CU_ASSERT_EQUAL(mapped.file_bytes, 5 * page_bytes);
    CU_ASSERT_EQUAL(mapped.rss_bytes, 5 * page_bytes);

    truth_report zeros = run_work(program, "read", 17); /* the zero page is nobody's memory, but each touch a fault */
    CU_ASSERT_EQUAL(zeros.anon_bytes, 0);
    CU_ASSERT_EQUAL(zeros.rss_bytes, 0);
    CU_ASSERT_EQUAL(zeros.scan_bytes, 0);
    CU_ASSERT_EQUAL(zeros.status_footprint_bytes, zeros.scan_bytes);
    CU_ASSERT_EQUAL(zeros.fault_count, 17);
    CU_ASSERT_EQUAL(zeros.region_bytes, 17 * page_bytes);
    CU_ASSERT_EQUAL(zeros.region_by_entry_bytes, 17 * page_bytes);
}

/* Shared anonymous memory counts as anonymous, file pages do not, the zero page is a fault and no memory. */
static void test_kinds(void) { each_program(check_kinds); }

static void check_scattered(const char *program)
{
    truth_report report = run_work(program, "every-other", 1000);
    check_pages(&report, 1000);
    CU_ASSERT_EQUAL(report.region_bytes, 1000 * sysconf(_SC_PAGESIZE));
    CU_ASSERT_EQUAL(report.region_by_entry_bytes, report.region_bytes);
}

/* 1,000 pages with a gap behind each: more ranges than PAGEMAP_SCAN returns at once. */
static void test_scattered(void) { each_program(check_scattered); }

static void check_transient(const char *program)
{
    mb_machine machine;
    mb_machine_describe("", &machine);
    truth_report report = run_work(program, "transient", 1000);
    int64_t size_bytes = 1000 * (int64_t)machine.page_bytes;
    CU_ASSERT_EQUAL(report.anon_bytes, 0);
    CU_ASSERT_EQUAL(report.scan_bytes, 0);
    CU_ASSERT_TRUE(report.peak_bytes <= size_bytes);
    CU_ASSERT_TRUE(report.peak_bytes >= size_bytes - mb_peak_bound_bytes(machine.cpu_count, machine.page_bytes));
}

/* Memory released within the window shows in the peak, to within the stated bound, and nowhere else. */
static void test_transient(void) { each_program(check_transient); }

/* Bytes of a region count with their page, and pages at its ends with the part inside. */
static void test_region_ends(void)
{
    static mb_reader reader;
    enum { PAGES = 3 };
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *address = NULL;
    CU_ASSERT_EQUAL_FATAL(posix_memalign(&address, page_bytes, PAGES * page_bytes), 0);
    char *pages = address;
    memset(pages, 1, PAGES * page_bytes);
    mb_reader_open(&reader, "", MB_RSS_STATUS);
    const struct {
        size_t offset, size;
    } ranges[] = {{0, PAGES * page_bytes}, {0, 0}, {7, 1}, {page_bytes - 1, 2}, {100, 2 * page_bytes}, {5, page_bytes}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        int64_t resident_bytes = -1;
        CU_ASSERT_TRUE(mb_region_read(&reader, pages + ranges[i].offset, ranges[i].size, &resident_bytes));
        CU_ASSERT_EQUAL(resident_bytes, (int64_t)ranges[i].size);
        resident_bytes = -1;
        CU_ASSERT_TRUE(mb_pagemap_read(&reader, pages + ranges[i].offset, ranges[i].size, &resident_bytes));
        CU_ASSERT_EQUAL(resident_bytes, (int64_t)ranges[i].size);
    }
    mb_reader_close(&reader);
    free(address);
}

/* Where status does not move, a worker told to use smaps_rollup measures the same; told to use status it reads 0. */
static void test_approximate_kernel(void)
{
    char root[] = "/tmp/membench-truth-XXXXXX";
    static const char *const links[] = {"clear_refs", "pagemap", "smaps_rollup", "statm"};
    char path[96], target[96];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
    snprintf(path, sizeof path, "%s/proc", root);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/proc/self", root);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        snprintf(path, sizeof path, "%s/proc/self/%s", root, links[i]);
        snprintf(target, sizeof target, "/proc/self/%s", links[i]);
        CU_ASSERT_EQUAL_FATAL(symlink(target, path), 0);
    }
    snprintf(path, sizeof path, "%s/proc/self/status", root);
    CU_ASSERT_EQUAL_FATAL(symlink(READINGS_FIXTURES "/proc-approximate/step-0/proc/self/status", path), 0);

    request r = {.program = READINGS_TRUTH, .root = root, .work = "write", .source = MB_RSS_SMAPS_ROLLUP, .count = 17};
    truth_report report = run(r);
    CU_ASSERT_EQUAL(report.anon_bytes, 17 * sysconf(_SC_PAGESIZE));
    CU_ASSERT_EQUAL(report.rss_bytes, 17 * sysconf(_SC_PAGESIZE));
    r.source = MB_RSS_STATUS;
    report = run(r);
    CU_ASSERT_EQUAL(report.anon_bytes, 0);

    unlink(path);
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        snprintf(path, sizeof path, "%s/proc/self/%s", root, links[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/proc/self", root);
    rmdir(path);
    snprintf(path, sizeof path, "%s/proc", root);
    rmdir(path);
    CU_ASSERT_EQUAL(rmdir(root), 0);
}

/* What is left after the trim, as a share of what was allocated: at most kept_percent. */
typedef struct allocator_case {
    const char *program, *preload, *name;
    const char *package;
    bool gives_back;
    int kept_percent;
} allocator_case;

static void check_allocator(const allocator_case *c)
{
    enum { BLOCKS = 4000 };
    truth_report report = run((request){.program = c->program,
                                        .preload = c->preload,
                                        .root = "",
                                        .work = "allocate",
                                        .source = source_here(),
                                        .count = BLOCKS});
    if (strncmp(report.allocator, c->name, strlen(c->name)) != 0)
        printf("\n    %s instead of %s\n", report.allocator, c->name);
    CU_ASSERT_EQUAL(strncmp(report.allocator, c->name, strlen(c->name)), 0);
    CU_ASSERT_EQUAL(report.was_trimmed, c->gives_back);
    CU_ASSERT_TRUE(report.anon_bytes >= BLOCKS * 1000); /* some of their pages may have been there before */
    CU_ASSERT_TRUE(report.trimmed_anon_bytes <= report.anon_bytes * c->kept_percent / 100);
}

/* The allocator is known by its name, linked or preloaded, and is asked to give back; glibc and jemalloc then do,
 * tcmalloc keeps what is in the thread's cache, mimalloc keeps the segment of the block that is still in use. */
static void test_allocators(void)
{
    const allocator_case cases[] = {
        {READINGS_TRUTH, NULL, "glibc 2.", "libc6", true, 10},
        {READINGS_TRUTH_STATIC, NULL, "glibc 2.", "libc6-dev", true, 10},
        {programs[2], NULL, "musl", "musl-tools", false, 100},
        {READINGS_JEMALLOC ? READINGS_TRUTH : NULL, READINGS_JEMALLOC, "jemalloc 5.", "libjemalloc2", true, 10},
        {READINGS_TCMALLOC_MINIMAL ? READINGS_TRUTH : NULL, READINGS_TCMALLOC_MINIMAL, "tcmalloc 2.",
         "libtcmalloc-minimal4", true, 90},
        {READINGS_MIMALLOC ? READINGS_TRUTH : NULL, READINGS_MIMALLOC, "mimalloc 2.", "libmimalloc2.0", true, 100},
        {READINGS_TRUTH, READINGS_OWN_MALLOC, "unknown", "", false, 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].program == NULL)
            printf("\n    skipped: %s: not installed (Debian: %s) ", cases[i].name, cases[i].package);
        else
            check_allocator(&cases[i]);
    }
}

static void test_conditions(void)
{
    truth_report report = run_work(READINGS_TRUTH, "empty", 0);
    CU_ASSERT_EQUAL(strncmp(report.libc, "glibc 2.", 8), 0);
    CU_ASSERT_STRING_EQUAL(report.thp, "off"); /* the program turns them off */
    CU_ASSERT_STRING_EQUAL(report.aslr, mb_aslr_describe(""));
    if (programs[2] != NULL) {
        report = run_work(programs[2], "empty", 0);
        CU_ASSERT_STRING_EQUAL(report.libc, "musl");
    }
}

MB_SUITE(readings_truth, {"an empty window reads 0", test_empty}, {"pages written", test_written},
         {"shared, file and zero pages", test_kinds}, {"scattered pages", test_scattered},
         {"a transient in the peak", test_transient}, {"ends of a region", test_region_ends},
         {"an approximate kernel", test_approximate_kernel}, {"allocators", test_allocators},
         {"conditions", test_conditions});
