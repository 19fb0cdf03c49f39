/* A loop that asks for its parameter in its condition, and one that asked before: what a turn takes is counted in
 * instructions. */
#include <membench/membench.h>

static volatile uint64_t sink;

static mb_status ask(mb_bench *b)
{
    for (uint64_t i = 0; i < mb_param(b, "steps"); i++)
        sink = i; /* the same work in both: a store that stays */
    return MB_OK;
}

static mb_status know(mb_bench *b)
{
    uint64_t step_count = mb_param(b, "steps");
    for (uint64_t i = 0; i < step_count; i++)
        sink = i;
    return MB_OK;
}

#define LOOP(NAME)                                                                                                     \
    static const mb_case NAME##_case = {                                                                               \
        MB_CASE_INIT,                                                                                                  \
        .group = #NAME,                                                                                                \
        .params = MB_PARAMS(MB_PARAM("other", 1), MB_PARAM("steps", 1000, 11000)),                                     \
        .flags = MB_CASE_COLD_ONLY,                                                                                    \
        .run = NAME,                                                                                                   \
    }

LOOP(ask);
LOOP(know);

MB_MAIN(&ask_case, &know_case)
