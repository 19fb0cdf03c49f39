#include "session/session_fingerprint.h"

#include "session/pins.h"

#include "base/path.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct building {
    mb_session *session;
    mb_fingerprint made;
    bool is_of_plan; /* of shards on several machines */
    bool is_full;    /* memory is out */
} building;

static void add(building *b, const char *name, const char *value)
{
    if (!mb_fingerprint_add(&b->made, &b->session->arena, name, value != NULL ? value : "", false))
        b->is_full = true;
}

static void add_number(building *b, const char *name, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    add(b, name, digits);
}

/* Our own variables under the names of the options that set them; an unknown one stays what it is. NULL: it differs
 * from sample to sample. */
static const char *friendly_name(const char *name)
{
    static const char *const names[][2] = {
        {"MEMBENCH_CASE", NULL},
        {"MEMBENCH_PASS", NULL},
        {"MEMBENCH_ENTROPY", "--entropy"},
        {"MEMBENCH_HEAP_FUNCTIONS", "--heap-functions"},
        {"MEMBENCH_WARMUP", "--warm-up-iterations"},
        {"MEMBENCH_ITERATIONS", "--iterations"},
        {"MEMBENCH_WASM", "the list of modules and calls"},
        {"MEMBENCH_WASM_FILES", "the modules' paths"},
        {"MEMBENCH_WASI", "what modules get by WASI"},
        {"MEMBENCH_TIME_MIN_NS", "--measurement-time (ns a process)"},
        {"MEMBENCH_TIME_WARMUP_NS", "--warm-up-time (ns)"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], name) == 0)
            return names[i][1];
    return name;
}

