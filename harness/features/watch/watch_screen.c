#include "features/watch/watch_screen.h"

#include "base/terminal.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { STATUS_ROWS = 1 };

static mb_watch_measurement measurement_of(const mb_session *session)
{
    return session != NULL ? (mb_watch_measurement){&session->run, session->results, session->case_count}
                           : (mb_watch_measurement){0};
}

mb_watch_view mb_watch_make_view(const mb_watching *w)
{
    const mb_session *first = w->first != w->now ? w->first : NULL;
    mb_watch_view view = {
        .now = measurement_of(w->now),
        .previous = measurement_of(w->previous),
        .first = measurement_of(first),
        .heading = w->heading,
        .metrics = w->options->plan.metrics_chosen ? w->options->plan.metrics : NULL,
        .width_columns = mb_terminal_width(stdout),
        .color = mb_terminal_wants_color(stdout, w->options->color),
        .unicode = mb_terminal_is_unicode(),
    };
    struct winsize size;
    if (w->has_screen && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > STATUS_ROWS)
        view.height_rows = size.ws_row - STATUS_ROWS;
    return view;
}

/* The last line of the screen, where the progress of a measurement is in turn. */
void mb_watch_write_status(const mb_watching *w, const mb_watch_view *view, const char *text)
{
    char clean[MB_WATCH_LINE_BYTES], cut[MB_WATCH_LINE_BYTES];
    if (!w->has_screen)
        return;
    mb_utf8_clean(text, view->unicode, clean, sizeof clean);
    mb_utf8_shorten(clean, (view->width_columns > 1 ? view->width_columns : 80) - 1, view->unicode, cut, sizeof cut);
    printf("\r\033[K%s", cut);
    fflush(stdout);
}

/* The whole screen again, line over line so that it does not flicker; or, in a pipe, a block more. */
mb_status mb_watch_draw(const mb_watching *w, const char *status_text, mb_error *error)
{
    mb_watch_view view = mb_watch_make_view(w);
    if (w->has_screen)
        fputs("\033[H", stdout);
    else if (w->build_count > 1)
        fputc('\n', stdout);
    mb_status status = mb_watch_write(stdout, &view, w->has_screen ? "\033[K\n" : "\n", error);
    if (w->has_screen)
        fputs("\033[J", stdout);
    if (status == MB_OK)
        mb_watch_write_status(w, &view, status_text);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return mb_error_set_errno(error, errno, "cannot write to standard output");
}

/* The terminal's other screen: what is on the usual one is there again when we leave. */
void mb_watch_enter_screen(mb_watching *w)
{
    w->has_screen = w->can_draw;
    fputs(w->has_screen ? "\033[?1049h\033[H\033[J" : "", stdout);
    fflush(stdout);
}

void mb_watch_leave_screen(mb_watching *w)
{
    fputs(w->has_screen ? "\033[?1049l" : "", stdout);
    fflush(stdout);
    w->has_screen = false;
}
