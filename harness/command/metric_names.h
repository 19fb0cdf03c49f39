/* metric_names.h: metrics as people write them, for help, manual pages, completions and messages. */
#ifndef MEMBENCH_COMMAND_METRIC_NAMES_H
#define MEMBENCH_COMMAND_METRIC_NAMES_H

#include "command/options.h"

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
