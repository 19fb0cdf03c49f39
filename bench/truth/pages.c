/* Mapped memory: every page is known. Setup goes once through the code of run, so that its own pages are there. */
#include "truth.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { TMPFS_FILE_SYSTEM = 0x01021994, HUGE_PAGE_BYTES = 2 << 20, FILE_PAGES_MAX = 64 };

struct mapping {
    unsigned char *memory;
    uint64_t page_count;
    int file_fd;
};

static mb_status fail_map(mb_bench *b) { return mb_out_of_memory(b, "mmap: %s", strerror(errno)); }

static void release_mapping(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    pages_unmap(mapping->memory, mapping->page_count);
    mapping->memory = NULL;
}

static mb_status setup_warm(mb_bench *b)
{
    unsigned char *memory = pages_map(1);
    if (memory == NULL)
        return fail_map(b);
    pages_unmap(memory, 1);
    return MB_OK;
}

/* +0 everywhere. */
static mb_status run_empty(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

const mb_case truth_empty = {MB_CASE_INIT, .group = "truth_empty", .summary = "nothing at all: +0", .run = run_empty};

/* Exactly N anonymous pages and, warm, N faults. */
static mb_status run_touch(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    mapping->page_count = mb_param(b, "pages");
    if (mapping->page_count == 0)
        return MB_OK;
    mapping->memory = pages_map(mapping->page_count);
    return mapping->memory != NULL ? MB_OK : fail_map(b);
}

const mb_case truth_touch = {
    MB_CASE_INIT,
    .group = "truth_touch",
    .summary = "touches exactly N pages",
    .params = MB_PARAMS(MB_PARAM("pages", 0, 1, 2, 17, 1000)),
    .state_bytes = sizeof(struct mapping),
    .setup = setup_warm,
    .run = run_touch,
    .release = release_mapping,
};

/* With transparent huge pages off: N pages. With them on: 512 for each begun stretch of 2 MiB. */
static mb_status run_huge(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    uint64_t page_count = mb_param(b, "pages"), bytes = page_count * page_bytes_get();
    uint64_t huge_bytes = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
    mapping->page_count = (huge_bytes + HUGE_PAGE_BYTES) / page_bytes_get();
    void *memory = mmap(NULL, huge_bytes + HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return fail_map(b);
    mapping->memory = memory;
    unsigned char *aligned =
        mapping->memory + (HUGE_PAGE_BYTES - (uintptr_t)memory % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
    if (madvise(aligned, huge_bytes, MADV_HUGEPAGE) != 0)
        return mb_skip(b, "no transparent huge pages here: %s", strerror(errno));
    pages_touch(aligned, page_count);
    return MB_OK;
}

static mb_status setup_huge(mb_bench *b)
{
    mb_status status = run_huge(b);
    release_mapping(b);
    return status;
}

const mb_case truth_huge = {
    MB_CASE_INIT,
    .group = "truth_huge",
    .summary = "touches N pages of memory that asks for huge pages",
    .params = MB_PARAMS(MB_PARAM("pages", 1, 17, 1000)),
    .state_bytes = sizeof(struct mapping),
    .setup = setup_huge,
    .run = run_huge,
    .release = release_mapping,
    .teardown = release_mapping,
};

/* N pages that status counts as RssShmem, not as RssAnon. */
static mb_status run_shared(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    mapping->page_count = mb_param(b, "pages");
    void *memory =
        mmap(NULL, mapping->page_count * page_bytes_get(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return fail_map(b);
    mapping->memory = memory;
    pages_touch(mapping->memory, mapping->page_count);
    return MB_OK;
}

const mb_case truth_shared = {
    MB_CASE_INIT,
    .group = "truth_shared",
    .summary = "touches N pages of shared anonymous memory",
    .params = MB_PARAMS(MB_PARAM("pages", 1, 17, 1000)),
    .state_bytes = sizeof(struct mapping),
    .setup = setup_warm,
    .run = run_shared,
    .release = release_mapping,
};

/* Makes the program's file large enough to be mapped. */
static const unsigned char file_filler[FILE_PAGES_MAX * 4096] = {1};

/* Memory of a file on tmpfs counts as shared memory: such a place cannot show file pages. */
static mb_status setup_file(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    struct statfs system;
    struct stat file;
    mb_keep(file_filler);
    mapping->file_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (mapping->file_fd < 0 || fstatfs(mapping->file_fd, &system) != 0 || fstat(mapping->file_fd, &file) != 0)
        return mb_fail(b, "/proc/self/exe: %s", strerror(errno));
    if (system.f_type == TMPFS_FILE_SYSTEM)
        return mb_skip(b, "the program lies on tmpfs, whose pages count as shared memory");
    if ((uint64_t)file.st_size < mb_param(b, "pages") * page_bytes_get())
        return mb_skip(b, "the program is smaller than %d pages of this size", FILE_PAGES_MAX);
    return setup_warm(b);
}

/* N file pages, mapped at once: no anonymous ones. */
static mb_status run_file(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    mapping->page_count = mb_param(b, "pages");
    void *memory =
        mmap(NULL, mapping->page_count * page_bytes_get(), PROT_READ, MAP_PRIVATE | MAP_POPULATE, mapping->file_fd, 0);
    if (memory == MAP_FAILED)
        return fail_map(b);
    mapping->memory = memory;
    return MB_OK;
}

static void teardown_file(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    release_mapping(b);
    if (mapping->file_fd > 0)
        close(mapping->file_fd);
}

const mb_case truth_file = {
    MB_CASE_INIT,
    .group = "truth_file",
    .summary = "maps N pages of a file and reads them",
    .params = MB_PARAMS(MB_PARAM("pages", 1, 17, FILE_PAGES_MAX)),
    .state_bytes = sizeof(struct mapping),
    .setup = setup_file,
    .run = run_file,
    .release = release_mapping,
    .teardown = teardown_file,
};

/* A peak of 500 pages of which nothing is left at E1. */
static mb_status run_transient(mb_bench *b, const char *mark)
{
    unsigned char *memory = pages_map(TRUTH_PEAK_PAGES);
    if (memory == NULL)
        return fail_map(b);
    if (mark != NULL)
        mb_mark(b, mark);
    pages_unmap(memory, TRUTH_PEAK_PAGES);
    return MB_OK;
}

static mb_status run_transient_marked(mb_bench *b) { return run_transient(b, "top"); }

static mb_status run_transient_unmarked(mb_bench *b) { return run_transient(b, NULL); }

const mb_case truth_transient_marked = {
    MB_CASE_INIT,         .group = "truth_transient",
    .function = "marked", .summary = "a peak of 500 pages with a mark at its top, which is a reading",
    .setup = setup_warm,  .run = run_transient_marked,
};

const mb_case truth_transient_unmarked = {
    MB_CASE_INIT,           .group = "truth_transient",
    .function = "unmarked", .summary = "a peak of 500 pages without a mark",
    .setup = setup_warm,    .run = run_transient_unmarked,
};

/* Mark "first" at 3 pages, "second" at 8, region "buffer" 8 of 16 pages, count "own_units" 12345. */
static mb_status run_marks(mb_bench *b)
{
    struct mapping *mapping = mb_state(b);
    uint64_t bytes = TRUTH_REGION_PAGES * page_bytes_get();
    mapping->page_count = TRUTH_REGION_PAGES;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return fail_map(b);
    mapping->memory = memory;
    pages_touch(mapping->memory, TRUTH_MARK_PAGES_FIRST);
    mb_mark(b, "first");
    pages_touch(mapping->memory, TRUTH_MARK_PAGES_SECOND);
    mb_mark(b, "second");
    mb_region(b, "buffer", mapping->memory, bytes);
    mb_count(b, "own_units", 1);
    mb_count(b, "own_units", TRUTH_COUNT_VALUE);
    mb_operations(b, TRUTH_REGION_PAGES);
    return MB_OK;
}

const mb_case truth_marks = {
    MB_CASE_INIT,
    .group = "truth_marks",
    .summary = "two marks, a region and a count of known values",
    .state_bytes = sizeof(struct mapping),
    .setup = setup_warm,
    .run = run_marks,
    .release = release_mapping,
};
