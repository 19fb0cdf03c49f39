/* exec_options.h: what `membench exec` takes beside the options of all verbs. */
#ifndef MEMBENCH_FEATURES_EXEC_EXEC_OPTIONS_H
#define MEMBENCH_FEATURES_EXEC_EXEC_OPTIONS_H

#include <membench/membench.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MB_EXEC_WORDS_MAX = 64 }; /* --name and --prepare, each */

/* Zero and NULL mean "not given". */
typedef struct mb_exec_options {
    const char *names[MB_EXEC_WORDS_MAX]; /* of the commands, in their order */
    size_t name_count;
    const char *prepares[MB_EXEC_WORDS_MAX]; /* one for all commands, or one each */
    size_t prepare_count;
    const char *parameter_names[MB_PARAMS_MAX]; /* each with its values, parted by commas */
    const char *parameter_values[MB_PARAMS_MAX];
    size_t parameter_count;
    size_t run_count, warm_up_count;
    uint64_t interval_ns;
    const char *input, *output; /* --output: null, inherit or a file */
    const char *export_json;
    bool ignore_failure, show_output, no_shell, no_trace;
} mb_exec_options;

#endif
