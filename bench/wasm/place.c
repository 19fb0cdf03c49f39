#include "place.h"

#include "mapping.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum {
    ENTRIES_PER_READ = 512,
    STACK_LIMIT_BYTES_MAX = 64 << 20,
    GAPS_MAX = 400, /* of the ranges that a window keeps, the rest is for others */
    MAPPINGS_MAX = 256,
    THREADS_MAX = 128,
    TEXT_BYTES = 64 << 10,
};

typedef struct range {
    uintptr_t start, end;
} range;

/* Static, and written to in init: none of its pages comes inside a window. */
static struct {
    int pagemap, statm, maps, memory;
    uintptr_t page_bytes, stack_end, stack_limit;
    uintptr_t stack_seen;         /* at begin: the lowest stack page that is there */
    range mappings[MAPPINGS_MAX]; /* at begin: what is neither a file's nor the stack's, in the order of addresses */
    range gaps[GAPS_MAX];         /* at begin: the largest stretches of them that are not there, in no order */
    range thread_stacks[THREADS_MAX]; /* threads that run just then do not tell */
    size_t mapping_count, gap_count, thread_count;
    int64_t resident_bytes, file_bytes;
    uint64_t entries[ENTRIES_PER_READ];
    char text[TEXT_BYTES];
} place;

/* Calls visit with each mapping of the process, in the order of addresses, until it returns false. Reads in pieces: a
 * process may have more mappings than there is room for. */
static void walk_mappings(bool (*visit)(void *context, const mapping *m), void *context)
{
    size_t held = 0;
    bool is_wanted = lseek(place.maps, 0, SEEK_SET) == 0;
    while (is_wanted && held < TEXT_BYTES - 1) {
        ssize_t length = read(place.maps, place.text + held, TEXT_BYTES - 1 - held);
        if (length <= 0)
            return;
        held += (size_t)length;
        place.text[held] = '\0';
        char *line = place.text, *end;
        for (; is_wanted && (end = strchr(line, '\n')) != NULL; line = end + 1) {
            mapping m;
            *end = '\0';
            if (wasm_mapping_parse(line, &m))
                is_wanted = visit(context, &m);
        }
        held -= (size_t)(line - place.text);
        memmove(place.text, line, held);
    }
}

static bool note_stack(void *context, const mapping *m)
{
    (void)context;
    if (m->is_stack)
        place.stack_end = m->end;
    return !m->is_stack;
}

mb_status wasm_place_init(mb_bench *b)
{
    memset(&place, 0, sizeof place);
    memset(place.text, 1, sizeof place.text);
    place.page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    place.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    place.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    place.maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    place.memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC); /* without it malloc's own mappings are not told */
    if (place.maps >= 0)
        walk_mappings(note_stack, NULL);
    if (place.pagemap < 0 || place.statm < 0 || place.stack_end == 0)
        return mb_skip(b, "/proc/self/pagemap, statm or maps cannot be read");
    struct rlimit limit = {.rlim_cur = STACK_LIMIT_BYTES_MAX};
    getrlimit(RLIMIT_STACK, &limit);
    if (limit.rlim_cur > STACK_LIMIT_BYTES_MAX)
        limit.rlim_cur = STACK_LIMIT_BYTES_MAX;
    place.stack_limit = place.stack_end - (uintptr_t)limit.rlim_cur / place.page_bytes * place.page_bytes;
    return MB_OK;
}

static bool is_present(uint64_t entry) { return (entry >> 63 & 1) != 0; }

/* The end of the stretch of pages that begins at start and is all there, or all not there; *is_there says which. What
 * cannot be read counts as there. */
static uintptr_t find_range(uintptr_t start, uintptr_t end, bool *is_there)
{
    *is_there = true;
    for (uintptr_t at = start; at < end;) {
        size_t wanted = (end - at) / place.page_bytes;
        if (wanted > ENTRIES_PER_READ)
            wanted = ENTRIES_PER_READ;
        ssize_t length = pread(place.pagemap, place.entries, wanted * sizeof place.entries[0],
                               (off_t)(at / place.page_bytes * sizeof place.entries[0]));
        if (length <= 0)
            return end;
        size_t count = (size_t)length / sizeof place.entries[0];
        if (at == start)
            *is_there = is_present(place.entries[0]);
        for (size_t i = 0; i < count; i++, at += place.page_bytes)
            if (is_present(place.entries[i]) != *is_there)
                return at;
    }
    return end;
}

/* Notes a gap; when there are too many the smallest is forgotten. */
static void add_gap(uintptr_t start, uintptr_t end)
{
    size_t at = place.gap_count;
    if (at == GAPS_MAX) {
        at = 0;
        for (size_t i = 1; i < GAPS_MAX; i++)
            if (place.gaps[i].end - place.gaps[i].start < place.gaps[at].end - place.gaps[at].start)
                at = i;
        if (place.gaps[at].end - place.gaps[at].start >= end - start)
            return;
    } else {
        place.gap_count++;
    }
    place.gaps[at] = (range){start, end};
}

