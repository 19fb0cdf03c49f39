/* trace.h: runs one command to its end and says what each of its processes, and all of them together, held.
 *
 *     start ─▶ followed by ptrace: fork, vfork, clone, exec, each exit ─▶ end of the command ─▶ what it left is killed
 *                    └ every interval, and where a process ends: Pss_Anon of all processes, summed up
 *
 * A process is stopped before each call that can lower its memory (readings/lowering.h), before exec and where it ends,
 * and read there: the highest of these readings is its peak, whatever its parent held. What is left running when the
 * command has ended counts in no figure but that of a group of its own. ru_maxrss, which wait and time report, begins
 * at the parent's size and is never used. Where the system refuses ptrace (or the caller does not want it) the
 * processes are only looked at every interval from outside, and the peaks are the highest values seen: mb_trace_end
 * says which of the two it was.
 *
 * The command runs as it would alone: signals reach it, stopping and continuing work, the caller's environment is its
 * own. It has a process group of its own, no core files, and no signal blocked. Not while a runner lives (runner.h);
 * from one thread. SIGINT, SIGTERM, SIGHUP (those that were not ignored) and SIGCHLD are blocked meanwhile; the first
 * three end the command: SIGTERM to its group, 1 s later SIGKILL to all of its processes. SIGALRM and its timer are
 * used here meanwhile, and are afterwards as before, with no timer. Should the caller die, even by SIGKILL, the kernel
 * kills the traced processes. */
#ifndef MEMBENCH_PROCESS_TRACE_H
#define MEMBENCH_PROCESS_TRACE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MB_TRACE_NAME_BYTES = 16,  /* of a program's name as the kernel keeps it (comm), terminated */
    MB_TRACE_GROUPS_MAX = 256, /* programs told apart; the rest goes into the last group */
};

#define MB_TRACE_INTERVAL_NS 10000000u /* between two looks, when the caller has no other wish */

typedef struct mb_trace_spec {
    const char *path;         /* as for execve */
    char *const *argv;        /* NULL-terminated */
    char *const *environment; /* NULL-terminated; NULL: the caller's */
    int input_fd;             /* the command's standard streams; borrowed */
    int output_fd;
    int error_fd;
    uint64_t interval_ns; /* between two looks at all processes; longer where looking takes over 5 % of the time */
    uint64_t timeout_ns;  /* then it is ended; 0: none */
    bool thp_on;          /* leave transparent huge pages as the system has them */
    bool no_trace;        /* do not even try ptrace */
    bool no_filter;       /* no stops before what lowers resident sizes: peaks are not asked for */
    bool counts_pages;    /* at stops: status is not exact on this kernel */
    struct mb_timeline *timeline;   /* keeps what is read, and has each process read at each look; NULL: none */
    struct mb_trace_images *images; /* which programs ran (trace_images.h); NULL: nobody asks */
} mb_trace_spec;

/* All processes of a command that ran the same program at their end. */
typedef struct mb_trace_group {
    char name[MB_TRACE_NAME_BYTES]; /* of its file, or of the script */
    size_t process_count;
    int64_t peak_rss_bytes;  /* largest of their peaks; of a fork without exec, what it shares with its parent counts */
    int64_t exit_anon_bytes; /* most that one held in anonymous pages when it ended; -1: not known */
} mb_trace_group;

typedef struct mb_trace_end {
    bool is_traced;    /* false: looked at from outside */
    char refusal[128]; /* why not traced, "" when it was or when no_trace said so */
    int exit_code;     /* -1: ended by signal_number */
    int signal_number;
    bool timed_out;
    bool left_processes; /* it ended and left processes running; they have been killed */
    int interrupted_by;  /* signal to the caller that ended it, or 0 */
    bool aslr_was_off;   /* false: refused by the system */
    uint64_t wall_ns;    /* from exec to the end of the command's first process */
    uint64_t user_ns;    /* processor time of it and of all it waited for, as the shell's `time` has it */
    uint64_t system_ns;
    bool is_filtered;                  /* stopped before each call that gives memory back */
    bool uses_ptrace;                  /* it asked for ptrace itself, which the system refuses while it is traced */
    size_t inexact_count;              /* processes whose peaks are at least what is said */
    int64_t process_peak_rss_bytes;    /* of the largest process; -1: none was seen alive */
    int64_t process_peak_anon_bytes;   /* most RssAnon + RssShmem of a process at once; -1: not read */
    int64_t process_exit_anon_bytes;   /* most RssAnon + RssShmem at a process's end; -1: not traced */
    int64_t tree_peak_pss_anon_bytes;  /* highest sum seen; -1: never seen, or the kernel has no Pss_Anon */
    int64_t tree_peak_pss_shmem_bytes; /* the same for shared memory */
    bool tree_is_low;                  /* they are at least that, by more than the tolerance (trace_tree.c) */
    size_t process_count;              /* threads are none; from outside only those seen */
    size_t unread_count;               /* traced processes that ended without a stop where they could be read */
    size_t look_count;                 /* at all processes */
    mb_trace_group groups[MB_TRACE_GROUPS_MAX]; /* largest peak first */
    size_t group_count;
} mb_trace_end;

/* Runs it. Fails only when it cannot be started ("cannot run PATH: reason"); how it ended is data. What it costs:
 * docs/exec.md. *end is some 20 KiB, best not on a small stack. */
MB_NODISCARD mb_status mb_trace_run(const mb_trace_spec *spec, mb_trace_end *end, mb_error *error);

#endif
