/* signals.h: the signals that ask a process to end. */
#ifndef MEMBENCH_BASE_SIGNALS_H
#define MEMBENCH_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP; 0 after the last. */
extern const int mb_ending_signals[];

/* Whether this process ignores the signal: what its caller had ignored, as nohup does, stays so. */
bool mb_signal_is_ignored(int number);

/* Adds those of mb_ending_signals that are not ignored. */
void mb_signals_add_ending(sigset_t *set);

/* Calls handler on each of them that is not ignored; SIG_DFL undoes it. */
void mb_signals_handle_ending(void (*handler)(int number));

#endif
