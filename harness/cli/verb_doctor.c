#include "cli/paths.h"
#include "cli/verbs.h"

#include "readings/calibrate.h"
#include "readings/provenance.h"
#include "run/run.h"
#include "support/units.h"

#include <stdio.h>
#include <string.h>

static void print_source(mb_source source, const mb_source_report *report)
{
    char error_text[32] = "-", cost[32] = "-";
    if (report->available) {
        if (report->exact)
            snprintf(error_text, sizeof error_text, "yes");
        else
            snprintf(error_text, sizeof error_text, "no, %+lld pages", (long long)report->error_pages);
        snprintf(cost, sizeof cost, "%lld", (long long)report->cost_ns);
    }
    printf("%-14s %-10s %-16s %10s  %s\n", mb_source_name(source), report->available ? "yes" : "no", error_text, cost,
           mb_source_summary(source));
    if (report->reason[0] != '\0')
        printf("%-14s why: %s\n", "", report->reason);
}

static void print_machine(const mb_machine *machine)
{
    char bytes[MB_UNITS_TEXT_MAX];
    printf("membench      " MB_VERSION "\n");
    printf("kernel        %s, %s, %d CPUs, pages of %llu bytes\n", machine->kernel, machine->architecture,
           machine->cpu_count, (unsigned long long)machine->page_bytes);
    if (machine->memory_available_bytes >= 0)
        printf("memory        %s free", mb_format_bytes((double)machine->memory_available_bytes, bytes));
    if (machine->memory_total_bytes >= 0)
        printf(" of %s", mb_format_bytes((double)machine->memory_total_bytes, bytes));
    if (machine->cgroup_limit_bytes >= 0)
        printf(", limited to %s by a cgroup", mb_format_bytes((double)machine->cgroup_limit_bytes, bytes));
    printf("\nhuge pages    %s by the system, off in workers (--thp leaves them as they are)\n", machine->thp);
    printf("ASLR          %s\n", mb_aslr_can_be_disabled()
                                     ? "off in workers: total RSS repeats exactly"
                                     : "on: this system refuses to turn it off (personality), as many containers do.\n"
                                       "              RSS varies by file pages; anonymous memory stays exact");
}

static const char *part(const char *path, const char *missing) { return path != NULL ? path : missing; }

static void print_parts(const mb_paths *paths)
{
    printf("heap hook     %s\n", part(paths->heap_hook, "missing: heap metrics cannot be measured; libmembench_heap.so "
                                                        "belongs beside membench or in its library folder"));
    printf("timer         %s\n", part(paths->timer, "missing: no times; install libbenchmark-dev and build again"));
    for (size_t i = 0; i < paths->bundled_count; i++)
        printf("%-13s %s\n", i == 0 ? "programs" : "", paths->bundled[i]);
    if (paths->bundled_count == 0)
        printf("programs      none bundled; name yours with --program\n");
}

/* Lines of "name<TAB>text[<TAB>text]" as a column and the rest. */
static void print_runtimes(const char *path, const char *heading)
{
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    char line[512];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *text = strchr(line, '\t');
        if (text == NULL)
            continue;
        *text++ = '\0';
        for (char *tab = strchr(text, '\t'); tab != NULL; tab = strchr(tab, '\t'))
            *tab = ' ';
        printf("%-13s %-12s %s\n", heading, line, text);
        heading = "";
    }
    if (file != NULL)
        fclose(file);
}

static mb_status examine(mb_error *error)
{
    mb_arena arena = {0};
    mb_paths paths;
    mb_machine machine;
    mb_calibration calibration;
    mb_source_report reports[MB_SOURCE_COUNT];
    mb_status status = mb_paths_find(&arena, &paths, error);
    if (status == MB_OK)
        status = mb_calibrate(mb_proc_root(), &calibration, error);
    if (status == MB_OK)
        status = mb_sources_probe(mb_proc_root(), reports, error);
    if (status == MB_OK) {
        mb_machine_describe("", &machine);
        print_machine(&machine);
        print_parts(&paths);
        print_runtimes(paths.runtimes_available, "runtimes");
        print_runtimes(paths.runtimes_unavailable, "not built");
        printf("\n%-14s %-10s %-16s %10s  %s\n", "source", "available", "exact", "cost in ns", "what is read");
        for (int s = 0; s < MB_SOURCE_COUNT; s++)
            print_source((mb_source)s, &reports[s]);
        printf("\nResident sizes come from %s: %s\n", mb_rss_source_name(calibration.rss_source), calibration.summary);
    }
    mb_arena_fini(&arena);
    return status;
}

int mb_verb_doctor(const mb_options *options)
{
    mb_error error;
    if (options->operand_count > 0) {
        mb_error_set(&error, MB_ERROR_USAGE, "doctor takes no operands");
        return mb_complain(&error);
    }
    return examine(&error) == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}
