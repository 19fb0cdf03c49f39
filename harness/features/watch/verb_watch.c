/* `membench watch`: cases measured again each time their program's file has changed. */
#include "base/path.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "command/complain.h"
#include "command/options.h"
#include "command/options_table.h"
#include "command/outcome.h"
#include "features/watch/watch_screen.h"
#include "session/allocators.h"
#include "session/session.h"
#include "session/site_pass.h"

#include "base/units.h"
#include "base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_BYTES = 16 };

static const char *clock_text(char text[CLOCK_BYTES])
{
    time_t now = time(NULL);
    struct tm local;
    strftime(text, CLOCK_BYTES, "%H:%M:%S", localtime_r(&now, &local));
    return text;
}

static void drop(mb_session *session)
{
    if (session != NULL)
        mb_session_close(session);
    free(session);
}

/* A single operand that is a case's whole id means just that case: a filter of its own is tried first. */
static mb_status open_exact(mb_watching *w, mb_session *session, bool *is_open, mb_error *error)
{
    mb_options *options = w->options;
    mb_filter *given = options->plan.filter;
    *is_open = false;
    if (options->operand_count != 1 || !mb_filter_is_empty(given))
        return MB_OK;
    w->exact = mb_filter_new();
    if (w->exact == NULL)
        return mb_error_no_memory(error);
    mb_status status = mb_filter_add_exact(w->exact, options->operands[0], error);
    if (status != MB_OK)
        return status;
    options->plan.filter = w->exact;
    status = mb_session_open(session, &options->plan, error);
    *is_open = status == MB_OK;
    if (*is_open || error->kind != MB_ERROR_USAGE || session->signal_number != 0)
        return status;
    options->plan.filter = given;
    return MB_OK;
}

static mb_status open_first(mb_watching *w, mb_session *session, mb_error *error)
{
    mb_options *options = w->options;
    bool is_open;
    mb_status status = open_exact(w, session, &is_open, error);
    if (status != MB_OK || is_open)
        return status;
    for (size_t i = 0; i < options->operand_count && status == MB_OK; i++)
        status = mb_filter_add(options->plan.filter, options->operands[i], error);
    return status == MB_OK ? mb_session_open(session, &options->plan, error) : status;
}

static mb_status open_files(mb_watching *w, const mb_session *session, mb_error *error)
{
    const mb_options *options = w->options;
    bool is_given = options->plan.program_count > 0;
    size_t count = is_given ? options->plan.program_count : session->run.program_count;
    const char **paths = malloc((count + w->module_count + 1) * sizeof *paths);
    if (paths == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < count; i++) /* as given: a link may come to lead elsewhere */
        paths[i] = is_given ? options->plan.programs[i] : session->programs[i].path;
    memcpy(paths + count, w->modules, w->module_count * sizeof *paths);
    mb_status status = mb_watched_open(paths, count + w->module_count, &w->watched, error);
    free(paths);
    return status;
}

/* As they are now, since a process refuses a file that has changed. */
static mb_status give_modules(mb_watching *w, mb_error *error)
{
    mb_plan *plan = &w->options->plan;
    return w->module_count > 0 ? mb_modules_give(plan, w->modules, w->module_count, NULL, w->arena, error) : MB_OK;
}

static mb_status take_modules(mb_watching *w, mb_error *error)
{
    mb_options *options = w->options;
    size_t count = 0;
    while (count < options->operand_count && mb_module_is(options->operands[count]))
        count++;
    if (count > MB_MODULES_MAX) /* which says so */
        return mb_modules_give(&options->plan, options->operands, count, NULL, w->arena, error);
    w->module_count = count;
    memcpy(w->modules, options->operands, count * sizeof *w->modules);
    options->operand_count -= w->module_count;
    memmove(options->operands, options->operands + w->module_count, options->operand_count * sizeof *options->operands);
    return give_modules(w, error);
}

/* One whole measurement. *made is NULL when it failed, or was ended by a signal. */
static mb_status measure(mb_watching *w, mb_session **made, mb_error *error)
{
    *made = NULL;
    mb_session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return mb_error_no_memory(error);
    if (w->watched != NULL)
        mb_watched_mark(w->watched);
    bool is_open = false;
    mb_status status = w->first == NULL ? open_first(w, session, error) : give_modules(w, error);
    if (status == MB_OK && w->first != NULL)
        status = mb_session_open(session, &w->options->plan, error);
    if (status == MB_OK) {
        is_open = true;
        session->is_passing = true;
        status = mb_allocator_check(session, w->options->plan.allocator, error);
    }
    if (status == MB_OK && w->watched == NULL) /* before measuring: what changes meanwhile is to be seen */
        status = open_files(w, session, error);
    if (status == MB_OK)
        status = mb_session_measure(session, NULL, error);
    if (status == MB_OK && session->signal_number == 0 && !w->options->no_where)
        status = mb_sites_keep_all(session, error); /* of this build: the next one takes its place */
    w->signal_number = session->signal_number;
    if (status == MB_OK && w->signal_number == 0) {
        mb_runner_free(session->runner); /* one at a time, and results outlive it */
        session->runner = NULL;
        *made = session;
        return MB_OK;
    }
    if (is_open)
        mb_session_close(session);
    free(session);
    return status;
}

