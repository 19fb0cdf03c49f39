#include "base/path.h"
#include "base/similar.h"
#include "base/units.h"
#include "process/framework.h"
#include "readings/provenance.h"
#include "session/policy.h"
#include "session/session.h"
#include "store/id_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct asking { /* one program being asked for its cases */
    mb_session *session;
    size_t program;
    mb_listing listing;
    mb_status status;
    mb_error error;
} asking;

enum { LISTED_BYTES = 200 };

static mb_status prepare_asking(void *context, mb_process_spec *spec, mb_error *error)
{
    asking *ask = context;
    mb_session *session = ask->session;
    mb_status status = mb_session_set_environment(session, "list", error);
    if (status == MB_OK)
        status = mb_session_set_framework(session, ask->program, error);
    if (status != MB_OK)
        return status;
    return mb_environment_seal(session->environment, spec->path, spec->argv, &spec->environment, error);
}

/* When a program begins to answer: what it does before may take long. */
static void take_start(void *context, pid_t pid)
{
    const asking *ask = context;
    mb_session *session = ask->session;
    char listing[MB_PROGRESS_LINE_BYTES_MAX / 4];
    (void)pid;
    if (!session->progress.active)
        return;
    snprintf(listing, sizeof listing, "listing %s", mb_file_name(session->programs[ask->program].path));
    mb_progress_view view = {.case_id = listing,
                             .case_index = ask->program + 1,
                             .case_count = session->run.program_count,
                             .done_count = ask->program,
                             .total_count = session->run.program_count,
                             .elapsed_ns = mb_now_ns() - session->start_ns};
    mb_progress_update(&session->progress, &view, mb_now_ns());
}

static bool take_line(void *context, const char *line, size_t length)
{
    asking *ask = context;
    if (ask->status == MB_OK)
        ask->status = mb_listing_line(&ask->listing, line, length, &ask->error);
    return ask->status == MB_OK;
}

static mb_status fail_listing(asking *ask, const char *what)
{
    const char *path = ask->session->programs[ask->program].path;
    return mb_error_set(&ask->error, MB_ERROR_SYSTEM,
                        "%s: cannot list its cases: it %s; is it a bench program (docs/protocol.md)?", path, what);
}

static void take_end(void *context, const mb_process_end *end)
{
    asking *ask = context;
    char what[256];
    if (end->kind == MB_END_NOT_STARTED) {
        ask->status = mb_error_set(&ask->error, MB_ERROR_SYSTEM, "%s", end->message);
    } else if (end->stopped || end->kind == MB_END_CANCELLED) {
        ask->status = mb_error_set(&ask->error, MB_ERROR_SYSTEM, "interrupted");
    } else if (end->timed_out) {
        ask->status = fail_listing(ask, "timed out");
    } else if (end->fault != MB_EVENT_FINE && end->fault != MB_EVENT_REFUSED) {
        ask->status = fail_listing(ask, mb_event_fault_text(end->fault));
    } else if (end->kind == MB_END_SIGNALED && ask->status == MB_OK) {
        snprintf(what, sizeof what, "was killed by signal %d (%s)", end->signal_number, strsignal(end->signal_number));
        ask->status = fail_listing(ask, what);
    } else if (ask->listing.has_refused) {
        mb_error why = ask->error;
        mb_error_set(&ask->error, MB_ERROR_SYSTEM, "%s: %s", ask->session->programs[ask->program].path, why.message);
    } else if (ask->status != MB_OK) {
        snprintf(what, sizeof what, "gave an invalid answer (%.200s)", ask->error.message);
        fail_listing(ask, what);
    } else if (ask->listing.line_count == 0) {
        fail_listing(ask, "wrote nothing");
        ask->status = MB_FAILED;
    } else {
        ask->status = mb_listing_finish(&ask->listing, &ask->error);
        if (ask->status != MB_OK) {
            snprintf(what, sizeof what, "gave an invalid answer (%.200s)", ask->error.message);
            fail_listing(ask, what);
        }
    }
}

