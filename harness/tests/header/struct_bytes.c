/* Cases as older and newer headers lay them out, each at the end of a page with nothing readable behind it. The
 * program's own name says which. */
#include "own_name.h"

#include <membench/membench.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int release_count;

static mb_status run(mb_bench *b)
{
    mb_count(b, "release_count", release_count);
    mb_count(b, "is_the_given_one", mb_case_of(b)->struct_bytes != sizeof(mb_case));
    return MB_OK;
}

static void release(mb_bench *b)
{
    (void)b;
    release_count++;
}

static const mb_case whole = {
    MB_CASE_INIT,
    .group = "whole",
    .run = run,
    .release = release,
};

/* struct_bytes bytes that end where an unreadable page begins: as much of the whole case as they hold, then fill. */
static mb_case *lay_out(size_t struct_bytes, int fill)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page_bytes, page_bytes, PROT_NONE) != 0)
        abort();
    char *at = pages + page_bytes - struct_bytes;
    memset(at, fill, struct_bytes);
    memcpy(at, &whole, struct_bytes < sizeof whole ? struct_bytes : sizeof whole);
    memcpy(at + offsetof(mb_case, struct_bytes), &struct_bytes, sizeof struct_bytes);
    return (mb_case *)(void *)at;
}

int main(int argc, char **argv)
{
    static const char group[] = "laid_out";
    const struct {
        const char *name;
        size_t struct_bytes;
        int fill;
    } layouts[] = {
        {"older", offsetof(mb_case, release), 0},           /* a header without release and teardown */
        {"newer", sizeof(mb_case) + 3 * sizeof(void *), 0}, /* members of the future that the program does not use */
        {"newer-used", sizeof(mb_case) + sizeof(void *), 1},
        {"too-short", offsetof(mb_case, run), 0},
    };
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (strcmp(layouts[i].name, own_name()) != 0)
            continue;
        mb_case *laid_out = lay_out(layouts[i].struct_bytes, layouts[i].fill);
        laid_out->group = group;
        const mb_case *cases[] = {laid_out};
        return mb_main(argc, argv, cases, 1);
    }
    fprintf(stderr, "no layout of that name\n");
    return 1;
}
