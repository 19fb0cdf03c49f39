#include "session/session.h"

#include "base/clock.h"
#include "model/shuffle.h"
#include "readings/calibrate.h"
#include "readings/provenance.h"
#include "session/modules.h"
#include "session/pins.h"
#include "session/turns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { FIRST_SAMPLES = 3, BASELINE_SAMPLES = 20, VARYING_SAMPLES = 10 };

/* Now, in ISO 8601 with the zone's offset. */
static char *format_date(mb_arena *arena)
{
    char text[40];
    time_t now = time(NULL);
    struct tm local;
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &local));
    if (length > 2) { /* +0100 → +01:00, as ISO 8601's extended form has it */
        memmove(text + length - 1, text + length - 2, 3);
        text[length - 2] = ':';
    }
    return mb_arena_copy(arena, text);
}

/* What may change memory and is not in the results otherwise. */
static mb_status take_settings(mb_session *session, const mb_calibration *calibration, const mb_machine *machine,
                               mb_error *error)
{
    static const char *const exact_names[] = {"GLIBC_TUNABLES", "LD_PRELOAD", "LD_LIBRARY_PATH"};
    enum { SETTINGS_MAX = 32 };
    mb_setting *settings = mb_arena_alloc(&session->arena, SETTINGS_MAX * sizeof *settings);
    if (settings == NULL)
        return mb_error_no_memory(error);
    size_t count = 0;
    char limit[32];
    settings[count++] = (mb_setting){"rss_calibration", mb_arena_copy(&session->arena, calibration->summary)};
    settings[count++] = (mb_setting){"thp_mode", mb_arena_copy(&session->arena, machine->thp)};
    settings[count++] = (mb_setting){"aslr_can_be_disabled", mb_aslr_can_be_disabled() ? "yes" : "no"};
    if (machine->cgroup_limit_bytes >= 0) {
        snprintf(limit, sizeof limit, "%lld", (long long)machine->cgroup_limit_bytes);
        settings[count++] = (mb_setting){"cgroup_limit_bytes", mb_arena_copy(&session->arena, limit)};
    }
    for (char **variable = environ; *variable != NULL && count < SETTINGS_MAX; variable++) {
        char *sign = strchr(*variable, '=');
        bool wanted = strncmp(*variable, "MALLOC_", 7) == 0;
        for (size_t i = 0; sign != NULL && i < sizeof exact_names / sizeof exact_names[0]; i++)
            wanted |= strlen(exact_names[i]) == (size_t)(sign - *variable) &&
                      strncmp(*variable, exact_names[i], (size_t)(sign - *variable)) == 0;
        if (sign == NULL || !wanted)
            continue;
        settings[count++] = (mb_setting){mb_arena_copy_length(&session->arena, *variable, (size_t)(sign - *variable)),
                                         mb_arena_copy(&session->arena, sign + 1)};
    }
    for (size_t i = 0; i < count; i++)
        if (settings[i].name == NULL || settings[i].value == NULL)
            return mb_error_no_memory(error);
    session->run.settings = settings;
    session->run.setting_count = count;
    return MB_OK;
}

mb_status mb_session_describe(mb_session *session, mb_error *error)
{
    mb_calibration calibration;
    mb_machine machine;
    mb_calibrate(mb_proc_root(), &calibration);
    mb_machine_describe("", &machine);
    const mb_plan *plan = session->plan;
    uint64_t seed = plan->seed;
    if (!plan->seed_given) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        uint64_t state = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + (uint64_t)getpid();
        seed = mb_random_next(&state);
    }
    mb_run_info *run = &session->run;
    *run = (mb_run_info){
        .membench_version = MB_VERSION,
        .date = format_date(&session->arena),
        .host_name = mb_arena_copy(&session->arena, machine.host_name),
        .kernel = mb_arena_copy(&session->arena, machine.kernel),
        .architecture = mb_arena_copy(&session->arena, machine.architecture),
        .executable = session->paths.executable,
        .cpu_count = machine.cpu_count,
        .page_bytes = machine.page_bytes,
        .rss_source = mb_rss_source_name(calibration.rss_source),
        .seed = seed,
    };
    if (session->first != NULL) { /* measured alternately is measured alike */
        run->date = session->first->run.date;
        run->rss_source = session->first->run.rss_source;
        run->seed = session->first->run.seed;
    }
    if (run->date == NULL || run->host_name == NULL || run->kernel == NULL || run->architecture == NULL)
        return mb_error_no_memory(error);
    return take_settings(session, &calibration, &machine, error);
}

