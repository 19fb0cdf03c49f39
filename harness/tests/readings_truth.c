/* A process of known truth: readings-truth ROOT SOURCE WORK COUNT does what WORK says to COUNT pages inside a window
 * and reports what each reading saw of it. Built dynamic, static and with musl; never with a sanitizer. */
#include "tests/readings_truth.h"

#include "readings/provenance.h"
#include "readings/readings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { PAGES_MAX = 4096, BLOCK_BYTES = 1024 };

static mb_reader reader;
static truth_report report;
static char *region;
static long page_bytes;
static void *blocks[PAGES_MAX];

static void *map(size_t pages, int flags, int descriptor)
{
    void *address = mmap(NULL, pages * (size_t)page_bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
    if (address == MAP_FAILED)
        _exit(3);
    return address;
}

static void write_pages(char *pages, long count)
{
    for (long i = 0; i < count; i++)
        ((volatile char *)pages)[i * page_bytes] = 1;
}

static void read_pages(const char *pages, long count)
{
    for (long i = 0; i < count; i++)
        (void)((volatile const char *)pages)[i * page_bytes];
}

/* What a work does before B, inside the window, and between E1 and E2. */
typedef struct work {
    const char *name;
    void (*prepare)(long count);
    void (*run)(long count);
    void (*release)(long count);
} work;

static void nothing(long count) { (void)count; }
static void prepare_private(long count)
{
    (void)count;
    region = map(PAGES_MAX, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    write_pages(region + (PAGES_MAX - 1) * page_bytes, 1); /* the code of write_pages is resident from here on */
    read_pages(region + (PAGES_MAX - 1) * page_bytes, 1);
}
static void prepare_shared(long count)
{
    prepare_private(count);
    region = map(PAGES_MAX, MAP_SHARED | MAP_ANONYMOUS, -1);
}
/* A private mapping of a file that is not on a disk: its pages appear one by one, without read-around. */
static void prepare_file(long count)
{
    prepare_private(count);
    int descriptor = memfd_create("readings-truth", MFD_CLOEXEC);
    if (descriptor < 0 || ftruncate(descriptor, PAGES_MAX * page_bytes) != 0)
        _exit(3);
    region = map(PAGES_MAX, MAP_PRIVATE, descriptor);
}
static void prepare_executable(long count)
{
    prepare_private(count);
    int descriptor = 0; /* standard input is the program's own file */
    region = mmap(NULL, (size_t)(count * page_bytes), PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (region == MAP_FAILED)
        _exit(3);
}
static void run_write(long count) { write_pages(region, count); }
static void run_write_every_other(long count)
{
    for (long i = 0; i < count; i++)
        write_pages(region + 2 * i * page_bytes, 1);
}
static void run_read(long count) { read_pages(region, count); }
static void run_transient(long count)
{
    char *transient = map((size_t)count, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    write_pages(transient, count);
    munmap(transient, (size_t)(count * page_bytes));
}
static void release_region(long count) { madvise(region, (size_t)(count * page_bytes), MADV_DONTNEED); }

/* 1 KiB blocks, so many that they fill COUNT pages and more, and a last one that stays: the heap cannot shrink. */
static void run_allocate(long count)
{
    for (long i = 0; i < count; i++) {
        blocks[i] = malloc(BLOCK_BYTES);
        if (blocks[i] == NULL)
            _exit(3);
        memset(blocks[i], 1, BLOCK_BYTES);
    }
}
static void release_allocated(long count)
{
    for (long i = 0; i + 1 < count; i++)
        free(blocks[i]);
}

static const work works[] = {
    {"empty", nothing, nothing, nothing},
    {"write", prepare_private, run_write, release_region},
    {"every-other", prepare_private, run_write_every_other, nothing},
    {"read", prepare_private, run_read, nothing},
    {"shared", prepare_shared, run_write, nothing},
    {"file-write", prepare_file, run_write, nothing},
    {"file-read", prepare_executable, run_read, nothing},
    {"transient", prepare_private, run_transient, nothing},
    {"allocate", nothing, run_allocate, release_allocated},
};

typedef struct point {
    mb_memory_reading memory, rollup;
    int64_t statm_bytes, scan_bytes, fault_count;
} point;

static point at_b, at_e1, at_e2, at_t;

static bool read_begin(point *p)
{
    bool is_read = mb_smaps_rollup_read(&reader, &p->rollup);
    is_read &= mb_footprint_read(&reader, &p->scan_bytes);
    is_read &= mb_peak_reset(&reader);
    is_read &= mb_memory_read(&reader, &p->memory);
    is_read &= mb_statm_read(&reader, &p->statm_bytes);
    is_read &= mb_faults_read(&p->fault_count);
    return is_read;
}

static bool read_end(point *p)
{
    bool is_read = mb_faults_read(&p->fault_count);
    is_read &= mb_statm_read(&reader, &p->statm_bytes);
    is_read &= mb_memory_read(&reader, &p->memory);
    is_read &= mb_footprint_read(&reader, &p->scan_bytes);
    is_read &= mb_smaps_rollup_read(&reader, &p->rollup);
    return is_read;
}

static void fill_report(void)
{
    report.rss_bytes = at_e1.memory.rss_bytes - at_b.memory.rss_bytes;
    report.anon_bytes = at_e1.memory.anon_bytes - at_b.memory.anon_bytes;
    report.status_footprint_bytes = at_e1.memory.footprint_bytes - at_b.memory.footprint_bytes;
    report.file_bytes = at_e1.memory.file_bytes - at_b.memory.file_bytes;
    report.page_table_bytes = at_e1.memory.page_table_bytes - at_b.memory.page_table_bytes;
    report.statm_bytes = at_e1.statm_bytes - at_b.statm_bytes;
    report.scan_bytes = at_e1.scan_bytes - at_b.scan_bytes;
    report.rollup_anon_bytes = at_e1.rollup.anon_bytes - at_b.rollup.anon_bytes;
    report.rollup_rss_bytes = at_e1.rollup.rss_bytes - at_b.rollup.rss_bytes;
    report.fault_count = at_e1.fault_count - at_b.fault_count;
    report.peak_bytes = at_e2.memory.peak_rss_bytes - at_b.memory.rss_bytes;
    report.retained_rss_bytes = at_e2.memory.rss_bytes - at_b.memory.rss_bytes;
    report.retained_anon_bytes = at_e2.memory.anon_bytes - at_b.memory.anon_bytes;
    report.trimmed_rss_bytes = at_t.memory.rss_bytes - at_b.memory.rss_bytes;
    report.trimmed_anon_bytes = at_t.memory.anon_bytes - at_b.memory.anon_bytes;
    report.swap_bytes = at_e1.memory.swap_bytes;
}

static void measure(const work *w, long count)
{
    static mb_allocator allocator;
    mb_allocator_find(&allocator);
    w->prepare(count);
    mb_allocator_trim(&allocator); /* its code is resident from here on */
    memset(&at_b, 0, sizeof at_b);
    memset(&at_e1, 0, sizeof at_e1);
    memset(&at_e2, 0, sizeof at_e2);
    memset(&at_t, 0, sizeof at_t);
    report.is_read = read_begin(&at_b);
    w->run(count);
    report.is_read &= read_end(&at_e1);
    if (region != NULL) {
        report.is_read &=
            mb_region_read(&reader, region, (uint64_t)(PAGES_MAX - 1) * (uint64_t)page_bytes, &report.region_bytes);
        report.is_read &= mb_pagemap_read(&reader, region, (uint64_t)(PAGES_MAX - 1) * (uint64_t)page_bytes,
                                          &report.region_by_entry_bytes);
    }
    w->release(count);
    report.is_read &= mb_memory_read(&reader, &at_e2.memory);
    report.was_trimmed = mb_allocator_trim(&allocator);
    report.is_read &= mb_memory_read(&reader, &at_t.memory);
    fill_report();
    memcpy(report.allocator, allocator.text, sizeof report.allocator);
}

static void copy(char *buffer, size_t buffer_bytes, const char *text)
{
    size_t length = strnlen(text, buffer_bytes - 1);
    memcpy(buffer, text, length);
    buffer[length] = '\0';
}

int main(int argc, char **argv)
{
    mb_rss_source source;
    if (argc != 5 || !mb_rss_source_find(argv[2], &source))
        return 2;
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    page_bytes = sysconf(_SC_PAGESIZE);
    mb_reader_open(&reader, argv[1], source);
    long count = atol(argv[4]);
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        if (strcmp(works[i].name, argv[3]) != 0)
            continue;
        measure(&works[i], count);
        mb_libc_describe(report.libc);
        copy(report.aslr, sizeof report.aslr, mb_aslr_describe(argv[1]));
        copy(report.thp, sizeof report.thp, mb_thp_describe(argv[1]));
        return write(STDOUT_FILENO, &report, sizeof report) == (ssize_t)sizeof report ? 0 : 1;
    }
    return 2;
}
