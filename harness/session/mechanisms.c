/* mechanisms.c: what observed each program, as its results say it: from what was measured, not from what was planned.
 */
#include "session/session.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 256 };

static void append(char text[TEXT_BYTES], const char *mechanism)
{
    size_t used = strlen(text);
    snprintf(text + used, TEXT_BYTES - used, "%s%s", used > 0 ? ", " : "", mechanism);
}

/* Whether a case of the program has values of that quantity. */
static bool has_values(const mb_session *session, size_t program, mb_quantity quantity)
{
    for (size_t c = 0; c < session->case_count; c++)
        for (int w = 0; w < MB_WINDOW_COUNT; w++)
            if (session->results[c].program == program &&
                session->results[c].series[mb_metric_of(quantity, (mb_window)w)].count > 0)
                return true;
    return false;
}

mb_status mb_session_name_mechanisms(mb_session *session, mb_error *error)
{
    for (size_t p = 0; p < session->run.program_count; p++) {
        const mb_session_program *program = &session->programs[p];
        mb_program_info *info = &session->run.programs[p];
        char text[TEXT_BYTES] = "";
        if (has_values(session, p, MB_ANON_DELTA_BYTES))
            append(text, session->run.rss_source);
        if (has_values(session, p, MB_PEAK_ANON_DELTA_BYTES))
            append(text, "seccomp filter and ptrace");
        if (has_values(session, p, MB_HEAP_ALLOC_COUNT))
            append(text, program->hook_obstacle == NULL ? "heap hook preloaded" : "heap hook linked in");
        if (info->entropy != NULL && strcmp(info->entropy, "fixed") == 0)
            append(text, program->needs_chance ? "fixed chance preloaded" : "fixed chance linked in");
        if (session->plan->allocator != NULL)
            append(text, "allocator preloaded");
        if (has_values(session, p, MB_REAL_TIME_NS))
            append(text, program->framework == NULL ? "Google Benchmark loaded" : "its framework's own times");
        info->mechanisms = mb_arena_copy(&session->arena, text);
        if (info->mechanisms == NULL)
            return mb_error_no_memory(error);
    }
    return MB_OK;
}
