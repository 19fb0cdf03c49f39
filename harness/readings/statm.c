/* /proc/self/statm: the cheapest source of the resident set; it cannot tell shared memory from file pages. */
#include "readings/proc_text.h"
#include "readings/readings.h"

enum { STATM_FIELDS = 7 };

static bool parse_fields(const char *text, size_t length, int64_t pages[STATM_FIELDS])
{
    const char *at = text;
    const char *end = text + length;
    for (int i = 0; i < STATM_FIELDS; i++) {
        if (!mb_digits_parse(&at, end, &pages[i]))
            return false;
        if (at == end || *at != (i + 1 < STATM_FIELDS ? ' ' : '\n'))
            return false;
        at++;
    }
    return at == end;
}

bool mb_statm_parse(const char *text, size_t length, uint64_t page_bytes, int64_t *rss_bytes, int64_t *own_anon_bytes)
{
    int64_t pages[STATM_FIELDS], size_bytes = 0, own_bytes = 0;
    if (!parse_fields(text, length, pages) || __builtin_mul_overflow(pages[1], page_bytes, &size_bytes) ||
        __builtin_mul_overflow(pages[1] - pages[2], page_bytes, &own_bytes))
        return false;
    *rss_bytes = size_bytes;
    *own_anon_bytes = own_bytes;
    return true;
}

static bool read_both(mb_reader *reader, int64_t *rss_bytes, int64_t *own_anon_bytes)
{
    size_t length = 0;
    return mb_proc_read(reader->descriptors[MB_FILE_STATM], reader->buffer.text, sizeof reader->buffer.text, &length) &&
           mb_statm_parse(reader->buffer.text, length, reader->page_bytes, rss_bytes, own_anon_bytes);
}

bool mb_statm_read(mb_reader *reader, int64_t *rss_bytes)
{
    int64_t unused;
    return read_both(reader, rss_bytes, &unused);
}

bool mb_statm_read_anon(mb_reader *reader, int64_t *anon_bytes)
{
    int64_t unused;
    return read_both(reader, &unused, anon_bytes);
}
