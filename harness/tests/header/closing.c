/* Cases that close descriptors that are not theirs, and one that then opens so many files that the number is another
 * file's: nothing may be written to it. */
#include <membench/membench.h>

#include <fcntl.h>
#include <unistd.h>

enum { DESCRIPTORS = 64 };

static void close_from(int first)
{
    for (int fd = first; fd < DESCRIPTORS; fd++)
        close(fd);
}

static mb_status run_close_all(mb_bench *b)
{
    (void)b;
    close_from(0);
    return MB_OK;
}

static mb_status run_close_and_open(mb_bench *b)
{
    close_from(3);
    for (int i = 3; i < DESCRIPTORS; i++)
        if (open("closing.txt", O_WRONLY | O_CREAT | O_APPEND, 0600) != i)
            return mb_fail(b, "no file");
    return MB_OK;
}

/* All but the descriptor of the results, as of a loop that ends too early. */
static mb_status run_close_some(mb_bench *b)
{
    (void)b;
    for (int fd = 3; fd < 10; fd++)
        close(fd);
    return MB_OK;
}

static void release_close(mb_bench *b)
{
    (void)b;
    close_from(3);
}

static mb_status run_nothing(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

static const mb_case all = {MB_CASE_INIT, .group = "close_all", .run = run_close_all};
static const mb_case again = {MB_CASE_INIT, .group = "close_and_open", .run = run_close_and_open};
static const mb_case some = {MB_CASE_INIT, .group = "close_some", .run = run_close_some};
static const mb_case late = {MB_CASE_INIT, .group = "close_in_release", .run = run_nothing, .release = release_close};

MB_MAIN(&all, &again, &some, &late)
