/* lines.h: a text line by line, without copying it. */
#ifndef MEMBENCH_BASE_LINES_H
#define MEMBENCH_BASE_LINES_H

#include <stdbool.h>

/* The next line of [*at, end): *line to *line_end, without its newline. Moves *at behind it; false at the end. A last
 * line needs no newline. */
bool mb_line_next(const char **at, const char *end, const char **line, const char **line_end);

#endif
