/* A stop must not show. Some calls end with EINTR when their thread is stopped and cannot be taken up again by the
 * kernel (signal(7), "Interruption of system calls ... by stop signals"). Threads that sleep in them are not stopped
 * (trace_peak.c), but one may have entered one just when it was to be stopped. Nothing has happened in it then, so it
 * is made once more: the program counter goes back to the call, as the kernel does it for other calls. Its time limit
 * begins again, some microseconds late. On other processors than x86-64 the number of the call cannot be set back, and
 * such a call may end with EINTR. */
#include "process/trace_stops.h"

#include <elf.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* The flags are the first argument, which the kernel reads again once the tracer has let the call go on. Programs of 32
 * bits are left as they are. */
void mb_trace_keep(pid_t tid)
{
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, tid, (long)NT_PRSTATUS, &all) != 0 || all.iov_len != sizeof registers)
        return;
#if defined(__x86_64__)
    registers.rdi &= ~(unsigned long long)CLONE_UNTRACED;
#elif defined(__aarch64__)
    registers.regs[0] &= ~(unsigned long long)CLONE_UNTRACED;
#endif
    ptrace(PTRACE_SETREGSET, tid, (long)NT_PRSTATUS, &all);
}

#ifdef __x86_64__

#include "readings/proc_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { TEXT_BYTES = 8192, SYSCALL_BYTES = 2, CODE_64_BITS = 0x33 };

static bool ends_when_stopped(unsigned long long number)
{
    static const int numbers[] = {SYS_epoll_wait,      SYS_epoll_pwait, SYS_semop,       SYS_semtimedop,
                                  SYS_rt_sigtimedwait, SYS_recvfrom,    SYS_recvmsg,     SYS_recvmmsg,
                                  SYS_accept,          SYS_accept4,     SYS_io_getevents};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (number == (unsigned long long)numbers[i])
            return true;
    return false;
}

static unsigned long long mask_of(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at != NULL ? strtoull(at + strlen(key), NULL, 16) : ~0ull;
}

/* A signal that is about to be handled ends the call rightly. */
static bool has_signal(pid_t tid)
{
    char path[64], text[TEXT_BYTES];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)tid);
    if (!mb_proc_read_path("", path, text, sizeof text))
        return true;
    unsigned long long pending = mask_of(text, "\nSigPnd:\t") | mask_of(text, "\nShdPnd:\t");
    return (pending & ~mask_of(text, "\nSigBlk:\t")) != 0;
}

void mb_trace_make_again(pid_t tid)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, 0L, &registers) != 0 || registers.cs != CODE_64_BITS ||
        (long long)registers.rax != -EINTR || !ends_when_stopped(registers.orig_rax) || has_signal(tid))
        return;
    registers.rax = registers.orig_rax;
    registers.rip -= SYSCALL_BYTES;
    ptrace(PTRACE_SETREGS, tid, 0L, &registers);
}

#else

void mb_trace_make_again(pid_t tid) { (void)tid; }

#endif
