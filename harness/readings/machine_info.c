/* The machine as the coordinator records it: kernel, CPUs, memory and its limits. */
#include "readings/provenance.h"

#include "readings/cgroup.h"
#include "readings/proc_text.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { SMALL_FILE_BYTES = 8192 };

static void describe_system(mb_machine *machine)
{
    struct utsname name;
    if (uname(&name) != 0)
        return;
    mb_proc_copy(machine->kernel, sizeof machine->kernel, name.sysname);
    mb_proc_append(machine->kernel, sizeof machine->kernel, " ");
    mb_proc_append(machine->kernel, sizeof machine->kernel, name.release);
    mb_proc_copy(machine->architecture, sizeof machine->architecture, name.machine);
    mb_proc_copy(machine->host_name, sizeof machine->host_name, name.nodename);
}

static void describe_memory(const char *root, mb_machine *machine)
{
    char text[SMALL_FILE_BYTES];
    mb_kb_key keys[] = {{.name = "MemTotal:"}, {.name = "MemAvailable:"}};
    if (!mb_proc_read_path(root, "/proc/meminfo", text, sizeof text))
        return;
    mb_kb_scan(text, strlen(text), keys, 2);
    if (mb_kb_found(&keys[0]))
        machine->memory_total_bytes = keys[0].size_bytes;
    if (mb_kb_found(&keys[1]))
        machine->memory_available_bytes = keys[1].size_bytes;
}

static void describe_kernel_settings(const char *root, mb_machine *machine)
{
    char text[64];
    if (mb_proc_read_path(root, "/proc/sys/kernel/randomize_va_space", text, sizeof text) && text[0] >= '0' &&
        text[0] <= '2')
        machine->randomize_va_space = text[0] - '0';
    mb_proc_copy(machine->thp, sizeof machine->thp, "unknown");
    if (!mb_proc_read_path(root, "/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text))
        return;
    char *open = strchr(text, '[');
    char *close = open != NULL ? strchr(open, ']') : NULL;
    if (close == NULL)
        return;
    *close = '\0';
    mb_proc_copy(machine->thp, sizeof machine->thp, open + 1);
}

void mb_machine_describe(const char *root, mb_machine *machine)
{
    memset(machine, 0, sizeof *machine);
    mb_proc_copy(machine->kernel, sizeof machine->kernel, "unknown");
    mb_proc_copy(machine->architecture, sizeof machine->architecture, "unknown");
    mb_proc_copy(machine->host_name, sizeof machine->host_name, "unknown");
    machine->randomize_va_space = -1;
    machine->memory_total_bytes = -1;
    machine->memory_available_bytes = -1;
    long cpu_count = sysconf(_SC_NPROCESSORS_ONLN);
    machine->cpu_count = cpu_count > 0 ? (int)cpu_count : 1;
    machine->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    describe_system(machine);
    describe_memory(root, machine);
    describe_kernel_settings(root, machine);
    machine->cgroup_limit_bytes = mb_cgroup_lowest_limit(root);
}
