#include "worker/window.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The window. Memory is read at B, E1, E2 and T of one process, and all figures are differences to B. What makes a
 * difference exact is that nothing of ours happens in between: storage is static and touched before, descriptors are
 * open, readers have run once, the heap hook has proven that it counts, and events go out after T. Rejected: reading
 * from outside, where the moment of a reading is not the program's, and an empty run to subtract, which turns a
 * systematic error into noise. What it cannot see: memory that comes and goes between two
 * readings is in the peak alone, and pages that the kernel takes back meanwhile are missing. */
/* Static, and touched before the first B: no page of it appears inside a window. */
static mb_window_data window;

/* An allocation of known size must move it. */
const mb_heap_hook *mb_window_find_hook(void)
{
    enum { KNOWN_BYTES = 4321 };
    const mb_heap_hook *hook = mb_heap_hook_take(getenv(MB_HEAP_HOOK_VARIABLE));
    if (hook == NULL)
        return NULL;
    mb_heap_reading reading;
    hook->begin();
    void *block = malloc(KNOWN_BYTES);
    mb_keep(block);
    hook->read(&reading);
    free(block);
    return reading.alloc_count == 1 && reading.alloc_bytes == KNOWN_BYTES ? hook : NULL;
}

static const mb_heap_hook *pool_hook; /* of a version that takes blocks from the program, once it counts */

void mb_heap_add(const void *block, size_t byte_count)
{
    if (pool_hook != NULL)
        pool_hook->add(block, byte_count);
}

size_t mb_heap_remove(const void *block) { return pool_hook != NULL ? pool_hook->remove(block) : 0; }

/* The allocator sets itself up at its first call, before the first window: what that takes is not a cost of the case.
 */
static void wake_allocator(void)
{
    void *block = malloc(1);
    mb_keep(block);
    free(block);
}

static void open_sizes(const char *root)
{
    mb_rss_source source = MB_RSS_STATUS;
    const char *name = getenv("MEMBENCH_RSS");
    if (name != NULL)
        mb_rss_source_find(name, &source);
    mb_reader_open_sizes(&window.reader, root, source);
}

bool mb_window_reads_one_page(void)
{
    mb_memory_reading before, after;
    open_sizes(getenv("MEMBENCH_ROOT"));
    size_t page_bytes = window.reader.page_bytes;
    char *page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return true; /* nothing was learned: a limit on memory may be in force */
    bool has_both = mb_memory_read(&window.reader, &before);
    *(volatile char *)page = 1;
    has_both &= mb_memory_read(&window.reader, &after);
    munmap(page, page_bytes);
    mb_reader_close(&window.reader);
    return !has_both || after.anon_bytes - before.anon_bytes == (int64_t)page_bytes;
}

static void prepare_pages(void)
{
    const char *root = getenv("MEMBENCH_ROOT");
    if (strcmp(mb_aslr_describe(root), "on") == 0)
        mb_populate_files(true);
    window.cpu_count = (int)mb_environment_integer("MEMBENCH_CPUS", 0);
    if (window.cpu_count <= 0)
        window.cpu_count = (int)sysconf(_SC_NPROCESSORS_CONF);
    open_sizes(root);
    window.is_inexact = getenv("MEMBENCH_RSS_INEXACT") != NULL;
}

void mb_window_prepare(mb_bench *b)
{
    mb_populate_storage(&window, sizeof window);
    memset(&window, 0, sizeof window); /* writes, so that the pages are there */
    mb_window_values_prepare();
    mb_event_prepare();
    mb_allocator_find(&window.allocator);
    wake_allocator();
    if (b->pass == MB_PASS_HEAP)
        window.heap = mb_window_find_hook();
    if (window.heap != NULL && window.heap->table_bytes >= MB_HEAP_HOOK_BYTES_SECOND)
        pool_hook = window.heap;
    if (b->pass == MB_PASS_PAGES)
        prepare_pages();
    else if (b->pass == MB_PASS_HEAP)
        mb_reader_open_statm(&window.reader, getenv("MEMBENCH_ROOT"));
    mb_notes_prepare(b->pass, &window.reader, window.heap);
}

