#include "session/sampling.h"

#include "base/units.h"
#include "model/series.h"
#include "readings/provenance.h"
#include "session/sample_job.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Addresses are the process's: see mb_sample_submit_moved. */
static mb_status set_condition(mb_session *session, size_t condition, mb_error *error)
{
    mb_status status = mb_session_set_number(session, "MEMBENCH_MOVE", (int64_t)condition, error);
    if (status == MB_OK && session->plan->entropy == MB_ENTROPY_FIXED)
        status = mb_session_set_number(session, "MEMBENCH_ENTROPY", (int64_t)condition + MB_ENTROPY_SEED, error);
    return status;
}

static mb_status prepare(void *context, mb_process_spec *spec, mb_error *error)
{
    mb_sample_job *j = context;
    mb_session *session = j->session;
    if (session->cases[j->case_index].is_over)
        return mb_error_set(error, MB_ERROR_SYSTEM, "not run: an earlier sample of the case failed");
    j->sample = mb_sample_new(j->pass);
    if (j->sample == NULL)
        return mb_error_no_memory(error);
    mb_status status = mb_session_set_sample_environment(session, j->pass, error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_CASE", session->cases[j->case_index].own_id, error);
    size_t program = session->results[j->case_index].program;
    if (status == MB_OK && session->programs[program].is_inexact)
        status = mb_environment_set(session->environment, "MEMBENCH_RSS_INEXACT", "1", error);
    if (status == MB_OK && j->pass == MB_PASS_HEAP)
        status = mb_session_set_heap_hook(session, j->case_index, error);
    if (status == MB_OK)
        status = mb_session_set_framework(session, program, error);
    if (status == MB_OK && session->programs[program].framework != NULL && j->pass == MB_PASS_HEAP)
        status = mb_environment_set(session->environment, "MEMBENCH_HEAP_BLOCKS", "1", error);
    if (status == MB_OK && session->programs[program].needs_chance)
        status = mb_session_set_preload(session, session->paths.chance, error);
    if (status == MB_OK && j->condition > 0)
        status = set_condition(session, j->condition, error);
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
    mb_sample_job *j = context;
    if (!j->is_spoiled && mb_sample_line(j->sample, line, length, &j->error) != MB_OK)
        j->is_spoiled = true;
    return !j->is_spoiled;
}

static void take_signs(void *context, const char *signs, size_t length)
{
    mb_sample_job *j = context;
    mb_signs_take(&j->signs, signs, length);
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

/* Values under another condition are next to the usual ones, and enter no series. */
static void take_moved(mb_session *session, size_t case_index, const mb_sample *sample, mb_outcome outcome)
{
    mb_session_case *item = &session->cases[case_index];
    mb_case_result *result = &session->results[case_index], moved = {.id = result->id};
    mb_collector collector;
    mb_error error;
    mb_collector_init(&collector, &moved, &session->arena);
    if (outcome != MB_OUTCOME_OK || mb_collector_add(&collector, sample, &error) != MB_OK ||
        moved.outcome != MB_OUTCOME_OK) {
        item->has_failed_moved = true;
        return;
    }
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++)
        if (item->policy->gates[m] && moved.series[m].count > 0 &&
            !mb_series_append(&result->conditions[m], moved.series[m].values[0], &session->arena))
            item->has_failed_moved = true;
}

/* Nothing is kept of it but why it failed. */
static void take_discarded(mb_session *session, mb_session_case *item, const mb_sample *sample, mb_outcome outcome,
                           const char *message)
{
    if (outcome == MB_OUTCOME_OK && mb_sample_outcome(sample) != MB_OUTCOME_OK) {
        message = mb_sample_message(sample);
        outcome = mb_sample_outcome(sample);
    }
    if (outcome == MB_OUTCOME_OK || item->discarded_failure != NULL)
        return;
    mb_error text;
    (void)mb_error_set(&text, MB_ERROR_SYSTEM, "its sample %s: %s",
                       outcome == MB_OUTCOME_SKIPPED ? "was skipped" : "failed",
                       message != NULL ? message : "it gave no reason");
    const char *copy = mb_arena_copy(&session->arena, text.message);
    item->discarded_failure = copy != NULL ? copy : "memory is out";
}

static void append_to_journal(const mb_sample_job *j, mb_outcome outcome, const char *message)
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
    fprintf(stderr, "membench: %s; the run continues, but cannot be resumed\n", error.message);
    mb_journal_close(session->journal);
    session->journal = NULL;
}