/* Bytes of addresses, of those the resident ones, of those the ones of files; leaves all alone when they cannot be
 * read. */
static void read_sizes(int64_t *address_bytes, int64_t *resident_bytes, int64_t *file_bytes)
{
    char text[128];
    ssize_t length = pread(place.statm, text, sizeof text - 1, 0);
    if (length <= 0)
        return;
    text[length] = '\0';
    int64_t pages[3];
    if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &pages[0], &pages[1], &pages[2]) != 3)
        return;
    *address_bytes = pages[0] * (int64_t)place.page_bytes;
    *resident_bytes = pages[1] * (int64_t)place.page_bytes;
    *file_bytes = pages[2] * (int64_t)place.page_bytes;
}

int64_t wasm_place_address_bytes(void)
{
    int64_t address_bytes = -1, unused;
    read_sizes(&address_bytes, &unused, &unused);
    return address_bytes;
}

/* Notes a mapping that is there, and which of its pages are not. */
static bool note_mapping(void *context, const mapping *m)
{
    (void)context;
    bool is_there;
    if (!m->is_writable || (!m->is_anonymous && !m->is_heap))
        return true;
    if (place.mapping_count == MAPPINGS_MAX)
        return false;
    place.mappings[place.mapping_count++] = (range){m->start, m->end};
    for (uintptr_t at = m->start, end; at < m->end; at = end) {
        end = find_range(at, m->end, &is_there);
        if (!is_there)
            add_gap(at, end);
    }
    return true;
}

void wasm_place_begin(void)
{
    bool is_there;
    int64_t unused;
    read_sizes(&unused, &place.resident_bytes, &place.file_bytes);
    place.stack_seen = find_range(place.stack_limit, place.stack_end, &is_there);
    if (is_there)
        place.stack_seen = place.stack_limit;
    place.mapping_count = place.gap_count = 0;
    walk_mappings(note_mapping, NULL);
}

/* A region of what of [start, end) was not there at begin: what no mapping held, and the gaps of those there were. */
static void region_new(mb_bench *b, const char *name, uintptr_t start, uintptr_t end)
{
    for (size_t i = 0; i < place.gap_count; i++) {
        uintptr_t from = place.gaps[i].start > start ? place.gaps[i].start : start;
        uintptr_t to = place.gaps[i].end < end ? place.gaps[i].end : end;
        if (from < to)
            mb_region(b, name, (const void *)from, to - from);
    }
    uintptr_t at = start;
    for (size_t i = 0; i < place.mapping_count && at < end; i++) {
        const range *known = &place.mappings[i];
        if (known->end <= at || known->start >= end)
            continue;
        if (known->start > at)
            mb_region(b, name, (const void *)at, known->start - at);
        at = known->end;
    }
    if (at < end)
        mb_region(b, name, (const void *)at, end - at);
}

void wasm_place_region_stack(mb_bench *b)
{
    mb_region(b, "native stack", (const void *)place.stack_limit, place.stack_seen - place.stack_limit);
    stack_t other;
    if (sigaltstack(NULL, &other) == 0 && (other.ss_flags & SS_DISABLE) == 0)
        region_new(b, "signal stack", (uintptr_t)other.ss_sp, (uintptr_t)other.ss_sp + other.ss_size);
}

#ifdef __GLIBC__
enum { ARENA_BYTES = 64 << 20 }; /* glibc's heaps next to the main one begin at multiples of this */

/* What is at the start of a heap of glibc's that is not the main one. */
typedef struct arena_head {
    uintptr_t arena, previous;
    size_t size_bytes, writable_bytes;
} arena_head;

/* Bytes of the process that may be nobody's: read as a file, a tool that watches memory finds nothing wrong in it. */
static bool peek(uintptr_t address, void *bytes, size_t size)
{
    return pread(place.memory, bytes, size, (off_t)address) == (ssize_t)size;
}

static bool is_arena(const mapping *m)
{
    arena_head head;
    if (m->start % ARENA_BYTES != 0 || m->end - m->start > ARENA_BYTES || !peek(m->start, &head, sizeof head))
        return false;
    return head.arena % sizeof(void *) == 0 && head.arena / ARENA_BYTES * ARENA_BYTES != 0 &&
           head.previous % ARENA_BYTES == 0 && head.writable_bytes == m->end - m->start &&
           head.size_bytes <= head.writable_bytes && head.size_bytes > 0;
}

/* The size of a block that malloc has given a mapping of its own, when one begins at that page; else 0. */
static size_t mapped_block_bytes(uintptr_t page, uintptr_t end)
{
    enum { IS_MAPPED = 2, FLAGS = 7 };
    size_t head[2];
    if (!peek(page, head, sizeof head))
        return 0;
    size_t size = head[1] & ~(size_t)FLAGS;
    bool is_block = head[0] == 0 && (head[1] & FLAGS) == IS_MAPPED && size % place.page_bytes == 0 && size > 0;
    return is_block && size <= end - page ? size : 0;
}

