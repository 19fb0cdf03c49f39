/* cgroup.h: the control group that this process is in, and what the kernel has counted there.
 *
 * Its numbers are those of the whole group: page cache and kernel memory (stacks, page tables, sockets) of all of its
 * processes, so none of them belongs to a process or a command. */
#ifndef MEMBENCH_READINGS_CGROUP_H
#define MEMBENCH_READINGS_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum { MB_CGROUP_PATH_BYTES = 256, MB_CGROUP_TEXT_BYTES = 512 };

/* -1: not known, of a limit that there is none. */
typedef struct mb_cgroup {
    int version;                      /* of the memory controller, 1 or 2; 0: nothing of it could be read */
    char group[MB_CGROUP_PATH_BYTES]; /* as /proc/self/cgroup names it */
    int64_t current_bytes;            /* memory.current, memory.usage_in_bytes */
    int64_t peak_bytes;     /* memory.peak (Linux 5.19), memory.max_usage_in_bytes; since the group was made */
    int64_t limit_bytes;    /* lowest of its own memory.max (memory.limit_in_bytes) and those above it */
    int64_t limit_count;    /* how often it ran into its limit: "max" of memory.events, memory.failcnt */
    int64_t high_count;     /* … was slowed down by memory.high; version 2 */
    int64_t oom_count;      /* … had no memory left; version 2 */
    int64_t oom_kill_count; /* processes of it that were killed for that */
} mb_cgroup;

/* Reads ROOT/proc/self/cgroup and below ROOT/sys/fs/cgroup; root "" is "/". The memory controller is in version 1 where
 * /proc/self/cgroup says so, else in version 2. */
void mb_cgroup_read(const char *root, mb_cgroup *cgroup);

/* The lowest limit of all groups that this process is in, of either version, and of those above them; -1: none. */
int64_t mb_cgroup_lowest_limit(const char *root);

/* The oom_kill_count alone of a group that has been read, as it is by then, of a file that is opened once: a
 * descriptor, or -1 where there is none. */
int mb_cgroup_open_kills(const char *root, const mb_cgroup *cgroup);
int64_t mb_cgroup_read_kills(int kills_fd);

/* "the cgroup /job ran out of its 512 MiB (memory.max): the system killed 1 process": what came after the first
 * oom_kill_count, into text, which it returns; "" when nothing was killed. */
const char *mb_cgroup_say_killed(int64_t count_before, const mb_cgroup *after, char text[MB_CGROUP_TEXT_BYTES]);

#endif
