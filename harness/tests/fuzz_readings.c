/* Fuzz target of every parser in readings/: any text, and a number only where its bit says so. */
#include "readings/calibrate.h"
#include "readings/readings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const mb_memory_reading *reading)
{
    const struct {
        unsigned bit;
        int64_t value;
    } members[] = {
        {MB_READING_RSS, reading->rss_bytes},
        {MB_READING_ANON, reading->anon_bytes},
        {MB_READING_FOOTPRINT, reading->footprint_bytes},
        {MB_READING_FILE, reading->file_bytes},
        {MB_READING_PEAK, reading->peak_rss_bytes},
        {MB_READING_SWAP, reading->swap_bytes},
        {MB_READING_PAGE_TABLE, reading->page_table_bytes},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        MB_ASSERT(members[i].value >= 0);
        MB_ASSERT((reading->valid & members[i].bit) != 0 || members[i].value == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    mb_memory_reading reading;
    int64_t size_bytes = 0, own_bytes = 0;
    mb_status_parse(text, size, &reading);
    check(&reading);
    mb_smaps_rollup_parse(text, size, &reading);
    check(&reading);
    MB_ASSERT(mb_statm_parse(text, size, 4096, &size_bytes, &own_bytes) ? size_bytes >= 0 : size_bytes == 0);
    size_bytes = 0;
    MB_ASSERT(mb_ps_parse(text, size, &size_bytes) ? size_bytes >= 0 : size_bytes == 0);
    return 0;
}
