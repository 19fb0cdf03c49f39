/* Readings without a process: parsers against recorded, cut and hostile text; calibration against recorded kernels. */
#include "readings/calibrate.h"
#include "readings/proc_text.h"
#include "readings/provenance.h"
#include "tests/suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB INT64_C(1024)
#define APPROXIMATE READINGS_FIXTURES "/proc-approximate"

static void read_fixture(const char *path, char *buffer, size_t buffer_bytes)
{
    CU_ASSERT_TRUE_FATAL(mb_proc_read_path(READINGS_FIXTURES, path, buffer, buffer_bytes));
}

/* A recorded status gives each number in its own member, and says which it holds. */
static void test_status_recorded(void)
{
    char text[4096];
    mb_memory_reading reading;
    read_fixture("/proc-approximate/step-4/proc/self/status", text, sizeof text);
    mb_status_parse(text, strlen(text), &reading);
    CU_ASSERT_EQUAL(reading.valid, 0x7f);
    CU_ASSERT_EQUAL(reading.rss_bytes, 2796 * KIB);
    CU_ASSERT_EQUAL(reading.anon_bytes, 1140 * KIB);
    CU_ASSERT_EQUAL(reading.footprint_bytes, 1140 * KIB);
    CU_ASSERT_EQUAL(reading.file_bytes, 1656 * KIB);
    CU_ASSERT_EQUAL(reading.peak_rss_bytes, 2796 * KIB);
    CU_ASSERT_EQUAL(reading.swap_bytes, 0);
    CU_ASSERT_EQUAL(reading.page_table_bytes, 44 * KIB);
}

static void test_smaps_rollup_recorded(void)
{
    char text[4096];
    mb_memory_reading reading;
    read_fixture("/proc-approximate/step-4/proc/self/smaps_rollup", text, sizeof text);
    mb_smaps_rollup_parse(text, strlen(text), &reading);
    CU_ASSERT_EQUAL(reading.valid,
                    MB_READING_RSS | MB_READING_ANON | MB_READING_FOOTPRINT | MB_READING_FILE | MB_READING_SWAP);
    CU_ASSERT_EQUAL(reading.rss_bytes, (1260 + 1656) * KIB);
    CU_ASSERT_EQUAL(reading.anon_bytes, 1260 * KIB);
    CU_ASSERT_EQUAL(reading.footprint_bytes, 1260 * KIB);
    CU_ASSERT_EQUAL(reading.file_bytes, 1656 * KIB);
}

/* What one text must give: the members that are valid, and the resident and anonymous sizes where they are. */
typedef struct parse_case {
    const char *text;
    unsigned valid;
    int64_t rss_bytes, anon_bytes;
} parse_case;

static void check_parses(void (*parse)(const char *, size_t, mb_memory_reading *), const parse_case cases[],
                         size_t case_count)
{
    for (size_t i = 0; i < case_count; i++) {
        mb_memory_reading reading;
        memset(&reading, 0x55, sizeof reading);
        parse(cases[i].text, strlen(cases[i].text), &reading);
        if (reading.valid != cases[i].valid || reading.rss_bytes != cases[i].rss_bytes ||
            reading.anon_bytes != cases[i].anon_bytes)
            printf("\n    case %zu: valid %#x rss %lld anon %lld\n", i, reading.valid, (long long)reading.rss_bytes,
                   (long long)reading.anon_bytes);
        CU_ASSERT_EQUAL(reading.valid, cases[i].valid);
        CU_ASSERT_EQUAL(reading.rss_bytes, cases[i].rss_bytes);
        CU_ASSERT_EQUAL(reading.anon_bytes, cases[i].anon_bytes);
    }
}