static const char *hook_obstacle(const mb_session *session, const mb_session_program *program)
{
    if (session->paths.heap_hook == NULL)
        return "libmembench_heap.so was not found next to membench";
    if (strpbrk(session->paths.heap_hook, " :") != NULL)
        return "the path of libmembench_heap.so has a space or colon in it, which LD_PRELOAD cannot take";
    switch (program->file.kind) {
    case MB_PROGRAM_DYNAMIC_GLIBC:
    case MB_PROGRAM_SCRIPT:
        return NULL;
    case MB_PROGRAM_DYNAMIC_MUSL:
        return "the heap hook is made for glibc, the program uses musl";
    case MB_PROGRAM_STATIC:
        return "a static program cannot be given a heap hook; link libmembench_heap_static.a into it";
    case MB_PROGRAM_DYNAMIC_OTHER:
    case MB_PROGRAM_OTHER:
    case MB_PROGRAM_KIND_COUNT:
        break;
    }
    return "the program's kind is unknown, so nothing can be preloaded into it";
}

static bool can_preload(const mb_session_program *program, const char *library)
{
    bool is_loaded = program->file.kind == MB_PROGRAM_DYNAMIC_GLIBC || program->file.kind == MB_PROGRAM_SCRIPT;
    return is_loaded && strpbrk(library, " :") == NULL;
}

/* Whether the program is one of another framework, and can be made to answer. */
static mb_status find_framework(const mb_session *session, mb_session_program *program, mb_error *error)
{
    const char *framework = mb_program_framework(program->path), *why_not = NULL;
    if (framework == NULL || strcmp(framework, MB_FRAMEWORK_OWN) == 0)
        return MB_OK;
    if (program->file.kind != MB_PROGRAM_DYNAMIC_GLIBC)
        why_not = "nothing can be preloaded into it: it has to be linked dynamically, with glibc";
    else if (session->paths.frameworks == NULL)
        why_not = "libmembench_frameworks.so was not found next to membench";
    else if (strpbrk(session->paths.frameworks, " :") != NULL)
        why_not = "the path of libmembench_frameworks.so has a space or colon in it, which LD_PRELOAD cannot take";
    if (why_not != NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: a program of %s, and %s", program->path,
                            mb_framework_title(framework), why_not);
    program->framework = framework;
    return MB_OK;
}

static const char *or_unknown(const char *text) { return text != NULL ? text : "unknown"; }

/* Asks all programs at once; each answer lives in the session's arena. */
static mb_status ask_all(mb_session *session, asking *asked, mb_error *error)
{
    for (size_t p = 0; p < session->run.program_count; p++) {
        mb_session_program *program = &session->programs[p];
        mb_status status = mb_program_inspect(program->path, &program->file, error);
        if (status != MB_OK)
            return status;
        program->hook_obstacle = hook_obstacle(session, program);
        status = find_framework(session, program, error);
        if (status != MB_OK)
            return status;
        asked[p] = (asking){.session = session, .program = p};
        mb_listing_init(&asked[p].listing, &session->arena);
        mb_process_spec spec = {
            .path = program->path,
            .argv = mb_plan_argv(session->plan),
            .timeout_ns = session->plan->timeout_ns,
            .thp_on = session->plan->thp,
            .context = &asked[p],
            .prepare = prepare_asking,
            .on_start = take_start,
            .on_line = take_line,
            .on_end = take_end,
        };
        status = mb_runner_submit(session->runner, &spec, error);
        if (status != MB_OK)
            return status;
    }
    session->signal_number = mb_runner_drain(session->runner);
    mb_progress_clear(&session->progress);
    for (size_t p = 0; p < session->run.program_count; p++)
        if (asked[p].status != MB_OK) {
            *error = asked[p].error;
            return MB_FAILED;
        }
    return MB_OK;
}

static mb_status describe_program(mb_session *session, const asking *ask, mb_error *error)
{
    mb_session_program *program = &session->programs[ask->program];
    const mb_hello *hello = &ask->listing.hello;
    if (hello->allocator != NULL && strcmp(hello->allocator, MB_ALLOCATOR_SANITIZER) == 0)
        program->hook_obstacle = "the program is built with a sanitizer, which counts malloc for itself";
    /* Without libmembench.a, which says so: what can be preloaded with the hook can be with this, too. */
    program->needs_chance = hello->entropy == NULL && session->plan->entropy == MB_ENTROPY_FIXED &&
                            session->paths.chance != NULL && can_preload(program, session->paths.chance);
    program->is_inexact = hello->rss != NULL && strcmp(hello->rss, "inexact") == 0;
    if (program->framework != NULL && hello->framework != NULL)
        program->framework = hello->framework; /* with its version, as far as samples have to know it */
    bool counts =
        program->framework != NULL && strncmp(program->framework, "google_benchmark", strlen("google_benchmark")) == 0;
    const char *called_with = mb_plan_called_with(session->plan, counts, &session->arena);
    const char *entropy = program->needs_chance ? "fixed" : "real";
    char *build_id = mb_arena_copy(&session->arena, program->file.build_id);
    if (build_id == NULL || called_with == NULL)
        return mb_error_no_memory(error);
    session->run.programs[ask->program] = (mb_program_info){
        .path = program->path,
        .build_id = build_id,
        /* A module that is given is a part of the program, and not in it. */
        .libraries = session->plan->modules == NULL ? hello->libraries : NULL,
        .libc = or_unknown(hello->libc),
        .allocator = or_unknown(hello->allocator),
        .aslr = or_unknown(hello->aslr),
        .thp = or_unknown(hello->thp),
        .entropy = hello->entropy != NULL ? hello->entropy : entropy,
        .called_with = *called_with != '\0' ? called_with : NULL,
    };
    return MB_OK;
}