bool mb_session_reads(const mb_session *session, mb_rss_source source)
{
    return strcmp(session->run.rss_source, mb_rss_source_name(source)) == 0;
}

static mb_status open_runner(mb_session *session, mb_error *error)
{
    const mb_plan *plan = session->plan;
    if (session->first != NULL) {
        session->runner = session->first->runner;
        return MB_OK;
    }
    long cpu_count = sysconf(_SC_NPROCESSORS_ONLN);
    size_t job_count = plan->job_count > 0 ? plan->job_count : cpu_count > 0 ? (size_t)cpu_count : 1;
    return mb_runner_new(job_count < MB_JOBS_MAX ? job_count : MB_JOBS_MAX, &session->runner, error);
}

static mb_status open_session(mb_session *session, mb_error *error)
{
    const mb_plan *plan = session->plan;
    session->start_ns = mb_now_ns();
    mb_progress_start(&session->progress, session->plan->is_quiet);
    mb_cgroup_read(mb_cgroup_root(), &session->cgroup);
    mb_status status = mb_modules_check(plan, error);
    if (status == MB_OK)
        status = mb_paths_find(&session->arena, &session->paths, error);
    if (status == MB_OK)
        status = mb_session_describe(session, error);
    if (status == MB_OK)
        status = open_runner(session, error);
    if (status == MB_OK) {
        session->environment = mb_environment_new(environ, plan->variables, plan->variable_count);
        if (session->environment == NULL)
            status = mb_error_no_memory(error);
    }
    if (status == MB_OK)
        status = mb_session_discover(session, error);
    if (status != MB_OK) {
        int signal_number = session->signal_number;
        mb_session_close(session);
        session->signal_number = signal_number; /* the caller's exit code */
    }
    return status;
}

mb_status mb_session_open(mb_session *session, const mb_plan *plan, mb_error *error)
{
    *session = (mb_session){.plan = plan};
    return open_session(session, error);
}

mb_status mb_session_open_beside(mb_session *session, mb_session *first, const mb_plan *plan, mb_error *error)
{
    *session = (mb_session){.plan = plan, .first = first};
    return open_session(session, error);
}

/* What of a journal nobody asked for. */
static void drop_stored(mb_session *session)
{
    for (size_t c = 0; c < session->case_count; c++)
        for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
            for (mb_stored_sample *stored = session->cases[c].stored[pass]; stored != NULL; stored = stored->next)
                mb_sample_free(stored->sample);
}

void mb_session_close(mb_session *session)
{
    drop_stored(session);
    mb_progress_clear(&session->progress);
    if (session->first == NULL)
        mb_runner_free(session->runner);
    mb_environment_free(session->environment);
    mb_journal_close(session->journal);
    mb_arena_fini(&session->arena);
    *session = (mb_session){0};
}

/* Of a case that costs seconds fewer samples are taken, unless somebody said how many: what budget_ns pays for. */
static size_t affordable(const mb_session *session, size_t case_index, size_t by_default)
{
    static const uint64_t budget_ns = UINT64_C(6000000000); /* of one case and pass */
    uint64_t cost_ns = session->cases[case_index].cost_ns;
    if (cost_ns == 0 || session->plan->sample_size > 0 || session->plan->save_baseline != NULL)
        return by_default;
    uint64_t count = budget_ns / cost_ns;
    return count >= by_default ? by_default : count > 0 ? (size_t)count : 1;
}

/* Samples a case takes before anything is known of it. */
static size_t first_samples(const mb_session *session, size_t case_index, mb_pass pass)
{
    const mb_plan *plan = session->plan;
    const mb_session_case *item = &session->cases[case_index];
    if (!plan->passes[pass] || pass == MB_PASS_EXEC || (plan->no_time && pass == MB_PASS_TIME))
        return 0;
    if (plan->test)
        return pass == MB_PASS_PAGES ? 1 : 0;
    if (pass == MB_PASS_TIME)
        return plan->quick ? 1 : MB_TIME_SAMPLES;
    if (plan->sample_size > 0)
        return plan->sample_size;
    if (plan->save_baseline != NULL)
        return BASELINE_SAMPLES;
    if (plan->quick)
        return MB_QUICK_SAMPLES;
    return item->has_baseline ? mb_compare_samples_to_pass(&item->baseline, session->baseline_run,
                                                           &session->results[case_index], &session->run)
                              : FIRST_SAMPLES;
}

