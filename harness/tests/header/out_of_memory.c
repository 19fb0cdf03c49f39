/* "Out of memory" is what the case says, whatever errno happens to be. */
#include <membench/membench.h>

#include <errno.h>

static mb_status fail_with_stale_errno(mb_bench *b)
{
    errno = ENOMEM; /* as a call leaves it that failed long ago and was coped with */
    return mb_fail(b, "the answer is wrong");
}

static mb_status say_so(mb_bench *b)
{
    errno = 0;
    return mb_out_of_memory(b, "no memory for %d bytes", 100);
}

static mb_status say_so_then_fail(mb_bench *b)
{
    if (say_so(b) == MB_OK)
        return MB_OK;
    return mb_fail(b, "a smaller one failed too, for another reason");
}

static mb_status run(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

#define CASE(name, ...) static const mb_case name = {MB_CASE_INIT, .group = #name, __VA_ARGS__}

CASE(stale_errno, .run = fail_with_stale_errno);
CASE(said, .run = say_so);
CASE(said_in_setup, .setup = say_so, .run = run);
CASE(said_then_failed, .run = say_so_then_fail);

MB_MAIN(&stale_errno, &said, &said_in_setup, &said_then_failed)
