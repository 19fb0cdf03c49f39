#include "process/spawn.h"

#include "process/child.h"
#include "process/children.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What parent and child share while the parent is suspended: the child runs in the parent's memory until exec. */
struct child {
    const mb_spawn *spawn;
    pid_t parent;
    bool aslr_was_off;
    int errnum;
};

/* ThreadSanitizer's runtime comes before clone and refuses CLONE_VM; glibc has a second name for it. */
#ifdef __SANITIZE_THREAD__
int __clone(int (*run)(void *), void *stack, int flags, void *argument, ...);
#define clone __clone
#endif

enum { CHILD_STACK_BYTES = 64 * 1024, OLD_KERNEL_FD_MAX = 1024 };

MB_NO_SANITIZER static void close_all_but_event_fd(void)
{
    if (syscall(SYS_close_range, 3u, (unsigned)MB_EVENT_FD - 1, 0u) == 0 &&
        syscall(SYS_close_range, (unsigned)MB_EVENT_FD + 1, ~0u, 0u) == 0)
        return;
    for (int fd = 3; fd < OLD_KERNEL_FD_MAX; fd++) /* before Linux 5.9; ours are close-on-exec anyway */
        if (fd != MB_EVENT_FD)
            close(fd);
}

MB_NO_SANITIZER static bool set_memory_conditions(struct child *child)
{
    const mb_spawn *spawn = child->spawn;
    child->aslr_was_off = mb_child_set_memory(spawn->aslr_on, spawn->thp_on) && !spawn->aslr_on;
    if (spawn->data_limit_bytes == 0)
        return true;
    struct rlimit data = {spawn->data_limit_bytes, spawn->data_limit_bytes};
    return setrlimit(RLIMIT_DATA, &data) == 0;
}

MB_NO_SANITIZER void mb_gate_wait(_Atomic int32_t *word, int32_t value)
{
    while (*word == value)
        syscall(SYS_futex, word, (long)FUTEX_WAIT, (long)value, NULL, NULL, 0L);
}

MB_NO_SANITIZER void mb_gate_wake(_Atomic int32_t *word)
{
    syscall(SYS_futex, word, (long)FUTEX_WAKE, 1L, NULL, NULL, 0L);
}

MB_NO_SANITIZER void mb_gate_set(_Atomic int32_t *word, int32_t value)
{
    *word = value;
    mb_gate_wake(word);
}

/* Lets the tracer take hold of this process, which prepares itself meanwhile. */
MB_NO_SANITIZER static void call_tracer(mb_spawn_gate *gate)
{
    gate->is_passed = true;
    mb_gate_set(&gate->pid, getpid());
}

/* Tells the program that comes whether the tracer has taken hold. */
MB_NO_SANITIZER static void await_tracer(mb_spawn_gate *gate)
{
    mb_gate_wait(&gate->outcome, 0);
    char *text = gate->variable;
    text[0] = (char)('0' + gate->errnum / 100 % 10);
    text[1] = (char)('0' + gate->errnum / 10 % 10);
    text[2] = (char)('0' + gate->errnum % 10);
    if (gate->outcome == 1) {
        text[0] = 'y';
        text[1] = 'e';
        text[2] = 's';
    }
}

/* ThreadSanitizer follows descriptors by their numbers, and those of the child, whose table is its own, would be taken
 * for the tracers' of the parent: its dup2 never hears of these. */
MB_NO_SANITIZER static bool put_fd(int fd, int place) { return syscall(SYS_dup3, fd, place, 0) == place; }

/* Async-signal-safe calls only, and nothing that outlives exec in the memory shared with the parent. */
MB_NO_SANITIZER static int child_main(void *argument)
{
    struct child *child = argument;
    const mb_spawn *spawn = child->spawn;
    *spawn->group = getpid(); /* the guard knows the group before it can do anything */
    if (!mb_child_lead(child->parent))
        goto failed;
    if (spawn->gate != NULL)
        call_tracer(spawn->gate);
    mb_child_default_signals(spawn->changed_signals);
    if (!set_memory_conditions(child))
        goto failed;
    if (!put_fd(spawn->input_fd, STDIN_FILENO) || !put_fd(spawn->null_fd, STDOUT_FILENO) ||
        !put_fd(spawn->stderr_fd, STDERR_FILENO) || !put_fd(spawn->event_fd, MB_EVENT_FD))
        goto failed;
    close_all_but_event_fd();
    sigset_t none;
    sigemptyset(&none);
    if (spawn->gate != NULL)
        await_tracer(spawn->gate);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(spawn->path, spawn->argv, spawn->environment);
failed:
    child->errnum = errno;
    syscall(SYS_exit_group, 127L); /* _exit is a sanitizer's, which would tidy up in the parent's memory */
    __builtin_unreachable();
}

int mb_spawn_move_fd(int fd)
{
    if (fd < 0 || fd > MB_EVENT_FD)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, MB_EVENT_FD + 1);
    int errnum = errno;
    close(fd);
    errno = errnum;
    return moved;
}

bool mb_pipe_open(mb_pipe *made)
{
    int ends[2];
    if (made->read_fd >= 0) /* the process before may have set flags, as libuv does: they are of the pipe, not of it */
        return fcntl(made->write_fd, F_SETFL, 0) == 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *made = (mb_pipe){ends[0], mb_spawn_move_fd(ends[1])};
    if (made->write_fd >= 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    int errnum = errno;
    mb_pipe_close(made);
    errno = errnum;
    return false;
}

void mb_pipe_close(mb_pipe *pipe)
{
    if (pipe->read_fd >= 0)
        close(pipe->read_fd);
    if (pipe->write_fd >= 0)
        close(pipe->write_fd);
    *pipe = (mb_pipe){-1, -1};
}

static int start(struct child *child)
{
    static _Alignas(64) char stack[CHILD_STACK_BYTES]; /* one child at a time: the parent waits */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* no handler of ours may run in the child */
    int thp_disabled = prctl(PR_GET_THP_DISABLE, 0L, 0L, 0L, 0L);
    int pid = clone(child_main, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, child);
    int errnum = errno;
    if (thp_disabled >= 0 && thp_disabled != (child->spawn->thp_on ? 0 : 1))
        prctl(PR_SET_THP_DISABLE, (long)thp_disabled, 0L, 0L, 0L);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        child->errnum = errnum;
    else if (child->errnum != 0)
        for (siginfo_t end; !mb_children_reap(P_PID, (id_t)pid, &end);)
            poll(NULL, 0, 1);
    return pid;
}

mb_status mb_spawn_start(mb_spawn *spawn, mb_error *error)
{
    struct child child = {.spawn = spawn, .parent = getpid()};
    int pid = start(&child);
    if (child.errnum != 0) {
        spawn->errnum = child.errnum;
        bool exists = child.errnum == ENOENT && access(spawn->path, F_OK) == 0;
        return exists ? mb_error_set(error, MB_ERROR_SYSTEM, "cannot run %s: its interpreter or loader is missing",
                                     spawn->path)
                      : mb_error_set_errno(error, child.errnum, "cannot run %s", spawn->path);
    }
    spawn->pid = pid;
    spawn->aslr_was_off = child.aslr_was_off;
    return MB_OK;
}

bool mb_aslr_can_be_disabled(void)
{
    int before = personality(0xffffffff);
    if (before == -1 || personality((unsigned long)before | ADDR_NO_RANDOMIZE) == -1)
        return false;
    bool can = (personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0;
    personality((unsigned long)before);
    return can;
}