/* The pass's gating metrics vary. */
static bool is_varying(const mb_session *session, size_t case_index, mb_pass pass)
{
    const mb_gate_policy *policy = session->cases[case_index].policy;
    for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
        const mb_series *series = &session->results[case_index].series[m];
        bool is_judged = !policy->is_advisory && (policy->gates[m] || policy->has_budget[m]);
        if (mb_metric_info(m)->pass == pass && is_judged && session->plan->metrics[m] && series->count > 0 &&
            !mb_series_is_exact(series))
            return true;
    }
    return false;
}

/* Raises what is wanted to what the comparison with the baseline asks for. */
static void want_for_baseline(mb_session *session, const mb_comparison *comparisons, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const mb_comparison *comparison = &comparisons[i];
        mb_session_case *item = &session->cases[comparison->case_index];
        mb_pass pass = mb_metric_info(comparison->metric)->pass;
        size_t wanted = comparison->samples_wanted;
        if (session->plan->sample_size == 0 && comparison->gates && session->plan->metrics[comparison->metric] &&
            wanted > item->wanted[pass] && item->wanted[pass] > 0)
            item->wanted[pass] = wanted;
        else if (comparison->gates && session->plan->metrics[comparison->metric] && comparison->conditions != NULL &&
                 comparison->conditions->wanted > item->conditions_wanted[pass])
            item->conditions_wanted[pass] = comparison->conditions->wanted;
    }
}

/* A baseline keeps samples under other conditions, too, so that what will grow next to it can be distinguished from
 * what moves.
 */
static void want_for_others(mb_session *session)
{
    for (size_t c = 0; c < session->case_count; c++)
        for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
            mb_session_case *item = &session->cases[c];
            mb_pass pass = mb_metric_info(m)->pass;
            if (pass < MB_PASS_TIME && item->policy->gates[m] && session->plan->metrics[m] &&
                mb_series_is_exact(&session->results[c].series[m]) && item->conditions_wanted[pass] == 0)
                item->conditions_wanted[pass] = MB_CONDITIONS_FIRST;
        }
}

static mb_status compare_all(mb_session *session, mb_error *error)
{
    size_t capacity = session->case_count * MB_METRIC_COUNT * (1 + session->plan->pins->gate_count);
    mb_comparison *comparisons = malloc(capacity * sizeof *comparisons);
    size_t *scratch = malloc(capacity * sizeof *scratch);
    size_t count = 0;
    mb_arena arena = {0};
    mb_status status = comparisons != NULL && scratch != NULL ? MB_OK : mb_error_no_memory(error);
    for (size_t c = 0; status == MB_OK && c < session->case_count; c++) {
        const mb_session_case *item = &session->cases[c];
        if (item->has_baseline && !item->is_over)
            count += mb_compare_case(&item->baseline, session->baseline_run, &session->results[c], &session->run,
                                     item->policy, c, &arena, comparisons + count);
    }
    for (size_t c = 0; status == MB_OK && c < session->case_count; c++)
        for (size_t p = 0; !session->cases[c].is_over && p < session->plan->pins->gate_count; p++)
            count += mb_session_compare_pinned(session, c, p, &arena, comparisons + count);
    if (status == MB_OK) {
        mb_compare_settle(comparisons, count, &session->plan->policy, scratch);
        want_for_baseline(session, comparisons, count);
    }
    free(comparisons);
    free(scratch);
    mb_arena_fini(&arena);
    return status;
}

