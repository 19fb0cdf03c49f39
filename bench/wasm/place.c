#include "place.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { ENTRIES_PER_READ = 512, STACK_LIMIT_BYTES_MAX = 64 << 20, GAPS_MAX = 32 };

typedef struct gap {
    uintptr_t start, end;
} gap;

/* Static, and written to in init: none of its pages comes inside a window. */
static struct {
    int pagemap, statm;
    uintptr_t page_bytes, stack_end, stack_limit, heap_start;
    uintptr_t stack_seen; /* at begin: the lowest stack page that is there */
    gap gaps[GAPS_MAX];   /* at begin: the largest stretches of the heap that are not there, in no order */
    size_t gap_count;
    uintptr_t heap_end; /* at begin */
    int64_t resident_bytes, file_bytes;
    uint64_t entries[ENTRIES_PER_READ];
} place;

/* The bounds of the mapping with that name; false when there is none. */
static bool find_mapping(const char *name, uintptr_t *start, uintptr_t *end)
{
    FILE *file = fopen("/proc/self/maps", "re");
    if (file == NULL)
        return false;
    char line[512];
    bool is_found = false;
    while (!is_found && fgets(line, sizeof line, file) != NULL) {
        is_found = strstr(line, name) != NULL && sscanf(line, "%" SCNxPTR "-%" SCNxPTR, start, end) == 2;
    }
    fclose(file);
    return is_found;
}

mb_status wasm_place_init(mb_bench *b)
{
    memset(&place, 0, sizeof place);
    place.page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    place.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    place.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    uintptr_t start, end;
    if (place.pagemap < 0 || place.statm < 0 || !find_mapping("[stack]", &start, &place.stack_end))
        return mb_skip(b, "/proc/self/pagemap, statm or maps cannot be read");
    struct rlimit limit = {.rlim_cur = STACK_LIMIT_BYTES_MAX};
    getrlimit(RLIMIT_STACK, &limit);
    if (limit.rlim_cur > STACK_LIMIT_BYTES_MAX)
        limit.rlim_cur = STACK_LIMIT_BYTES_MAX;
    place.stack_limit = place.stack_end - (uintptr_t)limit.rlim_cur / place.page_bytes * place.page_bytes;
    place.heap_start = find_mapping("[heap]", &start, &end) ? start : (uintptr_t)sbrk(0);
    return MB_OK;
}

static bool is_present(uint64_t entry) { return (entry >> 63 & 1) != 0; }

/* The end of the stretch of pages that begins at start and is all there, or all not there; *is_there says which. What
 * cannot be read counts as there. */
static uintptr_t find_stretch(uintptr_t start, uintptr_t end, bool *is_there)
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
    place.gaps[at] = (gap){start, end};
}

static uintptr_t page_floor(uintptr_t address) { return address / place.page_bytes * place.page_bytes; }

/* Where the heap ends now, as whole pages. */
static uintptr_t heap_end(void) { return page_floor((uintptr_t)sbrk(0) + place.page_bytes - 1); }

/* Resident bytes and those of files; leaves both alone when they cannot be read. */
static void read_resident(int64_t *resident_bytes, int64_t *file_bytes)
{
    char text[128];
    ssize_t length = pread(place.statm, text, sizeof text - 1, 0);
    if (length <= 0)
        return;
    text[length] = '\0';
    int64_t resident_pages, file_pages;
    if (sscanf(text, "%*d %" SCNd64 " %" SCNd64, &resident_pages, &file_pages) != 2)
        return;
    *resident_bytes = resident_pages * (int64_t)place.page_bytes;
    *file_bytes = file_pages * (int64_t)place.page_bytes;
}

void wasm_place_begin(void)
{
    bool is_there;
    read_resident(&place.resident_bytes, &place.file_bytes);
    place.stack_seen = find_stretch(place.stack_limit, place.stack_end, &is_there);
    if (is_there)
        place.stack_seen = place.stack_limit;
    place.gap_count = 0;
    place.heap_end = heap_end();
    for (uintptr_t at = place.heap_start, end; at < place.heap_end; at = end) {
        end = find_stretch(at, place.heap_end, &is_there);
        if (!is_there)
            add_gap(at, end);
    }
}

void wasm_place_region_stack(mb_bench *b)
{
    mb_region(b, "native stack", (const void *)place.stack_limit, place.stack_seen - place.stack_limit);
}

void wasm_place_region_heap(mb_bench *b)
{
    for (size_t i = 0; i < place.gap_count; i++)
        mb_region(b, "host heap", (const void *)place.gaps[i].start, place.gaps[i].end - place.gaps[i].start);
    uintptr_t end = heap_end();
    if (end > place.heap_end)
        mb_region(b, "host heap", (const void *)place.heap_end, end - place.heap_end);
#ifdef __GLIBC__
    struct mallinfo2 info = mallinfo2();
    mb_count(b, "host_heap_mapped_bytes", (int64_t)info.hblkhd);
    mb_count(b, "host_heap_free_bytes", (int64_t)info.fordblks);
#endif
}

void wasm_place_count_files(mb_bench *b)
{
    int64_t resident_bytes = 0, file_bytes = 0;
    read_resident(&resident_bytes, &file_bytes);
    mb_count(b, "main_resident_bytes", place.resident_bytes);
    mb_count(b, "main_file_bytes", place.file_bytes);
    mb_count(b, "file_growth_bytes", file_bytes - place.file_bytes);
}