static bool has_any_value(const mb_session *session)
{
    for (size_t c = 0; c < session->case_count; c++)
        if (session->results[c].outcome == MB_OUTCOME_OK)
            return true;
    return false;
}

/* Makes a measurement the latest one. A build that broke everything is never the one that others are compared with. */
static void take(mb_watching *w, mb_session *session)
{
    char clock[CLOCK_BYTES], time[MB_UNITS_TEXT_MAX];
    if (w->now != NULL && !has_any_value(w->now) && w->now != w->first) {
        drop(w->now);
    } else {
        if (w->previous != w->first)
            drop(w->previous);
        w->previous = w->now;
    }
    w->now = session;
    if (w->first == NULL)
        w->first = session;
    w->build_count++;
    size_t count = w->module_count > 0 ? w->module_count : session->run.program_count;
    snprintf(w->heading, sizeof w->heading, "%s%s: build %zu at %s, %s",
             mb_file_name(w->module_count > 0 ? w->modules[0] : session->run.programs[0].path),
             count > 1 ? " and others" : "", w->build_count, clock_text(clock),
             mb_format_ns((double)(mb_now_ns() - session->start_ns), time));
}

/* Signals stay blocked from here on, while a runner takes them and while none does. */
static mb_status take_signals(mb_watching *w, mb_error *error)
{
    sigset_t taken, blocked;
    sigemptyset(&taken);
    sigaddset(&taken, SIGWINCH);
    sigaddset(&taken, SIGCONT);
    mb_signals_add_ending(&taken);
    if (!mb_signal_is_ignored(SIGTSTP))
        sigaddset(&taken, SIGTSTP);
    blocked = taken;
    sigaddset(&blocked, SIGIO); /* of leases: see watch_files.c */
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    w->signal_fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    return w->signal_fd >= 0 ? MB_OK : mb_error_set_errno(error, errno, "signals");
}

/* Notes a signal that ends us; true when the screen is to be drawn again. */
static bool read_signals(mb_watching *w)
{
    struct signalfd_siginfo info;
    bool is_redraw = false;
    while (read(w->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT) {
            is_redraw = true;
        } else if (info.ssi_signo == SIGTSTP) { /* the shell gets its own screen */
            mb_watch_leave_screen(w);
            raise(SIGSTOP);
            mb_watch_enter_screen(w);
            is_redraw = true;
        } else if (w->signal_number == 0) {
            w->signal_number = (int)info.ssi_signo;
        }
    }
    return is_redraw;
}

static void describe(const mb_error *failure, mb_watched_state state, const char *path, char text[MB_WATCH_LINE_BYTES])
{
    switch (state) {
    case MB_WATCHED_MISSING:
        snprintf(text, MB_WATCH_LINE_BYTES, "waiting for %s: it does not exist yet; Ctrl-C ends", path);
        return;
    case MB_WATCHED_BUSY:
        snprintf(text, MB_WATCH_LINE_BYTES, "%s is changing", path);
        return;
    case MB_WATCHED_SAME:
    case MB_WATCHED_READY:
        break;
    }
    if (failure != NULL)
        snprintf(text, MB_WATCH_LINE_BYTES, "not measured: %.900s", failure->message);
    else
        snprintf(text, MB_WATCH_LINE_BYTES, "waiting for a change; Ctrl-C ends");
}

/* Waits until the files have changed and can be run, or a signal ends us. failure: why the last build could not be
 * measured, or NULL. */
static mb_status wait_for_change(mb_watching *w, const mb_error *failure, mb_error *error)
{
    char text[MB_WATCH_LINE_BYTES], shown[MB_WATCH_LINE_BYTES] = "";
    mb_status status = MB_OK;
    for (;;) {
        const char *path;
        bool is_redraw = read_signals(w);
        mb_watched_state state = mb_watched_look(w->watched, mb_now_ns(), &path);
        if (w->signal_number != 0 || state == MB_WATCHED_READY)
            return MB_OK;
        describe(failure, state, path, text);
        if (w->has_screen && is_redraw) {
            status = mb_watch_draw(w, text, error);
        } else if (strcmp(text, shown) != 0) {
            mb_watch_view view = mb_watch_make_view(w);
            mb_watch_write_status(w, &view, text);
        }
        strcpy(shown, text);
        struct pollfd polls[] = {{.fd = mb_watched_fd(w->watched), .events = POLLIN},
                                 {.fd = w->signal_fd, .events = POLLIN},
                                 {.fd = w->has_screen ? -1 : STDOUT_FILENO}}; /* whether the reader went away */
        if (status != MB_OK || (poll(polls, 3, mb_watched_wait_ms(w->watched)) < 0 && errno != EINTR))
            return status != MB_OK ? status : mb_error_set_errno(error, errno, "poll");
        if (polls[2].revents & POLLERR)
            return mb_error_set(error, MB_ERROR_SYSTEM, "standard output was closed");
    }
}