/* "prefix_ids": the case is PROGRAM/ID, in the group PROGRAM/GROUP. */
static mb_status prefix(mb_session *session, size_t program, mb_case_result *result, mb_error *error)
{
    char id[2 * MB_ID_BYTES_MAX], group[2 * MB_ID_BYTES_MAX];
    const char *name = mb_file_name(session->programs[program].path);
    int length = snprintf(id, sizeof id, "%s/%s", name, result->id);
    snprintf(group, sizeof group, "%s/%s", name, result->group);
    if (length >= MB_ID_BYTES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "%.200s: with its name in front, %.100s is too long for a case's id",
                            name, result->id);
    result->id = mb_arena_copy(&session->arena, id);
    result->group = mb_arena_copy(&session->arena, group);
    return result->id != NULL && result->group != NULL ? MB_OK : mb_error_no_memory(error);
}

/* Takes the cases that pass the filter. */
static mb_status take_cases(mb_session *session, asking *ask, mb_error *error)
{
    for (size_t c = 0; c < ask->listing.case_count; c++) {
        mb_listed_case *listed = &ask->listing.cases[c];
        const char *own_id = listed->result.id;
        if (session->plan->prefixes_ids && prefix(session, ask->program, &listed->result, error) != MB_OK)
            return MB_FAILED;
        const mb_gate_policy *policy = mb_policy_of(session->plan, listed->result.id); /* of all: see check_used */
        if (policy == NULL)
            return mb_error_no_memory(error);
        session->listed_count++;
        bool is_wanted;
        if (mb_filter_match(session->plan->filter, listed->result.id, &is_wanted, error) != MB_OK)
            return MB_FAILED;
        if (!is_wanted)
            continue;
        mb_case_result *result = &session->results[session->case_count];
        mb_session_case *item = &session->cases[session->case_count];
        *result = listed->result;
        result->program = ask->program;
        *item = (mb_session_case){.own_id = own_id,
                                  .summary = listed->summary,
                                  .policy = policy,
                                  .needs_bytes = listed->needs_bytes,
                                  .cost_ns = listed->cost_ns};
        mb_collector_init(&item->collector, result, &session->arena);
        session->case_count++;
    }
    return MB_OK;
}

/* Two programs must not have a case of the same id. */
static mb_status check_ids(const mb_session *session, mb_error *error)
{
    mb_id_index ids = {0};
    bool has_memory = true;
    for (size_t i = 0; i < session->case_count && has_memory; i++)
        has_memory = mb_id_index_append(&ids, session->results[i].id, i);
    const mb_id_entry *twice = has_memory ? mb_id_index_sort(&ids) : NULL;
    mb_status status = has_memory ? MB_OK : mb_error_no_memory(error);
    if (twice != NULL) {
        const mb_case_result *first = &session->results[twice[-1].value], *second = &session->results[twice->value];
        status = mb_error_set(
            error, MB_ERROR_USAGE, "two programs have a case %s: %s and %s%s", first->id,
            session->programs[first->program].path, session->programs[second->program].path,
            session->plan->prefixes_ids ? "" : " (\"prefix_ids\" in " MB_PROJECT_FILE " tells them apart)");
    }
    mb_id_index_fini(&ids);
    return status;
}

