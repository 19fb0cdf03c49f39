/* Every macro of the header once, at file scope and in a function: ci/check-headers compiles it as C and as C++, where
 * it must be clean under all warnings, and with TOO_MANY_… defined, where it must not compile. */
#include <membench/membench.h>

#include <stdlib.h>

static mb_status run(mb_bench *b)
{
    char *block = (char *)malloc(1); /* nothing has written to it, and gcc need not warn */
    mb_keep(block);
    free(block);
    uint64_t sum = mb_param(b, "jobs") + mb_version() + MB_VERSION_NUMBER;
    if (sum == 0)
        return mb_out_of_memory(b, "no memory for %d", 1);
    return sum == 1 ? mb_skip(b, "%s", mb_param_label(b, "codec")) : MB_OK;
}

#if !defined(__cplusplus) || __cplusplus >= 202002L
static const mb_case by_name = {
    MB_CASE_INIT,
    .group = "by_name",
    .params = MB_PARAMS(MB_PARAM("jobs", 0, 10, 0x7fffffffffffffff), MB_PARAM_BYTES("payload_bytes", 1024),
                        MB_PARAM_LABELS("codec", "none", "fast")),
    .flags = MB_CASE_THREADS | MB_CASE_SETUP_EACH_RUN,
    .run = run,
};
static const mb_case with_tuples = {
    MB_CASE_INIT,
    .group = "with_tuples",
    .params = MB_PARAMS(MB_PARAM_NAME("jobs"), MB_PARAM_NAME_BYTES("payload_bytes")),
    .tuples = MB_TUPLES(MB_TUPLE(0, 1024), MB_TUPLE(8, 0)),
    .run = run,
};
#else
static const mb_case by_name = {MB_CASE_INIT,
                                "by_name",
                                nullptr,
                                nullptr,
                                MB_PARAMS(MB_PARAM("jobs", 0, 10, 0x7fffffffffffffff),
                                          MB_PARAM_BYTES("payload_bytes", 1024),
                                          MB_PARAM_LABELS("codec", "none", "fast")),
                                nullptr,
                                0,
                                MB_CASE_THREADS | MB_CASE_SETUP_EACH_RUN,
                                0,
                                0,
                                nullptr,
                                run};
static const mb_case with_tuples = {MB_CASE_INIT,
                                    "with_tuples",
                                    nullptr,
                                    nullptr,
                                    MB_PARAMS(MB_PARAM_NAME("jobs"), MB_PARAM_NAME_BYTES("payload_bytes")),
                                    MB_TUPLES(MB_TUPLE(0, 1024), MB_TUPLE(8, 0)),
                                    0,
                                    0,
                                    0,
                                    0,
                                    nullptr,
                                    run};
#endif

#define EIGHT "", "", "", "", "", "", "", ""
#define TEN(x) x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7, x + 8, x + 9

size_t count_in_a_function(void);
size_t count_in_a_function(void)
{
    const mb_param_axis most = MB_PARAM("n", TEN(0), TEN(10), TEN(20), 30, 31);
#ifdef TOO_MANY_VALUES
    const mb_param_axis over = MB_PARAM("n", TEN(0), TEN(10), TEN(20), 30, 31, 32);
#elif defined(TOO_MANY_IN_A_TUPLE)
    const mb_tuple over = MB_TUPLE(1, 2, 3, 4, 5);
#elif defined(TOO_MANY_LABELS)
    const mb_param_axis over = MB_PARAM_LABELS("n", EIGHT, EIGHT, EIGHT, EIGHT, "one more");
#else
    const mb_tuple over = MB_TUPLE(1, 2, 3, 4);
#endif
    return most.value_count + over.value_count;
}

MB_MAIN(&by_name, &with_tuples)
