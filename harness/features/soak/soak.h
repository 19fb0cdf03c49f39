/* soak.h: the parts of `membench soak`: what is watched, the recording of it, the verdict on it.
 *
 *     mb_soak_target_case, _command or _attach ─▶ mb_soak_record (phases, ticks, chart) ─▶ mb_soak_target_stop
 *                                                                  └▶ mb_soak_finish (verdict, files) */
#ifndef MEMBENCH_FEATURES_SOAK_SOAK_H
#define MEMBENCH_FEATURES_SOAK_SOAK_H

#include "command/options.h"
#include "features/soak/soak_restart.h"
#include "features/soak/soak_view.h"
#include "model/soak_family.h"
#include "readings/outside.h"
#include "session/session.h"

#include <limits.h>

/* One process under watch. */
typedef struct mb_soak_target {
    mb_runner *runner; /* NULL: a process that others started */
    bool owns_runner;
    mb_session *session; /* of a case */
    const mb_options *options;
    char **variables;                                           /* of a command: its environment */
    char phase_folder[PATH_MAX], phase_variable[PATH_MAX + 32]; /* … and where the phase is written, "": nowhere */
    mb_outside outside;
    mb_arena arena;            /* of one event */
    int command_fd;            /* write end of its standard input, -1: none */
    pid_t pid;                 /* 0: not started */
    mb_soak_likeness likeness; /* of a process of others */
    bool speaks;               /* it said hello: it takes commands */
    size_t report_count;       /* progress events so far */
    bool has_operations, has_heap, is_trimmed;
    double operation_count, heap_live_bytes;
    int signal_number; /* that ended the soak; set by stop */
    bool has_ended;
    bool has_failed; /* it ended badly, or could not be started */
    char end[512];   /* how it ended */
} mb_soak_target;

/* Starts the case of a session (its only one), which is called from then on: returns when it is. */
MB_NODISCARD mb_status mb_soak_target_case(mb_soak_target *target, mb_session *session, const mb_options *options,
                                           mb_error *error);

/* Starts a command: options->operands. */
MB_NODISCARD mb_status mb_soak_target_command(mb_soak_target *target, const mb_options *options, mb_error *error);

/* Watches a process of others, which is left alone when the soak is over. */
MB_NODISCARD mb_status mb_soak_target_attach(mb_soak_target *target, const mb_options *options, mb_error *error);

/* After its end: waits for the process that is started in its place, with --restarts, and watches that one. False when
 * none came within a minute, or a signal did. */
bool mb_soak_target_follow(mb_soak_target *target);

/* Waits until then, handling what the target says; earlier when it ended or a signal came. */
void mb_soak_target_wait(mb_soak_target *target, uint64_t until_ns);

/* Says that a phase begins: to a target that speaks by a command, to another command by the word "run" or "idle" in the
 * file that its MEMBENCH_SOAK_PHASE names. A process of others hears nothing. */
void mb_soak_target_enter(mb_soak_target *target, mb_soak_kind kind);

/* Sends a command ("run", "idle", "trim", "stop") to a target that speaks; false when it does not. */
bool mb_soak_target_tell(mb_soak_target *target, const char *command);

/* The signal that ended the soak, or 0. */
int mb_soak_target_signal(const mb_soak_target *target);

/* Stops what was started, closes everything. A zeroed target with command_fd and outside.status_fd -1 is fine. */
void mb_soak_target_stop(mb_soak_target *target);

/* A recording under way. */
typedef struct mb_soak_recording {
    const mb_options *options;
    mb_soak_target *target;
    mb_soak_series *series; /* about is filled in by the caller */
    mb_soak_writer *writer;
    mb_soak_rule rule;
    mb_soak_family family;
    FILE *terminal; /* for the chart; NULL: none */
    mb_soak_style style;
    uint64_t start_ns, next_ns; /* of the first tick, and of the next one */
    double seconds;             /* since the first tick, of the last one */
    double end_seconds;         /* of the last phase */
    uint64_t drawn_ns, judged_ns;
    mb_soak_judgement latest; /* for the chart */
    int drawn_lines;
    mb_status write_status; /* the first failure to write; the soak goes on */
    mb_error write_error;
} mb_soak_recording;

/* Goes through the phases. Returns why it ended: "done", "verdict", "interrupted", or how the target ended. */
const char *mb_soak_record(mb_soak_recording *recording);

/* The first failure to write a tick, or MB_OK. */
MB_NODISCARD mb_status mb_soak_recording_status(const mb_soak_recording *recording, mb_error *error);

/* After a LEAK of a case: has it run once more, with the hook that keeps call sites, for what its operations leave:
 * series->where, and a line of the record. What is unavailable has an obstacle there; nothing is done after a signal,
 * which ends the soak at once. Fails when memory is out. (soak_where_pass.c) */
MB_NODISCARD mb_status mb_soak_explain(mb_soak_recording *recording, const mb_soak_result *result, mb_error *error);

/* What a record is judged by: --metric, or where it has none of that by default, as recordings of other tools, the
 * resident set or the heap. Fails when the record has nothing of it. (soak_judge.c) */
MB_NODISCARD mb_status mb_soak_field_choose(const mb_options *options, const mb_soak_series *series,
                                            mb_soak_field *field, mb_error *error);

/* Judges the field of a series by statistics. Fails when memory is out. (soak_judge.c) */
MB_NODISCARD mb_status mb_soak_series_judge(const mb_soak_series *series, mb_soak_field field, const mb_soak_rule *rule,
                                            mb_soak_judgement *judgement, mb_error *error);

/* The same with what counters of the heap say exactly: where every operation keeps as much as any other that is a leak,
 * however short the series and whatever the field, which is the heap's then. */
MB_NODISCARD mb_status mb_soak_result_judge(const mb_soak_series *series, mb_soak_field field, const mb_soak_rule *rule,
                                            mb_soak_result *result, mb_error *error);

/* Draws the chart and the line under it in place of those drawn before. (soak_live.c) */
void mb_soak_live_draw(mb_soak_recording *recording, bool is_last);

/* Draws STEM.svg and STEM.png of STEM.csv. What is missing or fails is said on stderr and is not a failure of the soak.
 * Returns how many were made. (soak_picture.c) */
int mb_soak_pictures_draw(const char *stem, const mb_soak_result *result);

#endif
