/* verbs.h: what follows `membench` on the command line. Each returns the exit code and prints its own messages. */
#ifndef MEMBENCH_CLI_VERBS_H
#define MEMBENCH_CLI_VERBS_H

#include "command/exit.h"
#include "command/options.h"
#include "command/verb_table.h"

/* All verbs, the default first. (main.c) */
extern const mb_verb *const mb_verbs[];
extern const size_t mb_verb_count;

#define MB_DECLARE_VERB(name, NAME) extern const mb_verb mb_verb_##name;
MB_VERBS(MB_DECLARE_VERB)
#undef MB_DECLARE_VERB

const mb_verb *mb_verb_find(const char *name); /* NULL: none is called so */

/* Measures what the plan says and reports it, as `membench run` does. (verb_run.c) */
int mb_verb_measure(const mb_options *options);

/* MB_ERROR_USAGE: "unknown command "sok"; did you mean "soak"?". (main.c) */
mb_status mb_verb_unknown(const char *name, mb_error *error);

#endif
