/* Combinations that are listed, and no others: parameters with and without values of their own. */
#include <membench/membench.h>

static mb_status run(mb_bench *b)
{
    mb_count(b, "jobs", (int64_t)mb_param(b, "jobs"));
    mb_count(b, "payload_bytes", (int64_t)mb_param(b, "payload_bytes"));
    return MB_OK;
}

static const mb_case listed = {
    MB_CASE_INIT,
    .group = "listed",
    .params = MB_PARAMS(MB_PARAM_NAME("jobs"), MB_PARAM_NAME_BYTES("payload_bytes")),
    .tuples = MB_TUPLES(MB_TUPLE(1, 1048576), MB_TUPLE(1000, 0), MB_TUPLE(0, 1024), MB_TUPLE(1, 1024)),
    .run = run,
};

static const mb_case labelled = {
    MB_CASE_INIT,
    .group = "labelled",
    .params = MB_PARAMS(MB_PARAM_LABELS("jobs", "none", "one", "two"), MB_PARAM("payload_bytes", 0, 10)),
    .tuples = MB_TUPLES(MB_TUPLE(2, 0), MB_TUPLE(0, 10)),
    .run = run,
};

MB_MAIN(&listed, &labelled)
