#include "sites/site_crash.h"

#include <unistd.h>

/* elfutils do not look whether they got the memory they asked for: they write through NULL, or fail an assertion.
 * Nothing can be rescued of a process in that state, but it need not end silently. */
static const int numbers[MB_SITE_CRASH_SIGNALS] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};

static void say(int number)
{
    static const char text[] = "membench: elfutils crashed while call sites were named: memory was out, or a program's "
                               "debug information is damaged; --no-where compares without them\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    raise(number); /* blocked until this returns, and then the default ends the process */
}

void mb_site_crash_begin(mb_site_crash *crash)
{
    const struct sigaction action = {.sa_handler = say, .sa_flags = (int)SA_RESETHAND};
    for (int i = 0; i < MB_SITE_CRASH_SIGNALS; i++) {
        sigaction(numbers[i], NULL, &crash->before[i]);
        if (crash->before[i].sa_handler == SIG_DFL) /* else a sanitizer says more */
            sigaction(numbers[i], &action, NULL);
    }
}

void mb_site_crash_end(const mb_site_crash *crash)
{
    for (int i = 0; i < MB_SITE_CRASH_SIGNALS; i++)
        sigaction(numbers[i], &crash->before[i], NULL);
}