static void test_status_hostile(void)
{
    const unsigned anon_only = MB_READING_ANON | MB_READING_FOOTPRINT;
    const parse_case cases[] = {
        {"", 0, 0, 0},
        {"VmRSS:\t  12 kB\n", MB_READING_RSS, 12 * KIB, 0},
        {"VmRSS:12 kB\n", MB_READING_RSS, 12 * KIB, 0},
        {"RssAnon: 4 kB\nRssShmem: 8 kB\n", anon_only, 0, 12 * KIB},
        {"RssAnon: 4 kB\n", MB_READING_FOOTPRINT, 0, 0}, /* no RssShmem: before Linux 4.5 */
        {"RssShmem: 8 kB\n", 0, 0, 0},
        {"VmRSS: 12 kB\nRssAnon: 4 kB\nRssShmem: 0 kB\nHugetlbPages:\t    4096 kB\n", anon_only | MB_READING_RSS,
         4108 * KIB, 4100 * KIB},
        {"HugetlbPages: 4096 kB\nVmRSS: 12 kB\n", MB_READING_RSS, 4108 * KIB, 0},
        {"VmRSS: 12 kB\nHugetlbPages: x kB\n", 0, 0, 0},
        {"VmRSS: 9007199254740991 kB\nHugetlbPages: 1 kB\n", 0, 0, 0},
        {"HugetlbPages: 4096 kB\n", 0, 0, 0},
        {"VmRSS:\t  12 kB", 0, 0, 0}, /* cut behind its unit: 12 or 12…? */
        {"VmRSS:\t  12 k", 0, 0, 0},  /* cut */
        {"VmRSS:\n", 0, 0, 0},
        {"VmRSS:\t kB\n", 0, 0, 0},
        {"VmRSS:\t  -12 kB\n", 0, 0, 0},
        {"VmRSS:\t  +12 kB\n", 0, 0, 0},
        {"VmRSS:\t  0x12 kB\n", 0, 0, 0},
        {"VmRSS:\t  1.2 kB\n", 0, 0, 0},
        {"VmRSS:\t  12 KB\n", 0, 0, 0},
        {"VmRSS:\t  12 MB\n", 0, 0, 0},
        {"VmRSS:\t  12  kB\n", 0, 0, 0},
        {"VmRSS:\t  12 kB \n", 0, 0, 0},
        {"VmRSS:\t  12 kB\r\n", 0, 0, 0},
        {"VmRSS: 12 kB\nVmRSS: 13 kB\n", 0, 0, 0}, /* doubled */
        {"VmRSS: x kB\nVmRSS: 13 kB\n", 0, 0, 0},
        {" VmRSS: 12 kB\n", 0, 0, 0}, /* not at the start of a line */
        {"Name:\tVmRSS: 99 kB\nVmRSS: 12 kB\n", MB_READING_RSS, 12 * KIB, 0},
        {"XVmRSS: 99 kB\n", 0, 0, 0},
        {"VmRSSX: 99 kB\n", 0, 0, 0},
        {"VmRSS: 9007199254740991 kB\n", MB_READING_RSS, INT64_C(9007199254740991) * KIB, 0},
        {"VmRSS: 9007199254740992 kB\n", 0, 0, 0}, /* 2^63 bytes */
        {"VmRSS: 18446744073709551616 kB\n", 0, 0, 0},
        {"RssAnon: 9007199254740991 kB\nRssShmem: 9007199254740991 kB\n", MB_READING_FOOTPRINT, 0, 0},
        {"\n\n\nVmRSS: 12 kB\n\n", MB_READING_RSS, 12 * KIB, 0},
    };
    check_parses(mb_status_parse, cases, sizeof cases / sizeof cases[0]);
}

static void test_smaps_rollup_hostile(void)
{
    const unsigned both = MB_READING_RSS | MB_READING_ANON | MB_READING_FOOTPRINT;
    const parse_case cases[] = {
        {"Rss: 20 kB\nAnonymous: 4 kB\nPss_Shmem: 8 kB\n", both | MB_READING_FILE, 20 * KIB, 12 * KIB},
        {"Rss: 20 kB\nAnonymous: 4 kB\n", MB_READING_RSS | MB_READING_FOOTPRINT, 20 * KIB, 0}, /* before Linux 5.3 */
        {"Rss: 8 kB\nAnonymous: 4 kB\nPss_Shmem: 8 kB\n", both, 8 * KIB, 12 * KIB}, /* raced: no file size below 0 */
        {"Rss: 20 kB\nAnonymous: 4 kB\nPss_Shmem: 8 kB\nShared_Hugetlb: 2048 kB\nPrivate_Hugetlb: 4096 kB\n",
         both | MB_READING_FILE, (20 + 6144) * KIB, (12 + 6144) * KIB},
        {"Pss: 20 kB\nShmemPmdMapped: 4 kB\n", 0, 0, 0},
        {"Rss: 20 kB\nRss: 20 kB\n", 0, 0, 0},
    };
    check_parses(mb_smaps_rollup_parse, cases, sizeof cases / sizeof cases[0]);
}

