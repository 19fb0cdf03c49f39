/* session.h: one measuring session: programs found and asked for their cases, samples taken until there are enough.
 *
 *     mb_session_open      finds programs and cases, calibrates the readings
 *     mb_session_measure   takes samples in rounds, each case as many as its series and the baseline ask for
 *     mb_session_close
 */
#ifndef MEMBENCH_SESSION_SESSION_H
#define MEMBENCH_SESSION_SESSION_H

#include "base/clock.h"
#include "base/progress.h"
#include "model/case_source.h"
#include "process/elf.h"
#include "process/environment.h"
#include "process/runner.h"
#include "readings/cgroup.h"
#include "readings/readings.h"
#include "session/paths.h"
#include "session/plan.h"
#include "store/collect.h"
#include "store/journal.h"

enum { MB_TIME_SAMPLES = 3 }; /* processes of a time pass, which share --measurement-time */

typedef struct mb_session_program {
    const char *path;
    mb_program_file file;
    const char *hook_obstacle; /* why the heap hook is not preloaded, or NULL */
    const char *framework;     /* another than ours: libmembench_frameworks.so is preloaded; or NULL */
    bool is_inexact;           /* a page that it touched did not read as one page */
    bool needs_chance;         /* libmembench_chance.so is preloaded: it is not linked with libmembench.a */
} mb_session_program;

/* What workers are started with or under, for a memory tool: see diagnose. */
typedef struct mb_session_tool {
    const char *path;             /* the tool, as for execve; NULL: the program itself is started */
    char *const *argv;            /* of path, the program at its end */
    const char *preload;          /* library to be first in LD_PRELOAD, or NULL */
    const char *variable, *value; /* one more variable, or NULL */
} mb_session_tool;

/* A sample that the journal of an interrupted run holds, until the plan asks for it. */
typedef struct mb_stored_sample {
    struct mb_stored_sample *next;
    mb_sample *sample;
    mb_outcome outcome;
    const char *message; /* or NULL */
} mb_stored_sample;

/* How far the sampling of one case is. */
typedef struct mb_session_case {
    mb_collector collector;
    const char *own_id; /* what its program calls it: with "prefix_ids" shorter than that of the results */
    const char *summary;
    const mb_gate_policy *policy;
    uint64_t needs_bytes, cost_ns;
    size_t wanted[MB_PASS_COUNT], submitted[MB_PASS_COUNT], finished[MB_PASS_COUNT];
    size_t conditions_wanted[MB_PASS_COUNT], conditions_submitted[MB_PASS_COUNT]; /* samples under other conditions */
    const char *discarded_failure; /* of samples that are taken for their call sites: why one failed, or NULL */
    bool has_failed_moved; /* one under other conditions ended badly: no more of them, and the case is as good as before
                            */
    mb_stored_sample *stored[MB_PASS_COUNT]; /* oldest first */
    bool is_over;                            /* a worker ended badly: no more samples of this case */
    mb_case_result baseline;                 /* when has_baseline */
    bool has_baseline;
    const mb_case_result **pinned; /* the case in each older baseline that gates, NULL where that does not have it */
} mb_session_case;

typedef struct mb_session mb_session;
struct mb_session {
    const mb_plan *plan;
    mb_session *first;           /* whose runner and progress this one uses, of two measured alternately; else NULL */
    const char *side;            /* of two measured alternately: "old", "new", which their journals are named by */
    const mb_session_tool *tool; /* or NULL; set between open and measure */
    const char *sites_folder;    /* heap samples write their call sites to files of it, and are not recorded; or NULL */
    bool is_passing;             /* nothing is kept of it: no journal; set between open and measure */
    mb_arena arena;
    mb_paths paths;
    mb_run_info run;
    mb_session_program *programs; /* run.program_count of them */
    mb_case_result *results;      /* case_count of them, cases in the order of the programs' lists */
    mb_session_case *cases;
    size_t case_count, listed_count; /* after and before the filter */
    mb_runner *runner;
    mb_environment *environment;
    mb_journal *journal; /* NULL: none is kept */
    const char *journal_path;
    const mb_run_info *baseline_run; /* while measuring against a baseline */
    mb_progress progress;
    size_t sample_total, sample_done; /* of the whole run, as far as planned */
    uint64_t start_ns;
    uint64_t round;
    int signal_number;            /* 0, or what interrupted the run */
    mb_cgroup cgroup;             /* when it was opened */
    int64_t explained_kill_count; /* of processes that the cgroup's limit has killed since */
};

/* Opens a session. On failure nothing is left open. A filter that matches no case is MB_ERROR_USAGE. */
MB_NODISCARD mb_status mb_session_open(mb_session *session, const mb_plan *plan, mb_error *error);

/* Opens another session that is to be measured alternately with the first (turns.h), which must stay open longer: it
 * has the same runner, seed, date and source of sizes. */
