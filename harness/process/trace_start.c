#include "process/trace_start.h"

#include "process/child.h"
#include "readings/lowering.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

extern char **environ;

enum { LOWEST_FD = 3 };

/* In the child. What the caller ignores stays ignored, as below nohup, but for what membench itself ignores. */
static _Noreturn void become(const mb_trace_spec *spec, const sigset_t *signal_mask, pid_t parent, int go_fd,
                             int report_fd)
{
    static const int own[] = {SIGPIPE, SIGXFSZ, SIGCHLD};
    mb_trace_report report = {0};
    char byte;
    if (!mb_child_lead(parent))
        _exit(127);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        signal(own[i], SIG_DFL);
    report.aslr_was_off = mb_child_set_memory(false, spec->thp_on);
    (void)!write(report_fd, &report, sizeof report);
    ssize_t length;
    while ((length = read(go_fd, &byte, 1)) < 0 && errno == EINTR)
        continue;
    if (length == 1) /* traced; where there is no filter, the tracer sees no stop and knows */
        (void)mb_lowering_filter_install(MB_FILTER_LONG);
    if (dup2(spec->input_fd, STDIN_FILENO) >= 0 && dup2(spec->output_fd, STDOUT_FILENO) >= 0 &&
        dup2(spec->error_fd, STDERR_FILENO) >= 0) {
        sigprocmask(SIG_SETMASK, signal_mask, NULL);
        execve(spec->path, spec->argv, spec->environment != NULL ? spec->environment : environ);
    }
    report.errnum = errno;
    (void)!write(report_fd, &report, sizeof report);
    _exit(127);
}

/* A pipe whose ends are out of the way of the standard streams. */
static bool open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < 2; i++)
        if (ends[i] < LOWEST_FD) {
            int moved = fcntl(ends[i], F_DUPFD_CLOEXEC, LOWEST_FD);
            close(ends[i]);
            ends[i] = moved;
        }
    return ends[0] >= 0 && ends[1] >= 0;
}

mb_status mb_trace_child_start(const mb_trace_spec *spec, const sigset_t *signal_mask, mb_trace_child *child,
                               mb_error *error)
{
    int go[2] = {-1, -1}, report[2] = {-1, -1};
    pid_t parent = getpid(), pid = -1;
    if (open_pipe(go) && open_pipe(report))
        pid = fork();
    if (pid == 0) {
        close(go[1]);
        become(spec, signal_mask, parent, go[0], report[1]);
    }
    int errnum = errno, *const ends[] = {&go[0], &go[1], &report[0], &report[1]};
    for (size_t i = 0; i < 4; i++)
        if (*ends[i] >= 0 && (pid < 0 || i == 0 || i == 3))
            close(*ends[i]);
    if (pid < 0)
        return mb_error_set_errno(error, errnum, "cannot run %s", spec->path);
    setpgid(pid, pid); /* whoever is first: the group exists when this function returns */
    *child = (mb_trace_child){.pid = pid, .go_fd = go[1], .report_fd = report[0]};
    return MB_OK;
}

bool mb_trace_child_report(const mb_trace_child *child, mb_trace_report *report)
{
    mb_trace_report got;
    ssize_t length;
    while ((length = read(child->report_fd, &got, sizeof got)) < 0 && errno == EINTR)
        continue;
    if (length != (ssize_t)sizeof got)
        return false;
    *report = got;
    return true;
}

void mb_trace_child_go(mb_trace_child *child, bool is_filtered)
{
    if (is_filtered)
        (void)!write(child->go_fd, "f", 1);
    close(child->go_fd);
    child->go_fd = -1;
}

void mb_trace_child_close(mb_trace_child *child)
{
    if (child->go_fd >= 0)
        close(child->go_fd);
    close(child->report_fd);
}