/* A file cut at any byte never gives a number other than the whole one: members go missing, none changes. */
static void check_prefixes(const char *path, void (*parse)(const char *, size_t, mb_memory_reading *))
{
    char text[4096];
    mb_memory_reading whole;
    mb_memory_reading cut;
    unsigned seen = 0;
    read_fixture(path, text, sizeof text);
    size_t length = strlen(text);
    parse(text, length, &whole);
    for (size_t n = 0; n <= length; n++) {
        char *exact = malloc(n > 0 ? n : 1); /* its end is guarded under ASan */
        CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
        memcpy(exact, text, n);
        parse(exact, n, &cut);
        free(exact);
        seen |= cut.valid;
        CU_ASSERT_EQUAL(cut.valid & ~whole.valid, 0);
        CU_ASSERT_TRUE(!(cut.valid & MB_READING_RSS) || cut.rss_bytes == whole.rss_bytes);
        CU_ASSERT_TRUE(!(cut.valid & MB_READING_ANON) || cut.anon_bytes == whole.anon_bytes);
        CU_ASSERT_TRUE(!(cut.valid & MB_READING_PEAK) || cut.peak_rss_bytes == whole.peak_rss_bytes);
        CU_ASSERT_TRUE(!(cut.valid & MB_READING_SWAP) || cut.swap_bytes == whole.swap_bytes);
    }
    CU_ASSERT_EQUAL(seen, whole.valid);
}

static void test_prefixes(void)
{
    check_prefixes("/proc-approximate/step-4/proc/self/status", mb_status_parse);
    check_prefixes("/proc-approximate/step-4/proc/self/smaps_rollup", mb_smaps_rollup_parse);
}

