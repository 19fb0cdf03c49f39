/* The call sites of a leak: the soaked case once more, for two windows of as many operations, with the hook that keeps
 * each block with its stack. The soak itself runs without, since the hook's tables would grow with it. What is alive at
 * the end of the second window came with its operations; their number is known, so the rate is exact. */
#include "base/temporary.h"
#include "features/soak/soak.h"
#include "features/soak/soak_options.h"
#include "session/site_pass.h"
#include "session/turns.h"
#include "sites/site_names.h"
#include "store/event.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NUMBER_BYTES = 32, END_BYTES = 512, REPORTS = 3 /* before, between and after the windows */ };

static const double PASS_SECONDS = 2, OPERATIONS_LEAST = 10, OPERATIONS_MOST = 1e6;

typedef struct pass {
    mb_session *session;
    const mb_options *options;
    uint64_t operation_count; /* of each window, at least */
    uint64_t counts[REPORTS];
    size_t report_count;
    mb_arena arena; /* of one event */
    bool has_failed;
    char end[END_BYTES];
} pass;

static mb_status prepare(void *context, mb_process_spec *spec, mb_error *error)
{
    pass *p = context;
    mb_environment *environment = p->session->environment;
    char number[NUMBER_BYTES], scale[NUMBER_BYTES];
    snprintf(number, sizeof number, "%" PRIu64, p->operation_count);
    snprintf(scale, sizeof scale, "%.9g", mb_soak_of(p->options)->time_scale);
    mb_status status = mb_session_set_environment(p->session, "soak", error);
    if (status == MB_OK)
        status = mb_environment_set(environment, "MEMBENCH_CASE", p->session->cases[0].own_id, error);
    if (status == MB_OK)
        status = mb_environment_set(environment, "MEMBENCH_SOAK_SITES", number, error);
    if (status == MB_OK && mb_soak_of(p->options)->time_scale != 1)
        status = mb_environment_set(environment, "MEMBENCH_TIME_SCALE", scale, error);
    if (status == MB_OK)
        status = mb_session_set_heap_hook(p->session, 0, error);
    if (status == MB_OK)
        status = mb_environment_seal(environment, spec->path, spec->argv, &spec->environment, error);
    return status;
}

static bool on_line(void *context, const char *line, size_t length)
{
    pass *p = context;
    mb_event event;
    mb_error error;
    mb_arena_reset(&p->arena);
    if (mb_event_parse(line, length, 1, &p->arena, &event, &error) != MB_OK)
        return false;
    if (event.kind == MB_EVENT_PROGRESS && p->report_count < REPORTS)
        p->counts[p->report_count++] = (uint64_t)event.progress.operation_count;
    if (event.kind == MB_EVENT_DONE && event.done.outcome != MB_OUTCOME_OK) {
        p->has_failed = true;
        snprintf(p->end, sizeof p->end, "the run for its call sites %s: %.400s", mb_outcome_name(event.done.outcome),
                 event.done.message != NULL ? event.done.message : "no reason given");
    }
    return true;
}

static void on_end(void *context, const mb_process_end *end)
{
    pass *p = context;
    bool is_bad = end->kind != MB_END_EXITED || end->exit_code != 0 || end->fault != MB_EVENT_FINE;
    if (!is_bad || p->has_failed)
        return;
    p->has_failed = true;
    snprintf(p->end, sizeof p->end, "the run for its call sites %s",
             end->stopped     ? "was interrupted"
             : end->timed_out ? "timed out (--timeout)"
                              : "ended badly");
}

/* Ten, a hundred, …: so many that the case takes some seconds. What every tenth or thousandth operation leaves is then
 * in each window as often. */
static uint64_t window_operations(double operations_a_second)
{
    double count = pow(10, floor(log10(fmax(1, PASS_SECONDS * operations_a_second))));
    return (uint64_t)fmin(OPERATIONS_MOST, fmax(OPERATIONS_LEAST, count));
}

