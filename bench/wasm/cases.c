#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MAX = 128, AXES_MAX = 4 };

static const wasm_group *const groups[] = {&wasm_module_load, &wasm_instances, &wasm_engines,
                                           &wasm_lifecycle,   &wasm_drop,      &wasm_host_calls,
                                           &wasm_job_queue,   &wasm_threads,   &wasm_stack};

/* What the cases point to: they live as long as the program. */
static mb_case cases[CASES_MAX];
static const mb_case *case_list[CASES_MAX];
static mb_param_axis axes[CASES_MAX][AXES_MAX];
static const char *labels[CASES_MAX][2];
static uint64_t values[CASES_MAX][3];    /* of these, and the count */
static char function[MB_NAME_BYTES_MAX]; /* "wamr-fast" */
static size_t case_count;

enum { LITTLE_MIB = 256, MUCH_MIB = 2048, RUNS_OF_BOTH_WINDOWS = 4 /* with two to warm up */ };

/* What count of a line take, in MiB. */
static uint64_t needs_mib(const wasm_line *line, uint64_t count)
{
    uint64_t each_bytes = line->instance_bytes;
    if (each_bytes == WASM_DRIVER_INSTANCE)
        each_bytes = wasm_driver.instance_needs_bytes;
    else if (each_bytes == WASM_DRIVER_MODULE)
        each_bytes = wasm_driver.module_needs_bytes > 0 ? wasm_driver.module_needs_bytes : 24u << 20;
    else if (each_bytes == WASM_DRIVER_ENGINE)
        each_bytes = wasm_driver.engine_needs_bytes > 0 ? wasm_driver.engine_needs_bytes : 64u << 20;
    return count * each_bytes >> 20;
}

/* What all loads of one process take together: nothing else a case does takes as long. */
static uint64_t cost_ns(const wasm_group *group, const wasm_line *line, uint64_t count, unsigned flags)
{
    uint64_t run_count = flags & MB_CASE_COLD_ONLY ? 1 : RUNS_OF_BOTH_WINDOWS, load_count = 0;
    switch (line->loads > group->loads ? line->loads : group->loads) {
    case WASM_LOADS_IN_SETUP:
        load_count = 1;
        break;
    case WASM_LOADS_IN_RUN:
        load_count = run_count;
        break;
    case WASM_LOADS_EACH:
        load_count = run_count * count;
        break;
    }
    return load_count * wasm_module_at(wasm_module_find(line->module))->size_kib * wasm_driver.compile_ns_per_kib;
}

/* In place of a setup where so many would take minutes only to be touched, on a machine that has the memory. */
static mb_status refuse_much(mb_bench *b)
{
    return mb_skip(b, "needs more than %d GiB: about %llu MiB for each instance of the module", MUCH_MIB >> 10,
                   (unsigned long long)wasm_driver.instance_needs_bytes >> 20);
}

/* Each N is a case of its own: what one needs of memory the next may not. */
static void add_case(const wasm_group *group, const wasm_line *line, uint64_t count)
{
    if (case_count == CASES_MAX) {
        fputs("bench/wasm/cases.c: more cases than CASES_MAX\n", stderr);
        abort();
    }
    mb_param_axis *axis = axes[case_count];
    const char **label = labels[case_count];
    label[0] = line->module;
    uint64_t *value = values[case_count];
    value[0] = wasm_module_find(line->module);
    value[1] = 1;
    value[2] = count;
    *axis++ = (mb_param_axis){.name = "module", .values = &value[0], .value_count = 1, .labels = &label[0]};
    if (line->use != NULL) {
        label[1] = line->use;
        *axis++ = (mb_param_axis){.name = "use", .values = &value[1], .value_count = 1, .labels = &label[1]};
    }
    *axis++ = (mb_param_axis){.name = group->count_name, .values = &value[2], .value_count = 1};
    mb_status (*setup)(mb_bench *) = line->setup != NULL ? line->setup : group->setup;
    uint64_t mib = needs_mib(line, count);
    unsigned flags = group->flags | line->flags | (wasm_driver.abilities & WASM_MAKES_THREADS ? MB_CASE_THREADS : 0);
    if (mib > LITTLE_MIB) /* touched from end to end four times, and alone, it would hold up all others */
        flags |= MB_CASE_COLD_ONLY;
    cases[case_count] = (mb_case){
        MB_CASE_INIT,
        .group = group->group,
        .function = function,
        .summary = group->summary,
        .params = axes[case_count],
        .state_bytes = sizeof(wasm_subject),
        .flags = flags,
        /* A case that declares a need runs alone: what is small next to any machine's memory is not worth that. */
        .needs_bytes = mib > LITTLE_MIB && mib <= MUCH_MIB ? mib << 20 : 0,
        .setup = mib > MUCH_MIB ? refuse_much : setup,
        .run = line->run != NULL ? line->run : group->run,
        .release = group->release,
        .teardown = group->teardown,
        .cost_ns = cost_ns(group, line, count, flags),
    };
    case_list[case_count] = &cases[case_count];
    case_count++;
}

static bool driver_can(unsigned abilities) { return (wasm_driver.abilities & abilities) == abilities; }

static void add_group(const wasm_group *group)
{
    if (!driver_can(group->abilities))
        return;
    for (const wasm_line *line = group->lines; line->module != NULL; line++) {
        if (!driver_can(line->abilities) || (line->full_only && driver_can(WASM_IN_BRIEF)))
            continue;
        for (size_t i = 0; i < WASM_COUNTS_MAX && line->counts[i] != 0; i++)
            add_case(group, line, line->counts[i]);
    }
}

int main(int argc, char **argv)
{
    const char *variant = wasm_driver.variant;
    snprintf(function, sizeof function, "%s%s%s", wasm_driver.runtime, variant != NULL ? "-" : "",
             variant != NULL ? variant : "");
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        add_group(groups[i]);
    return mb_main(argc, argv, case_list, case_count);
}
