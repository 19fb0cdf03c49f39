#include "cli/proposals.h"
#include "cli/verbs.h"
#include "command/complain.h"
#include "command/outcome.h"
#include "session/paths.h"
#include "sites/site_file.h"

#include "base/units.h"
#include "process/open_files.h"
#include "process/runner.h"
#include "process/trace.h"
#include "readings/calibrate.h"
#include "readings/cgroup.h"
#include "readings/provenance.h"
#include "report/paint.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LABEL_COLUMNS = 14, SOURCE_COLUMNS = 55, WIDE_COLUMNS = 80, UNLIMITED_COLUMNS = 10000 };

/* stdout as what wraps lines takes it; in a pipe none is wrapped. */
static mb_report make_output(void)
{
    int width = mb_terminal_width(stdout);
    return (mb_report){
        .file = stdout,
        .options = {.width_columns = width > 0 ? width : UNLIMITED_COLUMNS, .unicode = mb_terminal_is_unicode()}};
}

/* "kernel        Linux 6.12.0, …" */
static void print_line(const mb_report *output, const char *label, const char *text)
{
    mb_terminal_put_left(output, MB_COLOR_PLAIN, label, LABEL_COLUMNS);
    mb_terminal_wrap(output, MB_COLOR_PLAIN, LABEL_COLUMNS, LABEL_COLUMNS, text);
}

static bool is_narrow(const mb_report *output) { return output->options.width_columns < WIDE_COLUMNS; }

/* Name, whether it is there, how exact, its cost, and what it reads: that comes below the rest where it is narrow. */
static void print_row(const mb_report *output, const char *name, const char *available, const char *exact,
                      const char *cost, const char *summary)
{
    int indent = is_narrow(output) ? 4 : SOURCE_COLUMNS;
    if (is_narrow(output)) {
        printf("%-13s %-13s %10s\n", name, exact[0] != '-' ? exact : "missing", cost);
        mb_terminal_pad(output, indent);
    } else {
        printf("%-14s %-10s %-16s %10s  ", name, available, exact, cost);
    }
    mb_terminal_wrap(output, MB_COLOR_PLAIN, indent, indent, summary);
}

/* What to do about a source that is missing or not exact. */
static const char *const remedies[MB_SOURCE_COUNT] = {
    [MB_SOURCE_STATM] = "nothing; it is not used for measuring",
    [MB_SOURCE_STATUS] = "nothing; another source takes over, see the last line; sizes then cost more to read",
    [MB_SOURCE_SMAPS_ROLLUP] = "nothing if status is exact; otherwise use Linux 4.14 or later, with /proc mounted",
    [MB_SOURCE_PAGEMAP_SCAN] = "use Linux 6.7 or later for footprint; without it smaps_rollup is read",
    [MB_SOURCE_PAGEMAP] = "mount /proc, and allow /proc/self/pagemap: without it regions have no resident size",
    [MB_SOURCE_FAULTS] = "nothing; page faults are shown and never gate",
    [MB_SOURCE_PEAK] = "nothing; peaks are read in another way, see above",
    [MB_SOURCE_PS] = "install procps; it is needed only where /proc cannot be read",
};

static void print_remark(const mb_report *output, const char *label, const char *text)
{
    int indent = is_narrow(output) ? 4 : 15, used = (int)strlen(label) + 2;
    mb_terminal_pad(output, indent);
    printf("%s: ", label);
    mb_terminal_wrap(output, MB_COLOR_PLAIN, indent + used, indent + used, text);
}

static void print_source(const mb_report *output, mb_source source, const mb_source_report *report)
{
    char error_text[2 * MB_UNITS_TEXT_MAX] = "-", cost[MB_UNITS_TEXT_MAX] = "-", size[MB_UNITS_TEXT_MAX];
    if (report->available) {
        double error_bytes = (double)report->error_pages * (double)sysconf(_SC_PAGESIZE);
        if (report->exact)
            snprintf(error_text, sizeof error_text, "yes");
        else
            snprintf(error_text, sizeof error_text, "no, %s%s", error_bytes > 0 ? "+" : "",
                     mb_format_bytes(error_bytes, size));
        mb_format_ns((double)report->cost_ns, cost);
    }
    print_row(output, mb_source_name(source), report->available ? "yes" : "no", error_text, cost,
              mb_source_summary(source));
    if (report->reason[0] != '\0')
        print_remark(output, "why", report->reason);
    if (!report->available || !report->exact)
        print_remark(output, "do", remedies[source]);
}

