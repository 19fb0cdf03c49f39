/* Cases that the library has to refuse with a message that names them. The program's own name says which. */
#include "own_name.h"

#include <membench/membench.h>

#include <stdio.h>
#include <string.h>

static mb_status run(mb_bench *b)
{
    (void)b;
    return MB_OK;
}

#define CASE(name, its_function, ...)                                                                                  \
    static const mb_case name = {MB_CASE_INIT, .group = "mistaken", .function = its_function, .run = run, __VA_ARGS__}

static const char *const doubled_labels[] = {"a", "b", "a"};

CASE(none, "none", .params = MB_PARAMS(MB_PARAM("n", 1)));
CASE(doubled_name, "doubled-name", .params = MB_PARAMS(MB_PARAM("n", 1), MB_PARAM("m", 1), MB_PARAM("n", 2)));
CASE(doubled_value, "doubled-value", .params = MB_PARAMS(MB_PARAM("n", 1, 0, 2, 0)));
CASE(doubled_label, "doubled-label", .params = MB_PARAMS({.name = "n", .value_count = 3, .labels = doubled_labels}));
CASE(no_values, "no-values", .params = MB_PARAMS(MB_PARAM_NAME("n")));
CASE(doubled_tuple, "doubled-tuple", .params = MB_PARAMS(MB_PARAM_NAME("n"), MB_PARAM_NAME("m")),
     .tuples = MB_TUPLES(MB_TUPLE(1, 2), MB_TUPLE(2, 1), MB_TUPLE(1, 2)));
CASE(short_tuple, "short-tuple", .params = MB_PARAMS(MB_PARAM_NAME("n"), MB_PARAM_NAME("m")),
     .tuples = MB_TUPLES(MB_TUPLE(1, 2), MB_TUPLE(2)));
CASE(foreign_tuple, "foreign-tuple", .params = MB_PARAMS(MB_PARAM("n", 1, 2)), .tuples = MB_TUPLES(MB_TUPLE(3)));
CASE(large_value, "large-value", .params = MB_PARAMS(MB_PARAM("n", 9007199254740992, 9007199254740993)));
CASE(large_tuple, "large-tuple", .params = MB_PARAMS(MB_PARAM_NAME("n")), .tuples = MB_TUPLES(MB_TUPLE(UINT64_MAX)));
CASE(large_needs, "large-needs", .needs_bytes = UINT64_MAX);
CASE(large_cost, "large-cost", .cost_ns = UINT64_MAX);
CASE(unknown_flag, "unknown-flag", .flags = MB_CASE_THREADS | 1u << 20);
CASE(five_params, "five-params",
     .params = MB_PARAMS(MB_PARAM("a", 1), MB_PARAM("b", 1), MB_PARAM("c", 1), MB_PARAM("d", 1), MB_PARAM("e", 1)));
static const mb_case no_run = {MB_CASE_INIT, .group = "mistaken", .function = "no-run"};
static const mb_case no_group = {MB_CASE_INIT, .function = "no-group", .run = run};
static const mb_case no_init = {.group = "mistaken", .function = "no-init", .run = run};

int main(int argc, char **argv)
{
    static const mb_case *const all[] = {&doubled_name,  &doubled_value, &doubled_label, &no_values,
                                         &doubled_tuple, &short_tuple,   &foreign_tuple, &unknown_flag,
                                         &large_value,   &large_tuple,   &large_needs,   &large_cost,
                                         &five_params,   &no_run,        &no_group,      &no_init};
    const mb_case *cases[] = {&none, &none};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->function, own_name()) == 0)
            cases[1] = all[i];
    return mb_main(argc, argv, cases, cases[1] != &none ? 2 : 1);
}
