/* verbs.h: what follows `membench` on the command line. Each returns the exit code and prints its own messages. */
#ifndef MEMBENCH_CLI_VERBS_H
#define MEMBENCH_CLI_VERBS_H

#include "command/exit.h"
#include "command/options.h"

/* All verbs, the default first. (worker_main.c) */
extern const mb_verb mb_verbs[];
extern const size_t mb_verb_count;

const mb_verb *mb_verb_find(const char *name); /* NULL: none is called so */

int mb_verb_run(const mb_options *options);
int mb_verb_compare(const mb_options *options);
int mb_verb_ab(const mb_options *options);
int mb_verb_merge(const mb_options *options);
int mb_verb_baseline(const mb_options *options);
int mb_verb_doctor(const mb_options *options);
int mb_verb_report(const mb_options *options);
int mb_verb_diagnose(const mb_options *options);
int mb_verb_exec(const mb_options *options);
int mb_verb_estimate(const mb_options *options);
int mb_verb_soak(const mb_options *options);
int mb_verb_history(const mb_options *options);
int mb_verb_bisect(const mb_options *options);
int mb_verb_watch(const mb_options *options);
int mb_verb_manual(const mb_options *options);
int mb_verb_completion(const mb_options *options);

/* Prints "membench: MESSAGE" on stderr; returns the exit code of the error. */
int mb_complain(const mb_error *error);

/* Flushes stdout; when that fails (disk full, closed pipe) says so and makes the code a failure. */
int mb_finish_output(mb_exit code);

#endif
