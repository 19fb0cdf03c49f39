/* advice.h: what to do next, in a sentence for each kind of finding, with the command lines that do it. */
#ifndef MEMBENCH_REPORT_ADVICE_H
#define MEMBENCH_REPORT_ADVICE_H

#include "report/report.h"

enum { MB_ADVICE_MAX = MB_FINDING_KIND_COUNT, MB_ADVICE_COMMANDS_MAX = 2, MB_ADVICE_CALL_BYTES = 1024 };

typedef struct mb_advice {
    char sentence[840];
    /* What each command is for, "accept", where that says all that the sentence does; else NULL. Static text. */
    const char *purposes[MB_ADVICE_COMMANDS_MAX];
    /* "" where there is none; case ids quoted for a shell. Behind the call, options of at most 768 bytes. */
    char commands[MB_ADVICE_COMMANDS_MAX][MB_ADVICE_CALL_BYTES + 768];
} mb_advice;

/* Writes the advice on what the report decided, in that order, and returns how much there is: at least 1. The tally is
 * sorted. Names and commands are printable: control characters are replaced. */
size_t mb_advice_make(const mb_report *report, mb_advice advice[MB_ADVICE_MAX]);

/* text as one word of a POSIX shell, cut at size; control characters replaced, so such an id cannot be pasted. */
void mb_shell_quote(const char *text, char *quoted, size_t size);

#endif