/* Where things are on a machine. */
static bool is_place(const char *name)
{
    static const char *const names[] = {"PATH", "HOME", "TMPDIR", "MEMBENCH_TIMER", "MEMBENCH_WASM_FILES"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void add_variable(building *b, const char *variable)
{
    char name[256];
    const char *sign = strchr(variable, '=');
    snprintf(name, sizeof name, "%.*s", (int)(sign - variable), variable);
    const char *shown = friendly_name(name);
    if (shown == NULL || (b->is_of_plan && is_place(name)) || mb_fingerprint_get(&b->made, shown) != NULL)
        return;
    /* What the user passes on by --env may be a password: files keep only its digest. */
    bool is_ours = strncmp(name, "MEMBENCH_", strlen("MEMBENCH_")) == 0;
    bool is_secret = strcmp(name, "MEMBENCH_WASI") == 0 || (!is_ours && !mb_environment_is_usual(variable));
    if (!mb_fingerprint_add(&b->made, &b->session->arena, shown, sign + 1, is_secret))
        b->is_full = true;
}

/* The environment of a sample of each pass that a worker takes, as the runner gives it. */
static mb_status add_environment(building *b, mb_error *error)
{
    mb_session *session = b->session;
    for (mb_pass pass = 0; pass < MB_PASS_WORKER_COUNT; pass++) {
        mb_status status = mb_session_set_sample_environment(session, pass, error);
        if (status != MB_OK)
            return status;
        for (size_t i = 0; mb_environment_at(session->environment, i) != NULL; i++)
            add_variable(b, mb_environment_at(session->environment, i));
    }
    mb_environment_reset(session->environment);
    return MB_OK;
}

static void add_limits(building *b)
{
    const mb_process_spec spec = mb_session_sample_spec(b->session);
    add_number(b, "--memory-limit", spec.data_limit_bytes);
    add(b, "--thp", spec.thp_on ? "on" : "off");
    add(b, "--no-trace", b->session->plan->no_trace ? "on" : "off");
    add(b, "address randomization", spec.aslr_on ? "on" : "off");
    for (size_t i = 0; spec.argv != NULL && spec.argv[i] != NULL; i++) {
        char name[32];
        snprintf(name, sizeof name, "argument %zu", i);
        add(b, name, spec.argv[i]);
    }
}

static void add_programs(building *b)
{
    const mb_run_info *run = &b->session->run;
    for (size_t p = 0; p < run->program_count; p++) {
        const mb_program_info *program = &run->programs[p];
        const char *file = mb_file_name(program->path);
        char name[320];
        snprintf(name, sizeof name, "program %.300s", b->is_of_plan ? file : program->path);
        add(b, name, program->build_id);
        snprintf(name, sizeof name, "allocator of %.300s", file);
        add(b, name, program->allocator);
    }
}

/* All ids as one part: their digest. */
static mb_status add_cases(building *b, mb_error *error)
{
    const mb_session *session = b->session;
    size_t length = 0;
    for (size_t c = 0; c < session->case_count; c++)
        length += strlen(session->results[c].id) + 1;
    char *ids = mb_arena_alloc(&b->session->arena, length + 1), *end = ids;
    if (ids == NULL)
        return mb_error_no_memory(error);
    for (size_t c = 0; c < session->case_count; c++)
        end += sprintf(end, "%s%s", c > 0 ? " " : "", session->results[c].id);
    *end = '\0';
    add_number(b, "the number of cases", session->case_count);
    add(b, "the list of cases", ids);
    return MB_OK;
}

/* All of them as one part, as they are on the command line. */
static void add_filters(building *b)
{
    const mb_filter *filter = b->session->plan->filter;
    size_t length = sizeof "none";
    for (size_t i = 0; mb_filter_option(filter, i) != NULL; i++)
        length += strlen(mb_filter_option(filter, i)) + 1;
    char *text = mb_arena_alloc(&b->session->arena, length), *end = text;
    if (text == NULL) {
        b->is_full = true;
        return;
    }
    strcpy(text, "none");
    for (size_t i = 0; mb_filter_option(filter, i) != NULL; i++)
        end += sprintf(end, "%s%s", i > 0 ? " " : "", mb_filter_option(filter, i));
    add(b, "the filter", text);
}

/* All of them as one part. */
static void add_baselines(building *b)
{
    const mb_plan *plan = b->session->plan;
    char text[(MB_PINS_MAX + 1) * sizeof plan->pins->baseline];
    int used = snprintf(text, sizeof text, "%s", plan->baseline != NULL ? plan->baseline : "not given");
    for (size_t i = 0; i < plan->pins->gate_count; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, " %s", plan->pins->pins[i].name);
    add(b, "--baseline", text);
}

/* What decides how many samples there are of what. */
static void add_extent(building *b)
{
    const mb_plan *plan = b->session->plan;
    add_filters(b);
    for (mb_pass pass = 0; pass < MB_PASS_WORKER_COUNT; pass++) {
        char name[32];
        bool is_measured = plan->passes[pass] && !(plan->no_time && pass == MB_PASS_TIME);
        snprintf(name, sizeof name, "the %s pass", mb_pass_name(pass));
        add(b, name, is_measured ? "measured" : "not measured");
    }
    add(b, "--quick", plan->quick ? "given" : "not given");
    add_number(b, "--sample-size", plan->sample_size);
    add(b, "--save-baseline", plan->save_baseline != NULL ? "given" : "not given");
    add_baselines(b);
}

static mb_status build(building *b, mb_fingerprint *result, mb_error *error)
{
    add(b, "membench", b->session->run.membench_version);
    add_limits(b);
    mb_status status = add_environment(b, error);
    add_programs(b);
    if (status == MB_OK)
        status = add_cases(b, error);
    if (b->is_of_plan)
        add_extent(b);
    if (status == MB_OK && b->is_full)
        status = mb_error_no_memory(error);
    if (status == MB_OK)
        *result = b->made;
    return status;
}

mb_status mb_session_fingerprint(mb_session *session, mb_fingerprint *result, mb_error *error)
{
    building b = {.session = session};
    add_number(&b, "the shard", session->run.shard.index);
    add_number(&b, "the number of shards", session->run.shard.count);
    return build(&b, result, error);
}

mb_status mb_session_plan_fingerprint(mb_session *session, mb_fingerprint *result, mb_error *error)
{
    building b = {.session = session, .is_of_plan = true};
    return build(&b, result, error);
}
