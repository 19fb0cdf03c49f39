#include "process/guard.h"

#include "base/temporary.h"
#include "process/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GUARD_PIPE_FD = 3, ROUNDS_MAX = 100 };

struct shared {
    volatile int32_t groups[MB_JOBS_MAX];
    char folder[MB_SCRATCH_BYTES];
};

/* The guard outlives a coordinator that is killed, so that nothing it started lives on. It holds the read end of a pipe
 * whose write end only the coordinator has: a byte says goodbye, the end of the file says that it died. Then all
 * process groups of the shared table are killed, and what left its group is found by the mark in its environment, again
 * and again until nothing is found, since it may be forking. PR_SET_PDEATHSIG alone would not do: a worker's children
 * do not inherit it. A cgroup would, and needs rights that a test run does not have. Temporary files go last. Costs one
 * process, and one page.
 */
static void kill_groups(volatile int32_t *groups)
{
    for (size_t i = 0; i < MB_JOBS_MAX; i++)
        if (groups[i] > 1)
            kill(-groups[i], SIGKILL);
}

_Noreturn static void guard_main(int pipe_fd, struct shared *shared, const char *coordinator)
{
    volatile int32_t *groups = shared->groups;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "membench-guard", 0L, 0L, 0L);
    /* Whoever reads the coordinator's output must see its end when the coordinator ends, not when we do. */
    if (pipe_fd != GUARD_PIPE_FD)
        dup2(pipe_fd, GUARD_PIPE_FD);
    for (int fd = 0; fd < GUARD_PIPE_FD; fd++)
        close(fd);
    if (syscall(SYS_close_range, GUARD_PIPE_FD + 1u, ~0u, 0u) != 0)
        for (int fd = GUARD_PIPE_FD + 1; fd < 1024; fd++)
            close(fd);
    char byte;
    ssize_t got;
    do
        got = read(GUARD_PIPE_FD, &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got > 0) /* told to go: nothing is left to kill */
        _exit(0);
    kill_groups(groups);
    /* What it left its group for is found by its mark; again until nothing is found, since it may be forking. */
    for (int round = 0; round < ROUNDS_MAX && mb_children_kill_marked(coordinator) > 0; round++) {
        kill_groups(groups);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    mb_temporary_remove(shared->folder);
    _exit(0);
}

mb_status mb_guard_start(mb_guard *guard, const char coordinator[MB_MARK_COORDINATOR_DIGITS], mb_error *error)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return mb_error_set_errno(error, errno, "guard process");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int errnum = errno;
        munmap(shared, sizeof *shared);
        return mb_error_set_errno(error, errnum, "guard process");
    }
    /* fork() with no signal at its end: only __WALL sees such a child, so that "no child left" can be asked. */
    long pid = syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
    if (pid == 0) {
        close(ends[1]);
        guard_main(ends[0], shared, coordinator);
    }
    int errnum = errno;
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        munmap(shared, sizeof *shared);
        return mb_error_set_errno(error, errnum, "guard process");
    }
    *guard = (mb_guard){.pid = (pid_t)pid, .pipe_fd = ends[1], .groups = shared->groups, .folder = shared->folder};
    return MB_OK;
}

void mb_guard_end(mb_guard *guard)
{
    /* Should the guard have been killed, the write raises SIGPIPE: closing alone does the same, only slower. */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    ssize_t written = write(guard->pipe_fd, "", 1);
    (void)written;
    sigaction(SIGPIPE, &before, NULL);
    close(guard->pipe_fd);
    while (waitpid(guard->pid, NULL, __WALL) < 0 && errno == EINTR)
        continue;
    munmap((void *)guard->groups, sizeof(struct shared));
    *guard = (mb_guard){.pipe_fd = -1};
}
