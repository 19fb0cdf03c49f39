/* runner_parts.h: what the files of the runner share; not for its users. */
#ifndef MEMBENCH_PROCESS_RUNNER_PARTS_H
#define MEMBENCH_PROCESS_RUNNER_PARTS_H

#include "process/guard.h"
#include "process/runner.h"
#include "process/scratch.h"
#include "process/slot.h"

#include <signal.h>

enum { MB_FOREIGN_MAX = 64, MB_CHILDREN_MAX = 512 };

struct queued {
    struct queued *next;
    mb_process_spec spec;
};

struct mb_runner {
    mb_slot *slots;
    size_t job_count;
    size_t active; /* slots that are not free */
    struct queued *first, **last;
    int signal_fd, null_fd;
    mb_guard guard;
    mb_scratch scratch;
    bool stopping;
    int signal_number;
    bool waits_for_idle; /* a process of unknown origin lives: it can be killed only when nothing else runs */
    uint32_t mark, serial;
    char **environment; /* scratch: what a process is started with */
    size_t environment_limit;
    pid_t foreign[MB_FOREIGN_MAX]; /* children from before us: none of our business */
    size_t foreign_count;
    sigset_t mask_before;
    struct sigaction sigchld_before;
    int subreaper_before;
};

/* Children that we did not start: reaps the dead ones. Of the live ones kills those of slot (NULL: none); true when
 * there were such. (runner_strays.c) */
bool mb_runner_handle_strays(mb_runner *runner, mb_slot *slot);

#endif