/* Sets how many samples are wanted after a round; *is_enough when there are enough of everything. */
static mb_status plan_round(mb_session *session, const mb_turn *turns, bool *is_enough, mb_error *error)
{
    const mb_plan *plan = session->plan;
    if (session->round > 0 && !plan->test && !plan->quick) {
        for (size_t c = 0; c < session->case_count; c++)
            for (mb_pass pass = 0; pass < MB_PASS_TIME; pass++) {
                size_t *wanted = &session->cases[c].wanted[pass];
                size_t more = affordable(session, c, VARYING_SAMPLES);
                if (plan->sample_size == 0 && *wanted > 0 && *wanted < more && is_varying(session, c, pass))
                    *wanted = more;
            }
        mb_status status = session->baseline_run != NULL ? compare_all(session, error) : MB_OK;
        if (status != MB_OK)
            return status;
    }
    *is_enough = !mb_turns_want_more(turns, session->case_count);
    if (*is_enough && session->round > 0 && plan->save_baseline != NULL) {
        want_for_others(session);
        *is_enough = !mb_turns_want_more(turns, session->case_count);
    }
    return MB_OK;
}

static mb_status take_baseline(mb_session *session, const mb_case_source *baseline, mb_error *error)
{
    session->baseline_run = baseline->run;
    for (size_t c = 0; c < session->case_count; c++) {
        size_t index;
        mb_session_case *item = &session->cases[c];
        if (!mb_map_find(&session->plan->map, baseline, session->results[c].id, &index))
            continue;
        mb_status status = baseline->read(baseline->context, index, &session->arena, &item->baseline, error);
        if (status != MB_OK)
            return status;
        item->has_baseline = true;
    }
    return MB_OK;
}

mb_status mb_session_settle(mb_session *session, mb_error *error)
{
    for (size_t c = 0; c < session->case_count; c++) {
        mb_case_result *result = &session->results[c];
        mb_status status = mb_collector_settle(&session->cases[c].collector, error);
        if (status != MB_OK)
            return status;
        const mb_session_case *item = &session->cases[c];
        for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
            if (result->outcome == MB_OUTCOME_OK && item->finished[pass] < item->wanted[pass])
                result->outcome = MB_OUTCOME_NOT_RUN;
        if (result->outcome == MB_OUTCOME_NOT_RUN && result->message == NULL)
            result->message = session->journal != NULL
                                  ? "interrupted before all its samples were taken; membench --resume continues"
                                  : "interrupted before all its samples were taken";
        const char *obstacle = session->programs[result->program].hook_obstacle;
        for (mb_metric m = 0; m < MB_METRIC_COUNT; m++) {
            if (result->series[m].count > 0)
                continue;
            if (mb_metric_info(m)->pass == MB_PASS_HEAP && obstacle != NULL)
                result->missing[m] = obstacle;
            if (mb_metric_is_of_worker(m) && mb_metric_info(m)->pass == MB_PASS_TIME && session->paths.timer == NULL &&
                !session->plan->no_time)
                result->missing[m] = "membench was built without Google Benchmark (Debian: libbenchmark-dev)";
        }
    }
    return mb_session_name_mechanisms(session, error);
}

mb_status mb_session_measure(mb_session *session, const mb_case_source *baseline, mb_error *error)
{
    mb_status status = baseline != NULL ? take_baseline(session, baseline, error) : MB_OK;
    if (status == MB_OK)
        status = mb_session_take_pins(session, error);
    for (size_t c = 0; c < session->case_count; c++)
        for (mb_pass pass = 0; pass < MB_PASS_COUNT; pass++)
            session->cases[c].wanted[pass] = pass == MB_PASS_TIME && session->paths.timer == NULL
                                                 ? 0
                                                 : affordable(session, c, first_samples(session, c, pass));
    if (status == MB_OK)
        status = mb_session_open_journal(session, error);
    session->start_ns = mb_now_ns();
    if (status == MB_OK && !session->plan->test)
        status = mb_session_warm_up(session, error);
    bool is_enough = false;
    mb_turn *turns = mb_arena_alloc(&session->arena, session->case_count * sizeof *turns);
    if (status == MB_OK && turns == NULL)
        status = mb_error_no_memory(error);
    for (size_t c = 0; status == MB_OK && c < session->case_count; c++)
        turns[c] = (mb_turn){.sessions = {session}, .case_indices = {c}, .side_count = 1};
    while (status == MB_OK && session->signal_number == 0) {
        status = plan_round(session, turns, &is_enough, error);
        if (status != MB_OK || is_enough)
            break;
        status = mb_turns_submit(turns, session->case_count, error);
        mb_session_drain(session);
    }
    mb_progress_clear(&session->progress);
    session->run.complete = is_enough && status == MB_OK;
    return status == MB_OK ? mb_session_settle(session, error) : status;
}
