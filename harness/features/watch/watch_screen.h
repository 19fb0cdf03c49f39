/* watch_screen.h: what `membench watch` is doing, and how it draws that: over the same screen, or block after block in
 * a pipe. */
#ifndef MEMBENCH_FEATURES_WATCH_WATCH_SCREEN_H
#define MEMBENCH_FEATURES_WATCH_WATCH_SCREEN_H

#include "command/options.h"
#include "features/watch/watch_files.h"
#include "features/watch/watch_view.h"
#include "session/modules.h"
#include "session/session.h"

enum { MB_WATCH_LINE_BYTES = 1024 };

typedef struct mb_watching {
    mb_options *options;
    mb_filter *exact;                    /* of one whole id, or NULL */
    const char *modules[MB_MODULES_MAX]; /* of the user's own, as they were named */
    size_t module_count;
    mb_arena *arena; /* of what the plan says of them, until the end */
    mb_watched *watched;
    mb_session *now, *previous, *first; /* first may be one of the others; NULL before there is one */
    size_t build_count;
    uint64_t start_ns;
    bool can_draw;   /* stdout is a terminal that can be drawn on; else a block is written for each build */
    bool has_screen; /* and is drawn on now */
    char heading[MB_WATCH_LINE_BYTES];
    int signal_fd;
    int signal_number; /* what ended it */
} mb_watching;

/* The whole screen again, line over line so that it does not flicker; or, in a pipe, a block more. */
mb_status mb_watch_draw(const mb_watching *w, const char *status_text, mb_error *error);

/* The terminal's other screen: what is on the usual one is there again when we leave. */
void mb_watch_enter_screen(mb_watching *w);

void mb_watch_leave_screen(mb_watching *w);

/* The last line of the screen, where the progress of a measurement is in turn. */
void mb_watch_write_status(const mb_watching *w, const mb_watch_view *view, const char *text);

mb_watch_view mb_watch_make_view(const mb_watching *w);

#endif
