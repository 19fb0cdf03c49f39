/* trace_start.h: starts a command that waits before its exec until it is followed. Used by the trace*.c files alone. */
#ifndef MEMBENCH_PROCESS_TRACE_START_H
#define MEMBENCH_PROCESS_TRACE_START_H

#include "process/trace.h"

#include <signal.h>
#include <sys/types.h>

typedef struct mb_trace_child {
    pid_t pid;     /* also its process group */
    int go_fd;     /* closing it lets the child exec */
    int report_fd; /* says what failed before or in exec; at its end when exec is done */
} mb_trace_child;

/* What the child says before exec, once its conditions are set, and again when exec fails. */
typedef struct mb_trace_report {
    int errnum; /* of exec; 0 in the first report */
    bool aslr_was_off;
} mb_trace_report;

/* Forks the child; signal_mask: what it execs with. */
MB_NODISCARD mb_status mb_trace_child_start(const mb_trace_spec *spec, const sigset_t *signal_mask,
                                            mb_trace_child *child, mb_error *error);

/* Reads the next report; false when there is none any more. */
bool mb_trace_child_report(const mb_trace_child *child, mb_trace_report *report);

/* Lets it exec. */
void mb_trace_child_go(mb_trace_child *child, bool is_filtered);

void mb_trace_child_close(mb_trace_child *child);

#endif
