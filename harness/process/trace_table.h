/* trace_table.h: the live processes of a command under trace.h, what was read of them, and what the ended ones add up
 * to. Used by the trace*.c files alone. */
#ifndef MEMBENCH_PROCESS_TRACE_TABLE_H
#define MEMBENCH_PROCESS_TRACE_TABLE_H

#include "process/timeline.h"
#include "process/trace.h"
#include "process/trace_images.h"

#include <sys/types.h>

/* The highest sizes of one memory, at the stops before each call that can lower them. Exact unless another thread ran
 * between a reading and its call. */
typedef struct mb_trace_peak {
    int64_t rss_bytes, anon_bytes; /* VmRSS; RssAnon + RssShmem */
    int64_t own_anon_bytes;        /* RssAnon alone */
    int64_t stop_count;
    bool is_low;                             /* at least this much */
    int64_t fault_count;                     /* page faults of the process at its last reading; 0: not known */
    int64_t last_bytes, last_own_anon_bytes; /* and what that was: VmRSS and RssAnon */
    bool is_open;                            /* of a worker: between B and E2 of a window */
    int64_t window;                          /* and which one, by the number in its mb_peak_share */
} mb_trace_peak;

typedef struct mb_traced { /* one live process */
    pid_t pid;
    pid_t reader_tid;    /* a thread that still has its memory: /proc/TID is read */
    size_t thread_count; /* live ones, as far as followed */
    bool is_forked;      /* it has not become another program: it may share pages with its parent */
    bool shares_memory;  /* with its parent, since vfork: it has none of its own before it execs */
    bool is_read;        /* where it ends */
    bool is_ending;      /* let go from its exit stop: the kernel takes its memory down */
    bool is_left;        /* it runs on when the command has ended */
    bool is_there;       /* from outside: seen by the last look */
    bool has_old_name;   /* it has become another program, whose name comes with the next reading */
    pid_t memory_pid;    /* whose memory it lives in: its own, or its parent's since vfork */
    int status_fd;       /* of status_tid; -1: not open */
    int statm_fd;        /* the same */
    pid_t status_tid;
    mb_trace_peak peak;     /* of all stops before something is given back */
    uint64_t highest_break; /* that its memory has asked for since exec: brk below it may give back */
    uint64_t share;         /* address of a worker's mb_peak_share in its memory; 0: not known, or it has none */
    int64_t peak_rss_bytes;
    int64_t exit_anon_bytes;
    int64_t summed_bytes; /* its own when all were added up last */
    size_t stage;         /* in the timeline, plus one; 0: none yet */
    size_t image;         /* in the table's images, plus one; 0: none */
    char name[MB_TRACE_NAME_BYTES];
} mb_traced;

typedef struct mb_trace_task {
    pid_t tid, pid;
    bool is_new;         /* its first stop is to come, which ends no call */
    bool is_ending;      /* its exit stop was there */
    bool is_stopped;     /* by SIGSTOP and its kin: it runs no further before we hear of it */
    bool is_held;        /* while another thread gives memory back */
    bool is_watched;     /* it sleeps meanwhile, in a memory of its own */
    int pending_status;  /* what it stopped for while it was held, to be seen to afterwards; 0: nothing */
    int64_t fault_count; /* page faults so far, where it sleeps while others are held; -1: not asked */
} mb_trace_task;

typedef struct mb_trace_table {
    mb_trace_end *end;       /* what everything adds up to */
    mb_timeline *timeline;   /* or NULL */
    mb_trace_images *images; /* or NULL */
    mb_traced *processes;
    size_t process_count, process_capacity;
    mb_trace_task *tasks; /* of all processes; only those that are followed */
    size_t task_count, task_capacity;
    uint64_t interval_ns;
    uint64_t start_ns, look_ns, next_look_ns; /* monotonic; look_ns: spent on looking */
    bool looks_at_ends;                       /* adds up all processes where one ends or gives memory back */
    int64_t lowered_bytes;                    /* that the tree can have given back since it was added up last */
    bool is_preparing;        /* the first process is still a copy of ours, before its exec: no figure of it counts */
    int64_t stop_fault_count; /* of what has stopped, all its threads and ended children; 0: not known */
    bool is_of_worker;        /* memory is asked for in its windows alone; names, ends and sums are not */
    bool is_filtered;         /* a stop before a call that lowers memory has been seen */
    bool is_memory_out;
    bool counts_pages;    /* at stops: status is not exact on this kernel */
    uint64_t counting_ns; /* … and what that has taken */
} mb_trace_table;

