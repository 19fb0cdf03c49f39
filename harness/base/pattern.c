#include "base/pattern.h"

#include <errno.h>

mb_status mb_pattern_match(const regex_t *pattern, const char *text, size_t count, regmatch_t *matches, bool *is_match)
{
    errno = 0;
    int code = regexec(pattern, text, count, matches, 0);
    *is_match = code == 0;
    /* glibc turns every error into REG_NOMATCH; what is left of it is what malloc says. */
    return code == REG_ESPACE || (code != 0 && errno == ENOMEM) ? MB_FAILED : MB_OK;
}
