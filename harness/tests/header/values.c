/* Values with a 0 in any place: run says what it was given. */
#include <membench/membench.h>

static mb_status run(mb_bench *b)
{
    mb_count(b, "first", (int64_t)mb_param(b, "first"));
    mb_count(b, "second_bytes", (int64_t)mb_param(b, "second_bytes"));
    return MB_OK;
}

static const mb_case values = {
    MB_CASE_INIT,
    .group = "values",
    .params = MB_PARAMS(MB_PARAM("first", 3, 0, 7), MB_PARAM_BYTES("second_bytes", 0, 1024)),
    .run = run,
};

static const mb_case zeros = {
    MB_CASE_INIT,
    .group = "zeros",
    .params = MB_PARAMS(MB_PARAM("first", 5, 0), MB_PARAM_BYTES("second_bytes", 0)),
    .run = run,
};

MB_MAIN(&values, &zeros)
