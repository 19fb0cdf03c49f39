/* terminal.h: what a stream can show: colours, characters, how wide it is, lines that are drawn over. */
#ifndef MEMBENCH_BASE_TERMINAL_H
#define MEMBENCH_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

typedef enum mb_when { MB_WHEN_AUTO, MB_WHEN_ALWAYS, MB_WHEN_NEVER } mb_when;

/* "auto", "always", "never"; false, with *when untouched, for anything else. */
bool mb_when_find(const char *name, mb_when *when);

/* From --color, NO_COLOR, CLICOLOR_FORCE, TERM and whether it is a terminal, in this order. */
bool mb_terminal_wants_color(FILE *stream, mb_when when);

/* A terminal on which a line can be drawn over: not TERM=dumb. */
bool mb_terminal_can_draw(FILE *stream);

/* Whether the locale has all characters. Sets LC_CTYPE, and nothing else of the locale. */
bool mb_terminal_is_unicode(void);

/* Columns, or 0 when it is not known. */
int mb_terminal_width(FILE *stream);

#endif
