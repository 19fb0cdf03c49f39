/* heaptrack_print's summary, and stacks as flame graphs take them: "main (a.c);run (b.c);job_new (c.c); 16800". */
#include "features/diagnose/diagnosis.h"

#include <ctype.h>
#include <string.h>

/* What one file of stacks adds up to. */
struct stacks {
    uint64_t bytes, window_bytes, pool_bytes;
    bool has_worker;
    mb_call_sites *sites; /* or NULL */
};

/* The number behind `label` in the summary: "temporary memory allocations: 6 (545/s)". */
static bool find_count(const char *summary, const char *label, uint64_t *count)
{
    const char *at = strstr(summary, label);
    if (at == NULL || !isdigit((unsigned char)at[strlen(label)]))
        return false;
    *count = 0;
    for (at += strlen(label); isdigit((unsigned char)*at); at++)
        *count = *count * 10 + (uint64_t)(*at - '0');
    return true;
}

/* One line, its number already cut off: frames, the outermost first, each ended by ";". */
static void take_stack(struct stacks *stacks, const char *line, const char *end, uint64_t bytes)
{
    bool in_window = false, in_start = false;
    const char *site = NULL;
    size_t site_length = 0;
    while (line < end) {
        const char *stop = memchr(line, ';', (size_t)(end - line));
        stop = stop != NULL ? stop : end;
        size_t length = (size_t)(stop - line);
        if (length > 0) {
            in_window |= mb_call_names(line, length, MB_WINDOW_FUNCTION);
            in_start |= mb_call_names(line, length, "call_init");
            stacks->has_worker |= mb_call_names(line, length, MB_WORKER_FUNCTION);
            site = line;
            site_length = length;
        }
        line = stop + 1;
    }
    /* Allocated by a library's initialisation, and of just that size: the library may have no names to tell it by. */
    bool is_pool = in_start && bytes == MB_LIBSTDCXX_POOL_BYTES;
    stacks->bytes += bytes;
    stacks->window_bytes += in_window ? bytes : 0;
    stacks->pool_bytes += is_pool ? bytes : 0;
    if (stacks->sites == NULL || bytes == 0 || site == NULL)
        return;
    if (is_pool)
        site = "libstdc++'s pool for exceptions", site_length = strlen(site);
    mb_call_sites_add(stacks->sites, site, site_length, bytes, in_window ? bytes : 0);
}

static bool take_stacks(struct stacks *stacks, const char *text)
{
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        end = end != NULL ? end : text + strlen(text);
        const char *digits = end;
        uint64_t bytes = 0;
        while (digits > text && isdigit((unsigned char)digits[-1]))
            digits--;
        if (digits == end || digits == text || digits[-1] != ' ')
            return false;
        for (const char *c = digits; c < end; c++)
            bytes = bytes * 10 + (uint64_t)(*c - '0');
        take_stack(stacks, text, digits - 1, bytes);
        text = *end == '\n' ? end + 1 : end;
    }
    return true;
}

mb_status mb_heaptrack_parse(const char *summary, const char *peak_stacks, const char *leaked_stacks,
                             mb_heaptrack *result, mb_error *error)
{
    mb_heaptrack read = {0};
    struct stacks peak = {.sites = &read.sites}, leaked = {0};
    if (!find_count(summary, "calls to allocation functions: ", &read.alloc_count) ||
        !find_count(summary, "temporary memory allocations: ", &read.temporary_count))
        return mb_error_set(error, MB_ERROR_FORMAT, "heaptrack_print wrote no summary");
    if (!take_stacks(&peak, peak_stacks) || !take_stacks(&leaked, leaked_stacks))
        return mb_error_set(error, MB_ERROR_FORMAT, "heaptrack_print wrote a stack without a size");
    read.peak_bytes = peak.bytes;
    read.window_peak_bytes = peak.window_bytes;
    read.pool_peak_bytes = peak.pool_bytes;
    read.leaked_bytes = leaked.bytes;
    read.window_leaked_bytes = leaked.window_bytes;
    read.pool_leaked_bytes = leaked.pool_bytes;
    read.in_window = peak.has_worker || leaked.has_worker || peak.bytes == 0;
    *result = read;
    return MB_OK;
}
