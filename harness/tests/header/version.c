/* The version as the header and the library have it. */
#include <membench/membench.h>

#if MB_VERSION_NUMBER != MB_VERSION_MAJOR * 10000 + MB_VERSION_MINOR * 100 + MB_VERSION_PATCH
#error "the number is not made of its parts"
#endif

#include <stdio.h>
#include <string.h>

static mb_status run(mb_bench *b)
{
    char text[64];
    snprintf(text, sizeof text, "%d.%d.%d", MB_VERSION_MAJOR, MB_VERSION_MINOR, MB_VERSION_PATCH);
    if (strcmp(text, MB_VERSION) != 0)
        return mb_fail(b, "%s is not %s", text, MB_VERSION);
    mb_count(b, "header_version", MB_VERSION_NUMBER);
    mb_count(b, "library_version", mb_version());
    return MB_OK;
}

static const mb_case version = {MB_CASE_INIT, .group = "version", .run = run};

MB_MAIN(&version)
