/* listening.h: whether a group of processes waits for connections. */
#ifndef MEMBENCH_PROCESS_LISTENING_H
#define MEMBENCH_PROCESS_LISTENING_H

#include <stdbool.h>
#include <sys/types.h>

/* True when a process of the group has a listening socket, TCP or Unix. *port: the lowest TCP port, 0: none. */
bool mb_group_listens(pid_t group, int *port);

#endif
