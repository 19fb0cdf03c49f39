/* Known truth: pages that are touched here. Only these count, so it need not be a fresh process: a run asks in the
 * coordinator itself, and the doctor, who wants costs, a peak and a look from outside, in one that is forked. */
#include "readings/helper.h"
#include "base/clock.h"

#include "readings/proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const int64_t mb_helper_touched_pages[MB_HELPER_STEPS] = {0, 1, 3, 25, 257};

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { ALL_PAGES = 1 + 3 + 25 + 257, SPARE_PAGES = 1, TRANSIENT_PAGES = 257, COST_ROUNDS = 9, COUNT_ONLY = 1 };

typedef struct helper {
    mb_reader reader;
    char *pages; /* ALL_PAGES, and behind them one to warm up with */
    mb_helper_report report;
} helper;

static void clear(helper *h)
{
    memset(h, 0, sizeof *h);
    h->report.rss_bytes = -1;
}

/* One number of one source, in pages (faults: in faults). */
static bool ask(helper *h, mb_source source, int64_t *value_pages)
{
    mb_memory_reading memory;
    int64_t page_bytes = (int64_t)h->reader.page_bytes;
    int64_t size_bytes = 0;
    bool is_read = false;
    switch (source) {
    case MB_SOURCE_STATM:
        is_read = mb_statm_read(&h->reader, &size_bytes);
        break;
    case MB_SOURCE_STATUS:
        is_read = mb_status_read(&h->reader, &memory);
        size_bytes = is_read ? memory.anon_bytes : 0;
        break;
    case MB_SOURCE_SMAPS_ROLLUP:
        is_read = mb_smaps_rollup_read(&h->reader, &memory);
        size_bytes = is_read ? memory.anon_bytes : 0;
        break;
    case MB_SOURCE_PAGEMAP_SCAN:
        is_read = mb_pagemap_scan_read(&h->reader, &size_bytes);
        break;
    case MB_SOURCE_PAGEMAP:
        is_read = h->pages != NULL &&
                  mb_pagemap_read(&h->reader, h->pages, (uint64_t)ALL_PAGES * h->reader.page_bytes, &size_bytes);
        break;
    case MB_SOURCE_FAULTS:
        is_read = h->pages != NULL && mb_faults_read(&size_bytes);
        page_bytes = COUNT_ONLY;
        break;
    case MB_SOURCE_PEAK:
    case MB_SOURCE_PS:
    case MB_SOURCE_COUNT:
        break;
    }
    *value_pages = size_bytes / page_bytes;
    return is_read;
}

static void take_step(helper *h, mb_source_set sources, int step)
{
    h->report.valid[step] = 0;
    for (int s = 0; s < MB_SOURCE_COUNT; s++)
        if ((sources & 1u << s) != 0 && ask(h, (mb_source)s, &h->report.value_pages[step][s]))
            h->report.valid[step] |= 1u << s;
}

static void touch(char *pages, int64_t first, int64_t count, uint64_t page_bytes)
{
    for (int64_t i = first; i < first + count; i++)
        ((volatile char *)pages)[(uint64_t)i * page_bytes] = 1;
}

/* In one call where the kernel can (5.14): it takes the same way for each of the pages, without their traps. */
static bool populate(char *pages, int64_t first, int64_t count, uint64_t page_bytes)
{
    return madvise(pages + (uint64_t)first * page_bytes, (uint64_t)count * page_bytes, MADV_POPULATE_WRITE) == 0;
}

