/* memcheck's log. Lines begin with "==PID== "; loss records are before the summary, each a head and its stack:
 *
 *     ==7== 40 (16 direct, 24 indirect) bytes in 1 blocks are definitely lost in loss record 2 of 2
 *     ==7==    at 0x48417B4: malloc (vg_replace_malloc.c:381)
 *     ==7==    by 0x10915E: leak (leaky.c:4)                                                                      */
#include "base/lines.h"
#include "features/diagnose/diagnosis.h"

#include <ctype.h>
#include <string.h>

/* One loss record while its stack is read. */
struct record {
    bool is_open;
    mb_leak_kind kind;
    uint64_t bytes;
    const char *site; /* the first frame that is not an allocator's, NULL: none yet */
    size_t site_length;
    bool in_window;
};

struct reading {
    mb_memcheck result;
    struct record record;
    bool has_usage, has_errors, has_leaks, has_worker;
};

static const char *const kind_names[MB_LEAK_KIND_COUNT] = {[MB_LEAK_DEFINITE] = "definitely lost",
                                                           [MB_LEAK_INDIRECT] = "indirectly lost",
                                                           [MB_LEAK_POSSIBLE] = "possibly lost",
                                                           [MB_LEAK_REACHABLE] = "still reachable",
                                                           [MB_LEAK_SUPPRESSED] = "suppressed"};

const char *mb_leak_kind_name(mb_leak_kind kind) { return kind_names[kind]; }

/* Reads "117,477" at *at and moves behind it. */
static bool take_number(const char **at, const char *end, uint64_t *number)
{
    uint64_t value = 0;
    const char *c = *at;
    if (c == end || !isdigit((unsigned char)*c))
        return false;
    for (; c < end && (isdigit((unsigned char)*c) || *c == ','); c++)
        if (*c != ',')
            value = value * 10 + (uint64_t)(*c - '0');
    *at = c;
    *number = value;
    return true;
}

static bool take_word(const char **at, const char *end, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(end - *at) < length || memcmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

static void close_record(struct reading *reading)
{
    struct record *record = &reading->record;
    if (!record->is_open)
        return;
    uint64_t window_bytes = record->in_window ? record->bytes : 0;
    reading->result.leaks[record->kind].window_bytes += window_bytes;
    if (record->kind != MB_LEAK_REACHABLE && record->site != NULL)
        mb_call_sites_add(&reading->result.sites, record->site, record->site_length, record->bytes, window_bytes);
    *record = (struct record){0};
}

/* "40 (16 direct, 24 indirect) bytes in 1 blocks are definitely lost in loss record 2 of 2": of a definite loss that
 * holds others, those others have records of their own. */
static bool open_record(struct reading *reading, const char *at, const char *end)
{
    uint64_t bytes, direct_bytes, block_count;
    if (!take_number(&at, end, &bytes))
        return false;
    if (take_word(&at, end, " (")) {
        const char *close = memchr(at, ')', (size_t)(end - at));
        if (!take_number(&at, end, &direct_bytes) || close == NULL)
            return false;
        bytes = direct_bytes;
        at = close + 1;
    }
    if (!take_word(&at, end, " bytes in ") || !take_number(&at, end, &block_count) ||
        !(take_word(&at, end, " blocks are ") || take_word(&at, end, " blocks is ")))
        return false;
    for (int kind = 0; kind < MB_LEAK_SUPPRESSED; kind++)
        if (take_word(&at, end, kind_names[kind])) {
            close_record(reading);
            reading->record = (struct record){.is_open = true, .kind = (mb_leak_kind)kind, .bytes = bytes};
            return true;
        }
    return false;
}

static bool take_frame(struct reading *reading, const char *at, const char *end)
{
    struct record *record = &reading->record;
    if (!take_word(&at, end, "at ") && !take_word(&at, end, "by "))
        return false;
    size_t length = (size_t)(end - at);
    if (record->site == NULL && !mb_call_is_allocator(at, length)) {
        record->site = at;
        record->site_length = length;
    }
    record->in_window |= mb_call_names(at, length, MB_WINDOW_FUNCTION);
    reading->has_worker |= mb_call_names(at, length, MB_WORKER_FUNCTION);
    return true;
}

static bool take_summary(struct reading *reading, const char *at, const char *end)
{
    mb_memcheck *result = &reading->result;
    if (take_word(&at, end, "total heap usage: ")) {
        reading->has_usage = take_number(&at, end, &result->alloc_count) && take_word(&at, end, " allocs, ") &&
                             take_number(&at, end, &result->free_count) && take_word(&at, end, " frees, ") &&
                             take_number(&at, end, &result->alloc_bytes);
        return true;
    }
    if (take_word(&at, end, "ERROR SUMMARY: ")) {
        reading->has_errors = take_number(&at, end, &result->error_count) && take_word(&at, end, " errors from ") &&
                              take_number(&at, end, &result->context_count);
        return true;
    }
    if (take_word(&at, end, "All heap blocks were freed"))
        return reading->has_leaks = true;
    for (int kind = 0; kind < MB_LEAK_KIND_COUNT; kind++) {
        const char *rest = at;
        mb_leak *leak = &result->leaks[kind];
        if (take_word(&rest, end, kind_names[kind]) && take_word(&rest, end, ": ") &&
            take_number(&rest, end, &leak->bytes) && take_word(&rest, end, " bytes in ") &&
            take_number(&rest, end, &leak->block_count))
            return reading->has_leaks = true;
    }
    return false;
}

static void take_line(struct reading *reading, const char *at, const char *end)
{
    if (!take_word(&at, end, "=="))
        return;
    const char *mark = memmem(at, (size_t)(end - at), "==", 2);
    if (mark == NULL)
        return;
    for (at = mark + 2; at < end && *at == ' '; at++)
        continue;
    if (reading->record.is_open && take_frame(reading, at, end))
        return;
    if (open_record(reading, at, end))
        return;
    close_record(reading);
    take_summary(reading, at, end);
}

mb_status mb_memcheck_parse(const char *text, size_t length, const char *name, mb_memcheck *result, mb_error *error)
{
    struct reading reading = {0};
    const char *line, *line_end;
    for (const char *at = text; mb_line_next(&at, text + length, &line, &line_end);)
        take_line(&reading, line, line_end);
    close_record(&reading);
    if (!reading.has_usage || !reading.has_leaks || !reading.has_errors)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: memcheck wrote no %s: it did not finish", name,
                            !reading.has_usage   ? "heap summary"
                            : !reading.has_leaks ? "leak summary"
                                                 : "error summary");
    bool is_clean = true;
    for (int kind = 0; kind < MB_LEAK_SUPPRESSED; kind++)
        is_clean &= reading.result.leaks[kind].bytes == 0;
    reading.result.in_window = reading.has_worker || is_clean;
    *result = reading.result;
    return MB_OK;
}
