/* /proc/self/smaps_rollup: the kernel walks the page tables and counts, so it is exact where its counters are not. */
#include "readings/proc_text.h"
#include "readings/readings.h"

#include <string.h>

enum { KEY_RSS, KEY_ANON, KEY_SHARED, KEY_SWAP, KEY_HUGETLB, KEY_HUGETLB_SHARED, KEY_COUNT };

void mb_smaps_rollup_parse(const char *text, size_t length, mb_memory_reading *reading)
{
    mb_kb_key keys[KEY_COUNT] = {
        [KEY_RSS] = {.name = "Rss:"},
        [KEY_ANON] = {.name = "Anonymous:"},
        [KEY_SHARED] = {.name = "Pss_Shmem:"},
        [KEY_SWAP] = {.name = "Swap:"},
        [KEY_HUGETLB] = {.name = "Private_Hugetlb:"},
        [KEY_HUGETLB_SHARED] = {.name = "Shared_Hugetlb:"},
    };
    mb_kb_scan(text, length, keys, KEY_COUNT);
    memset(reading, 0, sizeof *reading);
    unsigned *valid = &reading->valid;
    mb_kb_take_sizes(&keys[KEY_RSS], &keys[KEY_ANON], &keys[KEY_SHARED], reading);
    mb_kb_take(&keys[KEY_SWAP], &reading->swap_bytes, MB_READING_SWAP, valid);
    for (int key = KEY_HUGETLB; key <= KEY_HUGETLB_SHARED; key++) {
        mb_kb_add(&keys[key], &reading->rss_bytes, MB_READING_RSS, valid);
        mb_kb_add(&keys[key], &reading->anon_bytes, MB_READING_ANON, valid);
    }
    mb_kb_add(&keys[KEY_HUGETLB], &reading->footprint_bytes, MB_READING_FOOTPRINT, valid);
    const unsigned both = MB_READING_RSS | MB_READING_ANON;
    if ((*valid & both) == both && reading->rss_bytes >= reading->anon_bytes) {
        reading->file_bytes = reading->rss_bytes - reading->anon_bytes;
        reading->valid |= MB_READING_FILE;
    }
}

bool mb_smaps_rollup_read(mb_reader *reader, mb_memory_reading *reading)
{
    size_t length = 0;
    if (!mb_proc_read(reader->descriptors[MB_FILE_SMAPS_ROLLUP], reader->buffer.text, sizeof reader->buffer.text,
                      &length))
        return false;
    mb_smaps_rollup_parse(reader->buffer.text, length, reading);
    return (reading->valid & MB_READING_RSS) != 0 && (reading->valid & MB_READING_ANON) != 0;
}
