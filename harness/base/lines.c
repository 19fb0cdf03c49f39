#include "base/lines.h"

#include <stddef.h>
#include <string.h>

bool mb_line_next(const char **at, const char *end, const char **line, const char **line_end)
{
    if (*at >= end)
        return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *line = *at;
    *line_end = newline != NULL ? newline : end;
    *at = newline != NULL ? newline + 1 : end;
    return true;
}
