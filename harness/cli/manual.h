/* manual.h: what is made from the tables of verbs and options for other readers than --help's: pages, completions. */
#ifndef MEMBENCH_CLI_MANUAL_H
#define MEMBENCH_CLI_MANUAL_H

#include "command/options.h"

#include <stdio.h>

/* Writes the verb's manual page in roff's man macros: membench(1) of the first verb, membench-VERB(1) of the others. */
void mb_manual_print(FILE *out, const mb_verb *verb, const mb_verb *verbs, size_t verb_count);

/* Writes the completion script of "bash", "zsh" or "fish"; false, nothing written: of another shell. It completes
 * verbs, options and their values, ids of cases and names of baselines, of those it asks membench. */
bool mb_completion_print(FILE *out, const char *shell, const mb_verb *verbs, size_t verb_count);

/* The short names of metrics, in the order of their table: of cases, of commands, those that gate by default. */
typedef enum mb_metric_group {
    MB_METRICS_OF_CASES,
    MB_METRICS_OF_COMMANDS,
    MB_METRICS_GATING,
    MB_METRICS_ALL
} mb_metric_group;
enum { MB_METRIC_NAMES_BYTES = 1024 };
void mb_metric_names(mb_metric_group group, const char *separator, char text[MB_METRIC_NAMES_BYTES]);

/* The metric groups that help and manual pages list, each with its title; NULL after the last. */
typedef struct mb_metric_title {
    mb_metric_group group;
    const char *title;
} mb_metric_title;
extern const mb_metric_title mb_metric_titles[];

/* Whether the verb takes an option of that name. */
bool mb_verb_has_option(const mb_verb *verb, const char *name);

#endif
