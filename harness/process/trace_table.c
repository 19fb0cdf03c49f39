#include "process/trace_table.h"

#include "base/clock.h"
#include "base/grown.h"
#include "process/command_start.h"
#include "readings/proc_text.h"
#include "readings/readings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_BYTES = 8192, KCMP_VIRTUAL_MEMORY = 1 };

static void close_status(mb_traced *process)
{
    int *const descriptors[] = {&process->status_fd, &process->statm_fd};
    for (size_t i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++) {
        if (*descriptors[i] >= 0)
            close(*descriptors[i]);
        *descriptors[i] = -1;
    }
}

void mb_trace_table_fini(mb_trace_table *table)
{
    for (size_t i = 0; i < table->process_count; i++)
        close_status(&table->processes[i]);
    free(table->processes);
    free(table->tasks);
}

mb_traced *mb_trace_process(const mb_trace_table *table, pid_t pid)
{
    for (size_t i = table->process_count; i-- > 0;)
        if (table->processes[i].pid == pid)
            return &table->processes[i];
    return NULL;
}

mb_trace_task *mb_trace_task_find(const mb_trace_table *table, pid_t tid)
{
    for (size_t i = table->task_count; i-- > 0;)
        if (table->tasks[i].tid == tid)
            return &table->tasks[i];
    return NULL;
}

/* Room for one more in an array; NULL, and the table says so, when memory is out. */
static void *grown(mb_trace_table *table, void *array, size_t count, size_t *capacity, size_t size)
{
    void *larger = mb_grown(array, count, capacity, size);
    if (larger == NULL)
        table->is_memory_out = true;
    return larger;
}

bool mb_trace_read_file(pid_t tid, const char *name, char *text, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)tid, name);
    return mb_proc_read_path("", path, text, size);
}

static pid_t number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at != NULL ? (pid_t)strtol(at + strlen(key), NULL, 10) : 0;
}

bool mb_trace_shares_memory(pid_t pid, pid_t parent)
{
    return pid != parent && syscall(SYS_kcmp, pid, parent, KCMP_VIRTUAL_MEMORY, 0, 0) == 0;
}

static void set_name(mb_traced *process, const char *name, size_t length)
{
    if (length >= MB_TRACE_NAME_BYTES)
        length = MB_TRACE_NAME_BYTES - 1;
    if (strncmp(process->name, name, length) != 0 || process->name[length] != '\0')
        process->stage = 0; /* from here on it is another program to the timeline */
    memcpy(process->name, name, length);
    process->name[length] = '\0';
}

void mb_trace_name(mb_traced *process)
{
    char text[TEXT_BYTES];
    process->has_old_name = false;
    if (mb_trace_read_file(process->pid, "comm", text, sizeof text))
        set_name(process, text, strcspn(text, "\n"));
}

/* From the first line of its status, which is being read anyway, unless something in it is written in another way. */
static void take_name(mb_traced *process, const char *status)
{
    static const char key[] = "Name:\t";
    size_t length = strcspn(status, "\n\\");
    if (strncmp(status, key, sizeof key - 1) != 0 || status[length] != '\n') {
        mb_trace_name(process);
        return;
    }
    process->has_old_name = false;
    set_name(process, status + sizeof key - 1, length - (sizeof key - 1));
}

/* status: what /proc says of it, or NULL. One that lives in its parent's memory is about to become another program, and
 * has its parent's name until then. */
static mb_traced *add_process(mb_trace_table *table, pid_t pid, pid_t parent, const char *status)
{
    mb_traced *processes =
        grown(table, table->processes, table->process_count, &table->process_capacity, sizeof *table->processes);
    if (processes == NULL)
        return NULL;
    table->processes = processes;
    mb_traced *process = &processes[table->process_count++];
    *process = (mb_traced){.pid = pid,
                           .reader_tid = pid,
                           .memory_pid = pid,
                           .status_fd = -1,
                           .statm_fd = -1,
                           .highest_break = UINT64_MAX,
                           .peak_rss_bytes = -1,
                           .exit_anon_bytes = -1};
    const mb_traced *from = mb_trace_process(table, parent);
    process->shares_memory = from != NULL && mb_trace_shares_memory(pid, parent);
    process->is_forked = from != NULL && !process->shares_memory;
    if (process->shares_memory) {
        process->memory_pid = from->memory_pid;
        mb_traced *owner = mb_trace_process(table, from->memory_pid);
        if (owner != NULL) /* what faults here is not counted there */
            owner->peak.fault_count = 0;
    }
    if (from != NULL) {
        memcpy(process->name, from->name, sizeof process->name);
        const mb_traced *owner = mb_trace_process(table, from->memory_pid);
        process->highest_break = owner != NULL ? owner->highest_break : UINT64_MAX;
    }
    process->has_old_name = process->shares_memory && !table->is_of_worker;
    if (status != NULL)
        take_name(process, status);
    else if (!process->shares_memory && !table->is_of_worker)
        mb_trace_name(process);
    if (!process->shares_memory && !table->is_preparing)
        process->image = mb_trace_image_forked(table->images, pid, process->name, from != NULL ? from->image : 0);
    table->end->process_count++;
    return process;
}

