/* What a worker finds in its environment, before the variables of its own case. */
#include "heap/function_shapes.h"
#include "readings/provenance.h"
#include "session/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

mb_status mb_session_set_number(mb_session *session, const char *name, int64_t value, mb_error *error)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return mb_environment_set(session->environment, name, text, error);
}

mb_status mb_session_set_environment(mb_session *session, const char *action, mb_error *error)
{
    char entropy[16] = "real";
    if (session->plan->entropy == MB_ENTROPY_FIXED)
        snprintf(entropy, sizeof entropy, "%d", MB_ENTROPY_SEED);
    mb_environment_reset(session->environment);
    mb_status status = mb_environment_set(session->environment, "MEMBENCH_ACTION", action, error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_RSS", session->run.rss_source, error);
    if (status == MB_OK) /* libc opens a file to find out: once here instead of in each worker */
        status = mb_session_set_number(session, "MEMBENCH_CPUS", sysconf(_SC_NPROCESSORS_CONF), error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_HEAP_HOOK", "0000000000000000", error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_ENTROPY", entropy, error);
    if (status == MB_OK && session->plan->heap_functions != NULL) /* the hook alone reads it */
        status =
            mb_environment_set(session->environment, MB_HEAP_FUNCTIONS_VARIABLE, session->plan->heap_functions, error);
    if (status == MB_OK && *mb_proc_root() != '\0')
        status = mb_environment_set(session->environment, "MEMBENCH_ROOT", mb_proc_root(), error);
    if (status == MB_OK && session->plan->modules != NULL)
        status = mb_environment_set(session->environment, "MEMBENCH_WASM", session->plan->modules, error);
    if (status == MB_OK && session->plan->modules != NULL)
        status = mb_environment_set(session->environment, "MEMBENCH_WASM_FILES", session->plan->module_paths, error);
    if (status == MB_OK && session->plan->module_wasi != NULL)
        status = mb_environment_set(session->environment, "MEMBENCH_WASI", session->plan->module_wasi, error);
    const char *allowed = getenv("MEMBENCH_ALLOW_SANITIZER");
    if (status == MB_OK && allowed != NULL)
        status = mb_environment_set(session->environment, "MEMBENCH_ALLOW_SANITIZER", allowed, error);
    return status;
}

mb_status mb_session_set_framework(mb_session *session, size_t program, mb_error *error)
{
    const char *framework = session->programs[program].framework;
    if (framework == NULL)
        return MB_OK;
    mb_status status = mb_environment_set(session->environment, "MEMBENCH_FRAMEWORK", framework, error);
    if (status == MB_OK) /* a tool may come before it */
        status = mb_environment_set(session->environment, "MEMBENCH_PROGRAM", session->programs[program].path, error);
    return status == MB_OK ? mb_session_set_preload(session, session->paths.frameworks, error) : status;
}

static mb_status set_time_pass(mb_session *session, mb_error *error)
{
    const mb_plan *plan = session->plan;
    int64_t sample_ns = (int64_t)plan->measurement_time_ns / MB_TIME_SAMPLES;
    const char *timer = session->paths.timer; /* without one no time is measured, and a plan is the same */
    mb_status status = timer != NULL ? mb_environment_set(session->environment, "MEMBENCH_TIMER", timer, error) : MB_OK;
    if (status == MB_OK)
        status = mb_session_set_number(session, "MEMBENCH_TIME_MIN_NS", sample_ns > 0 ? sample_ns : 1, error);
    if (status == MB_OK)
        status = mb_session_set_number(session, "MEMBENCH_TIME_WARMUP_NS", (int64_t)plan->warm_up_time_ns, error);
    if (status == MB_OK)
        status = mb_session_set_number(session, "MEMBENCH_TIME_REPETITIONS", 1, error);
    return status;
}

mb_status mb_session_set_sample_environment(mb_session *session, mb_pass pass, mb_error *error)
{
    const mb_plan *plan = session->plan;
    mb_status status = mb_session_set_environment(session, "sample", error);
    if (status == MB_OK)
        status = mb_environment_set(session->environment, "MEMBENCH_PASS", mb_pass_name(pass), error);
    if (status == MB_OK) /* --test is over after the first use */
        status = mb_session_set_number(session, "MEMBENCH_WARMUP", plan->test ? -1 : plan->warm_up_iterations, error);
    if (status == MB_OK && plan->iterations > 0)
        status = mb_session_set_number(session, "MEMBENCH_ITERATIONS", (int64_t)plan->iterations, error);
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
