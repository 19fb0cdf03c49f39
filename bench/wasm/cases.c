#include "cases.h"

#include "given.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES_MAX = 320, AXES_MAX = 4 };

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
enum { HARFBUZZ_KIB = 668, SAMPLES_PER_COMPILING = 5 };

/* Of modules that are given: what an interpreter takes to load a KiB, about, and after how much of loading in one
 * process there is no steady window. */
enum { LOAD_NS_PER_KIB = 200000, LONG_LOADS_NS = 1000000000 };

/* What the driver says of harfbuzz-subset, of another module: by its size, and what it declares of memory where that is
 * touched. */
static uint64_t scale_bytes(const wasm_module_info *info, uint64_t each_bytes, bool is_instance)
{
    if (info->path == NULL)
        return each_bytes;
    if (is_instance && (wasm_driver.abilities & WASM_TOUCHES_MEMORY))
        return info->memory_bytes + ((uint64_t)info->size_kib << 12);
    return each_bytes / HARFBUZZ_KIB * info->size_kib;
}

/* What count of a line take, in MiB. */
static uint64_t needs_mib(const wasm_line *line, const wasm_module_info *info, uint64_t count)
{
    uint64_t each_bytes = line->instance_bytes;
    if (each_bytes == WASM_DRIVER_INSTANCE)
        each_bytes = scale_bytes(info, wasm_driver.instance_needs_bytes, true);
    else if (each_bytes == WASM_DRIVER_MODULE)
        each_bytes =
            scale_bytes(info, wasm_driver.module_needs_bytes > 0 ? wasm_driver.module_needs_bytes : 24u << 20, false);
    else if (each_bytes == WASM_DRIVER_ENGINE)
        each_bytes = wasm_driver.engine_needs_bytes > 0 ? wasm_driver.engine_needs_bytes : 64u << 20;
    return count * each_bytes >> 20;
}

/* What all loads of one process take together: nothing else a case does takes as long. */
static uint64_t cost_ns(const wasm_group *group, const wasm_line *line, const wasm_module_info *info, uint64_t count,
                        unsigned flags)
{
    if (wasm_driver.compile != NULL) /* one sample of many compiles, and what was compiled is loaded at once */
        return info->size_kib * wasm_driver.compile_ns_per_kib / SAMPLES_PER_COMPILING;
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
    uint64_t ns_per_kib = wasm_driver.compile_ns_per_kib;
    if (info->path != NULL && ns_per_kib == 0)
        ns_per_kib = LOAD_NS_PER_KIB;
    return load_count * info->size_kib * ns_per_kib;
}

/* In place of a setup where so many would take minutes only to be touched, on a machine that has the memory. */
static mb_status refuse_much(mb_bench *b)
{
    uint64_t each_bytes =
        scale_bytes(wasm_module_at((size_t)mb_param(b, "module")), wasm_driver.instance_needs_bytes, true);
    return mb_skip(b, "needs more than %d GiB: about %llu MiB for each instance of the module", MUCH_MIB >> 10,
                   (unsigned long long)each_bytes >> 20);
}

/* Likewise. */
static mb_status refuse_wasi(mb_bench *b) { return mb_skip(b, "%s has no WASI here", function); }

static bool driver_can(unsigned abilities) { return (wasm_driver.abilities & abilities) == abilities; }

static bool lacks_wasi(void)
{
    const wasm_given *given = wasm_given_get();
    return given != NULL && given->has_wasi && !driver_can(WASM_CAN_WASI);
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
    const wasm_module_info *info = wasm_module_at(value[0]);
    uint64_t mib = needs_mib(line, info, count);
    unsigned flags = group->flags | line->flags | (wasm_driver.abilities & WASM_MAKES_THREADS ? MB_CASE_THREADS : 0);
    if (mib > LITTLE_MIB) /* touched from end to end four times, and alone, it would hold up all others */
        flags |= MB_CASE_COLD_ONLY;
    if (info->path != NULL && wasm_driver.compile == NULL && cost_ns(group, line, info, count, flags) > LONG_LOADS_NS)
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
        .setup = mib > MUCH_MIB ? refuse_much
                 : lacks_wasi() ? refuse_wasi
                                : setup,
        .run = line->run != NULL ? line->run : group->run,
        .release = group->release,
        .teardown = group->teardown,
        .cost_ns = cost_ns(group, line, info, count, flags),
    };
    case_list[case_count] = &cases[case_count];
    case_count++;
}

static void add_line(const wasm_group *group, const wasm_line *line)
{
    if (!driver_can(line->abilities) || (line->full_only && driver_can(WASM_IN_BRIEF)))
        return;
    for (size_t i = 0; i < WASM_COUNTS_MAX && line->counts[i] != 0; i++)
        add_case(group, line, line->counts[i]);
}

/* Fills in which module a line is for, and how many of it the user wants; in brief, of several loads the first. */
static void add_given_line(const wasm_group *group, const wasm_line *pattern, const wasm_given *given, size_t module)
{
    wasm_line line = *pattern;
    bool is_of_loads = line.counts_of == WASM_COUNTS_LOADS || line.counts_of == WASM_COUNTS_LAST_LOADS;
    bool is_last = line.counts_of == WASM_COUNTS_LAST_LOADS || line.counts_of == WASM_COUNTS_LAST_INSTANCES;
    const uint64_t *counts = is_of_loads ? given->loads : given->instances;
    size_t most = is_of_loads && !is_last && driver_can(WASM_IN_BRIEF) ? 1 : WASM_COUNTS_MAX;
    line.module = given->modules[module].name;
    for (size_t i = 0; i < most && line.counts_of != WASM_COUNTS_OWN && counts[i] != 0; i++)
        line.counts[is_last ? 0 : i] = counts[i];
    add_line(group, &line);
}

/* Whether the driver has any cases: where WASI is asked for not if another variant of the runtime may have it. */
static bool has_cases(const wasm_given *given)
{
    bool wants_wasi = given != NULL && given->has_wasi;
    if (driver_can(WASM_GIVEN_ALONE) && given == NULL)
        return false;
    return driver_can(WASM_WASI_ALONE) ? wants_wasi
                                       : !wants_wasi || driver_can(WASM_CAN_WASI) || wasm_driver.variant == NULL;
}

static void add_group(const wasm_group *group)
{
    const wasm_given *given = wasm_given_get();
    if (!driver_can(group->abilities) || !has_cases(given))
        return;
    if (given == NULL)
        for (const wasm_line *line = group->lines; line->module != NULL; line++)
            add_line(group, line);
    for (size_t m = 0; given != NULL && group->given != NULL && m < given->module_count; m++)
        for (const wasm_line *line = group->given; line->counts_of != WASM_COUNTS_OWN || line->counts[0] != 0; line++)
            add_given_line(group, line, given, m);
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
