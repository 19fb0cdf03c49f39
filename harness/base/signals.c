#include "base/signals.h"

#include <stddef.h>

const int mb_ending_signals[] = {SIGINT, SIGTERM, SIGHUP, 0};

bool mb_signal_is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_IGN;
}

void mb_signals_add_ending(sigset_t *set)
{
    for (const int *number = mb_ending_signals; *number != 0; number++)
        if (!mb_signal_is_ignored(*number))
            sigaddset(set, *number);
}

void mb_signals_handle_ending(void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};
    for (const int *number = mb_ending_signals; *number != 0; number++)
        if (!mb_signal_is_ignored(*number))
            sigaction(*number, &action, NULL);
}
