/* A program under many names: its case is named after the file that was started, but for BY_NAME 0. */
#include <membench/membench.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef BYTES
#define BYTES 10000
#endif

#ifndef BY_NAME
#define BY_NAME 1
#endif

static char name[64] = "many";
static void *kept;

__attribute__((constructor)) static void find_name(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0 || !BY_NAME)
        return;
    path[length] = '\0';
    strncpy(name, strrchr(path, '/') + 1, sizeof name - 1);
}

static mb_status run(mb_bench *b)
{
    kept = malloc(BYTES);
    return kept != NULL ? MB_OK : mb_out_of_memory(b, "a block");
}

static void release(mb_bench *b)
{
    (void)b;
    free(kept);
}

static const mb_case many_case = {
    MB_CASE_INIT,
    .group = name,
    .run = run,
    .release = release,
};

MB_MAIN(&many_case)
