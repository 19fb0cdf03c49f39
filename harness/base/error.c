#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mb_status mb_error_set(mb_error *error, mb_error_kind kind, const char *format, ...)
{
    if (error == NULL)
        return MB_FAILED;
    char message[sizeof error->message]; /* arguments may point into error->message itself */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    error->kind = kind;
    memcpy(error->message, message, sizeof message);
    return MB_FAILED;
}

mb_status mb_error_set_errno(mb_error *error, int errnum, const char *format, ...)
{
    if (error == NULL)
        return MB_FAILED;
    char message[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return mb_error_set(error, MB_ERROR_SYSTEM, "%s: %s", message, strerror(errnum));
}

mb_status mb_error_no_memory(mb_error *error) { return mb_error_set(error, MB_ERROR_SYSTEM, "out of memory"); }

void mb_assert_failed(const char *file, int line, const char *text)
{
    fprintf(stderr, "%s:%d: bug: %s does not hold\n", file, line, text);
    abort();
}
