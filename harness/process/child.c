#include "process/child.h"

#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

MB_NO_SANITIZER bool mb_child_lead(pid_t parent)
{
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L) != 0)
        return false;
    if (getppid() != parent) /* it died before the line above */
        _exit(127);
    return true;
}

enum { SIGNALS_MAX = 64 };

uint64_t mb_child_changed_signals(void)
{
    uint64_t signals = 0;
    for (int number = 1; number <= SIGNALS_MAX; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
            signals |= UINT64_C(1) << (number - 1);
    }
    return signals;
}

MB_NO_SANITIZER void mb_child_default_signals(uint64_t signals)
{
    for (int number = 1; number <= SIGNALS_MAX; number++) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        if ((signals & UINT64_C(1) << (number - 1)) != 0)
            sigaction(number, &action, NULL);
    }
}

MB_NO_SANITIZER bool mb_child_set_memory(bool aslr_on, bool thp_on)
{
    struct rlimit core = {0, 0};
    int persona = personality(0xffffffff);
    int wanted = aslr_on ? persona & ~ADDR_NO_RANDOMIZE : persona | ADDR_NO_RANDOMIZE;
    if (persona != -1 && persona != wanted)
        personality((unsigned long)wanted);
    persona = personality(0xffffffff);
    prctl(PR_SET_THP_DISABLE, thp_on ? 0L : 1L, 0L, 0L, 0L);
    setrlimit(RLIMIT_CORE, &core);
    return persona != -1 && (persona & ADDR_NO_RANDOMIZE) != 0;
}
