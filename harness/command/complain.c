#include "command/complain.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

/* Whether a complaint came from a write to stdout that failed: once is enough. */
static bool is_output_told;

int mb_complain(const mb_error *error)
{
    is_output_told = is_output_told || ferror(stdout);
    fflush(stdout);
    fprintf(stderr, "membench: %s\n", error->message);
    return mb_exit_of_error(error);
}

int mb_finish_output(mb_exit code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (is_output_told)
        return mb_exit_worse(code, MB_EXIT_FAILED);
    mb_error error;
    mb_error_set_errno(&error, errno, "cannot write to standard output");
    return mb_exit_worse(code, (mb_exit)mb_complain(&error));
}
