#include "report/html_write.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>

enum { PRINTED_MAX = 2048 };

static const char *entity(uint32_t point)
{
    switch (point) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void mb_html_put(FILE *file, const char *text)
{
    while (text != NULL && *text != '\0') {
        uint32_t point;
        size_t length = mb_utf8_decode(text, &point);
        const char *escaped = entity(point);
        if (escaped != NULL) {
            fputs(escaped, file);
        } else {
            char one[5] = {0}, clean[8];
            for (size_t i = 0; i < length && i < 4; i++)
                one[i] = text[i];
            mb_utf8_clean(one, true, clean, sizeof clean);
            fputs(clean, file);
        }
        text += length;
    }
}

void mb_html_printf(FILE *file, const char *format, ...)
{
    char text[PRINTED_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mb_html_put(file, text);
}

const char *mb_html_look(mb_role role)
{
    static const char *const looks[] = {
        [MB_ROLE_BAD] = "bad", [MB_ROLE_UNSURE] = "unsure", [MB_ROLE_GOOD] = "good", [MB_ROLE_PLAIN] = "plain"};
    return looks[role];
}
