/* call.h: the options of a command line that the commands which reports suggest have to repeat, ready for a shell.
 *
 * A suggestion that leaves out --program or --baseline-dir would do something else, or nothing. */
#ifndef MEMBENCH_COMMAND_CALL_H
#define MEMBENCH_COMMAND_CALL_H

#include <stdbool.h>
#include <stddef.h>

enum { MB_CALL_BYTES = 640 };

/* Each part is "" or begins with a blank. Zeroed is empty. */
typedef struct mb_call {
    char measuring[MB_CALL_BYTES]; /* what is measured and how, and where baselines are: " --program x --no-time" */
    char judging[MB_CALL_BYTES];   /* by which rule: " --threshold 5%" */
    char filters[MB_CALL_BYTES];   /* which cases: " '^queue/'" */
    char operands[MB_CALL_BYTES];  /* of a command that is a run: " wasm a.wasm" */
    char build[MB_CALL_BYTES];     /* the command that builds, which comes last: " -- make -j2" */
    bool is_cut;                   /* something did not fit: better suggest nothing that depends on it */
} mb_call;

/* Takes in an option by its long name, with its value or NULL; one that suggestions do not repeat is passed over. */
void mb_call_note(mb_call *call, const char *name, const char *value);

/* Takes in an operand that is a filter. */
void mb_call_filter(mb_call *call, const char *filter);

/* Takes in the command, if it is not the default one, or an operand of it that has to be repeated. */
void mb_call_operand(mb_call *call, const char *word);

/* How the reader would call membench again for the same programs and baselines; "membench" where that is too long. */
const char *mb_call_format(const mb_call *call, char *command, size_t size);

/* Takes in a word of the command that builds. */
void mb_call_build(mb_call *call, const char *word);

#endif