/* What could be read before and now cannot: the case has closed the file, or its number is another's. Its samples would
 * count without these metrics, and so without what grew. */
static void check_file(bool was_read, bool is_read)
{
    if (was_read && !is_read)
        mb_event_leave_closed();
}

static void read_memory(int point)
{
    bool is_read = mb_memory_read(&window.reader, &window.memory[point]);
    check_file(window.was_read, is_read);
    window.was_read = is_read;
}

/* Part of a reading, which is exact, or another source had been chosen. Only huge pages of hugetlbfs have to be looked
 * for page by page: a walk of all page tables takes three times as long as the reading. */
static bool take_footprint(int point)
{
    const mb_memory_reading *reading = &window.memory[point];
    if ((reading->valid & MB_READING_FOOTPRINT) == 0 || reading->hugetlb_bytes > 0) {
        mb_reader_open_addresses(&window.reader, getenv("MEMBENCH_ROOT"));
        return mb_footprint_read(&window.reader, &window.footprint_bytes[point]);
    }
    window.footprint_bytes[point] = reading->footprint_bytes;
    return true;
}

/* Shared memory at B is mostly the program itself: what lies on a tmpfs is that to the kernel, code and constants too.
 * All of these pages then have to be there before, or they would count as the case's. Pages of data not: written to,
 * they are memory of the process, and no longer of the file. */
static bool holds_shared(void)
{
    const mb_memory_reading *at_b = &window.memory[MB_POINT_B];
    return (at_b->valid & MB_READING_FOOTPRINT) != 0 && at_b->anon_bytes > at_b->footprint_bytes;
}

/* What the readings of this window need and the process has not yet; true when something came of it, which belongs
 * before B. */
static bool bring_in_needed(void)
{
    bool opens = window.memory[MB_POINT_B].hugetlb_bytes > 0 &&
                 mb_reader_open_addresses(&window.reader, getenv("MEMBENCH_ROOT"));
    bool maps = !window.is_steady && holds_shared();
    if (maps)
        mb_populate_files(false);
    return opens || maps;
}

/* The fault counter last at B and first at E1: so it sees nothing of the others. */
static void read_pages_begin(void)
{
    window.peak_was_reset = mb_peak_reset(&window.reader);
    if (!window.is_untraced)
        mb_lowering_begin();
    mb_memory_reading before = window.memory[MB_POINT_T];
    read_memory(MB_POINT_B);
    if (bring_in_needed())
        read_memory(MB_POINT_B);
    window.has_footprint = take_footprint(MB_POINT_B);
    window.has_between_anon = (before.valid & window.memory[MB_POINT_B].valid & MB_READING_ANON) != 0;
    window.between_anon_bytes = window.memory[MB_POINT_B].anon_bytes - before.anon_bytes;
    window.has_faults = mb_faults_read(&window.fault_count[MB_POINT_B]);
}

static void read_pages_run(void)
{
    window.has_faults &= mb_faults_read(&window.fault_count[MB_POINT_E1]);
    read_memory(MB_POINT_E1);
    window.has_footprint &= take_footprint(MB_POINT_E1);
}

