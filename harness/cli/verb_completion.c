#include "cli/manual.h"
#include "cli/verbs.h"
#include "command/complain.h"

#include <stdio.h>

static int run(const mb_options *options)
{
    mb_error error;
    mb_status status = MB_OK;
    if (options->operand_count != 1 || !mb_completion_print(stdout, options->operands[0], mb_verbs, mb_verb_count))
        status = mb_error_set(&error, MB_ERROR_USAGE, "completion takes the name of a shell: bash, zsh or fish");
    return status == MB_OK ? mb_finish_output(MB_EXIT_OK) : mb_complain(&error);
}

/* clang-format off */
const mb_verb mb_verb_completion = {
    .name = "completion",
    .mask = MB_VERB_COMPLETION,
    .synopsis = "bash | zsh | fish",
    .summary = "print a script that completes options, cases and baselines in a shell",
    .description =
        "Prints a shell script that completes membench's command line.",
    .examples =
        "  source <(membench completion bash)\n"
        "  membench completion zsh > ~/.zfunc/_membench\n"
        "  membench completion fish > ~/.config/fish/completions/membench.fish\n",
    .operands = "bash zsh fish",
    .run = run,
};
/* clang-format on */