/* Only pages that are there are looked at: a block's first one always is. */
static void region_blocks(mb_bench *b, const mapping *m)
{
    bool is_there;
    for (uintptr_t at = m->start, end; at < m->end; at = end) {
        end = find_range(at, m->end, &is_there);
        for (uintptr_t page = at; is_there && page < end;) {
            size_t size = mapped_block_bytes(page, m->end);
            if (size > 0)
                region_new(b, "host heap: mapped", page, page + size);
            page += size > 0 ? size : place.page_bytes;
            end = page > end ? page : end;
        }
    }
}
#endif

/* Where the stack of a waiting thread is: the last but one number of its line. 0: it cannot be read, or the thread
 * runs, after some patience with one that is about to wait. */
static uintptr_t read_stack_pointer(int tasks, const char *thread)
{
    enum { PATIENCE_MS = 50 };
    const struct timespec pause = {.tv_nsec = 1000000};
    char path[64], line[256];
    snprintf(path, sizeof path, "%.20s/syscall", thread);
    int file = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t length = pread(file, line, sizeof line - 1, 0);
    for (int waited_ms = 0; length > 0 && line[0] == 'r' && waited_ms < PATIENCE_MS; waited_ms++) { /* "running" */
        nanosleep(&pause, NULL);
        length = pread(file, line, sizeof line - 1, 0);
    }
    close(file);
    line[length > 0 ? length : 0] = '\0';
    char *last = strrchr(line, ' ');
    if (last == NULL)
        return 0;
    *last = '\0';
    char *number = strrchr(line, ' ');
    return number != NULL ? (uintptr_t)strtoull(number, NULL, 16) : 0;
}

/* All but this one, by system calls alone, since opendir allocates. */
static void find_threads(void)
{
    place.thread_count = 0;
    int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long length;
    while (tasks >= 0 && (length = syscall(SYS_getdents64, tasks, place.text, (size_t)TEXT_BYTES)) > 0) {
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(place.text + at);
            bool is_other = entry->d_name[0] != '.' && strtol(entry->d_name, NULL, 10) != syscall(SYS_gettid);
            uintptr_t address = is_other ? read_stack_pointer(tasks, entry->d_name) : 0;
            if (address != 0 && place.thread_count < THREADS_MAX)
                place.thread_stacks[place.thread_count++] = (range){address, address};
            at += entry->d_reclen;
        }
    }
    if (tasks >= 0)
        close(tasks);
}

/* Makes a whole stack of an address in it. A thread has its guard pages directly below, which part its mapping, and
 * often the stack where it handles signals; context is where such small mappings without a break begin. */
static bool widen_stacks(void *context, const mapping *m)
{
    enum { SMALL_BYTES = 64 << 10 };
    range *below = context;
    if (m->start != below->end)
        below->start = m->start;
    for (size_t i = 0; i < place.thread_count; i++) {
        range *stack = &place.thread_stacks[i];
        if (m->is_anonymous && stack->start == stack->end && stack->start >= m->start && stack->start < m->end)
            *stack = (range){below->start, m->end};
    }
    below->end = m->end;
    if (!m->is_anonymous || m->end - m->start > SMALL_BYTES)
        below->start = m->end;
    return true;
}

static bool is_thread_stack(const mapping *m)
{
    for (size_t i = 0; i < place.thread_count; i++)
        if (m->start >= place.thread_stacks[i].start && m->end <= place.thread_stacks[i].end)
            return true;
    return false;
}

static bool region_heap(void *context, const mapping *m)
{
    mb_bench *b = context;
    if (is_thread_stack(m)) {
        region_new(b, "thread stacks", m->start, m->end);
        return true;
    }
    if (m->is_heap)
        region_new(b, "host heap", m->start, m->end);
#ifdef __GLIBC__
    bool is_there = false;
    if (m->is_anonymous && m->is_readable && m->is_writable)
        find_range(m->start, m->start + place.page_bytes, &is_there);
    if (is_there && is_arena(m))
        region_new(b, "host heap: arenas", m->start, m->end);
    else if (m->is_anonymous && m->is_readable && m->is_writable)
        region_blocks(b, m);
#endif
    return true;
}

void wasm_place_region_heap(mb_bench *b)
{
    range below = {0, 0};
    find_threads();
    walk_mappings(widen_stacks, &below);
    walk_mappings(region_heap, b);
#ifdef __GLIBC__
    struct mallinfo2 info = mallinfo2();
    mb_count(b, "host_heap_mapped_bytes", (int64_t)info.hblkhd);
    mb_count(b, "host_heap_free_bytes", (int64_t)info.fordblks);
#endif
}

void wasm_place_count_files(mb_bench *b)
{
    int64_t unused, file_bytes = 0;
    read_sizes(&unused, &unused, &file_bytes);
    mb_count(b, "main_resident_bytes", place.resident_bytes);
    mb_count(b, "main_file_bytes", place.file_bytes);
    mb_count(b, "file_growth_bytes", file_bytes - place.file_bytes);
}
