#include "features/diagnose/diagnosis.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What follows "0x10A70F: ", or all of it. */
static const char *skip_address(const char *text, const char *end)
{
    const char *at = text;
    if (end - at < 2 || at[0] != '0' || at[1] != 'x')
        return text;
    for (at += 2; at < end && isxdigit((unsigned char)*at); at++)
        continue;
    return end - at > 2 && at[0] == ':' && at[1] == ' ' ? at + 2 : text;
}

void mb_call_sites_add(mb_call_sites *sites, const char *text, size_t length, uint64_t bytes, uint64_t window_bytes)
{
    const char *end = text + length;
    size_t at = sites->count;
    sites->total_count++;
    while (at > 0 && sites->sites[at - 1].bytes < bytes)
        at--;
    if (at == MB_SITES_MAX)
        return;
    if (sites->count < MB_SITES_MAX)
        sites->count++;
    memmove(&sites->sites[at + 1], &sites->sites[at], (sites->count - at - 1) * sizeof sites->sites[0]);
    text = skip_address(text, end);
    sites->sites[at] = (mb_call_site){.bytes = bytes, .window_bytes = window_bytes};
    snprintf(sites->sites[at].text, MB_SITE_TEXT_BYTES, "%.*s", (int)(end - text), text);
}

bool mb_call_names(const char *text, size_t length, const char *function)
{
    const char *end = text + length;
    size_t name_length = strlen(function);
    text = skip_address(text, end);
    return (size_t)(end - text) >= name_length && memcmp(text, function, name_length) == 0 &&
           (text + name_length == end || text[name_length] == ' ');
}

bool mb_call_is_allocator(const char *text, size_t length)
{
    static const char *const marks[] = {"(vg_replace_malloc.c:", "vgpreload_"}; /* with debug information, or without */
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (memmem(text, length, marks[i], strlen(marks[i])) != NULL)
            return true;
    return false;
}
