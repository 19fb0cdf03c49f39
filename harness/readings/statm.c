/* /proc/self/statm: the cheapest source of the resident set; it cannot tell shared memory from file pages. */
#include "readings/proc_text.h"
#include "readings/readings.h"

enum { STATM_FIELDS = 7 };

bool mb_statm_parse(const char *text, size_t length, uint64_t page_bytes, int64_t *rss_bytes)
{
    const char *at = text;
    const char *end = text + length;
    int64_t fields_pages[STATM_FIELDS];
    for (int i = 0; i < STATM_FIELDS; i++) {
        if (!mb_digits_parse(&at, end, &fields_pages[i]))
            return false;
        if (at == end || *at != (i + 1 < STATM_FIELDS ? ' ' : '\n'))
            return false;
        at++;
    }
    int64_t size_bytes = 0;
    if (at != end || __builtin_mul_overflow(fields_pages[1], page_bytes, &size_bytes))
        return false;
    *rss_bytes = size_bytes;
    return true;
}

bool mb_statm_read(mb_reader *reader, int64_t *rss_bytes)
{
    size_t length = 0;
    if (!mb_proc_read(reader->descriptors[MB_FILE_STATM], reader->room.text, sizeof reader->room.text, &length))
        return false;
    return mb_statm_parse(reader->room.text, length, reader->page_bytes, rss_bytes);
}