mb_traced *mb_trace_process_add(mb_trace_table *table, pid_t pid, pid_t parent)
{
    mb_traced *process = add_process(table, pid, parent, NULL);
    if (process != NULL && process->has_old_name)
        mb_trace_name(process);
    return process;
}

static mb_trace_task *add_task(mb_trace_table *table, pid_t tid, pid_t pid, pid_t parent, const char *status)
{
    mb_trace_task *tasks = grown(table, table->tasks, table->task_count, &table->task_capacity, sizeof *table->tasks);
    if (tasks == NULL)
        return NULL;
    table->tasks = tasks;
    mb_traced *process = mb_trace_process(table, pid);
    if (process == NULL)
        process = add_process(table, pid, parent, pid == tid ? status : NULL);
    if (process == NULL)
        return NULL;
    process->thread_count++;
    table->tasks[table->task_count] = (mb_trace_task){.tid = tid, .pid = pid, .is_new = true, .fault_count = -1};
    return &table->tasks[table->task_count++];
}

mb_trace_task *mb_trace_task_add_first(mb_trace_table *table, pid_t pid)
{
    mb_trace_task *task = add_task(table, pid, pid, 0, NULL);
    if (task != NULL)
        task->is_new = false;
    return task;
}

/* What status would say of it takes longer to read than all of this. Its end may have been seen before its start: then
 * it is ours no more. Asking for no signal tells whether it is a thread of that process. */
mb_trace_task *mb_trace_task_add_made(mb_trace_table *table, pid_t tid, pid_t maker)
{
    siginfo_t info;
    if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) != 0)
        return NULL;
    bool is_thread = syscall(SYS_tgkill, maker, tid, 0) == 0 || errno != ESRCH;
    return add_task(table, tid, is_thread ? maker : tid, maker, NULL);
}

mb_trace_task *mb_trace_task_add(mb_trace_table *table, pid_t tid)
{
    char text[TEXT_BYTES];
    if (!mb_trace_read_file(tid, "status", text, sizeof text))
        return NULL;
    if (strstr(text, "\nState:\tZ") != NULL) /* its end was seen before its start */
        return NULL;
    return add_task(table, tid, number_after(text, "\nTgid:\t"), number_after(text, "\nPPid:\t"), text);
}

void mb_trace_task_remove(mb_trace_table *table, mb_trace_task *task) { *task = table->tasks[--table->task_count]; }

static mb_trace_group *group_of(mb_trace_end *end, const char *name)
{
    for (size_t i = 0; i < end->group_count; i++)
        if (strcmp(end->groups[i].name, name) == 0 || i + 1 == MB_TRACE_GROUPS_MAX)
            return &end->groups[i];
    mb_trace_group *group = &end->groups[end->group_count++];
    *group = (mb_trace_group){.peak_rss_bytes = -1, .exit_anon_bytes = -1};
    /* The last one stands for all that have no group of their own. */
    snprintf(group->name, sizeof group->name, "%s", end->group_count < MB_TRACE_GROUPS_MAX ? name : "(others)");
    return group;
}

static void raise_to(int64_t *value, int64_t other)
{
    if (*value < other)
        *value = other;
}

/* What one process is known to have held at once, all of them have. */
void mb_trace_take_peaks(mb_trace_table *table, const mb_traced *process)
{
    mb_trace_end *end = table->end;
    const mb_trace_peak *peak = &process->peak;
    if (process->shares_memory || process->is_left || !table->is_filtered)
        return;
    end->inexact_count += peak->is_low;
    raise_to(&end->process_peak_rss_bytes, peak->rss_bytes);
    raise_to(&end->process_peak_anon_bytes, peak->anon_bytes);
    raise_to(&end->tree_peak_pss_anon_bytes, peak->own_anon_bytes);
}

void mb_trace_process_end(mb_trace_table *table, mb_traced *process)
{
    mb_trace_end *end = table->end;
    mb_trace_take_peaks(table, process);
    mb_trace_group *group = group_of(end, process->is_left ? "(left running)" : process->name);
    group->process_count++;
    raise_to(&group->peak_rss_bytes, process->peak_rss_bytes);
    raise_to(&group->exit_anon_bytes, process->exit_anon_bytes);
    if (!process->is_left) {
        raise_to(&end->process_peak_rss_bytes, process->peak_rss_bytes);
        raise_to(&end->process_exit_anon_bytes, process->exit_anon_bytes);
    }
    mb_trace_image_end(table->images, process->image, process->is_left);
    close_status(process);
    *process = table->processes[--table->process_count];
}

