/* Starts a command in which the kernel refuses a call, as the filters of some containers do. Of personality just asking
 * for the current one stays allowed: address randomization then cannot be turned off.
 *
 *     refuse-call NAME [ERRNO] COMMAND…    EPERM unless a number is given
 *     refuse-ptrace COMMAND…               where REFUSED names the call */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name)                                                                                                     \
    {                                                                                                                  \
#name, SYS_##name                                                                                              \
    }
static const struct call {
    const char *name;
    long number;
} calls[] = {
    CALL(ptrace),
    CALL(seccomp),
    CALL(waitid),
    CALL(wait4),
    CALL(poll),
    CALL(ppoll),
    CALL(pidfd_open),
    CALL(clone),
    CALL(clone3),
    CALL(vfork),
    CALL(pipe2),
    CALL(prctl),
    CALL(signalfd4),
    CALL(memfd_create),
    CALL(prlimit64),
    CALL(getrandom),
    CALL(kill),
    CALL(ioctl),
    CALL(rename),
    CALL(fsync),
    CALL(flock),
    CALL(getdents64),
    CALL(setpgid),
    CALL(setsid),
    CALL(futex),
    CALL(close_range),
    CALL(dup2),
    CALL(fcntl),
    CALL(kcmp),
    CALL(madvise),
    CALL(personality),
    CALL(sched_getaffinity),
    CALL(clock_nanosleep),
    CALL(rt_sigtimedwait),
    CALL(getrusage),
    CALL(pread64),
    CALL(pwrite64),
    CALL(unlink),
    CALL(mkdir),
    CALL(readlink),
    CALL(tgkill),
};

int main(int argc, char **argv)
{
    int refusal = EPERM, at = 1;
    long number = -1;
#ifdef REFUSED
    const char *name = REFUSED;
#else
    const char *name = argc > at ? argv[at++] : "";
    if (argc > at && atoi(argv[at]) > 0)
        refusal = atoi(argv[at++]);
#endif
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, name) == 0)
            number = calls[i].number;
    if (number < 0 || argc <= at) {
        fprintf(stderr, "refuse-call: unknown call, or no command\n");
        return 125;
    }
    unsigned char skipped = number == SYS_personality;
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, skipped, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)refusal),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("no filter");
        return 125;
    }
    execvp(argv[at], argv + at);
    perror(argv[at]);
    return 126;
}
