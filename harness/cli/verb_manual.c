#include "cli/manual.h"
#include "cli/verbs.h"

#include <stdio.h>

int mb_verb_manual(const mb_options *options)
{
    mb_error error;
    mb_status status = MB_OK;
    const char *name = options->operand_count > 0 ? options->operands[0] : mb_verbs[0].name;
    const mb_verb *verb = mb_verb_find(name);
    if (options->operand_count > 1)
        status = mb_error_set(&error, MB_ERROR_USAGE, "manual takes one verb, or none");
    else if (verb == NULL)
        status = mb_error_set(&error, MB_ERROR_USAGE, "\"%s\" is no verb; see membench --help", name);
    else
        mb_manual_print(stdout, verb, mb_verbs, mb_verb_count);
    return status == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}

int mb_verb_completion(const mb_options *options)
{
    mb_error error;
    mb_status status = MB_OK;
    if (options->operand_count != 1 || !mb_completion_print(stdout, options->operands[0], mb_verbs, mb_verb_count))
        status = mb_error_set(&error, MB_ERROR_USAGE, "completion takes the name of a shell: bash, zsh or fish");
    return status == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}
