#include "cli/manual.h"
#include "cli/verbs.h"
#include "command/complain.h"

#include <stdio.h>

static int run(const mb_options *options)
{
    mb_error error;
    mb_status status = MB_OK;
    const char *name = options->operand_count > 0 ? options->operands[0] : mb_verbs[0]->name;
    const mb_verb *verb = mb_verb_find(name);
    if (options->operand_count > 1)
        status = mb_error_set(&error, MB_ERROR_USAGE, "manual takes one command, or none");
    else if (verb == NULL)
        status = mb_verb_unknown(name, &error);
    else
        mb_manual_print(stdout, verb, mb_verbs, mb_verb_count);
    return status == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}

/* clang-format off */
const mb_verb mb_verb_manual = {
    .name = "manual",
    .mask = MB_VERB_MANUAL,
    .synopsis = "[COMMAND]",
    .summary = "print the manual page of membench, or of one of its commands",
    .description =
        "Prints a manual page (roff with man macros), generated from the --help text.",
    .examples =
        "  membench manual | man -l -\n"
        "  membench manual compare | man -l -\n",
    .run = run,
};
/* clang-format on */