static void test_statm_and_ps(void)
{
    static const struct {
        const char *text;
        int64_t statm_bytes, ps_bytes; /* -1: refused */
    } cases[] = {
        {"765 443 414 5 0 123 0\n", 443 * 4096, -1},
        {"765 443 414 5 0 123 0", -1, -1},
        {"765 443 414 5 0 123\n", -1, -1},
        {"765 443 414 5 0 123 0 1\n", -1, -1},
        {"765 44", -1, -1},
        {"765  443 414 5 0 123 0\n", -1, -1},
        {"765 -1 414 5 0 123 0\n", -1, -1},
        {"765 9223372036854775807 414 5 0 123 0\n", -1, -1},
        {"", -1, -1},
        {"1772\n", -1, 1772 * KIB},
        {"  1772\n", -1, 1772 * KIB},
        {"1772", -1, -1},
        {"1772 \n", -1, -1},
        {"-4\n", -1, -1},
        {"\n", -1, -1},
        {"1772\n1772\n", -1, -1},
        {"9223372036854775807\n", -1, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t size_bytes = -1, own_bytes = -1;
        CU_ASSERT_EQUAL(mb_statm_parse(cases[i].text, strlen(cases[i].text), 4096, &size_bytes, &own_bytes),
                        cases[i].statm_bytes >= 0);
        CU_ASSERT_EQUAL(size_bytes, cases[i].statm_bytes);
        CU_ASSERT_EQUAL(own_bytes, cases[i].statm_bytes >= 0 ? 29 * 4096 : -1);
        size_bytes = -1;
        CU_ASSERT_EQUAL(mb_ps_parse(cases[i].text, strlen(cases[i].text), &size_bytes), cases[i].ps_bytes >= 0);
        CU_ASSERT_EQUAL(size_bytes, cases[i].ps_bytes);
    }
}

/* Recorded from a kernel with per-CPU counters: status misses 25 of 25 pages, so smaps_rollup is chosen. */
static void test_calibrate_approximate(void)
{
    mb_calibration calibration;
    mb_error error = {.kind = MB_ERROR_NONE};
    mb_calibrate(APPROXIMATE, &calibration);
    CU_ASSERT_EQUAL(calibration.rss_source, MB_RSS_SMAPS_ROLLUP);
    CU_ASSERT_TRUE(calibration.exact);
    CU_ASSERT_TRUE(calibration.sources[MB_SOURCE_STATUS].available);
    CU_ASSERT_FALSE(calibration.sources[MB_SOURCE_STATUS].exact);
    CU_ASSERT_EQUAL(calibration.sources[MB_SOURCE_STATUS].error_pages, -25);
    CU_ASSERT_STRING_EQUAL(calibration.summary,
                           "smaps_rollup, exact; status: off by up to 25 pages of 1, 3, 25 and 257 touched");

    mb_source_report reports[MB_SOURCE_COUNT];
    CU_ASSERT_EQUAL_FATAL(mb_sources_probe(APPROXIMATE, reports, &error), MB_OK);
    CU_ASSERT_TRUE(reports[MB_SOURCE_STATM].available && !reports[MB_SOURCE_STATM].exact);
    CU_ASSERT_TRUE(reports[MB_SOURCE_SMAPS_ROLLUP].exact);
    CU_ASSERT_FALSE(reports[MB_SOURCE_PAGEMAP_SCAN].available);
    CU_ASSERT_STRING_EQUAL(reports[MB_SOURCE_PAGEMAP_SCAN].reason, "not part of the recording");
}

static void put_link(const char *root, const char *name, const char *target)
{
    char path[512];
    snprintf(path, sizeof path, "%s/proc/self/%s", root, name);
    unlink(path);
    if (target != NULL)
        CU_ASSERT_EQUAL_FATAL(symlink(target, path), 0);
}

static void make_root(char root[32])
{
    char path[64];
    strcpy(root, "/tmp/membench-root-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
    snprintf(path, sizeof path, "%s/proc", root);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/proc/self", root);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
}

static void remove_root(const char *root)
{
    char path[64];
    put_link(root, "status", NULL);
    put_link(root, "smaps_rollup", NULL);
    snprintf(path, sizeof path, "%s/proc/self", root);
    rmdir(path);
    snprintf(path, sizeof path, "%s/proc", root);
    rmdir(path);
    CU_ASSERT_EQUAL(rmdir(root), 0);
}

/* A living process whose status does not move, then is missing, then both are: smaps_rollup, smaps_rollup, ps. */
static void test_calibrate_fallbacks(void)
{
    char root[32];
    mb_calibration calibration;
    make_root(root);
    put_link(root, "status", APPROXIMATE "/step-0/proc/self/status");
    put_link(root, "smaps_rollup", "/proc/self/smaps_rollup");
    mb_calibrate(root, &calibration);
    CU_ASSERT_EQUAL(calibration.rss_source, MB_RSS_SMAPS_ROLLUP);
    CU_ASSERT_TRUE(calibration.exact);
    CU_ASSERT_EQUAL(calibration.sources[MB_SOURCE_STATUS].error_pages, -257);

    put_link(root, "status", NULL);
    mb_calibrate(root, &calibration);
    CU_ASSERT_EQUAL(calibration.rss_source, MB_RSS_SMAPS_ROLLUP);
    CU_ASSERT_TRUE(calibration.exact);
    CU_ASSERT_STRING_EQUAL(calibration.sources[MB_SOURCE_STATUS].reason,
                           "cannot open /proc/self/status: No such file or directory");

    put_link(root, "smaps_rollup", NULL);
    mb_calibrate(root, &calibration);
    CU_ASSERT_EQUAL(calibration.rss_source, MB_RSS_PS);
    CU_ASSERT_FALSE(calibration.exact);

    put_link(root, "status", "/proc/self/status");
    mb_calibrate(root, &calibration);
    CU_ASSERT_EQUAL(calibration.rss_source, MB_RSS_STATUS);
    remove_root(root);
}

static int forks;

static void count_fork(void) { forks++; }

/* A run asks without another process, and whoever measures membench still sees its peak. */
static void test_calibrate_traces(void)
{
    enum { TRANSIENT_BYTES = 8 << 20 };
    mb_reader reader;
    mb_calibration calibration;
    mb_memory_reading before, after;
    mb_reader_open_sizes(&reader, "", MB_RSS_SMAPS_ROLLUP);
    char *transient = mmap(NULL, TRANSIENT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_NOT_EQUAL_FATAL(transient, MAP_FAILED);
    memset(transient, 1, TRANSIENT_BYTES);
    munmap(transient, TRANSIENT_BYTES);
    CU_ASSERT_TRUE(mb_status_read(&reader, &before));
    CU_ASSERT_EQUAL(pthread_atfork(count_fork, NULL, NULL), 0);
    forks = 0;
    mb_calibrate("", &calibration);
    CU_ASSERT_EQUAL(forks, 0);
    CU_ASSERT_TRUE(mb_status_read(&reader, &after));
    CU_ASSERT_TRUE(after.peak_rss_bytes >= before.peak_rss_bytes);
    mb_reader_close(&reader);
}

/* On the machine the tests run on: what calibration chooses is exact, and every source that exists has a cost. */
static void test_probe_here(void)
{
    mb_calibration calibration;
    mb_source_report reports[MB_SOURCE_COUNT];
    mb_error error = {.kind = MB_ERROR_NONE};
    mb_calibrate("", &calibration);
    CU_ASSERT_TRUE(calibration.exact);
    CU_ASSERT_EQUAL_FATAL(mb_sources_probe("", reports, &error), MB_OK);
    for (int s = 0; s < MB_SOURCE_COUNT; s++) {
        if (!reports[s].available) {
            printf("\n    skipped: %s: %s ", mb_source_name((mb_source)s), reports[s].reason);
            CU_ASSERT_NOT_EQUAL(reports[s].reason[0], '\0');
            continue;
        }
        CU_ASSERT_TRUE(reports[s].cost_ns > 0);
        CU_ASSERT_EQUAL(reports[s].exact, reports[s].error_pages == 0 && reports[s].reason[0] == '\0');
    }
    CU_ASSERT_TRUE(!reports[MB_SOURCE_PAGEMAP_SCAN].available || reports[MB_SOURCE_PAGEMAP_SCAN].exact);
    CU_ASSERT_TRUE(reports[MB_SOURCE_SMAPS_ROLLUP].exact);
    CU_ASSERT_TRUE(reports[MB_SOURCE_PAGEMAP].exact);
    if (mb_is_sanitized())
        printf("\n    skipped: getrusage: a sanitizer's shadow memory faults, too ");
    else
        CU_ASSERT_TRUE(reports[MB_SOURCE_FAULTS].exact);
    if (reports[MB_SOURCE_PS].available)
        CU_ASSERT_EQUAL(reports[MB_SOURCE_PS].error_pages, 0);
    /* Whatever VmHWM misses lies within the bound that is printed with it. */
    mb_machine machine;
    mb_machine_describe("", &machine);
    int64_t missed_bytes = -reports[MB_SOURCE_PEAK].error_pages * (int64_t)machine.page_bytes;
    CU_ASSERT_TRUE(missed_bytes <= mb_peak_bound_bytes(machine.cpu_count, machine.page_bytes));
}

static void test_ps_of_nobody(void)
{
    int64_t rss_bytes = -7;
    mb_error error = {.kind = MB_ERROR_NONE};
    CU_ASSERT_EQUAL(mb_ps_read(0x7ffffff0, &rss_bytes, &error), MB_FAILED);
    CU_ASSERT_EQUAL(rss_bytes, -7);
    CU_ASSERT_EQUAL(error.kind, MB_ERROR_SYSTEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "ps"));
}

/* 31 pages per CPU and counter on small machines, 2 · CPUs - 1 on large ones. */
static void test_peak_bound(void)
{
    CU_ASSERT_EQUAL(mb_peak_bound_bytes(1, 4096), 31 * 3 * 4096);
    CU_ASSERT_EQUAL(mb_peak_bound_bytes(2, 4096), 2 * 31 * 3 * 4096);
    CU_ASSERT_EQUAL(mb_peak_bound_bytes(64, 4096), INT64_C(64) * 127 * 3 * 4096);
}

/* Limits of the group and of those above it; none of version 1 is written as nearly 2^63. */
static void test_machine_recorded(void)
{
    mb_machine machine;
    mb_machine_describe(READINGS_FIXTURES "/proc-limits", &machine);
    CU_ASSERT_EQUAL(machine.cgroup_limit_bytes, INT64_C(2) << 30);
    CU_ASSERT_EQUAL(machine.randomize_va_space, 0);
    CU_ASSERT_EQUAL(machine.memory_total_bytes, 8000000 * KIB);
    CU_ASSERT_EQUAL(machine.memory_available_bytes, 5000000 * KIB);
    CU_ASSERT_STRING_EQUAL(machine.thp, "always");
    CU_ASSERT_STRING_EQUAL(mb_aslr_describe(READINGS_FIXTURES "/proc-limits"), "off");
    mb_machine_describe(READINGS_FIXTURES "/proc-approximate", &machine);
    CU_ASSERT_EQUAL(machine.cgroup_limit_bytes, -1);
    CU_ASSERT_EQUAL(machine.randomize_va_space, -1);
    CU_ASSERT_EQUAL(machine.memory_total_bytes, -1);
    CU_ASSERT_STRING_EQUAL(machine.thp, "unknown");
}

static void test_source_names(void)
{
    for (int i = 0; i < MB_RSS_SOURCE_COUNT; i++) {
        mb_rss_source found = MB_RSS_SOURCE_COUNT;
        CU_ASSERT_TRUE(mb_rss_source_find(mb_rss_source_name((mb_rss_source)i), &found));
        CU_ASSERT_EQUAL(found, (mb_rss_source)i);
    }
    mb_rss_source kept = MB_RSS_PS;
    CU_ASSERT_FALSE(mb_rss_source_find("statm", &kept));
    CU_ASSERT_EQUAL(kept, MB_RSS_PS);
}

/* A closed reader, and one whose root holds nothing, has no numbers and a reason for each. */
static void test_reader_without_files(void)
{
    static mb_reader reader;
    mb_memory_reading reading = {.rss_bytes = 1, .valid = MB_READING_RSS};
    char reason[MB_READER_REASON_BYTES];
    int64_t kept = -7;
    mb_reader_open(&reader, READINGS_FIXTURES "/none", MB_RSS_STATUS);
    CU_ASSERT_FALSE(mb_memory_read(&reader, &reading));
    CU_ASSERT_EQUAL(reading.valid, 0);
    CU_ASSERT_FALSE(mb_statm_read(&reader, &kept));
    CU_ASSERT_FALSE(mb_footprint_read(&reader, &kept));
    CU_ASSERT_FALSE(mb_region_read(&reader, &reader, sizeof reader, &kept));
    CU_ASSERT_FALSE(mb_peak_reset(&reader));
    CU_ASSERT_EQUAL(kept, -7);
    for (int file = 0; file < MB_FILE_COUNT; file++)
        CU_ASSERT_TRUE(mb_reader_explain(&reader, (mb_reader_file)file, reason));
    CU_ASSERT_STRING_EQUAL(reason, "cannot open /proc/self/clear_refs: No such file or directory");
    CU_ASSERT_TRUE(mb_reader_explain_scan(&reader, reason));
    mb_reader_close(&reader);

    mb_reader_open(&reader, "", MB_RSS_PS);
    CU_ASSERT_FALSE(mb_memory_read(&reader, &reading));
    CU_ASSERT_FALSE(mb_region_read(&reader, &reader, UINT64_MAX, &kept));
    CU_ASSERT_EQUAL(kept, -7);
    mb_reader_close(&reader);
    CU_ASSERT_FALSE(mb_statm_read(&reader, &kept));
}

MB_SUITE(readings, {"recorded status", test_status_recorded}, {"recorded smaps_rollup", test_smaps_rollup_recorded},
         {"hostile status", test_status_hostile}, {"hostile smaps_rollup", test_smaps_rollup_hostile},
         {"files cut anywhere", test_prefixes}, {"statm and ps", test_statm_and_ps},
         {"calibration switches to smaps_rollup", test_calibrate_approximate},
         {"calibration falls back", test_calibrate_fallbacks}, {"calibration in place", test_calibrate_traces},
         {"sources of this machine", test_probe_here}, {"ps of no process", test_ps_of_nobody},
         {"bound of the peak", test_peak_bound}, {"recorded machine", test_machine_recorded},
         {"names of sources", test_source_names}, {"a reader without files", test_reader_without_files});