/* begin() starts all figures at zero, so what the window before and the calls since then left is read first. */
static void read_heap(int point)
{
    if (window.heap == NULL)
        return;
    if (point == MB_POINT_B) {
        int64_t before_bytes = window.heap_points[MB_POINT_T].live_bytes;
        window.heap->read(&window.heap_points[MB_POINT_B]);
        window.between_heap_bytes = window.heap_points[MB_POINT_B].live_bytes - before_bytes;
        mb_heap_hook_say_point(window.heap, point);
        window.heap->begin();
    }
    window.heap->read(&window.heap_points[point]);
    mb_heap_hook_read_requested(window.heap, &window.requested_points[point]);
    if (point != MB_POINT_B)
        mb_heap_hook_say_point(window.heap, point);
    if (point > MB_POINT_E1)
        return;
    bool is_read = mb_statm_read_anon(&window.reader, &window.heap_pages_bytes[point]);
    if (!is_read)
        window.heap_pages_bytes[point] = 0;
    check_file(point == MB_POINT_E1 && window.heap_pages_bytes[MB_POINT_B] > 0, is_read);
}

static void read_point(const mb_bench *b, int point)
{
    if (b->pass == MB_PASS_HEAP) {
        read_heap(point);
    } else if (point == MB_POINT_B) {
        read_pages_begin();
    } else if (point == MB_POINT_E1) {
        read_pages_run();
    } else {
        read_memory(point);
    }
}

/* Late, so that setup runs unfiltered. Untraced, a filter would make munmap fail: so only where our tracer has us.
 * VmHWM is asked for only where the tracer may be unable to read: it costs two files. */
static void prepare_peak(const mb_bench *b)
{
    static bool is_prepared;
    if (is_prepared)
        return;
    is_prepared = true;
    const char *traced = getenv("MEMBENCH_TRACED");
    window.is_untraced = b->pass != MB_PASS_PAGES || traced == NULL || strcmp(traced, "yes") != 0;
    window.filter_errnum = (int)mb_environment_integer("MEMBENCH_TRACED", 0);
    if (!window.is_untraced) {
        window.filter_errnum = mb_lowering_filter_install(MB_FILTER_BRIEF);
        window.is_untraced = window.filter_errnum != 0;
    }
    if (b->pass != MB_PASS_PAGES || (!window.is_untraced && window.reader.rss_source == MB_RSS_STATUS))
        return;
    mb_reader_open_peak(&window.reader, getenv("MEMBENCH_ROOT"));
}

/* Without a release nothing happens between E1 and E2, unless other threads run: one reading is both. */
static void release_with_sign(mb_bench *b)
{
    if (b->definition.release != NULL) {
        mb_event_sign('x');
        b->definition.release(b);
        mb_event_check();
    }
    mb_notes_close();
    if (b->pass == MB_PASS_PAGES && b->definition.release == NULL && (b->definition.flags & MB_CASE_THREADS) == 0)
        window.memory[MB_POINT_E2] = window.memory[MB_POINT_E1];
    else
        read_point(b, MB_POINT_E2);
}

const mb_window_data *mb_window_take(mb_bench *b, mb_window which, mb_status *status_of_run)
{
    prepare_peak(b);
    window.is_steady = which == MB_WINDOW_STEADY;
    mb_event_sign('r');
    read_point(b, MB_POINT_B);
    mb_notes_open();
    *status_of_run = b->definition.run(b);
    if (*status_of_run != MB_OK) {
        mb_notes_close();
        return &window;
    }
    mb_notes_lock();
    read_point(b, MB_POINT_E1);
    mb_notes_unlock();
    mb_event_check();
    release_with_sign(b);
    if (!window.is_untraced)
        mb_lowering_end(&window.peak);
    mb_event_sign('t');
    window.has_trim = mb_allocator_trim(&window.allocator);
    read_point(b, MB_POINT_T);
    return &window;
}

void mb_window_begin(mb_window which)
{
    mb_event_begin("begin");
    mb_event_string("window", mb_window_name(which));
    mb_event_hold();
}

mb_status mb_window_measure(mb_bench *b, mb_window which)
{
    mb_status status;
    mb_window_begin(which);
    const mb_window_data *data = mb_window_take(b, which, &status);
    if (status == MB_OK)
        mb_window_send(b, data);
    return status;
}

void mb_window_trim(void) { mb_allocator_trim(&window.allocator); }