static const char *describe_cgroup(const mb_cgroup *cgroup, char *line, size_t size)
{
    char now[MB_UNITS_TEXT_MAX], peak[MB_UNITS_TEXT_MAX];
    if (cgroup->version == 0)
        return "none whose memory can be read: a limit that kills is not named";
    size_t used = (size_t)snprintf(line, size, "version %d: %s now", cgroup->version,
                                   mb_format_bytes((double)cgroup->current_bytes, now));
    if (cgroup->peak_bytes >= 0)
        used += (size_t)snprintf(line + used, size - used, ", %s at most",
                                 mb_format_bytes((double)cgroup->peak_bytes, peak));
    snprintf(line + used, size - used, ", page cache and all its processes included%s",
             cgroup->oom_kill_count < 0 ? "; it does not report which process a limit killed" : "");
    return line;
}

static void print_machine(const mb_report *output, const mb_machine *machine)
{
    char line[512], bytes[MB_UNITS_TEXT_MAX];
    mb_cgroup cgroup;
    print_line(output, "membench", MB_VERSION);
    snprintf(line, sizeof line, "%s, %s, %d CPUs, pages of %s", machine->kernel, machine->architecture,
             machine->cpu_count, mb_format_bytes((double)machine->page_bytes, bytes));
    print_line(output, "kernel", line);
    size_t used = (size_t)snprintf(line, sizeof line, "%s free",
                                   machine->memory_available_bytes >= 0
                                       ? mb_format_bytes((double)machine->memory_available_bytes, bytes)
                                       : "unknown how much");
    if (machine->memory_total_bytes >= 0)
        used += (size_t)snprintf(line + used, sizeof line - used, " of %s",
                                 mb_format_bytes((double)machine->memory_total_bytes, bytes));
    if (machine->cgroup_limit_bytes >= 0)
        snprintf(line + used, sizeof line - used, ", limited to %s by a cgroup",
                 mb_format_bytes((double)machine->cgroup_limit_bytes, bytes));
    print_line(output, "memory", line);
    mb_cgroup_read(mb_cgroup_root(), &cgroup);
    print_line(output, "cgroup", describe_cgroup(&cgroup, line, sizeof line));
    snprintf(line, sizeof line, "%s by the system, off in workers (--thp leaves them as they are)", machine->thp);
    print_line(output, "huge pages", line);
    bool is_off = mb_aslr_can_be_disabled();
    print_line(output, "ASLR",
               is_off ? "off in workers: total RSS repeats exactly"
                      : "on: this system refuses to turn it off (personality), as many containers do.");
    if (!is_off) {
        print_line(output, "", "RSS varies by file pages; anonymous memory stays exact");
        print_line(output, "", "do: allow personality(2), in Docker by --security-opt seccomp=unconfined");
    }
}

/* Tried with this program itself, as exec would run it. */
static void print_peaks(const mb_report *output, const mb_paths *paths, bool counts_pages)
{
    static mb_trace_end end; /* some 20 KiB */
    char name[] = "membench", version[] = "--version", line[256];
    char *argv[] = {name, version, NULL};
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    const mb_trace_spec spec = {
        .path = paths->executable, .argv = argv, .input_fd = null_fd, .output_fd = null_fd, .error_fd = null_fd};
    mb_error error = {0};
    if (mb_trace_run(&spec, &end, &error) != MB_OK)
        snprintf(line, sizeof line, "not known: %.200s", error.message);
    else if (!end.is_traced)
        snprintf(line, sizeof line, "at least what was read: %s", end.refusal);
    else
        snprintf(line, sizeof line, "%s",
                 end.is_filtered && end.inexact_count == 0
                     ? counts_pages ? "exact: ptrace and seccomp stop a process before it gives memory back; its pages "
                                      "are counted then, since status is not exact"
                                    : "exact: ptrace and seccomp stop a process before it gives memory back"
                     : "at least what was read: no seccomp filter of this system stops for a tracer");
    close(null_fd);
    print_line(output, "peaks", line);
    if (!end.is_traced || !end.is_filtered || end.inexact_count > 0)
        print_line(output, "",
                   "do: allow ptrace and seccomp, in Docker by --cap-add SYS_PTRACE; peaks do not gate till then");
}

/* What holds programs in, and what would let them out. */
static void print_hold(const mb_report *output)
{
    char line[160];
    size_t job_count = mb_open_files_jobs();
    bool sees_children = access("/proc/thread-self/children", R_OK) == 0;
    print_line(output, "left behind",
               sees_children
                   ? "killed and reported: what a program leaves running is found by its group, as a child that "
                     "comes back, and by a mark in its environment"
                   : "killed by their group and mark alone: /proc does not list children");
    if (!sees_children)
        print_line(output, "", "do: mount /proc, of a kernel with CONFIG_PROC_CHILDREN");
    if (job_count < MB_JOBS_MAX)
        snprintf(line, sizeof line, "open files are enough for %zu samples at a time; do: raise them (ulimit -n)",
                 job_count);
    else
        snprintf(line, sizeof line, "open files are enough for the %d samples that may be taken at a time",
                 MB_JOBS_MAX);
    print_line(output, "limits", line);
}