MB_NODISCARD mb_status mb_session_open_beside(mb_session *session, mb_session *first, const mb_plan *plan,
                                              mb_error *error);

/* Fills session->run with what is known of the machine, for sessions that open nothing else: plan, arena and paths
 * must be set. */
MB_NODISCARD mb_status mb_session_describe(mb_session *session, mb_error *error);

/* Whether that is the source of resident sizes here. */
bool mb_session_reads(const mb_session *session, mb_rss_source source);

/* Measures all cases; baseline (or NULL) decides with the plan how many samples each takes. A case that fails is
 * its own result, never a failure here. After a signal what was measured so far is kept. */
MB_NODISCARD mb_status mb_session_measure(mb_session *session, const mb_case_source *baseline, mb_error *error);

/* Reads what older baselines that gate have of the session's cases, which must be open; and compares a case with one of
 * them: how many comparisons there are, none when it does not have the case. (session_pins.c) */
MB_NODISCARD mb_status mb_session_take_pins(mb_session *session, mb_error *error);
size_t mb_session_compare_pinned(const mb_session *session, size_t case_index, size_t pin_index, mb_arena *arena,
                                 mb_comparison *comparisons);

/* After the last sample: summarizes marks and the like, says of each case whether it has all its samples, and why what
 * is missing is missing. */
MB_NODISCARD mb_status mb_session_settle(mb_session *session, mb_error *error);

/* After the last sample: says of each program what observed it. (mechanisms.c) */
MB_NODISCARD mb_status mb_session_name_mechanisms(mb_session *session, mb_error *error);

/* Programs that a run means, in order: --program, else membench.json, else $MEMBENCH_PROGRAMS, else the bundled ones.
 * programs and count are out-parameters; strings live in the arena. (programs.c) */
MB_NODISCARD mb_status mb_programs_find(const mb_plan *plan, mb_arena *arena, const char *const **programs,
                                        size_t *count, mb_error *error);

/* Asks every program for its cases and fills run.programs, results and cases with those that pass the filter.
 * (discover.c) */
MB_NODISCARD mb_status mb_session_discover(mb_session *session, mb_error *error);

/* Opens the journal: a new one, or with --resume the interrupted one, whose samples are stored in the cases. A folder
 * that cannot be written to is not a failure. (resume.c) */
MB_NODISCARD mb_status mb_session_open_journal(mb_session *session, mb_error *error);

/* Makes .membench in the current folder; false when it cannot be. (resume.c) */
bool mb_session_make_folder(void);

/* Takes a finished sample into the case's results and the journal. sample may hold less than a whole sample when
 * outcome is not ok. (sampling.c) */
void mb_session_take(mb_session *session, size_t case_index, mb_pass pass, mb_sample *sample, mb_outcome outcome,
                     const char *message);

/* Sets a variable of the next process to a number. (worker_environment.c) */
MB_NODISCARD mb_status mb_session_set_number(mb_session *session, const char *name, int64_t value, mb_error *error);

/* Sets in the session's environment what a worker of a program must find, before its own variables.
 * (worker_environment.c) */
MB_NODISCARD mb_status mb_session_set_environment(mb_session *session, const char *action, mb_error *error);

/* Has the next process of a program of another framework answer as ours do. (worker_environment.c) */
MB_NODISCARD mb_status mb_session_set_framework(mb_session *session, size_t program, mb_error *error);

/* The same for a sample of a pass, all but the case. (worker_environment.c) */
MB_NODISCARD mb_status mb_session_set_sample_environment(mb_session *session, mb_pass pass, mb_error *error);

/* How processes of samples are started, as far as that is the same for all of them. (sampling.c) */
mb_process_spec mb_session_sample_spec(const mb_session *session);

/* Puts a library before whatever the caller preloads, in the session's environment. (worker_environment.c) */
MB_NODISCARD mb_status mb_session_set_preload(mb_session *session, const char *library, mb_error *error);

/* Opens a session of just the case meant: the one of that id, else the only one that the word, as a regular
 * expression, matches; MB_ERROR_USAGE when there are several. plan->filter becomes one of its own, also on failure: it
 * is the caller's to free, and so is the one that was there.
 * (session_one.c) */
MB_NODISCARD mb_status mb_session_open_one(mb_session *session, mb_plan *plan, const char *word, mb_error *error);

void mb_session_close(mb_session *session);

/* Has the next process preload the hook that counts, or in a session with a sites_folder the one that keeps call sites
 * as well. (site_pass.c) */
MB_NODISCARD mb_status mb_session_set_heap_hook(mb_session *session, size_t case_index, mb_error *error);

/* "SIGSEGV", or "signal 34" where it has no name. (sample_end.c) */
enum { MB_SIGNAL_TEXT_BYTES = 32 };
const char *mb_signal_text(int number, char text[MB_SIGNAL_TEXT_BYTES]);

#endif
