/* history_options.h: what `membench history` and `membench bisect` take. Strings are borrowed from argv. */
#ifndef MEMBENCH_FEATURES_HISTORY_HISTORY_OPTIONS_H
#define MEMBENCH_FEATURES_HISTORY_HISTORY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mb_history_options {
    const char *db;                  /* NULL: the default */
    const char *commit, *branch;     /* of what is recorded; branch also: which one is shown */
    const char *program;             /* name of the program that is shown */
    const char *machine;             /* id of the machine class that is shown, a number from 1 */
    const char *older;               /* a date */
    const char *threshold, *metrics; /* of bisect: passed on to ab */
    const char *good, *bad;          /* commits */
    size_t keep_count;               /* 0: not given */
    bool again;
    double least_ratio, confidence_level;
    bool least_given, confidence_given;
} mb_history_options;

#endif
