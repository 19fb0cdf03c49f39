#include "session/sampling.h"

#include "session/signs.h"

#include "base/terminal.h"
#include "base/units.h"
#include "readings/provenance.h"
#include "readings/readings.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 512 };

typedef struct job {
    mb_session *session;
    size_t case_index;
    mb_pass pass;
    bool is_discarded;
    mb_sample *sample; /* from prepare to end */
    mb_error error;    /* what was wrong with its lines */
    bool is_spoiled;
    mb_signs signs;
} job;

/* The longest life of a sample of that case; what the caller said holds for all. Twenty times the cost: others may have
 * work for this machine, too, and its processors be slow. */
static uint64_t time_limit_ns(const mb_session *session, size_t case_index)
{
    const mb_plan *plan = session->plan;
    uint64_t cost_ns = session->cases[case_index].cost_ns;
    return plan->timeout_given || plan->timeout_ns == 0 ? plan->timeout_ns : plan->timeout_ns + 20 * cost_ns;
}

static mb_status set_number(mb_session *session, const char *name, int64_t value, mb_error *error)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return mb_environment_set(session->environment, name, text, error);
}

static mb_status set_time_pass(mb_session *session, mb_error *error)
{
    const mb_plan *plan = session->plan;
    int64_t sample_ns = (int64_t)plan->measurement_time_ns / MB_TIME_SAMPLES;
    const char *timer = session->paths.timer; /* without one no time is measured, and a plan is the same */
    mb_status status = timer != NULL ? mb_environment_set(session->environment, "MEMBENCH_TIMER", timer, error) : MB_OK;
    if (status == MB_OK)
        status = set_number(session, "MEMBENCH_TIME_MIN_NS", sample_ns > 0 ? sample_ns : 1, error);
    if (status == MB_OK)
        status = set_number(session, "MEMBENCH_TIME_WARMUP_NS", (int64_t)plan->warm_up_time_ns, error);
    if (status == MB_OK)
        status = set_number(session, "MEMBENCH_TIME_REPETITIONS", 1, error);
    return status;
}

