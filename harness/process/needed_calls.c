#include "process/needed_calls.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_refused(int result) { return result < 0 && errno != ECHILD && errno != EINTR; }

mb_status mb_needed_calls_check(mb_error *error)
{
    siginfo_t info;
    const char *name = is_refused(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT)) ? "waitid"
                       : is_refused(waitpid(getpid(), NULL, WNOHANG))                   ? "wait4"
                       : is_refused(poll(NULL, 0, 0))                                   ? "poll"
                       : is_refused(kill(getpid(), 0))                                  ? "kill"
                                                                                        : NULL;
    if (name == NULL)
        return MB_OK;
    return mb_error_set_errno(error, errno, "the system call %s is refused here, and nothing can be run", name);
}
