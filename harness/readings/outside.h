/* outside.h: what another process's /proc says of its memory: opened once, read at every tick.
 *
 * The descriptor is bound to the process, not to its number: once it has ended nothing can be read, whoever gets the
 * number next. Sizes come from status, which kernels that count per CPU may have off by some 100 KiB: little to a soak.
 */
#ifndef MEMBENCH_READINGS_OUTSIDE_H
#define MEMBENCH_READINGS_OUTSIDE_H

#include "base/error.h"
#include "readings/readings.h"

#include <sys/types.h>

typedef struct mb_outside {
    int status_fd; /* owned; -1: not open */
} mb_outside;

/* root: as in mb_reader_open. Fails when there is no such process, or it has no memory: a zombie, a kernel thread. */
MB_NODISCARD mb_status mb_outside_open(mb_outside *outside, const char *root, pid_t pid, mb_error *error);

/* Its sizes, peak since its start, and threads (-1: not said). False when it has ended. 10 us. */
MB_NODISCARD bool mb_outside_read(const mb_outside *outside, mb_memory_reading *reading, int64_t *thread_count);

enum { MB_OUTSIDE_TREE_MAX = 1024 };

/* The same for the process with all that descend from it, added up: of memory that several of them share each has its
 * share (Pss of smaps_rollup, else of a process that may not be looked into its whole sizes), and no peak is known. A
 * process alone is read as above. Writes the processes to pids, this one first, and returns how many; 0 when it has
 * ended. Those whose parent has ended are not among them, nor any where the kernel keeps no list of children (it needs
 * CONFIG_PROC_CHILDREN). 30 us for each process, more for gigabytes. */
MB_NODISCARD size_t mb_outside_read_tree(const mb_outside *outside, const char *root, pid_t pid,
                                         mb_memory_reading *reading, int64_t *thread_count,
                                         pid_t pids[MB_OUTSIDE_TREE_MAX]);

void mb_outside_close(mb_outside *outside);

/* The line "Threads:" of a status text; false when it is missing or no number. Pure. */
bool mb_threads_parse(const char *text, size_t length, int64_t *thread_count);

#endif
