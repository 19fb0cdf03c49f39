/* command_start.h: one process of another program: started, waited for. Used by command.c and server.c alone. */
#ifndef MEMBENCH_PROCESS_COMMAND_START_H
#define MEMBENCH_PROCESS_COMMAND_START_H

#include "base/clock.h"
#include "process/command.h"

#include <signal.h>

typedef struct mb_start_files {
    int input_fd, output_fd;
    int error_fd; /* -1: the caller's */
} mb_start_files;

/* Starts it as the leader of a process group of its own. All descriptors of the caller must be close-on-exec. */
MB_NODISCARD mb_status mb_command_start(const mb_command *command, const mb_start_files *files, pid_t *pid,
                                        mb_error *error);

/* True when it has ended and was reaped; false after limit_ns (0: none) or when *interrupted (or NULL) got set. */
bool mb_command_wait(pid_t pid, uint64_t limit_ns, const volatile sig_atomic_t *interrupted, int *wait_status);

MB_NODISCARD mb_status mb_command_open_output(const char *path, int *fd, mb_error *error);

void mb_command_pause(void); /* between two looks at something */

#endif
