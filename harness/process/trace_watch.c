/* Looking at a command from outside, where it cannot be traced: its processes are found below its first one, and below
 * us, since we take those that lose their parent. */
#include "process/command_start.h"
#include "process/trace_run.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { CHILDREN_MAX = 512, DEPTH_MAX = 64 };

static void see(mb_trace_run_state *run, pid_t pid, pid_t parent, int depth);

static void see_children_of_thread(mb_trace_run_state *run, pid_t pid, const char *thread, int depth)
{
    char path[320];
    snprintf(path, sizeof path, "/proc/%ld/task/%s/children", (long)pid, thread);
    FILE *file = fopen(path, "re");
    long child;
    while (file != NULL && fscanf(file, "%ld", &child) == 1)
        see(run, (pid_t)child, pid, depth + 1);
    if (file != NULL)
        fclose(file);
}

/* Takes note of a process and of all below it. */
static void see(mb_trace_run_state *run, pid_t pid, pid_t parent, int depth)
{
    mb_traced *process = mb_trace_process(&run->table, pid);
    if (process == NULL)
        process = mb_trace_process_add(&run->table, pid, parent);
    if (process == NULL || depth > DEPTH_MAX)
        return;
    int64_t before_bytes = process->peak_rss_bytes;
    process->is_there = true;
    process->shares_memory = mb_trace_shares_memory(pid, parent);
    if (mb_trace_read(&run->table, process, MB_TIMELINE_LOOK)) {
        process->exit_anon_bytes = -1; /* this was not its end */
        if (process->peak_rss_bytes != before_bytes)
            mb_trace_name(process); /* it may have exec'd */
    }
    char path[48];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            see_children_of_thread(run, pid, entry->d_name, depth);
    if (folder != NULL)
        closedir(folder);
}

/* Reads what is there now, forgets what is gone, and returns how many children we have. */
static size_t see_all(mb_trace_run_state *run)
{
    pid_t children[CHILDREN_MAX];
    mb_trace_table *table = &run->table;
    size_t count = mb_children_list(children, CHILDREN_MAX), left_count = 0;
    for (size_t i = 0; i < table->process_count; i++)
        table->processes[i].is_there = false;
    if (count == 0 && !run->has_ended) /* a kernel without such lists */
        see(run, run->child.pid, 0, 0);
    for (size_t i = 0; i < count; i++)
        if (children[i] != run->guard.pid) {
            see(run, children[i], 0, 0);
            left_count++;
        }
    for (size_t i = table->process_count; i-- > 0;)
        if (!table->processes[i].is_there)
            mb_trace_process_end(table, &table->processes[i]);
    return left_count;
}

/* Sampled values are peaks of nothing: they have a name of their own with the caller. */
void mb_trace_watch(mb_trace_run_state *run)
{
    int was_subreaper = 0;
    mb_trace_report report;
    prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper, 0L, 0L, 0L);
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L); /* before it can leave anything behind, which would not be ours */
    mb_trace_child_go(&run->child, false);
    if (mb_trace_child_report(&run->child, &report)) /* ends with exec: before that it is a copy of us */
        run->exec_errnum = report.errnum;
    run->table.next_look_ns = 0;
    run->table.is_preparing = false;
    for (;;) {
        struct rusage usage;
        int wait_status;
        pid_t pid = wait4(-1, &wait_status, __WALL | WNOHANG, &usage);
        if (pid == run->child.pid)
            mb_trace_take_end(run, wait_status, &usage);
        if (pid > 0)
            continue;
        uint64_t now_ns = mb_now_ns();
        if (run->has_ended || mb_trace_is_look_due(run, now_ns)) {
            size_t left_count = see_all(run);
            if (run->has_ended && left_count == 0)
                break;
            mb_trace_look(&run->table, now_ns);
        }
        mb_trace_keep_time(run);
        mb_trace_wait(run, mb_trace_gap_ns(run));
    }
    prctl(PR_SET_CHILD_SUBREAPER, (long)was_subreaper, 0L, 0L, 0L);
}
