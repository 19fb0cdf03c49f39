/* children.h: finds processes that left their group: by being our children, and by a mark in their environment. */
#ifndef MEMBENCH_PROCESS_CHILDREN_H
#define MEMBENCH_PROCESS_CHILDREN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/wait.h>

/* A mark is sixteen hexadecimal digits in MEMBENCH_WORKER: eight of the coordinator, eight of the process. */
enum { MB_MARK_DIGITS = 16, MB_MARK_COORDINATOR_DIGITS = 8 };
#define MB_MARK_VARIABLE "MEMBENCH_WORKER="

/* Writes up to limit children of the calling thread, dead ones included; returns how many. 0 where the kernel keeps
 * no such list (it needs CONFIG_PROC_CHILDREN). */
size_t mb_children_list(pid_t *pids, size_t limit);

/* Reaps a child, or one of a group (P_PID, P_PGID of waitid), that has ended, and only that: waitid also shows stops of
 * children that a thread of ours traces, and would take them from it. False when none has ended. */
bool mb_children_reap(idtype_t kind, id_t id, siginfo_t *end);

/* Reads the mark of a live process; false when it has none or it may not be read. */
bool mb_children_mark(pid_t pid, char mark[MB_MARK_DIGITS + 1]);

/* Kills every process of this system that carries a mark of this coordinator; returns how many. */
size_t mb_children_kill_marked(const char coordinator[MB_MARK_COORDINATOR_DIGITS]);

#endif