/* The blocks by call site, and pages of what the program mapped itself: these as bytes without a block. */
static mb_status make_view(const mb_site_set *set, mb_arena *arena, const mb_site_view **result, mb_error *error)
{
    const mb_site_view *blocks = &set->views[MB_WINDOW_STEADY][MB_SITE_AT_RUN];
    size_t count = blocks->row_count, page_count = set->page_count[MB_WINDOW_STEADY];
    mb_site_view *view = mb_arena_alloc(arena, sizeof *view);
    mb_site_row *rows = mb_arena_alloc(arena, (count + page_count + 1) * sizeof *rows);
    if (view == NULL || rows == NULL)
        return mb_error_no_memory(error);
    memcpy(rows, blocks->rows, count * sizeof *rows);
    *view = (mb_site_view){rows, count, blocks->counted};
    for (size_t i = 0; i < page_count; i++) {
        const mb_site_pages *pages = &set->pages[MB_WINDOW_STEADY][i];
        int64_t change = pages->anon_bytes[1] - pages->anon_bytes[0];
        if (pages->kind != MB_PAGES_MAPPED || pages->stack.place_count == 0 || change == 0)
            continue;
        rows[view->row_count++] = (mb_site_row){pages->stack, {.bytes = change}};
        view->counted.bytes += change;
    }
    *result = view;
    return MB_OK;
}

static mb_status read_sites(pass *p, mb_soak_series *series, mb_soak_where *where, mb_error *error)
{
    char path[PATH_MAX];
    mb_site_files files = {0};
    mb_site_sample *sample = mb_arena_alloc(&series->arena, sizeof *sample);
    if (sample == NULL)
        return mb_error_no_memory(error);
    mb_sites_path(p->session, 0, path, sizeof path);
    mb_status status = mb_sites_read_file(path, &files, &series->arena, sample, error);
    unlink(path);
    mb_site_files_close(&files);
    if (status != MB_OK)
        return status;
    where->obstacle = sample->obstacle;
    where->operation_count = (double)(p->counts[REPORTS - 1] - p->counts[REPORTS - 2]);
    if (where->obstacle == NULL && (!sample->set.has_window[MB_WINDOW_STEADY] || !(where->operation_count > 0)))
        where->obstacle = "the program does not take part: was it linked with an older libmembench.a?";
    return where->obstacle == NULL ? make_view(&sample->set, &series->arena, &where->view, error) : MB_OK;
}

/* operations_a_second: of the soak, by the clock. */
static mb_status take(mb_session *session, const mb_options *options, double operations_a_second,
                      mb_soak_series *series, mb_soak_where *where, mb_error *error)
{
    char folder[PATH_MAX];
    const mb_session_program *program = &session->programs[session->results[0].program];
    pass p = {.session = session, .options = options, .operation_count = window_operations(operations_a_second)};
    where->obstacle = mb_sites_obstacle(session, session->results[0].program);
    if (where->obstacle != NULL)
        return MB_OK;
    if (mb_temporary_folder("membench-sites", folder, sizeof folder, error) != MB_OK)
        return MB_FAILED;
    session->sites_folder = folder;
    mb_process_spec spec = {.path = program->path,
                            .timeout_ns = options->plan.timeout_ns,
                            .thp_on = options->plan.thp,
                            .context = &p,
                            .prepare = prepare,
                            .on_line = on_line,
                            .on_end = on_end};
    mb_status status = mb_runner_submit(session->runner, &spec, error);
    if (status == MB_OK)
        mb_runner_drain(session->runner);
    if (status == MB_OK)
        status = read_sites(&p, series, where, error);
    if (status == MB_OK && p.has_failed) {
        where->view = NULL;
        where->obstacle = mb_arena_copy(&series->arena, p.end);
        status = where->obstacle != NULL ? MB_OK : mb_error_no_memory(error);
    }
    mb_temporary_remove(folder);
    session->sites_folder = NULL;
    mb_arena_fini(&p.arena);
    return status;
}

mb_status mb_soak_explain(mb_soak_recording *recording, const mb_soak_result *result, mb_error *error)
{
    mb_soak_series *series = recording->series;
    const mb_soak_target *target = recording->target;
    const mb_soak_tick *last = &series->ticks[series->count - 1];
    if (result->judgement.verdict != MB_SOAK_LEAK || mb_soak_target_signal(target) != 0 || target->has_failed)
        return MB_OK;
    mb_soak_where *where = mb_arena_alloc(&series->arena, sizeof *where);
    if (where == NULL)
        return mb_error_no_memory(error);
    series->where = where;
    double seconds = last->time_seconds / series->about.time_scale;
    double rate = seconds > 0 ? last->values[MB_SOAK_OPERATION_COUNT] / seconds : 0;
    mb_status status = MB_OK;
    if (target->session == NULL)
        where->obstacle = "call sites are kept of cases: of a command, membench exec --where shows those of its peak";
    else
        status = take(target->session, recording->options, rate, series, where, error);
    if (status == MB_OK && recording->write_status == MB_OK)
        recording->write_status = mb_soak_writer_where(recording->writer, where, &recording->write_error);
    return status;
}
