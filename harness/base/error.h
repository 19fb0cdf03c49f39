/* error.h: a caller-owned message for a failed call; allocates nothing.
 *
 * A fallible function returns mb_status, takes an mb_error as its last argument and leaves its out-parameters
 * untouched on failure. Only cli/ prints and exits. */
#ifndef MEMBENCH_BASE_ERROR_H
#define MEMBENCH_BASE_ERROR_H

#include <membench/membench.h>

/* Decides the exit code (command/exit.h). */
typedef enum mb_error_kind {
    MB_ERROR_NONE = 0,
    MB_ERROR_USAGE,    /* the command line or membench.json is wrong, or nothing matched: 2 */
    MB_ERROR_SYSTEM,   /* a file, a process or memory could not be had: 1 */
    MB_ERROR_FORMAT,   /* a file holds what it must not: 1 */
    MB_ERROR_BASELINE, /* a baseline or a case in it is missing: 5 */
} mb_error_kind;

typedef struct mb_error {
    mb_error_kind kind;
    char message[512]; /* one line, no newline at its end, always terminated; cut when too long */
} mb_error;

/* Fills *error (which may be NULL) and returns MB_FAILED, so that a failing function can end with it. */
mb_status mb_error_set(mb_error *error, mb_error_kind kind, const char *format, ...) MB_PRINTF(3, 4);

/* The same with ": " and the text of errnum behind the message. */
mb_status mb_error_set_errno(mb_error *error, int errnum, const char *format, ...) MB_PRINTF(3, 4);

/* The same with "out of memory". */
mb_status mb_error_no_memory(mb_error *error);

/* A bug of ours or of a bench program: prints file, line and text, and aborts, in every build. */
#define MB_ASSERT(condition) ((condition) ? (void)0 : mb_assert_failed(__FILE__, __LINE__, #condition))
_Noreturn void mb_assert_failed(const char *file, int line, const char *text);

#endif
