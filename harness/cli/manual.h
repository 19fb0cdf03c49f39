/* manual.h: what is made from the tables of verbs and options for other readers than --help's: pages, completions. */
#ifndef MEMBENCH_CLI_MANUAL_H
#define MEMBENCH_CLI_MANUAL_H

#include "command/options.h"

#include <stdio.h>

/* Writes the verb's manual page in roff's man macros: membench(1) of the first verb, membench-VERB(1) of the others. */
void mb_manual_print(FILE *out, const mb_verb *verb, const mb_verb *const *verbs, size_t verb_count);

/* Writes the completion script of "bash", "zsh" or "fish"; false, nothing written: of another shell. It completes
 * verbs, options and their values, ids of cases and names of baselines, of those it asks membench. */
bool mb_completion_print(FILE *out, const char *shell, const mb_verb *const *verbs, size_t verb_count);

#endif