static const char *part(const char *path, const char *missing) { return path != NULL ? path : missing; }

static void print_parts(const mb_report *output, const mb_paths *paths, const mb_bundled *bundled)
{
    print_line(output, "heap hook",
               part(paths->heap_hook, "missing: heap metrics cannot be measured; do: put libmembench_heap.so "
                                      "next to membench or into its library folder"));
    print_line(output, "call sites",
               part(paths->sites_hook, "missing: growth is not traced to call sites; do: install libunwind-dev and "
                                       "libdw-dev and build again"));
    if (mb_site_file_obstacle() != NULL)
        print_line(output, "", mb_site_file_obstacle());
    print_line(output, "chance",
               paths->chance != NULL
                   ? "fixed in workers, the same random bytes in each sample (--entropy real: not)"
                   : "fixed only in programs with libmembench.a; do: put libmembench_chance.so next to "
                     "membench or into its library folder");
    print_line(output, "", "not reached: Go, Node's OpenSSL, system calls made directly, RDRAND");
    print_line(output, "timer", part(paths->timer, "missing: no times; do: install libbenchmark-dev and build again"));
    for (size_t i = 0; i < bundled->count; i++)
        print_line(output, i == 0 ? "programs" : "", bundled->programs[i]);
    if (bundled->count == 0)
        print_line(output, "programs", "none bundled; do: name yours with --program, or membench init");
}

/* Lines of "name<TAB>text[<TAB>text]" as a column and the rest. */
static void print_runtimes(const mb_report *output, const char *path, const char *heading)
{
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    char line[512], shown[600];
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *text = strchr(line, '\t');
        if (text == NULL)
            continue;
        *text++ = '\0';
        for (char *tab = strchr(text, '\t'); tab != NULL; tab = strchr(tab, '\t'))
            *tab = ' ';
        int used = snprintf(shown, sizeof shown, "%-12s", line);
        mb_terminal_put_left(output, MB_COLOR_PLAIN, heading, LABEL_COLUMNS);
        mb_terminal_put(output, MB_COLOR_PLAIN, shown);
        fputc(' ', stdout);
        mb_terminal_wrap(output, MB_COLOR_PLAIN, LABEL_COLUMNS + used + 1, LABEL_COLUMNS + 2, text);
        heading = "";
    }
    if (file != NULL)
        fclose(file);
}

static mb_status examine(mb_error *error)
{
    mb_arena arena = {0};
    mb_paths paths;
    mb_bundled bundled;
    mb_machine machine;
    mb_calibration calibration;
    mb_source_report reports[MB_SOURCE_COUNT];
    mb_status status = mb_paths_find(&arena, &paths, error);
    if (status == MB_OK)
        status = mb_bundled_find(&arena, &bundled, error);
    if (status == MB_OK)
        status = mb_sources_probe(mb_proc_root(), reports, error);
    if (status == MB_OK) {
        mb_report output = make_output();
        mb_calibrate(mb_proc_root(), &calibration);
        mb_machine_describe("", &machine);
        print_machine(&output, &machine);
        print_peaks(&output, &paths, calibration.rss_source != MB_RSS_STATUS);
        print_hold(&output);
        print_parts(&output, &paths, &bundled);
        print_runtimes(&output, bundled.runtimes_available, "runtimes");
        mb_proposals_print("loads", print_line, &output);
        print_runtimes(&output, bundled.runtimes_unavailable, "not built");
        fputc('\n', stdout);
        print_row(&output, "source", "available", "exact", "cost", "what is read");
        for (int s = 0; s < MB_SOURCE_COUNT; s++)
            print_source(&output, (mb_source)s, &reports[s]);
        printf("\nResident sizes come from %s: ", mb_rss_source_name(calibration.rss_source));
        mb_terminal_wrap(&output, MB_COLOR_PLAIN, 40, 2, calibration.summary);
    }
    mb_arena_fini(&arena);
    return status;
}

static int run(const mb_options *options)
{
    mb_error error;
    if (options->operand_count > 0) {
        mb_error_set(&error, MB_ERROR_USAGE, "doctor takes no operands");
        return mb_complain(&error);
    }
    return examine(&error) == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}

/* clang-format off */
const mb_verb mb_verb_doctor = {
    .name = "doctor",
    .mask = MB_VERB_DOCTOR,
    .synopsis = "[OPTIONS]",
    .summary = "show what this machine can measure, how exactly, and what prevents better",
    .description =
        "Tries every source of memory figures against a process that touches a known number of pages.",
    .examples =
        "  membench doctor\n",
    .run = run,
};
/* clang-format on */