mb_status mb_session_set_sample_environment(mb_session *session, mb_pass pass, mb_error *error)
{
    const mb_plan *plan = session->plan;
    mb_status status = mb_session_set_environment(session, "sample", error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_PASS", mb_pass_name(pass), error);
    if (status == MB_OK) /* --test is over after the first use */
        status = set_number(session, "MEMBENCH_WARMUP", plan->test ? -1 : plan->warm_up_iterations, error);
    if (status == MB_OK && pass == MB_PASS_HEAP && plan->heap_blocks)
        status = mb_environment_set(session->environment, "MEMBENCH_HEAP_BLOCKS", "1", error);
    return status == MB_OK && pass == MB_PASS_TIME ? set_time_pass(session, error) : status;
}

/* Before: our hook so counts for the caller's allocator too. */
mb_status mb_session_set_preload(mb_session *session, const char *library, mb_error *error)
{
    const char *others = mb_environment_get(session->environment, "LD_PRELOAD");
    size_t size = strlen(library) + (others != NULL ? strlen(others) : 0) + 2;
    char *preload = malloc(size);
    if (preload == NULL)
        return mb_error_no_memory(error);
    bool has_others = others != NULL && *others != '\0';
    snprintf(preload, size, "%s%s%s", library, has_others ? ":" : "", has_others ? others : "");
    mb_status status = mb_environment_set(session->environment, "LD_PRELOAD", preload, error);
    free(preload);
    return status;
}

static mb_status set_tool(mb_session *session, mb_process_spec *spec, mb_error *error)
{
    const mb_session_tool *tool = session->tool;
    mb_status status = tool->preload != NULL ? mb_session_set_preload(session, tool->preload, error) : MB_OK;
    if (status == MB_OK && tool->variable != NULL)
        status = mb_environment_set(session->environment, tool->variable, tool->value, error);
    if (tool->path != NULL) {
        spec->path = tool->path;
        spec->argv = tool->argv;
    }
    return status;
}

static mb_status prepare(void *context, mb_process_spec *spec, mb_error *error)
{
    job *j = context;
    mb_session *session = j->session;
    if (session->cases[j->case_index].is_over)
        return mb_error_set(error, MB_ERROR_SYSTEM, "not run: an earlier sample of the case failed");
    j->sample = mb_sample_new(j->pass);
    if (j->sample == NULL)
        return mb_error_no_memory(error);
    mb_status status = mb_session_set_sample_environment(session, j->pass, error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_CASE", session->results[j->case_index].id, error);
    size_t program = session->results[j->case_index].program;
    if (status == MB_OK && j->pass == MB_PASS_HEAP && session->programs[program].hook_obstacle == NULL)
        status = mb_session_set_heap_hook(session, j->case_index, error);
    if (status == MB_OK && session->programs[program].needs_chance)
        status = mb_session_set_preload(session, session->paths.chance, error);
    if (status == MB_OK && spec->folder != NULL)
        status = mb_environment_set(session->environment, "TMPDIR", spec->folder, error);
    if (status == MB_OK && session->tool != NULL)
        status = set_tool(session, spec, error);
    if (status == MB_OK)
        status = mb_environment_seal(session->environment, spec->path, spec->argv, &spec->environment, error);
    return status;
}

static bool take_line(void *context, const char *line, size_t length)
{
    job *j = context;
    if (!j->is_spoiled && mb_sample_line(j->sample, line, length, &j->error) != MB_OK)
        j->is_spoiled = true;
    return !j->is_spoiled;
}

static void take_signs(void *context, const char *signs, size_t length)
{
    job *j = context;
    mb_signs_take(&j->signs, signs, length);
}

/* The last line of what the worker wrote to stderr, to stand behind a message; "" when there is none. */
static void last_line(const mb_process_end *end, char text[200])
{
    size_t length = end->stderr_tail_bytes;
    while (length > 0 && (end->stderr_tail[length - 1] == '\n' || end->stderr_tail[length - 1] == '\r'))
        length--;
    size_t start = length;
    while (start > 0 && end->stderr_tail[start - 1] != '\n')
        start--;
    size_t shown = length - start < 160 ? length - start : 160;
    text[0] = '\0';
    if (shown == 0)
        return;
    snprintf(text, 200, ": %.*s", (int)shown, end->stderr_tail + start);
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
}

const char *mb_signal_text(int number, char text[MB_SIGNAL_TEXT_BYTES])
{
    const char *name = sigabbrev_np(number);
    if (name != NULL)
        snprintf(text, MB_SIGNAL_TEXT_BYTES, "SIG%s", name);
    else
        snprintf(text, MB_SIGNAL_TEXT_BYTES, "signal %d", number);
    return text;
}

/* What became of a worker, as the outcome of its sample; the message is empty when all is well. */
static mb_outcome judge(const job *j, const mb_process_end *end, char message[MESSAGE_BYTES])
{
    char place[MB_PLACE_TEXT_BYTES], said[200], number[MB_SIGNAL_TEXT_BYTES];
    mb_error error;
    mb_signs_place(&j->signs, j->pass, place);
    last_line(end, said);
    message[0] = '\0';
    if (end->kind == MB_END_NOT_STARTED) {
        snprintf(message, MESSAGE_BYTES, "%s", end->message);
        return MB_OUTCOME_FAILED;
    }
    if (end->stopped || end->kind == MB_END_CANCELLED)
        return MB_OUTCOME_NOT_RUN;
    if (end->timed_out) {
        char limit[MB_UNITS_TEXT_MAX];
        snprintf(message, MESSAGE_BYTES, "no end after %s, %s: killed (--timeout)",
                 mb_format_ns((double)time_limit_ns(j->session, j->case_index), limit), place);
        return MB_OUTCOME_TIMED_OUT;
    }
    if (j->is_spoiled) {
        snprintf(message, MESSAGE_BYTES, "protocol: %.490s", j->error.message);
        return MB_OUTCOME_FAILED;
    }
    if (end->fault != MB_EVENT_FINE) {
        snprintf(message, MESSAGE_BYTES, "protocol: it %s", mb_event_fault_text(end->fault));
        return MB_OUTCOME_FAILED;
    }
    if (end->kind == MB_END_SIGNALED) {
        bool limited = j->session->plan->memory_limit_bytes > 0;
        snprintf(message, MESSAGE_BYTES, "%s %s%s%s", mb_signal_text(end->signal_number, number), place,
                 end->signal_number == SIGKILL ? " (the system kills so when memory is out)"
                 : limited                     ? " (under --memory-limit)"
                                               : "",
                 said);
        return MB_OUTCOME_CRASHED;
    }
    if (end->half_line_bytes > 0) {
        snprintf(message, MESSAGE_BYTES, "protocol: it ended within a line of events, %s", place);
        return MB_OUTCOME_FAILED;
    }
    if (mb_sample_check(j->sample, &error) != MB_OK && end->exit_code == MB_PROTOCOL_EXIT_CLOSED) {
        snprintf(message, MESSAGE_BYTES,
                 "closed the descriptor that its results go to, %s: a case may close only what it opened", place);
        return MB_OUTCOME_FAILED;
    }
    if (mb_sample_check(j->sample, &error) != MB_OK) {
        snprintf(message, MESSAGE_BYTES, "exited with code %d before its sample was done, %s%s", end->exit_code, place,
                 said);
        return MB_OUTCOME_FAILED;
    }
    if (end->exit_code != 0 && mb_sample_outcome(j->sample) == MB_OUTCOME_OK) {
        snprintf(message, MESSAGE_BYTES, "exited with code %d after its sample%s", end->exit_code, said);
        return MB_OUTCOME_FAILED;
    }
    return MB_OUTCOME_OK;
}

void mb_session_take(mb_session *session, size_t case_index, mb_pass pass, mb_sample *sample, mb_outcome outcome,
                     const char *message)
{
    mb_session_case *item = &session->cases[case_index];
    mb_error error = {0};
    mb_status status;
    if (outcome == MB_OUTCOME_OK)
        status = mb_collector_add(&item->collector, sample, &error);
    else
        status = mb_collector_fail(&item->collector, outcome, message, &error);
    if (status != MB_OK && mb_collector_fail(&item->collector, MB_OUTCOME_FAILED, error.message, &error) != MB_OK)
        session->results[case_index].outcome = MB_OUTCOME_FAILED; /* memory is out: no room for a message either */
    item->finished[pass]++;
    if (session->results[case_index].outcome != MB_OUTCOME_OK)
        item->is_over = true;
}

static void append_to_journal(const job *j, mb_outcome outcome, const char *message)
{
    mb_session *session = j->session;
    mb_error error;
    if (session->journal == NULL)
        return;
    mb_journal_sample line = {
        .case_id = session->results[j->case_index].id,
        .program = session->results[j->case_index].program,
        .pass = j->pass,
        .sample_index = session->cases[j->case_index].finished[j->pass],
        .outcome = outcome,
        .message = *message != '\0' ? message : NULL,
    };
    if (j->sample != NULL && outcome == MB_OUTCOME_OK)
        line.events = mb_sample_text(j->sample, &line.events_length);
    if (mb_journal_append(session->journal, &line, &error) == MB_OK)
        return;
    mb_progress_clear(&session->progress);
    fprintf(stderr, "membench: %s; the run goes on and cannot be resumed\n", error.message);
    mb_journal_close(session->journal);
    session->journal = NULL;
}

/* The session whose progress is shown: of two measured in turns the first. */
static mb_session *leader_of(mb_session *session) { return session->first != NULL ? session->first : session; }

static void show_progress(const job *j)
{
    mb_session *session = j->session, *leader = leader_of(session);
    if (!leader->progress.active)
        return;
    const mb_session_case *item = &session->cases[j->case_index];
    const mb_series *series = &session->results[j->case_index].series[mb_metric_of(
        j->pass == MB_PASS_HEAP ? MB_HEAP_LIVE_BYTES : MB_ANON_DELTA_BYTES, MB_WINDOW_STEADY)];
    char bytes[MB_UNITS_TEXT_MAX], estimate[2 * MB_UNITS_TEXT_MAX];
    if (series->count > 0)
        snprintf(estimate, sizeof estimate, "%s %s", j->pass == MB_PASS_HEAP ? "heap" : "anon",
                 mb_format_bytes(series->values[series->count - 1], bytes));
    mb_progress_view view = {
        .case_id = session->results[j->case_index].id,
        .case_index = j->case_index + 1,
        .case_count = session->case_count,
        .sample_index = item->finished[j->pass],
        .sample_count = item->wanted[j->pass],
        .estimate = series->count > 0 ? estimate : NULL,
        .done_count = leader->sample_done,
        .total_count = leader->sample_total,
        .elapsed_ns = mb_now_ns() - leader->start_ns,
    };
    int width = mb_terminal_width(stderr);
    mb_progress_update(&leader->progress, &view, width, mb_now_ns());
}

static void take_end(void *context, const mb_process_end *end)
{
    job *j = context;
    mb_session *session = j->session;
    mb_session_case *item = &session->cases[j->case_index];
    char message[MESSAGE_BYTES];
    bool was_over = item->is_over && end->kind == MB_END_NOT_STARTED;
    mb_outcome outcome = judge(j, end, message);
    leader_of(session)->sample_done++;
    if (outcome != MB_OUTCOME_NOT_RUN && !was_over && !j->is_discarded) {
        append_to_journal(j, outcome, message);
        mb_session_take(session, j->case_index, j->pass, j->sample, outcome, message);
        if (end->left_children)
            session->results[j->case_index].warning = "it left processes running; they were killed";
        show_progress(j);
    }
    mb_sample_free(j->sample);
    free(j);
}

/* Little memory left for a case that declared a need: it is skipped, with the reason, before it can hurt. */
static bool has_memory_for(mb_session *session, size_t case_index)
{
    mb_session_case *item = &session->cases[case_index];
    mb_machine machine;
    mb_error error;
    char needs[MB_UNITS_TEXT_MAX], free_bytes[MB_UNITS_TEXT_MAX], message[160];
    if (item->needs_bytes == 0)
        return true;
    mb_machine_describe("", &machine);
    int64_t available = machine.memory_available_bytes;
    if (machine.cgroup_limit_bytes >= 0 && (available < 0 || machine.cgroup_limit_bytes < available))
        available = machine.cgroup_limit_bytes;
    if (available < 0 || (uint64_t)available >= item->needs_bytes)
        return true;
    snprintf(message, sizeof message, "it needs %s of memory, %s are free",
             mb_format_bytes((double)item->needs_bytes, needs), mb_format_bytes((double)available, free_bytes));
    if (mb_collector_fail(&item->collector, MB_OUTCOME_SKIPPED, message, &error) != MB_OK)
        session->results[case_index].outcome = MB_OUTCOME_SKIPPED;
    item->is_over = true;
    return false;
}

/* Takes the sample that an interrupted run has left in its journal, if there is one. */
static bool take_stored(mb_session *session, size_t case_index, mb_pass pass)
{
    mb_stored_sample **first = &session->cases[case_index].stored[pass], *stored = *first;
    if (stored == NULL)
        return false;
    *first = stored->next;
    mb_session_take(session, case_index, pass, stored->sample, stored->outcome, stored->message);
    mb_sample_free(stored->sample);
    return true;
}

mb_process_spec mb_session_sample_spec(const mb_session *session)
{
    return (mb_process_spec){
        .data_limit_bytes = session->plan->memory_limit_bytes,
        .thp_on = session->plan->thp,
        .prepare = prepare,
        .on_line = take_line,
        .on_signs = take_signs,
        .on_end = take_end,
    };
}

/* Not below a tool, which gives memory back for itself, nor where status is no exact source. */
static bool traces_peaks(const mb_session *session)
{
    return session->tool == NULL && strcmp(session->run.rss_source, mb_rss_source_name(MB_RSS_STATUS)) == 0;
}

mb_status mb_sample_submit(mb_session *session, size_t case_index, mb_pass pass, bool is_discarded, mb_error *error)
{
    const mb_case_result *result = &session->results[case_index];
    const mb_session_case *item = &session->cases[case_index];
    if (item->is_over || (!is_discarded && take_stored(session, case_index, pass)) ||
        !has_memory_for(session, case_index))
        return MB_OK;
    job *j = calloc(1, sizeof *j);
    if (j == NULL)
        return mb_error_no_memory(error);
    *j = (job){.session = session, .case_index = case_index, .pass = pass, .is_discarded = is_discarded};
    mb_process_spec spec = mb_session_sample_spec(session);
    spec.path = session->programs[result->program].path;
    spec.timeout_ns = time_limit_ns(session, case_index);
    spec.alone = pass == MB_PASS_TIME || (result->flags & MB_CASE_THREADS) || item->needs_bytes > 0;
    spec.needs_folder = true;
    spec.traced = pass == MB_PASS_PAGES && traces_peaks(session);
    spec.context = j;
    mb_status status = mb_runner_submit(session->runner, &spec, error);
    if (status != MB_OK)
        free(j);
    else
        leader_of(session)->sample_total++;
    return status;
}
