/* complain.h: how a command ends: a message on stderr, output that could not be written. */
#ifndef MEMBENCH_COMMAND_COMPLAIN_H
#define MEMBENCH_COMMAND_COMPLAIN_H

#include "command/exit.h"

/* Prints "membench: MESSAGE" on stderr; returns the exit code of the error. */
int mb_complain(const mb_error *error);

/* Flushes stdout; when that fails (disk full, closed pipe) says so and makes the code a failure. */
int mb_finish_output(mb_exit code);

#endif
