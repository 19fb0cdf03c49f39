#include "process/trace_table.h"

#include "base/clock.h"
#include "base/grown.h"
#include "process/command_start.h"
#include "readings/proc_text.h"
#include "readings/readings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_BYTES = 8192, LOOK_SHARE = 20, KCMP_VIRTUAL_MEMORY = 1, SUMS_MAX = 5 };

/* Short commands may be looked at whenever a process ends, whatever the share of the time. */
static const uint64_t look_allowance_ns = 20000000, first_gap_ns = 1000000;

static void close_status(mb_traced *process)
{
    if (process->status_fd >= 0)
        close(process->status_fd);
    process->status_fd = -1;
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

static bool read_file(pid_t tid, const char *name, char text[TEXT_BYTES])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)tid, name);
    return mb_proc_read_path("", path, text, TEXT_BYTES);
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

mb_traced *mb_trace_process_add(mb_trace_table *table, pid_t pid, pid_t parent)
{
    mb_traced *processes =
        grown(table, table->processes, table->process_count, &table->process_capacity, sizeof *table->processes);
    if (processes == NULL)
        return NULL;
    table->processes = processes;
    mb_traced *process = &processes[table->process_count++];
    *process = (mb_traced){
        .pid = pid, .reader_tid = pid, .memory_pid = pid, .status_fd = -1, .peak_rss_bytes = -1, .exit_anon_bytes = -1};
    const mb_traced *from = mb_trace_process(table, parent);
    process->shares_memory = from != NULL && mb_trace_shares_memory(pid, parent);
    if (process->shares_memory)
        process->memory_pid = from->memory_pid;
    mb_trace_name(process);
    if (!process->shares_memory && !table->is_preparing)
        process->image = mb_trace_image_forked(table->images, pid, process->name, from != NULL ? from->image : 0);
    table->end->process_count++;
    return process;
}

