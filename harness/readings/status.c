/* /proc/self/status: resident set by kind, its peak, swap and page tables, all from one read. */
#include "readings/proc_text.h"
#include "readings/readings.h"

#include <string.h>

enum { KEY_PEAK, KEY_RSS, KEY_ANON, KEY_FILE, KEY_SHARED, KEY_PAGE_TABLE, KEY_SWAP, KEY_HUGETLB, KEY_COUNT };

void mb_status_parse(const char *text, size_t length, mb_memory_reading *reading)
{
    mb_kb_key keys[KEY_COUNT] = {
        [KEY_PEAK] = {.name = "VmHWM:"},      [KEY_RSS] = {.name = "VmRSS:"},
        [KEY_ANON] = {.name = "RssAnon:"},    [KEY_FILE] = {.name = "RssFile:"},
        [KEY_SHARED] = {.name = "RssShmem:"}, [KEY_PAGE_TABLE] = {.name = "VmPTE:"},
        [KEY_SWAP] = {.name = "VmSwap:"},     [KEY_HUGETLB] = {.name = "HugetlbPages:"},
    };
    mb_kb_scan(text, length, keys, KEY_COUNT);
    memset(reading, 0, sizeof *reading);
    unsigned *valid = &reading->valid;
    mb_kb_take_sizes(&keys[KEY_RSS], &keys[KEY_ANON], &keys[KEY_SHARED], reading);
    mb_kb_take(&keys[KEY_FILE], &reading->file_bytes, MB_READING_FILE, valid);
    mb_kb_take(&keys[KEY_PEAK], &reading->peak_rss_bytes, MB_READING_PEAK, valid);
    mb_kb_take(&keys[KEY_SWAP], &reading->swap_bytes, MB_READING_SWAP, valid);
    mb_kb_take(&keys[KEY_PAGE_TABLE], &reading->page_table_bytes, MB_READING_PAGE_TABLE, valid);
    /* The kernel keeps them apart from all other counts, private and shared ones together. */
    mb_kb_add(&keys[KEY_HUGETLB], &reading->rss_bytes, MB_READING_RSS, valid);
    mb_kb_add(&keys[KEY_HUGETLB], &reading->anon_bytes, MB_READING_ANON, valid);
    mb_kb_add(&keys[KEY_HUGETLB], &reading->footprint_bytes, MB_READING_FOOTPRINT, valid);
    mb_kb_add(&keys[KEY_HUGETLB], &reading->peak_rss_bytes, MB_READING_PEAK, valid);
    mb_kb_add(&keys[KEY_HUGETLB], &reading->hugetlb_bytes, MB_READING_FOOTPRINT, valid);
}

bool mb_status_read(mb_reader *reader, mb_memory_reading *reading)
{
    size_t length = 0;
    if (!mb_proc_read(reader->descriptors[MB_FILE_STATUS], reader->buffer.text, sizeof reader->buffer.text, &length))
        return false;
    mb_status_parse(reader->buffer.text, length, reading);
    return (reading->valid & MB_READING_RSS) != 0 && (reading->valid & MB_READING_ANON) != 0;
}
