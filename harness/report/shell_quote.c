#include "base/utf8.h"
#include "report/advice.h"

#include <stdio.h>
#include <string.h>

void mb_shell_quote(const char *text, char *quoted, size_t size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,@%+-";
    char clean[MB_ID_BYTES_MAX];
    mb_utf8_clean(text, true, clean, sizeof clean);
    if (clean[0] != '\0' && clean[strspn(clean, plain)] == '\0') {
        snprintf(quoted, size, "%s", clean);
        return;
    }
    size_t used = 0;
    quoted[used++] = '\'';
    for (const char *c = clean; *c != '\0' && used + 6 < size; c++) {
        if (*c == '\'') {
            memcpy(quoted + used, "'\\''", 4);
            used += 4;
        } else {
            quoted[used++] = *c;
        }
    }
    quoted[used++] = '\'';
    quoted[used] = '\0';
}