static int open_of_reader(const mb_traced *process, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)process->reader_tid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool mb_trace_read_status(mb_traced *process, mb_memory_reading *reading)
{
    char text[TEXT_BYTES];
    size_t length;
    if (process->status_tid != process->reader_tid)
        close_status(process);
    if (process->status_fd < 0) {
        process->status_fd = open_of_reader(process, "status");
        process->status_tid = process->reader_tid;
    }
    if (process->status_fd < 0 || !mb_proc_read(process->status_fd, text, sizeof text, &length))
        return false;
    if (process->has_old_name) {
        text[length < sizeof text ? length : sizeof text - 1] = '\0';
        take_name(process, text);
    }
    mb_status_parse(text, length, reading);
    return (reading->valid & MB_READING_PEAK) && (reading->valid & MB_READING_ANON);
}

/* Reading status takes half of a stop; the count of faults comes with the stop, and statm is read in a sixth of it. No
 * page comes without a fault but from another process (process_vm_writev) or by userfaultfd: that shows in statm. What
 * it does not tell apart, shared memory and file pages, can change places by a fault alone. */
bool mb_trace_has_not_grown(const mb_trace_table *table, mb_traced *process, int64_t *own_anon_bytes)
{
    char text[TEXT_BYTES];
    size_t length;
    int64_t rss_bytes, own_bytes;
    const mb_trace_peak *peak = &process->peak;
    if (table->counts_pages || table->timeline != NULL || table->stop_fault_count == 0 ||
        peak->fault_count != table->stop_fault_count || process->status_tid != process->reader_tid)
        return false;
    if (process->statm_fd < 0)
        process->statm_fd = open_of_reader(process, "statm");
    if (process->statm_fd < 0 || !mb_proc_read(process->statm_fd, text, sizeof text, &length) ||
        !mb_statm_parse(text, length, (uint64_t)sysconf(_SC_PAGESIZE), &rss_bytes, &own_bytes))
        return false;
    *own_anon_bytes = own_bytes;
    return own_bytes <= peak->last_own_anon_bytes &&
           rss_bytes - own_bytes <= peak->last_bytes - peak->last_own_anon_bytes;
}

/* Counting takes as long as there are pages, so a process that gives back often and holds much has a low end instead of
 * an hour. */
bool mb_trace_read_exactly(mb_trace_table *table, mb_traced *process, mb_memory_reading *reading)
{
    static const uint64_t counting_max_ns = 2000000000;
    char text[TEXT_BYTES];
    if (!table->counts_pages)
        return mb_trace_read_status(process, reading);
    if (table->counting_ns >= counting_max_ns)
        return false;
    uint64_t start_ns = mb_now_ns();
    bool is_read = mb_trace_read_file(process->reader_tid, "smaps_rollup", text, sizeof text);
    table->counting_ns += mb_now_ns() - start_ns;
    if (!is_read)
        return false;
    mb_smaps_rollup_parse(text, strlen(text), reading);
    return (reading->valid & MB_READING_RSS) != 0 && (reading->valid & MB_READING_ANON) != 0;
}

void mb_trace_record(mb_trace_table *table, mb_traced *process, mb_timeline_kind kind, const mb_memory_reading *reading)
{
    if (table->timeline == NULL || table->is_preparing || process->is_left || process->shares_memory)
        return;
    uint64_t time_ns = mb_now_ns() - table->start_ns;
    if (process->stage == 0)
        process->stage = mb_timeline_begin(table->timeline, process->pid, process->name, time_ns);
    mb_timeline_add(table->timeline, process->stage, kind, time_ns, reading->rss_bytes, reading->anon_bytes);
}

bool mb_trace_read(mb_trace_table *table, mb_traced *process, mb_timeline_kind kind)
{
    mb_memory_reading reading;
    if (process->shares_memory || !mb_trace_read_status(process, &reading))
        return false;
    process->peak_rss_bytes = reading.peak_rss_bytes;
    if (table->counts_pages && !mb_trace_read_exactly(table, process, &reading)) {
        process->peak.is_low = true;
        return true;
    }
    raise_to(&process->peak.rss_bytes, reading.rss_bytes);
    raise_to(&process->peak.anon_bytes, reading.anon_bytes);
    raise_to(&process->peak.own_anon_bytes, reading.footprint_bytes);
    process->exit_anon_bytes = reading.anon_bytes;
    mb_trace_record(table, process, kind, &reading);
    return true;
}

static int compare_groups(const void *left, const void *right)
{
    const mb_trace_group *a = left, *b = right;
    if (a->peak_rss_bytes != b->peak_rss_bytes)
        return a->peak_rss_bytes > b->peak_rss_bytes ? -1 : 1;
    return strcmp(a->name, b->name);
}

void mb_trace_groups_sort(mb_trace_end *end)
{
    qsort(end->groups, end->group_count, sizeof end->groups[0], compare_groups);
}
