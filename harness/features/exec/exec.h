/* exec.h: commands as cases: what `membench exec` is to run, and how far it is.
 *
 *     mb_exec_open      commands × parameters, each a case exec/NAME or exec/NAME/VALUE
 *     mb_exec_measure   runs them in rounds, each as often as its series and the baseline ask for
 *     mb_exec_print, mb_exec_export
 *     mb_exec_close */
#ifndef MEMBENCH_FEATURES_EXEC_EXEC_H
#define MEMBENCH_FEATURES_EXEC_EXEC_H

#include "command/options.h"
#include "process/trace.h"
#include "readings/cgroup.h"
#include "session/session.h"

#define MB_EXEC_GROUP "exec"

/* What the processes of one program did with malloc, in one run. */
typedef struct mb_exec_heap_program {
    char name[MB_TRACE_NAME_BYTES];
    const char *obstacle; /* why nothing is known of them; NULL: it is */
    size_t process_count; /* a fork is one, and each program that a process becomes by exec */
    uint64_t alloc_count, alloc_bytes;
    int64_t peak_bytes; /* of the one where it was highest */
    int64_t rest_bytes; /* of those that ended, added up */
} mb_exec_heap_program;

enum { MB_EXEC_HEAP_PROGRAMS_MAX = 64 }; /* told apart; the rest goes into the last one */

typedef struct mb_exec_command {
    const char *text; /* with its parameters in place */
    const char *path; /* of what is started; NULL: not found */
    char *const *argv;
    const char *prepare; /* or NULL, with the parameters in place */
    size_t wanted, done;
    bool is_over; /* it failed: no more runs */
    size_t warm_up_done;
    size_t failure_count;  /* runs that ended with another code than 0 and count all the same */
    size_t unread_count;   /* processes that could not be read where they ended */
    size_t tree_low_count; /* runs in which the tree's peak is at least what is said */
    bool left_processes;
    int *exit_codes;        /* of each run; -1: by a signal */
    double *peak_rss_bytes; /* of each run, for the export; negative: not known */
    size_t capacity;
    mb_trace_group *groups; /* of the last run, largest peak first */
    size_t group_count;
    mb_exec_heap_program *heap_programs; /* of the last run with --heap, most calls first */
    size_t heap_program_count;
    const char *heap_missing; /* why there are no sums of its heap, or NULL */
} mb_exec_command;

typedef struct mb_exec {
    const mb_options *options; /* the caller's; alive until close */
    mb_session session;        /* only what describes the run: arena, paths, run, and progress */
    mb_exec_command *commands;
    mb_case_result *results; /* one a command */
    size_t count;
    int input_fd, output_fd, error_fd;
    char *const *environment; /* of the commands; NULL: the caller's */
    mb_filter *ids;           /* of all cases: what of a baseline belongs to this run */
    mb_trace_end *end;        /* of the last run */
    mb_trace_end *heap_end;   /* of the last one with --heap */
    char refusal[128];        /* why commands are not traced, or "" */
    mb_cgroup cgroup_first;   /* before the first run, and after the last */
    mb_cgroup cgroup_last;
    int kills_fd;              /* of the cgroup, or -1 */
    int64_t kill_count_before; /* the last run */
    size_t run_total, run_done;
    int signal_number; /* 0, or what interrupted it */
} mb_exec;

/* Finds out what is to be run. On failure nothing is left open. (exec_plan.c) */
MB_NODISCARD mb_status mb_exec_open(mb_exec *exec, const mb_options *options, mb_error *error);
void mb_exec_close(mb_exec *exec);

/* Sets exec->environment; fails where what the options ask for is not installed. (exec_environment.c) */
MB_NODISCARD mb_status mb_exec_set_environment(mb_exec *exec, mb_error *error);

/* Runs everything; a command that fails is its own result. After a signal what was measured is kept; the caller has
 * blocked SIGINT, SIGTERM and SIGHUP. (exec_run.c) */
MB_NODISCARD mb_status mb_exec_measure(mb_exec *exec, const mb_case_source *baseline, mb_error *error);

/* One run of the command, or one that warms it up, unless a signal came; and what its metrics are when there are no
 * more: missing with the reason where a run did not say them. Both for whoever takes turns (exec_sides.h). */
MB_NODISCARD mb_status mb_exec_run_next(mb_exec *exec, size_t index, mb_error *error);
MB_NODISCARD mb_status mb_exec_settle(mb_exec *exec, size_t index, mb_error *error);

/* Takes the last run into the case's series. A value that is not known is left out: settle says so. (exec_take.c) */
MB_NODISCARD mb_status mb_exec_take_run(mb_exec *exec, size_t index, mb_error *error);

/* A sample of a metric, and of a count "PROGRAM: WHAT" of the command's own. False: memory is out. */
bool mb_exec_append(mb_exec *exec, size_t index, mb_quantity quantity, double value);
bool mb_exec_append_count(mb_exec *exec, size_t index, const char *program, const char *what, double value);

/* What is different in a run that is not for the metrics of all runs. */
struct mb_timeline;
struct mb_trace_images;
typedef struct mb_exec_extra {
    struct mb_timeline *timeline;   /* readings go there; or NULL */
    struct mb_trace_images *images; /* programs go there, and memory is not read at stops; or NULL */
    char *const *environment;       /* NULL: that of all runs */
} mb_exec_extra;

/* One more run of a command, after its --prepare. *has_run is false where it could not be started, for the reason in
 * outcome, which is "" otherwise. exec->end and exec->signal_number are set. */
MB_NODISCARD mb_status mb_exec_run_extra(mb_exec *exec, size_t index, const mb_exec_extra *extra, bool *has_run,
                                         char *outcome, size_t outcome_bytes, mb_error *error);

/* One more run, with the heap hook in each process, whose counters become samples. (exec_heap.c) */
MB_NODISCARD mb_status mb_exec_heap(mb_exec *exec, size_t index, mb_error *error);
void mb_exec_print_heap(const mb_exec *exec, size_t index, FILE *out);

/* A signal ends the command that runs, and what was measured is still written; so none may end us in between.
 * (verb_exec.c) */
void mb_exec_hold_signals(void);

/* Runs each command that succeeded once more, and prints where its heap comes from. (exec_where.c) */
MB_NODISCARD mb_status mb_exec_where(mb_exec *exec, FILE *out, mb_error *error);

/* The cases as a source, valid until close. */
mb_case_source mb_exec_source(const mb_exec *exec);

/* How the reader would call us again for the same commands, with room for options behind it; cut short by "..." where
 * it would be too long. (exec_print.c) */
void mb_exec_format(const mb_exec *exec, char *text, size_t size);

/* Processes of each command's last run, and how the commands compare; for people. (exec_print.c) */
void mb_exec_print(const mb_exec *exec, FILE *out);

/* mb_cgroup_say_killed of the run that has just ended. (exec_cgroup.c) */
const char *mb_exec_say_killed(const mb_exec *exec, char text[MB_CGROUP_TEXT_BYTES]);

/* What the cgroup counted meanwhile: for people, and as settings of the run. (exec_cgroup.c) */
void mb_exec_print_cgroup(const mb_exec *exec, FILE *out);
MB_NODISCARD mb_status mb_exec_keep_cgroup(mb_exec *exec, mb_error *error);

/* Writes the runs in hyperfine's shape, whole or not at all; "-" is standard output. (exec_print.c) */
MB_NODISCARD mb_status mb_exec_export(const mb_exec *exec, const char *path, mb_error *error);

#endif
