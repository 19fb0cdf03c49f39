#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arguments may point into error->message itself, so the message is made next to it. reason: what follows, or NULL. */
static mb_status set(mb_error *error, mb_error_kind kind, const char *reason, const char *format, va_list arguments)
{
    char message[sizeof error->message];
    if (error == NULL)
        return MB_FAILED;
    int length = vsnprintf(message, sizeof message, format, arguments);
    if (reason != NULL && length >= 0 && (size_t)length < sizeof message)
        snprintf(message + length, sizeof message - (size_t)length, ": %s", reason);
    error->kind = kind;
    memcpy(error->message, message, sizeof message);
    return MB_FAILED;
}

mb_status mb_error_set(mb_error *error, mb_error_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(error, kind, NULL, format, arguments);
    va_end(arguments);
    return MB_FAILED;
}

mb_status mb_error_set_errno(mb_error *error, int errnum, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(error, MB_ERROR_SYSTEM, strerror(errnum), format, arguments);
    va_end(arguments);
    return MB_FAILED;
}

mb_status mb_error_no_memory(mb_error *error) { return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory"); }

void mb_assert_failed(const char *file, int line, const char *text)
{
    fprintf(stderr, "%s:%d: bug: %s does not hold\n", file, line, text);
    abort();
}
