/* count-calls PROGRAM [ARGUMENT…]: the system calls of a process from its start to its end, on standard error: a line
 * of JSON, names of those below and the sum of all. The process keeps descriptors and environment; COUNT_PRELOAD is its
 * LD_PRELOAD alone, since the heap hook takes itself out of that variable in whatever comes first. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_GET_SYSCALL_INFO
#define PTRACE_GET_SYSCALL_INFO 0x420e
#endif

static const struct {
    long number;
    const char *name;
} named[] = {{SYS_write, "write"},         {SYS_pread64, "pread"},
             {SYS_pwrite64, "pwrite"},     {SYS_openat, "openat"},
             {SYS_ioctl, "ioctl"},         {SYS_madvise, "madvise"},
             {SYS_close, "close"},         {SYS_fsync, "fsync"},
             {SYS_access, "access"},       {SYS_readlink, "readlink"},
             {SYS_clone, "clone"},         {SYS_wait4, "wait4"},
             {SYS_ptrace, "ptrace"},       {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
             {SYS_setitimer, "setitimer"}, {SYS_waitid, "waitid"}};
enum { NAMED = sizeof named / sizeof named[0] };

/* The leading part of struct ptrace_syscall_info, which headers have under several names. */
struct call {
    unsigned char op; /* 1: a system call begins */
    unsigned char padding[3];
    unsigned architecture;
    unsigned long long instruction, stack, number;
};

int main(int argc, char **argv)
{
    unsigned long counts[NAMED] = {0}, sum = 0;
    int status;
    pid_t pid = argc > 1 ? fork() : -1;
    if (pid == 0) {
        const char *preload = getenv("COUNT_PRELOAD");
        if (preload != NULL)
            setenv("LD_PRELOAD", preload, 1);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return 1;
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD));
    while (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        struct call call = {0};
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof call, &call) <= 0 || call.op != 1)
            continue;
        sum++;
        for (int i = 0; i < NAMED; i++)
            counts[i] += call.number == (unsigned long long)named[i].number;
    }
    fprintf(stderr, "{");
    for (int i = 0; i < NAMED; i++)
        fprintf(stderr, "\"%s\":%lu,", named[i].name, counts[i]);
    fprintf(stderr, "\"all\":%lu}\n", sum);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
