/* /proc/self/pagemap: which pages of a range are present. Not mincore, which counts what lies in the page cache. */
#include "readings/readings.h"

#include <errno.h>
#include <unistd.h>

#define ENTRY_PRESENT (UINT64_C(1) << 63)

/* Part of the page at `page` inside [from, to). */
static int64_t overlap_bytes(uint64_t page, uint64_t page_bytes, uint64_t from, uint64_t to)
{
    uint64_t start = page > from ? page : from;
    uint64_t end = to - page < page_bytes ? to : page + page_bytes;
    return (int64_t)(end - start);
}

/* As many entries as there is room for, from that of `page` on; 0 when nothing could be read. */
static uint64_t read_entries(mb_reader *reader, uint64_t page, uint64_t wanted)
{
    uint64_t entries_max = sizeof reader->buffer.entries / sizeof reader->buffer.entries[0];
    size_t size = (size_t)(wanted < entries_max ? wanted : entries_max) * sizeof reader->buffer.entries[0];
    off_t offset = (off_t)(page / reader->page_bytes * sizeof reader->buffer.entries[0]);
    ssize_t got;
    do {
        got = pread(reader->descriptors[MB_FILE_PAGEMAP], reader->buffer.entries, size, offset);
    } while (got < 0 && errno == EINTR);
    return got <= 0 ? 0 : (uint64_t)got / sizeof reader->buffer.entries[0];
}

bool mb_pagemap_read(mb_reader *reader, const void *address, uint64_t nominal_bytes, int64_t *resident_bytes)
{
    uint64_t from = (uint64_t)(uintptr_t)address;
    uint64_t to = 0;
    if (__builtin_add_overflow(from, nominal_bytes, &to) || to > INT64_MAX)
        return false;
    int64_t sum_bytes = 0;
    uint64_t page = from - from % reader->page_bytes;
    while (nominal_bytes > 0 && page < to) {
        uint64_t pages_left = (to - page + reader->page_bytes - 1) / reader->page_bytes;
        uint64_t entry_count = read_entries(reader, page, pages_left);
        if (entry_count == 0)
            return false;
        for (uint64_t i = 0; i < entry_count; i++, page += reader->page_bytes)
            if ((reader->buffer.entries[i] & ENTRY_PRESENT) != 0)
                sum_bytes += overlap_bytes(page, reader->page_bytes, from, to);
    }
    *resident_bytes = sum_bytes;
    return true;
}