/* Measures until a signal comes. A build that fails, or changes while it is measured, is followed by the next. */
static mb_status go_on(mb_watching *w, mb_error *error)
{
    mb_session *session;
    mb_error failure;
    bool has_failed = false;
    for (;;) {
        mb_status status = wait_for_change(w, has_failed ? &failure : NULL, error);
        if (status != MB_OK || w->signal_number != 0)
            return status;
        has_failed = measure(w, &session, &failure) != MB_OK;
        if (w->signal_number != 0)
            return MB_OK;
        const char *path;
        if (mb_watched_look(w->watched, mb_now_ns(), &path) !=
            MB_WATCHED_SAME) { /* half of one build, half of another */
            drop(session);
            has_failed = false;
        } else if (has_failed) {
            mb_watched_distrust(w->watched);
            if (!w->has_screen)
                fprintf(stderr, "membench: %s; waiting for the next build\n", failure.message);
        } else {
            take(w, session);
            status = mb_watch_draw(w, "", error);
            if (status != MB_OK)
                return status;
        }
    }
}

/* After the last table, which went with its screen, how far the builds have come. */
static mb_status summarize(mb_watching *w, mb_error *error)
{
    char time[MB_UNITS_TEXT_MAX];
    mb_watch_view view = mb_watch_make_view(w);
    view.height_rows = 0;
    if (w->can_draw && mb_watch_write(stdout, &view, "\n", error) != MB_OK)
        return MB_FAILED;
    printf("\n%zu build%s measured in %s.%s\n", w->build_count, w->build_count == 1 ? "" : "s",
           mb_format_ns((double)(mb_now_ns() - w->start_ns), time),
           w->build_count > 1 ? " The last against the first:" : "");
    return w->build_count > 1 ? mb_watch_summarize(stdout, &view, error) : MB_OK;
}

static mb_status watch(mb_watching *w, mb_error *error)
{
    mb_session *session;
    mb_status status = take_signals(w, error);
    if (status == MB_OK)
        status = measure(w, &session, error);
    if (status != MB_OK || session == NULL)
        return status;
    take(w, session);
    mb_watch_enter_screen(w);
    status = mb_watch_draw(w, "", error);
    if (status == MB_OK)
        status = go_on(w, error);
    mb_watch_leave_screen(w);
    return status == MB_OK ? summarize(w, error) : status;
}

static int run(const mb_options *options)
{
    mb_error error;
    mb_arena arena = {0};
    mb_options effective = *options;
    mb_watching w = {.options = &effective,
                     .arena = &arena,
                     .start_ns = mb_now_ns(),
                     .can_draw = mb_terminal_can_draw(stdout),
                     .signal_fd = -1};
    mb_status status = take_modules(&w, &error);
    if (status == MB_OK)
        status = mb_plan_apply_project(&effective.plan, &arena, &error);
    if (status == MB_OK)
        status = mb_allocator_choose(effective.plan.allocator, &error);
    if (status == MB_OK)
        status = watch(&w, &error);
    int code = status == MB_OK ? MB_EXIT_OK : mb_complain(&error);
    if (w.signal_number != 0 && (w.signal_number != SIGINT || w.now == NULL))
        code = MB_EXIT_SIGNAL + w.signal_number; /* Ctrl-C is how mb_watching ends, and no failure */
    if (w.first != w.now && w.first != w.previous)
        drop(w.first);
    if (w.previous != w.now)
        drop(w.previous);
    drop(w.now);
    mb_watched_close(w.watched);
    mb_filter_free(w.exact);
    if (w.signal_fd >= 0)
        close(w.signal_fd);
    mb_arena_fini(&arena);
    return mb_finish_output((mb_exit)code);
}

/* clang-format off */
const mb_verb mb_verb_watch = {
    .name = "watch",
    .mask = MB_VERB_WATCH,
    .synopsis = "[OPTIONS] [FILE.wasm...] [CASE|FILTER...]",
    .summary = "measure cases again whenever their program is rebuilt",
    .description =
        "Measures cases, and again each time a file of their programs changes, or FILE.wasm, whose cases they are\n"
        "then. One screen shows the current numbers and how they differ from the previous and the first\n"
        "measurement. A file is measured once it has not changed for 0.2 s, so a build may take its time. In a\n"
        "pipe, prints a block for each build.\n"
        "A difference counts as a change if the samples of the two builds do not overlap; \"~\" marks\n"
        "differences that may be chance. Saves and judges nothing. Ctrl-C ends with a summary.\n"
        "Exit codes: 0 (also after Ctrl-C), 1 an error, 2 usage or nothing matched.",
    .examples =
        "  membench watch memory_job_creation/100\n"
        "  membench watch --program ./my_bench queue/ --metrics heap,heap_calls\n"
        "  membench watch app.wasm --runtime wamr-fast lifecycle\n"
        "  membench watch -p ./my_bench --no-time | tee builds.txt\n",
    .operands = MB_WORDS_CASES,
    .run = run,
};
/* clang-format on */
