#include "session/signs.h"

#include <stdio.h>
#include <string.h>

void mb_signs_take(mb_signs *signs, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '.') {
            signs->mark_count++;
            continue;
        }
        if (bytes[i] == 'r') {
            signs->window_count++;
            signs->mark_count = 0;
        }
        signs->last = bytes[i];
    }
}

const char *mb_signs_place(const mb_signs *signs, mb_pass pass, char text[MB_PLACE_TEXT_BYTES])
{
    static const struct {
        char sign;
        const char *place;
        bool in_window;
    } places[] = {{'s', "in setup", false},      {'r', "in run", true},      {'x', "in release", true},
                  {'t', "while trimming", true}, {'w', "in warm-up", false}, {'d', "in teardown", false}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].sign != signs->last)
            continue;
        const char *window = pass == MB_PASS_TIME      ? "time pass"
                             : signs->window_count > 1 ? "steady window"
                                                       : "cold window";
        int length = snprintf(text, MB_PLACE_TEXT_BYTES, "%s%s%s", places[i].place, places[i].in_window ? ", " : "",
                              places[i].in_window ? window : "");
        if (signs->mark_count > 0 && places[i].in_window)
            snprintf(text + length, MB_PLACE_TEXT_BYTES - (size_t)length, ", after mark %u", signs->mark_count);
        return text;
    }
    return strcpy(text, "before its first case function");
}
