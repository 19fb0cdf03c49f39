#include "process/command.h"

#include "base/clock.h"
#include "process/child.h"
#include "process/command_start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { POLL_NS = 5000000 };

void mb_command_pause(void)
{
    struct timespec pause = {.tv_nsec = POLL_NS};
    nanosleep(&pause, NULL);
}

/* In the child: nothing that could wait for a lock. Tells errno through the pipe when exec fails. */
static _Noreturn void become(const mb_command *command, const mb_start_files *files, pid_t parent, int report_fd)
{
    if (!mb_child_lead(parent))
        _exit(127);
    mb_child_default_signals(MB_CHILD_ALL_SIGNALS);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(files->input_fd, STDIN_FILENO) >= 0 && dup2(files->output_fd, STDOUT_FILENO) >= 0 &&
        (files->error_fd < 0 || dup2(files->error_fd, STDERR_FILENO) >= 0))
        execve(command->path, command->argv, command->environment != NULL ? command->environment : environ);
    int errnum = errno;
    (void)!write(report_fd, &errnum, sizeof errnum);
    _exit(127);
}

mb_status mb_command_start(const mb_command *command, const mb_start_files *files, pid_t *pid, mb_error *error)
{
    int report[2], errnum = 0;
    if (pipe2(report, O_CLOEXEC) != 0)
        return mb_error_set_errno(error, errno, "cannot run %s", command->path);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        become(command, files, parent, report[1]);
    errnum = child < 0 ? errno : 0;
    close(report[1]);
    if (child > 0) {
        setpgid(child, child); /* whoever is first: the group exists when this function returns */
        if (read(report[0], &errnum, sizeof errnum) != (ssize_t)sizeof errnum)
            errnum = 0;
        else
            waitpid(child, NULL, 0);
    }
    close(report[0]);
    if (errnum != 0)
        return mb_error_set_errno(error, errnum, "cannot run %s", command->path);
    *pid = child;
    return MB_OK;
}

bool mb_command_wait(pid_t pid, uint64_t limit_ns, const volatile sig_atomic_t *interrupted, int *wait_status)
{
    uint64_t start_ns = mb_now_ns();
    for (;;) {
        pid_t ended = waitpid(pid, wait_status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return true;
        if ((limit_ns > 0 && mb_now_ns() - start_ns >= limit_ns) || (interrupted != NULL && *interrupted))
            return false;
        mb_command_pause();
    }
}

mb_status mb_command_open_output(const char *path, int *fd, mb_error *error)
{
    *fd = open(path != NULL ? path : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return *fd >= 0 ? MB_OK : mb_error_set_errno(error, errno, "%s", path);
}

mb_status mb_command_run(const mb_command *command, mb_error *error)
{
    mb_start_files files = {-1, -1, -1};
    const char *input_path = command->input_path != NULL ? command->input_path : "/dev/null";
    files.input_fd = open(input_path, O_RDONLY | O_CLOEXEC);
    mb_status status = files.input_fd >= 0 ? MB_OK : mb_error_set_errno(error, errno, "%s", input_path);
    if (status == MB_OK)
        status = mb_command_open_output(command->output_path, &files.output_fd, error);
    if (status == MB_OK && command->error_path != NULL)
        status = mb_command_open_output(command->error_path, &files.error_fd, error);
    pid_t pid = 0;
    if (status == MB_OK)
        status = mb_command_start(command, &files, &pid, error);
    if (files.input_fd >= 0)
        close(files.input_fd);
    if (files.output_fd >= 0)
        close(files.output_fd);
    if (files.error_fd >= 0)
        close(files.error_fd);
    if (status != MB_OK)
        return status;
    int how = 0;
    if (!mb_command_wait(pid, command->timeout_ns, NULL, &how)) {
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s timed out", command->path);
    }
    if (WIFSIGNALED(how))
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s was killed by signal %d", command->path, WTERMSIG(how));
    if (WEXITSTATUS(how) != 0)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s exited with code %d", command->path, WEXITSTATUS(how));
    return MB_OK;
}

mb_status mb_file_read(const char *path, char **text, size_t *length, mb_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    if (fd < 0)
        return mb_error_set_errno(error, errno, "%s", path);
    if (fstat(fd, &about) == 0 && !S_ISREG(about.st_mode)) {
        close(fd);
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: is not a regular file", path);
    }
    char *bytes = fstat(fd, &about) == 0 ? malloc((size_t)about.st_size + 1) : NULL;
    size_t done = 0;
    ssize_t got = 1;
    while (bytes != NULL && done < (size_t)about.st_size && got > 0) {
        do
            got = read(fd, bytes + done, (size_t)about.st_size - done);
        while (got < 0 && errno == EINTR);
        done += got > 0 ? (size_t)got : 0;
    }
    int errnum = bytes == NULL ? ENOMEM : errno;
    close(fd);
    if (bytes == NULL || got < 0) {
        free(bytes);
        return mb_error_set_errno(error, errnum, "%s", path);
    }
    bytes[done] = '\0';
    *text = bytes;
    *length = done;
    return MB_OK;
}

bool mb_command_find(const char *name, char *path)
{
    if (strchr(name, '/') != NULL)
        return realpath(name, path) != NULL && access(path, X_OK) == 0;
    const char *at = getenv("PATH");
    for (at = at != NULL ? at : "/usr/bin:/bin"; *at != '\0'; at += *at == ':') {
        size_t length = strcspn(at, ":");
        int written = snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, at, length > 0 ? "/" : "", name);
        struct stat about;
        if (written < PATH_MAX && stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0)
            return true;
        at += length;
    }
    return false;
}