static int compare_ns(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void take_cost(helper *h, mb_source source)
{
    int64_t rounds_ns[COST_ROUNDS];
    int64_t unused = 0;
    for (int i = 0; i < COST_ROUNDS; i++) {
        int64_t start_ns = (int64_t)mb_now_ns();
        if (source == MB_SOURCE_PEAK)
            (void)mb_peak_reset(&h->reader);
        else
            (void)ask(h, source, &unused);
        rounds_ns[i] = (int64_t)mb_now_ns() - start_ns;
    }
    qsort(rounds_ns, COST_ROUNDS, sizeof rounds_ns[0], compare_ns);
    h->report.cost_ns[source] = rounds_ns[COST_ROUNDS / 2];
}

static char *map_pages(uint64_t size_bytes)
{
    char *pages = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    (void)madvise(pages, size_bytes, MADV_NOHUGEPAGE); /* EINVAL: the kernel has no huge pages to begin with */
    return pages;
}

/* How many pages of a transient that is gone again VmHWM misses. */
static bool take_peak(helper *h, int64_t transient_pages)
{
    mb_memory_reading before;
    mb_memory_reading after;
    uint64_t size_bytes = (uint64_t)transient_pages * h->reader.page_bytes;
    char *pages = map_pages(size_bytes);
    if (pages == NULL)
        return false;
    bool is_read = mb_peak_reset(&h->reader) && mb_status_read(&h->reader, &before);
    touch(pages, 0, transient_pages, h->reader.page_bytes);
    munmap(pages, size_bytes);
    is_read = is_read && mb_status_read(&h->reader, &after) && (after.valid & MB_READING_PEAK) != 0;
    if (is_read)
        h->report.peak_missed_pages =
            transient_pages - (after.peak_rss_bytes - before.rss_bytes) / (int64_t)h->reader.page_bytes;
    return is_read;
}

/* The helper is cleared: every page of it has been touched. */
static bool take_steps(helper *h, mb_source_set sources)
{
    h->pages = map_pages((uint64_t)(ALL_PAGES + SPARE_PAGES) * h->reader.page_bytes);
    if (h->pages == NULL)
        return false;
    /* Each path is gone through once, so that the steps see none of their own first touches. */
    take_step(h, sources, 0);
    touch(h->pages, ALL_PAGES, SPARE_PAGES, h->reader.page_bytes);

    const bool counts_faults = (sources & 1u << MB_SOURCE_FAULTS) != 0;
    int64_t touched_pages = 0;
    for (int step = 0; step < MB_HELPER_STEPS; step++) {
        const int64_t count = mb_helper_touched_pages[step];
        if (counts_faults || !populate(h->pages, touched_pages, count, h->reader.page_bytes))
            touch(h->pages, touched_pages, count, h->reader.page_bytes);
        touched_pages += count;
        take_step(h, sources, step);
    }
    return true;
}

static void measure(helper *h, const char *root, mb_source_set sources)
{
    mb_memory_reading last;
    mb_reader_open(&h->reader, root, MB_RSS_STATUS);
    if (!take_steps(h, sources))
        return;
    for (int s = 0; s < MB_SOURCE_COUNT; s++)
        if ((sources & 1u << s) != 0)
            take_cost(h, (mb_source)s);
    if ((sources & 1u << MB_SOURCE_PEAK) != 0 && take_peak(h, 1) && take_peak(h, TRANSIENT_PAGES))
        h->report.valid[0] |= 1u << MB_SOURCE_PEAK;
    if (mb_smaps_rollup_read(&h->reader, &last) || mb_status_read(&h->reader, &last))
        h->report.rss_bytes = last.rss_bytes;
}

void mb_helper_ask(const char *root, mb_source_set sources, mb_helper_report *report)
{
    helper h;
    clear(&h);
    mb_reader_open_sizes(&h.reader, root, MB_RSS_SMAPS_ROLLUP);
    if (take_steps(&h, sources))
        munmap(h.pages, (uint64_t)(ALL_PAGES + SPARE_PAGES) * h.reader.page_bytes);
    mb_reader_close(&h.reader);
    *report = h.report;
}

_Noreturn static void helper_main(const char *root, mb_source_set sources, int output, int hold)
{
    helper h;
    char unused = 0;
    clear(&h);
    /* What comes after the last reading touches nothing for the first time either: ps is asked then. */
    (void)!write(output, &unused, 0);
    (void)!read(hold, &unused, 0);
    measure(&h, root, sources);
    ssize_t written = write(output, &h.report, sizeof h.report);
    while (written == (ssize_t)sizeof h.report && read(hold, &unused, 1) < 0 && errno == EINTR)
        continue;
    _exit(0);
}

static bool read_report(int input, mb_helper_report *report)
{
    char *at = (char *)report;
    size_t length = 0;
    while (length < sizeof *report) {
        ssize_t got = read(input, at + length, sizeof *report - length);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        length += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static void close_both(int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

mb_status mb_helper_run(const char *root, mb_source_set sources, void (*inspect)(pid_t pid, void *context),
                        void *context, mb_helper_report *report, mb_error *error)
{
    int answer[2];
    int hold[2];
    mb_helper_report received;
    if (pipe2(answer, O_CLOEXEC) != 0)
        return mb_error_set_errno(error, errno, "cannot create a pipe to calibrate the readings");
    if (pipe2(hold, O_CLOEXEC) != 0) {
        int failure = errno;
        close_both(answer);
        return mb_error_set_errno(error, failure, "cannot create a pipe to calibrate the readings");
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(answer[0]);
        close(hold[1]);
        helper_main(root, sources, answer[1], hold[0]);
    }
    int failure = errno;
    close(answer[1]);
    bool is_read = pid > 0 && read_report(answer[0], &received);
    if (is_read && inspect != NULL)
        inspect(pid, context);
    close(answer[0]);
    close_both(hold);
    if (pid < 0)
        return mb_error_set_errno(error, failure, "cannot start the process that calibrates the readings");
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (!is_read)
        return mb_error_set(error, MB_ERROR_SYSTEM, "the process that calibrates the readings ended without a report");
    *report = received;
    return MB_OK;
}

static bool step_root(const char *root, int step, char *buffer, size_t buffer_bytes)
{
    int length = snprintf(buffer, buffer_bytes, "%s/step-%d", root, step);
    return length > 0 && (size_t)length < buffer_bytes;
}

bool mb_helper_is_recorded(const char *root)
{
    char folder[PATH_MAX];
    return root != NULL && root[0] != '\0' && step_root(root, 0, folder, sizeof folder) && access(folder, F_OK) == 0;
}

void mb_helper_replay(const char *root, mb_source_set sources, mb_helper_report *report)
{
    const mb_source_set recordable = 1u << MB_SOURCE_STATM | 1u << MB_SOURCE_STATUS | 1u << MB_SOURCE_SMAPS_ROLLUP;
    helper h;
    char folder[PATH_MAX];
    clear(&h);
    for (int step = 0; step < MB_HELPER_STEPS; step++) {
        if (!step_root(root, step, folder, sizeof folder))
            continue;
        mb_reader_open(&h.reader, folder, MB_RSS_STATUS);
        take_step(&h, sources & recordable, step);
        mb_reader_close(&h.reader);
    }
    *report = h.report;
}
