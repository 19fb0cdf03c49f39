/* Labels as ids have them and as run reads them. */
#include <membench/membench.h>

#include <string.h>

static mb_status run(mb_bench *b)
{
    static const char *const wanted[] = {"none", "fast", "best"};
    uint64_t codec = mb_param(b, "codec");
    if (strcmp(mb_param_label(b, "codec"), wanted[codec]) != 0)
        return mb_fail(b, "label %d is \"%s\"", (int)codec, mb_param_label(b, "codec"));
    if (mb_param_label(b, "level") != NULL)
        return mb_fail(b, "a parameter without labels has one");
    return MB_OK;
}

static const char *const level_labels[] = {"low", "high"};
static const uint64_t level_values[] = {9, 0};

static mb_status run_own(mb_bench *b)
{
    const char *wanted = mb_param(b, "level") == 9 ? "low" : "high";
    return strcmp(mb_param_label(b, "level"), wanted) == 0 ? MB_OK : mb_fail(b, "not \"%s\"", wanted);
}

static const mb_case by_place = {
    MB_CASE_INIT,
    .group = "by_place",
    .params = MB_PARAMS(MB_PARAM_LABELS("codec", "none", "fast", "best"), MB_PARAM("level", 1)),
    .run = run,
};

static const mb_case by_value = {
    MB_CASE_INIT,
    .group = "by_value",
    .params = MB_PARAMS({.name = "level", .values = level_values, .value_count = 2, .labels = level_labels}),
    .run = run_own,
};

MB_MAIN(&by_place, &by_value)
