/* signs.h: signs of life of a process (docs/protocol.md): where it was when it was last heard of. */
#ifndef MEMBENCH_SESSION_SIGNS_H
#define MEMBENCH_SESSION_SIGNS_H

#include "model/metric.h"

#include <stddef.h>

enum { MB_PLACE_TEXT_BYTES = 96 };

typedef struct mb_signs {
    char last;
    unsigned mark_count, window_count; /* marks of the window under way, windows begun */
} mb_signs;                            /* zeroed: nothing was heard */

void mb_signs_take(mb_signs *signs, const char *bytes, size_t length);

/* "in run, cold window, after mark 3". */
const char *mb_signs_place(const mb_signs *signs, mb_pass pass, char text[MB_PLACE_TEXT_BYTES]);

#endif