mb_trace_task *mb_trace_task_add(mb_trace_table *table, pid_t tid)
{
    char text[TEXT_BYTES];
    if (!read_file(tid, "status", text))
        return NULL;
    if (strstr(text, "\nState:\tZ") != NULL) /* its end was seen before its start */
        return NULL;
    pid_t pid = number_after(text, "\nTgid:\t"), parent = number_after(text, "\nPPid:\t");
    mb_trace_task *tasks = grown(table, table->tasks, table->task_count, &table->task_capacity, sizeof *table->tasks);
    if (tasks == NULL)
        return NULL;
    table->tasks = tasks;
    mb_traced *process = mb_trace_process(table, pid);
    if (process == NULL)
        process = mb_trace_process_add(table, pid, parent);
    if (process == NULL)
        return NULL;
    process->thread_count++;
    table->tasks[table->task_count] = (mb_trace_task){.tid = tid, .pid = pid, .fault_count = -1};
    return &table->tasks[table->task_count++];
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

/* What one process is known to have held at one time, all of them have. */
void mb_trace_take_peaks(mb_trace_table *table, const mb_traced *process)
{
    mb_trace_end *end = table->end;
    const mb_trace_peak *peak = &process->peak;
    if (process->shares_memory || process->is_left || !table->is_filtered)
        return;
    end->inexact_count += peak->is_low;
    raise_to(&end->process_peak_rss_bytes, peak->rss_bytes);
    raise_to(&end->process_peak_anon_bytes, peak->anon_bytes);
    if (end->tree_peak_pss_anon_bytes >= 0)
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

bool mb_trace_read_status(mb_traced *process, mb_memory_reading *reading)
{
    char text[TEXT_BYTES], path[64];
    size_t length;
    if (process->status_tid != process->reader_tid)
        close_status(process);
    if (process->status_fd < 0) {
        snprintf(path, sizeof path, "/proc/%ld/status", (long)process->reader_tid);
        process->status_fd = open(path, O_RDONLY | O_CLOEXEC);
        process->status_tid = process->reader_tid;
    }
    if (process->status_fd < 0 || !mb_proc_read(process->status_fd, text, sizeof text, &length))
        return false;
    mb_status_parse(text, length, reading);
    return (reading->valid & MB_READING_PEAK) && (reading->valid & MB_READING_ANON);
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
    raise_to(&process->peak.rss_bytes, reading.rss_bytes);
    raise_to(&process->peak.anon_bytes, reading.anon_bytes);
    raise_to(&process->peak.own_anon_bytes, reading.footprint_bytes);
    process->exit_anon_bytes = reading.anon_bytes;
    mb_trace_record(table, process, kind, &reading);
    return true;
}

void mb_trace_name(mb_traced *process)
{
    char text[TEXT_BYTES];
    if (!read_file(process->pid, "comm", text))
        return;
    text[strcspn(text, "\n")] = '\0';
    if (strncmp(process->name, text, MB_TRACE_NAME_BYTES - 1) != 0)
        process->stage = 0; /* from here on it is another program to the timeline */
    snprintf(process->name, sizeof process->name, "%.15s", text);
}

/* Processor time of our own: waiting for other work is not a cost of looking. */
static uint64_t spent_so_far_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

typedef struct sum {
    int64_t bytes, shmem_bytes;
    size_t count; /* of processes that could be read */
} sum;

static sum sum_up(mb_trace_table *table)
{
    sum all = {0};
    for (size_t i = 0; i < table->process_count; i++) {
        char text[TEXT_BYTES];
        mb_kb_key keys[] = {{.name = "Pss_Anon:"}, {.name = "Rss:"}, {.name = "Pss_Shmem:"}};
        mb_traced *process = &table->processes[i];
        if (process->shares_memory || !read_file(process->reader_tid, "smaps_rollup", text))
            continue;
        mb_kb_scan(text, strlen(text), keys, 3);
        if (!mb_kb_found(&keys[0]))
            continue;
        all.count++;
        all.bytes += keys[0].size_bytes;
        all.shmem_bytes += mb_kb_found(&keys[2]) ? keys[2].size_bytes : 0;
        /* Counted page by page: where the kernel's counters lag, this may be the higher one. */
        if (process->is_read && mb_kb_found(&keys[1]))
            raise_to(&process->peak_rss_bytes, keys[1].size_bytes);
    }
    return all;
}

/* A process gives up memory that it shares, and what was read of one before and is read of another after counts that
 * memory twice. Such a sum is too high, so it is taken again until two agree, and the lowest holds; unless somebody is
 * ending just then. */
static bool sum_consistently(mb_trace_table *table, sum *found)
{
    for (size_t i = 0; i < table->process_count; i++)
        if (table->processes[i].is_ending)
            return false;
    sum lowest = sum_up(table);
    for (int i = 1; i < SUMS_MAX && table->process_count > 1; i++) {
        sum again = sum_up(table);
        bool agree = again.bytes == lowest.bytes;
        if (again.count != lowest.count)
            return false;
        if (again.bytes < lowest.bytes)
            lowest = again;
        if (agree)
            break;
    }
    *found = lowest;
    return lowest.count > 0;
}

/* Of each process what it holds now: where it is traced nobody else asks between its stops. */
static void record_all(mb_trace_table *table)
{
    mb_memory_reading reading;
    for (size_t i = 0; table->timeline != NULL && table->end->is_traced && i < table->process_count; i++) {
        mb_traced *process = &table->processes[i];
        if (!process->is_read && mb_trace_read_status(process, &reading))
            mb_trace_record(table, process, MB_TIMELINE_LOOK, &reading);
    }
}

void mb_trace_look(mb_trace_table *table, uint64_t now_ns)
{
    uint64_t before_ns = spent_so_far_ns();
    sum found;
    record_all(table);
    if (sum_consistently(table, &found)) {
        if (table->timeline != NULL && !table->is_preparing)
            mb_timeline_add_tree(table->timeline, mb_now_ns() - table->start_ns, found.bytes);
        raise_to(&table->end->tree_peak_pss_anon_bytes, found.bytes);
        raise_to(&table->end->tree_peak_pss_shmem_bytes, found.shmem_bytes);
    }
    table->end->look_count++;
    uint64_t spent_ns = spent_so_far_ns() - before_ns, elapsed_ns = now_ns - table->start_ns;
    table->look_ns += spent_ns;
    /* At first more often: most commands are short. */
    uint64_t gap_ns = elapsed_ns / 8 > first_gap_ns ? elapsed_ns / 8 : first_gap_ns;
    gap_ns = gap_ns < table->interval_ns ? gap_ns : table->interval_ns;
    gap_ns = gap_ns > LOOK_SHARE * spent_ns ? gap_ns : LOOK_SHARE * spent_ns;
    table->next_look_ns = mb_now_ns() + gap_ns;
}

void mb_trace_look_at_end(mb_trace_table *table, uint64_t now_ns)
{
    if (table->look_ns <= look_allowance_ns + (now_ns - table->start_ns) / LOOK_SHARE)
        mb_trace_look(table, now_ns);
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
