/* PAGEMAP_SCAN (Linux 6.7): the kernel walks the page tables and reports ranges of pages of a wanted kind. */
#include "readings/pagemap_scan.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface, written down here because headers older than 6.7 lack it (include/uapi/linux/fs.h). */
enum {
    CATEGORY_FILE = 1u << 2, /* of a file, or shared anonymous */
    CATEGORY_PRESENT = 1u << 3,
    CATEGORY_ZERO = 1u << 5, /* the zero page */
};

struct scan_region {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
};

struct scan_argument {
    uint64_t size;
    uint64_t flags;
    uint64_t start;
    uint64_t end;
    uint64_t walk_end; /* out: where the walk stopped, when there was no more room */
    uint64_t regions;
    uint64_t region_count;
    uint64_t max_pages;
    uint64_t category_inverted;
    uint64_t category_mask;
    uint64_t category_anyof_mask;
    uint64_t return_mask;
};

#define SCAN_REQUEST _IOWR('f', 16, struct scan_argument)

enum { REGIONS_MAX = MB_READER_TEXT_BYTES / sizeof(struct scan_region) };

/* Pages that have every category of `wanted` and none of `unwanted`: bytes of them inside [from, to). */
static bool scan_bytes(mb_reader *reader, uint64_t from, uint64_t to, uint64_t wanted, uint64_t unwanted,
                       int64_t *size_bytes)
{
    struct scan_region *regions = (struct scan_region *)(void *)reader->buffer.entries;
    struct scan_argument argument = {
        .size = sizeof argument,
        .start = from - from % reader->page_bytes,
        .end = to + (reader->page_bytes - to % reader->page_bytes) % reader->page_bytes,
        .regions = (uint64_t)(uintptr_t)regions,
        .region_count = REGIONS_MAX,
        .category_inverted = unwanted,
        .category_mask = wanted | unwanted,
        .return_mask = CATEGORY_PRESENT,
    };
    int64_t sum_bytes = 0;
    while (argument.start < argument.end) {
        long region_count;
        do { /* not ioctl(): C libraries disagree about the type of its request */
            region_count = syscall(SYS_ioctl, reader->descriptors[MB_FILE_PAGEMAP], SCAN_REQUEST, &argument);
        } while (region_count < 0 && errno == EINTR);
        if (region_count < 0 || region_count > REGIONS_MAX || argument.walk_end <= argument.start)
            return false;
        for (long i = 0; i < region_count; i++) {
            uint64_t start = regions[i].start > from ? regions[i].start : from;
            uint64_t end = regions[i].end < to ? regions[i].end : to;
            sum_bytes += end > start ? (int64_t)(end - start) : 0;
        }
        argument.start = argument.walk_end;
    }
    *size_bytes = sum_bytes;
    return true;
}

void mb_pagemap_scan_probe(mb_reader *reader)
{
    /* Ends of user addresses: five-level paging, four-level and smaller ones. An end too high is refused (EFAULT). */
    static const uint64_t bits[] = {56, 52, 48, 47, 42, 39, 38};
    int64_t unused_bytes = 0;
    reader->scan_end = 0;
    reader->scan_error = ENOTTY;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0] && sizeof(void *) == 8; i++) {
        uint64_t end = (UINT64_C(1) << bits[i]) - reader->page_bytes;
        errno = 0;
        /* The last page alone: whether the end is refused depends on no other, and a whole walk costs 20 us. */
        if (scan_bytes(reader, end - reader->page_bytes, end, CATEGORY_PRESENT, CATEGORY_FILE | CATEGORY_ZERO,
                       &unused_bytes)) {
            reader->scan_end = end;
            reader->scan_error = 0;
            return;
        }
        reader->scan_error = errno != 0 ? errno : EINVAL;
        if (reader->scan_error != EFAULT)
            return;
    }
}

bool mb_pagemap_scan_read(mb_reader *reader, int64_t *footprint_bytes)
{
    if (reader->scan_end == 0)
        return false;
    return scan_bytes(reader, 0, reader->scan_end, CATEGORY_PRESENT, CATEGORY_FILE | CATEGORY_ZERO, footprint_bytes);
}

bool mb_region_read(mb_reader *reader, const void *address, uint64_t nominal_bytes, int64_t *resident_bytes)
{
    uint64_t from = (uint64_t)(uintptr_t)address;
    if (from >= reader->scan_end || nominal_bytes > reader->scan_end - from)
        return mb_pagemap_read(reader, address, nominal_bytes, resident_bytes);
    return scan_bytes(reader, from, from + nominal_bytes, CATEGORY_PRESENT, 0, resident_bytes);
}