/* The session whose progress is shown: of two measured alternately the first. */
static mb_session *leader_of(mb_session *session) { return session->first != NULL ? session->first : session; }

/* When a sample begins: it may take long. */
static void take_start(void *context, int pid)
{
    const mb_sample_job *j = context;
    mb_session *session = j->session, *leader = leader_of(session);
    (void)pid;
    if (!leader->progress.active)
        return;
    const mb_session_case *item = &session->cases[j->case_index];
    size_t index = item->finished[j->pass] + 1, wanted = item->wanted[j->pass];
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
        .sample_index = index < wanted ? index : wanted,
        .sample_count = wanted,
        .estimate = series->count > 0 ? estimate : NULL,
        .done_count = leader->sample_done,
        .total_count = leader->sample_total,
        .elapsed_ns = mb_now_ns() - leader->start_ns,
    };
    mb_progress_update(&leader->progress, &view, mb_now_ns());
}

static void take_end(void *context, const mb_process_end *end)
{
    mb_sample_job *j = context;
    mb_session *session = j->session;
    mb_session_case *item = &session->cases[j->case_index];
    char message[MB_SAMPLE_MESSAGE_BYTES];
    bool was_over = item->is_over && end->kind == MB_END_NOT_STARTED;
    mb_outcome outcome = mb_sample_judge(j, end, message);
    leader_of(session)->sample_done++;
    if (j->is_discarded)
        take_discarded(session, item, j->sample, outcome, message);
    if (outcome != MB_OUTCOME_NOT_RUN && j->condition > 0) {
        take_moved(session, j->case_index, j->sample, outcome);
    } else if (outcome != MB_OUTCOME_NOT_RUN && !was_over && !j->is_discarded) {
        append_to_journal(j, outcome, message);
        mb_session_take(session, j->case_index, j->pass, j->sample, outcome, message);
        if (end->left_children)
            session->results[j->case_index].warning = "it left processes running; they were killed";
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
        .argv = mb_plan_argv(session->plan),
        .data_limit_bytes = session->plan->memory_limit_bytes,
        .thp_on = session->plan->thp,
        .prepare = prepare,
        .on_start = take_start,
        .on_line = take_line,
        .on_signs = take_signs,
        .on_end = take_end,
    };
}

/* Not below a tool, which gives memory back for itself, nor where sizes are asked from outside. */
static bool traces_peaks(const mb_session *session)
{
    return session->tool == NULL && !session->plan->no_trace && !mb_session_reads(session, MB_RSS_PS);
}

static mb_status submit(const mb_sample_job *wanted, mb_error *error)
{
    mb_session *session = wanted->session;
    size_t case_index = wanted->case_index;
    mb_pass pass = wanted->pass;
    const mb_case_result *result = &session->results[case_index];
    const mb_session_case *item = &session->cases[case_index];
    mb_sample_job *j = malloc(sizeof *j);
    if (j == NULL)
        return mb_error_no_memory(error);
    *j = *wanted;
    mb_process_spec spec = mb_session_sample_spec(session);
    spec.path = session->programs[result->program].path;
    spec.timeout_ns = mb_sample_time_limit_ns(session, case_index);
    spec.alone = pass == MB_PASS_TIME || (result->flags & MB_CASE_THREADS) || item->needs_bytes > 0;
    spec.aslr_on = wanted->condition > 0;
    spec.needs_folder = true;
    spec.traced = pass == MB_PASS_PAGES && traces_peaks(session);
    spec.counts_pages = !mb_session_reads(session, MB_RSS_STATUS);
    spec.context = j;
    mb_status status = mb_runner_submit(session->runner, &spec, error);
    if (status != MB_OK)
        free(j);
    else
        leader_of(session)->sample_total++;
    return status;
}

mb_status mb_sample_submit(mb_session *session, size_t case_index, mb_pass pass, bool is_discarded, mb_error *error)
{
    if (session->cases[case_index].is_over || (!is_discarded && take_stored(session, case_index, pass)) ||
        !has_memory_for(session, case_index))
        return MB_OK;
    mb_sample_job wanted = {.session = session, .case_index = case_index, .pass = pass, .is_discarded = is_discarded};
    return submit(&wanted, error);
}

mb_status mb_sample_submit_moved(mb_session *session, size_t case_index, mb_pass pass, size_t condition,
                                 mb_error *error)
{
    if (session->cases[case_index].is_over || !has_memory_for(session, case_index))
        return MB_OK;
    mb_sample_job wanted = {.session = session, .case_index = case_index, .pass = pass, .condition = condition};
    return submit(&wanted, error);
}