void mb_trace_table_fini(mb_trace_table *table);

mb_traced *mb_trace_process(const mb_trace_table *table, pid_t pid); /* NULL: none */
mb_trace_task *mb_trace_task_find(const mb_trace_table *table, pid_t tid);

/* A process or thread that was not known: one of which nothing is known, so that /proc is asked; one that a thread of a
 * known process has just made; the first. NULL when it is gone already or memory is out. */
mb_trace_task *mb_trace_task_add(mb_trace_table *table, pid_t tid);
mb_trace_task *mb_trace_task_add_made(mb_trace_table *table, pid_t tid, pid_t maker);
mb_trace_task *mb_trace_task_add_first(mb_trace_table *table, pid_t pid);
mb_traced *mb_trace_process_add(mb_trace_table *table, pid_t pid, pid_t parent);

/* Whether a process lives in its parent's memory, as after vfork; false where that may not be asked. */
bool mb_trace_shares_memory(pid_t pid, pid_t parent);

/* Takes a task out of the list. */
void mb_trace_task_remove(mb_trace_table *table, mb_trace_task *task);

/* Takes note of the peaks of a process's program, which has ended or is to be another's. */
void mb_trace_take_peaks(mb_trace_table *table, const mb_traced *process);

/* Takes note of a process that has ended and forgets it. */
void mb_trace_process_end(mb_trace_table *table, mb_traced *process);

/* Reads a process's peak and what it holds, for the timeline as that kind; false when it has no memory any more. */
bool mb_trace_read(mb_trace_table *table, mb_traced *process, mb_timeline_kind kind);

/* The same into *reading, for a process that shares its parent's memory too. The file stays open. */
struct mb_memory_reading;
bool mb_trace_read_status(mb_traced *process, struct mb_memory_reading *reading);

/* The same at a stop, where it counts: page by page, without a peak, if status is not exact here. False also where that
 * has taken too long. */
bool mb_trace_read_exactly(mb_trace_table *table, mb_traced *process, struct mb_memory_reading *reading);

/* Whether a thread that has stopped, alone in its memory, surely holds no more than at its last reading; then how much
 * of it is its own now. */
bool mb_trace_has_not_grown(const mb_trace_table *table, mb_traced *process, int64_t *own_anon_bytes);

/* Puts a reading into the timeline, where there is one. */
void mb_trace_record(mb_trace_table *table, mb_traced *process, mb_timeline_kind kind,
                     const struct mb_memory_reading *reading);

/* Sets the process's name to what the kernel calls it now. */
void mb_trace_name(mb_traced *process);

/* /proc/TID/NAME, of a process also task/TID/…; false when it is gone. */
bool mb_trace_read_file(pid_t tid, const char *name, char *text, size_t size);

/* Adds up Pss_Anon of all live processes now, and says when to look again. (trace_tree.c) */
void mb_trace_look(mb_trace_table *table, uint64_t now_ns);

/* Whether there is more than one memory to add up; whether that is to be done before a process loses so many bytes; and
 * the sum, while all others are held. (trace_tree.c) */
bool mb_trace_tree_counts(const mb_trace_table *table);
bool mb_trace_tree_is_due(mb_trace_table *table, int64_t amount_bytes);
void mb_trace_tree_sum(mb_trace_table *table);

/* By how much a process has grown since it was added up; and that so much may have come between the sum and what it was
 * taken for. */
int64_t mb_trace_tree_grown(mb_trace_table *table, pid_t pid);
void mb_trace_tree_miss(mb_trace_table *table, int64_t bytes);

/* Largest peak first. */
void mb_trace_groups_sort(mb_trace_end *end);

#endif