static mb_status take_answers(mb_session *session, asking *asked, mb_error *error)
{
    size_t total = 0;
    for (size_t p = 0; p < session->run.program_count; p++)
        total += asked[p].listing.case_count;
    session->results = mb_arena_alloc(&session->arena, (total + 1) * sizeof *session->results);
    session->cases = mb_arena_alloc(&session->arena, (total + 1) * sizeof *session->cases);
    if (session->results == NULL || session->cases == NULL)
        return mb_error_no_memory(error);
    for (size_t p = 0; p < session->run.program_count; p++) {
        mb_status status = describe_program(session, &asked[p], error);
        if (status == MB_OK)
            status = take_cases(session, &asked[p], error);
        if (status != MB_OK)
            return status;
    }
    return check_ids(session, error);
}

/* What the first expression or id was that something had to match, without its option; "" when there is none. */
static const char *first_wanted(const mb_filter *filter)
{
    const char *option, *value;
    for (size_t i = 0; (option = mb_filter_option(filter, i)) != NULL; i++) {
        value = strchr(option, '=') + 1;
        if (strncmp(option, "--exact=", strlen("--exact=")) == 0 || *value != '-')
            return value;
    }
    return "";
}

/* "there are 4: queue/10, queue/100, …": as many as fit. */
static void name_listed(const mb_session *session, const asking *asked, char text[LISTED_BYTES])
{
    size_t used = (size_t)snprintf(text, LISTED_BYTES, "there %s %zu:", session->listed_count == 1 ? "is" : "are",
                                   session->listed_count);
    for (size_t p = 0, named = 0; p < session->run.program_count; p++)
        for (size_t c = 0; c < asked[p].listing.case_count; c++, named++) {
            const char *id = asked[p].listing.cases[c].result.id;
            if (used + strlen(id) + sizeof ", …" >= LISTED_BYTES) {
                snprintf(text + used, LISTED_BYTES - used, "%s …", named > 0 ? "," : "");
                return;
            }
            used += (size_t)snprintf(text + used, LISTED_BYTES - used, "%s %s", named > 0 ? "," : "", id);
        }
}

/* Says what no case matched, and what exists that looks much like it: an id, a group, or a command. */
static mb_status fail_unmatched(const mb_session *session, const asking *asked, mb_error *error)
{
    const char *wanted = first_wanted(session->plan->filter), *hint = session->plan->unmatched_hint;
    char phrase[MB_SIMILAR_TEXT_MAX], quoted[MB_SIMILAR_WORD_MAX + 4] = "", listed[LISTED_BYTES];
    mb_similar similar;
    mb_similar_begin(&similar, wanted, strlen(wanted));
    for (size_t p = 0; p < session->run.program_count; p++)
        for (size_t c = 0; c < asked[p].listing.case_count; c++) {
            mb_similar_offer(&similar, asked[p].listing.cases[c].result.id);
            mb_similar_offer(&similar, asked[p].listing.cases[c].result.group);
        }
    if (*wanted != '\0')
        snprintf(quoted, sizeof quoted, " \"%.200s\"", wanted);
    mb_similar_phrase(&similar, phrase);
    const char *meant = phrase[0] == '\0' && hint != NULL ? hint : phrase;
    if (session->plan->call != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "no case matches%s%s (%s --list shows all %zu)", quoted, meant,
                            session->plan->call, session->listed_count);
    name_listed(session, asked, listed);
    return mb_error_set(error, MB_ERROR_USAGE, "no case matches%s%s (%s)", quoted, meant, listed);
}

mb_status mb_session_discover(mb_session *session, mb_error *error)
{
    const char *const *paths;
    mb_status status = mb_programs_find(session->plan, &session->arena, &paths, &session->run.program_count, error);
    if (status != MB_OK)
        return status;
    size_t count = session->run.program_count;
    session->programs = mb_arena_alloc(&session->arena, count * sizeof *session->programs);
    session->run.programs = mb_arena_alloc(&session->arena, count * sizeof *session->run.programs);
    asking *asked = mb_arena_alloc(&session->arena, count * sizeof *asked);
    if (session->programs == NULL || session->run.programs == NULL || asked == NULL)
        return mb_error_no_memory(error);
    for (size_t p = 0; p < count; p++)
        session->programs[p].path = paths[p];
    status = ask_all(session, asked, error);
    if (status == MB_OK)
        status = take_answers(session, asked, error);
    if (status != MB_OK)
        return status;
    status = session->plan->is_project_whole ? mb_policies_check_used(session->plan, error) : MB_OK;
    if (status != MB_OK)
        return status;
    if (session->case_count == 0 && session->listed_count > 0)
        return fail_unmatched(session, asked, error);
    if (session->case_count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "the bench programs have no cases");
    return MB_OK;
}
